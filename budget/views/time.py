"""Pages of hours and rates."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from budget.filtersets import time as filtersets
from budget.forms import time as forms
from budget.models import RateCard, TimeEntry
from budget.services import rates as rate_services
from budget.services import time as services
from budget.tables import time as tables
from budget.views.tabs import tabs_of
from budget.workflows import TIME_WORKFLOW
from implement.core.money import format_money, format_number, hours_of
from projects.kit.access import Entry
from projects.kit.pages import ModelPages


class TimePages(ModelPages):
    """Hours as a list."""

    model, table, filterset, form = (
        TimeEntry,
        tables.TimeEntryTable,
        filtersets.TimeEntryFilterSet,
        forms.TimeEntryForm,
    )
    room = "time"
    workflow = TIME_WORKFLOW
    select_related = ("project", "person", "task")
    fields = (
        "person",
        "task",
        "worked_on",
        "started_at",
        "note",
        "decided_by",
        "decided_at",
        "decision_note",
    )
    list_template = "budget/worked_list.html"
    teach = "Log hours on the timesheet, or import them from another tool."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "time")}

    @classmethod
    def permission(cls, verb: str) -> str:
        return "time.log" if verb == "change" else super().permission(verb)

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return services.is_changeable(entry=item, access=entry, others_permission="time.approve")

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        rows = super().visible(entry)
        return rows if entry.can("time.view_all") else rows.filter(person__user=entry.user)

    @classmethod
    def trashed(cls, entry: Entry) -> models.QuerySet[Any]:
        rows = super().trashed(entry)
        return rows if entry.can("time.view_all") else rows.filter(person__user=entry.user)

    @classmethod
    def table_for(cls, queryset: models.QuerySet[Any], entry: Entry) -> Any:
        hidden = [
            *([] if entry.can("cost.view") else ["cost"]),
            *([] if entry.can("money.view") else ["bill"]),
        ]
        return cls.table(queryset, exclude=hidden)

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return TimeEntry(project=entry.project, person=entry.person, worked_on=timezone.localdate())

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return services.time_save(entry=row, access=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.time_delete(entry=row, access=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.check_owner(
            entry=row, access=entry, log_permission="time.log", others_permission="time.approve"
        )
        services.check_day(person=row.person, worked_on=row.worked_on, added=row.seconds)
        super().restore(row=row, entry=entry)

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        money = [
            (label, format_money(getattr(item, name), entry.project.currency))
            for permission, label, name in (
                ("cost.view", "cost per hour", "cost_rate"),
                ("cost.view", "cost", "cost"),
                ("money.view", "bill per hour", "bill_rate"),
                ("money.view", "billed", "bill"),
            )
            if entry.can(permission)
        ]
        return [
            ("hours", format_number(hours_of(item.seconds))),
            ("billable", "Yes" if item.is_billable else "No"),
            *super().detail_fields(item, entry),
            *money,
        ]


class RatePages(ModelPages):
    """Rate cards."""

    model, table, filterset, form = (
        RateCard,
        tables.RateCardTable,
        filtersets.RateCardFilterSet,
        forms.RateCardForm,
    )
    room = "rates"
    select_related = ("project", "person")
    fields = ("person", "job_role", "effective_from", "cost_rate", "bill_rate")
    list_template = "budget/worked_list.html"
    teach = "Say what an hour costs and what it is billed at, for everybody, a role or a person."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "rates")}

    @classmethod
    def permission(cls, verb: str) -> str:
        return "rates.view" if verb == "export" else super().permission(verb)

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return rate_services.rate_save(card=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        rate_services.rate_delete(card=row, actor=entry.user)
