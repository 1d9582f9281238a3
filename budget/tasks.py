"""Thin doors for Celery: alerts, their mails, receipts, levelled plans, and once a day what finished tasks took."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from budget.mails import deliver_digests
from budget.services import alerts, contracts, experience, levelling, receipts, reminders
from budget.services.contracts import COLLECT_JOB
from budget.workflows import PDF_JOB
from projects.kit.jobs import Running, handles


@shared_task
def watch_alerts() -> None:
    """Evaluate what has changed, escalate what nobody looks at, send the day's mails."""
    alerts.alerts_due()
    alerts.alerts_escalate()
    alerts.digests_queue()
    deliver_digests()


@shared_task
def draw_receipts() -> None:
    """Draw the first pages of receipts that wait for it."""
    receipts.receipts_draw()


@shared_task
def watch_hours() -> None:
    """Remind people of missing hours and approvers of waiting ones, each once however often it is asked."""
    reminders.people_remind()
    reminders.approvers_remind()


@shared_task
def keep_experience() -> None:
    """Keep what was known at the end of yesterday, once."""
    experience.experience_keep(day=timezone.localdate() - timedelta(days=1))


@handles(levelling.LEVEL_JOB, levelling.LABEL)
def level_plan(running: Running) -> None:
    """Level a plan."""
    levelling.level_run(running)


@handles(COLLECT_JOB, "Collecting of an invoice run")
def collect_run(running: Running) -> None:
    """Collect what a large run bills."""
    contracts.run_collected(running)


@handles(PDF_JOB, "PDF of a statement")
def print_statement(running: Running) -> None:
    """Make the PDF of a run."""
    contracts.statement_make(running)
