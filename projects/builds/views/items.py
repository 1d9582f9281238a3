"""The pages of build items."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm

from implement.core.money import format_number, hours_of
from projects.builds.choices import OPEN
from projects.builds.filtersets import BuildItemFilterSet
from projects.builds.forms import BuildItemForm, BulkForm
from projects.builds.models import BuildItem
from projects.builds.selectors.done import done_lines
from projects.builds.selectors.standing import matrix_of
from projects.builds.services import items as services
from projects.builds.services.checks import why_unchecked
from projects.builds.tables import BuildItemTable
from projects.builds.views.tabs import tabs_of
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.access import Entry
from projects.kit.forms import ManyForm
from projects.kit.pages import BulkAction, ChangeManyView, ModelPages


class BuildItemPages(ModelPages):
    """The build items of a project as a list."""

    model, table, filterset, form = BuildItem, BuildItemTable, BuildItemFilterSet, BuildItemForm
    room = "builds"
    workflow = BUILD_WORKFLOW
    select_related = ("project", "owner", "task", "environment")
    fields = ("kind", "priority", "owner", "task", "environment")
    detail_template = "builds/item.html"
    teach = "One for each thing that is configured or developed: a screen, a report, an interface, a role."

    @classmethod
    def bulk_actions(cls, entry: Entry) -> list[BulkAction]:
        more = []
        if entry.can("builds.promote"):
            more.append(BulkAction("promote", "Promote with a build", place="promotion_make"))
        if entry.can("builds.change"):
            more.append(BulkAction("change", "Change owner, priority, kind …", place="builditem_change"))
        return [*more, *super().bulk_actions(entry)]

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "items")}

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        return super().may_delete(item, entry) and services.why_kept(item) is None

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [
            *super().detail_fields(item, entry),
            ("estimate", hours_text(item.estimate_seconds)),
            ("remaining", hours_text(item.remaining_seconds)),
        ]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        lines = done_lines(item)
        environments, rows = matrix_of(project=entry.project, items=[item])
        cells = rows[0].cells
        return {
            "lines": lines,
            "ticked": sum(line.tick is not None for line in lines),
            "may_tick": entry.can("builds.change") and item.status in OPEN,
            "stands": list(zip(environments, cells, strict=True)) if any(cells) else [],
            "checks": item.checks.select_related("environment", "by"),
            "check_refusal": why_unchecked(item, entry),
            "references": item.references.all(),
            "blockages": item.blockages.all(),
            "held_up": held_up(item, entry),
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.item_save(item=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.item_delete(item=row, entry=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.item_restore(item=row, entry=entry)


def held_up(item: BuildItem, entry: Entry) -> str | None:
    """Return why the next step forward cannot be taken, for who could take it; what is blocked says so itself."""
    if item.blocked_since is not None or not entry.can("builds.change"):
        return None
    ahead = next((one for one in BUILD_WORKFLOW.transitions if item.status in one.sources), None)
    return ahead.guard(item, entry) if ahead is not None and ahead.guard is not None else None


def hours_text(seconds: int | None) -> str | None:
    """Return a time in hours."""
    return None if seconds is None else f"{format_number(hours_of(seconds))} h"


class BulkChangeView(ChangeManyView):
    """Say the same of many items."""

    pages, form = BuildItemPages, BulkForm
    told, icon = "priority", "hammer"

    def keep(self, row: Any, form: ManyForm) -> None:
        services.item_save(item=row, entry=self.entry)
