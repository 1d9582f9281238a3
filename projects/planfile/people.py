"""People as the resources of a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal

from projects import mspdi
from projects.kit.planfiles import PersonRate
from projects.models import Person

FULL_WEEK = Decimal(40)


def resource(
    person: Person, uid: int, number: int, rates: Sequence[PersonRate], calendar: int | None
) -> mspdi.MspdiResource:
    """Return one person; half of a full week is half a unit, where no calendar says when they work."""
    share = Decimal(1) if calendar is not None else person.weekly_hours / FULL_WEEK
    following = [rate.effective_from for rate in rates[1:]]
    return mspdi.MspdiResource(
        uid=uid,
        id=number,
        name=person.name,
        is_null=False,
        initials="".join(word[0] for word in person.name.split())[:10],
        email=person.email,
        group=person.job_role,
        type=mspdi.ResourceType.WORK,
        max_units=min(share, Decimal(1)) or Decimal(1),
        rates=tuple(
            mspdi.MspdiRate(
                table="A",
                effective_from=datetime.combine(rate.effective_from, time()),
                effective_to=datetime.combine(until, time()) if until else None,
                standard_rate=rate.cost_rate,
                overtime_rate=Decimal(0),
                cost_per_use=Decimal(0),
            )
            for rate, until in zip(rates, [*following, None], strict=False)
        ),
        calendar_uid=calendar,
        notes="",
        baselines=(),
        custom_fields=(),
    )
