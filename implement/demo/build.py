"""Builds the demo: a rich project in mid-flight and two smaller ones, always around today."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from budget.choices import EntryState
from budget.models import BudgetLine, BudgetSettings, RateCard, TimeEntry
from budget.selectors.pricing import prices_for
from budget.selectors.rates import rates_for
from budget.services.baselines import baseline_with_budget
from budget.services.experience import experience_keep
from implement.accounts.models import User
from implement.core.calendars import WorkingCalendar
from implement.core.money import hours_cost
from implement.demo import story
from implement.demo.expenses import write_exchange_rates, write_expenses
from implement.demo.measures import write_measures
from implement.demo.trend import write_trend
from projects import services
from projects.choices import Audience, ProjectStatus, Role
from projects.models import (
    Absence,
    Assignment,
    Customer,
    Dependency,
    JournalEntry,
    Membership,
    Person,
    Project,
    Task,
    WorkCalendar,
)
from projects.planning import to_local, today_of, working_calendar, zone_of

WEEKS_SO_FAR = 18
DAY_MINUTES = 480
# The story counts days of full attention; people on a project have other things to do as well.
STRETCH = 1.3
SMALL_SCALE = 0.3
STANDARD_WEEK = [[[540, 780], [840, 1080]]] * 5 + [[], []]


@dataclass
class Diary:
    """How many seconds of each person's days are taken."""

    taken: dict[tuple[int, date], int] = field(default_factory=lambda: defaultdict(int))

    def room(self, person: Person, day: date) -> int:
        """Return how much of a day is free: eight hours (less for part time) and one of overtime."""
        return max(0, int(person.weekly_hours) * 3600 // 5 + 3600 - self.taken[person.pk, day])


@dataclass
class Crew:
    """The firm's people by key, and the demo's users."""

    people: dict[str, Person] = field(default_factory=dict)
    admin: User | None = None
    diary: Diary = field(default_factory=Diary)


@transaction.atomic
def build(today: date | None = None) -> list[Project]:
    """Write the demo's people and projects; return the projects, the rich one first.

    Everything is relative to `today`, and the same today gives the same demo.
    """
    day = today or timezone.localdate()
    crew = hire()
    first = rich_project(crew, day)
    others = [small_project(crew, day, number, *facts) for number, facts in enumerate(story.SMALL)]
    own_time(crew, day)
    experience_keep(day=day - timedelta(days=1))
    return [first, *others]


def own_time(crew: Crew, today: date) -> None:
    """Let some work part of the week, and some be away: the plans follow from now on."""
    hours = STANDARD_WEEK[0]
    for key, (name, days) in story.PART_TIME.items():
        person = crew.people[key]
        person.calendar = WorkCalendar.objects.create(
            name=name,
            week=[hours if number in days else [] for number in range(7)],
            country="DE",
            subdivision="HH",
        )
        services.person_save(person=person, actor=crew.admin)
    for away in story.AWAY:
        first = today + timedelta(days=away.begins - today.weekday())
        absence = Absence(
            person=crew.people[away.key],
            kind=away.kind,
            first=first,
            last=first + timedelta(days=away.days - 1),
            times=[list(span) for span in away.times],
            note=away.note,
        )
        services.absence_save(absence=absence, actor=crew.people[away.key].user)


def hire() -> Crew:
    """Write the firm's people with their users."""
    crew = Crew()
    crew.admin = User.objects.create_user(
        f"ada@{story.FIRM_MAIL}", story.PASSWORD, full_name="Ada Novak", is_administrator=True
    )
    Person.objects.create(name="Ada Novak", email=crew.admin.email, user=crew.admin, job_role="Operations")
    for who in story.PEOPLE:
        user = User.objects.create_user(
            f"{who.key}@{story.FIRM_MAIL}", story.PASSWORD, full_name=who.name, time_zone="Europe/Berlin"
        )
        crew.people[who.key] = Person.objects.create(
            name=who.name, email=user.email, user=user, job_role=who.job_role, weekly_hours=who.weekly_hours
        )
    return crew


def customer_person(customer: Customer, name: str, mail: str) -> Person:
    """Write somebody of a customer, with a login to the portal."""
    user = User.objects.create_user(mail, story.PASSWORD, full_name=name, time_zone="Europe/Berlin")
    return Person.objects.create(name=name, email=mail, user=user, customer=customer)


def rich_project(crew: Crew, today: date) -> Project:
    """Write the project that the product opens on."""
    starts_on = today - timedelta(days=today.weekday(), weeks=WEEKS_SO_FAR)
    customer = Customer.objects.create(name="Nordwind Foods GmbH", website="https://nordwind.example")
    carla = customer_person(customer, "Carla Weiss", "carla@nordwind.example")
    nils = customer_person(customer, "Nils Berg", "nils@nordwind.example")
    calendar = WorkCalendar.objects.create(
        name="Hamburg, 40 hours", week=STANDARD_WEEK, country="DE", subdivision="HH"
    )
    project = Project(
        code="nordwind-crm",
        name="Nordwind CRM roll-out",
        customer=customer,
        description="One system for sales, orders and service, in place of four; 240 users on three sites.",
        status=ProjectStatus.ACTIVE,
        starts_on=starts_on,
        data_date=starts_on,
        ends_on=starts_on + timedelta(weeks=33),
        currency="EUR",
        time_zone="Europe/Berlin",
        calendar=calendar,
    )
    services.project_create(project=project, manager=crew.people["mara"], actor=crew.admin)
    for who in story.PEOPLE[1:]:
        Membership.objects.create(
            project=project, person=crew.people[who.key], role=Role(who.role), title=who.job_role
        )
    Membership.objects.create(
        project=project, person=carla, role=Role.CUSTOMER, title="Sponsor", is_approver=True
    )
    Membership.objects.create(project=project, person=nils, role=Role.CUSTOMER, title="Head of IT")
    for who in story.PEOPLE:
        RateCard.objects.create(
            project=project,
            person=crew.people[who.key],
            effective_from=starts_on - timedelta(days=7),
            cost_rate=Decimal(who.cost),
            bill_rate=Decimal(who.bill),
        )
    works = write_plan(project, crew, story.PLAN)
    write_promises(project, works)
    write_budget(project, crew, works, starts_on)
    BudgetSettings.objects.update_or_create(
        project=project, defaults={"agreed_fees": Decimal("400000.00"), "agreed_hours": Decimal("2600.00")}
    )
    take_baseline(project, crew.people["mara"].user, starts_on + timedelta(days=4))
    happen(project, works, today, random.Random(7))  # noqa: S311 (a story, no secret)
    write_measures(project, today)
    services.plan_schedule(project=project)
    write_hours(project, crew, works, today)
    write_exchange_rates(starts_on, today, crew.admin)
    write_expenses(project, crew.people, starts_on, today)
    write_trend(project, today)
    return project


def small_project(
    crew: Crew,
    today: date,
    number: int,
    code: str,
    name: str,
    customer_name: str,
    currency: str,
    zone: str,
    country: str,
    shown: str,
    through: float,
) -> Project:
    """Write one of the smaller projects: the first phases of the same method, `through` of them behind it."""
    weeks = round(24 * through)
    starts_on = today - timedelta(days=today.weekday(), weeks=weeks)
    customer = Customer.objects.create(name=customer_name)
    contact = customer_person(customer, ("Reto Frey", "Ines Vidal")[number], f"contact@{code}.example")
    calendar = WorkCalendar.objects.create(name=f"{country}, 40 hours", week=STANDARD_WEEK, country=country)
    project = Project(
        code=code, name=name, customer=customer, status=ProjectStatus.ACTIVE, starts_on=starts_on, data_date=starts_on,
        currency=currency, time_zone=zone, calendar=calendar, customer_budget=shown,
    )  # fmt: skip
    services.project_create(project=project, manager=crew.people["mara"], actor=crew.admin)
    for key in ("tom", "ivo", "tess", "sami", "lena", "ravi", "nia", "fay"):
        role = Role.FINANCE if key == "fay" else Role.TEAM
        Membership.objects.create(project=project, person=crew.people[key], role=role)
    Membership.objects.create(project=project, person=contact, role=Role.CUSTOMER, is_approver=True)
    RateCard.objects.create(
        project=project, effective_from=starts_on, cost_rate=Decimal(74), bill_rate=Decimal(140)
    )
    phases = scaled(story.PLAN[:6] if number == 0 else story.PLAN[:4], SMALL_SCALE)
    works = write_plan(project, crew, phases)
    write_budget(project, crew, works, starts_on)
    BudgetSettings.objects.update_or_create(
        project=project, defaults={"agreed_fees": Decimal("150000.00"), "agreed_hours": Decimal("1100.00")}
    )
    take_baseline(project, crew.people["mara"].user, starts_on)
    happen(project, works, today, random.Random(11 + number))  # noqa: S311
    write_hours(project, crew, works, today, share=(1.12, 0.95)[number])
    return project


Works = dict[str, tuple[Task, story.Work]]


def minutes_of(work: story.Work) -> int:
    """Return how long a piece of work is planned to take, in working minutes."""
    return round(work.days * STRETCH * 2) * DAY_MINUTES // 2


def scaled(phases: tuple[story.Phase, ...], scale: float) -> tuple[story.Phase, ...]:
    """Return the phases with fewer hours of everybody, for a smaller project."""
    return tuple(
        replace(
            phase,
            works=tuple(
                replace(work, people=tuple((key, max(1, round(hours * scale))) for key, hours in work.people))
                for work in phase.works
            ),
        )
        for phase in phases
    )


def write_plan(project: Project, crew: Crew, phases: tuple[story.Phase, ...]) -> Works:
    """Write the tree, dependencies and assignments, and schedule them."""
    works: Works = {}
    position = 0
    for phase in phases:
        position += 1
        summary = Task.objects.create(project=project, name=phase.name, position=position)
        before: str | None = None
        for work in phase.works:
            position += 1
            task = Task.objects.create(
                project=project,
                parent=summary,
                name=work.name,
                position=position,
                duration_minutes=minutes_of(work),
                is_milestone=work.days == 0,
                is_published=work.shown,
                customer_title=work.title,
                payment_amount=Decimal(work.payment) if work.payment else None,
            )
            works[work.name] = (task, work)
            for name in work.after or ((before,) if before else ()):
                if name in works:
                    Dependency.objects.create(predecessor=works[name][0], successor=task)
            for key, hours in work.people:
                Assignment.objects.create(task=task, person=crew.people[key], planned_seconds=hours * 3600)
            before = work.name
    services.tree_renumber(project)
    services.plan_schedule(project=project)
    return works


def write_promises(project: Project, works: Works) -> None:
    """Hold some work to dates that were promised: a training room that is booked, a signature that is due."""
    for name, after in story.DEADLINES.items():
        task = works[name][0]
        task.refresh_from_db()
        Task.objects.filter(pk=task.pk).update(deadline=task.finish + timedelta(days=after))
    for name in story.BOOKED:
        task = works[name][0]
        task.refresh_from_db()
        Task.objects.filter(pk=task.pk).update(constraint="SNET", constraint_at=task.start)
    services.plan_schedule(project=project)


def write_budget(project: Project, crew: Crew, works: Works, starts_on: date) -> None:
    """Write a budget line per task and person, and what is not labour."""
    book = rates_for(project=project)
    lines = []
    for task, work in works.values():
        for key, hours in work.people:
            rate = book.resolve(crew.people[key], starts_on)
            lines.append(
                BudgetLine(
                    project=project,
                    task=task,
                    person=crew.people[key],
                    planned_seconds=hours * 3600,
                    cost=hours_cost(hours * 3600, rate.cost_rate, project.currency),
                    bill=hours_cost(hours * 3600, rate.bill_rate, project.currency),
                )
            )
    for category, text, amount in story.OTHER_COSTS:
        lines.append(
            BudgetLine(
                project=project, category=category, description=text, cost=Decimal(amount), bill=Decimal(0)
            )
        )
    BudgetLine.objects.bulk_create(lines)


def take_baseline(project: Project, actor: User | None, on: date) -> None:
    """Take the first baseline, as it was taken then."""
    taken_at = datetime.combine(on, time(16), tzinfo=UTC)
    baseline_with_budget(project=project, name="Contract plan", actor=actor, taken_at=taken_at)


def happen(project: Project, works: Works, today: date, dice: random.Random) -> None:
    """Let time pass: tasks take longer, what is past is done, what runs is half done, one is stuck."""
    for task, work in works.values():
        if work.slip != 1:
            Task.objects.filter(pk=task.pk).update(duration_minutes=round(minutes_of(work) * work.slip))
    services.plan_schedule(project=project)
    now = datetime.combine(today, time(8), tzinfo=zone_of(project))
    story_of: list[JournalEntry] = []
    manager = User.objects.filter(
        person__memberships__project=project, person__memberships__role="manager"
    ).first()
    assert manager is not None
    stuck = {"Cleanse customer records", "Change impact per persona"}
    for task in Task.objects.filter(project=project, is_summary=False).order_by("start"):
        if task.start is None or task.finish is None or task.start > now:
            continue
        elapsed = (now - task.start) / max(task.finish - task.start, timedelta(hours=1))
        percent = (
            Decimal(100) if task.finish <= now else Decimal(min(95, int(elapsed * dice.uniform(78, 92))))
        )
        if task.name in stuck and percent == 100:
            percent = Decimal(80)
        values = {"percent_complete": percent, "actual_start": task.start}
        if percent == 100:
            values["actual_finish"] = task.finish
        Task.objects.filter(pk=task.pk).update(**values)
        story_of += progress_entries(task, percent, manager, now)
    JournalEntry.objects.bulk_create(story_of)
    # From now on the plan goes with the day; of another day it stays as it was then.
    project.data_date = None if today == today_of(project) else today
    Project.objects.filter(pk=project.pk).update(data_date=project.data_date)
    services.plan_schedule(project=project)


def progress_entries(task: Task, percent: Decimal, manager: User, now: datetime) -> list[JournalEntry]:
    """Return the journal of a task's progress: half way, then where it is now."""
    assert task.start is not None
    assert task.finish is not None
    end = min(task.finish, now)
    steps = (
        [(task.start + (end - task.start) / 2, Decimal(0), (percent / 2).quantize(Decimal(1)))]
        if percent > 20
        else []
    )
    steps.append((end, steps[-1][2] if steps else Decimal(0), percent))
    return [
        JournalEntry(
            project=task.project,
            at=at,
            actor=manager,
            actor_name=str(manager),
            action="task.changed",
            target_type="projects.task",
            target_id=str(task.pk),
            target_label=str(task),
            changes={"percent_complete": [f"{before:.2f}", f"{after:.2f}"]},
            audience=Audience.INTERNAL,
        )
        for at, before, after in steps
    ]


def write_hours(project: Project, crew: Crew, works: Works, today: date, share: float = 1.0) -> None:
    """Write what everybody worked: old weeks approved, last week submitted, this week still a draft."""
    book = prices_for(project=project)
    calendar = working_calendar(project.calendar)
    zone = zone_of(project)
    approver = crew.people["mara"].user
    entries: list[TimeEntry] = []
    for task in Task.objects.filter(project=project, actual_start__isnull=False).order_by("actual_start"):
        _, work = works.get(task.name, (task, story.Work(task.name, 1)))
        # No estimate is met to the hour: what the forecast draws from is how far they were off.
        luck = random.Random(f"{project.code}:{task.name}").triangular(0.6, 1.55, 0.95)  # noqa: S311
        for key, planned in work.people:
            person = crew.people[key]
            done = float(task.percent_complete) / 100
            wanted = int(planned * work.overrun * luck * done * share * 4) * 900
            days = working_days(calendar, task, today, zone)
            entries += spread(task, person, wanted, days, crew.diary)
    this_monday = today - timedelta(days=today.weekday())
    for entry in entries:
        book.price(entry)
        settle(entry, this_monday, approver)
    TimeEntry.objects.bulk_create(entries, batch_size=500)


def working_days(calendar: WorkingCalendar, task: Task, today: date, zone: ZoneInfo) -> list[date]:
    """Return the working days on which a task was worked on, a little beyond its end where hours overran."""
    begin = to_local(task.actual_start, zone)
    end = to_local(task.actual_finish or task.finish, zone)
    assert begin is not None
    assert end is not None
    last = min(end.date() + timedelta(days=9), today)
    return [
        day
        for day in (begin.date() + timedelta(days=offset) for offset in range((last - begin.date()).days + 1))
        if calendar.is_working_day(day)
    ]


NOTES = (
    "",
    "",
    "",
    "Worked through open points",
    "Call with the customer",
    "Prepared the review",
    "Follow-up",
)


def spread(task: Task, person: Person, wanted: int, days: list[date], diary: Diary) -> list[TimeEntry]:
    """Return entries for `wanted` seconds over the days, as far as the person's days have room."""
    entries = []
    per_day = max(3600, -(-wanted // max(1, len(days)) // 900) * 900)
    for number, day in enumerate(days):
        seconds = min(wanted, per_day, diary.room(person, day)) // 900 * 900
        if seconds <= 0:
            continue
        diary.taken[person.pk, day] += seconds
        wanted -= seconds
        entries.append(
            TimeEntry(
                project=task.project,
                task=task,
                person=person,
                worked_on=day,
                seconds=seconds,
                note=NOTES[(number + task.pk) % len(NOTES)],
                is_billable=person.job_role != "Controller",
            )
        )
    return entries


def settle(entry: TimeEntry, this_monday: date, approver: User | None) -> None:
    """Give an entry the state that its age suggests."""
    if entry.worked_on >= this_monday:
        return
    at = datetime.combine(entry.worked_on, time(18), tzinfo=UTC)
    entry.submitted_at = at
    if entry.worked_on >= this_monday - timedelta(days=7) and entry.person.user != approver:
        entry.status = EntryState.SUBMITTED
        return
    entry.status = EntryState.APPROVED
    entry.decided_at = at + timedelta(days=3)
    entry.decided_by = approver
