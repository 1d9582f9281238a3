"""Keeping a schedule."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from implement.accounts.models import User
from implement.reports.models import ReportSchedule
from implement.reports.services.people import check_recipients
from projects.kit.rows import row_save
from projects.models import Person

# Changing one of these moves the due times; what the old ones had made due is not made up for.
TIMING = ("frequency", "weekday", "time", "time_zone", "anchor", "kind", "audience")


@transaction.atomic
def schedule_save(
    *,
    schedule: ReportSchedule,
    recipients: Iterable[Person],
    actor: User | None,
    expected_version: int | None = None,
) -> ReportSchedule:
    """Add or change a schedule and its recipients.

    Raises DomainError by field (an edition that is scheduled already, a person who may not get it),
    StaleVersion when somebody saved it meanwhile.
    """
    people = list(recipients)
    check_recipients(project=schedule.project, audience=schedule.audience, people=people)
    stored = None if schedule._state.adding else ReportSchedule.objects.filter(pk=schedule.pk).first()
    moved = stored is not None and any(getattr(stored, name) != getattr(schedule, name) for name in TIMING)
    if stored is None or moved or (schedule.is_active and not stored.is_active):
        schedule.active_from = timezone.now()
    row_save(row=schedule, actor=actor, expected_version=expected_version)
    schedule.recipients.set(people)
    return schedule
