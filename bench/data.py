"""The seeded data of the performance goals: 50 projects, 20,000 tasks (5,000 in one), 100,000 hours,
4,000 requirements with what follows from them.

    python bench/data.py        # into the database of DATABASE_URL; refuses one that holds projects

The same seed gives the same rows.
"""

from __future__ import annotations

import os
import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from budget.models import BudgetLine, BudgetSettings, RateCard, TimeEntry  # noqa: E402
from budget.selectors.pricing import prices_for  # noqa: E402
from budget.services.experience import experience_keep  # noqa: E402
from implement.accounts.models import User  # noqa: E402
from projects import services  # noqa: E402
from projects.builds.models import BuildItem  # noqa: E402
from projects.design.models import DesignElement  # noqa: E402
from projects.models import (  # noqa: E402
    Assignment,
    Customer,
    Dependency,
    Membership,
    Person,
    Project,
    Task,
    TraceLink,
)
from projects.requirements.models import Requirement  # noqa: E402

SEED = 20261123
NEEDS = 4_000
PROJECTS, PEOPLE, TASKS, BIG, ENTRIES = 50, 50, 20_000, 5_000, 100_000
PASSWORD = "bench-password-only"
TODAY = date(2026, 11, 23)


def main() -> None:
    """Write the data set."""
    if Project.objects.exists():
        sys.exit("This database holds projects already. Give DATABASE_URL an empty, migrated one.")
    dice = random.Random(SEED)
    people = write_people()
    customers = Customer.objects.bulk_create(Customer(name=f"Customer {number:02d}") for number in range(20))
    share = (TASKS - BIG) // (PROJECTS - 1)
    for number in range(PROJECTS):
        count = BIG if number == 0 else share
        with transaction.atomic():
            project = write_project(number, customers[number % 20], people, count, dice)
            if number < 2:
                write_thread(project, random.Random(SEED), NEEDS if number == 0 else 40)
            write_hours(project, dice, ENTRIES // 5 if number == 0 else ENTRIES * 4 // 5 // (PROJECTS - 1))
        print(f"{project.code}: {count} tasks")
    # As the beat does once a day.
    experience_keep(day=TODAY - timedelta(days=1))
    with connection.cursor() as cursor:
        # Autovacuum would do it in a minute: the planner knows nothing of rows that have just come.
        cursor.execute("ANALYZE")


def write_people() -> list[Person]:
    """Write fifty people with logins; the first is project manager everywhere."""
    people = []
    for number in range(PEOPLE):
        user = User.objects.create_user(
            f"p{number}@bench.example", PASSWORD if number < 3 else None, full_name=f"Person {number:02d}"
        )
        people.append(
            Person.objects.create(
                name=user.full_name, email=user.email, user=user, job_role=f"Role {number % 5}"
            )
        )
    return people


def write_project(
    number: int, customer: Customer, people: list[Person], count: int, dice: random.Random
) -> Project:
    """Write one project with its plan, budget and baseline."""
    starts_on = TODAY - timedelta(days=TODAY.weekday(), weeks=20)
    project = Project.objects.create(
        code=f"bench-{number:02d}",
        name=f"Bench project {number:02d}",
        customer=customer,
        starts_on=starts_on,
        data_date=starts_on,
        status="active",
    )
    team = [people[0], *dice.sample(people[1:], 9)]
    Membership.objects.bulk_create(
        Membership(project=project, person=person, role="manager" if person is people[0] else "team")
        for person in team
    )
    RateCard.objects.create(
        project=project, effective_from=starts_on, cost_rate=Decimal(70), bill_rate=Decimal(140)
    )
    BudgetSettings.objects.update_or_create(project=project, defaults={"agreed_fees": Decimal(500_000)})
    phases = Task.objects.bulk_create(
        Task(project=project, name=f"Phase {index + 1}", position=index * 10_000)
        for index in range(max(2, count // 50))
    )
    leaves = Task.objects.bulk_create(
        Task(
            project=project,
            parent=phases[index % len(phases)],
            name=f"Task {index:05d}",
            position=index % len(phases) * 10_000 + index // len(phases) + 1,
            duration_minutes=480 * dice.randint(1, 10),
            percent_complete=Decimal(dice.choice([0, 0, 25, 50, 100, 100])),
            is_milestone=index % 40 == 39,
        )
        for index in range(count - len(phases))
    )
    Dependency.objects.bulk_create(
        Dependency(predecessor=leaves[index - dice.randint(1, min(index, 30))], successor=leaves[index])
        for index in range(1, len(leaves))
        if index % 4
    )
    Assignment.objects.bulk_create(
        Assignment(task=leaf, person=dice.choice(team), planned_seconds=3600 * dice.randint(4, 40))
        for leaf in leaves
    )
    BudgetLine.objects.bulk_create(
        BudgetLine(
            project=project,
            task=leaf,
            person=dice.choice(team),
            planned_seconds=36_000,
            cost=Decimal(700),
            bill=Decimal(1400),
        )
        for leaf in leaves
    )
    services.tree_renumber(project)
    services.plan_schedule(project=project)
    budget = services.TaskBudget(planned_seconds=36_000, cost=Decimal(700), bill=Decimal(1400))
    services.baseline_take(
        project=project, name="Plan", actor=None, budgets={leaf.pk: budget for leaf in leaves}
    )
    return project


def write_thread(project: Project, dice: random.Random, count: int) -> None:
    """Write requirements, and the design, tasks and build that follow from nine of ten of them."""
    fields: dict[str, Any] = {"project": project, "revision": 1}
    needs = Requirement.objects.bulk_create(
        Requirement(
            number=number, title=f"Need {number:04d}", statement="The product shall do it.",
            priority=dice.choice(["must", "should", "could"]), **fields,
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    elements = DesignElement.objects.bulk_create(
        DesignElement(number=number, title=f"Element {number:04d}", purpose="It does it.", **fields)
        for number in range(1, count // 4 + 1)
    )
    items = BuildItem.objects.bulk_create(
        BuildItem(
            project=project, number=number, title=f"Item {number:04d}", status=dice.choice(["todo", "built"]),
            status_since=timezone.now(),
        )
        for number in range(1, count + 1)
    )  # fmt: skip
    tasks = list(Task.objects.filter(project=project).values_list("pk", flat=True))
    ends = {"requirement": [row.pk for row in needs], "design": [row.pk for row in elements],
            "build": [row.pk for row in items], "task": tasks}  # fmt: skip
    links = []
    for type, source, target in (
        ("satisfies", "design", "requirement"), ("delivers", "task", "requirement"),
        ("implements", "build", "requirement"), ("realises", "build", "design"),
    ):  # fmt: skip
        targets = ends[target][: len(ends[target]) * 9 // 10]
        pairs = {(dice.choice(ends[source]), dice.choice(targets)) for _ in targets}
        links += [
            TraceLink(
                project=project, type=type, source_kind=source, source_id=one, source_revision=1,
                target_kind=target, target_id=other, target_revision=1,
                suspect_since=timezone.now() if dice.random() < 0.05 else None,
            )
            for one, other in sorted(pairs)
        ]  # fmt: skip
    TraceLink.objects.bulk_create(links, batch_size=1000)


def write_hours(project: Project, dice: random.Random, count: int) -> None:
    """Write approved hours over the last twenty weeks."""
    book = prices_for(project=project)
    leaves = list(Task.objects.filter(project=project, is_summary=False, is_milestone=False))
    team = [row.person for row in Membership.objects.filter(project=project).select_related("person")]
    entries = []
    for _ in range(count):
        entry = TimeEntry(
            project=project,
            task=dice.choice(leaves),
            person=dice.choice(team),
            worked_on=project.starts_on + timedelta(days=dice.randint(0, 139)),
            seconds=900 * dice.randint(1, 8),
            status=dice.choice(["approved"] * 9 + ["submitted"]),
        )
        book.price(entry)
        entries.append(entry)
    TimeEntry.objects.bulk_create(entries, batch_size=1000)


if __name__ == "__main__":
    main()
