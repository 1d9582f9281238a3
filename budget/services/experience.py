"""Keeping, day by day, what the firm's finished tasks took against their estimate."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from budget.models import Experience
from budget.selectors.experience import learn, packed


def experience_keep(*, day: date) -> Experience:
    """Keep what is known at the end of a day. Safe to ask twice, or by two at once: one of them writes it."""
    kept = Experience.objects.filter(day=day).first()
    if kept is not None:
        return kept
    learned = learn(day)
    row, _ = Experience.objects.get_or_create(
        day=day,
        defaults={"at": timezone.now(), "projects": learned.projects, "data": packed(learned)},
    )
    return row
