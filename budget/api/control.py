"""Orders, estimates of what remains, and releases from the reserves."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.api.money import AS_OF, asked_of
from budget.filtersets import control as filtersets
from budget.models import Commitment, CommitmentPart, Estimate, Expense, ReserveRelease
from budget.presenting import text_of
from budget.selectors.reserves import Reserve, reserves_of
from budget.selectors.rest import with_paid
from budget.services import control as services
from budget.workflows import COMMITMENT_WORKFLOW
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    ProjectScope,
    ReadOnlyProjectViewSet,
    RowBooleanField,
    RowCharField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)


class CommitmentSerializer(RowSerializer):
    """An order: amounts in its own currency; cost, booked and open in the project's."""

    key = serializers.CharField(read_only=True)
    booked = serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)
    open = serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)

    class Meta:
        model = Commitment
        fields = [
            "id", "key", "supplier", "reference", "description", "task", "category", "amount", "currency",
            "exchange_rate", "cost", "booked", "open", "ordered_on", "expected_on", "status", "ended_on",
            "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = ["cost", "status", "ended_on"]


class BookSerializer(serializers.Serializer):
    """The expense that was invoiced of an order."""

    expense = RowIntegerField(min_value=1, max_value=LARGEST_KEY)


class CommitmentViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """What is ordered from suppliers, and what of it is not invoiced yet. For who may see cost."""

    room = "budget"
    workflow = COMMITMENT_WORKFLOW
    queryset = Commitment.objects.select_related("project")
    serializer_class = CommitmentSerializer
    filterset_class = filtersets.CommitmentFilterSet
    ordering_fields = ("number", "ordered_on", "created_at")
    permissions: ClassVar[dict[str, str]] = {"list": "cost.view", "retrieve": "cost.view"}

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return with_paid(super().visible(queryset))

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.commitment_save(
            commitment=row, actor=self.entry.user, expected_version=expected_version
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.commitment_delete(commitment=row, actor=self.entry.user, expected_version=expected_version)

    @extend_schema(request=BookSerializer, responses=CommitmentSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def book(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Note an expense as invoiced of the order."""
        row = self.get_object()
        asked = BookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        expense = Expense.objects.filter(
            project=self.entry.project, pk=asked.validated_data["expense"]
        ).first()
        services.commitment_book(commitment=row, expense=expense, access=self.entry)
        return self.answer(self.get_object())

    @extend_schema(request=BookSerializer, responses=CommitmentSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def unbook(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take an expense off the order."""
        row = self.get_object()
        asked = BookSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        for part in CommitmentPart.objects.filter(commitment=row, expense=asked.validated_data["expense"]):
            services.commitment_unbook(part=part, access=self.entry)
        return self.answer(self.get_object())


class EstimateSerializer(RowSerializer):
    """What the rest of a task takes, said on a day. Neither hours nor cost: back to the rule."""

    hidden_without = {"cost": "cost.view"}
    version = None

    class Meta:
        model = Estimate
        fields = ["id", "task", "person", "estimated_on", "seconds", "cost", "note", "made_by", "made_at"]
        read_only_fields = ["made_by", "made_at"]


class EstimateViewSet(mixins.CreateModelMixin, ReadOnlyProjectViewSet):
    """Estimates of what remains. Each is written once; the latest of a task counts."""

    room = "budget"
    queryset = Estimate.objects.select_related("project")
    serializer_class = EstimateSerializer
    filterset_class = filtersets.EstimateFilterSet
    ordering_fields = ("estimated_on", "made_at")
    permissions: ClassVar[dict[str, str]] = {"create": "budget.estimate"}

    @extend_schema(parameters=[IDEMPOTENCY])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row = Estimate(project=self.entry.project, **asked.validated_data)
        services.estimate_add(estimate=row, access=self.entry)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)


class ReleaseSerializer(RowSerializer):
    """Money out of a reserve."""

    key = serializers.CharField(read_only=True)

    class Meta:
        model = ReserveRelease
        fields = [
            "id", "key", "reserve", "amount", "task", "category", "reason", "status", "requested_by", "decided_by",
            "decided_at", "decision_note", "created_at", "version",
        ]  # fmt: skip
        read_only_fields = ["status", "requested_by", "decided_by", "decided_at", "decision_note"]


class DecideSerializer(serializers.Serializer):
    """Whether it is released, and, when it is not, why."""

    is_approved = RowBooleanField()
    note = RowCharField(max_length=255, required=False, allow_blank=True, default="")


class ReleaseViewSet(ReadOnlyProjectViewSet):
    """Releases from the reserves: asked for, and decided by somebody else or within the limit."""

    room = "budget"
    queryset = ReserveRelease.objects.select_related("project", "task")
    serializer_class = ReleaseSerializer
    filterset_class = filtersets.ReleaseFilterSet
    ordering_fields = ("number", "created_at")
    permissions: ClassVar[dict[str, str]] = {
        "list": "cost.view",
        "retrieve": "cost.view",
        "create": "budget.change",
        "decide": "reserves.approve",
    }

    @extend_schema(responses={201: ReleaseSerializer}, parameters=[IDEMPOTENCY])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for money out of a reserve; within the project's limit it is released at once."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row = ReserveRelease(project=self.entry.project, **asked.validated_data)
        services.release_request(release=row, access=self.entry)
        return self.answer(row, code=status.HTTP_201_CREATED)

    @extend_schema(request=DecideSerializer, responses=ReleaseSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def decide(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Release what was asked for, or decline it with a reason."""
        row = self.get_object()
        asked = DecideSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.release_decide(release=row, access=self.entry, **asked.validated_data)
        return self.answer(row)


class ReserveSerializer(serializers.Serializer):
    """One reserve in the project's currency; amounts as exact text, null is n/a."""

    set_aside = serializers.CharField(allow_null=True)
    released = serializers.CharField()
    requested = serializers.CharField()
    left = serializers.CharField(allow_null=True)


class ReservesSerializer(serializers.Serializer):
    """Both reserves: total = budget + what is left of the management reserve."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    contingency = ReserveSerializer()
    management = ReserveSerializer()
    budget = serializers.CharField(allow_null=True)
    total = serializers.CharField(allow_null=True)


def reserve_json(reserve: Reserve) -> dict[str, Any]:
    """Return a reserve as plain JSON."""
    return {name: text_of(getattr(reserve, name)) for name in ("set_aside", "released", "requested", "left")}


class ReservesViewSet(ProjectScope, viewsets.ViewSet):
    """The reserves."""

    permissions = {"list": "cost.view"}

    @extend_schema(
        operation_id="reserves",
        parameters=[AS_OF],
        responses=forced_singular_serializer(ReservesSerializer),
    )
    def list(self, request: Request, project: str) -> Response:
        """Return contingency and management reserve at the end of a day."""
        as_of, _ = asked_of(request, self.entry)
        found = reserves_of(project=self.entry.project, as_of=as_of)
        return Response(
            {
                "as_of": as_of.isoformat(),
                "currency": found.currency,
                "contingency": reserve_json(found.contingency),
                "management": reserve_json(found.management),
                "budget": text_of(found.budget),
                "total": text_of(found.total),
            }
        )


ROUTES = [
    (PROJECT + "commitments", CommitmentViewSet, "api-commitment"),
    (PROJECT + "estimates", EstimateViewSet, "api-estimate"),
    (PROJECT + "reserve-releases", ReleaseViewSet, "api-reserve-release"),
    (PROJECT + "budget/reserves", ReservesViewSet, "api-reserves"),
]
