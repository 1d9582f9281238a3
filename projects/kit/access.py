"""The one door into a project, for browser, token, portal and worker alike.

A stranger gets 404, so that a project's existence does not leak; a member without the grant gets 403.
What each role may do is the table GRANTS; nothing else in the product decides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import Http404

from implement.accounts.models import User
from implement.core.errors import NotAllowed
from projects.choices import Audience, Role
from projects.models import Membership, Person, Project

# "room.verb". view: read; change: add, edit, throw away; the other verbs are said by their names.
# cost: cost rates, cost amounts and margin. money: what is billed and agreed. changes.decide: from a change's impact
# on; everybody on the team may raise one. time.decide: whose hours, says the chain of approval; time.approve: of
# everybody without an approver of their own; time.approve_final: at the second level; time.lock, time.unlock: close a
# period, and open it again. whatif: scratch copies with everybody's hours and what they cost; accepting one asks for
# plan.change, too. requirements.decide: what is deferred, rejected or obsolete; requirements.plan: what is
# released when, and which task delivers what (making one asks for plan.change, too); requirements.verify: say whether
# what others look after is met. design.review: the elements of
# others; design.decide: what supersedes what, which decisions hold, what the customer need not sign. trace: links
# between requirement, design, task and build, whatever their rooms. absences: why and when the project's
# people are away. load: how much work they have, on all projects. budget.estimate: what one's own tasks still take.
# invoice.make: what is handed over to be invoiced. builds.promote: bring builds into environments; builds.check: say
# whether they conform; builds.decide: limits, environments, what done means, leaving an environment out; builds.hooks:
# the addresses to which code is told.
_TEAM = {
    "project.view",
    "plan.view",
    "plan.export",
    "plan.progress",
    "time.view",
    "time.log",
    "time.decide",
    "expenses.view",
    "expenses.log",
    "expenses.decide",
    "exchange.view",
    "budget.view",
    "budget.estimate",
    "alerts.view",
    "changes.view",
    "changes.change",
    "requirements.view",
    "requirements.change",
    "requirements.verify",
    "requirements.export",
    "trace.view",
    "trace.change",
    "design.view",
    "design.change",
    "design.review",
    "design.export",
    "builds.view",
    "builds.change",
    "builds.promote",
    "builds.check",
    "builds.export",
    "notes.view",
    "notes.change",
    "jobs.view",
    "jobs.change",
}
_FINANCE = {
    "project.view",
    "trace.view",
    "requirements.view",
    "requirements.export",
    "design.view",
    "design.export",
    "builds.view",
    "builds.export",
    "plan.view",
    "plan.export",
    "time.view",
    "time.view_all",
    "time.decide",
    "time.approve",
    "time.correct",
    "time.rules",
    "time.lock",
    "time.export",
    "time.import",
    "expenses.view",
    "expenses.view_all",
    "expenses.log",
    "expenses.decide",
    "expenses.approve",
    "expenses.correct",
    "expenses.export",
    "expenses.import",
    "expenses.pay",
    "exchange.view",
    "exchange.change",
    "budget.view",
    "budget.change",
    "budget.estimate",
    "budget.export",
    "alerts.view",
    "alerts.change",
    "alerts.export",
    "money.view",
    "cost.view",
    "rates.view",
    "rates.change",
    "reports.view",
    "reports.make",
    "notes.view",
    "notes.change",
    "jobs.view",
    "jobs.change",
    "journal.view",
    "signoffs.view",
    "signoffs.change",
    "signoffs.export",
    "changes.view",
    "changes.change",
    "changes.decide",
    "changes.export",
    "whatif.view",
    "whatif.change",
    "contract.view",
    "contract.change",
    "contract.export",
    "invoice.make",
    "reserves.approve",
}
# Paying out, the firm's exchange rates, which every project shares, the second look at hours and the undoing of a
# closing are for the finances.
_FINANCE_ALONE = {"expenses.pay", "exchange.change", "time.approve_final", "time.unlock"}
_MANAGER = (
    _TEAM
    | (_FINANCE - _FINANCE_ALONE)
    | {
        "project.change",
        "members.view",
        "members.change",
        "plan.change",
        "plan.import",
        "absences.view",
        "absences.change",
        "absences.export",
        "load.view",
        "load.export",
        "requirements.decide",
        "requirements.baseline",
        "requirements.plan",
        "requirements.import",
        "design.decide",
        "design.import",
        "builds.decide",
        "builds.hooks",
        "builds.import",
        "reports.change",
        "reports.send",
        "templates.make",
        "trash.view",
        "trash.change",
    }
)
GRANTS: dict[str, frozenset[str]] = {
    Role.MANAGER: frozenset(_MANAGER),
    Role.TEAM: frozenset(_TEAM),
    Role.FINANCE: frozenset(_FINANCE | _FINANCE_ALONE),
    Role.CUSTOMER: frozenset({"portal.view"}),
}
ALL_GRANTS: frozenset[str] = frozenset().union(*GRANTS.values())
# An administrator may do everything the team may, and is no customer.
ADMINISTRATOR_GRANTS = ALL_GRANTS - {"portal.view"} | {"firm.change", "project.add"}
# Grants of the whole firm, outside any project.
FIRM_GRANTS = {"administrator": ADMINISTRATOR_GRANTS}


@dataclass(frozen=True)
class Entry:
    """Somebody inside a project: what they may do there. `person` is None for an administrator without one."""

    user: User
    project: Project
    role: str
    person: Person | None
    grants: frozenset[str]

    def can(self, permission: str) -> bool:
        """Return whether role and, for an API token, its scopes allow the permission."""
        token = getattr(self.user, "token", None)
        return permission in self.grants and (token is None or token.allows(permission))

    def require(self, permission: str) -> None:
        """Raise NotAllowed (403) without the permission."""
        if not self.can(permission):
            raise NotAllowed("Your role on this project does not allow this.")

    @property
    def is_customer(self) -> bool:
        """Return whether this is the customer's side of the project."""
        return self.role == Role.CUSTOMER

    @property
    def audiences(self) -> tuple[str, ...]:
        """Return which audiences' rows this person may read: filter queries with it."""
        return (Audience.CUSTOMER,) if self.is_customer else (Audience.INTERNAL, Audience.CUSTOMER)

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return only this project's rows: the model says by `project_lookup` where its project is."""
        return queryset.filter(**{project_lookup(queryset.model): self.project})


def project_lookup(model: type[models.Model]) -> str:
    """Return the path from a model to its project, such as `project` or `successor__project`."""
    return getattr(model, "project_lookup", "project")


def enter(user: User | AnonymousUser, code: str, permission: str) -> Entry:
    """Open a project by its code for a permission; one query.

    Raises Http404 for a stranger (and for a project that is not there or in the trash), NotAllowed (403) for
    a member whose role or token does not allow it.
    """
    if not user.is_authenticated:
        raise Http404
    membership = (
        Membership.objects.select_related("project__customer", "project__calendar", "person")
        .filter(project__code=code, project__deleted_at=None, person__user=user, is_active=True)
        .first()
    )
    if user.is_administrator:
        project = (
            membership.project
            if membership
            else Project.objects.select_related("customer", "calendar").filter(code=code).first()
        )
        if project is None:
            raise Http404
        entry = Entry(
            user=user,
            project=project,
            role="administrator",
            person=membership.person if membership else Person.objects.filter(user=user).first(),
            grants=ADMINISTRATOR_GRANTS,
        )
    elif membership is None:
        raise Http404
    else:
        entry = Entry(
            user=user,
            project=membership.project,
            role=membership.role,
            person=membership.person,
            grants=GRANTS[membership.role],
        )
    entry.require(permission)
    return entry


def require_firm(user: User | AnonymousUser, permission: str) -> None:
    """Open a page of the whole firm (customers, people, new projects): administrators only.

    Raises NotAllowed (403) for everybody else.
    """
    token = getattr(user, "token", None)
    allowed = user.is_authenticated and user.is_administrator and permission in ADMINISTRATOR_GRANTS
    if not allowed or (token is not None and not token.allows(permission)):
        raise NotAllowed("Only an administrator may do this.")


def visible_projects(user: User, *, permission: str = "project.view") -> models.QuerySet[Project]:
    """Return the projects in which the user has the permission, for lists across projects."""
    token = getattr(user, "token", None)
    if token is not None and not token.allows(permission):
        return Project.objects.none()
    if user.is_administrator and permission in ADMINISTRATOR_GRANTS:
        return Project.objects.all()
    roles = [role for role, grants in GRANTS.items() if permission in grants]
    return Project.objects.filter(
        pk__in=Membership.objects.filter(person__user=user, is_active=True, role__in=roles).values("project")
    )


def visible_people(user: User, *, permission: str) -> models.QuerySet[Person]:
    """Return oneself and the people of the projects in which one has the permission; administrators: everybody."""
    if user.is_administrator and permission in ADMINISTRATOR_GRANTS:
        token = getattr(user, "token", None)
        return Person.objects.all() if token is None or token.allows(permission) else Person.objects.none()
    led = Membership.objects.filter(is_active=True, project__in=visible_projects(user, permission=permission))
    return Person.objects.filter(models.Q(user=user) | models.Q(pk__in=led.values("person")))
