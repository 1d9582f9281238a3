"""Change requests: original + approved = agreed, what is pending apart, and how each stands."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from budget.choices import CHANGE_PENDING, CHANGE_SHOWN, ChangeState
from budget.panels.shared import ONLY_CUSTOMER, ONLY_TEAM, REPORTS, Data
from budget.presenting import HOUR_UNIT, MOST_ROWS, amount_text, number_of, shown, text_of, tile
from budget.selectors.amounts import hours
from budget.selectors.changes import agreed_changes, changes_of, sums_by_change
from budget.selectors.contracts import original_fees
from budget.selectors.customer import agreed_hours
from implement.core.money import format_number, not_available
from implement.core.tabular import SheetOut
from projects.choices import CustomerBudget
from projects.kit import panels
from projects.kit.panels import Panel
from projects.models import Project

RECENT = (ChangeState.IMPLEMENTED, ChangeState.CLOSED, ChangeState.REJECTED, ChangeState.DEFERRED)


def change_tiles(project: Project, *, only_shown: bool, in_hours: bool = False) -> list[Data]:
    """Return original + approved changes = agreed, and pending apart, in the project's currency or in hours."""
    found = agreed_changes(project=project, only_shown=only_shown)
    if in_hours:
        unit, original = HOUR_UNIT, agreed_hours(project)
        added, pending = hours(found.seconds), hours(found.pending_seconds)
    else:
        unit, original = project.currency, original_fees(project=project)
        added, pending = found.price, found.pending_price

    def many(count: int) -> str:
        return ngettext("{count} change request", "{count} change requests", count).format(count=count)

    return [
        tile(
            "original",
            _("Original"),
            amount_text(original, unit),
            note=_("The hours of the contract") if in_hours else _("The fees of the contract"),
        ),
        tile(
            "approved",
            _("Approved changes"),
            amount_text(added, unit),
            note=many(found.count),
            explanation=_("The hours of what the customer has approved.")
            if in_hours
            else _("The price of what the customer has approved."),
            amount=text_of(added),
        ),
        tile(
            "agreed_now",
            _("Agreed now"),
            amount_text(None if original is None else original + added, unit),
            explanation=_("Original + approved changes."),
        ),
        tile(
            "pending",
            _("Pending changes"),
            amount_text(pending, unit),
            note=many(found.pending_count),
            explanation=_("The hours of what is not decided yet; in no other figure.")
            if in_hours
            else _("The price of what is not decided yet; in no other figure."),
            amount=text_of(pending),
        ),
    ]


def changes_panel(project: Project, as_of: date) -> Data | None:
    """Return the changes that are pending or agreed, with what they do to the agreed fees; None without any."""
    rows = _change_rows(project, only_shown=False, with_price=True)
    if not rows:
        return None
    return {"unit": project.currency, "tiles": change_tiles(project, only_shown=False), "rows": rows}


def customer_changes_panel(project: Project, as_of: date) -> Data | None:
    """Return the changes that the customer was asked about, with what they add to the fees or hours agreed."""
    with_price = project.customer_budget == CustomerBudget.FEES
    rows = _change_rows(project, only_shown=True, with_price=with_price)
    if not rows:
        return None
    in_hours = project.customer_budget == CustomerBudget.HOURS
    tiles = change_tiles(project, only_shown=True, in_hours=in_hours) if with_price or in_hours else []
    return {"unit": project.currency, "tiles": tiles, "rows": rows}


def _change_rows(project: Project, *, only_shown: bool, with_price: bool) -> list[Data]:
    states = CHANGE_SHOWN if only_shown else (*CHANGE_PENDING, *RECENT)
    rows = [change for change in changes_of(project=project) if change.status in states]
    known = sums_by_change(project=project) if rows else {}
    found = []
    for change in rows:
        sums = known[change.pk]
        found.append(
            {
                "key": change.key,
                "title": change.title,
                "state": str(change.get_status_display()),
                "tone": ChangeState(change.status).tone,
                "price": text_of(sums.price) if with_price else None,
                "days": sums.days,
            }
        )
    return found


def present_changes(data: Data) -> Data:
    """Return the changes with price and effect in words."""
    unit = data["unit"]
    latest = data["rows"][:MOST_ROWS]
    rows = [
        row
        | {
            "price_text": amount_text(number_of(row["price"]), unit),
            "days_text": not_available() if row["days"] is None else format_number(row["days"], digits=0),
        }
        for row in latest
    ]
    with_price = any(row["price"] is not None for row in rows)
    return shown(data | {"rows": rows, "with_price": with_price, "more": len(data["rows"]) - len(rows)})


def change_things(data: Data) -> panels.Figures:
    """Return how each change stands, the new ones and those that are gone, too."""
    return [(f"{row['key']} {row['title']}", row["state"]) for row in data["rows"]]


def change_sheets(data: Data) -> list[SheetOut]:
    """Return the changes as a table."""
    headers = (
        _("Key"),
        _("Change"),
        _("State"),
        _("Price in {unit}").format(unit=data["unit"]),
        _("Effect on the finish (working days)"),
    )
    rows = [
        (row["key"], row["title"], row["state"], number_of(row["price"]), row["days"]) for row in data["rows"]
    ]
    return [SheetOut(name=_("Changes"), headers=headers, rows=rows)]


CHANGES_PANELS = (
    Panel(
        key="changes",
        title=lazy("Change requests"),
        template="panels/changes.html",
        audiences=ONLY_TEAM,
        places=REPORTS,
        order=65,
        is_of_now=True,
        permission="money.view",
        data=changes_panel,
        present=present_changes,
        things=change_things,
        sheets=change_sheets,
        is_wide=True,
    ),
    Panel(
        key="customer_changes",
        title=lazy("Change requests"),
        template="panels/changes.html",
        audiences=ONLY_CUSTOMER,
        places=frozenset({"portal", "budget", "status"}),
        order=40,
        is_of_now=True,
        data=customer_changes_panel,
        present=present_changes,
        things=change_things,
        sheets=change_sheets,
        is_wide=True,
    ),
)
