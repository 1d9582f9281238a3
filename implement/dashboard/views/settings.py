"""A project's settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import show_errors
from projects import services
from projects.forms import ProjectForm
from projects.kit.pages import ProjectView


class SettingsView(ProjectView):
    """Name, dates, currency, zone, calendar, and what the customer sees of the budget."""

    permission = "project.change"
    room = "settings"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(ProjectForm(instance=self.project, entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = ProjectForm(request.POST, instance=self.project, entry=self.entry)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            services.project_change(
                project=form.save(commit=False),
                actor=self.entry.user,
                expected_version=form.cleaned_data["version"],
            )
        except StaleVersion as error:
            form.data = form.data.copy()
            form.data["version"] = type(self.project).objects.get(pk=self.project.pk).version
            form.add_error(None, f"{error.message} Saving again puts yours over it.")
            return self.answer(form, status=409)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        messages.success(request, "The settings are saved and the plan is rescheduled.")
        return HttpResponseRedirect(reverse("project_settings", args=[self.project.code]))

    def answer(self, form: ProjectForm, *, status: int = 200) -> HttpResponse:
        return self.page("dashboard/settings.html", {"form": form, "tab": "settings"}, status=status)
