"""Tasks, how their progress is measured, and saying what was done."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.rest import etag_of, expected_version
from projects import services
from projects.api.plan import TaskSerializer, TaskViewSet
from projects.choices import ProgressRule
from projects.kit.rest import IDEMPOTENCY, IF_MATCH, LARGEST_KEY, RowCharField
from projects.measuring import dates_of
from projects.progress import BY_DATES


class ProgressStepSerializer(serializers.Serializer):
    """A weighted step of a task; without an id it is a new one. The weights of all add up to 100."""

    id = serializers.IntegerField(
        source="pk", required=False, allow_null=True, default=None, max_value=LARGEST_KEY
    )
    name = RowCharField(max_length=120)
    weight = serializers.DecimalField(max_digits=5, decimal_places=2)
    done_on = serializers.DateField(read_only=True)


class UnitCountSerializer(serializers.Serializer):
    """How many units were done at the end of a day."""

    counted_on = serializers.DateField()
    done = serializers.DecimalField(max_digits=12, decimal_places=2)


class MeasureSerializer(serializers.Serializer):
    """How a task's progress is measured. `rule` empty is the project's usual one, `effective` the one that counts.

    Once the task has begun, another measure needs a `reason` and counts from that day on.
    """

    rule = serializers.ChoiceField(choices=ProgressRule.choices, allow_blank=True, source="progress_rule")
    effective = serializers.CharField(source="rule", read_only=True)
    steps = ProgressStepSerializer(many=True, required=False, source="progress_steps.all")
    units_total = serializers.DecimalField(
        max_digits=12, decimal_places=2, required=False, allow_null=True, default=None
    )
    unit_name = RowCharField(max_length=40, required=False, allow_blank=True, default="")
    counts = UnitCountSerializer(many=True, read_only=True, source="progress_counts.all")
    since = serializers.DateField(source="measured_since", read_only=True, allow_null=True)
    reason = RowCharField(max_length=255, required=False, allow_blank=True, write_only=True, default="")


class StepDoneSerializer(serializers.Serializer):
    """The day a step was done; null: it is not."""

    id = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)
    done_on = serializers.DateField(allow_null=True)


class ProgressSerializer(serializers.Serializer):
    """What was done, in the way in which the task is measured; only what its rule asks for may be sent."""

    percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False, help_text="Physical %."
    )
    steps = StepDoneSerializer(many=True, required=False, help_text="Weighted milestones.")
    done = serializers.DecimalField(
        max_digits=12, decimal_places=2, required=False, help_text="Units done in all at the end of `on`."
    )
    on = serializers.DateField(required=False, help_text="Default: today.")
    started_on = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="0/100, 50/50, 20/80 and level of effort. Left out: as it is.",
    )
    finished_on = serializers.DateField(required=False, allow_null=True)


class MeasuredTaskViewSet(TaskViewSet):
    """Tasks, with computed dates, float and critical path. A change reschedules the plan."""

    permissions = {"progress": "plan.progress", "measure": "plan.view"}

    @extend_schema(responses=MeasureSerializer)
    @action(detail=True, methods=["get"], filter_backends=[])
    def measure(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How the task's progress is measured."""
        return self.measured(self.get_object())

    @extend_schema(parameters=[IF_MATCH], request=MeasureSerializer, responses=MeasureSerializer)
    @measure.mapping.put
    def measure_set(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say how the task's progress is measured."""
        task = self.get_object()
        asked = MeasureSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        rows = said.get("progress_steps", {}).get("all", ())
        task = services.measure_set(
            task=task,
            measure=services.Measure(
                rule=said["progress_rule"],
                steps=tuple(services.Step(**row) for row in rows),
                units_total=said["units_total"],
                unit_name=said["unit_name"],
            ),
            reason=said["reason"],
            actor=self.entry.user,
            expected_version=expected_version(request, task),
        )
        return self.measured(task)

    def measured(self, task: Any) -> Response:
        """Return how a task is measured, with the task's ETag."""
        return Response(MeasureSerializer(task).data, headers={"ETag": etag_of(task)})

    @extend_schema(parameters=[IDEMPOTENCY, IF_MATCH], request=ProgressSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"], filter_backends=[])
    def progress(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say what was done. The task's people may, and who may change the plan."""
        task = self.get_object()
        person = self.entry.person
        if person is None or not task.assignments.filter(person=person).exists():
            self.entry.require("plan.change")
        asked = ProgressSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        if "steps" in said:
            said["steps"] = {row["id"]: row["done_on"] for row in said["steps"]}
        if task.rule in BY_DATES:
            # What is not sent stays; null takes it back.
            said = dates_of(task) | said
        task = services.progress_say(
            task=task,
            said=services.Said(**said),
            actor=self.entry.user,
            expected_version=expected_version(request, task),
        )
        return self.answer(task)
