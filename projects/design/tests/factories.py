"""Design elements for tests."""

from __future__ import annotations

from typing import Any

from implement.testkit.cast import Cast
from projects.design.models import DesignElement
from projects.design.services.elements import element_save
from projects.kit.access import enter

PURPOSE = "It takes orders over from the shop."


def element(cast: Cast, title: str = "Order import", **fields: Any) -> DesignElement:
    """Let Mara write a design element down."""
    row = DesignElement(project=cast.nordwind, title=title, **{"purpose": PURPOSE, **fields})
    return element_save(element=row, entry=enter(cast.mara, "nordwind", "design.change"))
