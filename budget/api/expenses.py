"""Expenses, their receipts, and paying them back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import parsers, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.api.time import CORRECTS, DECIDED, WorkedSerializer, WorkedViewSet, checked
from budget.choices import ReimbursementState
from budget.filtersets.expenses import ExpenseFilterSet
from budget.models import Expense, Receipt
from budget.selectors.expenses import expense_settings
from budget.services import expenses as services
from budget.services.corrections import expense_reverse, right_of
from budget.services.expenses import TaxSaid
from budget.services.receipts import receipt_remove, receipts_add
from budget.services.reimbursements import STEPS, reimbursements_move
from budget.workflows import EXPENSE_WORKFLOW
from implement.core.errors import DomainError
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectScope,
    RowCharField,
    RowDateField,
    RowIntegerField,
)

MOST_PAID = 500
SAID_OF_TAX = ("tax_rate", "amount_is", "tax_lines")
FOUND = ["rate_origin", "rate_note", "tax_amount", "net_amount", "taxes"]
PAID = ["reimbursement", "payment_reference", "reimbursed_on"]


class TaxPartSerializer(serializers.Serializer):
    """A part of a receipt at a tax rate of its own; `gross` is with tax."""

    rate = serializers.DecimalField(
        max_digits=7, decimal_places=4, min_value=Decimal(0), max_value=Decimal(100)
    )
    gross = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=Decimal("0.01"))


class TaxLineSerializer(serializers.Serializer):
    """A tax line: net + tax = gross, in the expense's currency."""

    rate = serializers.CharField()
    gross = serializers.CharField()
    net = serializers.CharField()
    tax = serializers.CharField()


class ReceiptSerializer(serializers.ModelSerializer):
    """A receipt, and whether the picture of its first page is there."""

    class Meta:
        model = Receipt
        fields = ["id", "name", "preview_state", "created_at"]
        read_only_fields = fields


class ExpenseSerializer(WorkedSerializer):
    """Money spent. `booked_on` is the day from which the figures hold it: later than `spent_on` for a correction.

    A reversing entry has amounts below zero and names in `reverses` what it takes back.
    """

    hidden_without = WorkedSerializer.hidden_without | {
        "markup_percent": "money.view",
        "bill_fixed": "money.view",
    }

    exchange_rate = serializers.DecimalField(
        max_digits=18,
        decimal_places=10,
        min_value=Decimal("0.0000000001"),
        required=False,
        allow_null=True,
        help_text="Null or left out: the firm's exchange rate of the day.",
    )
    amount = serializers.DecimalField(
        max_digits=16,
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
        help_text="What was paid, with tax (see amount_is). Left out for mileage and per diems.",
    )
    amount_is = serializers.ChoiceField(choices=["gross", "net"], required=False, write_only=True)
    tax_rate = serializers.DecimalField(
        max_digits=7,
        decimal_places=4,
        min_value=Decimal(0),
        max_value=Decimal(100),
        required=False,
        allow_null=True,
        write_only=True,
        help_text="In percent: of the whole amount, or of what tax_lines leave of it.",
    )
    tax_lines = TaxPartSerializer(many=True, required=False, write_only=True, max_length=10)
    taxes = serializers.SerializerMethodField()
    receipts = ReceiptSerializer(many=True, read_only=True)
    net_amount = serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)
    booked_on = serializers.DateField(source="booked_day", read_only=True)

    class Meta:
        model = Expense
        fields = [
            "id",
            "version",
            "person",
            "task",
            "spent_on",
            "category",
            "description",
            "basis",
            "quantity",
            "unit_rate",
            "amount",
            "amount_is",
            "currency",
            "exchange_rate",
            "rate_reason",
            "tax_rate",
            "tax_lines",
            "is_tax_recoverable",
            *FOUND,
            "paid_by",
            "is_reimbursable",
            *PAID,
            "is_billable",
            "markup_percent",
            "bill_fixed",
            "receipts",
            *DECIDED,
            *CORRECTS,
            "cost",
            "bill",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            *DECIDED,
            *CORRECTS,
            *(name for name in FOUND if name not in {"taxes", "net_amount"}),
            *PAID,
            "cost",
            "bill",
        ]

    @extend_schema_field(TaxLineSerializer(many=True))
    def get_taxes(self, row: Expense) -> list[dict[str, str]]:
        """Return the tax lines as they are stored."""
        return list(row.taxes)


class RightExpenseSerializer(ExpenseSerializer):
    """What the expense should have been: what is not said is as it was. It stays the same person's."""

    class Meta(ExpenseSerializer.Meta):
        fields = [
            name
            for name in ExpenseSerializer.Meta.fields
            if name
            not in {"id", "version", "person", "taxes", "net_amount", "receipts", "created_at", "updated_at"}
            and name not in ExpenseSerializer.Meta.read_only_fields
        ]

    def get_fields(self) -> dict[str, Any]:
        fields = super(WorkedSerializer, self).get_fields()
        for field in fields.values():
            field.required = False
        return fields


class ExpenseReverseSerializer(serializers.Serializer):
    """Why an approved expense is taken back, and what is right instead."""

    reason = RowCharField(max_length=255)
    right = RightExpenseSerializer(required=False, allow_null=True, default=None)


class ExpenseReversedSerializer(serializers.Serializer):
    """The reversing entry, and the right expense if one was given."""

    reversal = ExpenseSerializer()
    right = ExpenseSerializer(allow_null=True)


class ReceiptAddSerializer(serializers.Serializer):
    """A receipt: a PDF, PNG or JPEG."""

    receipt = serializers.FileField()


class ReceiptRemoveSerializer(serializers.Serializer):
    """Which receipt is meant."""

    receipt = RowIntegerField(min_value=1, max_value=LARGEST_KEY)


class ExpenseViewSet(WorkedViewSet):
    """Money spent for the project, in its own currency at the rate of its day, with its tax."""

    queryset = Expense.objects.select_related("project", "person", "task").prefetch_related("receipts")
    serializer_class = ExpenseSerializer
    filterset_class = ExpenseFilterSet
    ordering_fields = ("spent_on", "amount", "created_at")
    ordering = ("-spent_on", "-pk")
    room = "expenses"
    workflow = EXPENSE_WORKFLOW
    permissions: ClassVar[dict[str, str]] = {"reverse": "expenses.correct"}

    def blank(self) -> Any:
        row = super().blank()
        row.is_tax_recoverable = expense_settings(project=self.entry.project).recovers_tax
        return row

    def fill(self, row: Any, serializer: Any) -> Any:
        return self.filled(row, serializer.validated_data)

    def filled(self, row: Any, values: dict[str, Any]) -> Any:
        """Set what is the row's own, and keep apart what is said of the tax."""
        said = dict(values)
        told = {name: said.pop(name) for name in SAID_OF_TAX if name in said}
        self.tax = (
            TaxSaid(
                rate=told.get("tax_rate"),
                is_net=told.get("amount_is") == "net",
                lines=tuple((part["rate"], part["gross"]) for part in told.get("tax_lines", ())),
            )
            if told
            else None
        )
        for name, value in said.items():
            setattr(row, name, value)
        return row

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.expense_save(
            expense=self.own(row),
            access=self.entry,
            expected_version=expected_version,
            tax=getattr(self, "tax", None),
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.expense_delete(expense=row, access=self.entry, expected_version=expected_version)

    @extend_schema(
        request=ExpenseReverseSerializer,
        responses={201: ExpenseReversedSerializer},
        parameters=[IDEMPOTENCY],
    )
    @action(detail=True, methods=["post"], filter_backends=[])
    def reverse(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take an approved expense back by a reversing entry, and book the right one."""
        row = self.get_object()
        asked = ExpenseReverseSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        right = self.filled(right_of(row), said["right"]) if said["right"] is not None else None
        reversal, booked = expense_reverse(
            expense=row,
            access=self.entry,
            reason=said["reason"],
            right=right,
            tax=getattr(self, "tax", None),
        )
        shown = {
            "reversal": self.get_serializer(reversal).data,
            "right": self.get_serializer(booked).data if booked else None,
        }
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request={"multipart/form-data": ReceiptAddSerializer}, parameters=[IDEMPOTENCY])
    @action(
        detail=True, methods=["post"], url_path="receipt", parser_classes=[parsers.MultiPartParser],
        filter_backends=[],
    )  # fmt: skip
    def receipt(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put a receipt to those that are there."""
        row = self.get_object()
        said = checked(ReceiptAddSerializer, request)
        try:
            receipts_add(expense=row, uploads=[said["receipt"]], access=self.entry)
        except DomainError as error:
            fields = {"receipt" if name == "receipts" else name: said for name, said in error.fields.items()}
            raise type(error)(error.message, fields=fields) from error
        return self.answer(self.get_object())

    @extend_schema(request=ReceiptRemoveSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], url_path="receipt-remove", filter_backends=[])
    def receipt_remove(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a receipt off."""
        row = self.get_object()
        said = checked(ReceiptRemoveSerializer, request)
        found = row.receipts.filter(pk=said["receipt"]).first()
        if found is None:
            message = "This expense has no such receipt."
            raise DomainError(message, fields={"receipt": message})
        receipt_remove(receipt=found, access=self.entry)
        return self.answer(self.get_object())


class ReimbursementSerializer(serializers.Serializer):
    """A step of paying back, for many expenses at once, all or none."""

    step = serializers.ChoiceField(choices=sorted(STEPS))
    expenses = serializers.ListField(
        child=RowIntegerField(min_value=1, max_value=LARGEST_KEY), min_length=1, max_length=MOST_PAID
    )
    paid_on = RowDateField(required=False, allow_null=True, default=None)
    reference = RowCharField(max_length=60, required=False, allow_blank=True, default="")


class MovedSerializer(serializers.Serializer):
    """How many expenses took the step, and to which state."""

    moved = serializers.IntegerField()
    reimbursement = serializers.ChoiceField(choices=ReimbursementState.choices)


class ReimbursementViewSet(ProjectScope, viewsets.ViewSet):
    """Paying people back."""

    permissions = {"create": "expenses.pay"}

    @extend_schema(
        operation_id="reimbursements_move",
        request=ReimbursementSerializer,
        responses=MovedSerializer,
        parameters=[IDEMPOTENCY],
    )
    def create(self, request: Request, project: str) -> Response:
        """Take expenses into a payment run ("run"), mark them as paid ("paid"), or take them out again ("back")."""
        asked = ReimbursementSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        paid_on: date | None = said["paid_on"]
        count = reimbursements_move(
            ids=said["expenses"],
            step=said["step"],
            access=self.entry,
            on=paid_on if said["step"] == "paid" else None,
            reference=said["reference"],
        )
        return Response({"moved": count, "reimbursement": STEPS[said["step"]][1]})


ROUTES = [
    (PROJECT + "expenses", ExpenseViewSet, "api-expense"),
    (PROJECT + "reimbursements", ReimbursementViewSet, "api-reimbursement"),
]
