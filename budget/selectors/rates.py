"""What an hour costs and what it is billed at: person before role before the whole project, latest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from budget.choices import Category
from budget.models import ChangeLine, RateCard
from implement.core.asked import answered_once
from implement.core.money import hours_cost
from projects.models import Person, Project

Key = tuple[int | None, str]


@dataclass(frozen=True)
class Rate:
    """Money per hour in the project's currency; None where the card leaves it open."""

    cost_rate: Decimal | None
    bill_rate: Decimal | None


NO_RATE = Rate(cost_rate=None, bill_rate=None)


@dataclass(frozen=True)
class RateBook:
    """A project's rate cards, read once. Cards of a key are ordered latest first."""

    currency: str
    cards: dict[Key, list[tuple[date, Rate]]] = field(default_factory=dict)

    def resolve(self, person: Person, worked_on: date) -> Rate:
        """Return the rate in force on a day: the person's, else their role's, else the project's.

        The most specific card that is effective wins as a whole; without any, both rates are None.
        """
        return self.find(person_id=person.pk, job_role=person.job_role, worked_on=worked_on)

    def find(self, *, person_id: int | None, job_role: str, worked_on: date) -> Rate:
        """Return the rate in force on a day for a person or, without one, a role or the whole project."""
        keys: list[Key] = [] if person_id is None else [(person_id, "")]
        if job_role:
            keys.append((None, job_role))
        keys.append((None, ""))
        for key in keys:
            for effective_from, rate in self.cards.get(key, ()):
                if effective_from <= worked_on:
                    return rate
        return NO_RATE


@answered_once
def rates_for(*, project: Project) -> RateBook:
    """Return the project's rate book; one query."""
    book = RateBook(currency=project.currency)
    for card in RateCard.objects.filter(project=project).order_by("-effective_from", "-pk"):
        rate = Rate(cost_rate=card.cost_rate, bill_rate=card.bill_rate)
        book.cards.setdefault((card.person_id, card.job_role), []).append((card.effective_from, rate))
    return book


def priced(line: ChangeLine, book: RateBook, day: date) -> tuple[Decimal | None, Decimal | None]:
    """Return cost and bill of a line: as they stand on it, else hours x the rate in force on a day."""
    if line.category != Category.LABOUR or not line.planned_seconds:
        return line.cost, line.bill
    role = line.job_role if line.person is None else line.person.job_role
    rate = book.find(person_id=line.person_id, job_role=role, worked_on=day)
    cost, bill = line.cost, line.bill
    if cost is None:
        cost = hours_cost(line.planned_seconds, rate.cost_rate, book.currency)
    if bill is None:
        bill = hours_cost(line.planned_seconds, rate.bill_rate, book.currency)
    return cost, bill
