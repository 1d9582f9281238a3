"""Thin doors for Celery: what expires, who is reminded, what is mailed."""

from __future__ import annotations

from celery import shared_task

from projects.signoffs import services
from projects.signoffs.mails import deliver_requests


@shared_task
def watch_requests() -> None:
    """Close what nobody answered in time, remind of what is due, send the mails."""
    services.requests_expire()
    services.reminders_due()
    deliver_requests()
