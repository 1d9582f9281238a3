"""A report as a document: the same panels as the pages, laid out for paper, from the frozen figures alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from implement.core.money import day_text
from implement.core.pdf import html_to_pdf
from implement.reports.choices import ReportKind, ReportState
from implement.reports.models import NARRATIVE, Report
from implement.reports.periods import period_words
from implement.reports.snapshots import LANGUAGE, Changes, Frozen
from projects.choices import Audience, Phase
from projects.kit.panels import Drawn

HEADINGS = {
    "summary": _("Summary"),
    "achievements": _("What happened"),
    "next_steps": _("What is next"),
    "risks": _("Risks and concerns"),
    "decisions": _("Decisions needed"),
}
REVIEWED = _("The text was reviewed by the project manager.")
UNREVIEWED = _(
    "The text was written automatically from the plan and the journal; no person reviewed it before sending."
)


@dataclass(frozen=True)
class Section:
    """A panel, drawn."""

    key: str
    title: str
    body: SafeString
    is_wide: bool
    note: str = ""


def sections_of(drawn: list[Drawn], *, is_print: bool, now_words: str = "") -> list[Section]:
    """Return each panel as its own template draws it; `is_print` tells the template that it is for paper.

    `now_words` stand below those that have no history.
    """
    return [
        Section(
            key=item.panel.key,
            title=str(item.panel.title),
            body=SafeString(
                render_to_string(
                    item.panel.template, item.context | {"is_print": is_print, "panel": item.panel}
                )
            ),
            is_wide=item.panel.is_wide,
            note=now_words if item.panel.is_of_now else "",
        )
        for item in drawn
    ]


def health_of(frozen: Frozen, *, audience: str, language: str = LANGUAGE) -> dict[str, Any] | None:
    """Return the first overall health a panel of this edition says, {"label", "tone", …}; None: unknown."""
    for data in frozen.data(audience=audience, language=language).values():
        health = data.get("health")
        if isinstance(health, dict) and health.get("label"):
            return health
    return None


def status_words(report: Report) -> str:
    """Return what the document says about its own standing."""
    if report.state not in {ReportState.APPROVED, ReportState.SENT}:
        return gettext("Draft, not approved.")
    said = REVIEWED if report.is_text_reviewed else UNREVIEWED
    if report.approved_by is not None:
        return gettext("Approved by {name}.").format(name=report.approved_by) + f" {said}"
    return gettext("Sent by its schedule.") + f" {said}"


def changed_since(changes: Changes | None) -> str:
    """Return what the changes are measured against, such as "Against 2 to 8 Mar 2026."."""
    if changes is None:
        return ""
    period = period_words(changes.since, changes.until - timedelta(days=1))
    return gettext("Against the figures of {period}.").format(period=period)


def document_context(report: Report, frozen: Frozen, *, is_print: bool = True) -> dict[str, Any]:
    """Return everything the document's template draws, in the report's language."""
    with translation.override(report.language):
        return _document_context(report, frozen, is_print=is_print)


def project_phase(project: dict[str, Any]) -> str:
    """Return the frozen phase in the active language; older figures hold its English word."""
    said = project.get("phase", "")
    return str(Phase(said).label) if said in Phase.values else gettext(said) if said else ""


def _document_context(report: Report, frozen: Frozen, *, is_print: bool) -> dict[str, Any]:
    project = frozen.project
    local = frozen.as_of.astimezone(ZoneInfo(project["time_zone"]))
    figures_on = date.fromisoformat(frozen.document["figures_on"])
    sections = sections_of(
        frozen.panels(audience=report.audience, language=report.language),
        is_print=is_print,
        now_words=stood_on(local.date()) if local.date() > figures_on else "",
    )
    words = [
        {"name": name, "title": str(HEADINGS[name]), "text": getattr(report, name)}
        for name in NARRATIVE
        if getattr(report, name).strip()
    ]
    first, last = report.period_from, report.last_day
    changes = frozen.changes(audience=report.audience, language=report.language)
    return {
        "report": report,
        "project": project,
        "title": str(ReportKind(report.kind).label),
        "period": period_words(first, last),
        "is_internal": report.audience == Audience.INTERNAL,
        "is_draft": report.state not in {ReportState.APPROVED, ReportState.SENT},
        "health": health_of(frozen, audience=report.audience, language=report.language),
        "lead": sections[:1],
        "sections": sections[1:],
        "summary": next((part for part in words if part["name"] == "summary"), None),
        "changes": changes,
        "changed_since": changed_since(changes),
        "words": [part for part in words if part["name"] != "summary"],
        "standing": status_words(report),
        "figures_on": figures_on,
        "phase": project_phase(project),
        "frozen_at": day_and_time(local),
        "sha256": frozen.sha256,
        "is_print": is_print,
    }


def stood_on(day: date) -> str:
    """Return of which day a panel without a history is."""
    return gettext("As it stood on {day}, when the figures were frozen.").format(day=day_text(day))


def day_and_time(local: datetime) -> str:
    """Return a local moment as 9 Mar 2026, 08:00 CET."""
    return f"{day_text(local.date())}, {local:%H:%M %Z}"


def render_pdf(report: Report, frozen: Frozen) -> bytes:
    """Return the PDF of one edition. The same snapshot and words give the same numbers for ever.

    Raises DomainError when this system cannot make PDFs.
    """
    with translation.override(report.language):
        return html_to_pdf(render_to_string("reports/document.html", document_context(report, frozen)))
