"""The way of a report: made by a worker, read and approved by a person, sent once.

    queued -> generating -> draft -> approved -> sent
       ^          |           |          |
       +-- failed-+           +----------+--> superseded (a newer report of the same period replaces it)

The steps that people take are REPORT_WORKFLOW. The worker's own steps are WORKER_STEPS: nobody is offered
them, and services take them by one conditional UPDATE each.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from implement.accounts.models import User
from implement.reports.choices import ReportState as S
from implement.reports.models import Report
from projects.kit.access import Entry
from projects.kit.workflow import Transition, Workflow, register

# name -> (sources, target)
WORKER_STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "start": ((S.QUEUED, S.GENERATING), S.GENERATING),
    "finish": ((S.GENERATING,), S.DRAFT),
    "finish_and_send": ((S.GENERATING,), S.APPROVED),
    "fail": ((S.QUEUED, S.GENERATING), S.FAILED),
    "deliver": ((S.APPROVED,), S.SENT),
}


def _approved(report: Report, user: User, reason: str) -> dict[str, Any]:
    return {"approved_by": user, "approved_at": timezone.now(), "is_pdf_current": False}


def _reopened(report: Report, user: User, reason: str) -> dict[str, Any]:
    return {"approved_by": None, "approved_at": None, "is_pdf_current": False}


def _queued(report: Report, user: User, reason: str) -> dict[str, Any]:
    return {"error": ""}


def nothing_on_its_way(report: Report, entry: Entry) -> str | None:
    """Return why an approved report may not be taken back: mails of it are on their way."""
    if report.deliveries.exists():
        return "Mails of this report are on their way already. Make a new one to replace it."
    return None


REPORT_WORKFLOW = Workflow(
    model=Report,
    column="state",
    transitions=(
        Transition(
            name="approve",
            sources=(S.DRAFT,),
            target=S.APPROVED,
            permission="reports.send",
            label="Approve",
            tone="good",
            effect=_approved,
        ),
        Transition(
            name="reopen",
            sources=(S.APPROVED,),
            target=S.DRAFT,
            permission="reports.send",
            label="Back to draft",
            guard=nothing_on_its_way,
            effect=_reopened,
        ),
        Transition(
            name="retry",
            sources=(S.FAILED,),
            target=S.QUEUED,
            permission="reports.make",
            label="Try again",
            effect=_queued,
        ),
        Transition(
            name="supersede",
            sources=(S.DRAFT, S.APPROVED, S.SENT, S.FAILED),
            target=S.SUPERSEDED,
            permission="reports.send",
            label="Replace by a new one",
            tone="watch",
        ),
    ),
)
register(REPORT_WORKFLOW)
