"""One word for cost and schedule performance."""

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

    def __post_init__(self) -> None:
        if self.trouble > self.watch:
            raise ValueError("the trouble limit must not lie above the watch limit")


def health(*, cpi: Amount, spi: Amount, limits: HealthLimits | None = None) -> Health | None:
    """One word for cost and schedule performance, the worse of the two indices deciding.

    A missing index never reads as good: the result is then what the other one proves wrong, or None.
    """
    bounds = limits or HealthLimits()
    known = [index for index in (cpi, spi) if index is not None]
    if any(index < bounds.trouble for index in known):
        return "trouble"
    if any(index < bounds.watch for index in known):
        return "watch"
    return "good" if len(known) == 2 else None
