"""The pages of NFR targets."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.forms import ModelForm

from projects.design.filtersets import TargetFilterSet
from projects.design.forms import TargetForm
from projects.design.models import NfrTarget
from projects.design.services import targets as services
from projects.design.tables import TargetTable
from projects.design.views.tabs import tabs_of
from projects.kit.access import Entry
from projects.kit.pages import ModelPages
from projects.requirements.choices import QUALITIES


class TargetPages(ModelPages):
    """What each quality must reach."""

    model, table, filterset, form = NfrTarget, TargetTable, TargetFilterSet, TargetForm
    room = "design"
    select_related = ("project", "requirement", "owner")
    fields = ("requirement", "metric")
    teach = "Set a figure for each quality: what is measured, what it must reach, under which load, by which test."

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return super().visible(entry).filter(requirement__deleted_at=None)

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "targets")}

    @classmethod
    def narrow_filters(cls, filterset: Any, entry: Entry) -> None:
        super().narrow_filters(filterset, entry)
        field = filterset.form.fields["requirement"]
        field.queryset = field.queryset.filter(kind__in=QUALITIES)

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [
            *super().detail_fields(item, entry),
            ("target", item.target_text),
            ("threshold", item.threshold_text),
            ("load profile", item.load_profile),
            ("measuring test", item.test),
            ("measured by", item.due_on),
            ("owner", item.owner),
        ]

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.target_save(target=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.target_delete(target=row, entry=entry)
