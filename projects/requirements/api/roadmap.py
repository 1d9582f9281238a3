"""The roadmap over the API: releases, placing, tasks of requirements, figures, orphans."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    ProjectScope,
    RowBooleanField,
    RowCharField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)
from projects.models import Task
from projects.planning import today_of
from projects.requirements.choices import Priority
from projects.requirements.filtersets import ReleaseFilterSet
from projects.requirements.models import Release, Requirement, TaskReason
from projects.requirements.selectors.roadmap import Column, Effort, QuarterGroup, roadmap_of
from projects.requirements.selectors.work import orphans_of
from projects.requirements.services import delivery
from projects.requirements.services import roadmap as services
from projects.requirements.workflows import RELEASE_WORKFLOW

MOST_PLACED = 500
WRITING = ("create", "update", "partial_update", "destroy")
KEY = {"min_value": 1, "max_value": LARGEST_KEY}


class RoadmapReleaseSerializer(RowSerializer):
    """A release. Its state moves by steps; what is in it is said by its requirements."""

    class Meta:
        model = Release
        fields = [
            "id", "number", "position", "name", "title", "goal", "note", "milestone", "target_on", "is_published",
            "status", "status_reason", "released_on", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = ["number", "position", "status", "status_reason", "released_on"]


class ReleaseMilestoneSerializer(serializers.Serializer):
    """The milestone that a release gets in the plan: its name, below which summary, and whether it waits."""

    name = RowCharField(max_length=255)
    parent = RowIntegerField(**KEY, required=False, allow_null=True, default=None)
    waits = RowBooleanField(
        required=False, default=True, help_text="After the tasks that deliver the release."
    )


class ReleaseMovedSerializer(serializers.Serializer):
    """Where a release moves on the roadmap."""

    to = serializers.ChoiceField(choices=["earlier", "later"])


class RoadmapReleaseViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """Releases: what is handed over at once, and when."""

    room = "requirements"
    workflow = RELEASE_WORKFLOW
    queryset = Release.objects.select_related("project", "milestone")
    serializer_class = RoadmapReleaseSerializer
    filterset_class = ReleaseFilterSet
    ordering_fields = ("position", "number", "created_at")
    ordering = ("position", "number")
    permissions: ClassVar[dict[str, str]] = dict.fromkeys(
        ("create", "update", "partial_update", "destroy", "steps", "make_milestone", "move"),
        "requirements.plan",
    )

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.release_save(release=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.release_delete(release=row, entry=self.entry, expected_version=expected_version)

    @extend_schema(
        request=ReleaseMilestoneSerializer, responses=RoadmapReleaseSerializer, parameters=[IDEMPOTENCY]
    )
    @action(detail=True, methods=["post"], url_path="milestone", filter_backends=[])
    def make_milestone(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make the milestone of a release in the plan; asks for the plan's grant, too."""
        row = self.get_object()
        asked = ReleaseMilestoneSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        parent = _task(self.entry, said["parent"])
        delivery.milestone_make(
            release=row, entry=self.entry, name=said["name"], parent=parent, waits=said["waits"]
        )
        return self.answer(self.get_object())

    @extend_schema(
        request=ReleaseMovedSerializer, responses=RoadmapReleaseSerializer, parameters=[IDEMPOTENCY]
    )
    @action(detail=True, methods=["post"], filter_backends=[])
    def move(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move a release one place earlier or later on the roadmap."""
        row = self.get_object()
        asked = ReleaseMovedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.release_move(release=row, direction=asked.validated_data["to"], entry=self.entry)
        return self.answer(self.get_object())


def _task(entry: Any, pk: int | None) -> Task | None:
    """Return a task of the project by its id; refuse another."""
    if pk is None:
        return None
    found = entry.visible(Task.objects.select_related("project")).filter(pk=pk).first()
    if found is None:
        raise serializers.ValidationError({"parent": [f"There is no task {pk} here."]})
    return found


def rows_of(entry: Any, model: type[Model], wanted: list[int], name: str) -> list[Any]:
    """Return rows of the project by their ids; refuse one that is not there."""
    rows = list(entry.visible(model._default_manager.select_related("project")).filter(pk__in=wanted))
    missing = sorted(set(wanted) - {row.pk for row in rows})
    if missing:
        raise serializers.ValidationError(
            {name: [f"There is no {model._meta.verbose_name} {missing[0]} here."]}
        )
    return rows


class PlaceSerializer(serializers.Serializer):
    """Which requirements, and into which release (null: out of theirs)."""

    requirements = serializers.ListField(child=RowIntegerField(**KEY), min_length=1, max_length=MOST_PLACED)
    release = RowIntegerField(**KEY, allow_null=True)


class PlacedSerializer(serializers.Serializer):
    """Which requirements moved: those that were asked for, and the parts that went with them."""

    moved = serializers.ListField(child=serializers.IntegerField())


class TasksSerializer(serializers.Serializer):
    """Of which requirements tasks are made, below which summary, one for each or one for all."""

    requirements = serializers.ListField(child=RowIntegerField(**KEY), min_length=1, max_length=MOST_PLACED)
    parent = RowIntegerField(**KEY, required=False, allow_null=True, default=None)
    is_one = RowBooleanField(required=False, default=False)
    name = RowCharField(max_length=255, required=False, allow_blank=True, default="")
    with_owner = RowBooleanField(required=False, default=True)
    also_tasked = RowBooleanField(required=False, default=False)


class TasksMadeSerializer(serializers.Serializer):
    """The tasks that were made."""

    tasks = serializers.ListField(child=serializers.IntegerField())


class EffortSerializer(serializers.Serializer):
    """Estimated seconds by priority, and of how many requirements nothing is estimated."""

    must_seconds = serializers.IntegerField()
    should_seconds = serializers.IntegerField()
    could_seconds = serializers.IntegerField()
    wont_seconds = serializers.IntegerField()
    total_seconds = serializers.IntegerField()
    unestimated = serializers.IntegerField()
    must_percent = serializers.CharField(
        allow_null=True, help_text="Must / (Must + Should + Could); at most 60 by DSDM's guidance."
    )


class FiguresSerializer(serializers.Serializer):
    """The sums over some requirements."""

    requirements = serializers.IntegerField()
    signed = serializers.IntegerField()
    effort = EffortSerializer()
    planned_seconds = serializers.IntegerField()
    open_seconds = serializers.IntegerField()


class RoadmapColumnSerializer(FiguresSerializer):
    """A release with its day and its sums; `release` null: what is not placed yet."""

    release = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    day = serializers.DateField(allow_null=True)
    day_from = serializers.CharField(help_text="released, reached, plan, target, or empty without a day")
    baseline_on = serializers.DateField(allow_null=True)
    slip_days = serializers.IntegerField(allow_null=True)
    quarter = serializers.CharField(allow_null=True)
    baseline_quarter_left = serializers.CharField(
        allow_null=True, help_text="The quarter of the baseline, when it is another one now."
    )


class RoadmapQuarterSerializer(FiguresSerializer):
    """The releases of one quarter; `quarter` null: those without a day."""

    quarter = serializers.CharField(allow_null=True)
    releases = serializers.ListField(child=serializers.IntegerField())


class OrphansSerializer(serializers.Serializer):
    """What is not tied together: signed requirements, and tasks."""

    requirements_without_release = serializers.ListField(child=serializers.IntegerField())
    requirements_without_task = serializers.ListField(child=serializers.IntegerField())
    tasks_without_reason = serializers.ListField(child=serializers.IntegerField())


class RoadmapSerializer(serializers.Serializer):
    """The roadmap of a project at a day."""

    as_of = serializers.DateField()
    effort = EffortSerializer()
    releases = RoadmapColumnSerializer(many=True)
    not_placed = RoadmapColumnSerializer()
    quarters = RoadmapQuarterSerializer(many=True)
    orphans = OrphansSerializer()


def effort_json(effort: Effort) -> dict[str, Any]:
    """Return an effort as JSON."""
    percent = effort.must_percent
    return {f"{one}_seconds": effort.by_priority.get(one, 0) for one in Priority.values} | {
        "total_seconds": effort.total,
        "unestimated": effort.unestimated,
        "must_percent": None if percent is None else f"{percent:.2f}",
    }


def figures_json(of: Column | QuarterGroup) -> dict[str, Any]:
    """Return the sums of a release or a quarter as JSON."""
    return {
        "requirements": of.total,
        "signed": of.signed,
        "effort": effort_json(of.effort),
        "planned_seconds": of.planned_seconds,
        "open_seconds": of.open_seconds,
    }


def column_json(column: Column) -> dict[str, Any]:
    """Return a release with its sums as JSON."""
    standing = column.standing
    return figures_json(column) | {
        "release": column.release.pk if column.release else None,
        "name": column.release.name if column.release else "",
        "day": standing.day if standing else None,
        "day_from": standing.source if standing else "",
        "baseline_on": standing.baseline_on if standing else None,
        "slip_days": standing.slip_days if standing else None,
        "quarter": str(standing.quarter) if standing and standing.quarter else None,
        "baseline_quarter_left": str(standing.moved_from) if standing and standing.moved_from else None,
    }


def quarter_json(group: QuarterGroup) -> dict[str, Any]:
    """Return a quarter with its sums as JSON."""
    return figures_json(group) | {
        "quarter": str(group.quarter) if group.quarter else None,
        "releases": [one.release.pk for one in group.columns if one.release],
    }


class RoadmapViewSet(ProjectScope, viewsets.ViewSet):
    """The roadmap as a whole."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "requirements.view",
        "place": "requirements.plan",
        "tasks": "requirements.plan",
    }

    @extend_schema(operation_id="roadmap", responses=forced_singular_serializer(RoadmapSerializer))
    def list(self, request: Request, project: str) -> Response:
        """Return the releases, what is not placed, the quarters and the orphans, with their sums, as of today."""
        today = today_of(self.entry.project)
        road = roadmap_of(project=self.entry.project, as_of=today)
        orphans = orphans_of(project=self.entry.project)
        can_plan = self.entry.can("plan.view")
        return Response(
            RoadmapSerializer(
                {
                    "as_of": today,
                    "effort": effort_json(road.effort),
                    "releases": [column_json(one) for one in road.columns],
                    "not_placed": column_json(road.unplaced),
                    "quarters": [quarter_json(one) for one in road.by_quarter()],
                    "orphans": {
                        "requirements_without_release": [
                            one.requirement.pk for one in orphans.requirements if not one.has_release
                        ],
                        "requirements_without_task": [
                            one.requirement.pk for one in orphans.requirements if not one.has_task
                        ],
                        "tasks_without_reason": orphans.tasks if can_plan else [],
                    },
                }
            ).data
        )

    @extend_schema(request=PlaceSerializer, responses=PlacedSerializer, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"])
    def place(self, request: Request, project: str) -> Response:
        """Put requirements into a release, all or none; their parts that stood where they stood go with them."""
        asked = PlaceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        rows = rows_of(self.entry, Requirement, said["requirements"], "requirements")
        release = None
        if said["release"] is not None:
            release = rows_of(self.entry, Release, [said["release"]], "release")[0]
        moved = services.requirements_place(requirements=rows, release=release, entry=self.entry)
        return Response({"moved": [row.pk for row in moved]})

    @extend_schema(request=TasksSerializer, responses=TasksMadeSerializer, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"])
    def tasks(self, request: Request, project: str) -> Response:
        """Make tasks of signed requirements in the plan, all or none; asks for the plan's grant, too."""
        asked = TasksSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        rows = rows_of(self.entry, Requirement, said.pop("requirements"), "requirements")
        wanted = delivery.Wanted(**said | {"parent": _task(self.entry, said["parent"])})
        made = delivery.tasks_make(requirements=rows, wanted=wanted, entry=self.entry)
        return Response({"tasks": [task.pk for task in made]})


class TaskReasonSerializer(RowSerializer):
    """Why a task, with what is below it, needs no requirement."""

    class Meta:
        model = TaskReason
        fields = ["id", "task", "reason", "version"]


class TaskReasonViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Tasks that deliver no requirement and need none."""

    room = "requirements"
    queryset = TaskReason.objects.filter(task__deleted_at=None).select_related("task__project")
    serializer_class = TaskReasonSerializer
    ordering_fields = ("created_at",)
    permissions: ClassVar[dict[str, str]] = dict.fromkeys(WRITING, "requirements.plan")

    def blank(self) -> Any:
        return TaskReason()

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return delivery.reason_save(row=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        delivery.reason_delete(row=row, entry=self.entry, expected_version=expected_version)


ROUTES = [
    (PROJECT + "releases", RoadmapReleaseViewSet, "api-release"),
    (PROJECT + "task-reasons", TaskReasonViewSet, "api-task-reason"),
    (PROJECT + "roadmap", RoadmapViewSet, "api-roadmap"),
]
