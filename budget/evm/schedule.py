"""Earned schedule: schedule performance measured in time rather than in money."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Self

from budget.evm.arithmetic import Amount, checked, minus, over, plus, times


def earned_schedule(*, pv_curve: Sequence[Decimal], ev: Amount) -> Amount:
    """Earned schedule in periods: the time at which the plan expected to have earned ``ev``.

    ``pv_curve[i]`` is the cumulative planned value (money) at the end of period ``i``; ``pv_curve[0]`` is
    the start. ES = C + (EV - PV_C) / (PV_{C+1} - PV_C), with C the last whole period where PV_C <= EV.
    Lipke 2003; S-EVM. All work earned gives the first period at which the plan is complete, so that idle
    periods after the planned finish do not count as time earned. None without EV or without a plan.
    Raises ValueError when the curve falls.
    """
    curve = [checked("pv_curve", point) for point in pv_curve]
    amount = checked("ev", ev)
    points = [point for point in curve if point is not None]
    if len(points) != len(curve):
        raise ValueError("pv_curve must not have gaps")
    if any(later < earlier for earlier, later in pairwise(points)):
        raise ValueError("pv_curve is cumulative and must not fall")
    if amount is None or len(points) < 2 or points[-1] <= 0:
        return None
    if amount >= points[-1]:
        return Decimal(points.index(points[-1]))
    if amount < points[0]:
        return Decimal(0)
    whole = max(period for period, planned in enumerate(points) if planned <= amount)
    part = over(minus(amount, points[whole]), minus(points[whole + 1], points[whole]))
    return plus(Decimal(whole), part)


@dataclass(frozen=True, kw_only=True)
class EarnedSchedule:
    """Schedule performance in time: ``es`` earned schedule and ``at`` actual time, both in periods."""

    es: Amount
    at: Amount

    def __post_init__(self) -> None:
        for name in ("es", "at"):
            object.__setattr__(self, name, checked(name, getattr(self, name)))

    @classmethod
    def from_curve(cls, *, pv_curve: Sequence[Decimal], ev: Amount, at: Amount) -> Self:
        """Read ``es`` off a cumulative planned value curve; see ``earned_schedule``."""
        return cls(es=earned_schedule(pv_curve=pv_curve, ev=ev), at=at)

    @property
    def sv_t(self) -> Amount:
        """Schedule variance in time, SV(t) = ES - AT (periods; negative is late). Lipke 2003; S-EVM."""
        return minus(self.es, self.at)

    @property
    def spi_t(self) -> Amount:
        """Schedule performance index in time, SPI(t) = ES / AT; stays below 1 on a late finish. S-EVM."""
        return over(self.es, self.at)

    def forecast_duration(self, pd: Amount) -> Amount:
        """Independent estimate of the duration, IEAC(t) = PD / SPI(t), in periods. Lipke 2003; S-EVM.

        ``pd`` is the planned duration in periods. Computed as PD * AT / ES to divide once.
        """
        return None if self.spi_t is None else over(times(checked("pd", pd), self.at), self.es)
