"""What sign-offs show elsewhere: what waits for the customer, and the sign-offs of a milestone on its page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from implement.core.tabular import SheetOut
from projects.kit import extras, panels, places
from projects.kit.access import Entry
from projects.kit.extras import Extra
from projects.kit.purposes import PURPOSES
from projects.models import Project, Task
from projects.signoffs.models import ResponseRequest
from projects.signoffs.purposes import MILESTONE
from projects.signoffs.selectors import signoffs_of, waited_at_end_of

MOST = 20


def waiting(project: Project, as_of: date) -> dict[str, Any] | None:
    """Return what waited for the customer at the end of a day, the earliest due first; None when nothing did."""
    found = [
        {
            "title": row.title,
            "what": _(str(PURPOSES[row.purpose].label)),
            "person": row.person.name,
            "due_on": row.due_on.isoformat(),
            "tone": "trouble" if row.due_on < as_of else "moving",
            "words": _("overdue") if row.due_on < as_of else _("open"),
        }
        for row in waited_at_end_of(project=project, day=as_of)
    ]
    return {"rows": found} if found else None


def present_waiting(data: dict[str, Any]) -> dict[str, Any]:
    """Return the first rows with their days as days again; the others are counted."""
    rows = [row | {"due_on": date.fromisoformat(row["due_on"])} for row in data["rows"][:MOST]]
    shown = data | {"rows": rows, "more": len(data["rows"]) - len(rows)}
    return shown | {"data": shown}


def waiting_things(data: dict[str, Any]) -> panels.Figures:
    """Return each open question: one that is new, or has gone, is told."""
    return [(row["title"], row["words"]) for row in data["rows"]]


def waiting_sheets(data: dict[str, Any]) -> list[SheetOut]:
    """Return the open questions as a table."""
    rows = [
        (row["title"], row["what"], row["person"], date.fromisoformat(row["due_on"]), row["words"])
        for row in data["rows"]
    ]
    headers = (_("Decision"), _("About"), _("Waits for"), _("Answer by"), _("State"))
    return [SheetOut(name=_("Decisions"), headers=headers, rows=rows)]


panels.register(
    panels.Panel(
        key="signoffs_waiting",
        title=lazy("Decisions that we wait for"),
        template="panels/signoffs_waiting.html",
        audiences=frozenset({panels.TEAM, panels.CUSTOMER}),
        places=frozenset({"home", "budget", "status"}),
        order=25,
        permission="signoffs.view",
        data=waiting,
        present=present_waiting,
        things=waiting_things,
        sheets=waiting_sheets,
        is_wide=True,
    ),
)
places.register(
    places.Place("signoffs", "Sign-offs", "signature", "responserequest_list", "signoffs.view", 92),
)


@extras.on(Task)
def acceptance(task: Task, entry: Entry) -> Extra | None:
    """Show a milestone's requests and decisions, and the way to ask for its acceptance."""
    if not task.is_milestone or not entry.can("signoffs.view"):
        return None
    code = entry.project.code
    requests = list(ResponseRequest.objects.about(task).select_related("person")[:10])
    actions: tuple[tuple[str, str], ...] = ()
    may_ask = entry.can("signoffs.change") and MILESTONE.guard(task, entry) is None
    if may_ask and not any(row.state == "open" for row in requests):
        actions = (("Ask for acceptance", reverse("milestone_acceptance", args=[code, task.pk])),)
    context = {"requests": requests, "signoffs": signoffs_of(task), "code": code}
    return Extra(actions=actions, template="signoffs/extra.html" if requests else "", context=context)
