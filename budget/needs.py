"""What of time and money needs somebody, and how the budget stands."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from budget.choices import AlertState, EntryState, Measure, Severity
from budget.models import (
    Alert,
    AlertSettings,
    Approver,
    BudgetSettings,
    Expense,
    RateCard,
    StandIn,
    TimeEntry,
)
from budget.selectors import earned_value
from budget.selectors.alerts import visible_alerts
from budget.selectors.chain import chain_of, left_to_others
from budget.selectors.load import over_ahead
from budget.services.time import monday_of
from implement.core.money import format_number
from projects.kit import needs, setup, stations
from projects.kit.access import Entry
from projects.kit.needs import Need
from projects.kit.places import PLACES
from projects.kit.setup import Step
from projects.kit.stations import Standing
from projects.models import Baseline
from projects.planning import today_of

REJECTED_SIZE = 500
KINDS = (
    ("time", TimeEntry, "time entr{} to approve", ("y", "ies")),
    ("expenses", Expense, "expense{} to approve", ("", "s")),
)


@needs.source
def approvals(entry: Entry) -> list[Need]:
    """Return the hours and expenses that this person may approve, never their own; two queries."""
    found = []
    url = reverse("approvals", args=[entry.project.code])
    for room, model, words, endings in KINDS:
        if not entry.can(f"{room}.approve"):
            continue
        waiting = model.objects.filter(project=entry.project).waiting()  # type: ignore[attr-defined]
        count = waiting.exclude(left_to_others(entry=entry)).count()
        found.append(Need(f"{room}.approve", words.format(endings[count != 1]), "moving", count, url))
    return found


@needs.source
def named_approvals(entry: Entry) -> list[Need]:
    """Return what waits for somebody who decides by name or in somebody's place; one query for who does neither."""
    person = entry.person
    if person is None or entry.can("time.approve") or not entry.can("time.decide"):
        return []
    named = Approver.objects.filter(project=entry.project, approver=person).values("pk")
    stands_in = StandIn.objects.filter(project=entry.project, delegate=person).values("pk")
    if not named.union(stands_in).exists():
        return []
    chain, url = chain_of(project=entry.project), reverse("approvals", args=[entry.project.code])
    found = []
    for room, model, words, endings in KINDS:
        waiting = model.objects.filter(project=entry.project).waiting().select_related("person")  # type: ignore[attr-defined]
        count = sum(chain.refusal(row, entry) is None for row in waiting)
        found.append(Need(f"{room}.approve", words.format(endings[count != 1]), "moving", count, url))
    return found


@needs.source
def rejected(entry: Entry) -> list[Need]:
    """Return the person's own hours and expenses that came back; two queries."""
    if entry.person is None:
        return []
    found = []
    if entry.can("time.log"):
        days = TimeEntry.objects.filter(
            project=entry.project, person=entry.person, status=EntryState.REJECTED
        ).order_by("worked_on")
        worked = list(days.values_list("worked_on", flat=True)[:REJECTED_SIZE])
        week = f"?week={monday_of(worked[0]).isoformat()}" if worked else ""
        words = "of your time entries rejected"
        found.append(Need("time.rejected", words, "watch", len(worked), reverse("timesheet") + week))
    if entry.can("expenses.log"):
        count = Expense.objects.filter(
            project=entry.project, person=entry.person, status=EntryState.REJECTED
        ).count()
        url = reverse("expense_list", args=[entry.project.code]) + "?status=rejected"
        found.append(Need("expenses.rejected", "of your expenses rejected", "watch", count, url))
    return found


@needs.source
def unsubmitted(entry: Entry) -> list[Need]:
    """Return the person's own drafts of weeks that are over, with the way to the oldest; one query."""
    if entry.person is None or not entry.can("time.log"):
        return []
    drafts = list(
        TimeEntry.objects.filter(
            project=entry.project,
            person=entry.person,
            status=EntryState.DRAFT,
            worked_on__lt=monday_of(today_of(entry.project)),
        )
        .order_by("worked_on")
        .values_list("worked_on", flat=True)
    )
    weeks = sorted({monday_of(day) for day in drafts})
    words = "past week of hours not submitted" if len(weeks) == 1 else "past weeks of hours not submitted"
    url = reverse("timesheet") + (f"?week={weeks[0].isoformat()}" if weeks else "")
    return [Need("time.unsubmitted", words, "watch", len(weeks), url)]


@needs.source
def over_budget(entry: Entry) -> list[Need]:
    """Return the tasks whose approved cost is over their baseline budget; the selector's own figures."""
    if not (entry.can("cost.view") and entry.can("budget.view")):
        return []
    figures = earned_value(project=entry.project, as_of=today_of(entry.project))
    over = [
        row
        for row in figures.by_task
        if row.task_id
        and not row.is_rollup
        and row.bac is not None
        and row.ac is not None
        and row.ac > row.bac
    ]
    count = len(over)
    url = reverse("task_list", args=[entry.project.code])
    return [Need("budget.over", f"task{'s' if count != 1 else ''} over budget", "watch", count, url)]


@needs.source
def alerts(entry: Entry) -> list[Need]:
    """Return the alerts that nobody has acknowledged, the person's own actions that are due, and, for who looks after
    them, what was acknowledged and forgotten and whose action is overdue; two queries."""
    if not entry.can("alerts.view"):
        return []
    today, url = today_of(entry.project), reverse("alert_list", args=[entry.project.code])
    open_ones = list(visible_alerts(entry).open())
    due = [row for row in open_ones if row.due_on is not None and row.due_on <= today]
    me = entry.person.pk if entry.person else None
    mine = sum(me is not None and row.owner_id == me for row in due)
    words = f"of your actions on alerts {'is' if mine == 1 else 'are'} due"
    found = [Need("alerts.due", words, "watch", mine, f"{url}?owner={me}&show=open")]
    if entry.can("alerts.change"):
        late = sum(row.owner_id != me and row.due_on != today for row in due)
        words = f"overdue action{'s' if late != 1 else ''} of others on alerts"
        found.append(Need("alerts.late", words, "watch", late, f"{url}?show=late"))
        found.extend(_unattended(entry, open_ones, url))
    return found


def _unattended(entry: Entry, rows: list[Alert], url: str) -> list[Need]:
    """Return the alerts that nobody has acknowledged, and those that somebody has, and then forgot; one query.

    What cannot be helped any more waits for nobody.
    """
    settings = AlertSettings.objects.filter(project=entry.project).first() or AlertSettings()
    long_ago = timezone.now() - timedelta(hours=settings.act_hours)
    fresh = [row for row in rows if row.state == AlertState.OPEN and not row.is_bygone]
    forgotten = [
        row
        for row in rows
        if row.state == AlertState.ACKNOWLEDGED
        and not row.is_bygone
        and row.acknowledged_at
        and row.acknowledged_at < long_ago
    ]
    tone = "trouble" if any(row.severity == Severity.TROUBLE for row in fresh) else "watch"
    to_do, left = (
        f"alert{'s' if len(some) != 1 else ''} {words}"
        for some, words in (
            (fresh, "to acknowledge"),
            (forgotten, "acknowledged long ago, without an action"),
        )
    )
    return [
        Need("alerts.new", to_do, tone, len(fresh), f"{url}?state=open&show=acting"),
        Need("alerts.forgotten", left, "watch", len(forgotten), f"{url}?state=acknowledged&show=acting"),
    ]


@needs.source
def over_allocated(entry: Entry) -> list[Need]:
    """Return who has more to do than time in one of the next four weeks, on all their projects."""
    if not entry.can("load.view"):
        return []
    people = over_ahead(project=entry.project, as_of=today_of(entry.project))
    words = "person over-allocated" if len(people) == 1 else "people over-allocated"
    url = reverse("project_load", args=[entry.project.code]) + "?show=over"
    return [Need("load.over", f"{words} in the next 4 weeks", "watch", len(people), url)]


@setup.step("rates", order=40)
def rates_step(entry: Entry) -> Step | None:
    """Ask what an hour costs: without a rate no amount is known."""
    if not entry.can("rates.change"):
        return None
    known = RateCard.objects.filter(project=entry.project).exists()
    return Step(
        "Say what an hour costs and what is billed",
        reverse("ratecard_list", args=[entry.project.code]),
        known,
    )


@setup.step("agreed", order=50)
def agreed_step(entry: Entry) -> Step | None:
    """Ask what was agreed with the customer."""
    if not entry.can("budget.change"):
        return None
    settings = BudgetSettings.objects.filter(project=entry.project).first()
    agreed = settings is not None and (settings.agreed_fees is not None or settings.agreed_hours is not None)
    return Step(
        "Say what was agreed with the customer", reverse("budget_settings", args=[entry.project.code]), agreed
    )


@setup.step("baseline", order=60)
def baseline_step(entry: Entry) -> Step | None:
    """Ask for the baseline that progress is measured against."""
    if not entry.can("plan.change"):
        return None
    taken = Baseline.objects.filter(project=entry.project).exists()
    return Step(
        "Take the agreed plan as a baseline", reverse("baseline_list", args=[entry.project.code]), taken
    )


@stations.stop("budget", "Budget", order=80)
def budget_standing(entry: Entry, as_of: date) -> Standing | None:
    """Return how the budget stands by its indices: in cost, or in hours for who may not see cost."""
    if not entry.can("budget.view"):
        return None
    measure = Measure.COST if entry.can("cost.view") else Measure.HOURS
    figures = earned_value(project=entry.project, as_of=as_of, measure=measure)
    place = PLACES.get("budget")
    url = reverse(
        place.url_name if place and entry.can(place.permission) else "timeentry_list",
        args=[entry.project.code],
    )
    value = figures.value
    if figures.reason:
        return Standing("moving" if value.ac else "waiting", figures.reason.split(". ")[0].rstrip("."), url)
    indices = f"CPI {format_number(value.cpi)}, SPI {format_number(value.spi)}"
    if figures.health == "trouble":
        return Standing("trouble", indices, url)
    if value.ev is not None and value.bac and value.ev >= value.bac:
        return Standing("done", indices, url)
    return Standing("moving", indices, url)
