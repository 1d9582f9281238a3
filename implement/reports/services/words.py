"""The project manager's words, and the approval that freezes them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from implement.core.errors import StateError
from implement.reports.choices import ReportState
from implement.reports.models import NARRATIVE, Report
from implement.reports.services.drawing import redraw
from implement.reports.workflows import REPORT_WORKFLOW
from projects.kit.access import Entry
from projects.kit.rows import row_save


@transaction.atomic
def report_text_save(
    *, report: Report, texts: Mapping[str, str], entry: Entry, expected_version: int | None = None
) -> Report:
    """Save the words of a draft (a part that is left out stays as it is); its PDF is drawn anew.

    Saving means that a person has read them, also when nothing was changed. Raises StateError when it is no
    draft, DomainError by field, StaleVersion when somebody saved it meanwhile.
    """
    entry.require("reports.change")
    if report.state != ReportState.DRAFT:
        raise StateError(f"The text of this report is settled: it is {report.get_state_display().lower()}.")
    for name in NARRATIVE:
        if name in texts:
            setattr(report, name, texts[name].replace("\r\n", "\n").strip())
    report.is_text_reviewed = True
    report.is_pdf_current = False
    row_save(row=report, actor=entry.user, expected_version=expected_version, action="report.text_changed")
    redraw(report=report, actor=entry.user)
    return report


@transaction.atomic
def report_approve(*, report: Report, entry: Entry) -> None:
    """Settle a draft: its words are frozen, its PDF is drawn for good, a customer may read their edition.

    Raises StateError when it is no draft.
    """
    REPORT_WORKFLOW.perform(name="approve", item=report, entry=entry)
    redraw(report=report, actor=entry.user)


@transaction.atomic
def report_reopen(*, report: Report, entry: Entry) -> None:
    """Take an approval back, as long as no mail has been sent or queued.

    Raises StateError when one has.
    """
    REPORT_WORKFLOW.perform(name="reopen", item=report, entry=entry)
    redraw(report=report, actor=entry.user)
