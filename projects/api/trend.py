"""How the milestones' forecasts moved."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.errors import DomainError
from projects.kit.rest import ProjectScope, RowDateField
from projects.planning import zone_of
from projects.selectors import milestone_trends


class TrendPointSerializer(serializers.Serializer):
    """From a day on, another day was expected."""

    reported_on = serializers.DateField()
    expected_on = serializers.DateField()


class MilestoneTrendSerializer(serializers.Serializer):
    """One milestone; `moved_days` are working days, null with a single point."""

    milestone = serializers.IntegerField()
    name = serializers.CharField()
    reached_on = serializers.DateField(allow_null=True)
    moved_days = serializers.IntegerField(allow_null=True)
    slips = serializers.IntegerField()
    points = TrendPointSerializer(many=True)


class TrendAskedSerializer(serializers.Serializer):
    """The day at whose end the trend is told; default: today."""

    as_of = RowDateField(required=False)


class MilestoneTrendViewSet(ProjectScope, viewsets.ViewSet):
    """Milestone trend analysis."""

    permissions = {"list": "plan.view"}

    @extend_schema(
        operation_id="milestone_trend",
        parameters=[
            OpenApiParameter(
                "as_of",
                {"type": "string", "format": "date", "pattern": "^(19[0-9]{2}|2[01][0-9]{2})-"},
                description="The day at whose end the trend is told, 1900 to 2199; default: today.",
            )
        ],
        responses=MilestoneTrendSerializer(many=True),
    )
    def list(self, request: Request, project: str) -> Response:
        """Return, for every milestone, from which day on which day was expected."""
        if request.query_params.get("as_of") == "":
            raise DomainError(
                "Some values are not right.", fields={"as_of": "Give it a value, or leave it out."}
            )
        asked = TrendAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        own: Any = self.entry.project
        as_of = asked.validated_data.get("as_of") or timezone.localdate(timezone=zone_of(own))
        return Response(
            [
                {
                    "milestone": row.id,
                    "name": row.name,
                    "reached_on": row.reached_on,
                    "moved_days": row.moved_days,
                    "slips": row.slips,
                    "points": [{"reported_on": day, "expected_on": expected} for day, expected in row.points],
                }
                for row in milestone_trends(project=own, as_of=as_of)
            ]
        )
