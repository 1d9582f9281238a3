"""Figures and release notes of build items as pages, panels and files show them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from implement.core.money import day_text
from projects.builds.choices import CUSTOMER_WORDS, BuildState
from projects.builds.selectors.figures import BuildFigures, Reached, share
from projects.builds.selectors.releases import ReleaseNotes, markdown_of
from projects.models import Project
from projects.planning import zone_of
from projects.requirements.presenting import percent_text, tile

Data = dict[str, Any]


def built_tile(figures: BuildFigures) -> Data:
    """Return how much is built, as both audiences read it."""
    total = figures.total
    return tile(
        _("Built"),
        percent_text(share(figures.built, total)),
        _("Build items that are built, deployed or verified / all of them."),
        note=ngettext("{built} of {count} item", "{built} of {count} items", total).format(
            built=figures.built, count=total
        ),
        tone="good" if figures.built == total else "",
    )


def verified_tile(figures: BuildFigures) -> Data:
    """Return how much was found to conform, as both audiences read it."""
    return tile(
        _("Checked and found right"),
        percent_text(share(figures.verified, figures.total)),
        _("Build items that somebody who did not build them has found to conform / all of them."),
        note=_("{count} deployed, not checked yet").format(count=figures.waiting),
    )


def blocked_tile(figures: BuildFigures) -> Data:
    """Return how much is held up, as both audiences read it."""
    return tile(
        _("Blocked"),
        str(figures.blocked),
        _("Build items that cannot go on until something outside of them is settled."),
        tone="trouble" if figures.blocked else "",
    )


def team_built(figures: BuildFigures) -> Data:
    """Return the figures of the build for the team."""
    return {
        "tiles": [built_tile(figures), verified_tile(figures), blocked_tile(figures)],
        "states": [
            {"label": str(state.label), "count": figures.by_state[state]}
            for state in BuildState
            if figures.by_state.get(state)
        ],
        "places": place_rows(figures, figures.reached),
    }


def customer_built(figures: BuildFigures) -> Data:
    """Return the figures of the build in the customer's words, with the environments that they see."""
    counts: dict[str, int] = {}
    for state in BuildState:
        words = str(CUSTOMER_WORDS[state])
        counts[words] = counts.get(words, 0) + figures.by_state.get(state, 0)
    shown = [one for one in figures.reached if one.environment.is_shown]
    return {
        "tiles": [built_tile(figures), verified_tile(figures), blocked_tile(figures)],
        "states": [{"label": words, "count": count} for words, count in counts.items() if count],
        "places": place_rows(figures, shown),
    }


def place_rows(figures: BuildFigures, reached: tuple[Reached, ...] | list[Reached]) -> list[Data]:
    """Return a row per environment: how many items have reached it, and in percent of all."""
    return [
        {
            "label": one.environment.name,
            "count": one.count,
            "percent": percent_text(share(one.count, figures.total)),
        }
        for one in reached
    ]


def notes_words(notes: ReleaseNotes, project: Project) -> Data:
    """Return the headings of release notes in the reader's language."""
    day = day_text(notes.until.at.astimezone(zone_of(project)).date())
    count = ngettext("{count} change", "{count} changes", notes.count).format(count=notes.count)
    if notes.since is not None:
        title = _("Release notes {since} to {until}").format(
            since=notes.since.build_id, until=notes.until.build_id
        )
    else:
        title = _("Release notes {build}").format(build=notes.until.build_id)
    return {
        "title": title,
        "subtitle": f"{project.name} · {notes.environment}, {day} · {count}",
        "nothing": _("Nothing that is new."),
    }


def notes_file(notes: ReleaseNotes, project: Project) -> HttpResponse:
    """Return release notes as a Markdown file to download."""
    text = markdown_of(notes, words=notes_words(notes, project))
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.code}-{notes_name(notes)}.md"'
    return response


def notes_name(notes: ReleaseNotes) -> str:
    """Return what a file of release notes is called."""
    return "release-notes-" + slugify(f"{notes.environment}-{notes.until.build_id}".replace(".", "-"))
