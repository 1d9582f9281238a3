"""The named cast of every test: who they are, and what each may see, is known by heart.

Nordwind is Mara's project for the customer Nordwind. Tom and Tess work on it, Fay keeps its money, Carla is the
customer's approver. Rita runs a project for a rival, whose customer is Rolf. Ada administers everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from budget.models import RateCard
from implement.accounts.models import User
from projects import services
from projects.choices import ProjectStatus, Role
from projects.models import Assignment, Customer, Dependency, Membership, Person, Project, Task

PASSWORD = "correct-horse-battery"
STARTS_ON = date(2026, 3, 2)


@dataclass
class Cast:
    """Everybody and everything a test may call by name."""

    ada: User
    mara: User
    tom: User
    tess: User
    fay: User
    carla: User
    rita: User
    rolf: User
    nordwind: Project
    rival: Project
    kickoff: Task
    setup: Task
    go_live: Task
    rival_task: Task

    def user_of(self, role: str) -> User:
        """Return who plays a role on Nordwind; "stranger" and "rival" are on another project."""
        return {
            "administrator": self.ada,
            Role.MANAGER: self.mara,
            Role.TEAM: self.tom,
            Role.FINANCE: self.fay,
            Role.CUSTOMER: self.carla,
            "rival": self.rita,
            "rival_customer": self.rolf,
        }[role]


def _user(name: str, *, administrator: bool = False) -> User:
    return User.objects.create_user(
        f"{name.split()[0].lower()}@example.test", PASSWORD, full_name=name, is_administrator=administrator
    )


def _person(user: User, customer: Customer | None = None, job_role: str = "") -> Person:
    return Person.objects.create(
        name=user.full_name, email=user.email, user=user, customer=customer, job_role=job_role
    )


def build_cast() -> Cast:
    """Write the cast into the database and return it."""
    users = {
        name.split()[0].lower(): _user(name)
        for name in (
            "Mara Manager",
            "Tom Team",
            "Tess Team",
            "Fay Finance",
            "Carla Customer",
            "Rita Rival",
            "Rolf Rival",
        )
    }
    ada = _user("Ada Admin", administrator=True)
    north = Customer.objects.create(name="Nordwind Foods")
    other = Customer.objects.create(name="Rival Retail")
    people = {
        "mara": _person(users["mara"], job_role="Project manager"),
        "tom": _person(users["tom"], job_role="Consultant"),
        "tess": _person(users["tess"], job_role="Consultant"),
        "fay": _person(users["fay"], job_role="Controller"),
        "carla": _person(users["carla"], north),
        "rita": _person(users["rita"], job_role="Project manager"),
        "rolf": _person(users["rolf"], other),
    }
    nordwind = Project.objects.create(
        code="nordwind",
        name="Nordwind CRM",
        customer=north,
        starts_on=STARTS_ON,
        data_date=STARTS_ON,
        status=ProjectStatus.ACTIVE,
    )
    rival = Project.objects.create(
        code="rival",
        name="Rival ERP",
        customer=other,
        starts_on=STARTS_ON,
        data_date=STARTS_ON,
        status=ProjectStatus.ACTIVE,
    )
    roles = {
        "mara": Role.MANAGER,
        "tom": Role.TEAM,
        "tess": Role.TEAM,
        "fay": Role.FINANCE,
        "carla": Role.CUSTOMER,
    }
    for name, role in roles.items():
        Membership.objects.create(
            project=nordwind, person=people[name], role=role, is_approver=role == Role.CUSTOMER
        )
    Membership.objects.create(project=rival, person=people["rita"], role=Role.MANAGER)
    Membership.objects.create(project=rival, person=people["rolf"], role=Role.CUSTOMER)
    kickoff = Task.objects.create(project=nordwind, name="Kick-off", position=1, duration_minutes=480)
    setup = Task.objects.create(project=nordwind, name="Set up", position=2, duration_minutes=2400)
    go_live = Task.objects.create(
        project=nordwind, name="Go-live", position=3, duration_minutes=0, is_milestone=True, is_published=True
    )
    rival_task = Task.objects.create(project=rival, name="Secret rival work", position=1)
    Dependency.objects.create(predecessor=kickoff, successor=setup)
    Dependency.objects.create(predecessor=setup, successor=go_live)
    Assignment.objects.create(task=setup, person=people["tom"], planned_seconds=40 * 3600)
    for project in (nordwind, rival):
        services.tree_renumber(project)
        services.plan_schedule(project=project)
        RateCard.objects.create(
            project=project, effective_from=STARTS_ON, cost_rate=Decimal("80"), bill_rate=Decimal("150")
        )
    for task in (kickoff, setup, go_live, rival_task):
        task.refresh_from_db()
    return Cast(
        ada=ada,
        **users,
        nordwind=nordwind,
        rival=rival,
        kickoff=kickoff,
        setup=setup,
        go_live=go_live,
        rival_task=rival_task,
    )
