"""Thin doors for Celery: alerts are looked at on every tick, their mails sent, receipts drawn, plans levelled."""

from __future__ import annotations

from celery import shared_task

from budget.mails import deliver_digests
from budget.services import alerts, levelling, receipts, reminders
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


@handles(levelling.LEVEL_JOB, levelling.LABEL)
def level_plan(running: Running) -> None:
    """Level a plan."""
    levelling.level_run(running)
