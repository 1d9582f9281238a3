"""What the plan asks the customer: to accept a milestone."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from implement.core.errors import StateError
from implement.core.money import day_text, format_money
from projects.choices import Audience
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.purposes import Answered, Purpose, Shown, Verdict, register
from projects.models import Task
from projects.planning import zone_of

ACCEPT, REJECT = "accepted", "rejected"


def milestone_shown(task: Task) -> Shown:
    """Return a milestone in the customer's words: when it was reached, by which criteria, what falls due."""
    reached = task.actual_finish.astimezone(zone_of(task.project)).date() if task.actual_finish else None
    facts = [["Reached", day_text(reached)]]
    if task.payment_amount is not None:
        facts.append(["Payment that falls due", format_money(task.payment_amount, task.project.currency)])
    return {
        "key": "",
        "title": task.title_for_customer,
        "lead": "",
        "facts": facts,
        "sections": [
            {"title": "Acceptance criteria", "text": task.acceptance_criteria or "None were agreed."}
        ],
        "tables": [],
        "options": [],
    }


def milestone_guard(task: Task, entry: Entry) -> str | None:
    """Refuse what is no milestone, not reached, not shown to the customer, or accepted already."""
    if not task.is_milestone:
        return "Only a milestone is accepted by the customer."
    if task.accepted_at is not None:
        return f"“{task}” is accepted already."
    if task.percent_complete < 100 or task.actual_finish is None:
        return f"“{task}” is not reached yet: report it 100 % done with its date first."
    if not task.is_published:
        return f"“{task}” is not shown to the customer: publish it first."
    return None


def milestone_answered(task: Task, given: Answered) -> None:
    """Note the acceptance on the milestone; a rejection leaves it reached, not accepted."""
    if given.verdict == ACCEPT:
        _note(task, given.at)
    record(
        action=f"milestone.{given.verdict}", target=task, actor=given.person.user, project=task.project,
        audience=Audience.CUSTOMER, label=task.title_for_customer,
    )  # fmt: skip


def milestone_revoked(task: Task, reason: str) -> None:
    """Take the acceptance back. Raises StateError when there is none."""
    if task.accepted_at is None:
        raise StateError(f"“{task}” is not accepted.")
    _note(task, None)


def _note(task: Task, at: Any) -> None:
    Task.objects.filter(pk=task.pk).update(
        accepted_at=at, updated_at=timezone.now(), version=F("version") + 1
    )


MILESTONE = Purpose(
    key="milestone.accept",
    label=gettext_noop("Acceptance of a milestone"),
    question="Is this milestone reached as agreed?",
    model=Task,
    verdicts=(
        Verdict(ACCEPT, "Accept", "good"),
        Verdict(REJECT, "Not accepted yet", "trouble", needs_comment=True),
    ),
    place="milestone_detail",
    shown=milestone_shown,
    guard=milestone_guard,
    answered=milestone_answered,
    revoked=milestone_revoked,
)
register(MILESTONE)
