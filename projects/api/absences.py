"""Absences: one's own, and those of the people whom one manages."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import viewsets

from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects import services
from projects.api.calendars import IntervalsField
from projects.kit.access import visible_people
from projects.kit.rest import IdempotentPosts, OwnScope, RowSerializer
from projects.kit.rest.viewsets import Reading, Writing
from projects.models import Absence


class AbsenceFilterSet(BaseFilterSet):
    search_fields = ("person__name",)

    from_day = DateFromFilter(field_name="last", label="From")
    to_day = DateToFilter(field_name="first", label="To")

    class Meta:
        model = Absence
        fields = ["person", "kind"]


class AbsenceSerializer(RowSerializer):
    """When somebody is away: all day, between `times` of each day, or `minutes` off the end of each."""

    times = IntervalsField(
        max_length=24, required=False, help_text="[start, end] minutes of the day; empty: all day."
    )

    class Meta:
        model = Absence
        fields = [
            "id",
            "version",
            "person",
            "kind",
            "first",
            "last",
            "times",
            "minutes",
            "note",
            "created_at",
            "updated_at",
        ]

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and request.user.is_authenticated:
            fields["person"].queryset = visible_people(request.user, permission="absences.change")
        return fields


class AbsenceViewSet(OwnScope, IdempotentPosts, Writing, Reading, viewsets.ModelViewSet):
    """One's own absences, and those of the people whom one manages. A change reschedules their plans."""

    queryset = Absence.objects.select_related("person")
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilterSet
    ordering_fields = ("first", "last", "created_at")
    ordering = ("first", "pk")
    room = "absences"

    def blank(self) -> Any:
        return Absence()

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        verb = "view" if self.request.method in {"GET", "HEAD", "OPTIONS"} else "change"
        return queryset.filter(person__in=visible_people(self.request.user, permission=f"absences.{verb}"))

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.absence_save(absence=row, actor=self.request.user, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.absence_delete(absence=row, actor=self.request.user, expected_version=expected_version)
