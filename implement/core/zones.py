"""Time zones by their IANA name."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


@lru_cache(maxsize=1)
def zone_choices() -> list[tuple[str, str]]:
    """Return (name, readable name) for the form's list: UTC first, then Region/City."""
    names = sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a known time zone."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone, such as Europe/Berlin.")
