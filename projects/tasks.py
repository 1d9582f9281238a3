"""Thin doors for Celery: an id comes in, a service is called."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_ready

from projects import deliveries
from projects.kit import jobs, notes
from projects.services.scheduling import plans_catch_up
from projects.services.trend import forecasts_catch_up


@shared_task
def run_job(job_id: str) -> None:
    """Do one job."""
    jobs.run(job_id)


@shared_task
def sweep() -> None:
    """Wake workers for jobs that were left behind."""
    jobs.sweep()


@shared_task
def deliver_due() -> None:
    """Send the mails that are due."""
    deliveries.deliver_due()


@shared_task
def note_forecasts() -> None:
    """Note what is expected of milestones that nobody has noted yet."""
    forecasts_catch_up()


@shared_task
def catch_up_plans() -> None:
    """Move what is left of plans on to a day that has begun."""
    plans_catch_up()


@shared_task
def draw_attachments() -> None:
    """Draw the pictures of attached files that wait for it."""
    notes.attachments_draw()


@worker_ready.connect
def sweep_at_start(**_: object) -> None:
    """A worker that starts looks first for what the last one left behind."""
    jobs.sweep()
