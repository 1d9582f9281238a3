"""The base's pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from implement.core.errors import DomainError
from implement.core.money import day_text, format_money
from implement.core.templatetags.implement import moved
from projects import filtersets, forms, gantt, measuring, panels, services, tables
from projects.choices import Audience
from projects.kit.access import Entry
from projects.kit.notes import attachment_add, attachment_response, comment_add
from projects.kit.pages import ModelPages, ProjectView
from projects.kit.previews import picture_response
from projects.models import Assignment, Attachment, Dependency, Membership, Milestone, Task
from projects.planfile import plan_file_response
from projects.planning import to_local, today_of, zone_of
from projects.selectors import standings_of
from projects.tabs import plan_tabs


class TaskPages(ModelPages):
    """The tasks of the plan."""

    model, table, filterset, form = Task, tables.TaskTable, filtersets.TaskFilterSet, forms.TaskForm
    room = "plan"
    select_related = ("project__calendar", "parent", "calendar", "driven_by")
    fields = (
        "wbs",
        "parent",
        "start",
        "finish",
        "duration_minutes",
        "percent_complete",
        "total_float_minutes",
        "free_float_minutes",
        "is_critical",
        "driver",
        "constraint",
        "deadline",
        "actual_start",
        "actual_finish",
        "is_billable",
        "calendar",
        "ignores_people",
        "code",
        "description",
    )
    teach = "Add the first task, or import a plan from MS Project."
    detail_template = "projects/task.html"

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": plan_tabs(entry, "tasks")}

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        words = gantt.task_words(item)
        stored = super().detail_fields(item, entry)
        return [words.get(name, shown) for name, shown in zip(cls.fields, stored, strict=True)]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        before = item.predecessor_links.select_related("predecessor")
        after = item.successor_links.select_related("successor")
        assignments = list(item.assignments.select_related("person"))
        is_mine = any(entry.person is not None and row.person_id == entry.person.pk for row in assignments)
        return {
            "assignments": assignments,
            "predecessors": [(row.predecessor, gantt.link_words(row, entry.project)) for row in before],
            "successors": [(row.successor, gantt.link_words(row, entry.project)) for row in after],
            "may_progress": not item.is_summary
            and entry.can("plan.progress")
            and (is_mine or entry.can("plan.change")),
            "measured": measuring.shown(item),
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return services.task_save(task=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.task_delete(task=row, actor=entry.user)

    @classmethod
    def delete_all(cls, *, rows: list[Any], entry: Entry) -> None:
        services.tasks_delete(tasks=rows, actor=entry.user)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.task_restore(task=row, actor=entry.user)


class MilestonePages(TaskPages):
    """The milestones, with what the customer reads."""

    model, table, filterset, form = (
        Milestone,
        tables.MilestoneTable,
        filtersets.MilestoneFilterSet,
        forms.MilestoneForm,
    )
    fields = ("deadline", "driver", "customer_title", "acceptance_criteria", "is_published")
    teach = "Add the dates that the customer and you measure the project by."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": plan_tabs(entry, "milestones")}

    @classmethod
    def table_for(cls, queryset: models.QuerySet[Any], entry: Entry) -> Any:
        hidden = [] if entry.can("money.view") else ["payment_amount"]
        return cls.table(
            queryset,
            standings=standings_of(project=entry.project, as_of=today_of(entry.project)),
            exclude=hidden,
        )

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        standing = standings_of(project=entry.project, as_of=today_of(entry.project))[item.pk]
        accepted_on = to_local(item.accepted_at, zone_of(entry.project))
        shown = [
            ("State", standing.words),
            ("Baseline", day_text(standing.baseline_on)),
            ("Forecast", day_text(standing.forecast_on)),
            ("Actual", day_text(standing.reached_on)),
            ("Slip in working days", moved(standing.slip_days)),
            ("Accepted", day_text(accepted_on.date() if accepted_on else None)),
        ]
        if entry.can("money.view"):
            shown.append(("Payment", format_money(item.payment_amount, entry.project.currency)))
        return [*shown, *super().detail_fields(item, entry)]

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return Milestone(project=entry.project, is_milestone=True, duration_minutes=0)

    @classmethod
    def trashed(cls, entry: Entry) -> models.QuerySet[Any]:
        return super().trashed(entry).filter(is_milestone=True)


class DependencyPages(ModelPages):
    """What waits for what."""

    model, table, filterset, form = (
        Dependency,
        tables.DependencyTable,
        filtersets.DependencyFilterSet,
        forms.DependencyForm,
    )
    room = "plan"
    select_related = ("predecessor", "successor__project")
    fields = ("predecessor", "successor", "type", "lag_minutes", "is_elapsed")
    teach = "Link two tasks so that their dates follow each other."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": plan_tabs(entry, "dependencies")}

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return Dependency()

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return services.dependency_save(link=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.dependency_delete(link=row, actor=entry.user)


class AssignmentPages(ModelPages):
    """Who works on what."""

    model, table, filterset, form = (
        Assignment,
        tables.AssignmentTable,
        filtersets.AssignmentFilterSet,
        forms.AssignmentForm,
    )
    room = "plan"
    select_related = ("task__project", "person")
    fields = ("task", "person", "units")
    teach = "Put people on tasks with the hours you plan."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": plan_tabs(entry, "assignments")}

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return Assignment()

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return services.assignment_save(assignment=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.assignment_delete(assignment=row, actor=entry.user)


class MembershipPages(ModelPages):
    """Who is on the project."""

    model, table, filterset, form = (
        Membership,
        tables.MembershipTable,
        filtersets.MembershipFilterSet,
        forms.MembershipForm,
    )
    room = "members"
    select_related = ("project", "person")
    fields = ("person", "role", "title", "is_approver", "is_active")
    teach = "Add the people of the firm and of the customer."

    @classmethod
    def permission(cls, verb: str) -> str:
        return "members.view" if verb == "export" else super().permission(verb)


class MilestoneTrendView(ProjectView):
    """How every milestone's forecast moved, as a chart and as a table, at the end of a day."""

    permission = "plan.view"
    room = "plan"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        today = timezone.localdate(timezone=zone_of(self.project))
        said = request.GET.get("as_of", "")
        try:
            as_of = date.fromisoformat(said) if said else today
        except ValueError as error:
            message = f"“{said[:20]}” is not a date."
            raise DomainError(f"As of: {message}", fields={"as_of": message}) from error
        data = panels.milestone_trend(self.project, as_of)
        found = panels.present_trend(data)["data"] if data else None
        tabs = plan_tabs(self.entry, "trend")
        return self.page("projects/trend.html", {"trend": found, "as_of": as_of, "tabs": tabs})


class TaskProgressView(ProjectView):
    """Say what is done of a task, in the way it is measured: its people may, and who may change the plan."""

    permission = "plan.progress"
    room = "plan"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        task = get_object_or_404(self.entry.visible(Task.objects.all()), pk=pk)
        is_mine = self.entry.person is not None and task.assignments.filter(person=self.entry.person).exists()
        if not is_mine:
            self.entry.require("plan.change")
        task = services.progress_say(
            task=task,
            said=measuring.said_in(request.POST, task),
            actor=self.entry.user,
            expected_version=measuring.version_in(request.POST),
        )
        messages.success(request, f"“{task}” is {task.percent_complete.normalize():f} % done.")
        return HttpResponseRedirect(TaskPages.url("detail", self.project, pk=task.pk))


class TaskMeasureView(ProjectView):
    """How the progress of a task is measured: its rule, its weighted steps, its units."""

    permission = "plan.change"
    room = "plan"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        task = self.task(pk)
        return self.answer(task, measuring.stored(task))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        task = self.task(pk)
        typed = measuring.Typed.of(request.POST)
        if "more" in request.POST:
            return self.answer(task, typed)
        try:
            services.measure_set(
                task=task,
                measure=typed.measure(),
                reason=typed.reason,
                actor=self.entry.user,
                expected_version=measuring.version_in(request.POST),
            )
        except DomainError as error:
            return self.answer(self.task(pk), typed, error=error, status=error.status)
        messages.success(request, "Saved.")
        return HttpResponseRedirect(TaskPages.url("detail", self.project, pk=pk))

    def task(self, pk: int) -> Task:
        """Return the task, or 404; a summary or a milestone is measured by no rule."""
        rows = self.entry.visible(Task.objects.filter(is_summary=False, is_milestone=False))
        return get_object_or_404(rows.select_related("project"), pk=pk)

    def answer(
        self, task: Task, typed: measuring.Typed, *, error: DomainError | None = None, status: int = 200
    ) -> HttpResponse:
        context = {
            "item": task,
            "typed": typed,
            "rules": measuring.RULES,
            "usual": self.project.get_progress_rule_display(),
            "has_begun": services.has_begun(task),
            "changes": task.measure_changes.select_related("by"),
            "error": error,
            "errors": error.fields if error else {},
        }
        return self.page("projects/measure.html", context, status=status)


class NoteAddView(ProjectView):
    """Pin a comment, a file, or both to a row of the project."""

    permission = "notes.change"

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        item = self.target(request.POST.get("target", ""))
        audience = request.POST.get("audience", Audience.INTERNAL)
        # A file that is refused takes the comment with it: nothing is half-said.
        with transaction.atomic():
            if request.POST.get("body", "").strip():
                comment_add(item=item, entry=self.entry, body=request.POST["body"], audience=audience)
            if "file" in request.FILES:
                attachment_add(item=item, entry=self.entry, upload=request.FILES["file"], audience=audience)
        messages.success(request, "Added.")
        name = f"{item._meta.model_name}_detail"
        return HttpResponseRedirect(reverse(name, kwargs={"project": self.project.code, "pk": item.pk}))

    def target(self, said: str) -> Any:
        """Return the row named "app.model:id", of this project only, or 404."""
        label, _, pk = said.partition(":")
        app, _, name = label.partition(".")
        kind = ContentType.objects.filter(app_label=app, model=name).first()
        model = kind.model_class() if kind else None
        if model is None or not pk.isdecimal() or not issubclass(model, models.Model):
            raise Http404
        return get_object_or_404(self.entry.visible(model._default_manager.all()), pk=pk)


class AttachmentView(ProjectView):
    """Hand out a file as a download."""

    permission = "notes.view"

    def item(self) -> Attachment:
        """Return the file of the address, among those that this person may read."""
        rows = self.entry.visible(Attachment.objects.filter(audience__in=self.entry.audiences))
        found: Attachment = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        return attachment_response(self.item())


class AttachmentPictureView(AttachmentView):
    """Show what an attached picture or the first page of an attached PDF looks like."""

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        return picture_response(self.item())


class PlanExportView(ProjectView):
    """Hand out the plan as a Microsoft Project XML file."""

    permission = "plan.export"

    def get(self, request: HttpRequest, project: str) -> StreamingHttpResponse:
        return plan_file_response(self.entry)
