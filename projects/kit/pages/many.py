"""Saying the same of many rows at once: all of them or none."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.kit.forms import ManyForm
from projects.kit.pages.base import PagesView
from projects.kit.pages.lists import BULK_LIMIT, chosen_rows


class ChangeManyView(PagesView):
    """Change the rows that were chosen in the list of `pages`. `told`: the column that stands beside each of them.

    `action`, `done` and `hint`: what is done to them, in the page's words.
    """

    verb = "change"
    form: ClassVar[type[ManyForm]]
    told: ClassVar[str]
    icon: ClassVar[str]
    action, done = "Change", "changed"
    hint = "All of them or none. What is left empty stays as it is in each."

    def change(self, rows: list[Any], form: ManyForm) -> None:
        """Hand the chosen rows to their service."""
        said = form.said()
        for row in rows:
            for name, value in said.items():
                setattr(row, name, value)
            self.keep(row, form)

    def keep(self, row: Any, form: ManyForm) -> None:
        """Hand a changed row to its service."""
        raise NotImplementedError

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(self.form(entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = self.form(request.POST, entry=self.entry)
        rows = self.rows()
        if not form.is_valid() or not rows:
            return self.answer(form, status=422)
        try:
            with transaction.atomic():
                self.change(rows, form)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422 if error.status == DomainError.status else error.status)
        meta = self.pages.model._meta
        what = meta.verbose_name if len(rows) == 1 else meta.verbose_name_plural
        messages.success(request, f"{len(rows)} {what} {self.done}.")
        return HttpResponseRedirect(self.next_url(rows))

    def next_url(self, rows: list[Any]) -> str:
        """Return where to go then."""
        return self.pages.url("list", self.project)

    def rows(self) -> list[Any]:
        """Return the chosen rows."""
        said = self.request.POST.getlist("rows") or self.request.GET.getlist("rows")
        return list(self.queryset().filter(pk__in=chosen_rows(said))[:BULK_LIMIT])

    def answer(self, form: ManyForm, *, status: int = 200) -> HttpResponse:
        rows, plural = self.rows(), self.pages.model._meta.verbose_name_plural
        context = {
            "form": form,
            "rows": [(row, getattr(row, f"get_{self.told}_display")()) for row in rows],
            "list_url": self.pages.url("list", self.project),
            "icon_name": self.icon,
            "action": self.action,
            "done": self.done,
            "hint": self.hint,
            "teach": f"Choose {plural} in the list, then what to {self.action.lower()}.",
        }
        return self.page("generic/change.html", context, status=status)
