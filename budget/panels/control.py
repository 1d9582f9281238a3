"""Orders and reserves: the firm's own, which never reach a customer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from budget.choices import ReleaseState
from budget.panels.shared import ONLY_TEAM, Data
from budget.presenting import amount_text, cell, largest, number_of, percent_text, shown, text_of, tile
from budget.selectors.amounts import ZERO
from budget.selectors.reserves import Reserve, reserves_of
from budget.selectors.rest import orders_of
from implement.core import charts
from implement.core.money import day_text, not_available
from implement.core.tabular import SheetOut
from projects.kit import panels
from projects.kit.panels import Panel
from projects.models import Project
from projects.planning import zone_of

MOST_STEPS = 24


# --- Reserves and orders: the firm's own ---
def _reserve_tile(key: str, label: str, reserve: Reserve, unit: str, explanation: str) -> Data:
    words = _("of {amount}, {share} released")
    note = words.format(
        amount=amount_text(reserve.set_aside, unit, digits=0), share=percent_text(reserve.share)
    )
    if reserve.requested:
        asked = _("{amount} asked for").format(amount=amount_text(reserve.requested, unit, digits=0))
        note = f"{note}; {asked}"
    return tile(
        key, label, amount_text(reserve.left, unit, digits=0), explanation=explanation,
        note=note if reserve.set_aside is not None else "", amount=text_of(reserve.left),
    )  # fmt: skip


def reserves_data(project: Project, as_of: date) -> Data | None:
    """Return both reserves, what makes up the project's whole money, and how they burned down; None without any."""
    found = reserves_of(project=project, as_of=as_of)
    if found.contingency.set_aside is None and found.management.set_aside is None and not found.releases:
        return None
    unit, zone = found.currency, zone_of(project)
    return {
        "unit": unit,
        "tiles": [
            _reserve_tile(
                "contingency_left", _("Contingency left"), found.contingency, unit,
                _("Inside the budget: its contingency lines less what was released from them."),
            ),
            _reserve_tile(
                "management_left", _("Management reserve left"), found.management, unit,
                _("Outside the budget: what was set aside less what was released."),
            ),
            tile(
                "baseline_budget", _("Budget"), amount_text(found.budget, unit, digits=0),
                explanation=_("Today's budget lines, contingency included."), amount=text_of(found.budget),
            ),
            tile(
                "whole_money", _("Budget and management reserve"), amount_text(found.total, unit, digits=0),
                explanation=_("A release moves money within it and never changes it."),
                amount=text_of(found.total),
            ),
        ],
        "burn": [
            [step.day.isoformat(), text_of(step.contingency), text_of(step.management)] for step in found.burn
        ][-MOST_STEPS:],
        "rows": [
            {
                "key": row.key,
                "reserve": str(row.get_reserve_display()),
                "amount": text_of(row.amount),
                "task": str(row.task) if row.task else "",
                "reason": row.reason,
                "state": str(row.get_status_display()),
                "tone": ReleaseState(row.status).tone,
                "decided_on": row.decided_at.astimezone(zone).date().isoformat() if row.decided_at else None,
            }
            for row in found.releases
        ],
    }  # fmt: skip


def present_reserves(data: Data) -> Data:
    """Return the reserves with the drawn burn-down."""
    steps = data["burn"]
    chart = charts.stacked_columns(
        title=_("What was left of the reserves"),
        categories=[day_text(date.fromisoformat(day)) for day, *rest in steps],
        series=[
            charts.Series(
                label=_("Contingency"), values=[number_of(row[1]) for row in steps], tone="series-1"
            ),
            charts.Series(
                label=_("Management reserve"), values=[number_of(row[2]) for row in steps], tone="series-2"
            ),
        ],
        unit=data["unit"],
    )
    rows = [row | {"amount_text": cell(number_of(row["amount"]), data["unit"])} for row in data["rows"]]
    return shown(data | {"chart": chart if len(steps) > 1 else None, "rows": rows})


def reserve_things(data: Data) -> panels.Figures:
    """Return how each release stands, the new ones and those that are gone, too."""
    return [(f"{row['key']} {row['reserve']}", row["state"]) for row in data["rows"]]


def reserve_sheets(data: Data) -> list[SheetOut]:
    """Return releases and burn-down as tables."""
    unit = data["unit"]
    rows = [
        (
            row["key"], row["reserve"], number_of(row["amount"]), row["task"], row["reason"], row["state"],
            date.fromisoformat(row["decided_on"]) if row["decided_on"] else None,
        )
        for row in data["rows"]
    ]  # fmt: skip
    burn = [(date.fromisoformat(day), number_of(one), number_of(two)) for day, one, two in data["burn"]]
    return [
        SheetOut(
            name=_("Releases"),
            headers=(
                _("Key"), _("Reserve"), _("Amount in {unit}").format(unit=unit), _("Task"), _("Reason"), _("State"),
                _("Decided"),
            ),
            rows=rows,
        ),
        SheetOut(
            name=_("Left"),
            headers=(_("Day"), _("Contingency"), _("Management reserve")),
            rows=burn,
        ),
    ]  # fmt: skip


def orders_panel(project: Project, as_of: date) -> Data | None:
    """Return what is ordered and not invoiced yet, by order; None without any."""
    orders = orders_of(project=project, as_of=as_of)
    if not orders:
        return None
    names = {row.pk: row for row in project.commitments.filter(pk__in=[one.pk for one in orders])}
    unit = project.currency
    ordered = sum((one.ordered for one in orders), ZERO)
    booked = sum((one.booked for one in orders), ZERO)
    left = sum((one.open for one in orders), ZERO)
    return {
        "unit": unit,
        "tiles": [
            tile("ordered", _("Ordered"), amount_text(ordered, unit, digits=0), amount=text_of(ordered)),
            tile("invoiced", _("Invoiced"), amount_text(booked, unit, digits=0), amount=text_of(booked)),
            tile(
                "committed", _("Committed"), amount_text(left, unit, digits=0),
                explanation=_("Ordered and not invoiced yet."), amount=text_of(left),
            ),
        ],
        "rows": [
            {
                "name": f"{names[one.pk]}: {names[one.pk].description}",
                "ordered": text_of(one.ordered),
                "booked": text_of(one.booked),
                "open": text_of(one.open),
                "expected_on": one.expected_on.isoformat() if one.expected_on else None,
            }
            for one in orders
        ],
    }  # fmt: skip


def present_orders(data: Data) -> Data:
    """Return the largest orders with amounts in words."""
    unit = data["unit"]
    kept, more = largest(data["rows"], "ordered", "booked")
    rows = [
        row
        | {f"{name}_text": cell(number_of(row[name]), unit) for name in ("ordered", "booked", "open")}
        | {
            "expected_text": day_text(date.fromisoformat(row["expected_on"]))
            if row["expected_on"]
            else not_available()
        }
        for row in kept
    ]
    return shown(data | {"rows": rows, "more": more})


def order_sheets(data: Data) -> list[SheetOut]:
    """Return the orders as a table."""
    headers = (
        _("Order ({unit})").format(unit=data["unit"]), _("Ordered"), _("Invoiced"), _("Committed"), _("Expected"),
    )  # fmt: skip
    rows = [
        (
            row["name"], number_of(row["ordered"]), number_of(row["booked"]), number_of(row["open"]),
            date.fromisoformat(row["expected_on"]) if row["expected_on"] else None,
        )
        for row in data["rows"]
    ]  # fmt: skip
    return [SheetOut(name=_("Orders"), headers=headers, rows=rows)]


CONTROL_PANELS = (
    Panel(
        key="orders",
        title=lazy("Orders"),
        template="panels/orders.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=82,
        permission="cost.view",
        data=orders_panel,
        present=present_orders,
        sheets=order_sheets,
        is_wide=True,
    ),
    Panel(
        key="reserves",
        title=lazy("Reserves"),
        template="panels/reserves.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=84,
        permission="cost.view",
        data=reserves_data,
        present=present_reserves,
        things=reserve_things,
        sheets=reserve_sheets,
        is_wide=True,
    ),
)
