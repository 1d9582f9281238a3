"""A what-if beside today's plan and budget: dates, money, hours, the critical path, and people."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime

from budget.choices import PLAN_ONLY
from budget.models import Difference, WhatIf
from budget.selectors.amounts import total
from budget.selectors.planned import Planned, planned_at, planned_of
from budget.selectors.rates import rates_for
from budget.selectors.whatif.live import LivePlan, Standing, live_plan, plan_seen
from budget.selectors.whatif.money import Take, takes_of
from budget.selectors.whatif.people import Staff, live_spans
from budget.selectors.whatif.rows import Compared, MoneyRow, Moved, PersonRow, TaskRow
from budget.selectors.whatif.sketch import Sketch, computed, moved_of, sketch_of
from projects.levelling import DayLoad, Overload, overloads
from projects.models import Person, Project
from projects.planning import to_moment, today_of, working_calendar, zone_of
from projects.schedule import Schedule


def differences_of(what_if: WhatIf) -> list[Difference]:
    """Return what a what-if does otherwise, with all that it names; one query."""
    rows = list(
        Difference.objects.filter(what_if=what_if)
        .select_related(
            "task", "added", "predecessor", "added_predecessor", "person", "line__task", "line__person"
        )
        .order_by("pk")
    )
    for row in rows:
        row.what_if = what_if
    return rows


def leading_to(row: Difference, differences: Iterable[Difference]) -> list[Difference]:
    """Return the differences that need the new task of another one: they go with it."""
    found = [one for one in differences if row.pk in {one.added_id, one.added_predecessor_id}]
    return found + [deeper for one in found for deeper in leading_to(one, differences)]


def compared_of(*, what_if: WhatIf, differences: Sequence[Difference] | None = None) -> Compared:
    """Return a what-if beside today's plan and budget; about ten queries, whatever the size. Nothing is stored."""
    project = what_if.project
    rows = differences_of(what_if) if differences is None else list(differences)
    live = live_plan(project=project)
    sketch = sketch_of(live=live, differences=rows)
    schedule, reason = computed(live=live, sketch=sketch)
    before = _standings(live)
    after = before if schedule is None else _scheduled(schedule)
    planned = planned_of(project=project)
    takes = takes_of(differences=rows, sketch=sketch, live=live, planned=planned)
    tasks = _task_rows(live, sketch, rows, before, after)
    critical_in, critical_out = _critical(tasks) if schedule else ((), ())
    people = _People(live, sketch, schedule)
    money = _Money(project, live, sketch, planned, takes, schedule)
    return Compared(
        seen=plan_seen(project),
        reason=reason,
        finish=_finish(project, before, after),
        milestones=tuple(_milestones(project, tasks)),
        tasks=tuple(tasks),
        total=money.total(),
        by_task=tuple(money.by_task()),
        by_person=tuple(money.by_person()),
        critical_in=critical_in,
        critical_out=critical_out,
        people=tuple(people.rows()),
        peak=people.peak(people.then),
        peak_after=people.peak(people.now),
        conflicts=sketch.conflicts,
        moved={
            row.pk: words for row in rows if row.pk not in sketch.conflicts and (words := moved_of(row, live))
        },
        beyond_the_plan=tuple(row for row in rows if row.kind not in PLAN_ONLY),
        sketch=sketch,
        takes=tuple(takes),
        live=live,
    )


# --- Dates -------------------------------------------------------------------------------------------------
def _standings(live: LivePlan) -> dict[int, Standing]:
    zone = zone_of(live.project)
    return {
        task.pk: Standing(
            start=task.start.astimezone(zone).date() if task.start else None,
            finish=task.finish.astimezone(zone).date() if task.finish else None,
            is_critical=task.is_critical,
        )
        for task in live.tasks
    }


def _scheduled(schedule: Schedule) -> dict[int, Standing]:
    return {
        int(str(pk)): Standing(
            start=activity.start.date(), finish=activity.finish.date(), is_critical=activity.critical
        )
        for pk, activity in schedule.activities.items()
    }


def _moved(
    project: Project, name: str, before: date | None, after: date | None, *, task_id: int | None = None
) -> Moved:
    days = None
    if before is not None and after is not None:
        days = working_calendar(project.calendar).working_days_between(before, after)
    return Moved(task_id=task_id, name=name, before=before, after=after, days=days)


def _finish(project: Project, before: Mapping[int, Standing], after: Mapping[int, Standing]) -> Moved:
    first = max((row.finish for row in before.values() if row.finish), default=None)
    last = max((row.finish for row in after.values() if row.finish), default=None)
    return _moved(project, "Finish", first, last)


def _task_rows(
    live: LivePlan,
    sketch: Sketch,
    differences: Sequence[Difference],
    before: Mapping[int, Standing],
    after: Mapping[int, Standing],
) -> list[TaskRow]:
    """Return every task of either plan, in the order of the outline; removed ones where they stood."""
    own: dict[int, list[Difference]] = {}
    for row in differences:
        for pk in (row.task_id, -row.added_id if row.added_id else None):
            if pk is not None:
                own.setdefault(pk, []).append(row)
        if row.kind == "added":
            own.setdefault(-row.pk, []).insert(0, row)
    shown = {task.pk: task for task in sketch.ordered()}
    removed = [task for task in live.tasks if task.pk in sketch.removed]
    ordered = sorted(
        [*shown.values(), *removed], key=lambda task: (task.position, -task.pk if task.pk < 0 else 0)
    )
    rows = []
    for task in ordered:
        is_removed = task.pk in sketch.removed
        then, now = before.get(task.pk), None if is_removed else after.get(task.pk)
        moved = _moved(live.project, "", then.finish if then else None, now.finish if now else None)
        rows.append(
            TaskRow(
                task=task, before=then, after=now, days=moved.days, differences=tuple(own.get(task.pk, ())),
                is_removed=is_removed,
            )
        )  # fmt: skip
    return rows


def _milestones(project: Project, rows: Iterable[TaskRow]) -> list[Moved]:
    """Return every milestone that is not reached, those that move first."""
    found = [
        _moved(
            project,
            str(row.task),
            row.before.finish if row.before else None,
            row.after.finish if row.after else None,
            task_id=row.task.pk,
        )
        for row in rows
        if row.task.is_milestone and row.task.percent_complete < 100
    ]
    return sorted(found, key=lambda one: (one.days == 0, one.after or one.before or date.max))


def _critical(rows: Iterable[TaskRow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the open tasks that came onto the critical path, and of those that left it."""
    came, left = [], []
    for row in rows:
        if row.task.is_summary or row.task.percent_complete == 100:
            continue
        then, now = bool(row.before and row.before.is_critical), bool(row.after and row.after.is_critical)
        if now and not then:
            came.append(str(row.task))
        elif then and not now:
            left.append(str(row.task))
    return tuple(came), tuple(left)


# --- Money -------------------------------------------------------------------------------------------------
class _Money:
    """The budget then and now: today's pieces with the rates of the new dates, and what differences take on top."""

    def __init__(
        self,
        project: Project,
        live: LivePlan,
        sketch: Sketch,
        planned: list[Planned],
        takes: Sequence[Take],
        schedule: Schedule | None,
    ) -> None:
        self.live, self.sketch = live, sketch
        self.before = planned
        zone = zone_of(project)
        starts: dict[int, datetime] = {}
        if schedule is not None:
            for pk, activity in schedule.activities.items():
                moment = to_moment(activity.start, zone)
                if moment is not None:
                    starts[int(str(pk))] = moment
        book, today = rates_for(project=project), today_of(project)
        is_moved = any(starts.get(task.pk, task.start) != task.start for task in live.tasks)
        self.after = planned_at(project=project, starts=starts) if is_moved else list(planned)
        self.after = [*self.after, *[take.piece(book, today) for take in takes]]
        self.people = dict(live.people) | {take.person.pk: take.person for take in takes if take.person}

    def total(self) -> MoneyRow:
        """Return the sum of everything."""
        return _money_row("Whole project", self.before, self.after)

    def by_task(self) -> list[MoneyRow]:
        """Return the tasks of which something changes, in the order of the outline."""
        names = {task.pk: str(task) for task in [*self.live.tasks, *self.sketch.ordered()]}
        order = {pk: place for place, pk in enumerate(names)}
        rows = self._rows("task_id", lambda key: names.get(key or 0, "Without a task"))
        return [row for _, row in sorted(rows, key=lambda pair: order.get(pair[0] or 0, len(order)))]

    def by_person(self) -> list[MoneyRow]:
        """Return the people, or roles, of whom something changes, by name."""
        names = {pk: person.name for pk, person in self.people.items()}
        missing = {piece.person_id for piece in self.before if piece.person_id} - names.keys()
        names |= dict(Person.objects.filter(pk__in=missing).values_list("pk", "name")) if missing else {}
        rows = self._rows("person_id", lambda key: names.get(key or 0, "Without a person"))
        return sorted((row for _, row in rows), key=lambda row: row.name)

    def _rows(self, column: str, name: object) -> list[tuple[int | None, MoneyRow]]:
        before: dict[int | None, list[Planned]] = {}
        after: dict[int | None, list[Planned]] = {}
        for pieces, into in ((self.before, before), (self.after, after)):
            for piece in pieces:
                into.setdefault(getattr(piece, column), []).append(piece)
        found = []
        for key in {**before, **after}:
            row = _money_row(name(key), before.get(key, []), after.get(key, []))  # type: ignore[operator]
            if row.is_different:
                found.append((key, row))
        return found


def _money_row(name: str, before: Sequence[Planned], after: Sequence[Planned]) -> MoneyRow:
    return MoneyRow(
        name=name,
        seconds=sum(piece.seconds for piece in before),
        seconds_after=sum(piece.seconds for piece in after),
        cost=total(piece.cost for piece in before),
        cost_after=total(piece.cost for piece in after),
        bill=total(piece.bill for piece in before),
        bill_after=total(piece.bill for piece in after),
    )


Loads = Mapping[Hashable, Mapping[date, DayLoad]]


# --- People ------------------------------------------------------------------------------------------------
class _People:
    """Everybody with hours in either plan, and their days from today on, with their work on other projects."""

    def __init__(self, live: LivePlan, sketch: Sketch, schedule: Schedule | None) -> None:
        self.live, self.sketch = live, sketch
        self.today = today = today_of(live.project)
        ids = {person_id for _, person_id in [*live.hours, *sketch.hours]}
        self.people = dict(live.people)
        if missing := ids - self.people.keys():
            self.people |= {person.pk: person for person in Person.objects.filter(pk__in=missing)}
        staff = Staff(project=live.project, people=self.people.values(), today=today)
        before = live_spans(live)
        after = before
        if schedule is not None:
            after = {int(str(pk)): (one.start, one.finish) for pk, one in schedule.activities.items()}
        elsewhere = staff.elsewhere()
        then = staff.pieces(tasks=live.by_id, hours=live.hours, spans=before)
        now = staff.pieces(tasks=sketch.tasks, hours=sketch.hours, spans=after)
        self.then = staff.loads([*then, *elsewhere])
        self.now = staff.loads([*now, *elsewhere])

    def rows(self) -> list[PersonRow]:
        """Return a row for everybody, by name."""
        return [
            self._row(person) for person in sorted(self.people.values(), key=lambda one: (one.name, one.pk))
        ]

    def _row(self, person: Person) -> PersonRow:
        before, after = self._over(self.then, person.pk), self._over(self.now, person.pk)
        worst = after or before
        return PersonRow(
            person=person,
            seconds=sum(seconds for (_, pk), seconds in self.live.hours.items() if pk == person.pk),
            seconds_after=sum(seconds for (_, pk), seconds in self.sketch.hours.items() if pk == person.pk),
            days_over=before.days if before else 0,
            days_over_after=after.days if after else 0,
            worst=worst.worst if worst else None,
            worst_hours=worst.worst_planned / 3600 if worst else 0,
            worst_capacity=worst.worst_capacity / 3600 if worst else 0,
        )

    def _over(self, loads: Loads, pk: int) -> Overload | None:
        return next(iter(overloads({pk: loads.get(pk, {})}, since=self.today)), None)

    def peak(self, loads: Loads) -> int | None:
        """Return the fullest day of anybody, in % of their time on it."""
        shares = [
            100 * load.planned / load.capacity
            for days in loads.values()
            for day, load in days.items()
            if day >= self.today and load.capacity
        ]
        return round(max(shares)) if shares else None
