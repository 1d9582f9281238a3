"""Journal entries as sentences."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format

from implement.core.markdown import plain
from implement.core.money import day_text
from projects.kit.journal import EVENTS
from projects.models import JournalEntry

register = template.Library()
# How the journal keeps a day and a moment.
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+\d\d:\d\d|Z)")

PLAIN_VERBS = {
    "added": "added",
    "changed": "changed",
    "trashed": "moved to the trash",
    "deleted": "deleted",
    "restored": "restored",
}


@register.simple_tag
def sentence(entry: JournalEntry) -> str:
    """Return what happened without its actor: 'changed the task “1.2 Kick-off”'."""
    event = EVENTS.get(entry.action)
    noun, _, verb = entry.action.partition(".")
    said = (
        event.verb if event else f"{PLAIN_VERBS.get(verb, verb.replace('_', ' '))} the {noun_of(entry, noun)}"
    )
    return f"{said} “{entry.target_label}”"


def noun_of(entry: JournalEntry, noun: str) -> str:
    """Return what readers call the thing: ours, else what its table is called."""
    if noun in NOUNS:
        return NOUNS[noun]
    model = model_of(entry)
    return noun if model is None or model._meta.model_name != noun else str(model._meta.verbose_name)


def model_of(entry: JournalEntry) -> type[models.Model] | None:
    """Return the table of what an entry is about; None when it is no more."""
    try:
        return apps.get_model(entry.target_type)
    except (LookupError, ValueError):
        return None


@register.filter
def told(entry: JournalEntry) -> list[tuple[str, Any]]:
    """Return what changed as (column, [before, after]), as people read it: texts without marks, days in words.

    A column may be called like anything of a dictionary.
    """
    model = model_of(entry)
    fields = model._meta.concrete_fields if model is not None else ()
    texts = {field.name for field in fields if isinstance(field, models.TextField)}
    return [
        (name, [_read(value, is_text=name in texts) for value in values])
        for name, values in entry.changes.items()
    ]


def _read(value: Any, *, is_text: bool) -> Any:
    if not isinstance(value, str):
        return value
    if is_text:
        return plain(value)
    if DAY.fullmatch(value):
        return day_text(date.fromisoformat(value))
    if MOMENT.fullmatch(value):
        return date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")
    return value


@register.simple_tag
def turn(entry: JournalEntry) -> list[str]:
    """Return the states before and after, in words; empty when no state changed."""
    change = entry.changes.get("status")
    model = model_of(entry)
    if not change or model is None:
        return []
    field = next((one for one in model._meta.concrete_fields if one.name == "status"), None)
    words = dict(field.flatchoices) if field is not None else {}
    return [str(words.get(value, value or "New")) for value in change]


NOUNS = {
    "architecturedecision": "architecture decision",
    "designelement": "design element",
    "designfeedback": "feedback",
    "nfrtarget": "NFR target",
    "budgetline": "budget line",
    "builditem": "build item",
    "donecriterion": "criterion of done",
    "inboundhook": "hook",
    "wiplimit": "limit of a column",
    "codereference": "reference",
    "changeline": "line of a change",
    "changeoption": "option",
    "changetext": "new text of a requirement",
    "changerequest": "change request",
    "glossaryterm": "term",
    "openquestion": "question",
    "responserequest": "sign-off request",
    "successcriterion": "goal",
    "budgetsettings": "budget settings",
    "timeentry": "time entry",
    "ratecard": "rate",
    "reportschedule": "report schedule",
    "importrun": "import",
    "workcalendar": "calendar",
}


@register.filter
def plain_name(name: str) -> str:
    """Return a column's name in words: "percent_complete" is "percent complete"."""
    return str(name).replace("_", " ")
