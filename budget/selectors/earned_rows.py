"""Earned value taken apart by task and by person, to the same cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from budget.choices import Measure
from budget.evm import EarnedValue
from budget.selectors.actuals import Actual
from budget.selectors.amounts import ONE, ZERO, apportioned, in_unit, joined, rounded, unit_of
from budget.selectors.figures import NO_PERSON, NO_TASK
from budget.selectors.planned import Planned
from budget.selectors.reached import Reached
from implement.core.money import HOUR
from projects.models import Person, Project, Task


@dataclass(frozen=True, kw_only=True)
class EarnedRow:
    """One task or person. `bac`, `pv`, `ev`, `ac` are rounded so that the rows add up to the project's.

    `value` holds the unrounded figures, from which the indices come. `is_rollup` rows repeat rows below them.
    """

    key: str
    label: str
    level: int = 1
    is_rollup: bool = False
    task_id: int | None = None
    person_id: int | None = None
    bac: Decimal | None
    pv: Decimal | None
    ev: Decimal | None
    ac: Decimal | None
    physical: Decimal | None
    value: EarnedValue


@dataclass(frozen=True, kw_only=True)
class EarnedTable:
    """The project's figures, ready to be taken apart by task and by person, to the same cent."""

    project: Project
    measure: str
    value: EarnedValue
    amounts: dict[int | None, Decimal]
    pv: dict[int | None, Decimal]
    ev: dict[int | None, Decimal]
    actuals: list[Actual]
    worked_by: list[Actual]
    tasks: dict[int, Task]
    pieces: list[Planned]
    reached: Reached

    @property
    def unit(self) -> Decimal:
        """Return the smallest step of what is shown: the currency's, or a hundredth of an hour."""
        return unit_of(self.measure, self.project.currency)

    @property
    def goals(self) -> list[Decimal | None]:
        """Return the project's figures as they are shown, rounded, to which the rows add up."""
        return [
            None if part is None else rounded(part, self.unit)
            for part in (self.value.bac, self.value.pv, self.value.ev, self.value.ac)
        ]

    def spent(self, rows: Iterable[Actual], key: str) -> dict[int | None, Decimal | None]:
        """Return approved cost by task_id or person_id; None where hours are there and no rate is."""
        found: dict[int | None, Decimal | None] = {}
        for row in rows:
            at = getattr(row, key)
            found[at] = joined(found.get(at), row.approved(self.measure))
        return found

    def rounded_columns(self, exact: Sequence[list[Decimal | None]]) -> list[list[Decimal | None]]:
        """Return the four columns rounded so that each adds up to the project's rounded figure."""
        scale = HOUR if self.measure == Measure.HOURS else ONE
        columns: list[list[Decimal | None]] = []
        for column, goal in zip(exact, self.goals, strict=True):
            shown = [(part or ZERO) / scale for part in column]
            shares = apportioned(shown, unit=self.unit, whole=goal)
            columns.append(
                [None if part is None else share * scale for part, share in zip(column, shares, strict=True)]
            )
        return columns

    def row(
        self, exact: Sequence[Decimal | None], shown: Sequence[Decimal | None], **names: object
    ) -> EarnedRow:
        bac, pv, ev, ac = (in_unit(part, self.measure) for part in exact)
        value = EarnedValue(bac=bac, pv=pv, ev=ev, ac=ac)
        bac, pv, ev, ac = (in_unit(part, self.measure) for part in shown)
        return EarnedRow(bac=bac, pv=pv, ev=ev, ac=ac, value=value, **names)  # type: ignore[arg-type]

    def by_task(self) -> tuple[EarnedRow, ...]:
        """Return the tree of the plan with its figures; a summary's row repeats those below it."""
        tasks, known = self.tasks, self.reached.tasks
        spent = self.spent(self.actuals, "task_id")
        keys: list[int | None] = [key for key in tasks if key in self.amounts or key in spent]
        keys += [None] if None in self.amounts or None in spent else []
        exact = [
            [self.amounts.get(key) for key in keys],
            [self.pv.get(key) for key in keys],
            [self.ev.get(key) for key in keys],
            [spent.get(key, ZERO) for key in keys],
        ]
        columns = self.rounded_columns(exact)
        own = {
            key: ([column[i] for column in exact], [column[i] for column in columns])
            for i, key in enumerate(keys)
        }
        rolled: dict[int, tuple[list[Decimal | None], list[Decimal | None]]] = {}
        live = [task for task in tasks.values() if task.deleted_at is None]
        empty: tuple[list[Decimal | None], list[Decimal | None]] = ([None] * 4, [None] * 4)
        for task in reversed(live):
            mine = _joined(rolled.get(task.pk, empty), own.get(task.pk, empty))
            rolled[task.pk] = mine
            if task.parent_id:
                rolled[task.parent_id] = _joined(rolled.get(task.parent_id, empty), mine)
        rows: list[EarnedRow] = []
        for task in live:
            if all(part is None for part in rolled[task.pk][0]):
                continue
            rows.append(
                self.row(
                    *rolled[task.pk],
                    key=f"task-{task.pk}",
                    label=str(task),
                    level=task.level,
                    is_rollup=task.is_summary,
                    task_id=task.pk,
                    physical=known.get(task.pk),
                )
            )
            if task.is_summary and task.pk in own:
                label = _("On the summary itself")
                rows.append(
                    self.row(
                        *own[task.pk],
                        key=f"own-{task.pk}",
                        label=label,
                        level=task.level + 1,
                        task_id=task.pk,
                        physical=known.get(task.pk),
                    )
                )
        for key in keys:
            if key is None or tasks[key].deleted_at is not None:
                label = _(NO_TASK) if key is None else _("{task} (in the trash)").format(task=tasks[key])
                rows.append(
                    self.row(
                        *own[key],
                        key=f"task-{key or 'none'}",
                        label=label,
                        task_id=key,
                        physical=None if key is None else known.get(key),
                    )
                )
        return tuple(rows)

    def by_person(self) -> tuple[EarnedRow, ...]:
        """Return the figures by whom the baseline has planned for the work."""
        parts: dict[int | None, list[Decimal | None]] = {}
        for piece in self.pieces:
            whole, amount = self.amounts.get(piece.task_id), piece.amount(self.measure)
            if not whole or amount is None:
                continue
            row = parts.setdefault(piece.person_id, [ZERO, ZERO, ZERO, ZERO])
            done = self.reached.of(piece)
            due = done if piece.task_id is None else self.pv[piece.task_id] / whole
            for index, part in enumerate((amount, amount * due, amount * done)):
                row[index] = (row[index] or ZERO) + part
        for person_id, cost in self.spent(self.worked_by, "person_id").items():
            parts.setdefault(person_id, [None, None, None, None])[3] = cost
        names = dict(Person.objects.filter(pk__in=[key for key in parts if key]).values_list("pk", "name"))
        keys = sorted(parts, key=lambda key: (key is None, names.get(key or 0, "").casefold(), key or 0))
        exact = [[parts[key][index] for key in keys] for index in range(4)]
        columns = self.rounded_columns(exact)
        rows = []
        for i, key in enumerate(keys):
            bac, ev = parts[key][0], parts[key][2]
            rows.append(
                self.row(
                    parts[key],
                    [column[i] for column in columns],
                    key=f"person-{key or 'none'}",
                    label=names.get(key or 0, _(NO_PERSON)),
                    person_id=key,
                    physical=ev / bac if bac and ev is not None else None,
                )
            )
        return tuple(rows)


Pair = tuple[list[Decimal | None], list[Decimal | None]]


def _joined(left: Pair, right: Pair) -> Pair:
    return (
        [joined(one, two) for one, two in zip(left[0], right[0], strict=True)],
        [joined(one, two) for one, two in zip(left[1], right[1], strict=True)],
    )
