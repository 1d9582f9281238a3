"""Panels: what a room shows elsewhere. Dashboard, portal and PDF arrange them; none computes a figure itself.

A panel's `data` returns plain JSON values from one selector at an `as_of`, so that a snapshot keeps it and no
two faces can disagree. `present` turns the same values into what its template draws (charts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from implement.core.money import not_available
from implement.core.tabular import SheetOut
from projects.kit.access import Entry
from projects.models import Project

TEAM, CUSTOMER = "team", "customer"
Data = dict[str, Any]
Figures = list[tuple[str, str]]


def tiles_in(value: Any) -> Iterator[Data]:
    """Yield every labelled figure in a panel's data, however deep it stands: a `label` with a `text` or `value`."""
    if isinstance(value, dict):
        shown = value.get("value", value.get("text"))
        is_figure = isinstance(value.get("label"), str) and ("value" in value or "text" in value)
        if is_figure and isinstance(shown, str | int | None):
            yield value
            return
        for below in value.values():
            yield from tiles_in(below)
    elif isinstance(value, list):
        for below in value:
            yield from tiles_in(below)


def shown_of(tile: Data) -> str:
    """Return what a labelled figure shows."""
    figure = tile.get("value", tile.get("text"))
    return not_available() if figure is None else str(figure)


def labelled_figures(data: Data) -> Figures:
    """Return (label, text) of the figures that a panel shows as tiles."""
    return [(tile["label"], shown_of(tile)) for tile in tiles_in(data)]


@dataclass(frozen=True)
class Panel:
    """One piece of a page.

    `audiences`: who may see it (`team`, `customer`). `permission`: the team's grant it needs besides.
    `places`: where it is laid out: "home", "portal", "budget" or "status" (the reports).
    `is_of_now`: it has no history and tells how things stand when it is asked; a report says the day beside it.
    `figures`: what of its data is worth comparing with the period before, as (label, text).
    `things`: its rows that come and go (questions, alerts, milestones), as (label, how it stands): a report names
    the new ones and those that are gone, too, while a figure that is new says nothing.
    `sheets`: its rows as tables of raw values; its figures need none.
    """

    key: str
    title: str
    template: str
    audiences: frozenset[str]
    places: frozenset[str]
    order: int
    data: Callable[[Project, date], Data | None]
    permission: str = "project.view"
    present: Callable[[Data], Data] | None = None
    is_wide: bool = False
    is_of_now: bool = False
    unless: str = ""
    figures: Callable[[Data], Figures] = labelled_figures
    things: Callable[[Data], Figures] | None = None
    sheets: Callable[[Data], list[SheetOut]] | None = None


@dataclass(frozen=True)
class Drawn:
    """A panel with its data, ready for its template."""

    panel: Panel
    context: Data


PANELS: dict[str, Panel] = {}


def register(*panels: Panel) -> None:
    """Make a room's panels known. A key names one panel for ever: snapshots refer to it."""
    for panel in panels:
        if panel.key in PANELS:
            raise ValueError(f"There are two panels called {panel.key}.")
        PANELS[panel.key] = panel


def panels_for(place: str, *, audience: str) -> list[Panel]:
    """Return the panels of a place that an audience may see, in order."""
    found = [panel for panel in PANELS.values() if place in panel.places and audience in panel.audiences]
    return sorted(found, key=lambda panel: (panel.order, panel.key))


def draw(panel: Panel, data: Data | None) -> Drawn | None:
    """Return a panel ready to be drawn from its data; None when it has nothing to say."""
    if data is None:
        return None
    return Drawn(panel=panel, context=data | (panel.present(data) if panel.present else {}))


def drawn_for(entry: Entry, place: str, *, as_of: date) -> list[Drawn]:
    """Return the panels of a place for the person inside the project, with their data."""
    audience = CUSTOMER if entry.is_customer else TEAM
    shown = [
        draw(panel, panel.data(entry.project, as_of))
        for panel in panels_for(place, audience=audience)
        if entry.is_customer
        or (entry.can(panel.permission) and not (panel.unless and entry.can(panel.unless)))
    ]
    return [item for item in shown if item is not None]
