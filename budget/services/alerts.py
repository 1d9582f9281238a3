"""Evaluating the rules, closing what is good again, telling people, planning what is done about it.

Any number of workers may evaluate at once: a project is claimed for a while by one conditional UPDATE, and of a
rule and subject there is one open alert, by a constraint. A worker that dies leaves a claim that runs out.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from budget.choices import ALERT_OPEN, AlertRule, AlertState, Severity
from budget.models import Alert, AlertDigest, AlertSettings
from budget.selectors.alerts import digest_alerts
from budget.selectors.findings import Finding, Findings, findings_of
from implement.accounts.models import User
from implement.core.asked import asked_once
from implement.core.errors import DomainError, StateError
from projects.choices import ProjectStatus, Role
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.models import JournalEntry, Person, Project
from projects.planning import end_of_day, today_of, zone_of
from projects.services import plan_lock

log = structlog.get_logger(__name__)
REPEAT = timedelta(hours=24)
CLAIM = timedelta(minutes=5)
DIGEST_HOUR = 7
RANK = {Severity.WATCH: 0, Severity.TROUBLE: 1}
FIGURES = ("severity", "value", "limit", "needs_cost")


def settings_of(project: Project) -> AlertSettings:
    """Return a project's alert settings, made with the usual lines when there are none."""
    return AlertSettings.objects.get_or_create(project=project)[0]


def managers_of(project: Project) -> list[User]:
    """Return the logins of a project's managers."""
    return list(
        User.objects.filter(
            is_active=True, person__memberships__project=project, person__memberships__role=Role.MANAGER,
            person__memberships__is_active=True,
        ).distinct()
    )  # fmt: skip


# --- Evaluating -----------------------------------------------------------------------------------------
def alerts_evaluate(*, project: Project, as_of: date | None = None) -> int:
    """Raise, refresh and clear a project's alerts by its figures at the end of a day (today); return what changed.

    Doing it twice changes nothing. No data neither raises nor clears. On a closed project nobody acts any more:
    nothing is beyond its line there, and what was open is cleared.
    """
    settings = settings_of(project)
    day = as_of or today_of(project)
    said = Findings()
    if project.status != ProjectStatus.CLOSED:
        with asked_once():
            said = findings_of(project=project, as_of=day, settings=settings)
    with transaction.atomic():
        plan_lock(project)
        return _settle(project, said, timezone.now())


def _settle(project: Project, said: Findings, now: datetime) -> int:
    """Bring the open alerts in line with what was found; return how many were raised, worsened or cleared."""
    there = {(alert.rule, alert.subject): alert for alert in Alert.objects.open().filter(project=project)}
    changed = 0
    loud: list[Alert] = []
    for key, finding in said.found.items():
        alert = there.pop(key, None)
        if alert is None:
            changed += _raise(project, finding, now, loud)
        else:
            changed += _refresh(alert, finding, now, loud)
    for key, alert in there.items():
        if key not in said.unknown:
            changed += 1
            _clear(alert, now)
    _tell(project, loud, now)
    return changed


def _values(finding: Finding) -> dict[str, object]:
    return {
        "severity": finding.severity,
        "value": round(finding.value, 4),
        "limit": round(finding.limit, 4),
        "needs_cost": finding.needs_cost,
    }


def _raise(project: Project, finding: Finding, now: datetime, loud: list[Alert]) -> int:
    """Open an alert, or again the one that cleared by itself within the last day; return 1.

    0 when a person has resolved the very same within that day.
    """
    last = (
        Alert.objects.filter(project=project, rule=finding.rule, subject=finding.subject)
        .exclude(state__in=ALERT_OPEN)
        .order_by("-closed_at")
        .first()
    )
    is_recent = last is not None and last.closed_at is not None and now - last.closed_at < REPEAT
    is_worse = last is not None and RANK[Severity(finding.severity)] > RANK[Severity(last.severity)]
    if is_recent and not is_worse and last is not None and last.state == AlertState.RESOLVED:
        return 0
    if is_recent and last is not None and last.state == AlertState.CLEARED:
        alert = _reopen(last, finding, now)
    else:
        alert = Alert.objects.create(
            project=project,
            rule=finding.rule,
            subject=finding.subject,
            task_id=finding.task_id,
            person_id=finding.person_id,
            first_seen=now,
            last_seen=now,
            **_values(finding),
        )
        _note(alert)
    # What flickers about its line is not told anew every time.
    if not is_recent or is_worse:
        loud.append(alert)
    return 1


def _reopen(alert: Alert, finding: Finding, now: datetime) -> Alert:
    """Take up again what had cleared by itself, where it stood: with its age, its owner and what is planned."""
    state = AlertState.OPEN
    if alert.owner_id and alert.action and alert.due_on:
        state = AlertState.PLANNED
    elif alert.acknowledged_at:
        state = AlertState.ACKNOWLEDGED
    Alert.objects.filter(pk=alert.pk).update(
        state=state,
        closed_at=None,
        last_seen=now,
        updated_at=now,
        version=F("version") + 1,
        **_values(finding),
    )
    alert.refresh_from_db()
    record(action="alert.reopened", target=alert, actor=None, project=alert.project)
    return alert


def _refresh(alert: Alert, finding: Finding, now: datetime, loud: list[Alert]) -> int:
    """Note today's figure on an open alert; return 1 when it has become worse."""
    is_worse = RANK[Severity(finding.severity)] > RANK[Severity(alert.severity)]
    values = _values(finding)
    differs = any(getattr(alert, name) != values[name] for name in FIGURES)
    fresh = {"last_seen": now} | (
        values | {"version": F("version") + 1, "updated_at": now} if differs else {}
    )
    Alert.objects.filter(pk=alert.pk).update(**fresh)
    if is_worse:
        alert.refresh_from_db()
        _note(alert)
        loud.append(alert)
    return int(is_worse)


def _clear(alert: Alert, now: datetime) -> None:
    Alert.objects.filter(pk=alert.pk, state__in=ALERT_OPEN).update(
        state=AlertState.CLEARED, closed_at=now, updated_at=now, version=F("version") + 1
    )
    record(action="alert.cleared", target=alert, actor=None, project=alert.project)


def _note(alert: Alert) -> None:
    record(
        action="alert.raised",
        target=alert,
        actor=None,
        project=alert.project,
        changes={"severity": ("", alert.get_severity_display())},
    )


def _tell(project: Project, alerts: list[Alert], now: datetime) -> None:
    """Tell the project's managers in the product, in one notice however many there are; the daily mail follows."""
    if not alerts:
        return
    record(
        action="alert.found",
        target=alerts[0] if len(alerts) == 1 else project,
        actor=None,
        project=project,
        changes={"alerts": (None, len(alerts))},
        notify=managers_of(project),
    )
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(notified_at=now)


def alerts_due(*, now: datetime | None = None, limit: int = 25) -> int:
    """Evaluate the projects in which something has happened, or a day of theirs has begun; return how many.

    What happened is read from the journal, so no change has to know of alerts, nor to wait for them. A closed
    project is looked at until it has no open alert.
    """
    now = now or timezone.now()
    running = Project.objects.exclude(status=ProjectStatus.CLOSED)
    missing = running.filter(alert_settings=None).values_list("pk", flat=True)[:500]
    AlertSettings.objects.bulk_create((AlertSettings(project_id=pk) for pk in missing), ignore_conflicts=True)
    last = (
        JournalEntry.objects.filter(project=OuterRef("project"))
        # What the evaluation itself says; a line that somebody moves is "alertsettings.changed".
        .exclude(action__startswith="alert.")
        .order_by("-pk")
        .values("pk")[:1]
    )
    still = Alert.objects.open().filter(project=OuterRef("project"))
    # Hours that are missing here may have been written on another project.
    elsewhere = still.filter(
        rule=AlertRule.TIMESHEET, person__timeentrys__updated_at__gt=OuterRef("evaluated_at")
    )
    waiting = (
        AlertSettings.objects.filter(Q(project__in=running) | Exists(still))
        .annotate(last=Coalesce(Subquery(last), 0))
        .filter(
            Q(last__gt=F("journal_seen")) | Q(day_ends_at__lte=now) | Q(day_ends_at=None) | Exists(elsewhere)
        )
        .filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
        .select_related("project__calendar", "project__customer")
        .order_by(F("evaluated_at").asc(nulls_first=True), "pk")
    )
    return sum(_evaluate_claimed(row, now) for row in waiting[:limit])


def _evaluate_claimed(row: AlertSettings, now: datetime) -> int:
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    if not AlertSettings.objects.filter(free, pk=row.pk).update(claimed_until=timezone.now() + CLAIM):
        return 0
    seen = row.last  # type: ignore[attr-defined]
    try:
        alerts_evaluate(project=row.project)
    except Exception as error:
        # One project's trouble is not the others'. The claim runs out, and it is tried again.
        log.exception("alerts.failed", project=row.project.code, error=str(error))
        return 0
    AlertSettings.objects.filter(pk=row.pk).update(
        journal_seen=seen,
        day_ends_at=end_of_day(row.project, now.astimezone(zone_of(row.project)).date()),
        evaluated_at=timezone.now(),
        claimed_until=None,
    )
    return 1


# --- Escalating and the daily mail -----------------------------------------------------------------------
def alerts_escalate(*, now: datetime | None = None) -> int:
    """Tell managers and administrators of what nobody has acknowledged in time, once; return how many were told of.

    What cannot be helped any more is not escalated. However many alerts of a project are late at a time, it is one
    notice and one mail to each person.
    """
    now = now or timezone.now()
    late = (
        Alert.objects.of_running()
        .acting()
        .filter(state=AlertState.OPEN, escalated_at=None)
        .select_related("project__alert_settings")
    )
    by_project: dict[Project, list[Alert]] = defaultdict(list)
    for alert in late.order_by("pk")[:500]:
        patience = timedelta(hours=settings_of(alert.project).escalate_hours)
        if now - alert.first_seen >= patience:
            by_project[alert.project].append(alert)
    administrators = list(User.objects.filter(is_administrator=True, is_active=True))
    return sum(_escalate(project, alerts, administrators, now) for project, alerts in by_project.items())


@transaction.atomic
def _escalate(project: Project, alerts: list[Alert], administrators: list[User], now: datetime) -> int:
    """Escalate what is still nobody's, of one project; return how many. Two at once escalate each alert once."""
    open_ids = [alert.pk for alert in alerts]
    stored = Alert.objects.select_for_update().filter(
        pk__in=open_ids, state=AlertState.OPEN, escalated_at=None
    )
    taken = list(stored.order_by("pk"))
    if not taken:
        return 0
    Alert.objects.filter(pk__in=[alert.pk for alert in taken]).update(escalated_at=now)
    several = len(taken) > 1
    everybody = [*managers_of(project), *administrators]
    for alert in taken:
        record(
            action="alert.escalated",
            target=alert,
            actor=None,
            project=project,
            notify=[] if several else everybody,
            by_email=True,
        )
    if several:
        record(
            action="alert.escalated_many",
            target=project,
            actor=None,
            project=project,
            changes={"alerts": (None, len(taken))},
            notify=everybody,
            by_email=True,
        )
    return len(taken)


def digests_queue(*, now: datetime | None = None) -> int:
    """Queue the day's mail for everybody to whom an alert is new since their last one; return how many.

    From seven o'clock UTC on, once per person and day, however many beats there are.
    """
    now = now or timezone.now()
    if now.hour < DIGEST_HOUR:
        return 0
    people = (
        User.objects.filter(is_active=True)
        .exclude(email="")
        .filter(
            person__memberships__is_active=True,
            person__memberships__role__in=[Role.MANAGER, Role.FINANCE],
            person__memberships__project__alerts__state__in=ALERT_OPEN,
        )
        .exclude(alert_digests__day=now.date())
        .annotate(last=Max("alert_digests__due_at"))
        .distinct()
    )
    count = 0
    for user in people[:500]:
        since = user.last or now - REPEAT
        if not digest_alerts(user=user, since=since).exists():
            continue
        _row, is_new = AlertDigest.objects.get_or_create(
            user=user, day=now.date(), defaults={"address": user.email, "due_at": now, "since": since}
        )
        count += is_new
    return count


# --- What people do --------------------------------------------------------------------------------------
@transaction.atomic
def alert_plan(
    *, alert: Alert, owner: Person | None, action: str, due_on: date | None, entry: Entry
) -> Alert:
    """Say what is done about an open alert, by whom and until when; said again, it replaces what was said.

    Raises DomainError by field, StateError when the alert was closed meanwhile.
    """
    entry.require("alerts.change")
    fields = {}
    if owner is None or not Person.objects.on(alert.project).filter(pk=owner.pk, customer=None).exists():
        fields["owner"] = "Choose somebody of the firm who is on the project."
    if not action.strip():
        fields["action"] = "Say what is done."
    if due_on is None:
        fields["due_on"] = "Say until when."
    if fields or owner is None:
        raise DomainError("An action has an owner, words and a due date.", fields=fields)
    now = timezone.now()
    before = alert.action
    taken = Alert.objects.filter(pk=alert.pk, state__in=ALERT_OPEN).update(
        state=AlertState.PLANNED,
        owner=owner,
        action=action.strip()[:500],
        due_on=due_on,
        planned_at=alert.planned_at or now,
        acknowledged_at=alert.acknowledged_at or now,
        acknowledged_by=alert.acknowledged_by or entry.user,
        updated_at=now,
        version=F("version") + 1,
    )
    if not taken:
        raise StateError("This alert was closed meanwhile.")
    alert.refresh_from_db()
    record(
        action="alert.planned",
        target=alert,
        actor=entry.user,
        project=alert.project,
        changes={"action": (before, alert.action), "owner": ("", owner), "due": ("", due_on)},
        notify=[owner.user] if owner.user else [],
    )
    return alert
