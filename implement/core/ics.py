"""Days as an iCalendar file (RFC 5545) that calendar programs subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event, vDuration

PRODUCT = "-//Implement//Calendar feed//EN"
REFRESH = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class CalendarDays:
    """One entry over whole days, `last` included. `uid` stays the same for ever."""

    uid: str
    changed_at: datetime
    title: str
    first: date
    last: date
    text: str = ""
    url: str = ""
    category: str = ""


def calendar_file(*, name: str, entries: Iterable[CalendarDays]) -> bytes:
    """Return the file. Text is escaped and folded by the library; whole days block nobody's time."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", vDuration(REFRESH))
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("summary", entry.title)
        event.add("dtstart", entry.first)
        # The end of whole days is the day after them.
        event.add("dtend", entry.last + DAY)
        event.add("transp", "TRANSPARENT")
        if entry.text:
            event.add("description", entry.text)
        if entry.url:
            event.add("url", entry.url)
        if entry.category:
            event.add("categories", [entry.category])
        calendar.add_component(event)
    return calendar.to_ical()
