"""The working calendar: its week and whose public holidays it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from implement.core.calendars import CalendarError, WorkingCalendar
from projects.kit.parts import Starting, Taking, wrong
from projects.kit.rows import row_save
from projects.models import WorkCalendar
from projects.planning import working_calendar


class IntervalsField(serializers.ListField):
    """[start, end] minutes of a day."""

    child = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=1440), min_length=2, max_length=2
    )


class CalendarShape(serializers.Serializer):
    """A working week and whose public holidays it keeps. Days of the past are no one's to repeat."""

    name = serializers.CharField(max_length=120)
    week = serializers.ListField(child=IntervalsField(max_length=24), min_length=7, max_length=7)
    country = serializers.CharField(max_length=2, allow_blank=True, default="")
    subdivision = serializers.CharField(max_length=10, allow_blank=True, default="")


def calendar_value(row: WorkCalendar) -> dict[str, Any]:
    """Return a calendar without its single days."""
    week = [[list(times) for times in day] for day in working_calendar(row).week]
    return {"name": row.name, "week": week, "country": row.country, "subdivision": row.subdivision}


def take_calendar(taking: Taking) -> dict[str, Any] | None:
    """Return the project's calendar."""
    row = taking.project.calendar
    return None if row is None else calendar_value(row)


def check_calendar(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse a calendar that could not be planned by."""
    built(value, "calendar")


def built(value: Mapping[str, Any], path: str) -> WorkingCalendar:
    """Return the arithmetic of a calendar's value. Raises DomainError when it has none."""
    words = {name: value[name] for name in ("name", "week", "country", "subdivision")}
    try:
        if not any(value["week"]):
            raise CalendarError("A week without working hours would never end the project.")
        return working_calendar(WorkCalendar(**words))
    except (CalendarError, ValueError, NotImplementedError) as error:
        raise wrong(f"{path}: {error}") from error


def apply_calendar(starting: Starting, value: Any) -> None:
    """Let the project work as the template does: by the firm's calendar of that name and week, else by its own."""
    if not starting.takes_calendar:
        return
    alike = WorkCalendar.objects.of_firm().filter(
        name=value["name"], country=value["country"], subdivision=value["subdivision"]
    )
    row = next((one for one in alike if one.week == value["week"]), None)
    if row is None:
        row = WorkCalendar(project=starting.project, **value)
        row_save(row=row, actor=starting.actor)
    starting.project.calendar = row
    row_save(row=starting.project, actor=starting.actor)
    starting.made.append(("Working calendar", row.name))
