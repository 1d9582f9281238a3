"""The words behind earned value figures: label, formula, inputs and source of each.

Plain strings, so that the formulas stay free of any framework; a page translates them where it shows them.
"""

from dataclasses import dataclass


def noop(text: str) -> str:
    """Mark words for the catalogue without needing a framework."""
    return text


PS_EVM = "PMI, Practice Standard for Earned Value Management, 2nd ed."
S_EVM = "PMI, The Standard for Earned Value Management"

ASSUMPTIONS = {
    "performance_continues": noop("Cost performance so far continues"),
    "one_off": noop("The overrun was one-off; the rest goes to plan"),
    "cost_and_schedule": noop("Cost and schedule performance both weigh on the rest"),
    "bottom_up": noop("The remaining work was estimated afresh"),
}

SYMBOLS = {
    "bac": "BAC",
    "pv": "PV",
    "ev": "EV",
    "ac": "AC",
    "cpi": "CPI",
    "spi": "SPI",
    "eac": "EAC",
    "bottom_up_etc": "bottom-up ETC",
}

NOT_KNOWN = noop("n/a: {names} not known")
NOT_POSITIVE = noop("n/a: the denominator is not above zero")
NOT_ATTAINABLE = noop("not attainable: the budget is already spent")


@dataclass(frozen=True)
class Figure:
    """What a page says about one figure; ``inputs`` are attribute names of ``EarnedValue``."""

    label: str
    formula: str
    inputs: tuple[str, ...]
    unit: str
    source: str = f"{PS_EVM}; {S_EVM}"


_AT_PLAN = Figure("Estimate at completion", "AC + (BAC − EV)", ("ac", "bac", "ev"), "money")
_BOTH = Figure(
    "Estimate at completion", "AC + (BAC − EV) / (CPI × SPI)", ("ac", "bac", "ev", "cpi", "spi"), "money"
)
_CPI = Figure("Estimate at completion", "BAC / CPI", ("bac", "cpi"), "money")

FIGURES = {
    "bac": Figure("Budget at completion", noop("Approved budget of the work in scope"), (), "money"),
    "pv": Figure("Planned value", noop("Budget of the work planned up to the date"), (), "money"),
    "ev": Figure("Earned value", noop("Budget of the work done up to the date"), (), "money"),
    "ac": Figure("Actual cost", noop("Approved cost up to the date"), (), "money"),
    "cv": Figure("Cost variance", "EV − AC", ("ev", "ac"), "money"),
    "sv": Figure("Schedule variance", "EV − PV", ("ev", "pv"), "money"),
    "cpi": Figure("Cost performance index", "EV / AC", ("ev", "ac"), "index"),
    "spi": Figure("Schedule performance index", "EV / PV", ("ev", "pv"), "index"),
    "eac_cpi": _CPI,
    "eac_remaining_at_plan": _AT_PLAN,
    "eac_cpi_spi": _BOTH,
    "eac:performance_continues": _CPI,
    "eac:one_off": _AT_PLAN,
    "eac:cost_and_schedule": _BOTH,
    "eac:bottom_up": Figure("Estimate at completion", "AC + bottom-up ETC", ("ac", "bottom_up_etc"), "money"),
    "etc": Figure("Estimate to complete", "EAC − AC", ("eac", "ac"), "money"),
    "vac": Figure("Variance at completion", "BAC − EAC", ("bac", "eac"), "money"),
    "tcpi_bac": Figure(
        "To-complete performance index (budget)", "(BAC − EV) / (BAC − AC)", ("bac", "ev", "ac"), "index"
    ),
    "tcpi_eac": Figure(
        "To-complete performance index (estimate)",
        "(BAC − EV) / (EAC − AC)",
        ("bac", "ev", "eac", "ac"),
        "index",
    ),
}
