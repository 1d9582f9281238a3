"""The raw figures of a report as a workbook: what the PDF shows, in numbers to compute on."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from implement.core.tabular import SheetOut, Value, write_workbook
from implement.reports.models import Report
from implement.reports.snapshots import Frozen
from projects.kit.panels import PANELS, Data, shown_of, tiles_in

NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def raw(value: Any) -> Value:
    """Return a frozen value as a cell: exact text of a number or a day becomes one again."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, str) and DAY.fullmatch(value):
        return date.fromisoformat(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    return value if isinstance(value, str | int | bool | None) else str(value)


def figures_of(data: Data) -> list[SheetOut]:
    """Return the labelled figures of a panel as a table; empty without any."""
    rows: list[tuple[Value, ...]] = [
        (
            tile["label"],
            raw(tile.get("amount")),
            shown_of(tile),
            tile.get("explanation") or tile.get("note") or "",
        )
        for tile in tiles_in(data)
    ]
    headers = (_("Figure"), _("Value"), _("As shown"), _("How it is computed"))
    return [SheetOut(name=_("Figures"), headers=headers, rows=rows)] if rows else []


def report_sheets(report: Report, frozen: Frozen) -> Iterator[SheetOut]:
    """Yield the sheets of one edition: what it is, what changed, and each panel that this edition shows."""
    project = frozen.project
    about: list[tuple[Value, ...]] = [
        (_("Report"), str(report)),
        (_("Edition"), report.get_audience_display()),
        (_("Project"), project["name"]),
        (_("Customer"), project["customer"]),
        (_("Currency"), project["currency"]),
        (_("First day"), report.period_from),
        (_("Last day"), report.last_day),
        (_("Figures of"), date.fromisoformat(frozen.document["figures_on"])),
        (_("Frozen at (UTC)"), frozen.document["as_of"]),
        (_("SHA-256 of the figures"), frozen.sha256),
    ]
    yield SheetOut(name=_("About"), headers=(_("What"), _("Value")), rows=about)
    changes = frozen.changes(audience=report.audience, language=report.language)
    if changes is not None:
        rows = [(change.panel, change.label, change.before, change.after) for change in changes.changes]
        yield SheetOut(
            name=_("What changed"), headers=(_("Part"), _("Figure"), _("Before"), _("Now")), rows=rows
        )
    for key, data in frozen.data(audience=report.audience, language=report.language).items():
        panel = PANELS[key]
        sheets = figures_of(data) + (panel.sheets(data) if panel.sheets else [])
        for sheet in sheets:
            name = str(panel.title) if len(sheets) == 1 else f"{panel.title}, {sheet.name.lower()}"
            yield SheetOut(name=name, headers=sheet.headers, rows=sheet.rows)


def report_workbook(report: Report, frozen: Frozen) -> bytes:
    """Return the workbook of one edition in its language, from its frozen figures alone."""
    stream = io.BytesIO()
    with translation.override(report.language):
        write_workbook(stream, report_sheets(report, frozen))
    return stream.getvalue()
