"""The plan: tasks, milestones, dependencies, who works on what, and the calendars they work by."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import exceptions, serializers, viewsets

from implement.core.filters import BaseFilterSet
from projects import filtersets, services
from projects.kit.rest import ProjectModelViewSet, RowSerializer
from projects.models import Assignment, Dependency, Milestone, Task, WorkCalendar
from projects.planning import working_calendar

COMPUTED = [
    "wbs",
    "level",
    "position",
    "is_summary",
    "start",
    "finish",
    "late_start",
    "late_finish",
    "total_float_minutes",
    "free_float_minutes",
    "is_critical",
    "accepted_at",
]


class TaskSerializer(RowSerializer):
    class Meta:
        model = Task
        fields = [
            "id",
            "version",
            "name",
            "parent",
            "code",
            "description",
            "is_milestone",
            "duration_minutes",
            "is_estimated",
            "is_billable",
            "constraint",
            "constraint_at",
            "deadline",
            "calendar",
            "priority",
            "percent_complete",
            "actual_start",
            "actual_finish",
            "is_published",
            *COMPUTED,
            "created_at",
            "updated_at",
        ]
        read_only_fields = COMPUTED


class MilestoneSerializer(RowSerializer):
    hidden_without = {"payment_amount": "money.view"}

    class Meta:
        model = Milestone
        fields = [
            "id",
            "version",
            "name",
            "parent",
            "code",
            "description",
            "constraint",
            "constraint_at",
            "deadline",
            "percent_complete",
            "actual_finish",
            "is_published",
            "customer_title",
            "acceptance_criteria",
            "payment_amount",
            *COMPUTED,
            "created_at",
            "updated_at",
        ]
        read_only_fields = COMPUTED


class DependencySerializer(RowSerializer):
    class Meta:
        model = Dependency
        fields = [
            "id",
            "version",
            "predecessor",
            "successor",
            "type",
            "lag_minutes",
            "is_elapsed",
            "created_at",
            "updated_at",
        ]


class AssignmentSerializer(RowSerializer):
    class Meta:
        model = Assignment
        fields = ["id", "version", "task", "person", "planned_seconds", "units", "created_at", "updated_at"]


class IntervalsField(serializers.ListField):
    """[start, end] minutes of a day, such as [[540, 780], [840, 1080]]."""

    child = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=1440), min_length=2, max_length=2
    )


class CalendarSerializer(RowSerializer):
    week = serializers.ListField(
        child=IntervalsField(max_length=24),
        min_length=7,
        max_length=7,
        help_text="Seven days, Monday first, each with its [start, end] minutes.",
    )
    exceptions = serializers.DictField(
        child=IntervalsField(max_length=24),
        required=False,
        help_text="ISO date: intervals; an empty list is a day off.",
    )

    class Meta:
        model = WorkCalendar
        fields = [
            "id",
            "version",
            "name",
            "week",
            "country",
            "subdivision",
            "exceptions",
            "is_shared",
            "created_at",
            "updated_at",
        ]

    is_shared = serializers.SerializerMethodField(help_text="Every project may use it; it is read only here.")

    def get_is_shared(self, row: WorkCalendar) -> bool:
        return row.project_id is None

    def validate_exceptions(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(value) > 2_000:
            raise exceptions.ValidationError("At most 2,000 days.")
        day = serializers.DateField()
        return {day.run_validation(key).isoformat(): times for key, times in value.items()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("name", "week", "country", "subdivision", "exceptions")
        row = WorkCalendar(**{name: getattr(self.instance, name) for name in names} if self.instance else {})
        for name, value in attrs.items():
            setattr(row, name, value)
        try:
            working_calendar(row)
        except (ValueError, OverflowError, NotImplementedError) as error:
            raise exceptions.ValidationError({"week": [str(error) or "This is no working week."]}) from error
        return attrs


class TaskViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Tasks, with computed dates, float and critical path. A change reschedules the plan."""

    queryset = Task.objects.select_related("project")
    serializer_class = TaskSerializer
    filterset_class = filtersets.TaskFilterSet
    ordering_fields = ("position", "name", "percent_complete", "created_at", "updated_at")
    ordering = ("position", "pk")
    room = "plan"

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.task_save(task=row, actor=self.request.user, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.task_delete(task=row, actor=self.request.user)


class MilestoneViewSet(TaskViewSet):
    """The milestones, with what the customer reads."""

    queryset = Milestone.objects.select_related("project")
    serializer_class = MilestoneSerializer
    filterset_class = filtersets.MilestoneFilterSet

    def blank(self) -> Any:
        return Milestone(project=self.entry.project, is_milestone=True, duration_minutes=0)


class DependencyViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """What waits for what. A change reschedules the plan; a cycle is refused with its path."""

    queryset = Dependency.objects.select_related("predecessor", "successor__project")
    serializer_class = DependencySerializer
    filterset_class = filtersets.DependencyFilterSet
    ordering_fields = ("created_at",)
    room = "plan"

    def blank(self) -> Any:
        return Dependency()

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.dependency_save(link=row, actor=self.request.user, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.dependency_delete(link=row, actor=self.request.user, expected_version=expected_version)


class AssignmentViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Who works on a task, and how long is planned."""

    queryset = Assignment.objects.select_related("task__project", "person")
    serializer_class = AssignmentSerializer
    filterset_class = filtersets.AssignmentFilterSet
    ordering_fields = ("created_at", "planned_seconds")
    room = "plan"

    def blank(self) -> Any:
        return Assignment()


class CalendarFilterSet(BaseFilterSet):
    search_fields = ("name",)

    class Meta:
        model = WorkCalendar
        fields: list[str] = []


class CalendarViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Working calendars of the project, and the firm's shared ones to read."""

    queryset = WorkCalendar.objects.all()
    serializer_class = CalendarSerializer
    filterset_class = CalendarFilterSet
    ordering_fields = ("name", "created_at")
    room = "plan"

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        own = models.Q(project=self.entry.project)
        shared = models.Q(project=None)
        return queryset.filter(own | shared if self.request.method in {"GET", "HEAD"} else own)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.calendar_save(
            calendar=row, actor=self.request.user, expected_version=expected_version
        )
