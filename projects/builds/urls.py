"""The addresses of build items."""

from projects.builds.views import environments, items

urlpatterns = [
    *items.BuildItemPages.urls("build-items"),
    *environments.EnvironmentPages.urls("environments"),
    *environments.DoneCriterionPages.urls("definition-of-done"),
]
