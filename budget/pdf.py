"""The statement of work done: what a run hands over to be invoiced, on paper, in the customer's language."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from budget.choices import ContractKind, RunState
from budget.models import InvoiceRun
from budget.selectors.amounts import ZERO
from budget.selectors.contracts import beside_agreed, contract_figures, held_amount
from budget.selectors.invoices import Statement, StatementRow, row_words, statement_of
from implement.core.money import day_text, format_money, format_number, hours_of
from implement.core.pdf import html_to_pdf


def statement_context(run: InvoiceRun) -> dict[str, Any]:
    """Return everything the statement draws, in the active language; never cost."""
    said: Statement = statement_of(run)
    unit = run.project.currency
    contract = run.contract
    agreed = next(
        (
            one.agreed
            for one in contract_figures(project=run.project, as_of=run.period_to)
            if one.contract.pk == contract.pk
        ),
        None,
    )
    before = held_amount(contract=contract, without=run.pk, until=run.finalised_at)
    billed = sum((row.amount for row in said.rows if row.kind not in beside_agreed(contract)), ZERO)

    def line(row: StatementRow) -> dict[str, Any]:
        return asdict(row) | {
            "words": row_words(row),
            "hours": format_number(hours_of(row.seconds)),
            "money": format_money(row.amount, unit).removesuffix(f" {unit}"),
        }

    sections = (
        (_("Hours"), said.hours, True),
        (_("Expenses"), said.expenses, False),
        (
            _("Milestones") if contract.kind == ContractKind.FIXED else _("Agreed limit"),
            said.milestones,
            False,
        ),
    )
    return {
        "run": run,
        "project": run.project,
        "contract": contract,
        "unit": unit,
        "period": _("{first} to {last}").format(
            first=day_text(run.period_from), last=day_text(run.period_to)
        ),
        "sections": [
            {
                "title": title,
                "rows": [line(row) for row in rows],
                "with_hours": with_hours,
                "with_day": any(row.day for row in rows) and not all(row.label == "" for row in rows),
                "hours": format_number(hours_of(sum(row.seconds for row in rows))),
                "money": format_money(sum((row.amount for row in rows), ZERO), unit).removesuffix(f" {unit}"),
            }
            for title, rows, with_hours in sections
            if rows
        ],
        "hours": format_number(hours_of(said.seconds)) if said.seconds else "",
        "total": format_money(said.total, unit),
        "agreed": format_money(agreed, unit),
        "before": format_money(before, unit),
        "left": format_money(None if agreed is None else agreed - before - billed, unit),
        "state": str(run.get_status_display()),
        "is_final": run.status == RunState.FINAL,
    }


def statement_pdf(run: InvoiceRun) -> bytes:
    """Return the statement as PDF/UA-1 in the active language. Raises DomainError where no PDF can be made."""
    return html_to_pdf(render_to_string("budget/statement.html", statement_context(run)))
