"""The web app with the reports' routes of the API, for these tests."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from implement import urls
from implement.reports.api import ROUTES

router = SimpleRouter()
for prefix, viewset, basename in ROUTES:
    router.register(prefix, viewset, basename=f"test-{basename}")

urlpatterns = [path("test-api/", include(router.urls)), *urls.urlpatterns]
