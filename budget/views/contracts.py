"""Pages of contracts, of the payment plan, and of what is handed over to be invoiced."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.forms import ModelForm
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import translation

from budget.choices import ContractKind, LineKind, RunState
from budget.filtersets import contracts as filtersets
from budget.forms import contracts as forms
from budget.models import Contract, InvoiceRun
from budget.panels.contracts import contract_rows, contract_tiles, margin_tiles, present_contracts
from budget.panels.payments import payment_data, payment_sheets, present_payments
from budget.presenting import amount_text, cell, percent_text, tile
from budget.selectors.amounts import hours
from budget.selectors.contracts import contract_figures, contracts_of, unassigned_changes
from budget.selectors.invoices import (
    hours_of_contract,
    is_intact,
    row_words,
    statement_of,
    uncollected_before,
)
from budget.selectors.payments import payment_plan
from budget.services import contracts as services
from budget.tables import contracts as tables
from budget.views.money import asked_of, sheets_response
from budget.workbook import run_csv, run_workbook
from budget.workflows import RUN_WORKFLOW
from implement.core.money import day_text, format_money, format_number
from projects.choices import JobState
from projects.kit.access import Entry
from projects.kit.exports import CONTENT_TYPES, in_pieces
from projects.kit.pages import ModelPages, ProjectView
from projects.kit.tabs import neighbours
from projects.planning import today_of

ENDED = {JobState.DONE, JobState.CANCELLED}
ROWS_SHOWN = 200
EARNED = {
    ContractKind.FIXED: "The share of the work that is done, or the accepted milestones, as the contract says; and the "
    "billable expenses on top.",
    ContractKind.TIME: "Approved billable hours and expenses.",
    ContractKind.CAPPED: "Approved billable hours and expenses, up to the agreed limit.",
}


TABS = (
    ("contracts", "Contracts", "contract_list", "contract.view"),
    ("payments", "Payments", "payments", "contract.view"),
    ("runs", "Invoice runs", "invoicerun_list", "contract.view"),
    ("settings", "Agreed budget", "budget_settings", "money.view"),
)


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of the contracts that the person may open."""
    return neighbours(entry, TABS, current)


class ContractPages(ModelPages):
    """The contracts of a project, with what is earned of each."""

    model, table, filterset, form = (
        Contract,
        tables.ContractTable,
        filtersets.ContractFilterSet,
        forms.ContractForm,
    )
    room = "contract"
    select_related = ("project", "task")
    list_template = "budget/contracts.html"
    detail_template = "budget/contract.html"
    fields = ("reference", "kind", "task", "recognition", "payment_days", "signed_on")
    teach = "Say what the customer pays for: a fixed price, time and material, or that with a limit."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        figures = contract_figures(project=entry.project, as_of=today_of(entry.project))
        tiles = contract_tiles(entry.project, figures)
        if entry.can("cost.view"):
            tiles += margin_tiles(entry.project, figures)
        data = {"unit": entry.project.currency, "tiles": tiles, "rows": contract_rows(figures)}
        return {
            "tabs": tabs_of(entry, "contracts"),
            "shown": present_contracts(data) if figures else None,
            "unassigned": unassigned_changes(project=entry.project),
        }

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        money = [("amount", format_money(item.amount, entry.project.currency))]
        if item.retention_share:
            money.append(("kept back", f"{format_number(item.retention_share, digits=1)} %"))
        fixed = str(Contract._meta.get_field("recognition").verbose_name)
        shown = super().detail_fields(item, entry)
        if item.kind != ContractKind.FIXED:
            shown = [row for row in shown if row[0] != fixed]
        rest = str(Contract._meta.get_field("task").verbose_name)
        shown = [(name, "All the rest" if name == rest and value is None else value) for name, value in shown]
        return [*shown, *money]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        unit = entry.project.currency
        figures = contract_figures(project=entry.project, as_of=today_of(entry.project))
        one = next((row for row in figures if row.contract.pk == item.pk), None)
        tiles = []
        if one is not None:
            tiles = [
                tile(
                    "agreed", "Agreed", amount_text(one.agreed, unit, digits=0),
                    explanation="The amount of the contract, and the approved changes that amend it.",
                    note=f"Changes {amount_text(one.changes, unit)}",
                ),
                tile(
                    "earned", "Earned", amount_text(one.earned, unit, digits=0), explanation=EARNED[item.kind],
                    note=f"{percent_text(one.used)} of what is agreed{', expenses aside' if one.extras else ''}",
                ),
                tile(
                    "left", "Left", amount_text(one.left, unit, digits=0),
                    explanation="What of the agreed amount is not earned yet.",
                ),
                tile(
                    "handed_over", "Handed over", amount_text(one.handed_over, unit, digits=0),
                    explanation="On final invoice runs.",
                ),
            ]  # fmt: skip
            if one.extras:
                tiles.append(
                    tile(
                        "extras", "Expenses on top", amount_text(one.extras, unit, digits=0),
                        explanation="Billable expenses. They are earned and billed beside the fixed price.",
                    )
                )  # fmt: skip
            if one.is_capped:
                tone = "trouble" if one.over else ""
                tiles.append(
                    tile(
                        "over", "Over the limit", amount_text(one.over, unit, digits=0), tone=tone,
                        explanation="Billable work beyond the agreed limit. It is not billed.",
                    )
                )  # fmt: skip
            if entry.can("cost.view"):
                tiles.append(
                    tile(
                        "margin", "Margin so far", amount_text(one.margin, unit, digits=0),
                        explanation="Earned − what it has cost.",
                        note=f"{percent_text(one.margin_share)} of what is earned",
                    )
                )  # fmt: skip
        runs = InvoiceRun.objects.filter(contract=item).select_related("project")[:10]
        return {"tiles": tiles, "runs": runs}

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.contract_save(contract=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.contract_delete(contract=row, actor=entry.user)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.contract_restore(contract=row, actor=entry.user)


class PaymentsView(ProjectView):
    """The payment plan: what falls due with which milestone, and what is accepted."""

    permission = "contract.view"
    room = "contract"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        asked = asked_of(request, self.entry)
        plan = payment_plan(project=self.project, as_of=asked.as_of)
        data = payment_data(plan, list(plan.rows), for_customer=False)
        shown = present_payments(data, most=len(data["rows"]))
        ids = [row.task_id for row in plan.rows]
        rows = [row | {"id": pk} for row, pk in zip(shown["rows"], ids, strict=True)]
        return self.page(
            "budget/payments.html",
            {
                "tabs": tabs_of(self.entry, "payments"),
                "asked": asked,
                "shown": shown,
                "rows": rows,
                "waiting": sum(row.state == "reached" for row in plan.rows),
                "hidden": sum(not row.is_published for row in plan.rows),
            },
        )


class PaymentsExportView(ProjectView):
    """The payment plan as CSV or XLSX."""

    permission = "contract.export"
    room = "contract"

    def get(self, request: HttpRequest, project: str, format: str) -> HttpResponseBase:
        asked = asked_of(request, self.entry)
        plan = payment_plan(project=self.project, as_of=asked.as_of)
        data = payment_data(plan, list(plan.rows), for_customer=False)
        return sheets_response(
            payment_sheets(data),
            format=format,
            name=f"{self.project.code}-payments-{asked.as_of.isoformat()}",
        )


class InvoiceRunPages(ModelPages):
    """What is handed over to be invoiced."""

    model, table, filterset, form = (
        InvoiceRun,
        tables.InvoiceRunTable,
        filtersets.InvoiceRunFilterSet,
        forms.InvoiceRunForm,
    )
    room = "contract"
    workflow = RUN_WORKFLOW
    select_related = ("project__customer", "project__calendar", "contract__task", "finalised_by", "job")
    list_template = "budget/runs.html"
    detail_template = "budget/run.html"
    fields = ("contract", "period_from", "period_to", "grouping", "note", "finalised_at", "finalised_by")
    teach = "Collect a period's approved hours, expenses and accepted milestones, and hand them over once."

    @classmethod
    def permission(cls, verb: str) -> str:
        return "invoice.make" if verb == "change" else super().permission(verb)

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {
            "tabs": tabs_of(entry, "runs"),
            "has_contract": bool(contracts_of(project=entry.project)),
        }

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return entry.can("invoice.make") and item.status == RunState.DRAFT

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [row for row in super().detail_fields(item, entry) if row[1] not in (None, "")]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        said = statement_of(item)
        unit = entry.project.currency
        rows = [
            {
                "words": row_words(row),
                "kind": str(LineKind(row.kind).label),
                "detail": row.detail,
                "day": day_text(row.day) if row.day else "",
                "hours": format_number(hours(row.seconds)) if row.seconds else "–",
                "amount": cell(row.amount, unit),
            }
            for row in said.rows[:ROWS_SHOWN]
        ]
        earlier = unpriced = None
        if item.status == RunState.DRAFT and item.contract.kind != ContractKind.FIXED:
            earlier = uncollected_before(contract=item.contract, day=item.period_from)
            unpriced = hours_of_contract(item.contract).filter(
                booked_on__range=(item.period_from, item.period_to), bill=None
            )
        return {
            "rows": rows,
            "more": max(len(said.rows) - ROWS_SHOWN, 0),
            "line_count": item.lines.count(),
            "seconds": said.seconds,
            "total": amount_text(said.total, unit),
            "earlier": earlier if earlier and earlier.count else None,
            "earlier_amount": amount_text(earlier.amount, unit) if earlier else "",
            "unpriced": unpriced.count() if unpriced is not None else 0,
            "may_make": entry.can("invoice.make"),
            "is_draft": item.status == RunState.DRAFT,
            "is_intact": item.status == RunState.DRAFT or is_intact(item),
            "at_work": item.job if item.job and item.job.state not in ENDED else None,
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.run_save(run=row, access=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.run_delete(run=row, access=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/<int:pk>/"
        return [
            *super().urls(prefix),
            path(f"{root}collect/", RunCollectView.as_view(), name="invoicerun_collect"),
            path(f"{root}print/", RunPrintView.as_view(), name="invoicerun_print"),
            path(f"{root}statement.pdf", RunPdfView.as_view(), name="invoicerun_pdf"),
            path(f"{root}lines.<str:format>", RunLinesView.as_view(), name="invoicerun_lines"),
        ]


class RunView(ProjectView):
    """What is asked of one run."""

    permission = "contract.view"
    room = "contract"

    def run(self) -> InvoiceRun:
        """Return the run of the address, or 404."""
        return get_object_or_404(InvoiceRunPages.visible(self.entry), pk=self.kwargs["pk"])

    def back(self) -> HttpResponseRedirect:
        return HttpResponseRedirect(InvoiceRunPages.url("detail", self.project, pk=self.kwargs["pk"]))


class RunCollectView(RunView):
    """Collect afresh what a draft bills."""

    permission = "invoice.make"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        run = self.run()
        services.run_collect(run=run, access=self.entry)
        messages.success(request, f"{run.key} is collected afresh.")
        return self.back()


class RunPrintView(RunView):
    """Have the statement made as a PDF."""

    permission = "invoice.make"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        services.statement_request(run=self.run(), access=self.entry)
        messages.success(request, "The statement is being made.")
        return self.back()


class RunPdfView(RunView):
    """Hand out the statement as it was filed."""

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        run = self.run()
        if not run.pdf:
            raise Http404
        response = FileResponse(
            run.pdf.open("rb"),
            as_attachment="download" in request.GET,
            filename=f"{self.project.code}-{run.key}.pdf",
            content_type="application/pdf",
        )
        response["Cache-Control"] = "private, no-store"
        return response


class RunLinesView(RunView):
    """What a run bills, as XLSX with its statement, or line by line as CSV, in the run's language."""

    permission = "contract.export"

    def get(self, request: HttpRequest, project: str, pk: int, format: str) -> HttpResponseBase:
        if format not in CONTENT_TYPES:
            raise Http404
        run = self.run()
        name = f"{self.project.code}-{run.key}.{format}"
        if format == "csv":
            with translation.override(run.language):
                lines = list(run_csv(run))
            response = StreamingHttpResponse(in_pieces(iter(lines)), content_type=CONTENT_TYPES[format])
            response["Content-Disposition"] = f'attachment; filename="{name}"'
            return response
        with translation.override(run.language):
            book = run_workbook(run)
        return FileResponse(
            io.BytesIO(book), as_attachment=True, filename=name, content_type=CONTENT_TYPES[format]
        )
