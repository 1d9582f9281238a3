"""The budget by month: spread evenly over the dates of today's plan, beside what was booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from budget.selectors.amounts import ZERO, apportioned
from budget.selectors.figure_rows import FigureRow, Scale, Tally, row_of
from budget.selectors.figure_sources import Sources
from budget.selectors.phasing import Phasing, Piece
from implement.core.money import month_text


def months_of(sources: Sources, scale: Scale) -> tuple[FigureRow, ...]:
    """Return the budget spread evenly over the dates of today's plan, beside what was booked per month."""
    phasing = Phasing(sources.project)
    pieces, undated = _placed(sources, phasing)
    months: dict[date | None, Tally] = {}
    for booking in sources.by_day:
        assert booking.day is not None
        months.setdefault(booking.day.replace(day=1), Tally()).book(booking, sources.measure)
    for order in sources.orders:
        due = order.expected_on.replace(day=1) if order.expected_on else None
        if order.open:
            months.setdefault(due, Tally()).committed += order.open
    booked = [month for month in months if month is not None]
    ends = [day for piece in pieces for day in phasing.days_of(piece)]
    days = [day.replace(day=1) for day in ends] + booked
    if days:
        calendar = _months(min(days), max(days))
        curve = phasing.curve(pieces, [_last_day(month) for month in calendar])
        steps = [due - before for due, before in zip(curve, [ZERO, *curve], strict=False)]
        parts = apportioned([*steps, undated or ZERO], unit=scale.step)
        for day, amount in zip(calendar, parts, strict=False):
            tally = months.setdefault(day, Tally())
            tally.current = amount if pieces else None
        undated = parts[-1] if undated is not None else None
    if undated is not None:
        months.setdefault(None, Tally()).current = undated
    rows = []
    for month in sorted(months, key=lambda value: (value is None, value or date.min)):
        row = row_of(
            months[month],
            scale,
            key=f"month-{month:%Y-%m}" if month else "month-none",
            label=month_text(month) if month else _("No date"),
            month=month,
        )
        rows.append(
            replace(
                row,
                changes=None,
                released=None,
                pending=None,
                etc=None,
                eac=None,
                variance=None,
                physical=None,
            )
        )
    return tuple(rows)


def _placed(sources: Sources, phasing: Phasing) -> tuple[list[Piece], Decimal | None]:
    """Return the budget on the dates of today's plan, and the part that no date is known for."""
    live = [task for task in sources.tasks.values() if task.start and task.finish and not task.deleted_at]
    whole = (
        (min(task.start for task in live if task.start), max(task.finish for task in live if task.finish))
        if live
        else None
    )
    amounts: dict[int | None, Decimal] = {}
    for piece in sources.planned:
        amount = piece.amount(sources.measure)
        if amount is not None:
            amounts[piece.task_id] = amounts.get(piece.task_id, ZERO) + amount
    pieces: list[Piece] = []
    undated: Decimal | None = None
    for task_id, amount in amounts.items():
        task = sources.tasks.get(task_id) if task_id is not None else None
        if task is not None and task.start and task.finish:
            pieces.append(phasing.place(amount, task.start, task.finish, task=task.pk))
        elif task is None and whole is not None:
            pieces.append(phasing.place(amount, *whole))
        else:
            undated = (undated or ZERO) + amount
    return pieces, undated


def _months(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month
    return [
        date(first.year + (first.month - 1 + number) // 12, (first.month - 1 + number) % 12 + 1, 1)
        for number in range(count + 1)
    ]


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
