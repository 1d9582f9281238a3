"""The pages of environments and of the definition of done."""

from __future__ import annotations

from typing import Any

from django.forms import ModelForm

from projects.builds.filtersets import DoneCriterionFilterSet, EnvironmentFilterSet
from projects.builds.forms import DoneCriterionForm, EnvironmentForm
from projects.builds.models import DoneCriterion, Environment
from projects.builds.services import environments as services
from projects.builds.tables import DoneCriterionTable, EnvironmentTable
from projects.builds.views.tabs import tabs_of
from projects.kit.access import Entry
from projects.kit.pages import ModelPages


class DecidedPages(ModelPages):
    """Pages of what the project manager sets for everybody: the others read."""

    @classmethod
    def permission(cls, verb: str) -> str:
        return "builds.decide" if verb == "change" else super().permission(verb)


class EnvironmentPages(DecidedPages):
    """Where builds stand, in their order."""

    model, table, filterset, form = Environment, EnvironmentTable, EnvironmentFilterSet, EnvironmentForm
    room = "builds"
    select_related = ("project",)
    fields = ("position", "is_production", "is_shown")
    teach = "DEV, TEST, UAT and PROD are made with the first build item; change them as your landscape is."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "environments")}

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.environment_save(environment=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.environment_delete(environment=row, entry=entry)


class DoneCriterionPages(DecidedPages):
    """When an item is done."""

    model, table = DoneCriterion, DoneCriterionTable
    filterset, form = DoneCriterionFilterSet, DoneCriterionForm
    room = "builds"
    select_related = ("project",)
    fields = ("kind", "position")
    teach = "What must be true of an item before it counts as built, such as: reviewed by somebody else."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "done")}
