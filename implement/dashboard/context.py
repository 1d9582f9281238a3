"""What the shell of every page shows of the signed-in person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from implement.dashboard.selectors import face_of, shell_of


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the unread notices, the running timer and the face of the product, asked when the shell draws them."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    shell = SimpleLazyObject(lambda: shell_of(request.user))
    return {
        "unread": SimpleLazyObject(lambda: shell.unread),
        "running": SimpleLazyObject(lambda: shell.timer),
        "face": SimpleLazyObject(lambda: face_of(request.user)),
    }
