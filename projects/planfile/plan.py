"""One project's plan, read once, and each part of it as the file says it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_symbol
from django.db.models import Q

from implement.core.calendars import Intervals, holiday_names
from projects import mspdi
from projects.choices import ProgressRule, Role
from projects.kit.planfiles import rates_of
from projects.models import (
    Assignment,
    Baseline,
    BaselineTask,
    Dependency,
    Membership,
    Project,
    Task,
    WorkCalendar,
)
from projects.planfile.numbering import MOST_BASELINES, ROUND_THE_CLOCK, Numbers, baseline_numbers
from projects.planfile.people import resource
from projects.planning import to_local, working_calendar, zone_of
from projects.progress import rule_in
from projects.schedule import ConstraintType, LinkType

WORKING_LAG, ELAPSED_LAG = 7, 8


# What no task of ours has.
PLAIN_TASK: dict[str, Any] = {
    "is_null": False,
    "is_manual": False,
    "is_active": True,
    "fixed_cost": Decimal(0),
}


@dataclass
class Sums:
    """Work in seconds, working minutes, and percent times minutes done."""

    seconds: int = 0
    minutes: int = 0
    done: Decimal = Decimal(0)

    def add(self, other: Sums) -> None:
        """Take in what is below."""
        self.seconds += other.seconds
        self.minutes += other.minutes
        self.done += other.done

    @property
    def percent(self) -> Decimal:
        """Return how much of the working time is done, as Microsoft Project sums it up."""
        return self.done / self.minutes if self.minutes else Decimal(0)


class PlanFile:
    """One plan, read once: eight queries whatever its size."""

    def __init__(self, project: Project, *, with_cost: bool) -> None:
        self.project = project
        self.with_cost = with_cost
        self.zone = zone_of(project)
        self.own = working_calendar(project.calendar)
        self.tasks = list(
            Task.objects.filter(project=project).select_related("calendar").order_by("position", "pk")
        )
        self.task_numbers = Numbers({task.external_uid for task in self.tasks if task.external_uid})
        self.known_uids = {task.pk: task.external_uid for task in self.tasks}
        self.assigned = [
            one
            for one in Assignment.objects.filter(task__project=project)
            .select_related("person")
            .order_by("task__position", "pk")
            if one.task_id in self.known_uids
        ]
        self.links: dict[int, list[Dependency]] = defaultdict(list)
        for link in Dependency.objects.filter(successor__project=project).order_by("pk"):
            if link.predecessor_id in self.known_uids and link.successor_id in self.known_uids:
                self.links[link.successor_id].append(link)
        finishes = [task.finish for task in self.tasks if task.finish]
        self.finish = max(finishes, default=None)
        last = self.finish.year if self.finish else project.starts_on.year
        self.years = range(project.starts_on.year, max(last, project.starts_on.year) + 2)

    # --- the whole ---------------------------------------------------------------------------------------
    def values(self) -> mspdi.MspdiProject:
        """Return everything that the file says."""
        calendars = self.calendars()
        resources = tuple(self.resources())
        return mspdi.MspdiProject(
            header=self.header(),
            calendars=calendars,
            tasks=tuple(self.all_tasks()),
            resources=resources,
            assignments=tuple(self.assignments()),
            warnings=(),
        )

    def header(self) -> mspdi.MspdiHeader:
        """Return what holds for the whole file; a working day is the longest of the week."""
        minutes = [sum(end - start for start, end in day) for day in self.own.week]
        begin = next((day[0][0] for day in self.own.week if day), 0)
        starts = datetime.combine(self.project.starts_on, time(begin // 60, begin % 60))
        dated = self.project.data_date
        return mspdi.MspdiHeader(
            name=f"{self.project.code}.xml",
            title=self.project.name,
            start=starts,
            finish=self.local(self.finish),
            status_date=datetime.combine(dated, time()) if dated else None,
            schedule_from_start=True,
            critical_slack_minutes=0,
            minutes_per_day=max(minutes) or 480,
            minutes_per_week=sum(minutes) or 2400,
            days_per_month=20,
            currency_code=self.project.currency,
            currency_symbol=get_currency_symbol(self.project.currency, locale="en"),
            calendar_uid=self.calendar_numbers.of(self.own_calendar.pk or 0, self.own_calendar.external_uid),
        )

    def local(self, at: datetime | None) -> datetime | None:
        """Return a moment as the project's wall clock."""
        return None if at is None else to_local(at, self.zone)

    def minutes_between(self, start: datetime | None, finish: datetime | None) -> int:
        """Return the project's working time between two moments: how long a summary lasts."""
        if start is None or finish is None:
            return 0
        return self.own.minutes_between(to_local(start, self.zone), to_local(finish, self.zone))  # type: ignore[arg-type]

    # --- calendars ---------------------------------------------------------------------------------------
    def calendars(self) -> tuple[mspdi.MspdiCalendar, ...]:
        """Return the project's calendar, its others, and those that its tasks and its people use."""
        self.own_calendar = self.project.calendar or WorkCalendar(name="Standard")
        used = {self.own_calendar.pk: self.own_calendar}
        used |= {row.pk: row for row in WorkCalendar.objects.filter(project=self.project)}
        used |= {task.calendar.pk: task.calendar for task in self.tasks if task.calendar is not None}
        on_plan = Q(people__memberships__project=self.project) | Q(
            people__in=[one.person_id for one in self.assigned]
        )
        used |= {row.pk: row for row in WorkCalendar.objects.filter(on_plan).distinct()}
        rows = [row for row in used.values() if row.external_uid != ROUND_THE_CLOCK]
        self.calendar_numbers = Numbers({row.external_uid for row in rows if row.external_uid})
        return tuple(self.calendar(row) for row in rows)

    def calendar(self, row: WorkCalendar) -> mspdi.MspdiCalendar:
        """Return a calendar with its whole week, and the days that differ in the years of the plan."""
        built = working_calendar(row)
        stored = set(row.exceptions)
        named = holidays_of(row, self.years) | {
            date.fromisoformat(day): name for day, name in row.day_names.items()
        }
        different: dict[tuple[str, Intervals], list[date]] = defaultdict(list)
        for day, times in built.exceptions.items():
            is_holiday = day.year in self.years and times != built.week[day.weekday()]
            if is_holiday or day.isoformat() in stored:
                different[named.get(day, "" if times else mspdi.DAY_OFF), times].append(day)
        return mspdi.MspdiCalendar(
            uid=self.calendar_numbers.of(row.pk or 0, row.external_uid),
            name=row.name,
            is_base=True,
            base_uid=None,
            weekdays=tuple(
                mspdi.MspdiWeekDay(weekday=number, intervals=times) for number, times in enumerate(built.week)
            ),
            exceptions=tuple(
                mspdi.MspdiException(name=name, dates=tuple(days), intervals=times)
                for (name, times), days in different.items()
            ),
        )

    # --- tasks -------------------------------------------------------------------------------------------
    def all_tasks(self) -> Iterator[mspdi.MspdiTask]:
        """Return the project's own summary, then the tasks in the order of the outline."""
        starts = [task.start for task in self.tasks if task.start]
        frozen = self.baselines()
        sums = self.rolled_up()
        yield self.summary(min(starts, default=None), sums[None])
        parents: list[int] = [0]
        for number, task in enumerate(self.tasks, start=1):
            del parents[task.level :]
            value = self.task(task, number, parents[-1], sums[task.pk], frozen.get(task.pk, ()))
            parents.append(value.uid)
            yield value

    def rolled_up(self) -> dict[int | None, Sums]:
        """Return work and progress of each task with everything below it; None is the whole project."""
        sums: dict[int | None, Sums] = defaultdict(Sums)
        for one in self.assigned:
            sums[one.task_id].seconds += one.planned_seconds
        for task in self.tasks:
            if not task.is_summary:
                mine, minutes = sums[task.pk], 0 if task.is_milestone else task.duration_minutes
                mine.minutes, mine.done = minutes, minutes * task.percent_complete
        for task in reversed(self.tasks):
            parent = task.parent_id if task.parent_id in self.known_uids else None
            sums[parent].add(sums[task.pk])
        return sums

    def summary(self, start: datetime | None, sums: Sums) -> mspdi.MspdiTask:
        """Return the row with which Microsoft Project sums up the project."""
        return mspdi.MspdiTask(
            **PLAIN_TASK,
            uid=0,
            id=0,
            name=self.project.name,
            wbs="0",
            outline_level=0,
            parent_uid=None,
            duration_minutes=self.minutes_between(start, self.finish),
            is_elapsed=False,
            is_estimated=False,
            is_milestone=False,
            is_summary=True,
            start=self.local(start),
            finish=self.local(self.finish),
            constraint=ConstraintType.ASAP,
            constraint_date=None,
            deadline=None,
            percent_complete=mspdi.whole_percent(sums.percent),
            physical_percent_complete=0,
            actual_start=None,
            actual_finish=None,
            work_minutes=mspdi.whole_minutes(sums.seconds),
            notes=self.project.description,
            priority=500,
            calendar_uid=None,
            ignores_people=False,
            baselines=(),
            links=(),
            custom_fields=(),
            stored_late_start=None,
            stored_late_finish=None,
            stored_early_start=None,
            stored_early_finish=None,
            stored_total_slack_minutes=None,
            stored_free_slack_minutes=None,
            stored_critical=None,
        )

    def task(
        self,
        task: Task,
        number: int,
        parent: int,
        sums: Sums,
        frozen: Sequence[mspdi.MspdiBaseline],
    ) -> mspdi.MspdiTask:
        """Return one task."""
        percent = mspdi.whole_percent(sums.percent if task.is_summary else task.percent_complete)
        minutes = 0 if task.is_milestone else task.duration_minutes
        if task.is_summary:
            minutes = self.minutes_between(task.start, task.finish)
        start, finish = self.local(task.start), self.local(task.finish)
        elapsed = task.calendar is not None and task.calendar.external_uid == ROUND_THE_CLOCK
        calendar = None if task.calendar is None or elapsed else task.calendar
        uid = self.task_numbers.of(task.pk, task.external_uid)
        return mspdi.MspdiTask(
            **PLAIN_TASK,
            uid=uid,
            id=number,
            name=task.name,
            wbs=task.wbs,
            outline_level=task.level,
            parent_uid=parent,
            duration_minutes=minutes,
            is_elapsed=elapsed,
            is_estimated=task.is_estimated,
            is_milestone=task.is_milestone,
            is_summary=task.is_summary,
            start=start,
            finish=finish,
            constraint=ConstraintType(task.constraint),
            constraint_date=self.local(task.constraint_at),
            deadline=self.local(task.deadline),
            percent_complete=percent,
            physical_percent_complete=percent,
            actual_start=self.local(task.actual_start),
            actual_finish=self.local(task.actual_finish),
            work_minutes=mspdi.whole_minutes(sums.seconds),
            notes=task.description,
            priority=task.priority,
            calendar_uid=self.calendar_numbers.of(calendar.pk, calendar.external_uid) if calendar else None,
            ignores_people=task.ignores_people,
            baselines=tuple(frozen),
            links=tuple(self.link(link) for link in self.links.get(task.pk, ())),
            custom_fields=tuple(self.own_fields(task)),
            stored_early_start=start,
            stored_early_finish=finish,
            stored_late_start=self.local(task.late_start),
            stored_late_finish=self.local(task.late_finish),
            stored_total_slack_minutes=task.total_float_minutes,
            stored_free_slack_minutes=task.free_float_minutes,
            stored_critical=task.is_critical,
        )

    def own_fields(self, task: Task) -> Iterator[tuple[str, str]]:
        """Return what the format has no element for, by the name of its field; what is usual is not said."""
        if task.code:
            yield mspdi.KEY_FIELD, task.code
        rule = rule_in(task, self.project)
        if not task.is_billable:
            yield mspdi.BILLABLE_FIELD, "No"
        if rule != ProgressRule.PHYSICAL or task.progress_rule:
            yield mspdi.RULE_FIELD, str(rule)
        yield mspdi.ID_FIELD, f"{self.project.code}:{task.pk}"

    def link(self, link: Dependency) -> mspdi.MspdiLink:
        """Return one link to a predecessor."""
        before = link.predecessor_id
        return mspdi.MspdiLink(
            predecessor_uid=self.task_numbers.of(before, self.known_uids[before]),
            type=LinkType(link.type),
            lag_minutes=link.lag_minutes,
            lag_format=ELAPSED_LAG if link.is_elapsed else WORKING_LAG,
            lag_elapsed=link.is_elapsed,
            lag_percent=None,
        )

    # --- baselines ---------------------------------------------------------------------------------------
    def baselines(self) -> dict[int, list[mspdi.MspdiBaseline]]:
        """Return task id -> its part of each baseline; of more than eleven the latest."""
        kept = list(Baseline.objects.filter(project=self.project).order_by("-number")[:MOST_BASELINES])
        numbers = baseline_numbers(kept[::-1])
        found: dict[int, list[mspdi.MspdiBaseline]] = defaultdict(list)
        rows = BaselineTask.objects.filter(baseline__in=kept).values_list(
            "baseline_id", "task_id", "start", "finish", "duration_minutes", "planned_seconds", "cost"
        )
        for baseline, task, start, finish, minutes, seconds, cost in rows.iterator(chunk_size=5000):
            found[task].append(
                mspdi.MspdiBaseline(
                    number=numbers[baseline],
                    start=self.local(start),
                    finish=self.local(finish),
                    duration_minutes=minutes,
                    work_seconds=seconds,
                    cost=cost if self.with_cost else None,
                )
            )
        for values in found.values():
            values.sort(key=lambda value: value.number)
        return found

    # --- people ------------------------------------------------------------------------------------------
    def resources(self) -> Iterator[mspdi.MspdiResource]:
        """Return the team, and whoever else is on a task."""
        members = list(
            Membership.objects.filter(project=self.project).select_related("person").order_by("pk")
        )
        known = {member.person_id: member.external_uid for member in members}
        people = {
            member.person_id: member.person
            for member in members
            if member.role != Role.CUSTOMER or member.external_uid is not None
        }
        people |= {one.person_id: one.person for one in self.assigned}
        self.people_numbers = Numbers({uid for uid in known.values() if uid})
        rates = rates_of(self.project, people.values()) if self.with_cost else {}
        for number, person in enumerate(people.values(), start=1):
            uid = self.people_numbers.of(person.pk, known.get(person.pk))
            # Without absences: who may have the file may not know who is away.
            calendar = self.calendar_numbers.of(person.calendar_id, None) if person.calendar_id else None
            yield resource(person, uid, number, rates.get(person.pk, ()), calendar)

    def assignments(self) -> Iterator[mspdi.MspdiAssignment]:
        """Return who works on what, over the dates of the task."""
        numbers = Numbers({one.external_uid for one in self.assigned if one.external_uid})
        tasks = {task.pk: task for task in self.tasks}
        for one in self.assigned:
            task = tasks[one.task_id]
            yield mspdi.MspdiAssignment(
                uid=numbers.of(one.pk, one.external_uid),
                task_uid=self.task_numbers.of(task.pk, task.external_uid),
                resource_uid=self.people_numbers.of(one.person_id, None),
                units=one.units / 100,
                work_seconds=one.planned_seconds,
                actual_work_minutes=None,
                start=self.local(task.start),
                finish=self.local(task.finish),
                cost_rate_table="A",
                baselines=(),
                custom_fields=(),
            )


def holidays_of(row: WorkCalendar, years: Iterable[int]) -> dict[date, str]:
    """Return day -> name of the public holidays that a calendar keeps."""
    found: dict[date, str] = {}
    for year in years if row.country else ():
        found |= holiday_names(row.country, row.subdivision, year)
    return found
