"""The budget by month: each column spread over the days to which it belongs, beside what was booked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from budget.selectors.amounts import ZERO, apportioned
from budget.selectors.figure_rows import FigureRow, Scale, Tally, row_of
from budget.selectors.figure_sources import Sources
from budget.selectors.frozen import Span
from budget.selectors.phasing import Phasing, Piece
from budget.selectors.planned import Planned
from implement.core.money import month_text
from projects.planning import end_of_day

Spans = dict[int | None, Span]
Month = date | None


@dataclass
class Spread:
    """A column: its amounts placed in time, and the part that no date is known for."""

    put: Callable[[Tally, Decimal], None]
    pieces: list[Piece] = field(default_factory=list)
    undated: Decimal | None = None

    def add(
        self, phasing: Phasing, amounts: Iterable[tuple[int | None, Decimal | None]], spans: Spans
    ) -> Spread:
        """Place what each task has of it on the task's days, what has no task on those of the whole plan."""
        by_task: dict[int | None, Decimal] = {}
        for task_id, amount in amounts:
            if amount is not None:
                by_task[task_id] = by_task.get(task_id, ZERO) + amount
        for task_id, amount in by_task.items():
            if task_id in spans:
                self.pieces.append(phasing.place(amount, *spans[task_id], task=task_id))
            else:
                self.undated = (self.undated or ZERO) + amount
        return self


def months_of(sources: Sources, scale: Scale) -> tuple[FigureRow, ...]:
    """Return each column by month; the rows add up to the project's.

    Original: on the days of the first baseline. Current, changes, released and pending: on the days of today's plan.
    Estimate to complete: from the day on to each task's finish; at once where that has passed. What was booked, on
    its day; orders when they are expected. How much of the work was done is no question to a month.
    """
    phasing = Phasing(sources.project)
    spreads = _spreads(sources, phasing)
    months: dict[Month, Tally] = {}
    for booking in sources.by_day:
        assert booking.day is not None
        months.setdefault(booking.day.replace(day=1), Tally()).book(booking, sources.measure)
    for order in sources.orders:
        due = order.expected_on.replace(day=1) if order.expected_on else None
        if order.open:
            months.setdefault(due, Tally()).committed += order.open
    days = [month for month in months if month is not None]
    days += [
        day.replace(day=1) for spread in spreads for piece in spread.pieces for day in phasing.days_of(piece)
    ]
    calendar = _months(min(days), max(days)) if days else []
    for spread in spreads:
        curve = phasing.curve(spread.pieces, [_last_day(month) for month in calendar])
        steps = [due - before for due, before in zip(curve, [ZERO, *curve], strict=False)]
        parts = apportioned([*steps, spread.undated or ZERO], unit=scale.step)
        if spread.pieces:
            for month, amount in zip(calendar, parts, strict=False):
                spread.put(months.setdefault(month, Tally()), amount)
        if spread.undated is not None:
            spread.put(months.setdefault(None, Tally()), parts[-1])
    if any(tally.current is not None for tally in months.values()):
        for tally in months.values():
            tally.current = tally.current or ZERO
    return tuple(
        replace(
            row_of(
                months[month],
                scale,
                key=f"month-{month:%Y-%m}" if month else "month-none",
                label=month_text(month) if month else _("No date"),
                month=month,
            ),
            physical=None,
        )
        for month in sorted(months, key=lambda value: (value is None, value or date.min))
    )


def _spreads(sources: Sources, phasing: Phasing) -> list[Spread]:
    """Return what is to be spread over the months, column by column."""
    today = _today(sources)
    now = end_of_day(sources.project, sources.as_of)
    ahead: Spans = {
        task_id: (max(start, now), max(finish, now)) for task_id, (start, finish) in today.items()
    }

    def column(name: str, pieces: Iterable[Planned], spans: Spans) -> Spread:
        def put(tally: Tally, amount: Decimal) -> None:
            setattr(tally, name, (getattr(tally, name) or ZERO) + amount)

        rows = ((piece.task_id, piece.amount(sources.measure)) for piece in pieces)
        return Spread(put).add(phasing, rows, spans)

    is_typed = any(rest.is_typed for rest in sources.rest)
    is_by_rule = any(rest.amount and not rest.is_typed for rest in sources.rest)

    def expect(tally: Tally, amount: Decimal) -> None:
        tally.etc += amount
        tally.open_work += amount
        tally.is_typed |= bool(amount) and is_typed
        tally.is_by_rule |= bool(amount) and is_by_rule

    rest = ((rest.task_id, rest.amount) for rest in sources.rest)
    return [
        column("original", sources.original.pieces, sources.original.spans),
        column("current", sources.planned, today),
        column("changes", (piece for piece in sources.planned if piece.is_change), today),
        column("released", (piece for piece in sources.planned if piece.reserve), today),
        column("pending", sources.pending, today),
        Spread(expect).add(phasing, rest, ahead),
    ]


def _today(sources: Sources) -> Spans:
    """Return the days of each task in today's plan, also of thrown-away ones, and of the whole of it."""
    spans: Spans = {
        task.pk: (task.start, task.finish) for task in sources.tasks.values() if task.start and task.finish
    }
    live = [spans[task.pk] for task in sources.tasks.values() if task.pk in spans and not task.deleted_at]
    if live:
        spans[None] = (min(start for start, _finish in live), max(finish for _start, finish in live))
    return spans


def _months(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month
    return [
        date(first.year + (first.month - 1 + number) // 12, (first.month - 1 + number) % 12 + 1, 1)
        for number in range(count + 1)
    ]


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
