"""The pages of change requests."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.text import capfirst

from budget.choices import CHANGE_EDITABLE, ChangeState
from budget.filtersets.changes import ChangeFilterSet
from budget.forms.changes import ChangeForm, ImpactForm, LineSet, OptionSet, TextSet
from budget.models import ChangeOption, ChangeRequest, WhatIf
from budget.panels.changes import change_tiles
from budget.presenting import amount_text
from budget.purposes import CHANGE, days_words
from budget.selectors.changes import lines_of, meant_option, plan_effect, priced, sums_by_change, sums_of
from budget.selectors.rates import rates_for
from budget.services import changes as services
from budget.tables.changes import ChangeTable
from budget.views.money import tabs_of
from budget.workflows import CHANGE_WORKFLOW
from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import show_errors
from implement.core.money import format_number, hours_of
from projects.kit.access import Entry
from projects.kit.pages import ModelPages, ProjectView
from projects.planning import today_of
from projects.signoffs.models import ResponseRequest
from projects.signoffs.selectors import signoffs_of
from projects.signoffs.views.rooms import AskView

OPEN_TO_PLAN = (*CHANGE_EDITABLE, ChangeState.REVIEW, ChangeState.DECISION, ChangeState.APPROVED)


# What lines carry of a what-if, for the lines that do.
CARRIED = tuple(
    f"lines__difference__{name}" for name in ("task", "added", "predecessor", "added_predecessor")
)


class ChangePages(ModelPages):
    """The change requests of a project."""

    model, table, filterset, form = ChangeRequest, ChangeTable, ChangeFilterSet, ChangeForm
    room = "changes"
    workflow = CHANGE_WORKFLOW
    select_related = (
        "project__customer",
        "project__calendar",
        "owner",
        "requester",
        "chosen",
        "baseline",
        "contract",
    )
    fields = (
        "reason",
        "requester",
        "requested_on",
        "needed_by",
        "owner",
        "requirements",
        "decided_at",
        "implemented_at",
    )
    list_template = "budget/changes.html"
    detail_template = "budget/change.html"
    teach = (
        "Raise one as soon as something is asked for that is not agreed: it is worked out before it costs."
    )

    @classmethod
    def table_for(cls, queryset: models.QuerySet[Any], entry: Entry) -> Any:
        sums = sums_by_change(project=entry.project)
        return cls.table(queryset, sums=sums, exclude=[] if entry.can("money.view") else ["price"])

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        tiles = change_tiles(entry.project, only_shown=False) if entry.can("money.view") else []
        return {"tiles": tiles, "tabs": tabs_of(entry, "changes")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return services.may_edit(change=item, entry=entry)

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [row for row in super().detail_fields(item, entry) if row[1] not in (None, "")]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        book = rates_for(project=entry.project)
        # Its parts once, for all that is shown of it.
        models.prefetch_related_objects(
            [item], "options", "lines__person", "lines__task", "lines__option", *CARRIED
        )
        item.project = entry.project
        options = list(item.options.all())
        effect = plan_effect(project=entry.project, lines=lines_of(item, meant_option(item)))
        may_decide = entry.can("changes.decide")
        return {
            "options": [{"option": one, **_sums(item, one, book, entry)} for one in options],
            "amends": item.contract if entry.can("contract.view") else None,
            "sums": None if options else _sums(item, None, book, entry),
            "lines": _lines(item, book, entry),
            "effect": effect if item.status in OPEN_TO_PLAN else None,
            "texts": _texts(item),
            "affected": list(item.tasks.all()),
            "new_texts": list(item.texts.select_related("requirement")),
            "may_work_out": may_decide and item.is_editable,
            "may_ask": entry.can("signoffs.change") and CHANGE.guard(item, entry) is None,
            "may_implement": may_decide and item.status == ChangeState.APPROVED,
            "asked": _asked(item, entry),
            "what_if": WhatIf.objects.filter(change=item).first() if entry.can("whatif.view") else None,
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        said = form.cleaned_data
        return services.change_save(
            change=row,
            entry=entry,
            expected_version=expected_version,
            tasks=said["tasks"],
            requirements=said["affected"],
        )

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.change_delete(change=row, entry=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.change_restore(change=row, entry=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/<int:pk>/"
        return [
            *super().urls(prefix),
            path(f"{root}impact/", ImpactView.as_view(), name="changerequest_impact"),
            path(f"{root}ask/", ChangeAskView.as_view(), name="changerequest_ask"),
            path(f"{root}implement/", ImplementView.as_view(), name="changerequest_implement"),
        ]


TEXTS = (
    "scope_impact", "quality_impact", "cost_of_not_doing", "recommendation", "resource_impact", "risk_impact",
)  # fmt: skip


def _texts(change: ChangeRequest) -> list[tuple[str, str]]:
    """Return what was written about the impact, with its headings."""
    named = ((ChangeRequest._meta.get_field(name).verbose_name, getattr(change, name)) for name in TEXTS)  # type: ignore[union-attr]
    return [(capfirst(str(label)), text) for label, text in named if text.strip()]


def _asked(change: ChangeRequest, entry: Entry) -> dict[str, Any] | None:
    """Return what the customer was asked and decided, for who may read it."""
    if not entry.can("signoffs.view"):
        return None
    requests = list(ResponseRequest.objects.about(change).select_related("person"))
    return (
        {"requests": requests, "signoffs": signoffs_of(change), "code": entry.project.code}
        if requests
        else None
    )


def _sums(change: ChangeRequest, option: ChangeOption | None, book: Any, entry: Entry) -> dict[str, str]:
    """Return what a change takes in an option, in words that the person may read."""
    sums = sums_of(change, option, book)
    unit = entry.project.currency
    shown = {"hours": f"{format_number(hours_of(sums.seconds))} h", "days": days_words(sums.days)}
    if entry.can("money.view"):
        shown["price"] = amount_text(sums.price, unit)
    if entry.can("cost.view"):
        shown |= {"cost": amount_text(sums.cost, unit), "margin": amount_text(sums.margin, unit)}
    return shown


def _lines(change: ChangeRequest, book: Any, entry: Entry) -> list[dict[str, Any]]:
    """Return the lines as their table shows them."""
    day = today_of(entry.project)
    found = []
    for line in change.lines.all():
        cost, bill = priced(line, book, day)
        found.append({"line": line, "cost": cost, "bill": bill})
    return found


class ImpactView(ProjectView):
    """Work out what a change would do: its effects, lines and options, saved together or not at all."""

    permission = "changes.decide"
    room = "changes"

    def row(self) -> ChangeRequest:
        """Return the change of the address, or 404."""
        return get_object_or_404(ChangePages.visible(self.entry), pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        change = self.row()
        services.check_editable(change=change, entry=self.entry)
        return self.answer(change, *self.forms(change))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        change = self.row()
        services.check_editable(change=change, entry=self.entry)
        form, *sets = self.forms(change, request.POST)
        if not all([form.is_valid(), *(one.is_valid() for one in sets)]):
            return self.answer(change, form, *sets, status=422)
        try:
            self.save(form, *sets)
        except StaleVersion as error:
            form.data = request.POST.copy()
            form.data["version"] = str(self.row().version)
            form.add_error(None, error.message)
            return self.answer(change, form, *sets, status=409)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(change, form, *sets, status=error.status if error.status != 400 else 422)
        if "more" in request.POST:
            return HttpResponseRedirect(request.path)
        messages.success(request, f"The impact of {change.key} is saved.")
        return HttpResponseRedirect(ChangePages.url("detail", self.project, pk=pk))

    def forms(self, change: ChangeRequest, data: Any = None) -> tuple[Any, Any, Any, Any]:
        return (
            ImpactForm(data, instance=change, entry=self.entry),
            LineSet(data, instance=change, entry=self.entry, prefix="lines"),
            OptionSet(data, instance=change, entry=self.entry, prefix="options"),
            TextSet(data, instance=change, entry=self.entry, prefix="texts"),
        )

    @transaction.atomic
    def save(self, form: Any, lines: Any, options: Any, texts: Any) -> None:
        """Save all of it. Raises DomainError naming the line."""
        services.change_save(
            change=form.save(commit=False),
            entry=self.entry,
            expected_version=form.cleaned_data.get("version"),
        )
        for parts, name in ((options, "Option"), (lines, "Line"), (texts, "New text")):
            parts.save(commit=False)
            for number, part in enumerate(parts.forms, start=1):
                row: services.Part = part.instance
                if part in parts.deleted_forms:
                    if row.pk:
                        services.part_delete(row=row, entry=self.entry)
                elif part.has_changed():
                    try:
                        services.part_save(row=row, entry=self.entry)
                    except StaleVersion:
                        raise
                    except DomainError as error:
                        raise DomainError(f"{name} {number}: {error.message}") from error

    def answer(
        self, change: ChangeRequest, form: Any, lines: Any, options: Any, texts: Any, *, status: int = 200
    ) -> HttpResponse:
        context = {"form": form, "lines": lines, "options": options, "texts": texts, "item": change}
        return self.page("budget/change_impact.html", context, status=status)


class ChangeAskView(AskView):
    """Ask the customer to decide."""

    room = "changes"
    purpose_key = CHANGE.key
    model = ChangeRequest


class ImplementView(ProjectView):
    """Put an approved change into plan and budget."""

    permission = "changes.decide"
    room = "changes"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        change = get_object_or_404(ChangePages.visible(self.entry), pk=pk)
        baseline = services.change_implement(change=change, entry=self.entry)
        messages.success(request, f"{change.key} is in plan and budget; {baseline} is taken.")
        return HttpResponseRedirect(ChangePages.url("detail", self.project, pk=pk))
