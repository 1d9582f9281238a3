"""The reports the demo has behind it: made, approved and sent through the same services as any other."""

from __future__ import annotations

from datetime import date, time, timedelta

from django.utils import timezone

from implement.accounts.models import User
from implement.reports.choices import ReportKind
from implement.reports.models import Report, ReportSchedule
from implement.reports.services import (
    batch_request,
    deliver_reports,
    report_request,
    report_send,
    report_text_save,
    schedule_save,
)
from projects.choices import Audience, JobState, Role
from projects.kit import jobs
from projects.kit.access import enter
from projects.models import Job, Person, Project

WORDS = {
    "summary": "Build is under way. The interface to the ERP takes longer than planned; go-live holds if the "
    "second mock load succeeds.",
    "decisions": "Confirm by Friday who cleanses the customer records without a tax number.",
}


def make_reports(project: Project) -> None:
    """Set up the four weekly editions, make last week's two status reports and one budget draft."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    manager = User.objects.get(person__memberships__project=project, person__memberships__role=Role.MANAGER)
    write_schedules(project, manager, monday)
    week_before, last_week = monday - timedelta(days=14), monday - timedelta(days=7)
    sent = [
        make(project, ReportKind.STATUS, Audience.CUSTOMER, week_before, last_week, manager),
        make(project, ReportKind.STATUS, Audience.CUSTOMER, last_week, monday, manager),
        make(project, ReportKind.BUDGET, Audience.INTERNAL, week_before, last_week, manager),
    ]
    make(project, ReportKind.BUDGET, Audience.INTERNAL, last_week, monday, manager)
    batch_request(
        user=manager,
        kind=ReportKind.BUDGET,
        audience=Audience.INTERNAL,
        start=last_week,
        end=monday,
        project_ids=[project.pk],
    )
    entry = enter(manager, project.code, "reports.send")
    for report in sent:
        report.refresh_from_db()
        report_text_save(report=report, texts=WORDS, entry=entry)
        report.refresh_from_db()
        report_send(report=report, entry=entry)
    run_waiting(project)
    deliver_reports()


def write_schedules(project: Project, manager: User, monday: date) -> None:
    """Write a weekly schedule per kind and edition, reviewed before sending."""
    customers = list(Person.objects.on(project).filter(customer=project.customer))
    insiders = list(
        Person.objects.filter(
            memberships__project=project, memberships__role__in=[Role.MANAGER, Role.FINANCE]
        )
    )
    for kind in ReportKind.values:
        for audience, people in ((Audience.INTERNAL, insiders), (Audience.CUSTOMER, customers)):
            schedule = ReportSchedule(
                project=project,
                kind=kind,
                audience=audience,
                weekday=0,
                time=time(7, 0),
                time_zone=project.time_zone,
                anchor=monday,
            )
            schedule_save(schedule=schedule, recipients=people, actor=manager)


def make(project: Project, kind: str, audience: str, start: date, end: date, manager: User) -> Report:
    """Ask for a report and make it at once."""
    schedule = ReportSchedule.objects.get(project=project, kind=kind, audience=audience)
    report = report_request(
        project=project, kind=kind, audience=audience, start=start, end=end, actor=manager, schedule=schedule
    )
    run_waiting(project)
    return report


def run_waiting(project: Project) -> None:
    """Do the project's waiting jobs here, as a worker would."""
    for job_id in Job.objects.filter(project=project, state=JobState.QUEUED).values_list("pk", flat=True):
        jobs.run(str(job_id))
