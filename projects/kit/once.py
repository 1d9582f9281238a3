"""A form that is sent twice does its work once, and leads to the same place both times."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db import IntegrityError, transaction

from implement.accounts.models import User
from projects.models import IdempotencyKey

NONCE_LENGTH = 64


def new_nonce() -> str:
    """Return what a form carries so that its second sending is known."""
    return uuid.uuid4().hex


def once(*, user: User, form: str, nonce: str, act: Callable[[], str]) -> tuple[str, bool]:
    """Do `act`, which returns an address, in one transaction; return (address, whether it was done now).

    Sent again with the same nonce, also at the same moment, nothing is done and the first address returned.
    Without a nonce every sending counts. What `act` raises passes through, and nothing is kept.
    """
    key = f"{form}:{''.join(filter(str.isalnum, nonce))[:NONCE_LENGTH] or new_nonce()}"
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=user, key=key)
            address = act()
            IdempotencyKey.objects.filter(pk=row.pk).update(status=302, body={"url": address})
    except IntegrityError:
        # Either somebody was faster with this nonce, or the work itself broke a constraint.
        earlier = IdempotencyKey.objects.filter(user=user, key=key).first()
        if earlier is None or not earlier.body:
            raise
        return str(earlier.body["url"]), False
    return address, True
