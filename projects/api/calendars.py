"""The calendars that a project works by."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import exceptions, serializers, viewsets

from implement.core.filters import BaseFilterSet
from projects import services
from projects.kit.rest import ProjectModelViewSet, RowCharField, RowSerializer
from projects.models import WorkCalendar
from projects.planning import working_calendar
from projects.services.calendars import MOST_DAYS


class IntervalsField(serializers.ListField):
    """[start, end] minutes of a day, such as [[540, 780], [840, 1080]]."""

    child = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=1440), min_length=2, max_length=2
    )


def by_day(value: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of days, its keys as the table keeps them. Raises ValidationError for what is no day."""
    if len(value) > MOST_DAYS:
        raise exceptions.ValidationError(f"At most {MOST_DAYS:,} days.")
    day = serializers.DateField()
    return {day.run_validation(key).isoformat(): said for key, said in value.items()}


class WeekSerializer(RowSerializer):
    """A working week with its exceptions, some of which have a name."""

    week = serializers.ListField(
        child=IntervalsField(max_length=24),
        min_length=7,
        max_length=7,
        help_text="Seven days, Monday first, each with its [start, end] minutes.",
    )
    exceptions = serializers.DictField(
        child=IntervalsField(max_length=24),
        required=False,
        help_text="ISO date: intervals; an empty list is a day off.",
    )
    day_names = serializers.DictField(
        child=RowCharField(max_length=120, allow_blank=True),
        required=False,
        help_text="ISO date: what an exception is called, such as “Company outing”.",
    )

    class Meta:
        model = WorkCalendar
        fields = [
            "id",
            "version",
            "name",
            "week",
            "country",
            "subdivision",
            "exceptions",
            "day_names",
            "created_at",
            "updated_at",
        ]

    def validate_exceptions(self, value: dict[str, Any]) -> dict[str, Any]:
        return by_day(value)

    def validate_day_names(self, value: dict[str, Any]) -> dict[str, Any]:
        return {day: name for day, name in by_day(value).items() if name}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("name", "week", "country", "subdivision", "exceptions")
        row = WorkCalendar(**{name: getattr(self.instance, name) for name in names} if self.instance else {})
        for name, value in attrs.items():
            setattr(row, name, value)
        unknown = sorted(set(attrs.get("day_names", ())) - set(row.exceptions))
        if unknown:
            raise exceptions.ValidationError({"day_names": [f"{unknown[0]} is none of the exceptions."]})
        try:
            working_calendar(row)
        except (ValueError, OverflowError, NotImplementedError) as error:
            raise exceptions.ValidationError({"week": [str(error) or "This is no working week."]}) from error
        return attrs


class CalendarSerializer(WeekSerializer):
    is_shared = serializers.SerializerMethodField(help_text="Every project may use it; it is read only here.")

    class Meta(WeekSerializer.Meta):
        fields = [*WeekSerializer.Meta.fields, "is_shared"]

    def get_is_shared(self, row: WorkCalendar) -> bool:
        return row.project_id is None


class CalendarFilterSet(BaseFilterSet):
    search_fields = ("name",)

    class Meta:
        model = WorkCalendar
        fields: list[str] = []


class CalendarViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Working calendars of the project, and the firm's shared ones to read."""

    queryset = WorkCalendar.objects.all()
    serializer_class = CalendarSerializer
    filterset_class = CalendarFilterSet
    ordering_fields = ("name", "created_at")
    room = "plan"

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        own = models.Q(project=self.entry.project)
        shared = models.Q(project=None, person=None)
        return queryset.filter(own | shared if self.request.method in {"GET", "HEAD"} else own)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.calendar_save(
            calendar=row, actor=self.request.user, expected_version=expected_version
        )
