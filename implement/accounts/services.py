"""The verbs of accounts: invitations, API tokens, a person's own details."""

from __future__ import annotations

import secrets
from datetime import timedelta

import structlog
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from implement.accounts.models import ApiToken, Invitation, User, token_digest
from implement.core.errors import DomainError, StateError
from implement.core.zones import validate_time_zone

log = structlog.get_logger(__name__)
INVITATION_LIFE = timedelta(days=7)
TOKENS_AT_MOST = 20
_signer = Signer(salt="implement.accounts.invitation")


class InvitationClosed(StateError):
    """An invitation's link no longer opens anything; the message says why and what to do."""

    status = 410


def invitation_send(*, user: User, invited_by: User | None) -> Invitation:
    """Mail a person the link with which they choose their password; earlier links stop working.

    The link is signed, works once and for seven days. Raises DomainError when the person signs in already, is
    no longer active, or the mail server refuses (the invitation is withdrawn then).
    """
    if not user.is_active:
        raise DomainError(f"{user} is no longer active.")
    if user.has_usable_password():
        raise DomainError(f"{user} signs in already. A forgotten password is reset on the login page.")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation_withdraw(user=user)
        invitation = Invitation.objects.create(
            user=user,
            invited_by=invited_by,
            digest=token_digest(secret),
            expires_at=timezone.now() + INVITATION_LIFE,
        )
    address = settings.PUBLIC_URL.rstrip("/") + reverse("invitation", args=[_signer.sign(secret)])
    context = {"user": user, "invited_by": invited_by, "address": address, "invitation": invitation}
    try:
        EmailMessage(
            subject="Your invitation to Implement",
            body=render_to_string("emails/invitation.txt", context),
            to=[user.email],
        ).send()
    except Exception as error:
        Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=timezone.now())
        log.warning("invitation.not_sent", user=user.pk, error=type(error).__name__)
        raise DomainError(
            f"The mail server did not take the invitation for {user.email}. Try again."
        ) from error
    return invitation


def invitation_withdraw(*, user: User) -> int:
    """Let every open invitation of a person stop working; return how many there were."""
    return Invitation.objects.filter(user=user, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )


def invitation_of(*, link: str) -> Invitation:
    """Return the open invitation behind a link.

    Raises InvitationClosed: forged or cut off, used, withdrawn, or older than seven days.
    """
    try:
        secret = _signer.unsign(link)
    except BadSignature as error:
        raise InvitationClosed(
            "This link is not complete or was changed on its way. Copy the whole link from the e-mail."
        ) from error
    invitation = (
        Invitation.objects.select_related("user", "invited_by").filter(digest=token_digest(secret)).first()
    )
    if invitation is None:
        raise InvitationClosed("This invitation is no longer known. Ask for a new one.")
    if invitation.accepted_at is not None:
        raise InvitationClosed("This invitation has been used: a password is set. Sign in with it.")
    if invitation.withdrawn_at is not None or not invitation.user.is_active:
        raise InvitationClosed(
            "This invitation was withdrawn or replaced by a newer one. Look for a newer e-mail."
        )
    if not invitation.is_open:
        raise InvitationClosed("This invitation has expired; links work for seven days. Ask for a new one.")
    return invitation


@transaction.atomic
def invitation_accept(*, link: str, password: str) -> User:
    """Set the invited person's password and use the link up, in one step; two clicks win once.

    Raises InvitationClosed, or DomainError (by field) for a weak password.
    """
    invitation = invitation_of(link=link)
    user = invitation.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), fields={"password": " ".join(error.messages)}) from error
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(
        accepted_at=timezone.now()
    )
    if not taken:
        raise InvitationClosed("This invitation has just been used. Sign in with the password.")
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def token_issue(*, user: User, name: str, scopes: list[str], days: int) -> tuple[ApiToken, str]:
    """Make an API token that ends after `days`; return it with its secret, which cannot be read again.

    Raises DomainError: no name, no or unknown scopes, an end beyond a year, or too many live tokens.
    """
    name = name.strip()[:80]
    if not name:
        raise DomainError("A token needs a name.", fields={"name": "Say what it is for."})
    if not scopes:
        raise DomainError("A token needs a scope.", fields={"scopes": "Choose what the token may do."})
    if not 1 <= days <= 366:
        raise DomainError("A token lives between a day and a year.", fields={"days": "Choose 1 to 366 days."})
    now = timezone.now()
    if ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now).count() >= TOKENS_AT_MOST:
        raise DomainError(f"There are {TOKENS_AT_MOST} live tokens. Revoke one first.")
    try:
        return ApiToken.issue(user=user, name=name, scopes=scopes, expires_at=now + timedelta(days=days))
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), fields={"scopes": " ".join(error.messages)}) from error


def token_revoke(*, user: User, pk: int) -> bool:
    """Let one of the person's own tokens stop working; return whether there was one."""
    return bool(ApiToken.objects.filter(user=user, pk=pk, revoked_at=None).update(revoked_at=timezone.now()))


def account_change(*, user: User, full_name: str, time_zone: str) -> User:
    """Change a person's own name and time zone.

    Raises DomainError, by field.
    """
    full_name = full_name.strip()
    if not full_name:
        raise DomainError("A name is needed.", fields={"full_name": "Say how others call you."})
    try:
        validate_time_zone(time_zone)
    except ValidationError as error:
        raise DomainError(error.messages[0], fields={"time_zone": error.messages[0]}) from error
    user.full_name, user.time_zone = full_name[:120], time_zone
    user.save(update_fields=["full_name", "time_zone"])
    return user
