"""The API below /api/v1/: each room's ROUTES in one router, the schema and its browsable docs."""

from __future__ import annotations

from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

import budget.api.alerts
import budget.api.changes
import budget.api.contracts
import budget.api.control
import budget.api.earned
import budget.api.exchange
import budget.api.expenses
import budget.api.hours
import budget.api.load
import budget.api.money
import budget.api.time
import budget.api.whatif
import implement.reports.api
import projects.api
import projects.builds.api
import projects.design.api
import projects.requirements.api
import projects.signoffs.api
from implement.core.rest import problem

ROUTES = [
    *projects.api.ROUTES,
    *projects.signoffs.api.ROUTES,
    *projects.requirements.api.ROUTES,
    *projects.design.api.ROUTES,
    *projects.builds.api.ROUTES,
    *budget.api.time.ROUTES,
    *budget.api.expenses.ROUTES,
    *budget.api.exchange.ROUTES,
    *budget.api.hours.ROUTES,
    *budget.api.earned.ROUTES,
    *budget.api.money.ROUTES,
    *budget.api.alerts.ROUTES,
    *budget.api.changes.ROUTES,
    *budget.api.load.ROUTES,
    *budget.api.whatif.ROUTES,
    *budget.api.control.ROUTES,
    *budget.api.contracts.ROUTES,
    *implement.reports.api.ROUTES,
]


class NowhereView(APIView):
    """An address that is none answers like everything else here, with a problem document."""

    @extend_schema(exclude=True)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)

    def http_method_not_allowed(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        slash = "" if request.path.endswith("/") else " Every address ends with a slash."
        return problem(code=404, detail=f"There is no such address.{slash}")

    options = http_method_not_allowed


@login_required
@csp_update({"style-src": [UNSAFE_INLINE]})
def docs(request: HttpRequest) -> HttpResponse:
    """Show the schema to try it out. Swagger brings one inline style, allowed on this page only."""
    return SpectacularSwaggerSplitView.as_view(url_name="api-schema")(request)


router = SimpleRouter()
for prefix, viewset, basename in ROUTES:
    router.register(prefix, viewset, basename=basename)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    *router.urls,
    re_path(r"^.*$", NowhereView.as_view(), name="api-nowhere"),
]
