"""The demo's templates: the one that comes with the product, and one that was saved from a project."""

from __future__ import annotations

from implement.accounts.models import User
from projects.choices import Role
from projects.kit.access import enter
from projects.models import Project
from projects.services import standard_restore, template_take

NAME = "ERP roll-out, mid-size customer"
WORDS = (
    "From Alpina: one site, about 120 users, one legacy system to migrate from. Fits retail and wholesale without "
    "production. Count in a second mock load where the customer has more than one source."
)
KEPT = {"calendar", "work", "budget_lines", "budget_settings", "alert_settings"}


def save_templates(project: Project) -> None:
    """Save a project's plan, hours by role, budget and settings as a template, by its manager."""
    standard_restore()
    manager = User.objects.filter(
        person__memberships__project=project, person__memberships__role=Role.MANAGER
    ).first()
    if manager is not None:
        entry = enter(manager, project.code, "templates.make")
        template_take(entry=entry, name=NAME, description=WORDS, keys=KEPT, with_amounts=False)
