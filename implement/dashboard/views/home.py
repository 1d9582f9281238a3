"""Portfolio home and project home."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views import View

from budget.selectors.alerts import open_counts
from implement.accounts.models import User
from implement.dashboard import selectors
from projects.choices import ProjectStatus
from projects.kit.access import visible_projects
from projects.kit.needs import needs_of
from projects.kit.pages import ProjectView
from projects.kit.panels import drawn_for
from projects.kit.setup import steps_for
from projects.kit.stations import stations_for
from projects.models import JournalEntry, Person

PROJECTS_A_PAGE = 25
MILESTONES = 5
CHANGES = 12
RAIL_SECONDS = 60


class HomeView(View):
    """My projects, my tasks, my week. A customer is led to the portal."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user: User = request.user  # type: ignore[assignment]
        if selectors.face_of(user) == selectors.PORTAL:
            return HttpResponseRedirect(reverse("portal"))
        today = timezone.localdate()
        shown_closed = request.GET.get("show") == "all"
        projects = visible_projects(user).select_related("customer")
        if not shown_closed:
            projects = projects.exclude(status=ProjectStatus.CLOSED)
        page = Paginator(projects.order_by("name", "pk"), PROJECTS_A_PAGE).get_page(request.GET.get("page"))
        person = Person.objects.filter(user=user).first()
        context = {
            "room": "home",
            "today": today,
            "page": page,
            "shown_closed": shown_closed,
            "standings": selectors.standings(user, list(page.object_list), as_of=today),
            "alerts": open_counts(user, list(page.object_list)),
            "tasks": selectors.my_tasks(user, person, as_of=today) if person else [],
            "may_make_reports": visible_projects(user, permission="reports.make").exists(),
            "week": selectors.my_week(person, as_of=today) if person else None,
        }
        return render(request, "dashboard/home.html", context)


class ProjectHomeView(ProjectView):
    """Where one project stands: stations, what needs you, milestones, panels, what changed."""

    permission = "project.view"
    room = "overview"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        today = timezone.localdate()
        drawn = drawn_for(self.entry, "home", as_of=today)
        # The next milestones stand beside what needs you; their rows stay the panel's own.
        rows = next((panel.context["rows"] for panel in drawn if panel.panel.key == "milestones"), [])
        context = {
            "today": today,
            "stations": stations_for(self.entry, as_of=today),
            "needs": needs_of(self.entry),
            "steps": steps_for(self.entry),
            "milestones": [row for row in rows if row["reached_on"] is None][:MILESTONES],
            "panels": [panel for panel in drawn if panel.panel.key != "milestones"],
            "changes": JournalEntry.objects.filter(project=self.project, audience__in=self.entry.audiences)[
                :CHANGES
            ]
            if self.entry.can("journal.view")
            else None,
        }
        return self.page("dashboard/project.html", context)


class RailView(ProjectView):
    """The rail's entries with how far each activity is; asked for after the page, so that no page waits for it."""

    permission = "project.view"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        self.room = request.GET.get("room", "")[:20]  # type: ignore[misc]
        stations = stations_for(self.entry, as_of=timezone.localdate())
        answer = self.page("components/rail_places.html", {"marks": {stop.key: stop for stop in stations}})
        # A minute is fresh enough for a dot, and saves the figures on a walk through the pages.
        patch_cache_control(answer, private=True, max_age=RAIL_SECONDS)
        return answer
