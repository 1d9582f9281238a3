"""The plan page: tree and chart, the edits that its script sends, and the print."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from implement.core.errors import DomainError, StaleVersion
from implement.core.money import day_text
from implement.core.rest import PROBLEM_TYPE, problem_body
from projects import gantt, services
from projects.choices import Constraint, LinkType
from projects.forms import PlanPrintForm, StatusDateForm
from projects.kit import prints
from projects.kit.pages import ProjectView
from projects.models import Person
from projects.planning import zone_of
from projects.prints import PLAN
from projects.tabs import plan_tabs

MOST_BYTES = 200_000


class PlanView(ProjectView):
    """The plan: task tree and Gantt side by side; filters and zoom in the address.

    The page reads and works without a script, some rows at a time; with it, the script takes all rows from
    `PlanDataView` and lets them be edited in place.
    """

    permission = "plan.view"
    room = "plan"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        asked = {key: value[:100] for key, value in request.GET.items()}
        number = int(asked["page"][:6]) if asked.get("page", "").isdecimal() else 1
        plan = gantt.plan_page(
            project=self.project,
            asked=asked,
            today=timezone.localdate(timezone=zone_of(self.project)),
            begin=(max(number, 1) - 1) * gantt.PAGE_ROWS,
        )
        context = {
            "plan": plan,
            "asked": asked,
            "zooms": [gantt.FIT, *gantt.ZOOMS],
            "zoom": asked.get("zoom", gantt.FIT),
            "people": Person.objects.on(self.project).order_by("name"),
            "page": Paginator(range(plan.count), gantt.PAGE_ROWS).get_page(number),
            "constraints": Constraint.choices,
            "link_types": LinkType.choices,
            "tabs": plan_tabs(self.entry, "plan"),
        }
        return self.page("projects/plan.html", context)


class PlanDataView(ProjectView):
    """The whole plan as the page's script draws it."""

    permission = "plan.view"
    room = "plan"

    def get(self, request: HttpRequest, project: str) -> JsonResponse:
        state = gantt.read_plan(self.project, baseline=request.GET.get("baseline", ""))
        calendar = state.calendar
        return JsonResponse(
            {
                "tasks": list(state.rows().values()),
                "links": list(state.link_rows().values()),
                "people": {pk: person.name for pk, person in state.known.items()},
                "team": list(state.team),
                "me": self.entry.person.pk if self.entry.person else None,
                "can": {name: self.entry.can(f"plan.{name}") for name in ("change", "progress")},
                "today": timezone.localdate(timezone=state.zone).isoformat(),
                "status_date": self.project.data_date.isoformat() if self.project.data_date else None,
                "starts_on": self.project.starts_on.isoformat(),
                "week": [day for day, hours in enumerate(calendar.week) if hours],
                "drivers": gantt.DRIVERS,
                "ghosts": state.ghost_days(),
            }
        )


class PlanWriteView(ProjectView):
    """What the script sends: edits as JSON. Errors are problem documents; a stale one brings what is stored."""

    permission = "plan.change"
    room = "plan"

    def post(self, request: HttpRequest, project: str) -> HttpResponseBase:
        edits: list[gantt.Edit] = []
        try:
            edits = gantt.edits_of(self.sent(request))
            return JsonResponse(self.answer(edits))
        except StaleVersion as error:
            theirs = gantt.read_plan(self.project).rows()
            named = {edit.get("task") for edit in edits if isinstance(edit.get("task"), int)}
            named |= {error.theirs.get("task")}
            rows = [theirs[pk] for pk in named if pk in theirs]
            return self.problem(error, {"theirs": rows})
        except DomainError as error:
            return self.problem(error, {})

    def sent(self, request: HttpRequest) -> Any:
        """Return the JSON that was sent; raises DomainError for anything else."""
        try:
            return json.loads(request.body) if len(request.body) <= MOST_BYTES else None
        except (ValueError, RecursionError) as error:
            raise DomainError("This is no JSON.") from error

    def problem(self, error: DomainError, more: dict[str, Any]) -> JsonResponse:
        """Return an error as a problem document."""
        errors = {name: [text] for name, text in error.fields.items()}
        body = problem_body(code=error.status, detail=error.message, errors=errors)
        return JsonResponse(body | more, status=error.status, content_type=PROBLEM_TYPE)

    def answer(self, edits: list[gantt.Edit]) -> dict[str, Any]:
        """Return what the edits do to the plan."""
        raise NotImplementedError


class PlanPreviewView(PlanWriteView):
    """What edits would move; nothing is stored."""

    def answer(self, edits: list[gantt.Edit]) -> dict[str, Any]:
        return gantt.preview(entry=self.entry, edits=edits)


class PlanEditView(PlanWriteView):
    """Save edits and answer with what changed. Without the right to change the plan: one's own progress only."""

    permission = "plan.progress"

    def answer(self, edits: list[gantt.Edit]) -> dict[str, Any]:
        return gantt.work(entry=self.entry, edits=edits)


class PlanStatusView(ProjectView):
    """Set the status date from beside the plan, or let it be today again."""

    permission = "project.change"
    room = "plan"

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = StatusDateForm(request.POST, instance=self.project)
        try:
            if not form.is_valid():
                raise DomainError(" ".join(map(str, form.errors["data_date"])))
            services.project_change(project=form.save(commit=False), actor=self.entry.user)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            day = form.instance.data_date
            said = f"{day_text(day)}." if day else "today, whichever day it is."
            messages.success(request, f"What is left is planned from the status date on: {said}")
        return HttpResponseRedirect(
            f"{reverse('plan', args=[project])}?{request.GET.urlencode()}".rstrip("?")
        )


class PlanPrintView(ProjectView):
    """Ask for the plan as a PDF: what of it, how large, on which paper."""

    permission = "plan.export"
    room = "plan"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.page("projects/plan_print.html", {"form": PlanPrintForm(request.GET or None)})

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = PlanPrintForm(request.POST)
        if not form.is_valid():
            return self.page("projects/plan_print.html", {"form": form}, status=422)
        job = prints.ask(PLAN, entry=self.entry, wishes=form.cleaned_data)
        return HttpResponseRedirect(reverse("job", args=[self.project.code, job.pk]))
