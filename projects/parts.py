"""What the base puts into a template: roles in place of people, the calendar, the plan, and planned hours by role."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from implement.core.calendars import CalendarError, WorkingCalendar
from implement.core.errors import DomainError
from implement.core.money import format_number, hours_of
from projects import schedule
from projects.choices import Constraint, LinkType, ProgressRule, Role
from projects.kit.parts import MOST_TASKS, Part, Starting, Taking, register, wrong
from projects.kit.rows import row_save
from projects.models import Assignment, Dependency, Membership, ProgressStep, Project, Task, WorkCalendar
from projects.planfile import ROUND_THE_CLOCK
from projects.planning import local_start, to_local, to_moment, working_calendar, zone_of
from projects.schedule import UNDATED, Activity, CycleError, Link, ScheduleError, compute
from projects.services import tree_renumber
from projects.services.progress import MOST_STEPS

FIFTY_YEARS = 60 * 24 * 366 * 50
LARGEST = 2**31 - 1
# These hold an end of work: their moment is shown at the end of an interval, the others at the beginning of the next.
OF_FINISH = {Constraint.MFO, Constraint.FNET, Constraint.FNLT}
TASK_FIELDS = (
    *("name", "description", "is_milestone", "duration_minutes", "is_estimated", "constraint", "priority"),
    *("is_billable", "ignores_people"),
    *("is_published", "customer_title", "acceptance_criteria"),
    *("progress_rule", "unit_name"),
)
NO_ROLE = "Team member"


# --- roles ----------------------------------------------------------------------------------------------
class RoleShape(serializers.Serializer):
    """Somebody who takes part, by what they do."""

    key = serializers.RegexField(r"^[a-z0-9_]{1,20}$")
    name = serializers.CharField(max_length=80)
    job_role = serializers.CharField(max_length=80, allow_blank=True, default="")
    is_lead = serializers.BooleanField(default=False)
    is_customer = serializers.BooleanField(default=False)


def take_roles(taking: Taking) -> list[dict[str, Any]]:
    """Return a role for everybody of the team or on a task; several of one name are numbered."""
    project = taking.project
    members = Membership.objects.filter(project=project, is_active=True).select_related("person")
    working = Assignment.objects.filter(task__project=project, task__deleted_at=None).select_related("person")
    people = {
        row.person_id: (row.person, row.title, row.role) for row in members if row.role != Role.CUSTOMER
    }
    people |= {
        one.person_id: (one.person, "", Role.CUSTOMER if one.person.customer_id else Role.TEAM)
        for one in working
        if one.person_id not in people
    }
    names = {pk: (title or person.job_role or NO_ROLE)[:70] for pk, (person, title, _) in people.items()}
    often, seen = Counter(names.values()), Counter[str]()
    roles = []
    for number, (pk, (person, _, role)) in enumerate(people.items(), start=1):
        seen[names[pk]] += 1
        taking.roles[pk] = f"r{number}"
        roles.append(
            {
                "key": f"r{number}",
                "name": f"{names[pk]} {seen[names[pk]]}" if often[names[pk]] > 1 else names[pk],
                "job_role": person.job_role,
                "is_lead": role == Role.MANAGER,
                "is_customer": person.customer_id is not None,
            }
        )
    return roles


def check_roles(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse two roles of one key."""
    often = Counter(role["key"] for role in value)
    twice = next((key for key, count in often.items() if count > 1), None)
    if twice is not None:
        raise wrong(f"roles: two roles have the key “{twice}”.")


def apply_roles(starting: Starting, value: Any) -> None:
    """Let who takes a role join the project. Who leads is the project manager when nobody else is named."""
    starting.roles = {role["key"]: role for role in value}
    project = starting.project
    known = set(Membership.objects.filter(project=project).values_list("person_id", flat=True))
    for key, role in starting.roles.items():
        person = starting.people.get(key) or (starting.manager if role["is_lead"] else None)
        starting.people[key] = person
        if person is None:
            continue
        if person.customer_id not in (None, project.customer_id) or not person.is_active:
            message = f"“{person}” cannot be on this project: choose one of the firm's people or of this customer's."
            raise DomainError(message, fields={f"role_{key}": message})
        if person.pk not in known:
            known.add(person.pk)
            side = Role.CUSTOMER if person.customer_id else Role.TEAM
            joining = Membership(project=project, person=person, role=side, title=role["name"][:80])
            row_save(row=joining, actor=starting.actor)
    taken = sum(person is not None for person in starting.people.values())
    starting.made.append(("Roles taken", f"{taken} of {len(value)}"))


# --- the calendar ---------------------------------------------------------------------------------------
class IntervalsField(serializers.ListField):
    """[start, end] minutes of a day."""

    child = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=1440), min_length=2, max_length=2
    )


class CalendarShape(serializers.Serializer):
    """A working week and whose public holidays it keeps. Days of the past are no one's to repeat."""

    name = serializers.CharField(max_length=120)
    week = serializers.ListField(child=IntervalsField(max_length=24), min_length=7, max_length=7)
    country = serializers.CharField(max_length=2, allow_blank=True, default="")
    subdivision = serializers.CharField(max_length=10, allow_blank=True, default="")


def calendar_value(row: WorkCalendar) -> dict[str, Any]:
    """Return a calendar without its single days."""
    week = [[list(times) for times in day] for day in working_calendar(row).week]
    return {"name": row.name, "week": week, "country": row.country, "subdivision": row.subdivision}


def take_calendar(taking: Taking) -> dict[str, Any] | None:
    """Return the project's calendar."""
    row = taking.project.calendar
    return None if row is None else calendar_value(row)


def check_calendar(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse a calendar that could not be planned by."""
    built(value, "calendar")


def built(value: Mapping[str, Any], path: str) -> WorkingCalendar:
    """Return the arithmetic of a calendar's value. Raises DomainError when it has none."""
    words = {name: value[name] for name in ("name", "week", "country", "subdivision")}
    try:
        if not any(value["week"]):
            raise CalendarError("A week without working hours would never end the project.")
        return working_calendar(WorkCalendar(**words))
    except (CalendarError, ValueError, NotImplementedError) as error:
        raise wrong(f"{path}: {error}") from error


def apply_calendar(starting: Starting, value: Any) -> None:
    """Let the project work as the template does: by the firm's calendar of that name and week, else by its own."""
    if not starting.takes_calendar:
        return
    alike = WorkCalendar.objects.filter(
        project=None, name=value["name"], country=value["country"], subdivision=value["subdivision"]
    )
    row = next((one for one in alike if one.week == value["week"]), None)
    if row is None:
        row = WorkCalendar(project=starting.project, **value)
        row_save(row=row, actor=starting.actor)
    starting.project.calendar = row
    row_save(row=starting.project, actor=starting.actor)
    starting.made.append(("Working calendar", row.name))


# --- the plan -------------------------------------------------------------------------------------------
class StepShape(serializers.Serializer):
    """A weighted milestone of a task; the weights of a task's add up to 100."""

    name = serializers.CharField(max_length=120)
    weight = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=Decimal(100)
    )


class TaskShape(serializers.Serializer):
    """A task. `parent` and `calendar` are places in this file; offsets are working minutes from the project's start."""

    name = serializers.CharField(max_length=255)
    parent = serializers.IntegerField(allow_null=True, default=None, min_value=0)
    description = serializers.CharField(allow_blank=True, default="", max_length=100_000)
    is_milestone = serializers.BooleanField(default=False)
    duration_minutes = serializers.IntegerField(min_value=0, max_value=FIFTY_YEARS)
    is_estimated = serializers.BooleanField(default=False)
    # A template from before there were these marks says nothing of them.
    is_billable = serializers.BooleanField(default=True)
    ignores_people = serializers.BooleanField(default=False)
    constraint = serializers.ChoiceField(Constraint.choices, default=Constraint.ASAP)
    constraint_offset = serializers.IntegerField(
        allow_null=True, default=None, min_value=-FIFTY_YEARS, max_value=FIFTY_YEARS
    )
    deadline_offset = serializers.IntegerField(
        allow_null=True, default=None, min_value=-FIFTY_YEARS, max_value=FIFTY_YEARS
    )
    calendar = serializers.IntegerField(allow_null=True, default=None, min_value=0)
    priority = serializers.IntegerField(default=500, min_value=0, max_value=1000)
    is_published = serializers.BooleanField(default=False)
    customer_title = serializers.CharField(allow_blank=True, default="", max_length=255)
    acceptance_criteria = serializers.CharField(allow_blank=True, default="", max_length=100_000)
    payment = serializers.DecimalField(
        max_digits=15, decimal_places=2, allow_null=True, default=None, min_value=Decimal(0)
    )
    progress_rule = serializers.ChoiceField(ProgressRule.choices, allow_blank=True, default="")
    units_total = serializers.DecimalField(
        max_digits=12, decimal_places=2, allow_null=True, default=None, min_value=Decimal("0.01")
    )
    unit_name = serializers.CharField(allow_blank=True, default="", max_length=40)
    steps = StepShape(many=True, default=list, max_length=MOST_STEPS)


class LinkShape(serializers.Serializer):
    """`after` waits for `before`; both are places of tasks."""

    before = serializers.IntegerField(min_value=0)
    after = serializers.IntegerField(min_value=0)
    type = serializers.ChoiceField(LinkType.choices, default=LinkType.FS)
    lag_minutes = serializers.IntegerField(default=0, min_value=-FIFTY_YEARS, max_value=FIFTY_YEARS)
    is_elapsed = serializers.BooleanField(default=False)


class OwnCalendarShape(CalendarShape):
    """A calendar of single tasks."""

    is_round_the_clock = serializers.BooleanField(default=False)


class PlanShape(serializers.Serializer):
    """The tree of tasks in the order of the outline, what waits for what, and calendars of single tasks."""

    # Empty: as the new project has it.
    progress_rule = serializers.ChoiceField(ProgressRule.choices, allow_blank=True, default="")
    tasks = TaskShape(many=True, max_length=MOST_TASKS)
    links = LinkShape(many=True, max_length=4 * MOST_TASKS)
    calendars = OwnCalendarShape(many=True, max_length=100)


def take_plan(taking: Taking) -> dict[str, Any]:
    """Return the plan without what happened: dates by which it is bound become working time from the start."""
    project = taking.project
    tasks = list(Task.objects.filter(project=project).select_related("calendar").order_by("position", "pk"))
    if len(tasks) > MOST_TASKS:
        raise DomainError(f"A template has at most {MOST_TASKS:,} tasks; this plan has {len(tasks):,}.")
    taking.places = {task.pk: place for place, task in enumerate(tasks)}
    own = {task.calendar.pk: task.calendar for task in tasks if task.calendar is not None}
    calendars = {pk: place for place, pk in enumerate(own)}
    zone, start = zone_of(project), local_start(project.starts_on)

    def offset(task: Task, at: datetime | None) -> int | None:
        # By the calendar that the task works by, so that it is the same moment of its work again.
        local, calendar = to_local(at, zone), working_calendar(task.calendar or project.calendar)
        return None if local is None else calendar.position(local) - calendar.position(start)

    links = Dependency.objects.filter(successor__project=project).order_by("pk")
    steps: dict[int, list[dict[str, str]]] = defaultdict(list)
    for step in ProgressStep.objects.filter(task__in=tasks):
        steps[step.task_id].append({"name": step.name, "weight": f"{step.weight:f}"})
    return {
        "progress_rule": project.progress_rule,
        "tasks": [
            {name: getattr(task, name) for name in TASK_FIELDS}
            | {
                "parent": taking.places.get(task.parent_id or 0),
                "constraint_offset": offset(task, task.constraint_at),
                "deadline_offset": offset(task, task.deadline),
                "calendar": calendars.get(task.calendar_id or 0),
                "payment": f"{task.payment_amount:f}"
                if taking.with_amounts and task.payment_amount is not None
                else None,
                "units_total": None if task.units_total is None else f"{task.units_total:f}",
                "steps": steps[task.pk] if task.progress_rule == ProgressRule.STEPS else [],
            }
            for task in tasks
        ],
        "links": [
            {
                "before": taking.places[link.predecessor_id],
                "after": taking.places[link.successor_id],
                "type": link.type,
                "lag_minutes": link.lag_minutes,
                "is_elapsed": link.is_elapsed,
            }
            for link in links
            if {link.predecessor_id, link.successor_id} <= taking.places.keys()
        ],
        "calendars": [
            calendar_value(row) | {"is_round_the_clock": row.external_uid == ROUND_THE_CLOCK}
            for row in own.values()
        ],
    }


def check_plan(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse places that are none, constraints without a moment, and tasks that wait for each other."""
    tasks = value["tasks"]
    for place, calendar in enumerate(value["calendars"]):
        built(calendar, f"plan.calendars[{place}]")
    for place, task in enumerate(tasks):
        if task["parent"] is not None and task["parent"] >= place:
            raise wrong(f"plan.tasks[{place}].parent: {task['parent']} is no task before “{task['name']}”.")
        if task["calendar"] is not None and task["calendar"] >= len(value["calendars"]):
            raise wrong(f"plan.tasks[{place}].calendar: there is no calendar {task['calendar']}.")
        if task["constraint"] not in UNDATED and task["constraint_offset"] is None:
            raise wrong(f"plan.tasks[{place}].constraint_offset: {task['constraint']} needs a moment.")
        _check_measure(task, f"plan.tasks[{place}]")
    pairs: set[tuple[int, int]] = set()
    for place, link in enumerate(value["links"]):
        pair = (link["before"], link["after"])
        if max(pair) >= len(tasks):
            raise wrong(f"plan.links[{place}]: there is no task {max(pair)}.")
        if pair[0] == pair[1] or pair in pairs:
            said = "a task waits for itself" if pair[0] == pair[1] else "these two tasks are linked already"
            raise wrong(f"plan.links[{place}]: {said}.")
        pairs.add(pair)
    check_network(value)


def _check_measure(task: Any, where: str) -> None:
    """Refuse a rule without what it measures by."""
    if task["progress_rule"] == ProgressRule.UNITS and task["units_total"] is None:
        raise wrong(f"{where}.units_total: a task measured by units says how many there are.")
    weights = sum((step["weight"] for step in task["steps"]), start=Decimal(0))
    if task["progress_rule"] == ProgressRule.STEPS and weights != 100:
        raise wrong(f"{where}.steps: the weights add up to {weights.normalize():f}, not 100.")


def check_network(value: Any) -> None:
    """Refuse a network that cannot be computed, whatever its dates."""
    activities = [
        Activity(id=place, parent=task["parent"], duration_minutes=task["duration_minutes"])
        for place, task in enumerate(value["tasks"])
    ]
    links = [
        Link(predecessor=link["before"], successor=link["after"], type=schedule.LinkType(link["type"]))
        for link in value["links"]
    ]
    try:
        compute(activities, links, WorkingCalendar.standard(), datetime(2026, 1, 5))  # noqa: DTZ001 (a wall clock)
    except CycleError as error:
        path = " → ".join(value["tasks"][int(str(place))]["name"] for place in error.path)
        raise wrong(f"plan.links: these tasks wait for each other: {path}.") from error
    except (ScheduleError, CalendarError) as error:
        raise wrong(f"plan: {error}") from error


def apply_plan(starting: Starting, value: Any) -> None:
    """Write tasks and links, with dates moved by working time of the new calendar to the new start."""
    project = starting.project
    calendars = [own_calendar(project, dict(one)) for one in value["calendars"]]
    for calendar in calendars:
        row_save(row=calendar, actor=starting.actor)
    zone, start = zone_of(project), local_start(project.starts_on)

    def moment(task: Task, offset: int | None, *, is_finish: bool) -> datetime | None:
        # Thursday 17:00 for a finish and Friday 8:00 for a start are the same working time.
        if offset is None:
            return None
        calendar = working_calendar(task.calendar or project.calendar)
        at = calendar.position(start) + offset
        try:
            return to_moment(calendar.finish_at(at) if is_finish else calendar.start_at(at), zone)
        except CalendarError as error:
            raise wrong(f"plan: {error}") from error

    for place, told in enumerate(value["tasks"]):
        task = Task(project=project, position=place + 1, **{name: told[name] for name in TASK_FIELDS})
        task.calendar = None if told["calendar"] is None else calendars[told["calendar"]]
        bound = None if task.constraint in UNDATED else told["constraint_offset"]
        task.constraint_at = moment(task, bound, is_finish=task.constraint in OF_FINISH)
        task.deadline = moment(task, told["deadline_offset"], is_finish=True)
        task.payment_amount = told["payment"] if starting.takes_amounts else None
        task.units_total = told["units_total"]
        starting.tasks.append(task)
    Task.objects.bulk_create(starting.tasks, batch_size=500)
    ProgressStep.objects.bulk_create(
        (
            ProgressStep(task=task, position=position, name=step["name"], weight=step["weight"])
            for task, told in zip(starting.tasks, value["tasks"], strict=True)
            for position, step in enumerate(told["steps"])
        ),
        batch_size=500,
    )
    if value["progress_rule"] not in {"", project.progress_rule}:
        project.progress_rule = value["progress_rule"]
        row_save(row=project, actor=starting.actor)
    below = []
    for task, told in zip(starting.tasks, value["tasks"], strict=True):
        if told["parent"] is not None:
            task.parent = starting.tasks[told["parent"]]
            below.append(task)
    Task.objects.bulk_update(below, ["parent"], batch_size=500)
    Dependency.objects.bulk_create(
        [
            Dependency(
                predecessor=starting.tasks[link["before"]],
                successor=starting.tasks[link["after"]],
                type=link["type"],
                lag_minutes=link["lag_minutes"],
                is_elapsed=link["is_elapsed"],
            )
            for link in value["links"]
        ],
        batch_size=500,
    )
    tree_renumber(project)
    if not starting.takes_amounts and any(told["payment"] is not None for told in value["tasks"]):
        starting.leave_amounts("Payments of milestones are left out")
    milestones = sum(task.is_milestone for task in starting.tasks)
    starting.made.append(
        (
            "Plan",
            f"{len(starting.tasks)} rows, {milestones} of them milestones, and {len(value['links'])} links",
        )
    )


def own_calendar(project: Project, value: dict[str, Any]) -> WorkCalendar:
    """Return a calendar of single tasks, not yet saved."""
    number = ROUND_THE_CLOCK if value.pop("is_round_the_clock") else None
    return WorkCalendar(project=project, external_uid=number, **value)


# --- planned hours --------------------------------------------------------------------------------------
class WorkShape(serializers.Serializer):
    """How long a role is planned on a task. `units` is the share of their time in percent."""

    task = serializers.IntegerField(min_value=0)
    role = serializers.CharField(max_length=20)
    seconds = serializers.IntegerField(min_value=0, max_value=LARGEST)
    units = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=Decimal(0), default=Decimal(100)
    )


def take_work(taking: Taking) -> list[dict[str, Any]]:
    """Return the planned hours by task and role."""
    rows = Assignment.objects.filter(task__project=taking.project, task__deleted_at=None)
    return [
        {
            "task": taking.places[one.task_id],
            "role": taking.roles[one.person_id],
            "seconds": one.planned_seconds,
            "units": f"{one.units:f}",
        }
        for one in rows.order_by("task__position", "pk")
    ]


def check_places(key: str, value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse a task or role that the template does not have."""
    roles = {role["key"] for role in parts["roles"]}
    for place, one in enumerate(value):
        if one["task"] is not None and one["task"] >= len(parts["plan"]["tasks"]):
            raise wrong(f"{key}[{place}].task: there is no task {one['task']}.")
        if one["role"] and one["role"] not in roles:
            raise wrong(f"{key}[{place}].role: there is no role “{one['role']}”.")


def check_work(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse hours of no task or no role."""
    check_places("work", value, parts)


def hours_words(seconds: int) -> str:
    """Return hours as they are told; whole ones without decimals."""
    return f"{format_number(hours_of(seconds), digits=2 if seconds % 3600 else 0)} h"


def apply_work(starting: Starting, value: Any) -> None:
    """Plan the hours of every role that somebody takes; the others stay open, and are told."""
    planned: dict[tuple[int, int], Assignment] = {}
    opened: dict[str, int] = defaultdict(int)
    for one in value:
        person = starting.people.get(one["role"])
        if person is None:
            opened[one["role"]] += one["seconds"]
            continue
        task = starting.tasks[one["task"]]
        row = planned.setdefault(
            (task.pk, person.pk), Assignment(task=task, person=person, planned_seconds=0, units=Decimal(0))
        )
        # Two roles may be one person.
        row.planned_seconds = min(row.planned_seconds + one["seconds"], LARGEST)
        row.units = min(row.units + one["units"], Decimal("9999.99"))
    Assignment.objects.bulk_create(planned.values(), batch_size=500)
    starting.open_seconds = dict(opened)
    total = sum(row.planned_seconds for row in planned.values())
    starting.made.append(("Planned hours", hours_words(total)))
    for key, seconds in opened.items():
        starting.left.append(f"{hours_words(seconds)} of “{starting.roles[key]['name']}” are nobody's yet.")


register(
    Part(
        key="roles",
        label="Roles in place of people",
        help_text="Who is on the project becomes a role: its name, never the person's.",
        order=0,
        shape=RoleShape,
        many=True,
        take=take_roles,
        check=check_roles,
        apply=apply_roles,
        is_needed=True,
    ),
    Part(
        key="calendar",
        label="Working calendar",
        help_text="The week and whose public holidays it keeps; not its single days.",
        order=10,
        shape=CalendarShape,
        take=take_calendar,
        check=check_calendar,
        apply=apply_calendar,
    ),
    Part(
        key="plan",
        label="Plan",
        help_text="Tasks, links, milestones with the customer's words; fixed dates move with the start.",
        order=20,
        shape=PlanShape,
        take=take_plan,
        check=check_plan,
        apply=apply_plan,
        is_needed=True,
    ),
    Part(
        key="work",
        label="Planned hours by role",
        help_text="How long each role is planned on each task.",
        order=30,
        shape=WorkShape,
        many=True,
        take=take_work,
        check=check_work,
        apply=apply_work,
    ),
)
