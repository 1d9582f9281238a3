"""Figures and release notes of build items as pages, panels and files show them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from implement.core.money import day_text
from projects.builds.selectors.releases import ReleaseNotes, markdown_of
from projects.models import Project

Data = dict[str, Any]


def notes_words(notes: ReleaseNotes, project: Project) -> Data:
    """Return the headings of release notes in the reader's language."""
    day = day_text(notes.until.at.date())
    where = _("{environment}, {day}").format(environment=notes.environment, day=day)
    count = ngettext("{count} change", "{count} changes", notes.count).format(count=notes.count)
    if notes.since is not None:
        title = _("Release notes {since} to {until}").format(
            since=notes.since.build_id, until=notes.until.build_id
        )
    else:
        title = _("Release notes {build}").format(build=notes.until.build_id)
    return {
        "title": title,
        "subtitle": f"{project.name} · {where} · {count}",
        "nothing": _("Nothing was changed."),
    }


def notes_file(notes: ReleaseNotes, project: Project) -> HttpResponse:
    """Return release notes as a Markdown file to download."""
    text = markdown_of(notes, words=notes_words(notes, project))
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    name = slugify(f"{project.code}-{notes.environment}-{notes.until.build_id}".replace(".", "-"))
    response["Content-Disposition"] = f'attachment; filename="{name}.md"'
    return response
