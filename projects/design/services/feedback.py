"""What the customer said about the design, and our answer."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from implement.core.errors import DomainError, StateError
from projects.design.choices import FeedbackSource, FeedbackState
from projects.design.models import DesignFeedback
from projects.design.workflows import approve_when_ready
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_save

ANSWER_LENGTH = 4000


def why_fixed(feedback: DesignFeedback) -> str | None:
    """Return why what was said cannot be edited or thrown away, or None."""
    if feedback.source == FeedbackSource.SIGNOFF:
        return "These are the customer's own words: they stay as they were given."
    if feedback.state != FeedbackState.OPEN:
        return "It is answered: open it again first."
    return None


@transaction.atomic
def feedback_save(
    *, feedback: DesignFeedback, entry: Entry, expected_version: int | None = None
) -> DesignFeedback:
    """Note what somebody of the customer said about an element as it stands, or correct what was noted.

    Raises DomainError by field, NotAllowed, StateError or StaleVersion.
    """
    entry.require("design.change")
    person, element = feedback.person, feedback.element
    message = ""
    if element.project_id != entry.project.pk or element.deleted_at:
        message = "Choose a design element of this project."
        raise DomainError(message, fields={"element": message})
    if person is not None and person.customer_id != entry.project.customer_id:
        message = "Choose somebody of the customer; what our own people find is a comment."
        raise DomainError(message, fields={"person": message})
    if feedback._state.adding:
        feedback.revision, feedback.at = element.revision, timezone.now()
        feedback.source = FeedbackSource.NOTED
    else:
        stored = DesignFeedback.objects.select_for_update(of=("self",)).get(pk=feedback.pk)
        fixed = why_fixed(stored)
        if fixed:
            raise StateError(fixed)
        if stored.element_id != feedback.element_id:
            feedback.revision = element.revision
    row_save(row=feedback, actor=entry.user, expected_version=expected_version)
    return feedback


@transaction.atomic
def feedback_answer(*, feedback: DesignFeedback, entry: Entry, answer: str, close: bool = False) -> None:
    """Answer in words, and close it when nothing more has to be done. Raises DomainError, NotAllowed, StateError."""
    entry.require("design.change")
    answer = answer.replace("\x00", "").strip()
    if not answer:
        raise DomainError("Write the answer down first.", fields={"answer": "Write the answer down."})
    if len(answer) > ANSWER_LENGTH:
        message = f"At most {ANSWER_LENGTH:,} characters; these are {len(answer):,}."
        raise DomainError(message, fields={"answer": message})
    state = FeedbackState.CLOSED if close else FeedbackState.ANSWERED
    _move(
        feedback, entry, state, (FeedbackState.OPEN, FeedbackState.ANSWERED),
        action="designfeedback.closed" if close else "designfeedback.answered",
        answer=answer, answered_by=entry.user, answered_at=timezone.now(),
    )  # fmt: skip


@transaction.atomic
def feedback_close(*, feedback: DesignFeedback, entry: Entry) -> None:
    """Close what is answered: nothing more has to be done. Raises NotAllowed, StateError."""
    entry.require("design.change")
    _move(feedback, entry, FeedbackState.CLOSED, (FeedbackState.ANSWERED,), action="designfeedback.closed")


@transaction.atomic
def feedback_reopen(*, feedback: DesignFeedback, entry: Entry) -> None:
    """Open it again: something is left to do. Raises NotAllowed, StateError."""
    entry.require("design.change")
    done = (FeedbackState.ANSWERED, FeedbackState.CLOSED)
    _move(feedback, entry, FeedbackState.OPEN, done, action="designfeedback.reopened")


def _move(
    feedback: DesignFeedback,
    entry: Entry,
    state: str,
    sources: tuple[str, ...],
    *,
    action: str,
    **values: object,
) -> None:
    """Take one step, exactly once, journal it, and approve the element where nothing else was in the way."""
    taken = DesignFeedback.objects.filter(pk=feedback.pk, state__in=sources).update(
        state=state, updated_at=timezone.now(), version=F("version") + 1, **values
    )
    if not taken:
        raise StateError("This feedback is not, or no longer, in a state in which that is possible.")
    before = feedback.state
    feedback.refresh_from_db()
    record(
        action=action, target=feedback, actor=entry.user, project=feedback.element.project,
        changes={"state": (before, feedback.state)},
    )  # fmt: skip
    if state == FeedbackState.CLOSED:
        approve_when_ready(element=feedback.element, actor=entry.user)


@transaction.atomic
def feedback_delete(*, feedback: DesignFeedback, entry: Entry, expected_version: int | None = None) -> None:
    """Throw away what was noted by mistake. The customer's own words stay (StateError)."""
    entry.require("design.change")
    fixed = why_fixed(feedback)
    if fixed:
        raise StateError(fixed)
    row_delete(row=feedback, actor=entry.user, expected_version=expected_version)
    feedback.element.refresh_from_db()
    approve_when_ready(element=feedback.element, actor=entry.user)
