"""The page of the one row that a project has of a kind: its expense settings, its agreed budget, its lines."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from implement.core.errors import DomainError
from projects.kit.forms import RowForm, show_refusal
from projects.kit.pages import ProjectView


class SettingsPage(ProjectView):
    """Shows the row's form, saves it and tells so. `permission` opens the page, `change` saves, `done` names what comes
    after."""

    change: ClassVar[str]
    form: ClassVar[type[RowForm]]
    template: ClassVar[str]
    saved: ClassVar[str]
    done: ClassVar[str]

    def row(self) -> Any:
        """Return the project's row, a new one when there is none."""
        model: Any = self.form._meta.model
        return model.objects.filter(project=self.project).first() or model(project=self.project)

    def save(self, row: Any, expected_version: int | None) -> None:
        """Hand the row to its service."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        return {}

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(self.form(instance=self.row(), entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        self.entry.require(self.change)
        form = self.form(request.POST, instance=self.row(), entry=self.entry)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            self.save(form.save(commit=False), form.cleaned_data.get("version"))
        except DomainError as error:
            return self.answer(form, status=show_refusal(form, error))
        messages.success(request, self.saved)
        return HttpResponseRedirect(reverse(self.done, args=[self.project.code]))

    def answer(self, form: RowForm, *, status: int = 200) -> HttpResponse:
        return self.page(self.template, {"form": form, **self.context()}, status=status)
