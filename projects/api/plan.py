"""The plan: tasks, milestones, dependencies, and who works on what."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.errors import DomainError
from implement.core.rest import expected_version
from projects import filtersets, gantt, services
from projects.choices import Constraint, LinkType, ProgressRule
from projects.kit.rest import (
    IDEMPOTENCY,
    IF_MATCH,
    LARGEST_KEY,
    ProjectModelViewSet,
    RowCharField,
    RowIntegerField,
    RowSerializer,
)
from projects.models import Assignment, Dependency, Milestone, Task
from projects.planning import today_of
from projects.selectors import MilestoneStanding, standings_of

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
    "driver",
    "driven_by",
    "accepted_at",
]
MEASURED = ["progress_rule", "units_total", "unit_name", "measured_since"]


class TaskSerializer(RowSerializer):
    # The one that counts: the task's own, else the project's usual one.
    progress_rule = serializers.ChoiceField(choices=ProgressRule.choices, source="rule", read_only=True)

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
            "ignores_people",
            "priority",
            "percent_complete",
            "actual_start",
            "actual_finish",
            "is_published",
            "revision",
            *MEASURED,
            *COMPUTED,
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["revision", *MEASURED, *COMPUTED]


class MilestoneStandingSerializer(serializers.Serializer):
    """Where a milestone stands today: days in the project's time zone, the slip in working days; null is n/a."""

    state = serializers.CharField(
        help_text="accepted, reached (done, but not accepted), overdue, late, on_time or unknown"
    )
    baseline_on = serializers.DateField(allow_null=True)
    forecast_on = serializers.DateField(allow_null=True)
    reached_on = serializers.DateField(allow_null=True)
    slip_days = serializers.IntegerField(allow_null=True)


class MilestoneSerializer(RowSerializer):
    hidden_without = {"payment_amount": "money.view"}

    standing = serializers.SerializerMethodField()

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
            "standing",
            *COMPUTED,
            "created_at",
            "updated_at",
        ]
        read_only_fields = COMPUTED

    @extend_schema_field(MilestoneStandingSerializer)
    def get_standing(self, row: Milestone) -> Any:
        return MilestoneStandingSerializer(self.context["view"].standings[row.pk]).data


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


class KeyField(RowIntegerField):
    """The id of a row of this plan."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**{"required": False, "min_value": 0, "max_value": LARGEST_KEY, **words})


class TypedField(RowCharField):
    """A value as people type it in the plan; empty where that means nothing."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "max_length": 255, **words})


class PlanEditSerializer(serializers.Serializer):
    """An edit to try out: fields of a task (`change`), or a link drawn, changed or taken away."""

    do = serializers.ChoiceField(choices=["change", "link", "relink", "unlink"])
    task = KeyField(help_text="Of a change.")
    version = KeyField(help_text="That you read; a newer one is 412.")
    name = TypedField()
    duration = TypedField(help_text="5d, 4h, 2w, 30m; 0 is a milestone.")
    start_on = TypedField(
        help_text="A day: as the links allow, else by a constraint. Empty: as soon as possible."
    )
    finish_on = TypedField(help_text="The day until which it lasts.")
    constraint = serializers.ChoiceField(choices=Constraint.choices, required=False)
    constraint_at = TypedField(help_text="A day, or a date and time of the project's clock.")
    deadline = TypedField(help_text="A day; empty for none.")
    percent = TypedField(help_text="Physically done, 0 to 100.")
    predecessors = TypedField(help_text="All of them, such as 3FS+2d, 1.2SS-4h.")
    link = KeyField(help_text="Of relink and unlink.")
    to = KeyField(help_text="The task that waits, of link.")
    type = serializers.ChoiceField(choices=LinkType.choices, required=False)
    lag = TypedField(help_text="2d, 4h, -1d; 3ed is elapsed.")

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": KeyField(help_text="The task that is waited for, of link.")}


class PlanEditsSerializer(serializers.Serializer):
    """What to try out, in this order."""

    edits = PlanEditSerializer(many=True, min_length=1, max_length=gantt.MOST_EDITS)


class SpanSerializer(serializers.Serializer):
    """A day before and after, and the working days between; null without a day."""

    before = serializers.DateField(allow_null=True)
    after = serializers.DateField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)


class MovedMilestoneSerializer(SpanSerializer):
    """A milestone that would move."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class MovedTaskSerializer(serializers.Serializer):
    """A task as it would be."""

    id = serializers.IntegerField()
    wbs = serializers.CharField()
    name = serializers.CharField()
    start = serializers.DateField(allow_null=True)
    finish = serializers.DateField(allow_null=True)
    critical = serializers.BooleanField()


class PlanPreviewSerializer(serializers.Serializer):
    """What edits would move; nothing is stored."""

    finish = SpanSerializer(help_text="Of the whole plan.")
    milestones = MovedMilestoneSerializer(many=True)
    tasks = MovedTaskSerializer(many=True)
    moved = serializers.IntegerField(help_text="How many tasks move that were not edited themselves.")
    notes = serializers.ListField(child=serializers.CharField())


class TaskMoveSerializer(serializers.Serializer):
    """Where a task goes: one step of the outline, or a place below a parent and after a sibling."""

    step = serializers.ChoiceField(choices=services.OUTLINE_STEPS, required=False)
    parent = KeyField(allow_null=True, help_text="Null: the top level.")
    after = KeyField(allow_null=True, help_text="A sibling; null: before all of them.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("step" in attrs) == bool(attrs.keys() & {"parent", "after"}):
            raise serializers.ValidationError({"step": ["Say a step, or a parent and what it stands after."]})
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

    @extend_schema(
        request=PlanEditsSerializer, responses=PlanPreviewSerializer, parameters=[IDEMPOTENCY], filters=False
    )
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def preview(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What edits of tasks and links would move: tasks, milestones, the plan's finish. Nothing is stored."""
        asked = PlanEditsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        edits = [dict(edit) for edit in asked.validated_data["edits"]]
        found = gantt.preview(entry=self.entry, edits=edits)
        rows = [
            {name: row.get(name) for name in ("id", "wbs", "name", "start", "finish")}
            | {"critical": row.get("critical", False)}
            for row in found["tasks"]
        ]
        return Response({name: found[name] for name in PlanPreviewSerializer().fields} | {"tasks": rows})

    @extend_schema(
        request=TaskMoveSerializer,
        responses=TaskSerializer,
        parameters=[IF_MATCH, IDEMPOTENCY],
        filters=False,
    )
    @action(detail=True, methods=["post"], filter_backends=[])
    def move(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move a task with all below it: indent, outdent, up, down, or to a place in the tree."""
        row = self.get_object()
        version = expected_version(request, row)
        asked = TaskMoveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        words = {"task": row, "actor": request.user, "expected_version": version}
        if "step" in said:
            return self.answer(services.task_step(step=said["step"], **words))
        places = {name: self.place(name, said.get(name)) for name in ("parent", "after")}
        return self.answer(services.task_move(**places, **words))

    def place(self, name: str, key: int | None) -> Task | None:
        """Return a task of this project by its id; raises DomainError."""
        if key is None:
            return None
        found = self.entry.visible(Task.objects.select_related("project", "parent")).filter(pk=key).first()
        if found is None:
            raise DomainError("There is no such task.", fields={name: "Choose a task of this project."})
        return found


class MilestoneViewSet(TaskViewSet):
    """The milestones, with what the customer reads."""

    queryset = Milestone.objects.select_related("project")
    serializer_class = MilestoneSerializer
    filterset_class = filtersets.MilestoneFilterSet

    # The outline is one: it is moved, and edits are tried out, as tasks.
    preview = move = None  # type: ignore[assignment]

    def blank(self) -> Any:
        return Milestone(project=self.entry.project, is_milestone=True, duration_minutes=0)

    @cached_property
    def standings(self) -> dict[int, MilestoneStanding]:
        """Return milestone id -> where it stands today; asked once the row is written."""
        return standings_of(project=self.entry.project, as_of=today_of(self.entry.project))


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

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.assignment_save(
            assignment=row, actor=self.request.user, expected_version=expected_version
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.assignment_delete(assignment=row, actor=self.request.user, expected_version=expected_version)
