"""Earned value of one scope at one date: variances, indices, forecasts and their explanations."""

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Self

from budget.evm import words
from budget.evm.arithmetic import Amount, checked, minus, over, plus, times


class EacAssumption(StrEnum):
    """What the forecast of the final cost assumes about the work that remains."""

    PERFORMANCE_CONTINUES = "performance_continues"
    ONE_OFF = "one_off"
    COST_AND_SCHEDULE = "cost_and_schedule"
    BOTTOM_UP = "bottom_up"

    @property
    def label(self) -> str:
        """The assumption in plain words, for choices and notes."""
        return words.ASSUMPTIONS[self.value]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """How one figure came about, enough for a page or a print note to explain it.

    ``inputs`` pairs each input's abbreviation with its value; ``unit`` is "money", "index" or "periods";
    ``value`` is unrounded; ``note`` says in words why a figure is n/a, and is empty otherwise.
    """

    name: str
    label: str
    formula: str
    inputs: tuple[tuple[str, Amount], ...]
    value: Amount
    unit: str
    source: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class EarnedValue:
    """Earned value figures of one scope (project, task, resource) at one date.

    ``bac`` budget at completion, ``pv`` planned value, ``ev`` earned value and ``ac`` actual cost are money
    in one currency, each None when not known. ``assumption`` selects the estimate behind ``eac``, ``etc``,
    ``vac`` and ``tcpi_eac``; ``bottom_up_etc`` is the fresh estimate of the remaining work, which only the
    bottom-up assumption uses. Raises TypeError for floats and ValueError for NaN or infinity.
    """

    bac: Amount
    pv: Amount
    ev: Amount
    ac: Amount
    assumption: EacAssumption = EacAssumption.PERFORMANCE_CONTINUES
    bottom_up_etc: Amount = None

    def __post_init__(self) -> None:
        for name in ("bac", "pv", "ev", "ac", "bottom_up_etc"):
            object.__setattr__(self, name, checked(name, getattr(self, name)))
        object.__setattr__(self, "assumption", EacAssumption(self.assumption))

    def assuming(self, assumption: EacAssumption, *, bottom_up_etc: Amount = None) -> Self:
        """The same figures seen under another assumption about the remaining work."""
        return replace(self, assumption=assumption, bottom_up_etc=bottom_up_etc)

    # -- where we are --------------------------------------------------------------------------------

    @property
    def cv(self) -> Amount:
        """Cost variance, CV = EV - AC (money; negative is over cost). PS-EVM, S-EVM."""
        return minus(self.ev, self.ac)

    @property
    def sv(self) -> Amount:
        """Schedule variance, SV = EV - PV (money; negative is behind plan). PS-EVM, S-EVM."""
        return minus(self.ev, self.pv)

    @property
    def cpi(self) -> Amount:
        """Cost performance index, CPI = EV / AC. PS-EVM, S-EVM."""
        return over(self.ev, self.ac)

    @property
    def spi(self) -> Amount:
        """Schedule performance index, SPI = EV / PV; returns to 1 on a late finish. PS-EVM, S-EVM."""
        return over(self.ev, self.pv)

    # -- what it will cost ---------------------------------------------------------------------------

    @property
    def eac_cpi(self) -> Amount:
        """EAC = BAC / CPI: cost performance so far continues. PS-EVM, S-EVM.

        Computed as BAC * AC / EV, so that the index is never rounded on the way.
        """
        return None if self.cpi is None else over(times(self.bac, self.ac), self.ev)

    @property
    def eac_remaining_at_plan(self) -> Amount:
        """EAC = AC + (BAC - EV): the overrun was one-off, the rest goes to plan. PS-EVM, S-EVM."""
        return plus(self.ac, minus(self.bac, self.ev))

    @property
    def eac_cpi_spi(self) -> Amount:
        """EAC = AC + (BAC - EV) / (CPI * SPI): cost and schedule both weigh on the rest. PS-EVM, S-EVM.

        Computed as AC + (BAC - EV) * AC * PV / EV², so that no index is rounded on the way.
        """
        if self.cpi is None or self.spi is None:
            return None
        weighted = times(times(minus(self.bac, self.ev), self.ac), self.pv)
        return plus(self.ac, over(weighted, times(self.ev, self.ev)))

    def eac_bottom_up(self, etc: Amount) -> Amount:
        """EAC = AC + ETC, with ``etc`` (money) the remaining work estimated afresh. PS-EVM, S-EVM."""
        return plus(self.ac, checked("etc", etc))

    @property
    def eac(self) -> Amount:
        """Estimate at completion under the chosen assumption (money). PS-EVM, S-EVM."""
        match self.assumption:
            case EacAssumption.PERFORMANCE_CONTINUES:
                return self.eac_cpi
            case EacAssumption.ONE_OFF:
                return self.eac_remaining_at_plan
            case EacAssumption.COST_AND_SCHEDULE:
                return self.eac_cpi_spi
            case _:
                return self.eac_bottom_up(self.bottom_up_etc)

    @property
    def etc(self) -> Amount:
        """Estimate to complete, ETC = EAC - AC (money). PS-EVM, S-EVM."""
        return minus(self.eac, self.ac)

    @property
    def vac(self) -> Amount:
        """Variance at completion, VAC = BAC - EAC (money; negative is over budget). PS-EVM, S-EVM."""
        return minus(self.bac, self.eac)

    # -- what it would take --------------------------------------------------------------------------

    @property
    def tcpi_bac(self) -> Amount:
        """To-complete index on the budget, TCPI = (BAC - EV) / (BAC - AC). PS-EVM, S-EVM.

        None when BAC <= AC: no efficiency reaches a budget that is already spent.
        """
        return over(minus(self.bac, self.ev), minus(self.bac, self.ac))

    @property
    def tcpi_eac(self) -> Amount:
        """To-complete index on the estimate, TCPI = (BAC - EV) / (EAC - AC). PS-EVM, S-EVM."""
        return over(minus(self.bac, self.ev), minus(self.eac, self.ac))

    @property
    def tcpi_attainable(self) -> bool | None:
        """Whether the budget can still be met at all: AC < BAC; None when either is missing."""
        return None if self.bac is None or self.ac is None else self.ac < self.bac

    # -- how it came about ---------------------------------------------------------------------------

    def explain(self, name: str) -> Explanation:
        """Explain one figure by its attribute name, such as "cpi" or "eac".

        Raises KeyError for a name that is no figure of this class.
        """
        formula_of = f"eac:{self.assumption}" if name == "eac" else name
        entry = words.FIGURES[formula_of]
        value = getattr(self, name)
        inputs = tuple((words.SYMBOLS[part], getattr(self, part)) for part in entry.inputs)
        note = "" if value is not None else self._why_missing(name, inputs)
        return Explanation(
            name=name,
            label=entry.label,
            formula=entry.formula,
            inputs=inputs,
            value=value,
            unit=entry.unit,
            source=entry.source,
            note=note,
        )

    def _why_missing(self, name: str, inputs: tuple[tuple[str, Amount], ...]) -> str:
        missing = [symbol for symbol, value in inputs if value is None]
        if missing:
            return words.NOT_KNOWN.format(names=", ".join(missing))
        if name == "tcpi_bac":
            return words.NOT_ATTAINABLE
        return words.NOT_POSITIVE


def figure_names() -> tuple[str, ...]:
    """Names that ``EarnedValue.explain`` accepts, inputs first, in the order a page shows them."""
    given = tuple(field.name for field in fields(EarnedValue)[:4])
    return given + tuple(dict.fromkeys(key.split(":")[0] for key in words.FIGURES if key not in given))


def spread(*, cost: Amount, fraction: Amount) -> Amount:
    """Part of ``cost`` (money) that falls due by ``fraction`` of its span, which is held within 0..1.

    Planned value of a line spread evenly (PV = cost * fraction) and, with physical progress as the
    fraction, its earned value (EV = BAC * physical %). PS-EVM, S-EVM.
    """
    share = checked("fraction", fraction)
    if share is None:
        return None
    return times(checked("cost", cost), min(max(share, Decimal(0)), Decimal(1)))
