"""The lines of the budget."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpResponse

from budget.filtersets import money as filtersets
from budget.forms import money as forms
from budget.models import BudgetLine
from budget.services import lines as services
from budget.tables import money as tables
from budget.views.money import tabs_of
from implement.core.money import format_money, format_number, hours_of
from projects.kit.access import Entry
from projects.kit.pages import DetailPage, HistoryPage, ModelPages


class BudgetLineDetailPage(DetailPage):
    """One line. Its history names amounts, so it is shown only to who may see them."""

    def page(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        shown = dict(context or {})
        if not self.entry.can("cost.view"):
            shown["history"] = []
        return super().page(template, shown, status=status)


class BudgetLinePages(ModelPages):
    """The lines of the budget."""

    model, table, filterset, form = (
        BudgetLine,
        tables.BudgetLineTable,
        filtersets.BudgetLineFilterSet,
        forms.BudgetLineForm,
    )
    room = "budget"
    select_related = ("project", "task", "person", "change_request", "release")
    detail_page = BudgetLineDetailPage
    detail_template = "budget/line.html"
    list_template = "budget/lines.html"
    fields = ("task", "category", "person", "job_role", "description", "change_request", "release")
    teach = "Add hours and money per task. A task without a labour line is budgeted by its planned hours."

    @classmethod
    def permission(cls, verb: str) -> str:
        return "cost.view" if verb == "history" else super().permission(verb)

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "lines")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        is_own = item.change_request_id is None and item.release_id is None
        return super().may_change(item, entry) and is_own

    @classmethod
    def _hidden(cls, entry: Entry) -> list[str]:
        """Return the columns of money that the person may not see."""
        return [
            *([] if entry.can("cost.view") else ["cost"]),
            *([] if entry.can("money.view") else ["bill"]),
        ]

    @classmethod
    def table_for(cls, queryset: models.QuerySet[Any], entry: Entry) -> Any:
        return cls.table(queryset, exclude=cls._hidden(entry))

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        hidden = cls._hidden(entry)
        money = [
            (name, format_money(getattr(item, name), entry.project.currency))
            for name in ("cost", "bill")
            if name not in hidden
        ]
        hours = ("hours", format_number(hours_of(item.planned_seconds)))
        return [*super().detail_fields(item, entry), hours, *money]

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return services.line_save(line=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.line_delete(line=row, actor=entry.user)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.line_restore(line=row, actor=entry.user)


class BudgetLineHistoryPage(HistoryPage):
    """The history of a line names amounts."""

    pages = BudgetLinePages
    verb = "history"
