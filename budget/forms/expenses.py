"""Forms on expenses, how a project treats them, what is paid back, and the firm's exchange rates."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from crispy_forms.layout import HTML, Div, Layout
from django import forms

from budget.choices import ExpenseBasis, PaidBy, RateOrigin
from budget.forms.time import WorkedForm
from budget.models import Expense, ExpenseSettings
from budget.selectors.expenses import expense_settings
from budget.selectors.taxes import lines_of
from budget.services.corrections import right_of
from budget.services.expenses import TaxSaid
from implement.core.forms import DateInput, PlainForm
from implement.core.money import currency_choices, format_money
from projects.kit.forms import RowForm, widgets_of

EXPENSE_FIELDS = [
    "person",
    "task",
    "spent_on",
    "category",
    "description",
    "basis",
    "quantity",
    "unit_rate",
    "amount",
    "currency",
    "exchange_rate",
    "rate_reason",
    "is_tax_recoverable",
    "paid_by",
    "is_reimbursable",
    "is_billable",
    "markup_percent",
    "bill_fixed",
]
BILLING = ("markup_percent", "bill_fixed")
SETTINGS_FIELDS = ["recovers_tax", "receipt_limit", "mileage_rate", "per_diem_rate", "markup_percent"]
GROSS, NET = "gross", "net"
PART = re.compile(r"^\s*(\d{1,3}(?:[.,]\d{1,4})?)\s*%?\s*:\s*(\d{1,13}(?:[.,]\d{1,2})?)\s*$")


def folded(title: str, *fields: str, before: tuple[str, ...] = ()) -> tuple[Any, ...]:
    """Return fields that few expenses need below a line that opens; open where one of `fields` is filled in."""
    said = " or ".join(f"form.{name}.value or form.{name}.errors" for name in fields)
    opened = f"{{% if {said} %}} open{{% endif %}}"
    return (
        HTML(f'<details class="fold"{opened}><summary>{title}</summary>'),
        Div(*before, *fields, css_class="form-grid"),
        HTML("</details>"),
    )


BILLED = Div(*BILLING, css_class="form-grid")
# What everybody fills in first, what few need folded below it.
EXPENSE_LAYOUT = (
    "description",
    Div("spent_on", "category", "person", "task", css_class="form-grid"),
    Div("amount", "currency", "tax_rate", "amount_is", css_class="form-grid"),
    Div("paid_by", css_class="form-grid"),
    "is_reimbursable",
    "is_tax_recoverable",
    "is_billable",
    BILLED,
    "receipts",
    HTML('<h2 class="fold-title">If it applies</h2>'),
    *folded("Mileage or per diem", "quantity", "unit_rate", before=("basis",)),
    *folded("Another exchange rate", "exchange_rate", "rate_reason"),
    *folded("Several tax rates on one receipt", "tax_lines"),
)


class TaxLinesField(forms.CharField):
    """Parts of a receipt at tax rates of their own, one a line: "7: 21.40" is 21.40 with 7 % tax in it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 2, "placeholder": "7: 21.40"}))
        kwargs.setdefault("max_length", 300)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> tuple[tuple[Decimal, Decimal], ...]:  # type: ignore[override]
        """Return (rate, gross) pairs; raises ValidationError naming the line."""
        found = []
        for line in (super().clean(value) or "").splitlines():
            if not line.strip():
                continue
            match = PART.match(line)
            if match is None:
                raise forms.ValidationError(f"“{line.strip()[:40]}” is no rate and amount, such as 7: 21.40.")
            try:
                found.append((Decimal(match[1].replace(",", ".")), Decimal(match[2].replace(",", "."))))
            except InvalidOperation as error:  # pragma: no cover (the pattern lets numbers through only)
                raise forms.ValidationError(str(error)) from error
        return tuple(found)


class FilesInput(forms.FileInput):
    """Chooses several files. A phone offers its camera for pictures; PDFs are still chosen from the files."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"accept": "image/jpeg,image/png,application/pdf", "multiple": True})


class FilesField(forms.FileField):
    """Several files at once."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # type: ignore[override]
        """Return the files, an empty list for none; raises ValidationError for an empty one."""
        return [super(FilesField, self).clean(file, initial) for file in data or ()]


class ExpenseForm(WorkedForm):
    """Money spent."""

    may_act_for_others = "expenses.approve"
    currency = forms.ChoiceField(choices=currency_choices)
    amount_is = forms.ChoiceField(
        choices=[(GROSS, "with tax (gross)"), (NET, "without tax (net)")],
        required=False,
        label="The amount is",
    )
    tax_rate = forms.DecimalField(
        min_value=0, max_value=100, max_digits=7, decimal_places=4, required=False, label="Tax rate in %"
    )
    tax_lines = TaxLinesField(
        required=False,
        label="Parts at other tax rates",
        help_text="One a line: rate and amount with tax. The rest is at the tax rate above.",
    )
    receipts = FilesField(required=False, label="Receipts")

    class Meta:
        model = Expense
        fields = EXPENSE_FIELDS
        widgets = widgets_of(Expense, EXPENSE_FIELDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.entry is not None
        home = self.instance.project.currency
        usual = expense_settings(project=self.instance.project)
        self.fields["currency"].initial = self.instance.currency or home
        asked = format_money(usual.receipt_limit, home)
        self.fields[
            "receipts"
        ].help_text = f"PDF, PNG or JPEG, one or several; a phone offers its camera. Asked for from {asked}."
        # What says neither is a receipt of one's own money.
        for name in ("amount", "basis", "paid_by"):
            self.fields[name].required = False
        self.fields["amount"].help_text = "Left empty for mileage and per diems: quantity x rate."
        self.fields["quantity"].help_text = "Kilometres or days; only for mileage and per diems."
        units = [
            f"{format_money(rate, home)} per {unit}"
            for rate, unit in ((usual.mileage_rate, "km"), (usual.per_diem_rate, "day"))
            if rate is not None
        ]
        self.fields["unit_rate"].help_text = f"Empty: the project's, {' and '.join(units)}." if units else ""
        self.fields["paid_by"].help_text = "What the company paid itself is not reimbursed."
        self.ask_rate(home)
        self.ask_tax()
        self.helper.layout = Layout(*EXPENSE_LAYOUT)
        if not self.entry.can("money.view"):
            for name in BILLING:
                del self.fields[name]
            self.helper.layout = Layout(*(part for part in EXPENSE_LAYOUT if part is not BILLED))
        else:
            usual_markup = format(usual.markup_percent.normalize(), "f")
            self.fields["markup_percent"].help_text = f"Empty: the project's, {usual_markup} %."
            self.fields["bill_fixed"].help_text = f"In {home}, in place of cost and markup."

    def ask_rate(self, home: str) -> None:
        """Show a rate only where somebody said it; the others say where they come from."""
        rate = self.fields["exchange_rate"]
        rate.required = False
        rate.label = f"Rate to {home}"
        rate.help_text = (
            f"Empty: the firm's exchange rate of the day. Else what 1 of the currency is in {home}."
        )
        if self.instance.rate_origin != RateOrigin.OWN:
            self.initial["exchange_rate"] = None
        if self.instance.rate_note:
            rate.help_text += f" Now: {self.instance.rate_note}."

    def ask_tax(self) -> None:
        """Show the tax as it was said: the last line is the rest's."""
        lines = lines_of(self.instance.taxes or [])
        if lines:
            self.initial.setdefault("tax_rate", lines[-1].rate.normalize())
            parts = (f"{line.rate.normalize():f}: {line.gross:f}" for line in lines[:-1])
            self.initial.setdefault("tax_lines", "\n".join(parts))

    def clean_exchange_rate(self) -> Decimal | None:
        """Return the rate that was said; None asks for the firm's."""
        return self.cleaned_data.get("exchange_rate")

    def clean(self) -> dict[str, Any]:
        """Ask for an amount where nothing else makes one."""
        cleaned = super().clean() or self.cleaned_data
        for name, usual in (("basis", ExpenseBasis.RECEIPT), ("paid_by", PaidBy.PERSON)):
            cleaned[name] = cleaned.get(name) or usual
        is_receipt = cleaned["basis"] == ExpenseBasis.RECEIPT
        if cleaned.get("amount") is None and is_receipt and "amount" not in self.errors:
            self.add_error("amount", "This field is required.")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if "exchange_rate" in self.cleaned_data:
            self.instance.exchange_rate = self.cleaned_data["exchange_rate"]

    def _get_validation_exclusions(self) -> set[str]:
        # The service works out what is left open; until then there is nothing to check.
        missing = {name for name in ("amount", "exchange_rate") if self.cleaned_data.get(name) is None}
        return super()._get_validation_exclusions() | missing  # type: ignore[misc]

    @property
    def tax(self) -> TaxSaid:
        """Return what was said of the tax."""
        return TaxSaid(
            rate=self.cleaned_data.get("tax_rate"),
            is_net=self.cleaned_data.get("amount_is") == NET,
            lines=self.cleaned_data.get("tax_lines") or (),
        )


class ExpenseCorrectionForm(ExpenseForm):
    """Why an approved expense is taken back, and what is right instead. It stays the same person's."""

    reason = forms.CharField(max_length=255)
    books_right = forms.BooleanField(
        label="Book the right expense instead", required=False, initial=True,
        help_text="It keeps the receipts. Without it the expense is only taken back.",
    )  # fmt: skip

    def __init__(self, *args: Any, item: Expense, **kwargs: Any) -> None:
        super().__init__(*args, instance=right_of(item), **kwargs)
        self.fields["person"].disabled = True
        self.helper.layout = Layout("reason", "books_right", *self.helper.layout.fields)

    def _post_clean(self) -> None:
        if self.cleaned_data.get("books_right"):
            super()._post_clean()
            return
        # Nothing is booked: what stands in the fields about it is of no matter.
        for name in set(self.errors) - {"reason"}:
            del self.errors[name]


class ExpenseSettingsForm(RowForm):
    """How a project treats expenses."""

    class Meta:
        model = ExpenseSettings
        fields = SETTINGS_FIELDS


class PaymentForm(PlainForm):
    """When and under which reference expenses were paid back."""

    reference = forms.CharField(
        max_length=60, required=False, label="Reference", help_text="Such as the payment run 2026-11."
    )
    paid_on = forms.DateField(required=False, widget=DateInput, label="Paid on")


class ExchangeRateForm(PlainForm):
    """A rate of two currencies from a day on."""

    base = forms.ChoiceField(choices=currency_choices, label="1 unit of")
    quote = forms.ChoiceField(choices=currency_choices, label="In")
    rate = forms.DecimalField(
        max_digits=18, decimal_places=10, label="Rate", min_value=Decimal("0.0000000001")
    )
    effective_on = forms.DateField(widget=DateInput, label="From the day")
    source = forms.CharField(max_length=120, required=False, label="Source", help_text="Such as ECB.")
