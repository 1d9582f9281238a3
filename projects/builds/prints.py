"""Release notes on paper, in the language of who reads them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from implement.core.errors import DomainError
from projects.builds.models import Promotion
from projects.builds.presenting import notes_words
from projects.builds.selectors.releases import release_notes
from projects.kit import prints
from projects.models import Project

LANGUAGES = dict(settings.LANGUAGES)


def notes_html(project: Project, wishes: prints.Wishes) -> str:
    """Return release notes as a document. Raises DomainError when their builds are not there."""
    rows = Promotion.objects.filter(environment__project=project).select_related("environment__project")
    until = rows.filter(pk=wishes["until"]).first()
    since = rows.filter(pk=wishes["since"]).first() if wishes.get("since") else None
    if until is None or (wishes.get("since") and since is None):
        raise DomainError("The build is not there any more.")
    language = wishes.get("language")
    with translation.override(language if language in LANGUAGES else settings.LANGUAGE_CODE):
        notes = release_notes(until=until, since=since)
        context: dict[str, Any] = {
            "notes": notes,
            "words": notes_words(notes, project),
            "project": project,
            "language": translation.get_language(),
        }
        return render_to_string("builds/notes_pdf.html", context)


NOTES = prints.register(
    prints.Print(
        kind="builds.notes",
        label="Release notes",
        permission="builds.view",
        html=notes_html,
        name=lambda wishes: str(wishes.get("name", "release-notes")),
    )
)
