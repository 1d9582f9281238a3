"""What the shell of every page shows of the signed-in person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from implement.dashboard.selectors import face_of
from projects.choices import Channel
from projects.models import Delivery


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the unread notices and the person's face of the product, asked only when the shell draws them."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {
        "unread": SimpleLazyObject(
            lambda: Delivery.objects.filter(user=request.user, channel=Channel.IN_APP, read_at=None).count()
        ),
        "face": SimpleLazyObject(lambda: face_of(request.user)),
    }
