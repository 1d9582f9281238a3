"""Design elements over the API: write them, review them, ask the customer, supersede them."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.design.api.superseding import SupersedeSerializer, Superseding, key_field
from projects.design.choices import ReviewVerdict
from projects.design.filtersets import ElementFilterSet
from projects.design.models import (
    DesignElement,
    DesignReview,
    DesignVersion,
)
from projects.design.purposes import APPROVE_DESIGN
from projects.design.services import elements, reviews
from projects.design.workflows import ELEMENT_WORKFLOW
from projects.kit.rest import (
    IDEMPOTENCY,
    ProjectModelViewSet,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)
from projects.models import Person
from projects.signoffs.services import request_send

MOST_ASKED = 500


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
