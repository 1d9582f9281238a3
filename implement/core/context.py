"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def product(request: HttpRequest) -> dict[str, object]:
    """Return the flags that the shell of a page needs."""
    return {"DEMO": settings.DEMO}
