"""Texts of which every version is kept: their seal, and what one version changed in another, word by word."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise

from implement.core.sealing import canonical, digest

Content = dict[str, Any]
KEPT, ADDED, REMOVED = "kept", "added", "removed"


@dataclass(frozen=True)
class Piece:
    """Some words that are in both versions, only in the later, or only in the earlier."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One field of which two versions say different things."""

    name: str
    label: str
    pieces: tuple[Piece, ...]


def seal_of(content: Content) -> str:
    """Return the SHA-256 of a version's content."""
    return digest(canonical(content))


def merged(before: str, after: str) -> tuple[Piece, ...]:
    """Return the words of two texts merged; what is not letters stays with the word before it."""
    old, new = (re.findall(r"\s*\S+|\s+$", text) for text in (before, after))
    pieces: list[Piece] = []
    for verb, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if verb == "equal":
            pieces.append(Piece(KEPT, "".join(old[i:j])))
            continue
        if i < j:
            pieces.append(Piece(REMOVED, "".join(old[i:j])))
        if k < m:
            pieces.append(Piece(ADDED, "".join(new[k:m])))
    return tuple(pieces)


def differences_between(
    before: Content,
    after: Content,
    *,
    labels: Mapping[str, str | Promise],
    shown: Callable[[str, Any], str] = lambda name, value: str(value),
) -> list[Difference]:
    """Return the fields in which two versions differ, in the order of `labels`; `shown` puts a value in words."""
    found = []
    for name, label in labels.items():
        old, new = (shown(name, content.get(name) or "") for content in (before, after))
        if old != new:
            found.append(Difference(name, str(label), merged(old, new)))
    return found


@dataclass(frozen=True)
class Changed:
    """What a row says otherwise than in the version that was signed last."""

    since: int
    differences: list[Difference]


def changed_since_signed(
    rows: Sequence[Any], differences: Callable[[Content, Content], list[Difference]]
) -> dict[int, Changed]:
    """Return, by the row's id, what changed since the customer signed it; nothing for what they never signed.

    The rows are of one table with `versions`, `revision` and `signed_revision`. One query.
    """
    again = [row for row in rows if row.signed_revision not in (None, row.revision)]
    if not again:
        return {}
    field = again[0]._meta.get_field("versions").field
    numbers = {row.signed_revision for row in again} | {row.revision for row in again}
    kept = field.model._default_manager.filter(**{f"{field.name}__in": again}, number__in=numbers)
    contents = {(getattr(one, field.attname), one.number): one.content for one in kept}
    found = {}
    for row in again:
        before, after = (contents.get((row.pk, number)) for number in (row.signed_revision, row.revision))
        if before is not None and after is not None and (told := differences(before, after)):
            found[row.pk] = Changed(row.signed_revision, told)
    return found
