"""A run as tables: what it bills, added up and line by line, to be taken over by whatever writes the invoice."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from budget.models import InvoiceLine, InvoiceRun
from budget.selectors.invoices import row_words, statement_of
from implement.core.money import hours_of
from implement.core.tabular import SheetOut, Value, iter_csv, write_workbook


def line_headers() -> tuple[str, ...]:
    """Return the heads of the lines' columns, in the active language."""
    return (
        _("Position"), _("Kind"), _("Day"), _("Task"), _("Person"), _("Role"), _("Description"), _("Hours"),
        _("Per hour"), _("Amount"), _("Currency"), _("Run"), _("From"), _("To"), _("Contract"),
        _("Contract number"), _("Customer"), _("Project"), _("Payable within, in days"),
    )  # fmt: skip


def line_rows(run: InvoiceRun, lines: Iterable[InvoiceLine]) -> Iterator[tuple[Value, ...]]:
    """Yield the lines as rows with exact numbers; each says what it belongs to, for a file that stands alone."""
    unit, contract = run.project.currency, run.contract
    belongs = (
        run.key, run.period_from, run.period_to, contract.name, contract.reference, str(run.project.customer),
        run.project.name, contract.payment_days,
    )  # fmt: skip
    for line in lines:
        yield (
            line.position,
            str(line.get_kind_display()),
            line.day,
            line.task_name,
            line.person_name,
            line.job_role,
            line.description,
            hours_of(line.seconds) if line.seconds else None,
            line.rate,
            line.amount,
            unit,
            *belongs,
        )


def run_sheets(run: InvoiceRun) -> Iterator[SheetOut]:
    """Yield the sheets of a run: what it is, its statement, its lines."""
    said = statement_of(run)
    facts: list[tuple[Value, ...]] = [
        (_("Project"), run.project.name),
        (_("Customer"), str(run.project.customer)),
        (_("Contract"), run.contract.name),
        (_("Contract number"), run.contract.reference),
        (_("Type"), str(run.contract.get_kind_display())),
        (_("From"), run.period_from),
        (_("To"), run.period_to),
        (_("Payable within, in days"), run.contract.payment_days),
        (_("State"), str(run.get_status_display())),
        (_("Currency"), run.project.currency),
        (_("Total"), said.total),
        ("SHA-256", run.sha256),
    ]
    yield SheetOut(name=run.key, headers=(_("Statement of work done"), run.key), rows=facts)
    rows = [
        (
            row_words(row),
            row.detail,
            row.day,
            hours_of(row.seconds) if row.seconds else None,
            row.amount,
        )
        for row in said.rows
    ]
    headers = (_("What"), _("Detail"), _("Day"), _("Hours"), _("Amount"))
    yield SheetOut(name=_("Statement"), headers=headers, rows=rows)
    lines = run.lines.order_by("position").iterator(chunk_size=1000)
    yield SheetOut(name=_("Lines"), headers=line_headers(), rows=line_rows(run, lines))


def run_workbook(run: InvoiceRun) -> bytes:
    """Return a run as a workbook in the active language."""
    stream = io.BytesIO()
    write_workbook(stream, run_sheets(run))
    return stream.getvalue()


def run_csv(run: InvoiceRun) -> Iterator[bytes]:
    """Yield the lines of a run as CSV in the active language."""
    lines = run.lines.order_by("position").iterator(chunk_size=1000)
    return iter_csv(headers=list(line_headers()), rows=(list(row) for row in line_rows(run, lines)))
