"""The demo's roadmap: three releases in the customer's words, and which work delivers what."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from implement.demo import needs
from implement.demo.requirements import SIGNED_AFTER, Room
from projects.kit.access import Entry
from projects.models import Milestone, Project, Task
from projects.requirements.models import Release, Requirement
from projects.requirements.services.delivery import requirements_link, tasks_excuse
from projects.requirements.services.roadmap import release_save, requirements_place
from projects.requirements.workflows import RELEASE_WORKFLOW


class Handover(NamedTuple):
    """A release of the story: its milestone in the plan, and the groups and single requirements that are in it."""

    name: str
    title: str
    goal: str
    milestone: str
    groups: tuple[str, ...]
    needs: tuple[str, ...] = ()


HANDOVERS = (
    Handover(
        "Release 1",
        "Sales works in one place",
        "Every lead, quote and order is in one list, with the prices and delivery days of the ERP.",
        "Acceptance signed",
        ("Leads", "Quotes and orders"),
        ("Answer times", "Roles and rights", "Single sign-on"),
    ),
    Handover(
        "Release 2",
        "Service and reporting join in",
        "Complaints and returns are answered from the same screen, and the old system is switched off.",
        "Go-live",
        ("Service", "Reporting", "Migration", "Qualities", "Field sales"),
    ),
    Handover(
        "Release 3",
        "What makes it nicer to work with",
        "Wishes that the first two releases leave room for.",
        "Project closed",
        (),
        ("Lead scoring", "Service level by customer", "Returns by the driver", "Second language for quotes"),
    ),
)
NOT_PLACED = ("Chat with the service desk", "Guides by role", "Campaigns by segment", "Calendar")
# Task of the plan -> the groups or requirements that it delivers.
WORK: dict[str, tuple[str, ...]] = {
    "Configure leads and campaigns": ("Leads from every channel", "Leads from fairs", "Duplicate leads"),
    "Interface to the web shop": ("Web form leads",),
    "Configure quotes and orders": (
        "Quotes", "Quote validity", "Order from a quote", "Order status for sales",
    ),
    "Workflows and notifications": ("Quote approval", "Answer within a day"),
    "Quote document": ("Quote as PDF",),
    "Interface to the ERP": ("Customer prices", "Delivery dates", "Credit limit check"),
    "Configure service and returns": ("Complaints", "Batch tracing", "Photos with a complaint", "Returns"),
    "Dashboards and reports": ("Pipeline by region", "Forecast against target", "Lost quotes"),
    "Roles and permissions": ("Roles and rights", "Single sign-on"),
    "Performance test": ("Answer times", "Availability"),
    "Data migration": ("Customers from the old system", "Open quotes from the old system"),
}  # fmt: skip
REASONS: dict[str, tuple[str, ...]] = {
    "Project management": ("Mobilise", "Readiness review", "Handover to support"),
    "How the needs are found and agreed": ("Requirements",),
    "Design of everything that is asked for": ("Design",),
    "Tests of everything that is built": (
        "Test plan", "Write test cases", "System test", "Integration test", "Fix and re-test", "User acceptance test",
    ),
    "Bringing people along": (
        "Change impact per persona", "Communication plan", "Training concept", "Write guides", "Train the trainers",
        "Key user training", "End user training",
    ),
    "Going live": ("Cutover rehearsal", "Cutover", "Hypercare"),
}  # fmt: skip


def plan_releases(project: Project) -> None:
    """Plan the releases once the first requirements are signed."""
    room = Room(project, {})
    room.on(SIGNED_AFTER + 2, partial(_plan, project, room.mara))


def _plan(project: Project, mara: Entry) -> None:
    """Plan the releases, place most requirements in them, and link them with the work that delivers them."""
    rows = {row.title: row for row in Requirement.objects.filter(project=project).in_scope()}
    single = {title for one in HANDOVERS for title in one.needs} | set(NOT_PLACED)
    for one in HANDOVERS:
        release = Release(
            project=project, name=one.name, title=one.title, goal=one.goal, is_published=True,
            milestone=Milestone.objects.get(project=project, name=one.milestone),
        )  # fmt: skip
        release_save(release=release, entry=mara)
        titles = [need.title for need in needs.NEEDS if need.group in one.groups and need.title not in single]
        chosen = [rows[title] for title in (*titles, *one.needs) if title in rows]
        requirements_place(requirements=chosen, release=release, entry=mara)
    first = Release.objects.filter(project=project).first()
    RELEASE_WORKFLOW.perform(name="begin", item=first, entry=mara)
    link_work(project, rows, mara)


def link_work(project: Project, rows: dict[str, Requirement], entry: Entry) -> None:
    """Say which task delivers what, and which need no requirement."""
    tasks = {task.name: task for task in Task.objects.filter(project=project).select_related("project")}
    for name, titles in WORK.items():
        found = [rows[title] for title in titles if title in rows]
        requirements_link(requirements=found, tasks=[tasks[name]], entry=entry)
    for reason, names in REASONS.items():
        tasks_excuse(tasks=[tasks[name] for name in names], reason=reason, entry=entry)
