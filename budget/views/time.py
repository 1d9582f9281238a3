"""Pages of hours and rates."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from budget.choices import EntryState
from budget.filtersets import time as filtersets
from budget.forms import time as forms
from budget.models import Expense, RateCard, TimeEntry
from budget.selectors.chain import chain_of
from budget.services import rates as rate_services
from budget.services import time as services
from budget.services.corrections import refusal_of
from budget.tables import time as tables
from budget.views.tabs import tabs_of
from budget.workflows import TIME_WORKFLOW
from implement.core.money import day_text, format_money, format_number, hours_of
from projects.kit.access import Entry
from projects.kit.pages import ModelPages
from projects.kit.pages.base import BulkAction


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
    select_related = ("project", "person", "task", "build_item")
    fields = (
        "person",
        "task",
        "build_item",
        "worked_on",
        "started_at",
        "note",
        "decided_by",
        "decided_at",
        "decision_note",
    )
    list_template = "budget/worked_list.html"
    detail_template = "budget/time_entry.html"
    teach = "Log hours on the timesheet, or import them from another tool."

    @classmethod
    def bulk_actions(cls, entry: Entry) -> list[BulkAction]:
        edit = BulkAction("edit", "Change task, billing or note", place="time_change")
        more = [edit] if entry.can("time.log") else []
        return [*super().bulk_actions(entry), *more]

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
        services.time_restore(entry=row, access=entry)

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
            *by_rule(item, entry),
            *decided_facts(item, item_facts(super().detail_fields(item, entry))),
            *money,
        ]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        return {
            **approval_of(item),
            **correction_of(item, entry),
            "can_split": cls.may_change(item, entry),
        }


def approval_of(item: TimeEntry | Expense) -> dict[str, Any]:
    """Return who is next, and what was decided, for the page of hours or of an expense."""
    waits = item.status == EntryState.SUBMITTED
    return {
        "decisions": item.decisions.select_related("instead_of"),
        "next_words": chain_of(project=item.project).next_words(item) if waits else "",
    }


def item_facts(facts: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return facts without the build item of hours that name none."""
    return [fact for fact in facts if fact != ("build item", None)]


def decided_facts(item: TimeEntry | Expense, facts: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return facts without those of a decision that nobody has taken."""
    return facts if item.decided_at else [fact for fact in facts if not fact[0].startswith("deci")]


def by_rule(item: TimeEntry, entry: Entry) -> list[tuple[str, str]]:
    """Return what the project's rules make of an entry; factors only to who may see that money."""
    rows: list[tuple[str, str]] = []
    if item.overtime_seconds:
        told = [
            f"{words} at {format_number(factor * 100, digits=0)} %"
            for permission, words, factor in (
                ("money.view", "billed", item.bill_factor),
                ("cost.view", "paid", item.cost_factor),
            )
            if entry.can(permission)
        ]
        of_it = f"{format_number(hours_of(item.overtime_seconds))} h of it"
        rows.append(("overtime", ", ".join([of_it, *told])))
    if item.unbilled_seconds and item.is_billable:
        why = "internal task" if item.unbilled_seconds == item.seconds else "beyond the day's cap"
        rows.append(("not billed by rule", f"{format_number(hours_of(item.unbilled_seconds))} h, {why}"))
    return [*rows, *correction_facts(item)]


def correction_facts(item: TimeEntry | Expense) -> list[tuple[str, str]]:
    """Return from when a correction counts, and why it was made; nothing of any other entry."""
    rows: list[tuple[str, str]] = []
    if item.posted_on:
        rows.append(("counts from", day_text(item.posted_on)))
    if item.correction_reason:
        rows.append(("reason of the correction", item.correction_reason))
    return rows


def correction_of(item: TimeEntry | Expense, access: Entry) -> dict[str, Any]:
    """Return what an entry corrects or is corrected by, and whether this person may correct it, for its page."""
    others = type(item).objects.filter(
        Q(reverses=item) | Q(replaces=item) | Q(pk=item.reverses_id or 0) | Q(pk=item.replaces_id or 0)
    )
    related = related_of(item, access.visible(others))
    is_open = refusal_of(entry=item, access=access) is None
    return {
        "related": related,
        "can_correct": is_open and all(other.reverses_id != item.pk for _, other in related),
    }


def related_of(item: Any, others: models.QuerySet[Any]) -> list[tuple[str, Any]]:
    """Return the entries that an entry corrects or is corrected by, each with what it is to it."""
    found = []
    for other in others.order_by("pk"):
        if other.reverses_id == item.pk:
            words = "Reversed by"
        elif other.replaces_id == item.pk:
            words = "Right hours instead" if isinstance(item, TimeEntry) else "Right expense instead"
        else:
            words = "Takes back" if item.reverses_id == other.pk else "Instead of"
        found.append((words, other))
    return found


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
