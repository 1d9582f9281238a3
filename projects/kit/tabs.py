"""The neighbouring pages of a room, as tabs above each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from projects.kit.access import Entry

# key, label, URL name, permission
Tab = tuple[str, str, str, str]


def neighbours(entry: Entry, tabs: Sequence[Tab], current: str) -> list[dict[str, Any]]:
    """Return the pages that the person may open, in order, with the one that is open marked."""
    return [
        {"label": label, "url": reverse(name, args=[entry.project.code]), "is_current": key == current}
        for key, label, name, permission in tabs
        if entry.can(permission)
    ]
