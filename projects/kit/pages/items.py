"""Pages about one row: detail, form, delete, restore, steps, history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst

from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import show_errors
from projects.kit.extras import extras_of
from projects.kit.notes import notes_context, table_of
from projects.kit.once import new_nonce, once
from projects.kit.pages.base import PagesView
from projects.models import JournalEntry

HISTORY_SIZE = 50


def history_of(item: models.Model) -> models.QuerySet[JournalEntry]:
    """Return the journal of one row, newest first."""
    return JournalEntry.objects.filter(target_type=table_of(item), target_id=str(item.pk))


class DetailPage(PagesView):
    """One row: its fields, steps, panels, comments, attachments and latest history."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        context = {
            "item": item,
            "fields": self.pages.detail_fields(item, self.entry),
            "steps": self.pages.workflow.available(item, self.entry) if self.pages.workflow else [],
            "may_change": self.pages.may_change(item, self.entry),
            "may_delete": self.pages.may_delete(item, self.entry),
            "history": history_of(item)[:10],
            "extras": extras_of(item, self.entry),
            **notes_context(item, self.entry),
            **self.pages.detail_context(item, self.entry),
        }
        return self.page(self.pages.detail_template, context)


class FormPage(PagesView):
    """Add and edit. A double submit saves once; a stale save shows both versions and loses neither."""

    verb = "change"

    def blank(self) -> Any:
        """Return the row that the form fills."""
        return self.pages.blank(self.entry)

    def form(self, item: Any, data: Any = None, files: Any = None) -> ModelForm:
        return self.pages.form(
            data, files, instance=item, entry=self.entry, initial=self.pages.initial(self.request)
        )

    def target(self) -> Any:
        return self.item() if "pk" in self.kwargs else self.blank()

    def get(self, request: HttpRequest, project: str, pk: int | None = None) -> HttpResponse:
        return self.answer(self.form(self.target()))

    def post(self, request: HttpRequest, project: str, pk: int | None = None) -> HttpResponse:
        item = self.target()
        form = self.form(item, request.POST, request.FILES)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            url = self.save_once(form)
        except StaleVersion as error:
            stored = self.item()
            conflict = [
                (field.label, field.value(), self.form(stored)[field.name].value())
                for field in form.visible_fields()
                if str(field.value()) != str(self.form(stored)[field.name].value())
            ]
            # The next press of Save is a decision made with both versions in view.
            form.data = form.data.dict() | {"version": stored.version}  # type: ignore[attr-defined]
            return self.answer(form, status=409, conflict=conflict, message=error.message)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        return HttpResponseRedirect(url)

    def save_once(self, form: ModelForm) -> str:
        """Save and return where to go; a form that was sent already leads to what it saved then."""

        def save() -> str:
            item = self.pages.save(
                row=form.save(commit=False),
                entry=self.entry,
                expected_version=form.cleaned_data.get("version"),
                form=form,
            )
            name = self.pages.model._meta.verbose_name
            messages.success(self.request, f"{capfirst(name)} “{item}” saved.")
            return self.pages.after_save(item, self.project)

        url, _ = once(user=self.entry.user, form="form", nonce=self.request.POST.get("nonce", ""), act=save)
        return url

    def answer(self, form: ModelForm, *, status: int = 200, **context: Any) -> HttpResponse:
        names = {
            "form": form,
            "item": form.instance,
            "nonce": self.request.POST.get("nonce") or new_nonce(),
        }
        return self.page(self.pages.form_template, names | context, status=status)


class DeletePage(PagesView):
    """Ask, then throw away."""

    verb = "change"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.page("generic/confirm_delete.html", {"item": self.item()})

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        name = str(item)
        self.pages.delete(row=item, entry=self.entry)
        where = "moved to the trash" if self.pages.has_trash() else "deleted"
        messages.success(request, f"“{name}” {where}.")
        return HttpResponseRedirect(self.pages.url("list", self.project))


class RestorePage(PagesView):
    """Take a row back out of the trash."""

    verb = "change"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item(lock_trash=True)
        self.pages.restore(row=item, entry=self.entry)
        messages.success(request, f"“{item}” is back.")
        return HttpResponseRedirect(self.pages.after_save(item, self.project))


class StepPage(PagesView):
    """Take a step of the workflow."""

    def post(self, request: HttpRequest, project: str, pk: int, step: str) -> HttpResponse:
        item = self.item()
        assert self.pages.workflow is not None
        self.pages.workflow.perform(
            name=step, item=item, entry=self.entry, reason=request.POST.get("reason", "")
        )
        messages.success(request, f"“{item}”: {self.pages.workflow.by_name[step].label.lower()} done.")
        return HttpResponseRedirect(self.pages.after_save(item, self.project))


class HistoryPage(PagesView):
    """Everything that happened to one row."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        page = Paginator(history_of(item), HISTORY_SIZE).get_page(request.GET.get("page"))
        return self.page("generic/history.html", {"item": item, "page": page})
