"""The design over the API: write elements, review them, ask the customer, decide, set targets, answer, see the gate."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.design.choices import ReviewVerdict
from projects.design.filtersets import DecisionFilterSet, ElementFilterSet, FeedbackFilterSet, TargetFilterSet
from projects.design.models import (
    ArchitectureDecision,
    DesignElement,
    DesignFeedback,
    DesignReview,
    DesignVersion,
    NfrTarget,
)
from projects.design.purposes import APPROVE_DESIGN
from projects.design.selectors.gate import GateLine, gate_of
from projects.design.services import decisions, elements, feedback, reviews, targets
from projects.design.workflows import DECISION_WORKFLOW, ELEMENT_WORKFLOW
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    ProjectScope,
    RowBooleanField,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)
from projects.models import Person
from projects.signoffs.services import request_send

MOST_ASKED = 500


def key_field(**words: Any) -> RowIntegerField:
    """Return a field for the id of a row."""
    return RowIntegerField(min_value=1, max_value=LARGEST_KEY, **words)


class DesignElementSerializer(RowSerializer):
    """A design element. Its state moves by reviews, the customer's answer and steps alone.

    `reason` says why a text changes that is approved.
    """

    key = serializers.CharField(read_only=True)
    reason = RowCharField(max_length=255, required=False, allow_blank=True, write_only=True)

    class Meta:
        model = DesignElement
        fields = [
            "id", "key", "title", "kind", "purpose", "description", "diagram", "notes", "owner", "parent",
            "needs_customer", "revision", "status", "status_reason", "reviewer", "reviewed_revision",
            "shown_revision", "signed_revision", "with_customer", "superseded_by", "reason", "created_at",
            "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = [
            "revision", "status", "status_reason", "reviewer", "reviewed_revision", "shown_revision",
            "signed_revision", "with_customer", "superseded_by",
        ]  # fmt: skip


class DesignVersionSerializer(serializers.ModelSerializer):
    """What the customer reads of a design element, as it stood."""

    class Meta:
        model = DesignVersion
        fields = ["id", "number", "content", "sha256", "reason", "at"]
        read_only_fields = fields


class DesignReviewSerializer(serializers.ModelSerializer):
    """What one of us found in a version."""

    class Meta:
        model = DesignReview
        fields = ["id", "revision", "sha256", "name", "role", "verdict", "comment", "at"]
        read_only_fields = fields


class DesignSubmitSerializer(serializers.Serializer):
    """Who of us reviews it; not needed for what is reviewed as it stands."""

    reviewer = key_field(required=False, allow_null=True, default=None, help_text="The id of the person.")


class DesignVerdictSerializer(serializers.Serializer):
    """What one of us found; `revision` is the version that they read."""

    revision = RowIntegerField(min_value=1, max_value=2**31 - 1)
    verdict = serializers.ChoiceField(choices=ReviewVerdict.choices)
    comment = RowCharField(max_length=reviews.COMMENT_LENGTH, required=False, allow_blank=True, default="")


class DesignAskSerializer(serializers.Serializer):
    """Which elements, who decides for the customer, until when, and a word to them."""

    elements = serializers.ListField(child=key_field(), min_length=1, max_length=MOST_ASKED)
    person = key_field(help_text="The id of the customer's approver.")
    due_on = RowDateField()
    message = RowCharField(max_length=2000, required=False, allow_blank=True, default="")


class DesignAskedSerializer(serializers.Serializer):
    """The request that was sent."""

    id = serializers.IntegerField()


class SupersedeSerializer(serializers.Serializer):
    """What takes its place, and why; an element may also be superseded by nothing, with a reason."""

    successor = key_field(required=False, allow_null=True, default=None)
    reason = RowCharField(max_length=255, required=False, allow_blank=True, default="")


class Superseding:
    """Find the successor that a request names."""

    def successor_of(self, said: dict[str, Any]) -> Any:
        """Return the row that takes another's place. Raises ValidationError when it is not here."""
        if said["successor"] is None:
            return None
        found = self.get_queryset().filter(pk=said["successor"]).first()  # type: ignore[attr-defined]
        if found is None:
            raise serializers.ValidationError({"successor": ["There is no such row here."]})
        return found


class DesignElementViewSet(Superseding, WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """What is designed, from the draft to what both sides have approved."""

    room = "design"
    workflow = ELEMENT_WORKFLOW
    queryset = DesignElement.objects.select_related("project")
    serializer_class = DesignElementSerializer
    filterset_class = ElementFilterSet
    ordering_fields = ("number", "created_at", "updated_at")
    ordering = ("number",)
    permissions: ClassVar[dict[str, str]] = {
        "versions": "design.view",
        "reviews": "design.view",
        "submit": "design.change",
        "review": "design.review",
        "supersede": "design.decide",
        "ask": "signoffs.change",
    }

    def fill(self, row: Any, serializer: Any) -> Any:
        self.reason = serializer.validated_data.pop("reason", "")
        return super().fill(row, serializer)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return elements.element_save(
            element=row, entry=self.entry, reason=self.reason, expected_version=expected_version
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        elements.element_delete(element=row, entry=self.entry, expected_version=expected_version)

    @extend_schema(responses=DesignVersionSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def versions(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every version of what the customer reads, the latest first."""
        return Response(DesignVersionSerializer(self.get_object().versions.all(), many=True).data)

    @extend_schema(responses=DesignReviewSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def reviews(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every review by one of us, the latest first."""
        return Response(DesignReviewSerializer(self.get_object().reviews.all(), many=True).data)

    @extend_schema(request=DesignSubmitSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def submit(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a draft to its review by one of us."""
        row = self.get_object()
        asked = DesignSubmitSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        who = Person.objects.on(self.entry.project).filter(pk=asked.validated_data["reviewer"]).first()
        reviews.review_ask(element=row, entry=self.entry, reviewer=who)
        return self.answer(row)

    @extend_schema(request=DesignVerdictSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def review(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record what one of us found in the version that they read."""
        row = self.get_object()
        asked = DesignVerdictSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        reviews.review_give(element=row, entry=self.entry, **asked.validated_data)
        row.refresh_from_db()
        return self.answer(row)

    @extend_schema(request=SupersedeSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def supersede(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say what takes its place."""
        row = self.get_object()
        asked = SupersedeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        reviews.element_supersede(
            element=row, entry=self.entry, successor=self.successor_of(said), reason=said["reason"]
        )
        row.refresh_from_db()
        return self.answer(row)

    @extend_schema(request=DesignAskSerializer, responses=DesignAskedSerializer, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def ask(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask the customer to approve elements, all in one request; they are locked until the answer."""
        asked = DesignAskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        wanted = set(said["elements"])
        rows = list(self.get_queryset().with_blocking().filter(pk__in=wanted))
        missing = sorted(wanted - {row.pk for row in rows})
        if missing:
            raise serializers.ValidationError(
                {"elements": [f"There is no design element {missing[0]} here."]}
            )
        sent = request_send(
            purpose=APPROVE_DESIGN,
            rows=rows,
            person=Person.objects.filter(pk=said["person"]).first(),
            due_on=said["due_on"],
            message=said["message"],
            entry=self.entry,
        )
        return Response({"id": sent.pk})


class ArchitectureDecisionSerializer(RowSerializer):
    """An architecture decision. Its state moves by steps; an accepted one is superseded, never rewritten."""

    key = serializers.CharField(read_only=True)

    class Meta:
        model = ArchitectureDecision
        fields = [
            "id", "key", "title", "context", "options", "decision", "consequences", "decided_on", "decided_by",
            "status", "status_reason", "superseded_by", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = ["status", "status_reason", "superseded_by"]


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
    queryset = NfrTarget.objects.select_related("project", "requirement")
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
    queryset = DesignFeedback.objects.select_related("element__project", "person")
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


ROUTES = [
    (PROJECT + "design-elements", DesignElementViewSet, "api-design-element"),
    (PROJECT + "architecture-decisions", ArchitectureDecisionViewSet, "api-architecture-decision"),
    (PROJECT + "nfr-targets", NfrTargetViewSet, "api-nfr-target"),
    (PROJECT + "design-feedback", DesignFeedbackViewSet, "api-design-feedback"),
    (PROJECT + "design-gate", DesignGateViewSet, "api-design-gate"),
]
