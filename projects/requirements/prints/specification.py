"""The requirements specification on paper: what both sides sign, with who signed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from implement.core.errors import DomainError
from implement.core.money import day_text
from projects.choices import Audience
from projects.kit import prints
from projects.models import Project
from projects.planning import zone_of
from projects.requirements.choices import SpecificationEdition, SpecificationScope
from projects.requirements.presenting import (
    customer_tiles,
    estimate_text,
    goal_words,
    priority_rows,
    source_of,
)
from projects.requirements.purposes import APPROVE, APPROVE_NOTED, VALIDATE
from projects.requirements.selectors.figures import figures_of
from projects.requirements.selectors.goals import goal_standing, goals_of
from projects.requirements.selectors.specification import (
    Specification,
    SpecifiedRequirement,
    specification_of,
)
from projects.requirements.selectors.texts import shown_value

# Each line of the contents costs as much as laying out a requirement: of a long document it names the first of a run.
MOST_LISTED = 240
# 4,000 take about two minutes and 2 GB to lay out; more would take the worker's memory.
MOST_PRINTED = 5000
# h1 is the project, h2 a section; HTML and PDF end at h6.
DEEPEST_HEADING = 6
LANGUAGES = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class Line:
    """One line of the contents."""

    target: str
    level: int
    key: str
    title: str


def specification_html(project: Project, wishes: prints.Wishes) -> str:
    """Return the specification as a document, in the language that was chosen.

    Raises DomainError when nothing of this choice is written down.
    """
    language = wishes.get("language")
    with translation.override(language if language in LANGUAGES else settings.LANGUAGE_CODE):
        return render_to_string("requirements/specification_pdf.html", specification_context(project, wishes))


def specification_context(project: Project, wishes: prints.Wishes) -> dict[str, Any]:
    """Return everything that the document draws, in the active language."""
    scope = SpecificationScope(wishes.get("scope", SpecificationScope.ALL))
    edition = SpecificationEdition(wishes.get("edition", SpecificationEdition.INTERNAL))
    is_internal = edition == SpecificationEdition.INTERNAL
    found = specification_of(
        project=project,
        scope=scope,
        edition=edition,
        purpose=VALIDATE.key,
        verdicts=(APPROVE, APPROVE_NOTED),
    )
    if not found.rows:
        raise DomainError("There is nothing to print: no requirement of this choice is written down.")
    if len(found.rows) > MOST_PRINTED:
        raise DomainError(
            f"This would be {len(found.rows):,} requirements; at most {MOST_PRINTED:,} go into one document."
        )
    zone = zone_of(project)
    figures = figures_of(project=project, only_shown=not is_internal)
    return {
        "project": project,
        "language": translation.get_language(),
        "is_internal": is_internal,
        "scope": scope.label,
        "as_of": moment_text(timezone.now(), zone),
        "baseline": baseline_text(found, zone, is_internal=is_internal),
        "told": told_of(found),
        "tiles": customer_tiles(figures),
        "standings": priority_rows(figures),
        "lines": lines_of(found.rows),
        "rows": [drawn(row, zone, is_internal=is_internal) for row in found.rows],
        "goals": goals_told(project, is_internal=is_internal),
        "terms": found.terms,
    }


def goals_told(project: Project, *, is_internal: bool) -> list[dict[str, Any]]:
    """Return the goals in words; for the team with how many of their requirements are signed."""
    audiences = tuple(Audience) if is_internal else (Audience.CUSTOMER,)
    rows = []
    for goal in goals_of(project=project, audiences=audiences):
        standing = goal_standing(goal)
        told = ""
        if standing.total and is_internal:
            told = _("{signed} of {total}").format(signed=standing.signed, total=standing.total)
        rows.append(goal_words(goal) | {"standing": told})
    return rows


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment on the project's clock, such as 9 Mar 2026, 08:00 CET."""
    local = moment.astimezone(zone)
    return f"{day_text(local.date())}, {local:%H:%M %Z}"


def baseline_text(found: Specification, zone: ZoneInfo, *, is_internal: bool) -> str:
    """Return the latest baseline in words; its name is the team's own."""
    if found.baseline is None:
        return ""
    day = day_text(found.baseline.at.astimezone(zone).date())
    number = found.baseline.number
    return f"{number} “{found.baseline.name}”, {day}" if is_internal else f"{number}, {day}"


def told_of(found: Specification) -> str:
    """Return how many requirements the document holds, and how many in scope it does not."""
    count = len(found.rows)
    told = ngettext("{count} requirement.", "{count} requirements.", count).format(count=count)
    if not found.left:
        return told
    return f"{told} " + ngettext(
        "{count} more in scope is not signed yet and not in this document.",
        "{count} more in scope are not signed yet and not in this document.",
        found.left,
    ).format(count=found.left)


def lines_of(rows: tuple[SpecifiedRequirement, ...]) -> list[Line]:
    """Return the contents: every requirement; of many those at the top, of very many the first of each run."""
    listed = list(rows)
    if len(listed) > MOST_LISTED:
        listed = [row for row in listed if row.level == 1]
    run = -(-len(listed) // MOST_LISTED)
    lines = []
    for at in range(0, len(listed), run):
        first, last = listed[at], listed[min(at + run, len(listed)) - 1]
        key = first.requirement.key
        if run > 1:
            key = f"{key} – {last.requirement.key}"
        lines.append(Line(target_of(first), min(first.level, 4), key, str(first.content["title"])))
    return lines


def target_of(row: SpecifiedRequirement) -> str:
    """Return the name of a requirement's place in the document."""
    return f"requirement-{row.requirement.number}"


def drawn(row: SpecifiedRequirement, zone: ZoneInfo, *, is_internal: bool) -> dict[str, Any]:
    """Return one requirement as the document draws it."""
    content = row.content
    return {
        "target": target_of(row),
        "heading": min(row.level + 2, DEEPEST_HEADING),
        "depth": min(row.level, 4),
        "key": row.requirement.key,
        "content": content,
        "words": row.words,
        "tone": row.tone,
        "number": row.number,
        "facts": facts_of(row),
        "internal": " · ".join(internal_facts(row)) if is_internal else "",
        "is_signed": row.is_signed,
        "signature": signature_text(row, zone),
    }


def facts_of(row: SpecifiedRequirement) -> list[str]:
    """Return what the customer reads in a word or two: type, priority, fit."""
    return [
        shown_value(name, row.content[name]) for name in ("kind", "priority", "fit") if row.content.get(name)
    ]


def internal_facts(row: SpecifiedRequirement) -> list[str]:
    """Return what only the team reads, each with its label; what is not said is left out."""
    item = row.requirement
    facts = [
        (_("Owner"), str(item.owner or "")),
        (_("Category"), item.category),
        (_("Criticality"), str(item.get_criticality_display())),
        (_("Estimate"), estimate_text(item.estimate_seconds) or ""),
        (_("Source"), source_of(item)),
        (_("Why it stands there"), item.status_reason),
    ]
    if row.baselined is not None and row.baselined != row.number:
        facts.append((_("In the baseline"), _("version {number}").format(number=row.baselined)))
    return [f"{label}: {text}" for label, text in facts if text]


def signature_text(row: SpecifiedRequirement, zone: ZoneInfo) -> str:
    """Return who signed which version, and when; or that nobody has."""
    if row.signature is None:
        return _("Not signed yet.")
    said = {
        "version": row.signature.version,
        "by": row.signature.by,
        "when": moment_text(row.signature.at, zone),
    }
    if row.is_signed:
        return _("Version {version} signed by {by}, {when}.").format(**said)
    return _("Version {version} was signed by {by}, {when}. This version is not signed yet.").format(**said)


SPECIFICATION = prints.register(
    prints.Print(
        kind="requirements.specification",
        label="Requirements specification",
        permission="requirements.export",
        html=specification_html,
        has_html=True,
        name=lambda wishes: (
            "requirements-for-the-customer"
            if wishes.get("edition") == SpecificationEdition.CUSTOMER
            else "requirements"
        ),
    )
)
