"""What the base puts into a template: roles in place of people, the calendar, the plan, and planned hours by role."""

from projects.kit.parts import Part, register
from projects.parts.calendar import CalendarShape, apply_calendar, check_calendar, take_calendar
from projects.parts.plan import apply_plan, take_plan
from projects.parts.planshape import PlanShape, check_plan
from projects.parts.roles import RoleShape, apply_roles, check_roles, take_roles
from projects.parts.work import (
    LARGEST,
    WorkShape,
    apply_work,
    check_places,
    check_work,
    hours_words,
    take_work,
)

__all__ = ["LARGEST", "check_places", "hours_words"]

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
