"""Contracts, the payment plan, and what is handed over to be invoiced."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.api.money import AS_OF, asked_of
from budget.filtersets import contracts as filtersets
from budget.models import Contract, InvoiceLine, InvoiceRun
from budget.panels.payments import gap_words, payment_data
from budget.presenting import text_of
from budget.selectors.contracts import contract_figures
from budget.selectors.payments import payment_plan
from budget.services import contracts as services
from budget.workflows import RUN_WORKFLOW
from projects.kit.rest import (
    IDEMPOTENCY,
    PROJECT,
    ProjectModelViewSet,
    ProjectScope,
    ReadOnlyProjectViewSet,
    RowSerializer,
    WorkflowActions,
)


class ContractSerializer(RowSerializer):
    """What is agreed for the project or a part of its plan."""

    class Meta:
        model = Contract
        fields = [
            "id", "name", "reference", "kind", "task", "amount", "recognition", "payment_days", "retention_share",
            "signed_on", "created_at", "updated_at", "version",
        ]  # fmt: skip


class ContractViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Contracts: fixed price, time and material, or that with a limit."""

    room = "contract"
    queryset = Contract.objects.select_related("project", "task")
    serializer_class = ContractSerializer
    filterset_class = filtersets.ContractFilterSet
    ordering_fields = ("name", "created_at")

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.contract_save(contract=row, actor=self.entry.user, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.contract_delete(contract=row, actor=self.entry.user, expected_version=expected_version)


class ContractFiguresSerializer(serializers.Serializer):
    """How a contract stands; amounts as exact text, shares 0 to 1, null is n/a. cost and margin need the right."""

    contract = serializers.IntegerField()
    kind = serializers.CharField()
    original = serializers.CharField(allow_null=True)
    changes = serializers.CharField()
    agreed = serializers.CharField(allow_null=True)
    billable = serializers.CharField(allow_null=True)
    waiting = serializers.CharField(allow_null=True)
    payments = serializers.CharField()
    accepted = serializers.CharField()
    extras = serializers.CharField(allow_null=True)
    earned = serializers.CharField(allow_null=True)
    over = serializers.CharField()
    left = serializers.CharField(allow_null=True)
    used = serializers.CharField(allow_null=True)
    handed_over = serializers.CharField()
    cost = serializers.CharField(allow_null=True, required=False)
    margin = serializers.CharField(allow_null=True, required=False)


FIGURES = (
    "original", "changes", "agreed", "billable", "waiting", "payments", "accepted", "extras", "earned", "over", "left",
    "used", "handed_over",
)  # fmt: skip


class ContractsStandingSerializer(serializers.Serializer):
    """Every contract at the end of a day."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    contracts = ContractFiguresSerializer(many=True)


class ContractsStandingViewSet(ProjectScope, viewsets.ViewSet):
    """What is agreed, earned and handed over."""

    permissions = {"list": "contract.view"}

    @extend_schema(
        operation_id="contract_figures",
        parameters=[AS_OF],
        responses=forced_singular_serializer(ContractsStandingSerializer),
    )
    def list(self, request: Request, project: str) -> Response:
        """Return how every contract stands at the end of a day."""
        as_of, _ = asked_of(request, self.entry)
        names = (*FIGURES, *(("cost", "margin") if self.entry.can("cost.view") else ()))
        return Response(
            {
                "as_of": as_of.isoformat(),
                "currency": self.entry.project.currency,
                "contracts": [
                    {"contract": one.contract.pk, "kind": one.contract.kind}
                    | {name: text_of(getattr(one, name)) for name in names}
                    for one in contract_figures(project=self.entry.project, as_of=as_of)
                ],
            }
        )


class PaymentSerializer(serializers.Serializer):
    """A milestone with its payment; state: planned, late, reached, accepted, handed_over or revoked."""

    name = serializers.CharField()
    amount = serializers.CharField()
    share = serializers.CharField(allow_null=True)
    expected_on = serializers.DateField(allow_null=True)
    reached_on = serializers.DateField(allow_null=True)
    accepted_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    state = serializers.CharField()
    run = serializers.CharField(allow_blank=True)
    milestone = serializers.IntegerField()
    contract = serializers.IntegerField(allow_null=True)


class PaymentPlanSerializer(serializers.Serializer):
    """The payment plan; warnings say where it is not what is agreed."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    total = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())
    payments = PaymentSerializer(many=True)


class PaymentsViewSet(ProjectScope, viewsets.ViewSet):
    """The payment plan."""

    permissions = {"list": "contract.view"}

    @extend_schema(
        operation_id="payment_plan",
        parameters=[AS_OF],
        responses=forced_singular_serializer(PaymentPlanSerializer),
    )
    def list(self, request: Request, project: str) -> Response:
        """Return what falls due with which milestone at the end of a day."""
        as_of, _ = asked_of(request, self.entry)
        plan = payment_plan(project=self.entry.project, as_of=as_of)
        data = payment_data(plan, list(plan.rows), for_customer=False)
        hidden = {"words", "tone"}
        rows = [
            {name: value for name, value in row.items() if name not in hidden}
            | {
                "milestone": payment.task_id,
                "contract": payment.contract.pk if payment.contract else None,
            }
            for row, payment in zip(data["rows"], plan.rows, strict=True)
        ]
        return Response(
            {
                "as_of": as_of.isoformat(),
                "currency": plan.currency,
                "total": data["total"],
                "warnings": gap_words(plan),
                "payments": rows,
            }
        )


class InvoiceRunSerializer(RowSerializer):
    """What of a contract and period is handed over; its lines are read at invoice-lines."""

    key = serializers.CharField(read_only=True)

    class Meta:
        model = InvoiceRun
        fields = [
            "id", "key", "contract", "period_from", "period_to", "grouping", "language", "note", "status", "total",
            "sha256", "collected_at", "finalised_at", "voided_at", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = ["status", "total", "sha256", "collected_at", "finalised_at", "voided_at"]


class InvoiceRunViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """Invoice runs: collected as drafts, made final once, made void with a reason. We write no invoices."""

    room = "contract"
    workflow = RUN_WORKFLOW
    queryset = InvoiceRun.objects.select_related("project__calendar", "contract__task")
    serializer_class = InvoiceRunSerializer
    filterset_class = filtersets.InvoiceRunFilterSet
    ordering_fields = ("number", "created_at")
    ordering = ("-number",)
    permissions: ClassVar[dict[str, str]] = dict.fromkeys(
        ("create", "update", "partial_update", "destroy", "steps", "collect"), "invoice.make"
    )

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.run_save(run=row, access=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.run_delete(run=row, access=self.entry, expected_version=expected_version)

    @extend_schema(request=None, responses=InvoiceRunSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def collect(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Collect afresh what a draft bills."""
        row = self.get_object()
        services.run_collect(run=row, access=self.entry)
        row.refresh_from_db()
        return self.answer(row)


class InvoiceLineSerializer(RowSerializer):
    """One hour, expense or milestone as it was collected; amounts in the project's currency."""

    version = None

    class Meta:
        model = InvoiceLine
        fields = [
            "id", "run", "position", "kind", "time_entry", "expense", "milestone", "day", "task_name", "person_name",
            "job_role", "description", "seconds", "rate", "amount", "is_held",
        ]  # fmt: skip


class InvoiceLineViewSet(ReadOnlyProjectViewSet):
    """The lines of invoice runs, to be taken over by whatever writes the invoice. `run` narrows them to one."""

    room = "contract"
    queryset = InvoiceLine.objects.select_related("run")
    serializer_class = InvoiceLineSerializer
    filterset_class = filtersets.InvoiceLineFilterSet
    ordering_fields = ("position",)


ROUTES = [
    (PROJECT + "contracts", ContractViewSet, "api-contract"),
    (PROJECT + "contract-figures", ContractsStandingViewSet, "api-contract-figures"),
    (PROJECT + "payment-plan", PaymentsViewSet, "api-payment-plan"),
    (PROJECT + "invoice-runs", InvoiceRunViewSet, "api-invoice-run"),
    (PROJECT + "invoice-lines", InvoiceLineViewSet, "api-invoice-line"),
]
