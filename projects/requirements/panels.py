"""What requirements show elsewhere: how much is validated, for the team and for the customer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from implement.core.money import day_text, not_available
from implement.core.tabular import SheetOut
from projects.kit import panels, places, trace
from projects.kit.panels import Data
from projects.models import Project
from projects.requirements.choices import ReleaseState
from projects.requirements.presenting import (
    customer_tiles,
    percent_text,
    priority_rows,
    thread_tiles,
    tiles_of,
)
from projects.requirements.selectors.figures import figures_of, volatility_of
from projects.requirements.selectors.matrix import ROOT, share, thread_of
from projects.requirements.selectors.roadmap import coming, signed_by_release, standings_of
from projects.requirements.selectors.shownroadmap import shown_roadmap


def team_requirements(project: Project, as_of: date) -> Data | None:
    """Return how far the requirements are, with what only the team counts; None without any."""
    tiles = tiles_of(project=project, as_of=as_of)
    return {"tiles": tiles, "rows": priority_rows(figures_of(project=project))} if tiles else None


def customer_requirements(project: Project, as_of: date) -> Data | None:
    """Return how far what the customer was shown is, in their figures; None without any."""
    figures = figures_of(project=project, only_shown=True)
    if not figures.total:
        return None
    tiles = customer_tiles(figures, volatility_of(project=project))
    return {"tiles": tiles, "rows": priority_rows(figures)}


def present_requirements(data: Data) -> Data:
    """Return the figures as the template draws them."""
    return {"data": data}


def requirement_sheets(data: Data) -> list[SheetOut]:
    """Return the counts by priority as a table."""
    rows = [(row["label"], row["total"], row["signed"]) for row in data["rows"]]
    return [
        SheetOut(name=_("Requirements"), headers=(_("Priority"), _("In scope"), _("Validated")), rows=rows)
    ]


NEXT_RELEASES = 5


def _signed(signed: int, total: int) -> Data:
    """Return how much of a release is agreed, as the template shows it."""
    words = _("{signed} of {total}").format(signed=signed, total=total)
    return {"signed": signed, "total": total, "words": words, "percent": percent_text(share(signed, total))}


def team_roadmap(project: Project, as_of: date) -> Data | None:
    """Return the next releases with their days and slips; None without any."""
    counts = signed_by_release(project=project)
    rows = [
        {
            "name": f"{one.release}: {one.release.title}",
            "day": one.day.isoformat() if one.day else None,
            "quarter": str(one.quarter) if one.quarter else "",
            "slip_days": one.slip_days,
            "state": str(one.release.get_status_display()),
            "tone": ReleaseState(one.release.status).tone,
            "agreed": _signed(*counts.get(one.release.pk, (0, 0))),
        }
        for one in coming(standings_of(project=project, as_of=as_of))[:NEXT_RELEASES]
    ]
    return {"rows": rows, "has_slips": True} if rows else None


def customer_roadmap(project: Project, as_of: date) -> Data | None:
    """Return the published releases in the customer's words; None without any."""
    rows = [
        {
            "name": one.title,
            "day": one.day.isoformat() if one.day else None,
            "quarter": str(one.quarter) if one.quarter else "",
            "slip_days": None,
            "state": one.words,
            "tone": one.tone,
            "agreed": _signed(one.signed, len(one.requirements)),
        }
        for one in shown_roadmap(project=project, as_of=as_of)
    ]
    return {"rows": rows, "has_slips": False} if rows else None


def _dated(data: Data) -> list[Data]:
    """Return the rows with their days as days again."""
    return [row | {"day": date.fromisoformat(row["day"]) if row["day"] else None} for row in data["rows"]]


def present_roadmap(data: Data) -> Data:
    """Return the releases as the template draws them."""
    shown = data | {"rows": _dated(data)}
    return shown | {"data": shown}


def roadmap_figures(data: Data) -> panels.Figures:
    """Return when each release is expected, to be compared with the period before."""
    return [
        (
            _("{name}: expected").format(name=row["name"]),
            day_text(row["day"]) if row["day"] else row["quarter"] or not_available(),
        )
        for row in _dated(data)
    ]


def roadmap_sheets(data: Data) -> list[SheetOut]:
    """Return the releases as a table."""
    headers = [_("What comes"), _("Expected"), _("Quarter"), _("State"), _("Validated"), _("In scope")]
    rows = [
        (
            row["name"],
            row["day"],
            row["quarter"],
            row["state"],
            row["agreed"]["signed"],
            row["agreed"]["total"],
        )
        for row in _dated(data)
    ]
    return [SheetOut(name=_("Roadmap"), headers=tuple(headers), rows=rows)]


def team_thread(project: Project, as_of: date) -> Data | None:
    """Return how whole the thread of the project is; None without a requirement in scope."""
    return _thread(project, tuple(end.kind for end in trace.wanted_of(ROOT)))


def customer_thread(project: Project, as_of: date) -> Data | None:
    """Return what follows from what the customer was shown; how we plan the work is ours. None without any."""
    kinds = tuple(end.kind for end in trace.wanted_of(ROOT) if end.is_shared)
    return _thread(project, kinds, for_customer=True)


def _thread(project: Project, kinds: tuple[str, ...], *, for_customer: bool = False) -> Data | None:
    thread = thread_of(project=project, kinds=kinds, only_shown=for_customer)
    if not thread.columns or not thread.columns[0].total:
        return None
    return {
        "tiles": thread_tiles(thread, for_customer=for_customer),
        "rows": [
            {"label": _(one.end.plural), "total": one.total, "covered": one.covered, "done": one.done}
            for one in thread.columns
        ],
    }


def thread_figures(data: Data) -> panels.Figures:
    """Return each coverage, to be compared with the period before."""
    return [(tile["label"], tile["text"]) for tile in data["tiles"]]


def thread_sheets(data: Data) -> list[SheetOut]:
    """Return the coverage by kind as a table."""
    rows = [(row["label"], row["total"], row["covered"], row["done"]) for row in data["rows"]]
    headers = (_("What follows"), _("In scope"), _("With it"), _("All of it done"))
    return [SheetOut(name=_("Thread"), headers=headers, rows=rows)]


panels.register(
    panels.Panel(
        key="requirements",
        title=lazy("Requirements"),
        template="panels/requirements.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"home", "status"}),
        order=50,
        is_of_now=True,
        permission="requirements.view",
        data=team_requirements,
        present=present_requirements,
        sheets=requirement_sheets,
    ),
    panels.Panel(
        key="customer_requirements",
        title=lazy("Requirements"),
        template="panels/requirements.html",
        audiences=frozenset({panels.CUSTOMER}),
        places=frozenset({"portal", "status"}),
        order=50,
        is_of_now=True,
        data=customer_requirements,
        present=present_requirements,
        sheets=requirement_sheets,
    ),
    panels.Panel(
        key="thread",
        title=lazy("From requirement to build"),
        template="panels/thread.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"home", "status"}),
        order=51,
        is_of_now=True,
        permission="trace.view",
        data=team_thread,
        present=present_requirements,
        figures=thread_figures,
        sheets=thread_sheets,
    ),
    panels.Panel(
        key="customer_thread",
        title=lazy("From requirement to build"),
        template="panels/thread.html",
        audiences=frozenset({panels.CUSTOMER}),
        places=frozenset({"portal", "status"}),
        order=51,
        is_of_now=True,
        data=customer_thread,
        present=present_requirements,
        figures=thread_figures,
        sheets=thread_sheets,
    ),
)
panels.register(
    panels.Panel(
        key="roadmap",
        title=lazy("Roadmap"),
        template="panels/roadmap.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"home", "status"}),
        order=52,
        permission="requirements.view",
        data=team_roadmap,
        present=present_roadmap,
        figures=roadmap_figures,
        sheets=roadmap_sheets,
    ),
    panels.Panel(
        key="customer_roadmap",
        title=lazy("Roadmap"),
        template="panels/roadmap.html",
        audiences=frozenset({panels.CUSTOMER}),
        places=frozenset({"portal", "status"}),
        order=52,
        data=customer_roadmap,
        present=present_roadmap,
        figures=roadmap_figures,
        sheets=roadmap_sheets,
    ),
)
places.register(
    places.Place("requirements", "Requirements", "list-check", "requirement_list", "requirements.view", 10)
)
