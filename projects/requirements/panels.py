"""What requirements show elsewhere: how much is validated, for the team and for the customer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from implement.core.tabular import SheetOut
from projects.kit import panels, places
from projects.kit.panels import Data
from projects.models import Project
from projects.requirements.presenting import customer_tiles, priority_rows, tiles_of
from projects.requirements.selectors.figures import figures_of


def team_requirements(project: Project, as_of: date) -> Data | None:
    """Return how far the requirements are, with what only the team counts; None without any."""
    tiles = tiles_of(project=project, as_of=as_of)
    return {"tiles": tiles, "rows": priority_rows(figures_of(project=project))} if tiles else None


def customer_requirements(project: Project, as_of: date) -> Data | None:
    """Return how far what the customer was shown is, in their figures; None without any."""
    figures = figures_of(project=project, only_shown=True)
    return {"tiles": customer_tiles(figures), "rows": priority_rows(figures)} if figures.total else None


def present_requirements(data: Data) -> Data:
    """Return the figures as the template draws them."""
    return {"data": data}


def requirement_sheets(data: Data) -> list[SheetOut]:
    """Return the counts by priority as a table."""
    rows = [(row["label"], row["total"], row["signed"]) for row in data["rows"]]
    return [
        SheetOut(name=_("Requirements"), headers=(_("Priority"), _("In scope"), _("Validated")), rows=rows)
    ]


panels.register(
    panels.Panel(
        key="requirements",
        title=lazy("Requirements"),
        template="panels/requirements.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"home", "status"}),
        order=50,
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
        data=customer_requirements,
        present=present_requirements,
        sheets=requirement_sheets,
    ),
)
places.register(
    places.Place("requirements", "Requirements", "list-check", "requirement_list", "requirements.view", 10)
)
