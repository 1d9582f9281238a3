"""Pages of expenses, their receipts, and how a project treats them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import capfirst

from budget.choices import QUANTITY_UNITS
from budget.filtersets import expenses as filtersets
from budget.forms import expenses as forms
from budget.models import Expense, ExpenseSettings, Receipt
from budget.selectors.exchange import rate_text
from budget.selectors.expenses import expense_settings, lacks_receipt, reimbursement_words, with_receipts
from budget.selectors.taxes import lines_of, tax_summary
from budget.services import expenses as expense_services
from budget.services import time as time_services
from budget.services.receipts import receipt_remove
from budget.tables import expenses as tables
from budget.views.settings import SettingsPage
from budget.views.tabs import tabs_of
from budget.views.time import approval_of, correction_facts, correction_of, decided_facts
from budget.workflows import EXPENSE_WORKFLOW
from implement.core.errors import DomainError
from implement.core.money import format_money, format_number
from implement.core.tabular import SheetOut
from projects.kit.access import Entry
from projects.kit.exports import table_sheet, workbook_response
from projects.kit.pages import ExportPage, ModelPages, ProjectView
from projects.kit.previews import picture_response

SUMMARY_HEADERS = ("Currency", "Tax rate in %", "Recovered", "Expenses", "Net", "Tax", "Gross")


class ExpensePages(ModelPages):
    """Expenses as a list."""

    model, table, filterset, form = (
        Expense,
        tables.ExpenseTable,
        filtersets.ExpenseFilterSet,
        forms.ExpenseForm,
    )
    room = "expenses"
    workflow = EXPENSE_WORKFLOW
    select_related = ("project", "person", "task", "reversal")
    detail_template = "budget/expense.html"
    form_template = "budget/expense_form.html"
    fields = ("person", "task", "spent_on", "category", "decided_by", "decided_at", "decision_note")
    list_template = "budget/worked_list.html"
    teach = "Add what you spent for this project, with its receipt."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "expenses")}

    @classmethod
    def permission(cls, verb: str) -> str:
        return "expenses.log" if verb == "change" else super().permission(verb)

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return time_services.is_changeable(entry=item, access=entry, others_permission="expenses.approve")

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        rows = with_receipts(super().visible(entry))
        return rows if entry.can("expenses.view_all") else rows.filter(person__user=entry.user)

    @classmethod
    def trashed(cls, entry: Entry) -> models.QuerySet[Any]:
        rows = with_receipts(super().trashed(entry))
        return rows if entry.can("expenses.view_all") else rows.filter(person__user=entry.user)

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        usual = expense_settings(project=entry.project)
        return Expense(
            project=entry.project,
            person=entry.person,
            spent_on=timezone.localdate(),
            currency=entry.project.currency,
            is_tax_recoverable=usual.recovers_tax,
        )

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return expense_services.expense_save(
            expense=row,
            access=entry,
            expected_version=expected_version,
            tax=form.tax,
            receipts=form.cleaned_data["receipts"],
        )

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [
            *money_facts(item, entry),
            *correction_facts(item),
            *decided_facts(item, super().detail_fields(item, entry)),
        ]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        words, tone = reimbursement_words(item)
        return {
            **approval_of(item),
            **correction_of(item, entry),
            "receipts": item.receipts.all(),
            "can_remove": cls.may_change(item, entry),
            "receipt_missing": lacks_receipt(item, expense_settings(project=entry.project)),
            "reimbursement": {"words": words, "tone": tone},
        }

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        expense_services.expense_delete(expense=row, access=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        expense_services.expense_restore(expense=row, access=entry)


def money_facts(item: Expense, entry: Entry) -> list[tuple[str, Any]]:
    """Return what was paid, at which rate and tax, and what became of it, for who may see it."""
    home = entry.project.currency
    facts: list[tuple[str, Any]] = [("amount", format_money(item.amount, item.currency))]
    if item.quantity is not None and item.unit_rate is not None:
        unit = QUANTITY_UNITS.get(item.basis, "")  # type: ignore[call-overload]
        rate = f"{format_number(item.unit_rate, digits=4).rstrip('0').rstrip('.')} {item.currency}"
        facts.append(("quantity", f"{format_number(item.quantity)} {unit} at {rate}"))
    if item.currency != home:
        facts.append((f"rate to {home}", capfirst(item.rate_note) or rate_text(item.exchange_rate)))
        if item.rate_reason:
            facts.append(("why this rate", item.rate_reason))
    for line in lines_of(item.taxes):
        parts = f"{format_money(line.tax, item.currency)} in {format_money(line.gross, item.currency)}"
        facts.append((f"tax at {line.rate.normalize():f} %", parts))
    if item.taxes:
        facts.append(("net", format_money(item.net_amount, item.currency)))
        facts.append(("tax is recovered", "Yes" if item.is_tax_recoverable else "No"))
    if item.currency != home or item.tax_amount:
        facts.append((f"costs the project in {home}", format_money(item.cost, home)))
    facts += [("paid with", item.get_paid_by_display()), ("billable", "Yes" if item.is_billable else "No")]
    if entry.can("money.view") and item.is_billable:
        how = ""
        if item.bill_fixed is not None:
            how = ", fixed"
        elif item.markup_percent is not None:
            how = f", with {item.markup_percent.normalize():f} % markup"
        facts.append(("billed", f"{format_money(item.bill, home)}{how}"))
    return facts


class ExpenseExportView(ExportPage):
    """The expenses as they are filtered, with their tax; a workbook has the tax summary on a sheet of its own."""

    pages = ExpensePages

    def get(self, request: HttpRequest, project: str, format: str) -> Any:
        filterset = self.pages.filterset(request.GET, queryset=self.queryset(), request=request)
        self.pages.narrow_filters(filterset, self.entry)
        if not filterset.is_valid():
            raise DomainError("These filters cannot be read: " + filterset.form.errors.as_text())
        hidden = [] if self.entry.can("money.view") else ["bill"]
        sheets = [
            table_sheet("Expenses", tables.ExpenseSheet(filterset.qs, exclude=hidden)),
            SheetOut(name="Tax summary", headers=SUMMARY_HEADERS, rows=tax_summary(filterset.qs)),
        ]
        is_summary = request.GET.get("part") == "taxes"
        name = f"{self.project.code}-expenses{'-taxes' if is_summary else ''}"
        return workbook_response(sheets=sheets, part=1 if is_summary else 0, format=format, name=name)


class ReceiptView(ProjectView):
    """Hand out a receipt as a download, or take it off its expense."""

    permission = "expenses.view"

    def item(self) -> Receipt:
        """Return the receipt of the address, among those of expenses that this person may see."""
        seen = ExpensePages.visible(self.entry)
        found: Receipt = get_object_or_404(
            Receipt.objects.select_related("expense__project"),
            pk=self.kwargs["pk"],
            expense__in=seen.values("pk"),
        )
        return found

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        item = self.item()
        return FileResponse(
            item.file.open("rb"),
            as_attachment=True,
            filename=item.name,
            content_type="application/octet-stream",
        )

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        receipt_remove(receipt=item, access=self.entry)
        messages.success(request, f"“{item.name}” is taken off.")
        return HttpResponseRedirect(ExpensePages.url("detail", self.project, pk=item.expense_id))


class ReceiptPreviewView(ReceiptView):
    """Show a receipt's first page: a picture that the product drew itself, never the uploader's own bytes."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        return picture_response(self.item())


class ExpenseSettingsView(SettingsPage):
    """How the project treats expenses: tax, receipts, mileage, per diems and markup."""

    permission, change = "expenses.view_all", "expenses.approve"
    room = "expenses"
    form = forms.ExpenseSettingsForm
    template = "budget/expense_settings.html"
    saved = "The expense settings are saved."
    done = "expense_settings"

    def save(self, row: ExpenseSettings, expected_version: int | None) -> None:
        expense_services.expense_settings_save(
            settings=row, actor=self.entry.user, expected_version=expected_version
        )

    def context(self) -> dict[str, Any]:
        return {"tabs": tabs_of(self.entry, "expenses")}
