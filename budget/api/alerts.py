"""Alerts over the API: read, acknowledge, resolve, plan an action."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.choices import AlertRule
from budget.filtersets.alerts import AlertFilterSet, AlertSettingsFilterSet
from budget.models import Alert, AlertSettings
from budget.models.alerts import ALERT_LINES
from budget.selectors.alerts import sentence_of, visible_alerts
from budget.services import alerts as services
from budget.workflows import ALERT_WORKFLOW
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    ReadOnlyProjectViewSet,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)
from projects.models import Person


class AlertSerializer(RowSerializer):
    """One figure beyond its line; `found` says it in words."""

    found = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = [
            "id",
            "rule",
            "task",
            "person",
            "severity",
            "value",
            "limit",
            "found",
            "state",
            "first_seen",
            "last_seen",
            "acknowledged_at",
            "owner",
            "action",
            "due_on",
            "planned_at",
            "closed_at",
            "escalated_at",
            "version",
        ]
        read_only_fields = fields

    def get_found(self, alert: Alert) -> str:
        return sentence_of(alert)


class AlertPlanSerializer(serializers.Serializer):
    """Who does what until when."""

    owner = RowIntegerField(
        min_value=1, max_value=LARGEST_KEY, help_text="The id of a person on the project."
    )
    action = RowCharField(max_length=500)
    due_on = RowDateField()


class AlertViewSet(WorkflowActions, ReadOnlyProjectViewSet):
    """What is beyond its line, and what is done about it. Alerts on cost are for who may see cost."""

    room = "alerts"
    workflow = ALERT_WORKFLOW
    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    filterset_class = AlertFilterSet
    ordering_fields = ("first_seen", "last_seen")
    ordering = ("-first_seen", "-pk")
    permissions: ClassVar[dict[str, str]] = {"steps": "alerts.change", "plan": "alerts.change"}

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return visible_alerts(self.entry)

    @extend_schema(request=AlertPlanSerializer, responses=AlertSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def plan(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Plan an action; said again, it replaces the one before."""
        row = self.get_object()
        asked = AlertPlanSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        services.alert_plan(
            alert=row,
            owner=Person.objects.filter(pk=said["owner"]).first(),
            action=said["action"],
            due_on=said["due_on"],
            entry=self.entry,
        )
        return self.answer(row)


class AlertSettingsSerializer(RowSerializer):
    """From where on a figure is an alert; `off` names the rules that are not asked."""

    off = serializers.ListField(child=serializers.ChoiceField(AlertRule.choices))

    class Meta:
        model = AlertSettings
        fields = ["id", "off", *ALERT_LINES, "version"]


class AlertSettingsViewSet(ProjectModelViewSet):
    """The project's lines of alerts, one row; those of CPI, SPI and EAC are in budget-settings."""

    http_method_names = ["get", "put", "patch", "head", "options"]
    queryset = AlertSettings.objects.select_related("project")
    serializer_class = AlertSettingsSerializer
    filterset_class = AlertSettingsFilterSet

    def permission_of(self, action_name: str | None) -> str:
        return "alerts.change"

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        services.settings_of(self.entry.project)
        return super().visible(queryset)


ROUTES = [
    (PROJECT + "alerts", AlertViewSet, "api-alert"),
    (PROJECT + "alert-settings", AlertSettingsViewSet, "api-alert-settings"),
]
