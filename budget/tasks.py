"""Thin doors for Celery: alerts are looked at on every tick, and their mails sent."""

from __future__ import annotations

from celery import shared_task

from budget.mails import deliver_digests
from budget.services import alerts


@shared_task
def watch_alerts() -> None:
    """Evaluate what has changed, escalate what nobody looks at, send the day's mails."""
    alerts.alerts_due()
    alerts.alerts_escalate()
    alerts.digests_queue()
    deliver_digests()
