"""Requirements over the API: write, ask to validate, baseline; workshops, terms, questions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.kit import prints
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    ReadOnlyProjectViewSet,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowLinkField,
    RowSerializer,
    WorkflowActions,
)
from projects.models import Person
from projects.requirements.choices import (
    DocumentForm,
    SpecificationEdition,
    SpecificationScope,
    VerificationMethod,
    VerificationVerdict,
)
from projects.requirements.filtersets import (
    GlossaryFilterSet,
    GoalFilterSet,
    QuestionFilterSet,
    RequirementFilterSet,
    WorkshopFilterSet,
)
from projects.requirements.models import (
    BaselinedRequirement,
    GlossaryTerm,
    OpenQuestion,
    Release,
    Requirement,
    RequirementBaseline,
    RequirementVersion,
    SuccessCriterion,
    Verification,
    Workshop,
)
from projects.requirements.prints import SPECIFICATION
from projects.requirements.purposes import ACCEPT, VALIDATE
from projects.requirements.services import requirements as services
from projects.requirements.services.baselines import requirements_baseline
from projects.requirements.services.goals import goal_delete, goal_save
from projects.requirements.services.roadmap import requirements_place
from projects.requirements.services.verification import requirements_verify
from projects.requirements.services.workshops import workshop_save
from projects.requirements.specfile import XML, ZIP, reqif_response
from projects.requirements.workflows import QUESTION_WORKFLOW, REQUIREMENT_WORKFLOW
from projects.signoffs.services import request_send

MOST_ASKED = 500


class RequirementSerializer(RowSerializer):
    """A requirement. Its state moves by steps and by the customer's answer alone.

    `reason` says why a text changes that the customer has signed.
    """

    key = serializers.CharField(read_only=True)
    criteria = serializers.ListField(
        source="criteria_texts",
        child=RowCharField(max_length=services.LONGEST_CRITERION),
        max_length=services.MOST_CRITERIA,
        required=False,
        help_text="The acceptance criteria in their order.",
    )
    reason = RowCharField(max_length=255, required=False, allow_blank=True, write_only=True)
    release = RowLinkField(
        queryset=Release.objects.all(), required=False, allow_null=True,
        help_text="In which release it is delivered; setting it asks for the grant to plan.",
    )  # fmt: skip

    goal = serializers.CharField(
        source="success_criterion.title", read_only=True, default="", help_text="The title of its goal."
    )

    class Meta:
        model = Requirement
        fields = [
            "id", "key", "title", "statement", "rationale", "criteria", "kind", "priority", "fit",
            "success_criterion", "goal",
            "category", "criticality", "parent", "owner", "source_kind", "source_person", "workshop", "source",
            "estimate_seconds", "release", "revision", "signed_revision", "status", "status_reason", "external_id",
            "reason", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = ["revision", "signed_revision", "status", "status_reason", "external_id"]


class RequirementVersionSerializer(serializers.ModelSerializer):
    """What the customer reads of a requirement, as it stood."""

    class Meta:
        model = RequirementVersion
        fields = ["id", "number", "content", "sha256", "reason", "at"]
        read_only_fields = fields


class ValidateSerializer(serializers.Serializer):
    """Which requirements, who decides for the customer, until when, and a word to them."""

    requirements = serializers.ListField(
        child=RowIntegerField(min_value=1, max_value=LARGEST_KEY), min_length=1, max_length=MOST_ASKED
    )
    person = RowIntegerField(
        min_value=1, max_value=LARGEST_KEY, help_text="The id of the customer's approver."
    )
    due_on = RowDateField()
    message = RowCharField(max_length=2000, required=False, allow_blank=True, default="")
    purpose = serializers.ChoiceField(
        choices=[("validate", "Validate"), ("accept", "Accept")], required=False, default="validate"
    )


class ValidatedSerializer(serializers.Serializer):
    """The request that was sent."""

    id = serializers.IntegerField()


class VerificationSerializer(serializers.ModelSerializer):
    """How somebody looked at a requirement, and whether it was met. `revision` is the version of its text then."""

    class Meta:
        model = Verification
        fields = ["id", "revision", "verdict", "method", "held_on", "evidence", "by", "at"]
        read_only_fields = fields


class VerifySerializer(serializers.Serializer):
    """Whether a requirement is met, how somebody looked at it, and what they saw."""

    verdict = serializers.ChoiceField(choices=VerificationVerdict.choices)
    method = serializers.ChoiceField(choices=VerificationMethod.choices)
    held_on = RowDateField()
    evidence = RowCharField(max_length=4000)


class SpecificationSerializer(serializers.Serializer):
    """What of the requirements goes on paper, for whom, in which language."""

    scope = serializers.ChoiceField(choices=SpecificationScope.choices, default=SpecificationScope.ALL)
    edition = serializers.ChoiceField(
        choices=SpecificationEdition.choices, default=SpecificationEdition.INTERNAL
    )
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    form = serializers.ChoiceField(choices=DocumentForm.choices, default=DocumentForm.PDF)


class SpecificationJobSerializer(serializers.Serializer):
    """The job that makes the document; its `result_url` is the file."""

    job = serializers.UUIDField()


class RequirementViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """What the customer needs, from the wish to what they have signed."""

    room = "requirements"
    workflow = REQUIREMENT_WORKFLOW
    queryset = Requirement.objects.select_related("project", "success_criterion").prefetch_related("criteria")
    serializer_class = RequirementSerializer
    filterset_class = RequirementFilterSet
    ordering_fields = ("number", "created_at", "updated_at")
    ordering = ("number",)
    permissions: ClassVar[dict[str, str]] = {
        "validate": "signoffs.change",
        "versions": "requirements.view",
        "verifications": "requirements.view",
        "verified": "requirements.verify",
        "reqif": "requirements.export",
        "reqifz": "requirements.export",
        "specification": "requirements.export",
    }

    def fill(self, row: Any, serializer: Any) -> Any:
        said = serializer.validated_data
        self.criteria, self.reason = said.pop("criteria_texts", None), said.pop("reason", "")
        self.is_placed, self.release = "release" in said, said.pop("release", None)
        # Only its place on the roadmap: that moves whatever the customer is deciding about its text.
        self.is_only_placed = self.is_placed and not said and self.criteria is None and row.pk is not None
        return super().fill(row, serializer)

    @transaction.atomic
    def save(self, *, row: Any, expected_version: int | None) -> Any:
        saved, version = row, expected_version
        if not self.is_only_placed:
            saved = services.requirement_save(
                requirement=row, entry=self.entry, criteria=self.criteria, reason=self.reason,
                expected_version=expected_version,
            )  # fmt: skip
            version = None
        if self.is_placed and (self.is_only_placed or saved.release != self.release):
            requirements_place(
                requirements=[saved], release=self.release, entry=self.entry, expected_version=version
            )
            saved = self.get_queryset().get(pk=saved.pk)
        return saved

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.requirement_delete(requirement=row, entry=self.entry, expected_version=expected_version)

    @extend_schema(responses=RequirementVersionSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def versions(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every version of what the customer reads, the latest first."""
        return Response(RequirementVersionSerializer(self.get_object().versions.all(), many=True).data)

    @extend_schema(responses=VerificationSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def verifications(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How it was looked at, the latest first."""
        return Response(VerificationSerializer(self.get_object().verifications.all(), many=True).data)

    @extend_schema(
        request=VerifySerializer, responses={201: VerificationSerializer}, parameters=[IDEMPOTENCY]
    )
    @verifications.mapping.post
    def verified(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say whether it is met: somebody else than its owner, once it is implemented."""
        row, asked = self.get_object(), VerifySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = requirements_verify(requirements=[row], entry=self.entry, **asked.validated_data)
        return Response(VerificationSerializer(made[0]).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, XML): OpenApiTypes.BINARY}, filters=False)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def reqif(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse | FileResponse:
        """Download all requirements as ReqIF."""
        return reqif_response(self.entry, with_files=False)

    @extend_schema(responses={(200, ZIP): OpenApiTypes.BINARY}, filters=False)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def reqifz(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse | FileResponse:
        """Download all requirements with what is attached to them as a ReqIF archive."""
        return reqif_response(self.entry, with_files=True)

    @extend_schema(
        request=SpecificationSerializer,
        responses={202: SpecificationJobSerializer},
        parameters=[IDEMPOTENCY],
    )
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def specification(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask a worker for the specification as a PDF or one HTML file, which can be opened for a week."""
        asked = SpecificationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        job = prints.ask(SPECIFICATION, entry=self.entry, wishes=dict(asked.validated_data))
        return Response({"job": str(job.pk)}, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=ValidateSerializer, responses=ValidatedSerializer, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def validate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask the customer to validate requirements, or to accept verified ones, all in one request.

        What is validated is locked until the answer.
        """
        asked = ValidateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        wanted = set(said["requirements"])
        rows = list(self.get_queryset().filter(pk__in=wanted))
        missing = sorted(wanted - {row.pk for row in rows})
        if missing:
            raise serializers.ValidationError(
                {"requirements": [f"There is no requirement {missing[0]} here."]}
            )
        sent = request_send(
            purpose=ACCEPT if said["purpose"] == "accept" else VALIDATE,
            rows=rows,
            person=Person.objects.filter(pk=said["person"]).first(),
            due_on=said["due_on"],
            message=said["message"],
            entry=self.entry,
        )
        return Response({"id": sent.pk})


class BaselinedRequirementSerializer(serializers.ModelSerializer):
    """A requirement in the version that was signed."""

    class Meta:
        model = BaselinedRequirement
        fields = ["requirement", "revision"]
        read_only_fields = fields


class RequirementBaselineSerializer(serializers.ModelSerializer):
    """All that was signed at one moment."""

    items = BaselinedRequirementSerializer(many=True, read_only=True)

    class Meta:
        model = RequirementBaseline
        fields = ["id", "number", "name", "at", "items"]
        read_only_fields = ["number", "at"]


class RequirementBaselineViewSet(ReadOnlyProjectViewSet):
    """Baselines of the requirements; never changed."""

    room = "requirements"
    queryset = RequirementBaseline.objects.prefetch_related("items")
    serializer_class = RequirementBaselineSerializer
    ordering_fields = ("number",)
    ordering = ("-number",)
    permissions: ClassVar[dict[str, str]] = {"create": "requirements.baseline"}

    @extend_schema(parameters=[IDEMPOTENCY])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a baseline of everything that is signed."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        baseline = requirements_baseline(entry=self.entry, name=asked.validated_data["name"])
        return self.answer(baseline, code=status.HTTP_201_CREATED)


class GoalSerializer(RowSerializer):
    """A goal, with how many requirements in scope serve it, and how many of these are signed and delivered.

    `reason` says why it is called otherwise when the customer has signed requirements that name it.
    """

    serving = serializers.IntegerField(read_only=True, default=0)
    serving_signed = serializers.IntegerField(read_only=True, default=0)
    serving_delivered = serializers.IntegerField(read_only=True, default=0)
    reason = RowCharField(max_length=255, required=False, allow_blank=True, write_only=True)

    class Meta:
        model = SuccessCriterion
        fields = [
            "id", "title", "measure", "baseline_value", "target_value", "unit", "due_on", "due_words", "owner",
            "audience", "serving", "serving_signed", "serving_delivered", "reason", "created_at", "updated_at",
            "version",
        ]  # fmt: skip
        validators: ClassVar[list[Any]] = []


class GoalViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """The goals by which the project is judged."""

    room = "requirements"
    queryset = SuccessCriterion.objects.with_standing()
    serializer_class = GoalSerializer
    filterset_class = GoalFilterSet
    ordering_fields = ("title", "created_at")
    ordering = ("title", "pk")

    def fill(self, row: Any, serializer: Any) -> Any:
        self.reason = serializer.validated_data.pop("reason", "")
        return super().fill(row, serializer)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return goal_save(goal=row, entry=self.entry, expected_version=expected_version, reason=self.reason)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        goal_delete(goal=row, entry=self.entry, expected_version=expected_version)


class WorkshopSerializer(RowSerializer):
    """A workshop with its notes."""

    class Meta:
        model = Workshop
        fields = [
            "id", "title", "held_on", "place", "lead", "attendees", "guests", "notes", "created_at", "updated_at",
            "version",
        ]  # fmt: skip


class GlossarySerializer(RowSerializer):
    """A word of the customer's trade."""

    class Meta:
        model = GlossaryTerm
        fields = ["id", "term", "definition", "synonyms", "version"]


class QuestionSerializer(RowSerializer):
    """What is not answered yet. Its state moves by steps."""

    class Meta:
        model = OpenQuestion
        fields = ["id", "text", "owner", "due_on", "workshop", "requirement", "answer", "status", "version"]
        read_only_fields = ["status"]


class WorkshopViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Workshops."""

    room = "requirements"
    queryset = Workshop.objects.prefetch_related("attendees")
    serializer_class = WorkshopSerializer
    filterset_class = WorkshopFilterSet
    ordering_fields = ("held_on", "created_at")

    def fill(self, row: Any, serializer: Any) -> Any:
        self.attendees = serializer.validated_data.pop("attendees", None)
        return super().fill(row, serializer)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return workshop_save(
            workshop=row,
            attendees=self.attendees,
            actor=self.entry.user,
            expected_version=expected_version,
        )


class GlossaryViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """The glossary."""

    room = "requirements"
    queryset = GlossaryTerm.objects.all()
    serializer_class = GlossarySerializer
    filterset_class = GlossaryFilterSet
    ordering_fields = ("term",)


class QuestionViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """Open questions."""

    room = "requirements"
    workflow = QUESTION_WORKFLOW
    queryset = OpenQuestion.objects.all()
    serializer_class = QuestionSerializer
    filterset_class = QuestionFilterSet
    ordering_fields = ("created_at",)


ROUTES = [
    (PROJECT + "requirements", RequirementViewSet, "api-requirement"),
    (PROJECT + "requirement-baselines", RequirementBaselineViewSet, "api-requirement-baseline"),
    (PROJECT + "goals", GoalViewSet, "api-goal"),
    (PROJECT + "workshops", WorkshopViewSet, "api-workshop"),
    (PROJECT + "glossary", GlossaryViewSet, "api-glossary-term"),
    (PROJECT + "open-questions", QuestionViewSet, "api-open-question"),
]
