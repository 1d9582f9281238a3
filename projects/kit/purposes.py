"""What the customer is asked to answer: each room says it once, in its `purposes.py`.

    purposes.register(Purpose(key="milestone.accept", model=Task, ...))

A purpose knows what a named contact is shown (plain JSON in the customer's words, frozen when it is asked), which
verdicts there are, and what an answer does to the row. Links, mails, expiry and records are projects.signoffs'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.functional import Promise

from projects.kit.access import Entry
from projects.kit.texts import Changed
from projects.models import Person

Words = str | Promise


@dataclass(frozen=True)
class Verdict:
    """One answer that can be given. `needs_comment`: it says nothing without a reason."""

    value: str
    label: Words
    tone: str = "quiet"
    needs_comment: bool = False
    takes_option: bool = False


@dataclass(frozen=True)
class Answered:
    """What somebody answered about one row."""

    verdict: str
    option: str
    comment: str
    person: Person
    at: datetime


Shown = dict[str, Any]
# Why an answer about a row cannot be taken back now, or None.
Hold = Callable[[Any], str | None]


@dataclass(frozen=True)
class Purpose:
    """One kind of question.

    `shown` returns what the customer reads of a row: `key`, `title`, `lead`, `facts` [[label, text]], `sections`
    [{title, text}], `diagrams` [{title, source}] where there are any, `tables` [{title, head, rows}], `options`
    [{value, label, text, facts}]. Nothing internal.
    The files for the customer on the row are added to it.
    `guard` returns why a row cannot be asked about now, or None. `asked`, `answered`, `dropped` (withdrawn,
    expired or outdated; nobody answered) and `revoked` are called in the transaction of the record; they may raise
    StateError, which undoes it. `place` is the URL name of the row's page. `holds` are said by later rooms in which
    something already follows from an answer: while one of them objects, it is not revoked. `changed` returns by row
    what it says otherwise than when it was signed last: an aid beside what is shown, and no part of it.
    """

    key: str
    label: Words
    question: Words
    model: type[models.Model]
    verdicts: tuple[Verdict, ...]
    place: str
    shown: Callable[[Any], Shown]
    answered: Callable[[Any, Answered], None]
    guard: Callable[[Any, Entry], str | None] = lambda row, entry: None
    asked: Callable[[Any, Entry], None] = lambda row, entry: None
    dropped: Callable[[Any, str], None] = lambda row, why: None
    revoked: Callable[[Any, str], None] = lambda row, reason: None
    holds: list[Hold] = field(default_factory=list)
    changed: Callable[[Sequence[Any]], dict[int, Changed]] = lambda rows: {}

    def held(self, row: Any) -> str | None:
        """Return why an answer about a row cannot be revoked now, or None."""
        return next((why for hold in self.holds if (why := hold(row))), None)

    def verdict(self, value: str) -> Verdict | None:
        """Return the verdict of a name, if there is one."""
        return next((one for one in self.verdicts if one.value == value), None)


PURPOSES: dict[str, Purpose] = {}


def register(*purposes: Purpose) -> None:
    """Make a room's questions known. A key names one for ever: records refer to it."""
    for purpose in purposes:
        if purpose.key in PURPOSES:
            raise ValueError(f"There are two purposes called {purpose.key}.")
        PURPOSES[purpose.key] = purpose
