"""Hooks: addresses at which other tools say, signed, what happens there.

A hook's secret follows from the server's own key and the hook's `uid`: it is shown once and kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from implement.core.errors import DomainError
from projects.builds.models import CodeReference, InboundHook
from projects.builds.selectors.inbound import payload_of, told_in
from projects.builds.services.references import references_link
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_save
from projects.models import Project

SALT = "implement.builds.hook"
MOST_HOOKS = 50
# Signed in the place of a hook that is not there, so that its answer takes as long.
NOBODY = uuid.UUID(int=0)


def secret_of(uid: uuid.UUID) -> str:
    """Return the secret with which what is sent to a hook is signed."""
    return next(_secrets(uid))


def _secrets(uid: uuid.UUID) -> Iterator[str]:
    """Yield the secret under the server's key, then under those that it had before."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac(SALT, uid.hex, secret=key, algorithm="sha256").hexdigest()


def signature_of(secret: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of a body, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@transaction.atomic
def hook_make(*, entry: Entry, name: str) -> tuple[InboundHook, str]:
    """Make a hook and return it with its secret, which is not shown again.

    Raises DomainError without a name, or for too many hooks.
    """
    entry.require("builds.hooks")
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=entry.project.pk)
    if InboundHook.objects.filter(project=entry.project, revoked_at=None).count() >= MOST_HOOKS:
        raise DomainError(f"There are {MOST_HOOKS} hooks. Revoke one first.")
    hook = InboundHook(project=entry.project, name=name.strip(), created_by=entry.user)
    row_save(row=hook, actor=entry.user)
    return hook, secret_of(hook.uid)


@transaction.atomic
def hook_revoke(*, hook: InboundHook, entry: Entry) -> bool:
    """Let a hook stop working at once; return whether it did until now."""
    entry.require("builds.hooks")
    now = timezone.now()
    if not InboundHook.objects.filter(pk=hook.pk, revoked_at=None).update(revoked_at=now):
        return False
    record(action="inboundhook.revoked", target=hook, actor=entry.user, project=entry.project)
    return True


def hook_of(*, uid: str, body: bytes, signature: str) -> InboundHook | None:
    """Return the live hook of an address whose secret signed a body; None for any other, in the same time."""
    try:
        wanted = uuid.UUID(uid)
    except ValueError:
        wanted = NOBODY
    hook = (
        InboundHook.objects.select_related("project")
        .filter(uid=wanted, revoked_at=None, project__deleted_at=None)
        .first()
    )
    given = signature.strip().lower()
    is_right = False
    for secret in _secrets(hook.uid if hook else NOBODY):
        is_right |= constant_time_compare(signature_of(secret, body), given)
    return hook if is_right else None


@dataclass(frozen=True)
class Received:
    """What a hook was told: how many commits, tickets and requests, and what of it is newly linked."""

    told: int
    new: list[CodeReference]


@transaction.atomic
def hook_receive(*, hook: InboundHook, body: bytes) -> Received:
    """Link what a signed body says to the items of the hook's project. Telling it again links nothing twice.

    Raises DomainError for what is no JSON object; that is noted on the hook, too.
    """
    told = told_in(payload_of(body))
    new = references_link(project=hook.project, told=told, hook=hook)
    count = len(told)
    note_result(hook, f"{count} told, {len(new)} newly linked" if count else "Nothing in it to link")
    return Received(count, new)


def note_result(hook: InboundHook, words: str) -> None:
    """Note on a hook when it was used last, and what came of it."""
    InboundHook.objects.filter(pk=hook.pk).update(last_used_at=timezone.now(), last_result=words[:255])
