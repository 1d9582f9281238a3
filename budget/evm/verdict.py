"""One word for cost and schedule performance."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from budget.evm.arithmetic import Amount

Health = Literal["good", "watch", "trouble"]


@dataclass(frozen=True, kw_only=True)
class HealthLimits:
    """Index limits: below ``trouble`` is trouble, below ``watch`` wants watching. Raises ValueError
    when they are out of order."""

    watch: Decimal = Decimal("0.95")
    trouble: Decimal = Decimal("0.90")

    @classmethod
    def at(cls, line: Decimal) -> HealthLimits:
        """Return the limits of a project that draws its own line."""
        return cls(watch=max(cls.watch, line), trouble=line)

    def __post_init__(self) -> None:
        if self.trouble > self.watch:
            raise ValueError("the trouble limit must not lie above the watch limit")


def health(
    *,
    cpi: Amount,
    spi: Amount,
    limits: HealthLimits | None = None,
    schedule_limits: HealthLimits | None = None,
) -> Health | None:
    """One word for cost and schedule performance, the worse of the two indices deciding.

    `schedule_limits`: those of SPI, where they are not those of CPI. A missing index never reads as good: the result
    is then what the other one proves wrong, or None.
    """
    bounds = limits or HealthLimits()
    judged = ((cpi, bounds), (spi, schedule_limits or bounds))
    known = [(index, lines) for index, lines in judged if index is not None]
    if any(index < lines.trouble for index, lines in known):
        return "trouble"
    if any(index < lines.watch for index, lines in known):
        return "watch"
    return "good" if len(known) == 2 else None
