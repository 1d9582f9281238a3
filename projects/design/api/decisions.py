"""Decisions, targets, feedback and the gate over the API."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.design.api.superseding import SupersedeSerializer, Superseding
from projects.design.filtersets import DecisionFilterSet, FeedbackFilterSet, TargetFilterSet
from projects.design.models import ArchitectureDecision, DesignFeedback, NfrTarget
from projects.design.selectors.gate import GateLine, gate_of
from projects.design.services import decisions, feedback, targets
from projects.design.workflows import DECISION_WORKFLOW
from projects.kit.rest import (
    IDEMPOTENCY,
    ProjectModelViewSet,
    ProjectScope,
    RowBooleanField,
    RowCharField,
    RowSerializer,
    WorkflowActions,
)


class ArchitectureDecisionSerializer(RowSerializer):
    """An architecture decision. Its state moves by steps; an accepted one is superseded, never rewritten."""

    key = serializers.CharField(read_only=True)

    class Meta:
        model = ArchitectureDecision
        fields = [
            "id", "key", "title", "context", "options", "decision", "consequences", "decided_on", "decided_by",
            "revision", "status", "status_reason", "superseded_by", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = ["revision", "status", "status_reason", "superseded_by"]


class ArchitectureDecisionViewSet(Superseding, WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """Architecture decisions."""

    room = "design"
    workflow = DECISION_WORKFLOW
    queryset = ArchitectureDecision.objects.select_related("project")
    serializer_class = ArchitectureDecisionSerializer
    filterset_class = DecisionFilterSet
    ordering_fields = ("number", "created_at")
    ordering = ("number",)
    permissions: ClassVar[dict[str, str]] = {"supersede": "design.decide"}

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return decisions.decision_save(decision=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        decisions.decision_delete(decision=row, entry=self.entry, expected_version=expected_version)

    @extend_schema(request=SupersedeSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def supersede(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say which accepted decision takes its place."""
        row = self.get_object()
        asked = SupersedeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        decisions.decision_supersede(
            decision=row, entry=self.entry, successor=self.successor_of(said), reason=said["reason"]
        )
        row.refresh_from_db()
        return self.answer(row)


class NfrTargetSerializer(RowSerializer):
    """What a quality must reach. `threshold` is the worst that is still acceptable."""

    class Meta:
        model = NfrTarget
        fields = [
            "id", "requirement", "metric", "unit", "operator", "target", "threshold", "load_profile", "test", "due_on",
            "owner", "created_at", "updated_at", "version",
        ]  # fmt: skip
        # The same metric twice is told by the service, whatever its letters.
        validators: ClassVar[list[Any]] = []


class NfrTargetViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Targets of qualities."""

    room = "design"
    queryset = NfrTarget.objects.select_related("project", "requirement").filter(requirement__deleted_at=None)
    serializer_class = NfrTargetSerializer
    filterset_class = TargetFilterSet
    ordering_fields = ("created_at", "updated_at")

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return targets.target_save(target=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        targets.target_delete(target=row, entry=self.entry, expected_version=expected_version)


class DesignFeedbackSerializer(RowSerializer):
    """What somebody of the customer said; their own words in an answer are never changed."""

    class Meta:
        model = DesignFeedback
        fields = [
            "id", "element", "revision", "person", "text", "at", "source", "is_must_fix", "answer", "answered_at",
            "state", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = ["revision", "at", "source", "answer", "answered_at", "state"]


class FeedbackAnswerSerializer(serializers.Serializer):
    """Our answer, and whether nothing more has to be done."""

    answer = RowCharField(max_length=feedback.ANSWER_LENGTH)
    close = RowBooleanField(required=False, default=False)


class DesignFeedbackViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """The customer's feedback on the design."""

    room = "design"
    queryset = DesignFeedback.objects.select_related("element__project", "person").filter(
        element__deleted_at=None
    )
    serializer_class = DesignFeedbackSerializer
    filterset_class = FeedbackFilterSet
    ordering_fields = ("at", "created_at")
    permissions: ClassVar[dict[str, str]] = {
        "answer_it": "design.change",
        "close": "design.change",
        "reopen": "design.change",
    }

    def blank(self) -> Any:
        return DesignFeedback()

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return feedback.feedback_save(feedback=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        feedback.feedback_delete(feedback=row, entry=self.entry, expected_version=expected_version)

    @extend_schema(request=FeedbackAnswerSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[], url_path="answer")
    def answer_it(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer it, and close it where nothing more has to be done."""
        row = self.get_object()
        asked = FeedbackAnswerSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        feedback.feedback_answer(feedback=row, entry=self.entry, **asked.validated_data)
        return self.answer(row)

    @extend_schema(request=None, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def close(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close what is answered."""
        row = self.get_object()
        feedback.feedback_close(feedback=row, entry=self.entry)
        return self.answer(row)

    @extend_schema(request=None, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def reopen(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open it again."""
        row = self.get_object()
        feedback.feedback_reopen(feedback=row, entry=self.entry)
        return self.answer(row)


class GateLineSerializer(serializers.Serializer):
    """One requirement before the gate, with what is missing in words; nothing missing is met."""

    requirement = serializers.IntegerField()
    key = serializers.CharField()
    is_met = serializers.BooleanField()
    elements = serializers.ListField(child=serializers.IntegerField())
    targets = serializers.ListField(child=serializers.IntegerField())
    missing = serializers.ListField(child=serializers.CharField())


class DesignGateSerializer(serializers.Serializer):
    """Both halves of the gate; `is_met` is null when there is nothing to hold the design to."""

    is_met = serializers.BooleanField(allow_null=True)
    musts = GateLineSerializer(many=True)
    qualities = GateLineSerializer(many=True)


class DesignGateViewSet(ProjectScope, viewsets.ViewSet):
    """The gate of the design."""

    permissions: ClassVar[dict[str, str]] = {"list": "design.view"}

    @extend_schema(operation_id="design_gate", responses=forced_singular_serializer(DesignGateSerializer))
    def list(self, request: Request, project: str) -> Response:
        """Return whether every Must requirement is designed and every quality measurable, and what is missing."""
        gate = gate_of(project=self.entry.project)
        return Response(
            {
                "is_met": gate.is_met,
                "musts": [gate_line(line) for line in gate.musts],
                "qualities": [gate_line(line) for line in gate.qualities],
            }
        )


def gate_line(line: GateLine) -> dict[str, Any]:
    """Return a line of the gate as JSON."""
    return {
        "requirement": line.requirement.pk,
        "key": line.requirement.key,
        "is_met": line.is_met,
        "elements": [one.pk for one in line.elements],
        "targets": [one.pk for one in line.targets],
        "missing": [one.words for one in line.missing],
    }
