"""Templates: save a project as one, keep them, start a project from one."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import slugify

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from implement.dashboard.forms import ProjectStartForm, TemplateForm, TemplateMakeForm
from implement.dashboard.views.firm import FirmFormView, FirmListView, FirmView
from projects import services
from projects.kit import parts
from projects.kit.forms import RowForm
from projects.kit.pages import ProjectView
from projects.models import Project, ProjectTemplate


class TemplateMakeView(ProjectView):
    """Save the project as a template: what goes in is ticked."""

    permission = "templates.make"
    room = "settings"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(TemplateMakeForm(entry=self.entry, initial={"name": self.project.name}))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = TemplateMakeForm(request.POST, entry=self.entry)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            template = services.template_take(
                entry=self.entry,
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
                keys=form.cleaned_data["parts"],
                with_amounts=form.cleaned_data.get("with_amounts", False),
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=error.status if error.status == 403 else 422)
        if self.entry.can("firm.change"):
            messages.success(request, f"“{template}” is saved as a template.")
            return HttpResponseRedirect(reverse("template_edit", args=[template.pk]))
        messages.success(
            request, f"“{template}” is saved as a template; an administrator can start projects from it."
        )
        return HttpResponseRedirect(reverse("template_make", args=[self.project.code]))

    def answer(self, form: TemplateMakeForm, *, status: int = 200) -> HttpResponse:
        return self.page("dashboard/template_make.html", {"form": form, "tab": "template"}, status=status)


class TemplateListView(FirmListView):
    """The firm's templates."""

    room, template, search = "templates", "firm/templates.html", ("name", "description")

    def queryset(self) -> models.QuerySet[Any]:
        return ProjectTemplate.objects.select_related("source").defer("content").order_by("name", "pk")


class TemplateFormView(FirmFormView):
    """Name and description of a template, beside what is in it."""

    room, model, form, done = "templates", ProjectTemplate, TemplateForm, "template_list"

    def save(self, item: Any, form: RowForm) -> str:
        services.template_save(
            template=item,
            actor=self.request.user,  # type: ignore[arg-type]
            expected_version=form.cleaned_data.get("version"),
        )
        return reverse("template_edit", args=[item.pk])

    def answer(self, form: RowForm, item: Any, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "item": item, "back": reverse(self.done)} | contents(item)
        return self.page("firm/template.html", context, status=status)


def contents(template: ProjectTemplate) -> dict[str, Any]:
    """Return what is in a template as its page shows it, or why it cannot be used."""
    try:
        found = parts.checked(template.content)
        roles = services.roles_of(template)
    except DomainError as error:
        return {"refused": error.message}
    tasks = found["plan"]["tasks"]
    levels: list[int] = []
    for task in tasks:
        levels.append(1 if task["parent"] is None else levels[task["parent"]] + 1)
    summaries = {task["parent"] for task in tasks}
    return {
        "outline": [
            {
                "name": task["name"],
                "level": level,
                "is_summary": place in summaries,
                "is_milestone": task["is_milestone"],
                "title": task["customer_title"],
                "days": None if place in summaries else task["duration_minutes"] / 480,
            }
            for place, (task, level) in enumerate(zip(tasks, levels, strict=True))
        ],
        "roles": roles,
        "parts": [part for part in parts.in_order() if part.key in found],
        "link_count": len(found["plan"]["links"]),
    }


class TemplateDeleteView(FirmView):
    """Remove a template; projects that were started from it stay as they are."""

    room = "templates"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page("firm/template_delete.html", {"item": get_object_or_404(ProjectTemplate, pk=pk)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = get_object_or_404(ProjectTemplate, pk=pk)
        services.template_delete(template=template, actor=request.user)  # type: ignore[arg-type]
        messages.success(request, f"“{template}” is deleted.")
        return HttpResponseRedirect(reverse("template_list"))


class TemplateFileView(FirmView):
    """Hand out a template as JSON, to keep it or to take it to another installation."""

    room = "templates"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = get_object_or_404(ProjectTemplate, pk=pk)
        text = json.dumps(template.content, ensure_ascii=False, indent=1)
        response = HttpResponse(text, content_type="application/json")
        name = slugify(template.name) or "template"
        response["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return response


class TemplateStartView(FirmView):
    """Start a project: its facts, who takes which role, and what the dates would be before anything is kept."""

    permission = "project.add"
    room = "templates"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self.item(pk)
        return self.answer(template, self.form(template, None, initial=request.GET.dict()))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        template = self.item(pk)
        form = self.form(template, request.POST)
        if not form.is_valid():
            return self.answer(template, form, status=422)
        is_trial = "create" not in request.POST
        try:
            started = services.project_start(
                template=template,
                project=form.save(commit=False),
                manager=form.cleaned_data["manager"],
                people=form.people(),
                actor=request.user,  # type: ignore[arg-type]
                is_trial=is_trial,
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(template, form, status=422)
        if is_trial:
            # The project of the trial is gone again; the form is bound to a new one.
            return self.answer(template, self.form(template, request.POST), started=started)
        ends = f"; its plan ends on {started.finish:%d %b %Y}" if started.finish else ""
        messages.success(request, f"“{started.project}” is open{ends}.")
        return HttpResponseRedirect(started.project.get_absolute_url())

    def item(self, pk: int) -> ProjectTemplate:
        """Return the template, or 404."""
        return get_object_or_404(ProjectTemplate, pk=pk)

    def form(
        self, template: ProjectTemplate, data: Any, *, initial: dict[str, Any] | None = None
    ) -> ProjectStartForm:
        """Return the form with a field for each role; without roles when the template is not right."""
        try:
            roles = services.roles_of(template)
        except DomainError as error:
            self.refused: str = error.message
            roles = []
        named = (
            template.content.get("parts", {}).get("calendar", {})
            if isinstance(template.content, dict)
            else {}
        )
        words = named.get("name", "") if isinstance(named, dict) else ""
        return ProjectStartForm(
            data, instance=Project(), initial=initial or {}, roles=roles, calendar_name=str(words)
        )

    def answer(
        self,
        template: ProjectTemplate,
        form: ProjectStartForm,
        *,
        started: services.Started | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "template": template,
            "form": form,
            "started": started,
            "main_rows": [row for row in started.rows if row.level == 1 or row.is_milestone]
            if started
            else [],
            "refused": getattr(self, "refused", ""),
        }
        return self.page("firm/template_start.html", context, status=status)
