"""Fixtures for every room's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from implement.accounts.models import User
from implement.testkit.api import api
from implement.testkit.browser import chromium, demo, sign_in
from implement.testkit.cast import Cast, build_cast

__all__ = ["api", "cast", "chromium", "demo", "login", "sign_in"]


@pytest.fixture
def cast(db: None) -> Cast:
    """The named cast, see implement.testkit.cast."""
    return build_cast()


@pytest.fixture
def login() -> Callable[[User], Client]:
    """Return a function that gives a browser in which a user is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the walks: a long test that comes last keeps one process waiting for the other."""
    items.sort(key=lambda item: item.get_closest_marker("walk") is None)
