"""What a later room adds to a plan's file: the cost rates of people, which the plan itself does not know.

    planfiles.rates(person_rates)   # (project, people) -> person id -> rates, earliest first

Only who may see cost gets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from projects.models import Person, Project


@dataclass(frozen=True)
class PersonRate:
    """What an hour of somebody costs from a day on, in the project's currency."""

    effective_from: date
    cost_rate: Decimal


Rates = Mapping[int, Sequence[PersonRate]]
Ask = Callable[[Project, Iterable[Person]], Rates]
RATES: list[Ask] = []


def rates(function: Ask) -> Ask:
    """Make known who knows what people cost."""
    RATES.append(function)
    return function


def rates_of(project: Project, people: Iterable[Person]) -> Rates:
    """Return person id -> rates, earliest first; nothing for people without any."""
    known = list(people)
    found: dict[int, Sequence[PersonRate]] = {}
    for ask in RATES:
        found |= ask(project, known)
    return found
