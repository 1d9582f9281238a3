"""Who has more to do than time for it, in the weeks to come."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from budget.panels.shared import ONLY_TEAM, Data
from budget.presenting import HOUR_UNIT, amount_text, cell, largest, number_of, shown, text_of, tile
from budget.selectors.load import people_on
from implement.core.money import day_text, hours_of
from implement.core.tabular import SheetOut
from projects.kit.panels import Panel
from projects.models import Project
from projects.selectors import load_of, periods_from

WEEKS = 8


def load_panel(project: Project, as_of: date) -> Data | None:
    """Return who of the project's people is over their time in the next weeks, on all projects; None without work."""
    periods = periods_from(zoom="week", day=as_of, count=WEEKS)
    load = load_of(people=list(people_on(project)), periods=periods, as_of=as_of, seen=())
    busy = [row for row in load.people if any(one.planned for one in row.cells)]
    if not busy:
        return None
    rows = []
    for row in busy:
        if row.is_over:
            worst = max(row.cells, key=lambda one: one.over)
            rows.append(
                {
                    "name": row.person.name,
                    "weeks": sum(1 for one in row.cells if one.over),
                    "over": text_of(hours_of(sum(one.over for one in row.cells))),
                    "worst_on": worst.period.first.isoformat(),
                    "worst_planned": text_of(hours_of(worst.planned)),
                    "worst_time": text_of(hours_of(worst.ahead)),
                }
            )
    over = hours_of(sum(load.over))
    how = _(
        "Work that is left on all projects against working time less absences, week by week. "
        "{weeks} weeks from {day}."
    )
    explanation = how.format(weeks=WEEKS, day=day_text(as_of))
    return {
        "tiles": [
            tile(
                "overloaded",
                _("People over their time"),
                _("{count} of {total}").format(count=len(rows), total=len(busy)),
                explanation=explanation,
                tone="trouble" if rows else "good",
                amount=len(rows),
            ),
            tile(
                "beyond",
                _("Work beyond their time"),
                amount_text(over, HOUR_UNIT),
                explanation=explanation,
                tone="trouble" if over else "",
                amount=text_of(over),
            ),
        ],
        "rows": rows,
    }


def present_load(data: Data) -> Data:
    """Return those who are most over their time, with hours in words."""
    kept, more = largest(data["rows"], "over")
    hours = ("over", "worst_planned", "worst_time")
    rows = [
        row
        | {name: cell(number_of(row[name]), HOUR_UNIT) for name in hours}
        | {"worst_on": date.fromisoformat(row["worst_on"])}
        for row in kept
    ]
    return shown(data | {"rows": rows, "more": more})


def load_sheets(data: Data) -> list[SheetOut]:
    """Return everybody who is over their time as a table."""
    rows = [
        (
            row["name"], row["weeks"], number_of(row["over"]), date.fromisoformat(row["worst_on"]),
            number_of(row["worst_planned"]), number_of(row["worst_time"]),
        )
        for row in data["rows"]
    ]  # fmt: skip
    headers = (
        _("Person"), _("Weeks over"), _("Hours over"), _("Worst week from"), _("Hours to do"), _("Working hours"),
    )  # fmt: skip
    return [SheetOut(name=_("Load"), headers=headers, rows=rows)]


LOAD_PANELS = (
    Panel(
        key="load",
        title=lazy("Load of people"),
        template="panels/load.html",
        audiences=ONLY_TEAM,
        places=frozenset({"status"}),
        order=64,
        is_of_now=True,
        permission="load.view",
        data=load_panel,
        present=present_load,
        sheets=load_sheets,
        is_wide=True,
    ),
)
