"""What the design shows elsewhere: how much is approved, for the team and for the customer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from implement.core.tabular import SheetOut
from projects.design.presenting import customer_tiles, kind_rows, tiles_of
from projects.design.selectors.figures import figures_of, kinds_of
from projects.kit import panels, places
from projects.kit.panels import Data
from projects.models import Project


def team_design(project: Project, as_of: date) -> Data | None:
    """Return how far the design is, with what only the team counts; None without any."""
    tiles = tiles_of(project=project)
    return {"tiles": tiles, "rows": kind_rows(kinds_of(project=project))} if tiles else None


def customer_design(project: Project, as_of: date) -> Data | None:
    """Return how far what the customer was shown is, in their figures; None without any."""
    figures = figures_of(project=project, only_shown=True)
    if not figures.total:
        return None
    return {"tiles": customer_tiles(figures), "rows": kind_rows(kinds_of(project=project, only_shown=True))}


def present_design(data: Data) -> Data:
    """Return the figures as the template draws them."""
    return {"data": data}


def design_sheets(data: Data) -> list[SheetOut]:
    """Return the counts by type as a table."""
    rows = [(row["label"], row["total"], row["approved"]) for row in data["rows"]]
    return [SheetOut(name=_("Design"), headers=(_("Type"), _("In scope"), _("Approved")), rows=rows)]


panels.register(
    panels.Panel(
        key="design",
        title=lazy("Design"),
        template="panels/design.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"home", "status"}),
        order=52,
        is_of_now=True,
        permission="design.view",
        data=team_design,
        present=present_design,
        sheets=design_sheets,
    ),
    panels.Panel(
        key="customer_design",
        title=lazy("Design"),
        template="panels/design.html",
        audiences=frozenset({panels.CUSTOMER}),
        places=frozenset({"portal", "status"}),
        order=52,
        is_of_now=True,
        data=customer_design,
        present=present_design,
        sheets=design_sheets,
    ),
)
places.register(places.Place("design", "Design", "sitemap", "designelement_list", "design.view", 30))
