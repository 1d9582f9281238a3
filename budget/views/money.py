"""The budget with the entries behind its figures, and what the contract agrees."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse

from budget.choices import CommitmentState, EntryState, Measure
from budget.forms import money as forms
from budget.models import BudgetSettings
from budget.presenting import (
    amount_text,
    budget_tiles,
    cell,
    percent_text,
    sign_tone,
)
from budget.selectors import (
    BudgetFigures,
    FigureRow,
    budget_figures,
    ledger,
)
from budget.selectors.figure_rows import RULE
from budget.selectors.planned import planned_of
from budget.services import lines as services
from budget.views.settings import SettingsPage
from implement.core.errors import DomainError
from implement.core.money import format_money, format_number, hours_of
from implement.core.tabular import SheetOut, iter_csv, write_workbook
from projects.kit.access import Entry
from projects.kit.exports import CONTENT_TYPES
from projects.kit.pages import ProjectView
from projects.kit.tabs import neighbours
from projects.models import Task
from projects.planning import today_of

VIEWS = {"task": "Task", "person": "Person", "role": "Role", "category": "Category", "month": "Month"}
MOST_TREE_ROWS = 150
ENTRIES_SHOWN = 50


def sheets_response(sheets: Iterable[SheetOut], *, format: str, name: str) -> FileResponse:
    """Return sheets as a workbook or, the first of them, as CSV. Raises Http404 for any other format."""
    if format not in CONTENT_TYPES:
        raise Http404
    file = io.BytesIO()
    if format == "csv":
        first = next(iter(sheets))
        file.write(b"".join(iter_csv(headers=first.headers, rows=first.rows)))
    else:
        write_workbook(file, sheets)
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"{name}.{format}", content_type=CONTENT_TYPES[format]
    )


TABS = (
    ("budget", "Budget", "budget", "budget.view"),
    ("earned", "Earned value", "earned_value", "budget.view"),
    ("lines", "Budget lines", "budgetline_list", "budget.view"),
    ("commitments", "Orders", "commitment_list", "cost.view"),
    ("estimates", "Estimates", "estimates", "budget.view"),
    ("reserves", "Reserves", "reserves", "cost.view"),
    ("changes", "Changes", "changerequest_list", "changes.view"),
    ("baselines", "Baselines", "baseline_list", "budget.view"),
    ("settings", "Agreed budget", "budget_settings", "money.view"),
)


def tabs_of(entry: Entry, current: str) -> list[dict[str, Any]]:
    """Return the neighbouring pages of the budget that the person may open."""
    return neighbours(entry, TABS, current)


@dataclass(frozen=True)
class Asked:
    """The day and measure of the address, held to what the person may see."""

    as_of: date
    measure: str
    measures: tuple[tuple[str, str], ...]


def asked_of(request: HttpRequest, entry: Entry) -> Asked:
    """Return day and measure of the address. Who may not see cost sees hours, whatever the address says.

    Raises DomainError for a day or a measure that cannot be read.
    """
    form = forms.AsOfForm(request.GET)
    if not form.is_valid():
        names = {"as_of": "as of", "measure": "measure"}
        said = "; ".join(
            f"{names[name]}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()
        )
        raise DomainError(f"These figures cannot be shown. {said}")
    as_of = form.cleaned_data["as_of"] or today_of(entry.project)
    if not date(1990, 1, 1) <= as_of <= date(2100, 12, 31):
        raise DomainError(f"As of: {as_of.isoformat()} is not between 1990 and 2100.")
    may_cost = entry.can("cost.view")
    measure = form.cleaned_data["measure"] or (Measure.COST if may_cost else Measure.HOURS)
    choices = tuple(Measure.choices) if may_cost else ((Measure.HOURS.value, str(Measure.HOURS.label)),)
    return Asked(as_of=as_of, measure=measure if may_cost else Measure.HOURS, measures=choices)


COLUMNS = {
    "original": "Original",
    "changes": "Changes",
    "released": "Released",
    "current": "Current",
    "pending": "Pending",
    "actual": "Actual",
    "unapproved": "Unapproved",
    "committed": "Committed",
    "remaining": "Remaining",
    "etc": "ETC",
    "eac": "EAC",
    "variance": "Variance",
}
SIGNED = {"remaining", "variance"}
# Most rows have none of these.
QUIET, NONE = {"changes", "released", "pending", "committed"}, "–"


def columns_of(rows: Iterable[FigureRow]) -> dict[str, str]:
    """Return the columns with their heads; those of changes, releases and orders only where there are any.

    A release from contingency adds up to nothing over the project, so it is the rows that tell.
    """
    empty = {name for name in QUIET if not any(getattr(row, name) for row in rows)}
    return {name: head for name, head in COLUMNS.items() if name not in empty}


def _line(row: FigureRow, figures: BudgetFigures, entry: Entry, columns: Iterable[str]) -> dict[str, Any]:
    """Return a budget row as its table shows it, with the ways to what is behind its figures."""

    def amount(name: str) -> dict[str, Any]:
        value = getattr(row, name)
        return {
            "text": NONE if name in QUIET and not value else cell(value, figures.unit),
            "tone": sign_tone(value) if name in SIGNED else "",
            "url": _way(row, figures, entry, name),
            "title": WAYS[name][2] if name in WAYS else "",
            "mark": name == "etc" and row.etc_basis != RULE,
        }

    return {
        "row": row,
        "amounts": [amount(name) for name in columns],
        "consumed": percent_text(row.consumed),
        "physical": percent_text(row.physical),
    }


# Column -> the page behind its figures, what opening it takes, and what a link to it says.
WAYS = {
    "original": ("baseline_detail", "budget.view", "Show the baseline"),
    "changes": ("changerequest_list", "changes.view", "Show the approved changes"),
    "pending": ("changerequest_list", "changes.view", "Show the pending changes"),
    "actual": ("budget_entries", "time.view_all", "Show the entries"),
    "unapproved": ("budget_entries", "time.view_all", "Show the entries"),
    "committed": ("commitment_list", "cost.view", "Show the orders"),
    "released": ("reserves", "cost.view", "Show the releases"),
    "etc": ("estimates", "budget.view", "Show the estimates"),
}


def _way(row: FigureRow, figures: BudgetFigures, entry: Entry, name: str) -> str:
    """Return the address of what is behind a figure; empty without any, or for who may not open it."""
    if name not in WAYS or not getattr(row, name) or not entry.can(WAYS[name][1]):
        return ""
    where: list[Any] = [entry.project.code]
    day = {"as_of": figures.as_of.isoformat()}
    query: dict[str, Any] = {}
    if name == "original":
        where.append(figures.sources.original.baseline_id)
    elif name in {"changes", "pending"}:
        query = {"show": "agreed" if name == "changes" else "pending"}
    elif name == "committed":
        query = {"status": CommitmentState.ORDERED}
        query |= {"category": row.category} if row.category else {}
        query |= {"task": row.task_id} if row.task_id and not row.is_rollup else {}
    elif name in ledger.STATES:
        query = {"of": row.key, "state": name, **day, "measure": figures.measure}
    else:
        query = day
    address = reverse(WAYS[name][0], args=where)
    return f"{address}?{urlencode(query)}" if query else address


class BudgetView(ProjectView):
    """Budget against actual: by task, person, role, category or month; all add up to the same cent."""

    permission = "budget.view"
    room = "budget"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        asked = asked_of(request, self.entry)
        by = request.GET.get("by", "task")
        by = by if by in VIEWS else "task"
        figures = budget_figures(project=self.project, as_of=asked.as_of, measure=asked.measure)
        rows: tuple[FigureRow, ...] = getattr(figures, f"by_{by}")
        depth, depths = 0, list[int]()
        if by == "task":
            rows, depth, depths = self.folded(rows, request.GET.get("depth", ""))
        columns = columns_of([figures.total, *figures.by_category])
        return self.page(
            "budget/budget.html",
            {
                "columns": columns.values(),
                "tabs": tabs_of(self.entry, "budget"),
                "asked": asked,
                "figures": figures,
                "tiles": budget_tiles(figures.total, figures.unit, asked.as_of),
                "margin": self.margin() if self.entry.can("cost.view") else None,
                "views": VIEWS,
                "by": by,
                "depth": depth,
                "depths": depths,
                "lines": [_line(row, figures, self.entry, columns) for row in rows],
                "sum": _line(figures.total, figures, self.entry, columns),
                "is_empty": figures.total.current is None and not figures.total.actual,
            },
        )

    def folded(self, rows: tuple[FigureRow, ...], said: str) -> tuple[tuple[FigureRow, ...], int, list[int]]:
        """Return the tree down to the asked level, else as deep as it stays readable; with the levels."""
        deepest = max((row.level for row in rows), default=1)
        depths = list(range(1, deepest + 1))
        if said.isascii() and said.isdigit() and int(said) in depths:
            depth = int(said)
        else:
            counts = [(level, sum(row.level <= level for row in rows)) for level in depths]
            depth = max((level for level, count in counts if count <= MOST_TREE_ROWS), default=1)
        return tuple(row for row in rows if row.level <= depth), depth, depths

    def margin(self) -> dict[str, str]:
        """Return planned bill, cost and margin of today's budget, for who may see cost."""
        whole = planned_of(project=self.project)
        cost = sum((row.cost for row in whole if row.cost is not None), start=hours_of(0))
        bill = sum((row.bill for row in whole if row.bill is not None), start=hours_of(0))
        currency = self.project.currency
        known = any(row.cost is not None for row in whole) and any(row.bill is not None for row in whole)
        share = (bill - cost) / bill if known and bill > 0 else None
        return {
            "bill": format_money(bill if known else None, currency, digits=0),
            "margin": format_money(bill - cost if known else None, currency, digits=0),
            "share": percent_text(share),
        }


class BudgetExportView(ProjectView):
    """Budget against actual by all its views, as XLSX, or by task as CSV."""

    permission = "budget.export"
    room = "budget"

    def get(self, request: HttpRequest, project: str, format: str) -> FileResponse:
        asked = asked_of(request, self.entry)
        figures = budget_figures(project=self.project, as_of=asked.as_of, measure=asked.measure)
        names = [*COLUMNS, "consumed", "physical"]
        heads = [*COLUMNS.values(), "Consumed", "Done"]
        sheets = [
            SheetOut(
                name=f"By {label.lower()}",
                headers=(f"{label} (in {figures.unit})", "Level", "Sums up", *heads, "ETC by"),
                rows=[
                    (
                        row.label,
                        row.level,
                        row.is_rollup,
                        *(getattr(row, name) for name in names),
                        row.etc_basis,
                    )
                    for row in (*getattr(figures, f"by_{by}"), figures.total)
                ],
            )
            for by, label in VIEWS.items()
        ]
        name = f"{self.project.code}-budget-{asked.measure}-{asked.as_of.isoformat()}"
        return sheets_response(sheets, format=format, name=name)


class EntriesView(ProjectView):
    """The hours and expenses behind a figure of the budget; their sum is the figure."""

    permission = "time.view_all"
    room = "budget"
    words = {ledger.ACTUAL: "Approved", ledger.UNAPPROVED: "Not approved yet"}

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        asked = asked_of(request, self.entry)
        key, state = request.GET.get("of", "total"), request.GET.get("state", ledger.ACTUAL)
        found = ledger.ledger_of(
            project=self.project, key=key, state=state, as_of=asked.as_of, measure=asked.measure
        )
        page = Paginator(found.entries, ENTRIES_SHOWN).get_page(request.GET.get("page"))
        rows = [dict(zip(ledger.COLUMNS, values, strict=True)) for values in page]
        tasks = Task.with_trash.in_bulk({row["task_id"] for row in rows if row["task_id"]})
        unit = "h" if asked.measure == Measure.HOURS else self.project.currency
        back = {"as_of": asked.as_of.isoformat(), "measure": asked.measure, "by": view_of(key)}
        return self.page(
            "budget/entries.html",
            {
                "asked": asked,
                "label": found.label,
                "state_words": self.words[state],
                "total": amount_text(found.total, unit),
                "page": page,
                "rows": [self.row(row, tasks) for row in rows],
                "back": f"{reverse('budget', args=[self.project.code])}?{urlencode(back)}",
            },
        )

    def row(self, row: dict[str, Any], tasks: dict[int, Task]) -> dict[str, Any]:
        """Return an entry as its table shows it."""
        is_time = row["kind"] == ledger.TIME
        status = EntryState(row["status"])
        name = "timeentry_detail" if is_time else "expense_detail"
        return {
            "day": row["day"],
            "words": row["words"] or ("Hours" if is_time else "Expense"),
            "person": row["person__name"],
            "task": str(tasks[row["task_id"]]) if row["task_id"] in tasks else NONE,
            "status": status.label,
            "tone": status.tone,
            "hours": format_number(hours_of(row["taken"])) if is_time else NONE,
            "cost": format_number(row["cost"]),
            "url": reverse(name, args=[self.project.code, row["pk"]]),
        }


def view_of(key: str) -> str:
    """Return by what a row of the budget is broken down."""
    word = key.split("-")[0]
    return word if word in VIEWS else "task"


class BudgetSettingsView(SettingsPage):
    """What the contract agrees and where the warning lines are."""

    permission, change = "money.view", "budget.change"
    room = "budget"
    form = forms.BudgetSettingsForm
    template = "budget/settings.html"
    saved = "The agreed budget is saved."
    done = "budget_settings"

    def save(self, row: BudgetSettings, expected_version: int | None) -> None:
        services.settings_save(settings=row, actor=self.entry.user, expected_version=expected_version)

    def context(self) -> dict[str, Any]:
        return {"tabs": tabs_of(self.entry, "settings")}
