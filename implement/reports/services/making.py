"""Making reports: asked for by a person or a schedule, done by a worker, safe to be done twice."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation

from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from implement.reports.choices import LANGUAGES, ReportKind, ReportState
from implement.reports.models import Report, ReportDelivery, ReportSchedule, Snapshot
from implement.reports.narrative import prefilled
from implement.reports.pdf import render_pdf
from implement.reports.periods import Rhythm, due_periods
from implement.reports.services.drawing import FINAL, GENERATE, redraw
from implement.reports.services.people import planned_recipients
from implement.reports.services.sending import poke_delivery, queue_deliveries
from implement.reports.snapshots import snapshot_read, snapshot_take
from implement.reports.workflows import REPORT_WORKFLOW, WORKER_STEPS
from projects.choices import Audience, DeliveryState, ProjectStatus, Role
from projects.kit.access import Entry
from projects.kit.jobs import Overtaken, Running, enqueue
from projects.kit.journal import record
from projects.models import Job, Project

log = structlog.get_logger(__name__)
LONGEST_PERIOD = timedelta(days=92)


# --- Asking ---------------------------------------------------------------------------------------------
def check_period(project: Project, start: date, end: date) -> None:
    """Raise DomainError for a period that is empty, too long, or not over yet."""
    today = timezone.now().astimezone(ZoneInfo(project.time_zone)).date()
    if end <= start:
        raise DomainError("The period is empty.", fields={"period_to": "This is before the first day."})
    if end - start > LONGEST_PERIOD:
        raise DomainError(
            "The period is too long.", fields={"period_to": f"At most {LONGEST_PERIOD.days} days."}
        )
    if end > today + timedelta(days=1):
        raise DomainError(
            "The period is not over yet.", fields={"period_to": f"Today, {today:%d %b %Y}, at the latest."}
        )


def usual_language(*, project: Project, kind: str, audience: str) -> str:
    """Return the language of an edition's schedule, or English without one."""
    schedules = ReportSchedule.objects.filter(project=project, kind=kind, audience=audience)
    return schedules.values_list("language", flat=True).first() or settings.LANGUAGE_CODE


def report_create(
    *,
    project: Project,
    kind: str,
    audience: str,
    start: date,
    end: date,
    actor: User | None,
    schedule: ReportSchedule | None,
    language: str = "",
) -> Report:
    """Write a report and its job together, in the language asked for, or else in the edition's usual one.

    Raises IntegrityError when the period has one already.
    """
    with transaction.atomic():
        report = Report.objects.create(
            project=project,
            kind=kind,
            audience=audience,
            period_from=start,
            period_to=end,
            language=language or usual_language(project=project, kind=kind, audience=audience),
            schedule=schedule,
        )
        report.job = enqueue(
            kind=GENERATE,
            params={"report": report.pk},
            actor=actor,
            project=project,
            key=f"report:{report.pk}",
        )
        Report.objects.filter(pk=report.pk).update(job=report.job)
        record(action="report.requested", target=report, actor=actor, project=project)
    return report


def report_request(
    *,
    project: Project,
    kind: str,
    audience: str,
    start: date,
    end: date,
    actor: User | None,
    schedule: ReportSchedule | None = None,
    language: str = "",
) -> Report:
    """Ask for one edition of a report; a worker makes it. `end` is the first day after the period.

    Raises DomainError, by field: an unknown kind, edition or language, an impossible period, or one that has a
    report.
    """
    for field, value, known in (
        ("kind", kind, ReportKind.values),
        ("audience", audience, Audience.values),
        ("language", language, ["", *dict(LANGUAGES)]),
    ):
        if value not in known:
            raise DomainError(f"There is no such {field}.", fields={field: f"“{value}” is not known."})
    check_period(project, start, end)
    try:
        return report_create(
            project=project,
            kind=kind,
            audience=audience,
            start=start,
            end=end,
            actor=actor,
            schedule=schedule,
            language=language,
        )
    except IntegrityError as error:
        message = "This report has been made for this period already. Open it to replace it by a new one."
        raise DomainError(message, fields={"period_to": message}) from error


def rhythm_of(schedule: ReportSchedule) -> Rhythm:
    """Return what a schedule says about time."""
    return Rhythm(
        frequency=schedule.frequency,
        anchor=schedule.anchor,
        weekday=schedule.weekday,
        at=schedule.time,
        zone=ZoneInfo(schedule.time_zone),
    )


def reports_schedule_due(*, now: datetime | None = None) -> int:
    """Ask for every report that has become due; return how many.

    Any number of beats may do this at once: a period's report is unique, so the second one finds it there.
    """
    now = now or timezone.now()
    schedules = ReportSchedule.objects.filter(is_active=True, project__deleted_at=None).exclude(
        project__status=ProjectStatus.CLOSED
    )
    due = [
        (schedule, period)
        for schedule in schedules.select_related("project__customer")
        for period in due_periods(rhythm_of(schedule), since=schedule.active_from, now=now)
    ]
    if not due:
        return 0
    # Also a superseded report of the period counts: a person has decided about it.
    there = set(
        Report.objects.filter(
            project__in={schedule.project_id for schedule, _ in due},
            period_to__in={period.end for _, period in due},
        ).values_list("project_id", "kind", "audience", "period_from", "period_to")
    )
    made = 0
    for schedule, period in due:
        key = (schedule.project_id, schedule.kind, schedule.audience, period.start, period.end)
        if key in there:
            continue
        try:
            report_create(
                project=schedule.project,
                kind=schedule.kind,
                audience=schedule.audience,
                start=period.start,
                end=period.end,
                actor=None,
                schedule=schedule,
                language=schedule.language,
            )
        except IntegrityError:
            log.info("report.already_there", schedule=schedule.pk, period=str(period.end))
        else:
            made += 1
    return made


def report_retry(*, report: Report, entry: Entry) -> None:
    """Try a failed report again.

    Raises StateError when it has not failed, NotAllowed without the right to make reports.
    """
    with transaction.atomic():
        REPORT_WORKFLOW.perform(name="retry", item=report, entry=entry)
        enqueue(
            kind=GENERATE,
            params={"report": report.pk},
            actor=entry.user,
            project=report.project,
            key=f"report:{report.pk}",
        )


def report_supersede(*, report: Report, entry: Entry) -> Report:
    """Replace a report by a new one of the same period with today's figures; return the new one.

    The old one keeps its figures and its PDF for ever. Mails of it that have not left yet never will.
    Raises StateError while it is being made.
    """
    with transaction.atomic():
        REPORT_WORKFLOW.perform(name="supersede", item=report, entry=entry)
        ReportDelivery.objects.filter(report=report, state=DeliveryState.PENDING).update(
            state=DeliveryState.FAILED, error="A newer report of this period replaced this one."
        )
        Snapshot.objects.filter(reports=report, superseded_at=None).update(superseded_at=timezone.now())
        return report_create(
            project=report.project,
            kind=report.kind,
            audience=report.audience,
            start=report.period_from,
            end=report.period_to,
            actor=entry.user,
            schedule=None,
            language=report.language,
        )


# --- Doing ----------------------------------------------------------------------------------------------
def _step(report_id: int, name: str, **values: Any) -> bool:
    """Take a worker's step by one conditional UPDATE; return whether the report was there to take it."""
    sources, target = WORKER_STEPS[name]
    return bool(
        Report.objects.filter(pk=report_id, state__in=sources).update(
            state=target, updated_at=timezone.now(), version=F("version") + 1, **values
        )
    )


def _load(running: Running) -> Report:
    report = (
        Report.objects.select_related("project__customer", "schedule", "snapshot", "approved_by")
        .filter(pk=running.job.params.get("report"))
        .first()
    )
    if report is None:
        raise DomainError("This report is not there any more.")
    return report


def report_url(report: Report) -> str:
    """Return the address of a report's page."""
    return reverse("report_detail", kwargs={"project": report.project.code, "pk": report.pk})


def _store(report: Report, pdf: bytes) -> tuple[str, str]:
    """Write a PDF under a name that its content decides; return name and SHA-256. Harmless to repeat."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    name = f"reports/{report.project.code}/{report.pk}-{sha256[:16]}.pdf"
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(pdf))
    return name, sha256


def _forget(name: str, *, kept: str) -> None:
    """Remove a draft's former PDF once the new one is committed."""
    if name and name != kept:
        transaction.on_commit(lambda: default_storage.delete(name), robust=True)


def report_generate(running: Running) -> None:
    """Freeze the figures, write the first words, draw the PDF; then it is a draft, or on its way.

    Raises DomainError when it can never be made; any other error is tried again by the job.
    """
    report = _load(running)
    if not _step(report.pk, "start"):
        # It was made, or replaced, before this worker came.
        with running.finishing(result_url=report_url(report)):
            return
    running.progress(10, "Freezing the figures")
    snapshot = snapshot_take(
        project=report.project, kind=report.kind, start=report.period_from, end=report.period_to
    )
    frozen = snapshot_read(snapshot)
    running.progress(35, "Writing the first words")
    words = report.narrative
    if not any(words.values()):
        with translation.override(report.language):
            words = prefilled(
                project=report.project,
                audience=report.audience,
                start=report.period_from,
                end=report.period_to,
            )
    at_once = report.schedule is not None and not report.schedule.review_first
    report.snapshot, report.state = snapshot, ReportState.APPROVED if at_once else ReportState.DRAFT
    report.approved_at = timezone.now() if at_once else None
    for name, text in words.items():
        setattr(report, name, text)
    running.progress(50, "Drawing the PDF")
    pdf, sha256 = _store(report, render_pdf(report, frozen))
    running.progress(95, "Filing it")
    with running.finishing(result={"report": report.pk}, result_url=report_url(report)):
        moved = _step(
            report.pk,
            "finish_and_send" if at_once else "finish",
            snapshot=snapshot,
            pdf=pdf,
            pdf_sha256=sha256,
            is_pdf_current=True,
            approved_at=report.approved_at,
            error="",
            **words,
        )
        if not moved:
            raise Overtaken
        _tell_made(report, running, at_once=at_once)
        if at_once:
            _publish(report, actor=None)
            people = planned_recipients(project=report.project, kind=report.kind, audience=report.audience)
            queue_deliveries(report=report, people=people)
    if at_once:
        poke_delivery()


def _tell_made(report: Report, running: Running, *, at_once: bool) -> None:
    """Journal that a report was made; who made it due hears that it waits to be read."""
    waiting = report.schedule is not None and not at_once
    managers = [
        membership.person.user
        for membership in report.project.memberships.filter(
            role=Role.MANAGER, is_active=True, person__user__is_active=True
        ).select_related("person__user")
        if membership.person.user
    ]
    record(
        action="report.made",
        target=report,
        actor=running.job.created_by,
        project=report.project,
        notify=managers,
        by_email=waiting,
    )


def _publish(report: Report, *, actor: User | None) -> None:
    """Journal, for the customer too, that a report can be read on the portal."""
    if report.audience == Audience.CUSTOMER:
        record(
            action="report.published",
            target=report,
            actor=actor,
            project=report.project,
            audience=Audience.CUSTOMER,
        )


def report_redraw(*, report: Report, entry: Entry) -> None:
    """Draw the PDF again after that failed.

    Raises StateError when there is nothing to draw.
    """
    entry.require("reports.make")
    if report.is_pdf_current or report.state not in {ReportState.DRAFT, *FINAL}:
        raise StateError("The PDF of this report is up to date.")
    with transaction.atomic():
        Report.objects.filter(pk=report.pk).update(error="")
        redraw(report=report, actor=entry.user)


def report_render(running: Running) -> None:
    """Draw the PDF of a draft or of a report that was approved just now.

    Raises DomainError when the frozen figures are not intact.
    """
    report = _load(running)
    if report.snapshot is None or report.is_pdf_current:
        with running.finishing(result_url=report_url(report)):
            return
    running.progress(20, "Drawing the PDF")
    pdf, sha256 = _store(report, render_pdf(report, snapshot_read(report.snapshot)))
    with running.finishing(result={"report": report.pk}, result_url=report_url(report)):
        # Words that were saved meanwhile have a job of their own; this drawing is out of date then.
        drawn = Report.objects.filter(pk=report.pk, version=report.version).update(
            pdf=pdf, pdf_sha256=sha256, is_pdf_current=True, error=""
        )
        if drawn:
            _forget(report.pdf.name or "", kept=pdf)
            if report.state in FINAL:
                _publish(report, actor=running.job.created_by)
                transaction.on_commit(poke_delivery, robust=True)
        else:
            _forget(pdf, kept=report.pdf.name or "")


def report_given_up(job: Job) -> None:
    """Note on the report why its job was given up; called by the job inside its own transaction."""
    report = Report.objects.filter(pk=job.params.get("report")).select_related("project").first()
    if report is None:
        return
    reason = job.error or "It was cancelled before it was made."
    if _step(report.pk, "fail", error=reason):
        record(
            action="report.failed",
            target=report,
            actor=job.created_by,
            project=report.project,
            changes={"reason": ("", reason[:500])},
        )
    else:
        Report.objects.filter(pk=report.pk, is_pdf_current=False).update(error=reason)
