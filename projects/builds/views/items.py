"""The pages of build items."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm

from projects.builds.filtersets import BuildItemFilterSet
from projects.builds.forms import BuildItemForm
from projects.builds.models import BuildItem
from projects.builds.services import items as services
from projects.builds.tables import BuildItemTable
from projects.builds.views.tabs import tabs_of
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.access import Entry
from projects.kit.pages import ModelPages


class BuildItemPages(ModelPages):
    """The build items of a project as a list."""

    model, table, filterset, form = BuildItem, BuildItemTable, BuildItemFilterSet, BuildItemForm
    room = "builds"
    workflow = BUILD_WORKFLOW
    select_related = ("project", "owner", "task", "environment")
    fields = ("kind", "priority", "owner", "task", "environment")
    teach = "One for each thing that is configured or developed: a screen, a report, an interface, a role."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "items")}

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        return super().may_delete(item, entry) and services.why_kept(item) is None

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.item_save(item=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.item_delete(item=row, entry=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.item_restore(item=row, entry=entry)
