"""What is found by key and words from anywhere: each room says its rows once, in its `search.py`.

    search.register(search.Searched(
        key="requirements", label="Requirements", model=Requirement, fields=("title", "statement"), icon="list-check",
        permission="requirements.view", place="requirement_detail", prefix="REQ", order=10,
    ))

Filtered by access in the query; one query a kind, whatever its size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse

from implement.accounts.models import User
from projects.kit.access import project_lookup, visible_projects
from projects.kit.rows import project_of

# The database counts no further.
LARGEST = 2**31 - 1
KEY = re.compile(r"(?P<prefix>[a-z]*)-?0*(?P<number>\d{1,10})", re.IGNORECASE)


@dataclass(frozen=True)
class Searched:
    """Rows of one kind: where words are looked for, who finds them, and the page that opens.

    The first of `fields` is its name. `prefix` is that of their keys, such as REQ; the model then has a `number`.
    `only` narrows the rows; `place` is the URL name of a row's page; lower `order` stands first, along the phase.
    """

    key: str
    label: str
    model: type[models.Model]
    fields: tuple[str, ...]
    icon: str
    permission: str
    place: str
    order: int
    prefix: str = ""
    only: Q = field(default_factory=Q)

    def number_of(self, word: str) -> int | None:
        """Return the number that a word means here: REQ-012, req12 and 12 are all 12; None when it means none."""
        match = KEY.fullmatch(word) if self.prefix else None
        if (
            match is None
            or match["prefix"].upper() not in {"", self.prefix}
            or int(match["number"]) > LARGEST
        ):
            return None
        return int(match["number"])

    def holding(self, word: str) -> Q:
        """Return the condition that a row has the word in one of its fields, or as its key."""
        found = Q()
        for name in self.fields:
            found |= Q(**{f"{name}__icontains": word})
        number = self.number_of(word)
        return found if number is None else found | Q(number=number)

    def rows(self, *, user: User, words: Sequence[str], code: str) -> models.QuerySet[Any]:
        """Return what this person may open and holds every word: the open project's first, then by key and name."""
        lookup = project_lookup(self.model)
        projects = visible_projects(user, permission=self.permission)
        found = self.model._default_manager.filter(self.only, **{f"{lookup}__in": projects})
        for word in words:
            found = found.filter(self.holding(word))
        numbers = [number for word in words if (number := self.number_of(word)) is not None]
        named = Q()
        for word in words:
            named &= Q(**{f"{self.fields[0]}__icontains": word})
        ranks = [When(number__in=numbers, then=Value(0))] if numbers else []
        return (
            found.select_related(lookup)
            .annotate(
                is_far=Case(When(**{f"{lookup}__code": code}, then=Value(0)), default=Value(1)),
                rank=Case(*ranks, When(named, then=Value(1)), default=Value(2)),
            )
            .order_by("is_far", "rank", *(self.model._meta.ordering or ()))
        )


@dataclass(frozen=True)
class Hit:
    """One row that was found: its name and page, and its project where that is not the open one."""

    label: str
    url: str
    project: str


SEARCHED: dict[str, Searched] = {}


def register(*kinds: Searched) -> None:
    """Make rows known that are found from anywhere."""
    for kind in kinds:
        if kind.key in SEARCHED:
            raise ValueError(f"There are two kinds of searched rows called {kind.key}.")
        SEARCHED[kind.key] = kind


def kinds_for(words: Sequence[str]) -> list[Searched]:
    """Return the kinds to look through, in order: only those of its prefix for a single word that is a key."""
    kinds = sorted(SEARCHED.values(), key=lambda kind: (kind.order, kind.key))
    match = KEY.fullmatch(words[0]) if len(words) == 1 else None
    if match is not None and match["prefix"]:
        named = [kind for kind in kinds if kind.prefix == match["prefix"].upper()]
        return named or kinds
    return kinds


def found(*, user: User, words: Sequence[str], code: str, limit: int) -> list[tuple[Searched, list[Hit]]]:
    """Return what holds every word, kind by kind, at most `limit` of each; `code` is the project that is open."""
    hits = []
    for kind in kinds_for(words):
        rows = kind.rows(user=user, words=words, code=code)[:limit]
        hits.append((kind, [_hit(kind, row, code) for row in rows]))
    return hits


def _hit(kind: Searched, row: models.Model, code: str) -> Hit:
    project = project_of(row)
    assert project is not None
    return Hit(
        str(row),
        reverse(kind.place, kwargs={"project": project.code, "pk": row.pk}),
        "" if project.code == code else project.name,
    )
