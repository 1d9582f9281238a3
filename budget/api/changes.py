"""Change requests over the API: raise, work out, ask, implement."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.filtersets.changes import (
    ChangeFilterSet,
    ChangeLineFilterSet,
    ChangeOptionFilterSet,
    ChangeTextFilterSet,
)
from budget.models import ChangeLine, ChangeOption, ChangeRequest, ChangeText
from budget.purposes import CHANGE
from budget.services import changes as services
from budget.workflows import CHANGE_WORKFLOW
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowLinkField,
    RowSerializer,
    WorkflowActions,
)
from projects.models import Person, Task
from projects.signoffs.services import request_send


class ChangeRequestSerializer(RowSerializer):
    """A change request. Its state moves by steps, by the customer's answer, and by being implemented."""

    hidden_without = {"price": "money.view", "contract": "contract.view"}
    key = serializers.CharField(read_only=True)
    tasks = RowLinkField(many=True, queryset=Task.objects.all(), required=False)

    class Meta:
        model = ChangeRequest
        fields = [
            "id",
            "key",
            "title",
            "reason",
            "requester",
            "requested_on",
            "needed_by",
            "owner",
            "description",
            "requirements",
            "tasks",
            "scope_impact",
            "quality_impact",
            "resource_impact",
            "risk_impact",
            "cost_of_not_doing",
            "recommendation",
            "schedule_days",
            "price",
            "contract",
            "status",
            "decided_at",
            "chosen",
            "implemented_at",
            "baseline",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = ["status", "decided_at", "chosen", "implemented_at", "baseline"]


class ChangeLineSerializer(RowSerializer):
    """What one part of a change takes or gives back."""

    hidden_without = {"cost": "cost.view", "bill": "money.view"}

    class Meta:
        model = ChangeLine
        fields = [
            "id", "change", "option", "task", "new_task", "duration_days", "category", "person", "job_role",
            "description", "planned_seconds", "cost", "bill", "difference", "version",
        ]  # fmt: skip
        read_only_fields = ["difference"]


class ChangeOptionSerializer(RowSerializer):
    """One way to do a change."""

    hidden_without = {"price": "money.view"}

    class Meta:
        model = ChangeOption
        fields = [
            "id",
            "change",
            "label",
            "description",
            "price",
            "schedule_days",
            "is_recommended",
            "version",
        ]


class ChangeTextSerializer(RowSerializer):
    """What a requirement says once the change is implemented."""

    class Meta:
        model = ChangeText
        fields = ["id", "change", "requirement", "statement", "version"]


class AskSerializer(serializers.Serializer):
    """Who decides for the customer, until when, and a word to them."""

    person = RowIntegerField(
        min_value=1, max_value=LARGEST_KEY, help_text="The id of the customer's approver."
    )
    due_on = RowDateField()
    message = RowCharField(max_length=2000, required=False, allow_blank=True, default="")


class AskedSerializer(serializers.Serializer):
    """The request that was sent."""

    id = serializers.IntegerField()


class ChangeRequestViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """Changes of scope, time or money, from the wish to the new baseline."""

    room = "changes"
    workflow = CHANGE_WORKFLOW
    queryset = ChangeRequest.objects.select_related("project").prefetch_related("tasks")
    serializer_class = ChangeRequestSerializer
    filterset_class = ChangeFilterSet
    ordering_fields = ("number", "created_at")
    ordering = ("-number",)
    permissions: ClassVar[dict[str, str]] = {"ask": "signoffs.change", "implement": "changes.decide"}

    def fill(self, row: Any, serializer: Any) -> Any:
        self.tasks = serializer.validated_data.pop("tasks", None)
        return super().fill(row, serializer)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.change_save(
            change=row, entry=self.entry, expected_version=expected_version, tasks=self.tasks
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.change_delete(change=row, entry=self.entry, expected_version=expected_version)

    @extend_schema(request=AskSerializer, responses=AskedSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def ask(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask the customer to decide; what it says is locked from then on."""
        row = self.get_object()
        asked = AskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        sent = request_send(
            purpose=CHANGE,
            rows=[row],
            person=Person.objects.filter(pk=said["person"]).first(),
            due_on=said["due_on"],
            message=said["message"],
            entry=self.entry,
        )
        return Response({"id": sent.pk})

    @extend_schema(request=None, responses=ChangeRequestSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def implement(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put an approved change into plan and budget, and take the next baseline."""
        row = self.get_object()
        services.change_implement(change=row, entry=self.entry)
        return self.answer(row)


class PartViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """A part of a change: written while the change is not locked."""

    room = "changes"
    permissions: ClassVar[dict[str, str]] = dict.fromkeys(
        ("create", "update", "partial_update", "destroy"), "changes.decide"
    )

    def blank(self) -> Any:
        return self.get_queryset().model()

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.part_save(row=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.part_delete(row=row, entry=self.entry, expected_version=expected_version)


class ChangeLineViewSet(PartViewSet):
    """Lines of change requests: hours, money, working time, new tasks."""

    queryset = ChangeLine.objects.filter(change__deleted_at=None)
    serializer_class = ChangeLineSerializer
    filterset_class = ChangeLineFilterSet
    ordering_fields = ("created_at",)


class ChangeOptionViewSet(PartViewSet):
    """Options of change requests."""

    queryset = ChangeOption.objects.filter(change__deleted_at=None)
    serializer_class = ChangeOptionSerializer
    filterset_class = ChangeOptionFilterSet
    ordering_fields = ("created_at",)


class ChangeTextViewSet(PartViewSet):
    """New texts of requirements that change requests bring."""

    queryset = ChangeText.objects.filter(change__deleted_at=None)
    serializer_class = ChangeTextSerializer
    filterset_class = ChangeTextFilterSet
    ordering_fields = ("created_at",)


ROUTES = [
    (PROJECT + "change-requests", ChangeRequestViewSet, "api-change-request"),
    (PROJECT + "change-lines", ChangeLineViewSet, "api-change-line"),
    (PROJECT + "change-options", ChangeOptionViewSet, "api-change-option"),
    (PROJECT + "change-texts", ChangeTextViewSet, "api-change-text"),
]
