"""Pages of orders, and of what was invoiced of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from budget.filtersets import control as filtersets
from budget.forms import control as forms
from budget.models import Commitment, CommitmentPart
from budget.presenting import amount_text
from budget.selectors.rest import with_paid
from budget.services import control as services
from budget.tables import control as tables
from budget.views.money import tabs_of
from budget.workflows import COMMITMENT_WORKFLOW
from implement.core.errors import DomainError
from implement.core.money import format_money
from projects.kit.access import Entry
from projects.kit.pages import ModelPages, ProjectView
from projects.planning import today_of


class CommitmentPages(ModelPages):
    """What is ordered from suppliers: the firm's own money, for who may see cost."""

    model, table, filterset, form = (
        Commitment,
        tables.CommitmentTable,
        filtersets.CommitmentFilterSet,
        forms.CommitmentForm,
    )
    room = "budget"
    workflow = COMMITMENT_WORKFLOW
    select_related = ("project", "task")
    list_template = "budget/lines.html"
    detail_template = "budget/commitment.html"
    fields = (
        "supplier", "reference", "description", "task", "category", "ordered_on", "expected_on", "ended_on",
    )  # fmt: skip
    teach = "Add what is ordered from others: until it is invoiced, it is committed."

    @classmethod
    def permission(cls, verb: str) -> str:
        return "cost.view" if verb in {"view", "history", "export"} else super().permission(verb)

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return with_paid(super().visible(entry))

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "commitments")}

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return Commitment(
            project=entry.project, currency=entry.project.currency, ordered_on=today_of(entry.project)
        )

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        unit = entry.project.currency
        money = [("ordered", format_money(item.amount, item.currency))]
        if item.currency != unit:
            money += [
                (f"rate to {unit}", format(item.exchange_rate.normalize(), "f")),
                (f"in {unit}", format_money(item.cost, unit)),
            ]
        return [*money, *(row for row in super().detail_fields(item, entry) if row[1] not in (None, ""))]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        parts = list(item.parts.select_related("expense__person").order_by("expense__spent_on", "pk"))
        unit = entry.project.currency
        may_book = entry.can("budget.change") and item.status == "ordered"
        return {
            "parts": parts,
            "booked": amount_text(item.booked, unit),
            "open": amount_text(item.open, unit),
            "cost": amount_text(item.cost, unit),
            "form": forms.BookForm(entry=entry) if may_book else None,
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.commitment_save(commitment=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.commitment_delete(commitment=row, actor=entry.user)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.commitment_restore(commitment=row, actor=entry.user)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/<int:pk>/"
        return [
            *super().urls(prefix),
            path(f"{root}book/", BookView.as_view(), name="commitment_book"),
            path(f"{root}unbook/", UnbookView.as_view(), name="commitment_unbook"),
        ]


class BookView(ProjectView):
    """Note an expense as invoiced of an order."""

    permission = "budget.change"
    room = "budget"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = get_object_or_404(CommitmentPages.visible(self.entry), pk=pk)
        form = forms.BookForm(request.POST, entry=self.entry)
        if not form.is_valid():
            raise DomainError("Choose an expense of this project that is on no order yet.")
        services.commitment_book(commitment=item, expense=form.cleaned_data["expense"], access=self.entry)
        messages.success(request, f"“{form.cleaned_data['expense']}” is booked on {item.key}.")
        return HttpResponseRedirect(CommitmentPages.url("detail", self.project, pk=pk))


class UnbookView(ProjectView):
    """Take an expense off its order."""

    permission = "budget.change"
    room = "budget"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = get_object_or_404(CommitmentPages.visible(self.entry), pk=pk)
        said = request.POST.get("part", "")
        part = get_object_or_404(
            CommitmentPart, commitment=item, pk=int(said) if said.isdecimal() and len(said) < 18 else 0
        )
        services.commitment_unbook(part=part, access=self.entry)
        messages.success(request, f"“{part.expense}” is off {item.key}.")
        return HttpResponseRedirect(CommitmentPages.url("detail", self.project, pk=pk))
