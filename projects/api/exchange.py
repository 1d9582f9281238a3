"""The plan as a file for other programs."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.request import Request

from projects.kit.rest import ProjectScope
from projects.planfile import XML, plan_file_response


class PlanExportViewSet(ProjectScope, viewsets.ViewSet):
    """The plan as a Microsoft Project XML file."""

    permissions = {"list": "plan.export"}

    @extend_schema(operation_id="plan_export", responses={(200, XML): OpenApiTypes.BINARY})
    def list(self, request: Request, project: str) -> StreamingHttpResponse:
        """Download the plan as Microsoft Project XML (MSPDI); cost is in it for who may see cost."""
        return plan_file_response(self.entry)
