"""What a calendar feed holds: asked anew at every reading, so that who left a project reads nothing more of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from implement.accounts.models import User
from implement.core.ics import CalendarDays
from projects.choices import ProjectStatus
from projects.kit.access import visible_projects
from projects.models import CalendarFeed, Membership, Project, Task
from projects.planning import zone_of

MOST = 5000
MILESTONE, TASK = "Milestone", "Task"


def projects_of(user: User) -> list[Project]:
    """Return the projects that a person may subscribe to: those that they work on or are the customer of."""
    mine = visible_projects(user, permission="plan.view") | visible_projects(user, permission="portal.view")
    return list(mine.distinct().order_by("name"))


def feed_days(feed: CalendarFeed) -> Iterator[CalendarDays]:
    """Yield the days of a feed: five queries at most.

    One project: its milestones and tasks. All projects: their milestones, and the tasks one is on. For the customer:
    published milestones in their words, and nothing else.
    """
    user = feed.user
    team = set(visible_projects(user, permission="plan.view").values_list("pk", flat=True))
    customer = set(visible_projects(user, permission="portal.view").values_list("pk", flat=True)) - team
    # An administrator sees every project, and subscribes to all of those that they are on.
    mine = Membership.objects.filter(person__user=user, is_active=True).values_list("project", flat=True)
    wanted = set(mine) if feed.project_id is None else {feed.project_id}
    team, customer = team & wanted, customer & wanted
    shown = Q(project__in=customer, is_milestone=True, is_published=True)
    own = Q(project__in=team, is_summary=False)
    if feed.project_id is None:
        own &= Q(is_milestone=True) | Q(assignments__person__user=user)
    rows = (
        Task.objects.filter(shown | own, start__isnull=False, finish__isnull=False, project__deleted_at=None)
        .exclude(project__status=ProjectStatus.CLOSED)
        .select_related("project")
        .distinct()
        .order_by("start", "pk")
    )
    for task in rows[:MOST]:
        yield _days(task, is_customer=task.project_id in customer)


def _days(task: Task, *, is_customer: bool) -> CalendarDays:
    zone = zone_of(task.project)
    assert task.start is not None
    assert task.finish is not None
    name = "portal_project" if is_customer else "milestone_detail" if task.is_milestone else "task_detail"
    args = [task.project.code] if is_customer else [task.project.code, task.pk]
    title = task.title_for_customer if is_customer else task.name
    host = settings.PUBLIC_URL.partition("://")[2].split("/")[0].split(":")[0]
    return CalendarDays(
        uid=f"task-{task.pk}@{host}",
        # What moved with the plan was not edited itself.
        changed_at=max(task.updated_at, task.project.scheduled_at or task.updated_at),
        title=f"{title} ({task.project.name})",
        first=task.start.astimezone(zone).date(),
        last=task.finish.astimezone(zone).date(),
        text=task.acceptance_criteria if task.is_milestone else "",
        url=settings.PUBLIC_URL.rstrip("/") + reverse(name, args=args),
        category=MILESTONE if task.is_milestone else TASK,
    )
