"""Journal entries as sentences."""

from __future__ import annotations

from django import template

from projects.kit.journal import EVENTS
from projects.models import JournalEntry

register = template.Library()

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
        event.verb
        if event
        else f"{PLAIN_VERBS.get(verb, verb.replace('_', ' '))} the {NOUNS.get(noun, noun)}"
    )
    return f"{said} “{entry.target_label}”"


NOUNS = {
    "architecturedecision": "architecture decision",
    "designelement": "design element",
    "designfeedback": "feedback",
    "nfrtarget": "NFR target",
    "budgetline": "budget line",
    "changeline": "line of a change",
    "changeoption": "option",
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
