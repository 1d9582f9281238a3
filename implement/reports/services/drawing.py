"""The jobs of a report, and asking for its PDF to be drawn anew."""

from __future__ import annotations

from implement.accounts.models import User
from implement.reports.choices import ReportState
from implement.reports.models import Report
from projects.kit.jobs import enqueue
from projects.models import Job

GENERATE, RENDER = "reports.generate", "reports.render"
# The states in which the words are settled.
FINAL = frozenset({ReportState.APPROVED, ReportState.SENT})


def redraw(*, report: Report, actor: User | None) -> Job:
    """Ask a worker, once per version, to draw the PDF from the frozen figures and the words of now."""
    return enqueue(
        kind=RENDER,
        params={"report": report.pk},
        actor=actor,
        project=report.project,
        key=f"report:{report.pk}:{report.version}",
    )
