"""What the generic templates ask of the pages they are drawn for."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from projects.kit.places import PLACES

register = template.Library()


@register.simple_tag(takes_context=True)
def page_url(context: Any, page: str, **kwargs: Any) -> str:
    """Return the address of another page of the same rows."""
    return context["address"](page, **kwargs)


@register.simple_tag(takes_context=True)
def if_can(context: Any, verb: str) -> bool:
    """Return whether the person may do `verb` to these rows."""
    return context["entry"].can(context["pages"].permission(verb))


@register.simple_tag(takes_context=True)
def rail(context: Any) -> list[dict[str, Any]]:
    """Return the places of the project that this person may open, in the order of the phase.

    With `marks` (key -> Station) in the context, each tells how far its activity is.
    """
    entry = context.get("entry")
    if entry is None or entry.is_customer:
        return []
    marks = context.get("marks", {})
    return [
        {
            "place": place,
            "url": reverse(place.url_name, args=[entry.project.code]),
            "mark": marks.get(place.room),
        }
        for place in sorted(PLACES.values(), key=lambda place: place.order)
        if entry.can(place.permission)
    ]
