"""The figures of a what-if beside today's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from budget.models import Difference
from budget.selectors.whatif.live import LivePlan, Standing
from budget.selectors.whatif.money import Take
from budget.selectors.whatif.sketch import Sketch
from projects.models import Person, Task


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A date before and after, and by how many working days of the project's calendar it moves."""

    task_id: int | None
    name: str
    before: date | None
    after: date | None
    days: int | None


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """A line of the outline: the task as the what-if has it, where it stands then and now, what is different."""

    task: Task
    before: Standing | None
    after: Standing | None
    days: int | None
    differences: tuple[Difference, ...]
    is_removed: bool = False

    @property
    def is_new(self) -> bool:
        """Return whether only the what-if has it."""
        return self.task.pk < 0


@dataclass(frozen=True, kw_only=True)
class MoneyRow:
    """Hours, cost and bill of a task or a person, then and now. Money is None where no rate or amount says it."""

    name: str
    seconds: int
    seconds_after: int
    cost: Decimal | None
    cost_after: Decimal | None
    bill: Decimal | None
    bill_after: Decimal | None

    @property
    def is_different(self) -> bool:
        """Return whether anything of it changes."""
        before = (self.seconds, self.cost, self.bill)
        return before != (self.seconds_after, self.cost_after, self.bill_after)

    @property
    def cost_step(self) -> Decimal | None:
        """Return what it costs more, or less."""
        return step_of(self.cost, self.cost_after)

    @property
    def bill_step(self) -> Decimal | None:
        """Return what is billed more, or less."""
        return step_of(self.bill, self.bill_after)

    @property
    def seconds_step(self) -> int:
        """Return how many seconds are planned more, or less."""
        return self.seconds_after - self.seconds


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """What somebody is planned with on this project, and their days with too much to do from today on, all projects."""

    person: Person
    seconds: int
    seconds_after: int
    days_over: int
    days_over_after: int
    worst: date | None
    worst_hours: float
    worst_capacity: float


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A what-if beside today. With a `reason` it cannot be computed, and everything after it is as today."""

    seen: str
    reason: str
    finish: Moved
    milestones: tuple[Moved, ...]
    tasks: tuple[TaskRow, ...]
    total: MoneyRow
    by_task: tuple[MoneyRow, ...]
    by_person: tuple[MoneyRow, ...]
    critical_in: tuple[str, ...]
    critical_out: tuple[str, ...]
    people: tuple[PersonRow, ...]
    conflicts: Mapping[int, str] = field(default_factory=dict)
    moved: Mapping[int, str] = field(default_factory=dict)
    beyond_the_plan: tuple[Difference, ...] = ()
    sketch: Sketch = field(default_factory=Sketch)
    takes: tuple[Take, ...] = ()
    live: LivePlan | None = None
    # The fullest day of anybody from today on, in % of their time on it; None without any work left.
    peak: int | None = None
    peak_after: int | None = None

    @property
    def days(self) -> int | None:
        """Return by how many working days the project's finish moves."""
        return self.finish.days

    @property
    def days_over(self) -> tuple[int, int]:
        """Return everybody's days with too much to do, then and now."""
        return sum(row.days_over for row in self.people), sum(row.days_over_after for row in self.people)


def step_of(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Return after - before; None when one of them is unknown, unless there was nothing before."""
    if after is None:
        return None
    return after - (before or Decimal(0))
