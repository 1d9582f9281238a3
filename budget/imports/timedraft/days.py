"""How full people's days are while rows of a file are placed on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Sum

from budget.models import DAY_SECONDS, TimeEntry
from projects.models import Person


@dataclass
class DayBook:
    """Seconds per person and day over all projects, as they fill up."""

    used: dict[tuple[int, date], int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def of(cls, people: Iterable[Person], first: date, last: date) -> DayBook:
        """Return what the people have booked between two days; one query."""
        book = cls()
        stored = (
            TimeEntry.objects.filter(
                person__in=[person for person in people if person.pk], worked_on__range=(first, last)
            )
            .order_by()
            .values_list("person_id", "worked_on")
            .annotate(total=Sum("seconds"))
        )
        for person_id, day, total in stored:
            book.used[person_id, day] = total
        return book

    def key(self, person: Person, day: date) -> tuple[int, date]:
        """Return where a person's day is kept; somebody not written yet has a key of their own."""
        return (person.pk if person.pk else -id(person), day)

    def free(self, person: Person, day: date) -> int:
        """Return the seconds that are left of a day."""
        return DAY_SECONDS - self.used[self.key(person, day)]

    def book(self, person: Person, day: date, seconds: int) -> None:
        """Use seconds of a day."""
        self.used[self.key(person, day)] += seconds
