"""Thin doors for Celery: the schedule's tick, the sending, and what jobs of the reports do."""

from __future__ import annotations

from celery import shared_task

from implement.reports import services
from implement.reports.services.drawing import GENERATE, RENDER
from projects.kit.jobs import Running, handles


@shared_task
def schedule_due() -> None:
    """Ask for the reports that have become due."""
    services.reports_schedule_due()


@shared_task
def deliver_reports() -> None:
    """Send the mails that are due."""
    services.deliver_reports()


@handles(GENERATE, "Report", failed=services.report_given_up)
def generate(running: Running) -> None:
    """Make a report."""
    services.report_generate(running)


@handles(RENDER, "PDF of a report", failed=services.report_given_up)
def render(running: Running) -> None:
    """Draw a report's PDF anew."""
    services.report_render(running)
