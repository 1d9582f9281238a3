"""What every room promises: an address costs a fixed number of queries, however many rows are behind it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from implement.accounts.models import User
from implement.testkit.routes import Route
from implement.testkit.rows import any_row
from projects.models import Project

# What names in addresses stand for, other than a project's code and a row's key.
SHORT = {
    "format": "csv",
    "step": "submit",
    "kind": "time.file",
    "end": "design",
    "verb": "cancel",
    "monday": "2026-03-02",
}
VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+\b|\b[0-9a-f]{32}\b")


def address(route: Route, *, project: Project, user: User) -> str:
    """Return the route's address with its names filled from the project's rows."""
    values: dict[str, Any] = {}
    for name in route.params:
        if name == "project":
            values[name] = project.code
        elif name == "pk":
            assert route.model is not None, f"{route}: name the URL after its model, or add it to MODELS."
            of_firm = "project" not in route.params
            values[name] = any_row(route.model, project=project, user=user, of_firm=of_firm).pk
        else:
            values[name] = SHORT.get(name, "x")
    return reverse(route.name, kwargs=values)


@dataclass(frozen=True)
class Answer:
    """How an address answered, and the statements it took."""

    status: int
    size: int
    queries: list[str] = field(repr=False)

    def more_than(self, other: Answer) -> str:
        """Return the statement that is asked more often than in another answer, without its values."""
        mine, theirs = (Counter(VALUES.sub("?", sql) for sql in one.queries) for one in (self, other))
        often = (mine - theirs).most_common(1)
        return f"{often[0][1]} x {often[0][0][:300]}" if often else ""


def read(client: Client, path: str) -> Answer:
    """Get an address to its last byte and take back what that wrote."""
    queries: list[str] = []

    def noted(execute: Callable[..., Any], sql: str, *words: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
            queries.append(sql)
        return execute(sql, *words)

    with transaction.atomic(), timezone.override(None):
        with connection.execute_wrapper(noted):
            response = client.get(path)
            size = len(response.getvalue() if response.streaming else response.content)
        transaction.set_rollback(True)
    return Answer(response.status_code, size, queries)
