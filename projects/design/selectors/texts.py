"""What the customer reads of a design element, and what a version changed in it."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.design.choices import ElementKind
from projects.design.models import DesignElement
from projects.kit.texts import Content, Difference, differences_between

# What is versioned, in the order in which it is read.
TEXTS = ("title", "kind", "purpose", "description", "diagram")
LABELS: dict[str, str | Promise] = {
    "title": _("Title"),
    "kind": _("Type"),
    "purpose": _("Purpose"),
    "description": _("Description"),
    "diagram": _("Diagram"),
}
KINDS = dict(ElementKind.choices)


def content_of(element: DesignElement) -> Content:
    """Return what the customer reads of a design element, with stored values for what has words."""
    return {name: getattr(element, name) for name in TEXTS}


def shown_value(name: str, value: Any) -> str:
    """Return a stored value in words."""
    return str(KINDS.get(value, value)) if name == "kind" else str(value)


def differences_of(before: Content, after: Content) -> list[Difference]:
    """Return the fields in which two versions differ, word by word, in reading order."""
    return differences_between(before, after, labels=LABELS, shown=shown_value)
