"""The pages that lead from requirements to work in the plan, and what is left over on both sides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from implement.core.errors import DomainError
from implement.core.forms import PlainForm, show_errors
from projects.kit.pages import BULK_LIMIT, BulkAction, ProjectView, chosen_rows
from projects.models import Task
from projects.requirements.forms import LinkNeedsForm, LinkTasksForm, ReasonForm, TasksForm
from projects.requirements.models import Requirement, TaskReason
from projects.requirements.selectors.work import orphans_of, work_of
from projects.requirements.services import delivery as services
from projects.requirements.services.delivery import NewTasks
from projects.requirements.views.roadmap import roadmap_actions
from projects.requirements.views.tabs import tabs_of

MOST_SHOWN = 200


class ChosenView(ProjectView):
    """A page that asks how to do something to the rows chosen before, and does it to all of them or none."""

    permission = "requirements.plan"
    room = "requirements"
    model: Any = Requirement

    def rows(self) -> list[Any]:
        """Return the chosen rows."""
        said = self.request.POST.getlist("rows") or self.request.GET.getlist("rows")
        rows = self.entry.visible(self.model.objects.select_related("project"))
        return list(rows.filter(pk__in=chosen_rows(said))[:BULK_LIMIT])

    def refused(self, form: PlainForm, error: DomainError) -> int:
        """Show on the form why nothing was done; return the status of the answer."""
        show_errors(form, error)
        return error.status if error.status != DomainError.status else 422


class TasksView(ChosenView):
    """Make tasks of the chosen requirements: first what they would be, then the tasks."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        self.entry.require("plan.change")
        return self.answer(TasksForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        self.entry.require("plan.change")
        form, rows = TasksForm(request.POST, entry=self.entry), self.rows()
        if not form.is_valid() or not rows:
            return self.answer(form, status=422)
        try:
            if "make" not in request.POST:
                planned = services.tasks_planned(
                    requirements=rows, wanted=form.wanted(), work=work_of(project=self.project)
                )
                return self.answer(form, planned=planned)
            made = services.tasks_make(requirements=rows, wanted=form.wanted(), entry=self.entry)
        except DomainError as error:
            return self.answer(form, status=self.refused(form, error))
        messages.success(request, f"{len(made)} task{'s' if len(made) != 1 else ''} made.")
        return HttpResponseRedirect(reverse("roadmap", args=[self.project.code]))

    def answer(self, form: TasksForm, *, planned: NewTasks | None = None, status: int = 200) -> HttpResponse:
        context = {"form": form, "rows": self.rows(), "planned": planned}
        return self.page("requirements/tasks.html", context, status=status)


class LinkView(ChosenView):
    """Say which tasks of the plan deliver the chosen requirements."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(LinkTasksForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form, rows = LinkTasksForm(request.POST, entry=self.entry), self.rows()
        if not form.is_valid() or not rows:
            return self.answer(form, status=422)
        try:
            added = services.requirements_link(
                requirements=rows, tasks=list(form.cleaned_data["tasks"]), entry=self.entry
            )
        except DomainError as error:
            return self.answer(form, status=self.refused(form, error))
        messages.success(request, linked_words(added))
        return HttpResponseRedirect(reverse("roadmap_orphans", args=[self.project.code]))

    def answer(self, form: PlainForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "rows": self.rows(), "what": "requirement"}
        return self.page("requirements/link.html", context, status=status)


class TaskLinkView(ChosenView):
    """Say which requirements the chosen tasks deliver."""

    model = Task

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(LinkNeedsForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form, rows = LinkNeedsForm(request.POST, entry=self.entry), self.rows()
        if not form.is_valid() or not rows:
            return self.answer(form, status=422)
        try:
            added = services.requirements_link(
                requirements=list(form.cleaned_data["requirements"]), tasks=rows, entry=self.entry
            )
        except DomainError as error:
            return self.answer(form, status=self.refused(form, error))
        messages.success(request, linked_words(added))
        return HttpResponseRedirect(reverse("roadmap_orphans", args=[self.project.code]))

    def answer(self, form: PlainForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "rows": self.rows(), "what": "task"}
        return self.page("requirements/link.html", context, status=status)


def linked_words(added: int) -> str:
    """Return how many links were added, in a sentence."""
    return f"{added} link{'s' if added != 1 else ''} added." if added else "They were linked already."


class TaskReasonView(ChosenView):
    """Say why the chosen tasks need no requirement."""

    model = Task

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(ReasonForm())

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form, rows = ReasonForm(request.POST), self.rows()
        if not form.is_valid() or not rows:
            return self.answer(form, status=422)
        try:
            count = services.tasks_excuse(tasks=rows, reason=form.cleaned_data["reason"], entry=self.entry)
        except DomainError as error:
            return self.answer(form, status=self.refused(form, error))
        messages.success(request, f"{count} task{'s need' if count != 1 else ' needs'} no requirement.")
        return HttpResponseRedirect(reverse("roadmap_orphans", args=[self.project.code]))

    def answer(self, form: PlainForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "rows": self.rows(), "what": "task"}
        return self.page("requirements/task_reason.html", context, status=status)


class ReasonDeleteView(ProjectView):
    """Take back that a task needs no requirement."""

    permission = "requirements.plan"
    room = "requirements"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        rows = self.entry.visible(TaskReason.objects.select_related("task__project"))
        row = get_object_or_404(rows, pk=pk)
        services.reason_delete(row=row, entry=self.entry)
        messages.success(request, f"“{row.task}” needs a requirement again.")
        return HttpResponseRedirect(reverse("roadmap_orphans", args=[self.project.code]))


class OrphansView(ProjectView):
    """Requirements without a home, and tasks without a reason."""

    permission = "requirements.view"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        orphans = orphans_of(project=self.project)
        tasks = Task.objects.filter(pk__in=orphans.tasks[:MOST_SHOWN]).select_related("project", "parent")
        context = {
            "orphans": orphans,
            "needs": orphans.requirements[:MOST_SHOWN],
            "tasks": tasks,
            "more_needs": max(0, len(orphans.requirements) - MOST_SHOWN),
            "more_tasks": max(0, len(orphans.tasks) - MOST_SHOWN),
            "need_actions": roadmap_actions(self.entry),
            "task_actions": task_actions(self.entry),
            "tabs": tabs_of(self.entry, "roadmap"),
        }
        return self.page("requirements/orphans.html", context)

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        """Lead to the page that mends the chosen rows."""
        actions = {one.name: one for one in (*roadmap_actions(self.entry), *task_actions(self.entry))}
        action = actions.get(request.POST.get("do", ""))
        chosen = sorted(chosen_rows(request.POST.getlist("rows")))[:BULK_LIMIT]
        if action is None or not chosen:
            messages.error(request, "Choose rows, and what to do with them.")
            return HttpResponseRedirect(reverse("roadmap_orphans", args=[self.project.code]))
        query = "&".join(f"rows={pk}" for pk in chosen)
        return HttpResponseRedirect(f"{reverse(action.place, args=[self.project.code])}?{query}")


def task_actions(entry: Any) -> list[BulkAction]:
    """Return what can be done about tasks without a reason."""
    if not entry.can("requirements.plan"):
        return []
    actions = [BulkAction("needs-none", "Needs no requirement", place="roadmap_task_reason")]
    if entry.can("trace.change"):
        actions.insert(0, BulkAction("delivers", "Link to a requirement", place="roadmap_task_link"))
    return actions
