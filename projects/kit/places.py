"""The rail: each room says where it is, in the order of the phase."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """An entry of the left rail, shown to who has the permission."""

    room: str
    label: str
    icon: str
    url_name: str
    permission: str
    order: int


PLACES: dict[str, Place] = {}


def register(*places: Place) -> None:
    """Put rooms on the rail."""
    for place in places:
        PLACES[place.room] = place
