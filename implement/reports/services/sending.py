"""Sending: one mail per recipient, with the PDF, at most once."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from implement.core.errors import DomainError, StateError
from implement.reports.choices import ReportState
from implement.reports.mails import report_mail
from implement.reports.models import Report, ReportDelivery
from implement.reports.services.drawing import FINAL, redraw
from implement.reports.services.people import check_recipients, planned_recipients
from implement.reports.workflows import REPORT_WORKFLOW, WORKER_STEPS
from projects.choices import DeliveryState
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.outbox import deliver, send_again
from projects.models import Person

log = structlog.get_logger(__name__)
DELIVER_TASK = "implement.reports.tasks.deliver_reports"


def poke_delivery() -> None:
    """Ask a worker to send now. A broker that is away is only logged: the next tick sends."""
    try:
        current_app.send_task(DELIVER_TASK, retry=False)
    except Exception as error:
        log.warning("report.poke_failed", error=str(error))


def queue_deliveries(*, report: Report, people: Iterable[Person]) -> int:
    """Write one delivery per address that has none yet; return how many are new.

    Raises DomainError when somebody may not get this edition.
    """
    chosen = list(people)
    check_recipients(project=report.project, audience=report.audience, people=chosen)
    there = {address.lower() for address in report.deliveries.values_list("address", flat=True)}
    now = timezone.now()
    new = {
        person.email.lower(): ReportDelivery(report=report, person=person, address=person.email, due_at=now)
        for person in chosen
        if person.email.lower() not in there
    }
    # Two presses at once: the constraint on (report, address) keeps one.
    ReportDelivery.objects.bulk_create(new.values(), ignore_conflicts=True)
    return len(new)


def report_send(*, report: Report, entry: Entry, people: Iterable[Person] | None = None) -> int:
    """Approve a draft, and mail it; return to how many. Default: the schedule's recipients.

    A report that has been sent can be sent to more people; nobody gets it twice. Words that nobody reviewed
    may be sent, and the report says so. Raises StateError when it cannot be sent now, DomainError for a
    recipient who may not get it, or when there is none.
    """
    entry.require("reports.send")
    report.refresh_from_db(fields=["state", "version"])
    if report.state != ReportState.DRAFT and report.state not in FINAL:
        raise StateError(f"This report is {report.get_state_display().lower()}: it cannot be sent.")
    chosen = (
        planned_recipients(project=report.project, kind=report.kind, audience=report.audience)
        if people is None
        else list(people)
    )
    if not chosen:
        message = "Choose at least one person to send it to."
        raise DomainError(message, fields={"recipients": message})
    check_recipients(project=report.project, audience=report.audience, people=chosen)
    with transaction.atomic():
        if report.state == ReportState.DRAFT:
            REPORT_WORKFLOW.perform(name="approve", item=report, entry=entry)
            redraw(report=report, actor=entry.user)
        count = queue_deliveries(report=report, people=chosen)
        if not count:
            raise StateError("It has been sent, or is on its way, to all of these people already.")
        names = ", ".join(sorted(person.name for person in chosen))
        record(
            action="report.sending",
            target=report,
            actor=entry.user,
            project=report.project,
            changes={"recipients": ("", names[:500])},
        )
        transaction.on_commit(poke_delivery, robust=True)
    return count


def deliver_reports() -> int:
    """Send the mails that are due; return how many were sent. Any number of workers may do this at once."""
    due = ReportDelivery.objects.filter(report__is_pdf_current=True, report__state__in=FINAL)
    due = due.select_related("report__project__customer", "report__snapshot", "person")
    count = deliver(queryset=due, build=report_mail)
    settle_reports()
    return count


def settle_reports() -> int:
    """Mark approved reports as sent once the mail server has taken every mail of them; return how many."""
    mails = ReportDelivery.objects.filter(report=OuterRef("pk"))
    complete = Report.objects.filter(
        Exists(mails), ~Exists(mails.exclude(state=DeliveryState.SENT)), state=ReportState.APPROVED
    )
    sources, target = WORKER_STEPS["deliver"]
    count = 0
    for report in complete.select_related("project")[:200]:
        with transaction.atomic():
            now = timezone.now()
            moved = Report.objects.filter(pk=report.pk, state__in=sources).update(
                state=target, sent_at=now, updated_at=now, version=F("version") + 1
            )
            if moved:
                count += 1
                record(
                    action="report.delivered",
                    target=report,
                    actor=None,
                    project=report.project,
                    audience=report.audience,
                )
    return count


def delivery_send_again(*, delivery: ReportDelivery, entry: Entry) -> None:
    """Queue a mail again that failed, or of which nobody knows whether it arrived: a person's decision.

    Raises StateError for a replaced report, DomainError when the mail is on its way or the person may not
    get it any more.
    """
    entry.require("reports.send")
    report = delivery.report
    if report.state not in FINAL:
        raise StateError(f"This report is {report.get_state_display().lower()}: it cannot be sent.")
    if delivery.person is None:
        raise DomainError("This person is not known any more.")
    check_recipients(project=report.project, audience=report.audience, people=[delivery.person])
    with transaction.atomic():
        send_again(row=delivery)
        record(
            action="reportdelivery.again",
            target=report,
            actor=entry.user,
            project=report.project,
            changes={"recipient": ("", delivery.address)},
        )
        transaction.on_commit(poke_delivery, robust=True)
