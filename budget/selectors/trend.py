"""How the indices have moved, week by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from budget.choices import Measure
from budget.evm import EarnedSchedule, EarnedValue
from budget.selectors.amounts import ZERO, in_unit
from budget.selectors.curve import s_curve
from budget.selectors.yardstick import WEEK, plan_of
from implement.core.asked import answered_once
from projects.models import Project


@dataclass(frozen=True, kw_only=True)
class TrendPoint:
    """The indices at the end of a day; None is n/a. `sv_t` is in weeks, below zero: late."""

    day: date
    cpi: Decimal | None
    spi: Decimal | None
    spi_t: Decimal | None
    sv_t: Decimal | None


@answered_once
def index_trend(*, project: Project, as_of: date, measure: str = Measure.COST) -> tuple[TrendPoint, ...]:
    """Return CPI, SPI and SPI(t) at the points of the S-curve up to a day; no query beside those of the curve.

    Once all work is done the indices stand still, so the series ends there.
    """
    curve = s_curve(project=project, as_of=as_of, measure=measure)
    plan = plan_of(project=project, as_of=as_of, measure=measure)
    if not curve.points or plan.starts_on is None or plan.ends_on is None:
        return ()
    weeks = -(-((plan.ends_on - plan.starts_on).days + 1) // 7)
    ends = [plan.starts_on - timedelta(days=1) + WEEK * number for number in range(weeks + 1)]
    planned = [ZERO, *plan.curve(ends[1:])]
    planned = [in_unit(point, measure) or ZERO for point in planned]
    found: list[TrendPoint] = []
    for point in curve.points:
        if point.ev is None or point.day < plan.starts_on or point.day > as_of:
            continue
        value = EarnedValue(bac=curve.bac, pv=point.pv, ev=point.ev, ac=point.ac)
        passed = Decimal((point.day - plan.starts_on).days + 1) / 7
        time = EarnedSchedule.from_curve(pv_curve=planned, ev=point.ev, at=passed)
        found.append(
            TrendPoint(day=point.day, cpi=value.cpi, spi=value.spi, spi_t=time.spi_t, sv_t=time.sv_t)
        )
        if curve.bac is not None and point.ev >= curve.bac:
            break
    return tuple(found)
