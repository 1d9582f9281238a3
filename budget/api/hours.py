"""The rules of hours over the API: timer, closed periods, approvers and their decisions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.api.time import TimeEntrySerializer, checked
from budget.filtersets import hours as filtersets
from budget.models import Approver, ClosedPeriod, EntryDecision, StandIn, Timer, TimeRules
from budget.selectors.periods import closed_periods
from budget.services import periods
from budget.services import rules as rule_services
from budget.services import timer as timer_services
from implement.core.errors import DomainError, NotAllowed, StateError
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    ReadOnlyProjectViewSet,
    RowBooleanField,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowSerializer,
)
from projects.models import Task

NOBODY = "You are not on the project yourself."


class TimerSerializer(RowSerializer):
    """What runs right now, and since when."""

    elapsed_seconds = serializers.SerializerMethodField()

    class Meta:
        model = Timer
        fields = ["id", "project", "task", "note", "started_at", "elapsed_seconds"]
        read_only_fields = fields

    def get_elapsed_seconds(self, timer: Timer) -> int:
        return timer_services.elapsed_of(timer)


class TimerStartSerializer(serializers.Serializer):
    """On what the timer starts. `switch` stops and books a running one first."""

    task = RowIntegerField(min_value=1, max_value=LARGEST_KEY, help_text="The id of a task of the project.")
    note = RowCharField(max_length=500, required=False, allow_blank=True, default="")
    switch = RowBooleanField(required=False, default=False)


class TimerStopSerializer(serializers.Serializer):
    """How much of the run was work; needed after ten hours. `discard` books nothing."""

    seconds = RowIntegerField(min_value=1, max_value=86_400, required=False)
    note = RowCharField(max_length=500, required=False, allow_blank=True)
    discard = RowBooleanField(required=False, default=False)


class TimerStoppedSerializer(serializers.Serializer):
    """What was booked, an entry per day."""

    entries = TimeEntrySerializer(many=True)


class TimerViewSet(ReadOnlyProjectViewSet):
    """One's own running timer on this project, if there is one."""

    room = "time"
    queryset = Timer.objects.select_related("task", "project")
    serializer_class = TimerSerializer
    filterset_class = filtersets.TimerFilterSet
    ordering_fields = ("started_at",)
    permissions: ClassVar[dict[str, str]] = {"start": "time.log", "stop": "time.log"}

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return super().visible(queryset).filter(person__user=self.entry.user)

    @extend_schema(request=TimerStartSerializer, responses={201: TimerSerializer}, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"], filter_backends=[])
    def start(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start the timer on a task. One runs at a time."""
        said = checked(TimerStartSerializer, request)
        task = Task.objects.filter(project=self.entry.project, pk=said["task"]).first()
        if task is None:
            raise DomainError("There is no such task.", fields={"task": "There is no such task here."})
        if self.entry.person is None:
            raise DomainError(NOBODY)
        timer = timer_services.timer_start(
            task=task,
            access=self.entry,
            person=self.entry.person,
            note=said["note"],
            switch=said["switch"],
        )
        return self.answer(timer, code=status.HTTP_201_CREATED)

    @extend_schema(request=TimerStopSerializer, responses=TimerStoppedSerializer, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"], filter_backends=[])
    def stop(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stop the timer and book its time as drafts, one per day."""
        said = checked(TimerStopSerializer, request)
        timer = self.get_queryset().first()
        if timer is None or self.entry.person is None:
            raise StateError(timer_services.NONE_RUNS)
        if said["discard"]:
            timer_services.timer_discard(person=self.entry.person)
            return Response({"entries": []})
        entries = timer_services.timer_stop(
            person=self.entry.person,
            user=self.entry.user,
            seconds=said.get("seconds"),
            note=said.get("note"),
        )
        context = self.get_serializer_context()
        return Response({"entries": TimeEntrySerializer(entries, many=True, context=context).data})


class ClosedPeriodSerializer(RowSerializer):
    """Days that are closed; without a project, of the whole firm."""

    class Meta:
        model = ClosedPeriod
        fields = [
            "id", "project", "starts_on", "ends_on", "closed_at", "reopened_at", "reason", "version",
        ]  # fmt: skip
        read_only_fields = ["project", "closed_at", "reopened_at", "reason"]


class PeriodSerializer(serializers.Serializer):
    """The first and the last day of a period."""

    starts_on = RowDateField()
    ends_on = RowDateField()


class ReasonSerializer(serializers.Serializer):
    """Why."""

    reason = RowCharField(max_length=255)


class ClosedPeriodViewSet(ReadOnlyProjectViewSet):
    """Periods in which nothing is booked, changed or approved."""

    room = "time"
    queryset = ClosedPeriod.objects.all()
    serializer_class = ClosedPeriodSerializer
    filterset_class = filtersets.ClosedPeriodFilterSet
    ordering_fields = ("starts_on",)
    ordering = ("-starts_on", "-pk")
    permissions: ClassVar[dict[str, str]] = {"create": "time.lock", "reopen": "time.unlock"}

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return closed_periods(project=self.entry.project)

    @extend_schema(
        request=PeriodSerializer, responses={201: ClosedPeriodSerializer}, parameters=[IDEMPOTENCY]
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close a period of the project."""
        said = checked(PeriodSerializer, request)
        return self.answer(periods.period_close(**said, access=self.entry), code=status.HTTP_201_CREATED)

    @extend_schema(request=ReasonSerializer, responses=ClosedPeriodSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def reopen(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open a closed period again."""
        row = self.get_object()
        said = checked(ReasonSerializer, request)
        return self.answer(periods.period_reopen(period=row, reason=said["reason"], access=self.entry))


class TimeRulesSerializer(RowSerializer):
    hidden_without = {"overtime_cost": "cost.view", "overtime_bill": "money.view"}

    class Meta:
        model = TimeRules
        fields = [
            "id",
            "project",
            "levels",
            "approve_within",
            "overtime_day",
            "overtime_week",
            "overtime_free_days",
            "overtime_cost",
            "overtime_bill",
            "billable_day",
            "rounding",
            "reminds",
            "remind_weekday",
            "remind_at",
            "remind_share",
            "version",
        ]
        read_only_fields = ["project"]


class TimeRulesViewSet(ProjectModelViewSet):
    """A project's own rules of hours, and the firm's (without a project), which hold where it has none."""

    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    room = "time"
    queryset = TimeRules.objects.all()
    serializer_class = TimeRulesSerializer
    filterset_class = filtersets.TimeRulesFilterSet
    ordering_fields = ("created_at",)

    def permission_of(self, action_name: str | None) -> str:
        return "time.rules"

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(models.Q(project=self.entry.project) | models.Q(project=None))

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        if not row._state.adding and row.project_id is None:
            raise NotAllowed("These are the firm's: give the project rules of its own.")
        if row._state.adding and TimeRules.objects.filter(project=self.entry.project).exists():
            raise StateError("The project has rules of its own already: change those.")
        return rule_services.rules_save(rules=row, access=self.entry, expected_version=expected_version)


class ApproverSerializer(RowSerializer):
    class Meta:
        model = Approver
        fields = ["id", "person", "level", "approver", "version"]


class ApproverViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Who decides whose hours, at which level; without a person: everybody's who has no other."""

    room = "time"
    queryset = Approver.objects.select_related("project")
    serializer_class = ApproverSerializer
    filterset_class = filtersets.ApproverFilterSet
    ordering_fields = ("created_at",)

    def permission_of(self, action_name: str | None) -> str:
        return "time.rules"

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return rule_services.approver_save(row=row, access=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        rule_services.approver_delete(row=row, access=self.entry)


class StandInSerializer(RowSerializer):
    class Meta:
        model = StandIn
        fields = ["id", "approver", "delegate", "starts_on", "ends_on", "version"]


class StandInViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Who decides while an approver is away: said by the approver, or by who sets the rules."""

    room = "time"
    queryset = StandIn.objects.select_related("project")
    serializer_class = StandInSerializer
    filterset_class = filtersets.StandInFilterSet
    ordering_fields = ("starts_on", "created_at")

    def permission_of(self, action_name: str | None) -> str:
        return "time.decide"

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return rule_services.stand_in_save(row=row, access=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        rule_services.stand_in_delete(row=row, access=self.entry)


class EntryDecisionSerializer(RowSerializer):
    class Meta:
        model = EntryDecision
        fields = [
            "id", "time_entry", "expense", "level", "levels", "verdict", "comment", "actor_name", "role",
            "instead_of", "at",
        ]  # fmt: skip
        read_only_fields = fields


class EntryDecisionViewSet(ReadOnlyProjectViewSet):
    """Each decision on hours and expenses, as it was taken. Nothing of it is ever changed."""

    room = "time"
    queryset = EntryDecision.objects.all()
    serializer_class = EntryDecisionSerializer
    filterset_class = filtersets.EntryDecisionFilterSet
    ordering_fields = ("at",)
    ordering = ("-at", "-pk")

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        rows = super().visible(queryset)
        if self.entry.can("time.view_all"):
            return rows
        mine = models.Q(time_entry__person__user=self.entry.user) | models.Q(
            expense__person__user=self.entry.user
        )
        return rows.filter(mine)


ROUTES = [
    (PROJECT + "timers", TimerViewSet, "api-timer"),
    (PROJECT + "closed-periods", ClosedPeriodViewSet, "api-closed-period"),
    (PROJECT + "time-rules", TimeRulesViewSet, "api-time-rules"),
    (PROJECT + "approvers", ApproverViewSet, "api-approver"),
    (PROJECT + "stand-ins", StandInViewSet, "api-stand-in"),
    (PROJECT + "time-decisions", EntryDecisionViewSet, "api-time-decision"),
]
