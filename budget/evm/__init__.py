"""Earned value and earned schedule: pure formulas, no database and no framework.

The formulas are those of the PMI *Practice Standard for Earned Value Management* (2nd ed., 2011), here
"PS-EVM", and of *The Standard for Earned Value Management* (PMI, 2019), here "S-EVM"; earned schedule is
W. Lipke, *Schedule is Different* (2003), as adopted by S-EVM. Names clash between textbooks ("typical"
means opposite things in two of them), so each estimate at completion is named by its assumption.

Conventions that hold for the whole module:

- Money is ``Decimal`` in one currency; indices are dimensionless; time is counted in periods of the plan.
- ``None`` means *n/a*: an input is missing or a denominator is not positive. It never means zero.
- Nothing is rounded here. Round once, where the figure is shown.
"""

from budget.evm.schedule import EarnedSchedule, earned_schedule
from budget.evm.values import EacAssumption, EarnedValue, Explanation, figure_names, spread
from budget.evm.verdict import Health, HealthLimits, health

__all__ = [
    "EacAssumption",
    "EarnedSchedule",
    "EarnedValue",
    "Explanation",
    "Health",
    "HealthLimits",
    "earned_schedule",
    "figure_names",
    "health",
    "spread",
]
