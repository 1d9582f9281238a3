"""Build items for tests."""

from __future__ import annotations

from typing import Any

from implement.testkit.cast import Cast
from projects.builds.choices import BuildState
from projects.builds.models import BuildItem, ConformanceCheck, Environment, Promotion
from projects.builds.services.checks import check_record
from projects.builds.services.items import item_save
from projects.builds.services.promotions import promotion_make
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.access import Entry, enter

# The steps from To do to each column.
WAY = {
    BuildState.TODO: (),
    BuildState.DOING: ("start",),
    BuildState.REVIEW: ("start", "submit"),
    BuildState.BUILT: ("start", "submit", "finish"),
}


def mara(cast: Cast) -> Entry:
    """Let Mara in, who manages."""
    return enter(cast.mara, "nordwind", "builds.view")


def tom(cast: Cast) -> Entry:
    """Let Tom in, who builds."""
    return enter(cast.tom, "nordwind", "builds.view")


def tess(cast: Cast) -> Entry:
    """Let Tess in, who builds, too."""
    return enter(cast.tess, "nordwind", "builds.view")


def build(
    cast: Cast, title: str = "Order screen", *, state: str = BuildState.TODO, **fields: Any
) -> BuildItem:
    """Let Tom write an item down, and bring it into a column."""
    row = BuildItem(project=cast.nordwind, title=title, **{"owner": cast.tom.person, **fields})
    item_save(item=row, entry=tom(cast))
    for name in WAY[BuildState(state)]:
        step(cast, row, name)
    return row


def step(cast: Cast, row: BuildItem, name: str, reason: str = "", *, entry: Entry | None = None) -> None:
    """Take a step, as Tom unless somebody else is named."""
    BUILD_WORKFLOW.perform(name=name, item=row, entry=entry or tom(cast), reason=reason)


def promote(
    cast: Cast, place: str, build_id: str, *rows: BuildItem, entry: Entry | None = None, **more: Any
) -> Promotion:
    """Let Mara bring a build into an environment."""
    environment = Environment.objects.get(project=cast.nordwind, name=place)
    made = promotion_make(
        environment=environment, build_id=build_id, items=rows, entry=entry or mara(cast), **more
    )
    for row in rows:
        row.refresh_from_db()
    return made


def check(
    cast: Cast, row: BuildItem, verdict: str = "conforms", *, entry: Entry | None = None, **more: Any
) -> ConformanceCheck:
    """Let Tess look at an item in DEV."""
    place = Environment.objects.get(project=cast.nordwind, name=more.pop("place", "DEV"))
    words = {"environment": place, "build_id": "1.0", **more}
    made = check_record(item=row, entry=entry or tess(cast), verdict=verdict, **words)
    row.refresh_from_db()
    return made
