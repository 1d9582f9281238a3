"""The addresses of the design."""

from projects.design.views import elements

urlpatterns = [
    *elements.ElementPages.urls("design"),
]
