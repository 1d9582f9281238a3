"""What-ifs over the API: differences, what they would do, accepting, turning into a change request, levelling."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.choices import ChangeReason
from budget.filtersets.whatif import DifferenceFilterSet, WhatIfFilterSet
from budget.models import Difference, WhatIf
from budget.presenting import text_of
from budget.selectors.whatif import Compared, MoneyRow, Moved, Standing, compared_of
from budget.services import levelling
from budget.services import whatif as services
from budget.workflows import WHATIF_WORKFLOW
from projects.kit.access import Entry
from projects.kit.rest import (
    IDEMPOTENCY,
    PROJECT,
    ProjectModelViewSet,
    RowCharField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)


class WhatIfSerializer(RowSerializer):
    """A what-if. Its state moves by steps, by being accepted, and by becoming a change request."""

    class Meta:
        model = WhatIf
        fields = [
            "id", "name", "note", "owner", "status", "decided_at", "change", "levelling", "created_at", "updated_at",
            "version",
        ]  # fmt: skip
        read_only_fields = ["owner", "status", "decided_at", "change", "levelling"]


class DifferenceSerializer(RowSerializer):
    """One thing that a what-if does otherwise; which fields count follows from its kind."""

    hidden_without = {"cost": "cost.view", "bill": "money.view"}

    class Meta:
        model = Difference
        fields = [
            "id", "what_if", "kind", "task", "added", "predecessor", "added_predecessor", "name", "duration_minutes",
            "constraint", "constraint_at", "link_type", "lag_minutes", "is_elapsed", "person", "job_role", "line",
            "category", "description", "planned_seconds", "cost", "bill", "version",
        ]  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        entry = getattr(self.context.get("view"), "entry", None)
        for name in ("added", "added_predecessor") if entry is not None else ():
            fields[name].queryset = entry.visible(Difference.objects.filter(what_if__deleted_at=None))
        return fields


class ComparedDateSerializer(serializers.Serializer):
    """A date then and now; `days` are working days, null where one of them is not known."""

    task = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    before = serializers.DateField(allow_null=True)
    after = serializers.DateField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)


class ComparedTaskSerializer(serializers.Serializer):
    """A task then and now. A new one has the id of its difference, below zero."""

    task = serializers.IntegerField()
    name = serializers.CharField()
    duration_minutes = serializers.IntegerField()
    start_before = serializers.DateField(allow_null=True)
    finish_before = serializers.DateField(allow_null=True)
    start_after = serializers.DateField(allow_null=True)
    finish_after = serializers.DateField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)
    is_new = serializers.BooleanField()
    is_removed = serializers.BooleanField()
    is_critical_before = serializers.BooleanField()
    is_critical_after = serializers.BooleanField()


class ComparedMoneySerializer(serializers.Serializer):
    """Hours and money then and now; money only for who may see it, null where no rate or amount says it."""

    name = serializers.CharField()
    seconds_before = serializers.IntegerField()
    seconds_after = serializers.IntegerField()
    cost_before = serializers.CharField(allow_null=True, required=False)
    cost_after = serializers.CharField(allow_null=True, required=False)
    bill_before = serializers.CharField(allow_null=True, required=False)
    bill_after = serializers.CharField(allow_null=True, required=False)


class ComparedPersonSerializer(serializers.Serializer):
    """Somebody's hours on the project, and their days with too much to do on all projects, then and now."""

    person = serializers.IntegerField()
    name = serializers.CharField()
    seconds_before = serializers.IntegerField()
    seconds_after = serializers.IntegerField()
    days_over_before = serializers.IntegerField()
    days_over_after = serializers.IntegerField()
    worst_day = serializers.DateField(allow_null=True)


class DifferenceWordsSerializer(serializers.Serializer):
    """A difference, and what is to be said of it."""

    difference = serializers.IntegerField()
    words = serializers.CharField()


class ComparedSerializer(serializers.Serializer):
    """A what-if beside today's plan and budget. Send `seen` back to accept it."""

    seen = serializers.CharField()
    reason = serializers.CharField(help_text="Why it cannot be computed; empty when it can.")
    finish = ComparedDateSerializer()
    milestones = ComparedDateSerializer(many=True)
    tasks = ComparedTaskSerializer(many=True)
    total = ComparedMoneySerializer()
    by_task = ComparedMoneySerializer(many=True)
    by_person = ComparedMoneySerializer(many=True)
    critical_in = serializers.ListField(child=serializers.CharField())
    critical_out = serializers.ListField(child=serializers.CharField())
    people = ComparedPersonSerializer(many=True)
    conflicts = DifferenceWordsSerializer(many=True)
    moved = DifferenceWordsSerializer(many=True)


class WhatIfAcceptSerializer(serializers.Serializer):
    """With which plan the what-if was compared: the `seen` of its comparison."""

    seen = RowCharField(max_length=60, allow_blank=True)


class WhatIfTurnSerializer(serializers.Serializer):
    """What the change request is called, and says to the customer."""

    title = RowCharField(max_length=200)
    description = RowCharField(max_length=10_000)
    reason = serializers.ChoiceField(choices=ChangeReason.choices, default=ChangeReason.NEW)


class WhatIfTurnedSerializer(serializers.Serializer):
    """The change request that was made."""

    id = serializers.IntegerField()
    key = serializers.CharField()


class PlanLevelSerializer(serializers.Serializer):
    """How long the search may take."""

    seconds = RowIntegerField(
        min_value=levelling.LEAST_SECONDS, max_value=levelling.MOST_SECONDS, default=levelling.USUAL_SECONDS
    )


class PlanLevelledSerializer(serializers.Serializer):
    """The job that levels the plan."""

    job = serializers.UUIDField()


class WhatIfViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """Scratch copies of plan and budget, kept as differences over what is there today."""

    room = "whatif"
    workflow = WHATIF_WORKFLOW
    queryset = WhatIf.objects.select_related("project__calendar")
    serializer_class = WhatIfSerializer
    filterset_class = WhatIfFilterSet
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)
    permissions: ClassVar[dict[str, str]] = dict.fromkeys(
        ("accept", "turn", "rebase", "copy", "level"), "whatif.change"
    ) | {"compared": "whatif.view"}

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.whatif_save(what_if=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.whatif_delete(what_if=row, entry=self.entry, expected_version=expected_version)

    @extend_schema(responses=ComparedSerializer)
    @action(detail=True, methods=["get"], filter_backends=[])
    def compared(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return what it would do: dates, money, hours, critical path and people, then and now."""
        row = self.get_object()
        row.project = self.entry.project
        return Response(compared_data(compared_of(what_if=row), self.entry))

    @extend_schema(request=WhatIfAcceptSerializer, responses=WhatIfSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def accept(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put it into the plan. It must move dates only; 412 when the plan is not the one that was seen any more."""
        row = self.get_object()
        asked = WhatIfAcceptSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.answer(
            services.whatif_accept(what_if=row, entry=self.entry, seen=asked.validated_data["seen"])
        )

    @extend_schema(request=WhatIfTurnSerializer, responses=WhatIfTurnedSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def turn(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a draft of a change request that does the same to plan and budget; it is frozen from then on."""
        row = self.get_object()
        asked = WhatIfTurnSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        change = services.whatif_turn(what_if=row, entry=self.entry, **asked.validated_data)
        return Response({"id": change.pk, "key": change.key}, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=WhatIfSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def rebase(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let every difference start from what stands in the plan now; what it does stays the same step."""
        row = self.get_object()
        services.whatif_rebase(what_if=row, entry=self.entry)
        return self.answer(row)

    @extend_schema(request=None, responses={201: WhatIfSerializer}, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def copy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Begin another what-if with the same differences, whatever became of this one."""
        copied = services.whatif_copy(what_if=self.get_object(), entry=self.entry)
        return self.answer(copied, code=status.HTTP_201_CREATED)

    @extend_schema(
        request=PlanLevelSerializer,
        responses={202: PlanLevelledSerializer},
        parameters=[IDEMPOTENCY],
    )
    @action(detail=False, methods=["post"], filter_backends=[])
    def level(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask a worker to level the plan. The job's result is a what-if; 409 when there is nothing to level."""
        asked = PlanLevelSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        job = levelling.level_request(project=self.entry.project, entry=self.entry, **asked.validated_data)
        return Response({"job": str(job.pk)}, status=status.HTTP_202_ACCEPTED)


class DifferenceViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """What what-ifs do otherwise: written while the what-if is a draft."""

    room = "whatif"
    queryset = Difference.objects.filter(what_if__deleted_at=None).select_related("what_if")
    serializer_class = DifferenceSerializer
    filterset_class = DifferenceFilterSet
    ordering_fields = ("created_at",)

    def blank(self) -> Any:
        return Difference()

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.difference_save(row=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.difference_undo(row=row, entry=self.entry, expected_version=expected_version)


# --- Figures as plain JSON ---------------------------------------------------------------------------------
def compared_data(compared: Compared, entry: Entry) -> dict[str, Any]:
    """Return a comparison as plain JSON, with the money that the person may see."""
    return {
        "seen": compared.seen,
        "reason": compared.reason,
        "finish": _moved(compared.finish),
        "milestones": [_moved(row) for row in compared.milestones],
        "tasks": [
            {
                "task": row.task.pk,
                "name": str(row.task),
                "duration_minutes": row.task.duration_minutes,
                "start_before": _iso(row.before, "start"),
                "finish_before": _iso(row.before, "finish"),
                "start_after": _iso(row.after, "start"),
                "finish_after": _iso(row.after, "finish"),
                "days": row.days,
                "is_new": row.is_new,
                "is_removed": row.is_removed,
                "is_critical_before": bool(row.before and row.before.is_critical),
                "is_critical_after": bool(row.after and row.after.is_critical),
            }
            for row in compared.tasks
        ],
        "total": _money(compared.total, entry),
        "by_task": [_money(row, entry) for row in compared.by_task],
        "by_person": [_money(row, entry) for row in compared.by_person],
        "critical_in": list(compared.critical_in),
        "critical_out": list(compared.critical_out),
        "people": [
            {
                "person": row.person.pk,
                "name": str(row.person),
                "seconds_before": row.seconds,
                "seconds_after": row.seconds_after,
                "days_over_before": row.days_over,
                "days_over_after": row.days_over_after,
                "worst_day": row.worst.isoformat() if row.worst else None,
            }
            for row in compared.people
        ],
        "conflicts": [{"difference": pk, "words": words} for pk, words in compared.conflicts.items()],
        "moved": [{"difference": pk, "words": words} for pk, words in compared.moved.items()],
    }


def _iso(standing: Standing | None, name: str) -> str | None:
    day: date | None = getattr(standing, name) if standing else None
    return day.isoformat() if day else None


def _moved(row: Moved) -> dict[str, Any]:
    return {
        "task": row.task_id,
        "name": row.name,
        "before": row.before.isoformat() if row.before else None,
        "after": row.after.isoformat() if row.after else None,
        "days": row.days,
    }


def _money(row: MoneyRow, entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": row.name, "seconds_before": row.seconds, "seconds_after": row.seconds_after,
    }  # fmt: skip
    if entry.can("cost.view"):
        found |= {"cost_before": text_of(row.cost), "cost_after": text_of(row.cost_after)}
    if entry.can("money.view"):
        found |= {"bill_before": text_of(row.bill), "bill_after": text_of(row.bill_after)}
    return found


ROUTES = [
    (PROJECT + "what-ifs", WhatIfViewSet, "api-what-if"),
    (PROJECT + "what-if-differences", DifferenceViewSet, "api-what-if-difference"),
]
