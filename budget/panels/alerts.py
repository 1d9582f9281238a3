"""What is beyond its line, and how promptly it is dealt with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from budget.choices import Severity
from budget.models import Alert
from budget.panels.shared import EVERYWHERE, ONLY_TEAM, Data
from budget.presenting import percent_text, shown, text_of, tile
from budget.selectors.alerts import promptness_of, sentence_of, title_of
from implement.core.money import day_text, format_number, not_available
from implement.core.tabular import SheetOut
from projects.kit import panels
from projects.kit.panels import Panel
from projects.models import Project
from projects.planning import end_of_day, zone_of

MOST_ALERTS = 12


def alerts_panel(project: Project, as_of: date) -> Data | None:
    """Return the open alerts, the worst first, and how promptly they are dealt with; None without any."""
    return _alerts(project, as_of, needs_cost=True)


def alerts_plain_panel(project: Project, as_of: date) -> Data | None:
    """Return the same without what is about cost."""
    return _alerts(project, as_of, needs_cost=False)


def _alerts(project: Project, as_of: date, *, needs_cost: bool) -> Data | None:
    end = end_of_day(project, as_of)
    rows = (
        Alert.objects.filter(project=project, first_seen__lt=end)
        .filter(Q(closed_at=None) | Q(closed_at__gte=end))
        .select_related("task", "person", "owner")
        .order_by("severity", "first_seen", "pk")
    )
    if not needs_cost:
        rows = rows.filter(needs_cost=False)
    tiles = promptness_tiles(project, as_of, needs_cost=needs_cost)
    found = list(rows)
    if not found and all(one["text"] == not_available() for one in tiles):
        return None
    return {
        "tiles": tiles,
        "count": len(found),
        "rows": [
            {
                "id": alert.pk,
                "is_bygone": alert.is_bygone,
                "title": title_of(alert),
                "found": sentence_of(alert),
                "severity": str(alert.get_severity_display()),
                "tone": Severity(alert.severity).tone,
                "since": alert.first_seen.astimezone(zone_of(project)).date().isoformat(),
                "state": str(alert.get_state_display()),
                "owner": alert.owner.name if alert.owner else "",
                "action": alert.action,
                "due_on": alert.due_on.isoformat() if alert.due_on else None,
            }
            for alert in found
        ],
    }


def promptness_tiles(project: Project, as_of: date, *, needs_cost: bool) -> list[Data]:
    """Return how promptly alerts are dealt with, as tiles."""
    found = promptness_of(project=project, as_of=as_of, needs_cost=needs_cost)
    over = _("Alerts first seen in the {days} days up to {day}: {count}.").format(
        days=found.days, day=day_text(as_of), count=found.count
    )
    tiles = []
    for key, label, spread, words in (
        (
            "acknowledged",
            _("Until acknowledged"),
            found.acknowledged,
            _("Median time from first seen to acknowledged."),
        ),
        (
            "planned",
            _("Until an action"),
            found.planned,
            _("Median time from first seen to a planned action."),
        ),
        ("closed", _("Until closed"), found.closed, _("Median time from first seen to cleared or resolved.")),
    ):
        text, note = hours_words(spread)
        tiles.append(tile(key, label, text, explanation=f"{words} {over}", note=note))
    share = _(
        "Share that had an action, or was gone, within {hours} hours; of those for which that time is over."
    )
    tiles.append(
        tile(
            "in_time",
            _("Dealt with in time"),
            percent_text(found.in_time),
            explanation=f"{share.format(hours=found.target)} {over}",
            note=_("Within {hours} hours").format(hours=found.target),
            amount=text_of(found.in_time),
        )
    )
    return tiles


def hours_words(spread: tuple[Decimal, Decimal] | None) -> tuple[str, str]:
    """Return the median in words, and the worst as a note; a day or more is said in days."""

    def said(hours: Decimal) -> str:
        if hours >= 48:
            return _("{count} days").format(count=format_number(hours / 24, digits=1))
        return _("{count} h").format(count=format_number(hours, digits=1))

    if spread is None:
        return not_available(), ""
    return said(spread[0]), _("At worst {span}").format(span=said(spread[1]))


def present_alerts(data: Data) -> Data:
    """Return the gravest alerts with their days as days again.

    What finished tasks have taken is counted only: a reader's eye belongs to what can still be helped.
    """
    acting = [row for row in data["rows"] if not row.get("is_bygone")]
    rows = [
        row
        | {
            "since": date.fromisoformat(row["since"]),
            "due_on": date.fromisoformat(row["due_on"]) if row["due_on"] else None,
        }
        for row in acting[:MOST_ALERTS]
    ]
    bygone = len(data["rows"]) - len(acting)
    return shown(data | {"rows": rows, "count": data["count"] - bygone, "bygone": bygone})


def alert_things(data: Data) -> panels.Figures:
    """Return how each open alert stands: one that is new, or has gone, is told."""
    return [(row["title"], row["state"]) for row in data["rows"]]


def alert_sheets(data: Data) -> list[SheetOut]:
    """Return all open alerts as a table."""
    heads = (
        _("Alert"),
        _("What was found"),
        _("Severity"),
        _("Since"),
        _("State"),
        _("Owner"),
        _("Action"),
        _("Due"),
    )
    rows = [
        (
            row["title"], row["found"], row["severity"], date.fromisoformat(row["since"]), row["state"], row["owner"],
            row["action"], date.fromisoformat(row["due_on"]) if row["due_on"] else None,
        )
        for row in data["rows"]
    ]  # fmt: skip
    return [SheetOut(name=_("Open alerts"), headers=heads, rows=rows)]


ALERTS_PANELS = (
    Panel(
        key="alerts",
        title=lazy("Alerts"),
        template="panels/alerts.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=15,
        permission="cost.view",
        data=alerts_panel,
        present=present_alerts,
        things=alert_things,
        sheets=alert_sheets,
        is_wide=True,
    ),
    Panel(
        key="alerts_plain",
        title=lazy("Alerts"),
        template="panels/alerts.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=15,
        permission="alerts.view",
        unless="cost.view",
        data=alerts_plain_panel,
        present=present_alerts,
        things=alert_things,
        sheets=alert_sheets,
        is_wide=True,
    ),
)
