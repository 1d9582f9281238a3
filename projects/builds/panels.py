"""What build items show elsewhere: how much is built and where it stands, for the team and for the customer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from implement.core.tabular import SheetOut
from projects.builds.presenting import customer_built, team_built
from projects.builds.selectors.figures import build_figures
from projects.kit import panels, places
from projects.kit.panels import Data
from projects.models import Project


def team_data(project: Project, as_of: date) -> Data | None:
    """Return how far the build is, with what only the team counts; None without an item."""
    figures = build_figures(project=project)
    return team_built(figures) if figures.total else None


def customer_data(project: Project, as_of: date) -> Data | None:
    """Return how far the build is in the customer's words, with the environments that they see; None without one."""
    figures = build_figures(project=project)
    return customer_built(figures) if figures.total else None


def present_built(data: Data) -> Data:
    """Return the figures as the template draws them."""
    return {"data": data}


def built_sheets(data: Data) -> list[SheetOut]:
    """Return the counts by state and by environment as tables."""
    states = [(row["label"], row["count"]) for row in data["states"]]
    places_ = [(row["label"], row["count"], row["percent"]) for row in data["places"]]
    return [
        SheetOut(name=_("Built"), headers=(_("Status"), _("Build items")), rows=states),
        SheetOut(
            name=_("Built by environment"), headers=(_("Environment"), _("Build items"), "%"), rows=places_
        ),
    ]


panels.register(
    panels.Panel(
        key="builds",
        title=lazy("Built"),
        template="panels/builds.html",
        audiences=frozenset({panels.TEAM}),
        places=frozenset({"home", "status"}),
        order=54,
        is_of_now=True,
        permission="builds.view",
        data=team_data,
        present=present_built,
        sheets=built_sheets,
    ),
    panels.Panel(
        key="customer_builds",
        title=lazy("Built"),
        template="panels/builds.html",
        audiences=frozenset({panels.CUSTOMER}),
        places=frozenset({"portal", "status"}),
        order=54,
        is_of_now=True,
        data=customer_data,
        present=present_built,
        sheets=built_sheets,
    ),
)
places.register(places.Place("builds", "Build", "hammer", "builditem_board", "builds.view", 40))
