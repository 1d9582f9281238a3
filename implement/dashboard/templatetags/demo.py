"""The demo's ready users on the login page. Never in production: settings.DEMO cannot be true there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django import template
from django.conf import settings

from implement.accounts.models import User
from projects.choices import Role
from projects.models import Membership

register = template.Library()
DEMO_PASSWORD = "implement-demo"  # noqa: S105 (the demo's own, shown on its login page)
# A top-level domain nobody can own: people of the demo, never real ones.
DEMO_MAIL = ".example"
LABELS = {
    "administrator": "Administrator",
    Role.MANAGER: "Project manager",
    Role.TEAM: "Team member",
    Role.FINANCE: "Finance",
    Role.CUSTOMER: "Customer",
}


@dataclass(frozen=True)
class ReadyUser:
    """Somebody of the demo who can be looked around as."""

    label: str
    email: str
    initials: str
    password: str

    @property
    def fill(self) -> str:
        """Return the login form's fields as a query, for the one-click fill."""
        return urlencode({"login": self.email, "password": self.password})


@register.simple_tag
def ready_users() -> list[ReadyUser]:
    """Return one of the demo's users per role; nothing outside the demo."""
    if not settings.DEMO or settings.PRODUCTION:
        return []
    found: dict[str, User] = {}
    admin = User.objects.filter(is_administrator=True, is_active=True).order_by("pk").first()
    if admin is not None:
        found["administrator"] = admin
    for row in (
        Membership.objects.filter(
            person__user__is_active=True, person__user__is_administrator=False, is_active=True
        )
        .select_related("person__user")
        .order_by("project_id", "pk")[:100]
    ):
        if row.person.user is not None:
            found.setdefault(row.role, row.person.user)
    return [
        ReadyUser(LABELS[role], found[role].email, found[role].initials, DEMO_PASSWORD)
        for role in LABELS
        if role in found and found[role].email.endswith(DEMO_MAIL)
    ]
