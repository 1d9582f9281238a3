"""Making and revoking calendar feeds."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from implement.accounts.models import User, token_digest
from implement.core.errors import DomainError
from projects.feeds import projects_of
from projects.models import CalendarFeed, Project

MOST_FEEDS = 20
USE_NOTED_EVERY = timedelta(minutes=15)


@transaction.atomic
def feed_make(*, user: User, project: Project | None) -> tuple[CalendarFeed, str]:
    """Make a feed and return it with its secret, which cannot be read again.

    Raises DomainError for a project that is not the person's, or too many feeds.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if project is not None and project not in projects_of(user):
        message = "Choose one of your projects."
        raise DomainError(message, fields={"project": message})
    if CalendarFeed.objects.filter(user=user, revoked_at=None).count() >= MOST_FEEDS:
        raise DomainError(f"There are {MOST_FEEDS} feeds. Revoke one first.")
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        user=user, project=project, digest=token_digest(secret), hint=secret[:6]
    )
    return feed, secret


def feed_revoke(*, user: User, pk: int) -> bool:
    """Let one of the person's own feeds stop working; return whether there was one."""
    mine = CalendarFeed.objects.filter(user=user, pk=pk, revoked_at=None)
    return bool(mine.update(revoked_at=timezone.now()))


def feed_read(*, secret: str) -> CalendarFeed | None:
    """Return the live feed of a secret, and note that it was read; None for any other."""
    feed = (
        CalendarFeed.objects.select_related("user", "project")
        .filter(digest=token_digest(secret), revoked_at=None, user__is_active=True)
        .first()
    )
    if feed is None:
        return None
    now = timezone.now()
    if feed.last_used_at is None or feed.last_used_at < now - USE_NOTED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=now)
    return feed
