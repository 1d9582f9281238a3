"""The addresses of the design."""

from projects.design.views import decisions, elements

urlpatterns = [
    *decisions.DecisionPages.urls("design/decisions"),
    *elements.ElementPages.urls("design"),
]
