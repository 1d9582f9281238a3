"""Hours and the rates they are priced at."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.filtersets import time as filtersets
from budget.models import DAY_SECONDS, RateCard, TimeEntry
from budget.services import editing
from budget.services import rates as rate_services
from budget.services import time as time_services
from budget.services.corrections import Right, time_reverse
from budget.services.deciding import entries_decide
from budget.services.editing import MOST_PARTS, MOST_ROWS, Part
from budget.workflows import TIME_WORKFLOW
from implement.core.errors import DomainError
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    RowBooleanField,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)
from projects.models import Task

CORRECTS = ["booked_on", "reverses", "replaces", "correction_reason"]
BY_RULE = ["overtime_seconds", "unbilled_seconds", "cost_factor", "bill_factor", *CORRECTS]
DECIDED = ["status", "submitted_at", "decided_at", "decision_note"]


class WorkedSerializer(RowSerializer):
    """What hours and expenses share. Without a person it is the sender's own."""

    hidden_without = {
        "cost": "cost.view",
        "cost_rate": "cost.view",
        "bill": "money.view",
        "bill_rate": "money.view",
        "cost_factor": "cost.view",
        "bill_factor": "money.view",
    }

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["person"].required = False
        return fields


class TimeEntrySerializer(WorkedSerializer):
    """Hours of a day. `booked_on` is the day from which the figures hold them: later than the work for a correction.

    A reversing entry has seconds and amounts below zero and names in `reverses` what it takes back.
    """

    booked_on = serializers.DateField(source="booked_day", read_only=True)

    class Meta:
        model = TimeEntry
        fields = [
            "id",
            "version",
            "person",
            "task",
            "build_item",
            "worked_on",
            "seconds",
            "started_at",
            "is_billable",
            "note",
            *DECIDED,
            "approved_level",
            *BY_RULE,
            "cost_rate",
            "bill_rate",
            "cost",
            "bill",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            *DECIDED, "approved_level", *BY_RULE, "cost_rate", "bill_rate", "cost", "bill",
        ]  # fmt: skip

    def validate_seconds(self, value: int) -> int:
        if not 0 < value <= DAY_SECONDS:
            raise serializers.ValidationError("More than 0 seconds and at most 24 hours.")
        return value


class RightSerializer(serializers.Serializer):
    """What the hours should have been."""

    task = RowIntegerField(
        min_value=1, max_value=LARGEST_KEY, allow_null=True, help_text="The id of a task of the project."
    )
    seconds = RowIntegerField(min_value=1, max_value=DAY_SECONDS)
    is_billable = RowBooleanField(required=False, default=True)
    note = RowCharField(max_length=500, required=False, allow_blank=True, default="")


class ReverseSerializer(serializers.Serializer):
    """Why approved hours are taken back, and what is right instead."""

    reason = RowCharField(max_length=255)
    right = RightSerializer(required=False, allow_null=True, default=None)


class ReversedSerializer(serializers.Serializer):
    """The reversing entry, and the right hours if some were given."""

    reversal = TimeEntrySerializer()
    right = TimeEntrySerializer(allow_null=True)


class EntryPartSerializer(serializers.Serializer):
    """A part of an entry."""

    task = RowIntegerField(min_value=1, max_value=LARGEST_KEY, allow_null=True)
    worked_on = RowDateField()
    seconds = RowIntegerField(min_value=1, max_value=DAY_SECONDS)
    note = RowCharField(max_length=500, required=False, allow_blank=True)


class EntrySplitSerializer(serializers.Serializer):
    """The parts of an entry, which add up to it to the second."""

    parts = EntryPartSerializer(many=True, min_length=2, max_length=MOST_PARTS)


class EntriesSerializer(serializers.Serializer):
    """Entries in the order in which they were asked for."""

    entries = TimeEntrySerializer(many=True)


class EntryIdsSerializer(serializers.Serializer):
    """Which entries are meant."""

    ids = serializers.ListField(
        child=RowIntegerField(min_value=1, max_value=LARGEST_KEY), min_length=1, max_length=MOST_ROWS
    )


class EntriesChangeSerializer(EntryIdsSerializer):
    """What many open entries get; what is not said stays."""

    task = RowIntegerField(min_value=1, max_value=LARGEST_KEY, allow_null=True, required=False)
    is_billable = RowBooleanField(required=False)
    note = RowCharField(max_length=500, required=False, allow_blank=True)


class EntriesDecideSerializer(EntryIdsSerializer):
    """Approve or reject; a rejection has a reason."""

    verdict = serializers.ChoiceField(choices=["approve", "reject"])
    reason = RowCharField(max_length=255, required=False, allow_blank=True, default="")


class CountSerializer(serializers.Serializer):
    """How many entries were changed."""

    count = serializers.IntegerField()


class RateCardSerializer(RowSerializer):
    hidden_without = {"cost_rate": "cost.view", "bill_rate": "money.view"}

    class Meta:
        model = RateCard
        fields = [
            "id",
            "version",
            "person",
            "job_role",
            "effective_from",
            "cost_rate",
            "bill_rate",
            "created_at",
            "updated_at",
        ]


class WorkedViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """One's own rows; everybody's with the grant to see all."""

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        rows = super().visible(queryset)
        return rows if self.entry.can(f"{self.room}.view_all") else rows.filter(person__user=self.entry.user)

    def permission_of(self, action_name: str | None) -> str:
        if declared := self.permissions.get(action_name or ""):
            return declared
        # A step asks for its own permission; who may see the row may knock.
        if action_name == "steps":
            return f"{self.room}.view"
        verb = "view" if action_name in {"list", "retrieve"} else "log"
        return f"{self.room}.{verb}"

    def blank(self) -> Any:
        model = self.get_queryset().model
        return (
            model(project=self.entry.project, person=self.entry.person)
            if self.entry.person
            else model(project=self.entry.project)
        )

    def own(self, row: Any) -> Any:
        """Return the row; raise DomainError when it is nobody's."""
        if row.person_id is None:
            raise DomainError(
                "Say whose this is.", fields={"person": "You are not on the project yourself: name a person."}
            )
        return row


def checked(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """Return what a request says, checked. Raises ValidationError by field."""
    found = serializer(data=request.data)
    found.is_valid(raise_exception=True)
    said: dict[str, Any] = found.validated_data
    return said


class TimeEntryViewSet(WorkedViewSet):
    """Time worked by one person on one day, in seconds."""

    queryset = TimeEntry.objects.select_related("project", "person", "task")
    serializer_class = TimeEntrySerializer
    filterset_class = filtersets.TimeEntryFilterSet
    ordering_fields = ("worked_on", "seconds", "created_at")
    ordering = ("-worked_on", "-pk")
    room = "time"
    workflow = TIME_WORKFLOW
    permissions: ClassVar[dict[str, str]] = {
        "reverse": "time.correct", "split": "time.log", "change": "time.log", "decide": "time.decide",
    }  # fmt: skip

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return time_services.time_save(
            entry=self.own(row), access=self.entry, expected_version=expected_version
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        time_services.time_delete(entry=row, access=self.entry, expected_version=expected_version)

    def task_of(self, pk: int | None) -> Task | None:
        """Return the task that is meant. Raises DomainError for one that is not of the project."""
        if pk is None:
            return None
        task = Task.objects.filter(project=self.entry.project, pk=pk).first()
        if task is None:
            raise DomainError(f"There is no task {pk} here.", fields={"task": "There is no such task here."})
        return task

    def shown(self, rows: Any, *, many: bool = False) -> Any:
        """Return entries as the API writes them."""
        return TimeEntrySerializer(rows, many=many, context=self.get_serializer_context()).data

    @extend_schema(request=ReverseSerializer, responses={201: ReversedSerializer}, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def reverse(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take approved hours back by a reversing entry, and book the right ones."""
        row = self.get_object()
        said = checked(ReverseSerializer, request)
        right = said["right"]
        reversal, booked = time_reverse(
            entry=row,
            access=self.entry,
            reason=said["reason"],
            right=Right(**right | {"task": self.task_of(right["task"])}) if right else None,
        )
        shown = {"reversal": self.shown(reversal), "right": self.shown(booked) if booked else None}
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request=EntrySplitSerializer, responses=EntriesSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def split(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Split an open entry over tasks and days."""
        row = self.get_object()
        said = checked(EntrySplitSerializer, request)
        parts = [Part(**part | {"task": self.task_of(part["task"])}) for part in said["parts"]]
        rows = editing.entry_split(entry=row, parts=parts, access=self.entry)
        return Response({"entries": self.shown(rows, many=True)})

    @extend_schema(request=EntriesChangeSerializer, responses=CountSerializer, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"], filter_backends=[])
    def change(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give many open entries another task, billing or note: all or none."""
        said = checked(EntriesChangeSerializer, request)
        ids = self.seen(said.pop("ids"))
        if "task" in said:
            said["task"] = self.task_of(said["task"])
        return Response({"count": editing.entries_change(ids=ids, access=self.entry, **said)})

    def seen(self, ids: list[int]) -> list[int]:
        """Return the ids. Raises Http404 unless each is of an entry that this person may see."""
        if self.get_queryset().filter(pk__in=ids).count() != len(set(ids)):
            raise Http404
        return ids

    @extend_schema(request=EntriesDecideSerializer, responses=CountSerializer, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"], filter_backends=[])
    def decide(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Approve or reject submitted hours at the level that is next: all or none."""
        said = checked(EntriesDecideSerializer, request)
        count = entries_decide(
            model=TimeEntry,
            ids=said["ids"],
            access=self.entry,
            approve=said["verdict"] == "approve",
            reason=said["reason"],
        )
        return Response({"count": count})


class RateCardViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Cost and bill rates from a date on. A change reprices what is not approved."""

    queryset = RateCard.objects.select_related("project", "person")
    serializer_class = RateCardSerializer
    filterset_class = filtersets.RateCardFilterSet
    ordering_fields = ("effective_from", "created_at")
    room = "rates"

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return rate_services.rate_save(card=row, actor=self.request.user, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        rate_services.rate_delete(card=row, actor=self.request.user, expected_version=expected_version)


ROUTES = [
    (PROJECT + "time-entries", TimeEntryViewSet, "api-time-entry"),
    (PROJECT + "rate-cards", RateCardViewSet, "api-rate-card"),
]
