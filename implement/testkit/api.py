"""The API in tests: a client with somebody's token, and what every error must look like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from implement.accounts.models import ApiToken, User

Api = Callable[..., APIClient]


@pytest.fixture
def api() -> Api:
    """Return a function that gives a client with a token of a user."""

    def client_of(user: User, *scopes: str, days: int = 30, **words: Any) -> APIClient:
        _, secret = ApiToken.issue(
            user=user,
            name="test",
            scopes=list(scopes or ("write",)),
            expires_at=timezone.now() + timedelta(days=days),
        )
        client = APIClient(**words)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return client_of


def assert_problem(response: Any, code: int, *fields: str) -> None:
    """Check status, content type and shape of an error, and which fields it names."""
    assert response.status_code == code, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == code
    assert body["title"]
    assert set(body.get("errors", {})) >= set(fields)
