"""Asking, reminding, withdrawing, answering once, revoking; and the code that proves who opened the link.

An answer is one transaction: one conditional UPDATE closes the request, the decisions are appended with version
and hash, the room of the row does what follows, the journal tells it. A second answer finds the request closed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from implement.core.sealing import canonical, digest
from projects.choices import Role
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.purposes import PURPOSES, Answered, Purpose, Shown, Verdict
from projects.kit.workflow import item_state
from projects.models import Membership, Person, Project
from projects.planning import end_of_day, today_of
from projects.signoffs.choices import MailKind, RequestState
from projects.signoffs.mails import send_code
from projects.signoffs.models import Decision, RequestItem, RequestMail, ResponseRequest
from projects.signoffs.selectors import RequestClosed, is_outdated, papers_of

# How long a link still works after the day until which an answer is asked for.
GRACE = timedelta(days=7)
LATEST = timedelta(days=180)
REMIND_AFTER = timedelta(hours=24)
REMIND_BEFORE = timedelta(days=2)
MOST_ITEMS = 500
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODES_AN_HOUR = 5
COMMENT_LENGTH = 4000
CODE, LOGIN = "code", "login"
REVOKED = "revoked"


# --- Asking ----------------------------------------------------------------------------------------------
def check_contact(*, project: Project, person: Person | None) -> Person:
    """Return the person when they decide for the customer on this project and can be written to.

    Raises DomainError naming the field.
    """
    ok = (
        person is not None
        and Membership.objects.filter(
            project=project, person=person, role=Role.CUSTOMER, is_active=True, is_approver=True
        ).exists()
    )
    if person is None or not ok:
        message = "Choose somebody who decides for the customer on this project."
        raise DomainError(message, fields={"person": message})
    try:
        validate_email(person.email)
    except Exception as error:
        message = f"{person} has no e-mail address to which the request could go."
        raise DomainError(message, fields={"person": message}) from error
    return person


@transaction.atomic
def request_send(
    *,
    purpose: Purpose,
    rows: Sequence[Any],
    person: Person | None,
    entry: Entry,
    due_on: date,
    message: str = "",
) -> ResponseRequest:
    """Ask a named contact about rows as they are now, and queue the mail with the link.

    Raises DomainError by field, NotAllowed, or StateError when a row cannot be asked about or is asked about already.
    """
    entry.require("signoffs.change")
    person = check_contact(project=entry.project, person=person)
    today = today_of(entry.project)
    if not today <= due_on <= today + LATEST:
        words = f"An answer can be asked for from today to {today + LATEST:%d %b %Y}."
        raise DomainError(words, fields={"due_on": words})
    if not 0 < len(rows) <= MOST_ITEMS:
        raise DomainError(f"Ask about at least one and at most {MOST_ITEMS} things.")
    # One at a time on a project, or two people would ask about the same at once.
    Project.objects.select_for_update().get(pk=entry.project.pk)
    for row in rows:
        if getattr(row, "deleted_at", None) is not None:
            raise StateError(f"“{row}” is in the trash.")
        if ResponseRequest.objects.open().about(row).exists():
            raise StateError(f"“{row}” waits for an answer already. Withdraw that request first.")
        refusal = purpose.guard(row, entry)
        if refusal:
            raise StateError(refusal)
    label = label_of(purpose.shown(rows[0]))
    request = ResponseRequest.objects.create(
        project=entry.project,
        purpose=purpose.key,
        title=(label if len(rows) == 1 else f"{label[:230]} and {len(rows) - 1} more"),
        person=person,
        address=person.email,
        message=message.strip()[:2000],
        due_on=due_on,
        expires_at=end_of_day(entry.project, due_on) + GRACE,
        requested_by=entry.user,
    )
    for row in rows:
        purpose.asked(row, entry)
        # What was asked may have counted the row's version up.
        row.refresh_from_db()
    papers = papers_of(purpose=purpose, rows=rows, project=entry.project)
    for position, (row, content) in enumerate(zip(rows, papers, strict=True), start=1):
        RequestItem.objects.create(
            request=request,
            position=position,
            content_type=ContentType.objects.get_for_model(row),
            object_id=row.pk,
            label=label_of(content),
            subject_version=row.version,
            content=content,
            sha256=digest(canonical(content)),
        )
    _queue(request, MailKind.ASK)
    record(
        action="responserequest.sent",
        target=request,
        actor=entry.user,
        project=entry.project,
        changes={"to": (None, person.name), "answer_by": (None, due_on)},
    )
    return request


def label_of(content: Shown) -> str:
    """Return what a row is called where the customer reads, such as "CR-001 Second warehouse"."""
    return f"{content['key']} {content['title']}".strip()[:255]


def _queue(request: ResponseRequest, kind: MailKind) -> None:
    RequestMail.objects.create(request=request, kind=kind, address=request.address, due_at=timezone.now())


def _close(request: ResponseRequest, state: RequestState, **more: Any) -> bool:
    """Close an open request; return whether it was this call that did."""
    now = timezone.now()
    changed = ResponseRequest.objects.filter(pk=request.pk, state=RequestState.OPEN, **more).update(
        state=state, closed_at=now, updated_at=now, version=F("version") + 1, code_digest=""
    )
    request.refresh_from_db()
    return changed == 1


def _drop(request: ResponseRequest, why: str) -> None:
    """Tell the rooms of the rows that nobody will answer this request."""
    purpose = PURPOSES[request.purpose]
    for item in request.items.all():
        if item.target is not None:
            purpose.dropped(item.target, why)


@transaction.atomic
def request_remind(*, request: ResponseRequest, entry: Entry, now: datetime | None = None) -> None:
    """Mail the contact once more: at most once a day.

    Raises StateError when it is closed or was mailed within a day.
    """
    entry.require("signoffs.change")
    now = now or timezone.now()
    _check_open(request, now)
    last = request.reminded_at or request.created_at
    if now - last < REMIND_AFTER:
        raise StateError(f"{request.person} was written to within the last 24 hours.")
    if not _remind(request, now, Q(reminded_at=request.reminded_at)):
        raise StateError("Somebody else has just sent a reminder.")
    record(
        action="responserequest.reminded", target=request, actor=entry.user, project=request.project,
        changes={"to": (None, request.person.name)},
    )  # fmt: skip


def _remind(request: ResponseRequest, now: datetime, seen: Q) -> bool:
    taken = ResponseRequest.objects.filter(seen, pk=request.pk, state=RequestState.OPEN).update(
        reminded_at=now, reminders=F("reminders") + 1
    )
    if taken:
        _queue(request, MailKind.REMINDER)
        request.refresh_from_db()
    return bool(taken)


@transaction.atomic
def request_withdraw(
    *, request: ResponseRequest, actor: User | None, reason: str, entry: Entry | None = None
) -> None:
    """Take a question back; the link stops working at once and the contact is told.

    Raises DomainError without a reason, StateError when it is closed.
    """
    if entry is not None:
        entry.require("signoffs.change")
    reason = reason.strip()[:255]
    if not reason:
        raise DomainError("Withdrawing needs a reason.", fields={"reason": "Say why."})
    if not _close(request, RequestState.WITHDRAWN):
        raise StateError(f"“{request}” is {item_state(request, 'state')}.")
    _queue(request, MailKind.WITHDRAWN)
    _drop(request, "withdrawn")
    record(
        action="responserequest.withdrawn", target=request, actor=actor, project=request.project,
        changes={"reason": (None, reason)},
    )  # fmt: skip


def requests_of_row_withdraw(*, row: models.Model, actor: User | None, reason: str) -> int:
    """Withdraw what is still asked about a row; return how many. For the rooms: when the row itself moves on."""
    found = list(ResponseRequest.objects.open().about(row))
    for request in found:
        request_withdraw(request=request, actor=actor, reason=reason)
    return len(found)


# --- The clock -------------------------------------------------------------------------------------------
def requests_expire(*, now: datetime | None = None) -> int:
    """Close what nobody answered in time, and tell who asked; return how many."""
    now = now or timezone.now()
    count = 0
    for request in ResponseRequest.objects.late(now).select_related("project", "requested_by")[:500]:
        with transaction.atomic():
            if not _close(request, RequestState.EXPIRED, expires_at__lte=now):
                continue
            count += 1
            _drop(request, "expired")
            record(
                action="responserequest.expired", target=request, actor=None, project=request.project,
                notify=[request.requested_by],
            )  # fmt: skip
    return count


def reminders_due(*, now: datetime | None = None) -> int:
    """Remind once by itself, two days before the answer is due; return how many were reminded."""
    now = now or timezone.now()
    count = 0
    soon = ResponseRequest.objects.open().filter(
        reminders=0, due_on__lte=(now + REMIND_BEFORE).date(), created_at__lt=now - REMIND_AFTER,
        expires_at__gt=now,
    )  # fmt: skip
    for request in soon.select_related("project", "person")[:500]:
        with transaction.atomic():
            if _remind(request, now, Q(reminders=0)):
                count += 1
                record(
                    action="responserequest.reminded", target=request, actor=None, project=request.project,
                    changes={"to": (None, request.person.name)},
                )  # fmt: skip
    return count


def _check_open(request: ResponseRequest, now: datetime) -> None:
    if request.state != RequestState.OPEN or request.expires_at <= now:
        raise StateError(f"“{request}” no longer waits for an answer.")


# --- Who is there ----------------------------------------------------------------------------------------
def _digest_of(request: ResponseRequest, code: str) -> str:
    return salted_hmac(f"implement.signoffs.code.{request.uid}", code, algorithm="sha256").hexdigest()


def code_send(*, request: ResponseRequest) -> None:
    """Mail the contact a code of six digits that works for ten minutes; an earlier one stops working.

    Raises RequestClosed, DomainError (status 429) after five codes within an hour, or when the mail is not taken.
    """
    now = timezone.now()
    if request.state != RequestState.OPEN or request.expires_at <= now:
        raise RequestClosed("This request is closed.")
    fresh = Q(codes_since=None) | Q(codes_since__lt=now - timedelta(hours=1))
    mine = ResponseRequest.objects.filter(pk=request.pk, state=RequestState.OPEN)
    code = f"{secrets.randbelow(10**6):06d}"
    new = {"code_digest": _digest_of(request, code), "code_until": now + CODE_LIFE, "code_tries": 0}
    taken = mine.filter(fresh).update(**new, codes_sent=1, codes_since=now) or mine.filter(
        codes_sent__lt=CODES_AN_HOUR
    ).update(**new, codes_sent=F("codes_sent") + 1)
    if not taken:
        raise TooMany(f"{CODES_AN_HOUR} codes were sent within an hour. Try again later.")
    try:
        send_code(request, code)
    except Exception as error:
        mine.update(code_digest="")
        raise DomainError("The mail server did not take the code. Try again in a moment.") from error


class TooMany(DomainError):
    """Somebody tries too often."""

    status = 429


def code_check(*, request: ResponseRequest, code: str) -> None:
    """Use a code up. Raises DomainError for a wrong or old one; five wrong ones end it."""
    mine = ResponseRequest.objects.filter(pk=request.pk, state=RequestState.OPEN).exclude(code_digest="")
    # Counted before it is looked at: guesses made at the same moment count, too.
    counted = mine.filter(code_tries__lt=CODE_TRIES, code_until__gt=timezone.now()).update(
        code_tries=F("code_tries") + 1
    )
    if not counted:
        message = "This code no longer works. Have a new one sent."
        raise DomainError(message, fields={"code": message})
    request.refresh_from_db()
    typed = "".join(filter(str.isdigit, code))
    right = constant_time_compare(_digest_of(request, typed), request.code_digest)
    if not right or not mine.filter(code_digest=request.code_digest).update(code_digest=""):
        message = "This is not the code that was sent."
        raise DomainError(message, fields={"code": message})


def note_opened(*, request: ResponseRequest) -> None:
    """Note when the contact first saw the question."""
    ResponseRequest.objects.filter(pk=request.pk, opened_at=None).update(opened_at=timezone.now())


# --- Answering -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answer:
    """What was answered about one item."""

    verdict: str
    comment: str = ""
    option: str = ""


def request_answer(
    *,
    request: ResponseRequest,
    answers: Mapping[int, Answer],
    user: User | None,
    proof: str,
    now: datetime | None = None,
) -> list[Decision]:
    """Record the contact's answer to every item, once; return the decisions.

    `answers` is item id -> Answer; `proof`: "login" or "code"; `now`: when it was given. Raises DomainError by field
    ("verdict-12"), RequestClosed when it was answered, withdrawn, has expired, or what it is about was changed since.
    """
    now = now or timezone.now()
    purpose = PURPOSES[request.purpose]
    items = list(request.items.all())
    if request.state == RequestState.OPEN and any(is_outdated(item) for item in items):
        request_supersede(request=request)
        raise RequestClosed("This was changed after it was sent to you. You will be asked anew.")
    checked = {item: _checked(purpose, item, answers.get(item.pk)) for item in items}
    with transaction.atomic():
        if not _close(request, RequestState.ANSWERED, expires_at__gt=now):
            raise RequestClosed("This request was answered, withdrawn or has expired in the meantime.")
        found = [
            _decide(request, item, verdict, answer, user, proof, now)
            for item, (verdict, answer) in checked.items()
        ]
        for item, (verdict, answer) in checked.items():
            given = Answered(verdict.value, answer.option, answer.comment, request.person, now)
            purpose.answered(item.target, given)
        _queue(request, MailKind.RECEIPT)
        record(
            action="responserequest.answered",
            target=request,
            actor=user,
            project=request.project,
            changes={
                "by": (None, request.person.name),
                **(
                    {"verdict": (None, found[0].verdict_label)}
                    if len(found) == 1
                    else {"answers": (None, len(found))}
                ),
            },
            notify=[request.requested_by],
            by_email=True,
        )
    return found


def _checked(purpose: Purpose, item: RequestItem, answer: Answer | None) -> tuple[Verdict, Answer]:
    """Return verdict and cleaned answer. Raises DomainError by field."""
    verdict = purpose.verdict(answer.verdict) if answer else None
    if answer is None or verdict is None:
        raise DomainError("Choose an answer.", fields={f"verdict-{item.pk}": "Choose an answer."})
    comment = answer.comment.replace("\x00", "").strip()
    if len(comment) > COMMENT_LENGTH:
        message = f"At most {COMMENT_LENGTH:,} characters; these are {len(comment):,}."
        raise DomainError(message, fields={f"comment-{item.pk}": message})
    if verdict.needs_comment and not comment:
        message = f"“{verdict.label}” needs a reason."
        raise DomainError(message, fields={f"comment-{item.pk}": message})
    options = {one["value"]: one["label"] for one in item.content.get("options", [])}
    option = answer.option if verdict.takes_option else ""
    if verdict.takes_option and options and option not in options:
        raise DomainError(
            "Choose one of the options.", fields={f"option-{item.pk}": "Choose one of the options."}
        )
    return verdict, Answer(verdict.value, comment, option if options else "")


def _decide(
    request: ResponseRequest, item: RequestItem, verdict: Verdict, answer: Answer,
    user: User | None, proof: str, now: datetime,
) -> Decision:  # fmt: skip
    person = request.person
    member = Membership.objects.filter(project=request.project, person=person).first()
    options = {one["value"]: one["label"] for one in item.content.get("options", [])}
    return Decision.objects.create(
        project=request.project,
        item=item,
        content_type_id=item.content_type_id,
        object_id=item.object_id,
        purpose=request.purpose,
        verdict=verdict.value,
        verdict_label=str(verdict.label),
        tone=verdict.tone,
        option=answer.option,
        option_label=options.get(answer.option, "")[:255],
        comment=answer.comment,
        person=person,
        name=person.name,
        role=(member.title if member else "") or person.job_role,
        organisation=person.customer.name if person.customer else "",
        address=request.address,
        proof=proof,
        subject_version=item.subject_version,
        sha256=item.sha256,
        at=now,
        recorded_by=user,
    )


@transaction.atomic
def request_supersede(*, request: ResponseRequest) -> None:
    """Close a request about what was changed since."""
    if _close(request, RequestState.SUPERSEDED):
        _drop(request, "outdated")
        record(
            action="responserequest.outdated", target=request, actor=None, project=request.project,
            notify=[request.requested_by],
        )  # fmt: skip


def _check_latest(decision: Decision, target: models.Model) -> None:
    """Raise StateError for a decision that a newer one has replaced: the row stands by the newer one."""
    latest = Decision.objects.about(target).in_force().filter(purpose=decision.purpose).first()
    if latest is not None and latest.pk != decision.pk:
        raise StateError(
            f"“{decision.item.label}” was decided anew since ({latest.verdict_label}): only that decision can be "
            "revoked."
        )


@transaction.atomic
def decision_revoke(*, decision: Decision, entry: Entry, reason: str) -> Decision:
    """Record that a decision no longer holds. The decision itself stays for ever.

    Raises DomainError without a reason, StateError when it was revoked already, when something newer was decided
    about the same, or when too much follows from it.
    """
    entry.require("signoffs.change")
    reason = reason.replace("\x00", "").strip()
    if not reason:
        raise DomainError("Revoking needs a reason.", fields={"reason": "Say why."})
    Project.objects.select_for_update().get(pk=decision.project_id)
    if decision.revokes_id is not None or Decision.objects.filter(revokes=decision).exists():
        raise StateError("This decision was revoked already.")
    target = decision.item.target
    if target is not None:
        # As it is now that nobody else moves it.
        target.refresh_from_db()
        _check_latest(decision, target)
        purpose = PURPOSES[decision.purpose]
        why_not = purpose.held(target)
        if why_not:
            raise StateError(why_not)
        purpose.revoked(target, reason)
    revoked = Decision.objects.create(
        **{
            name: getattr(decision, name)
            for name in (
                "project",
                "item",
                "content_type",
                "object_id",
                "purpose",
                "subject_version",
                "sha256",
            )
        },
        verdict=REVOKED,
        verdict_label="Revoked",
        tone="watch",
        comment=reason[:COMMENT_LENGTH],
        person=entry.person,
        name=str(entry.user),
        role=entry.person.job_role if entry.person else "",
        organisation="",
        proof=LOGIN,
        at=timezone.now(),
        recorded_by=entry.user,
        revokes=decision,
    )
    record(
        action="decision.revoked", target=decision.item.request, actor=entry.user, project=decision.project,
        changes={"reason": (None, reason[:255])},
    )  # fmt: skip
    return revoked
