"""Reading what other tools send: the items that a text names, and commits, tickets and requests out of JSON.

Everything here is somebody else's text: it is shortened, kept as plain text, and linked to over http or https only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime

from implement.core.errors import DomainError
from projects.builds.choices import ReferenceKind
from projects.builds.models.inbound import WEB_ADDRESS

KEY = re.compile(r"(?<![A-Za-z0-9])BLD-0*([1-9]\d{0,8})(?![0-9A-Za-z_])", re.IGNORECASE)
MOST_KEYS = 50
MOST_TOLD = 500
YEARS = range(1970, 2200)
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Told:
    """What another tool says of a commit, a ticket or a request. `text` names the items."""

    kind: ReferenceKind
    external_id: str
    url: str
    title: str
    author: str
    at: datetime | None
    text: str


def numbers_in(text: str) -> list[int]:
    """Return the numbers of the items that a text names, such as BLD-12, in order, each once."""
    found = dict.fromkeys(int(match.group(1)) for match in KEY.finditer(text))
    return list(found)[:MOST_KEYS]


def words_of(value: Any, most: int = 100_000) -> str:
    """Return a value as text that can be stored; empty for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = value if isinstance(value, str) else str(value)
    return UNWRITABLE.sub("", text).strip()[:most]


def address_of(value: Any) -> str:
    """Return an address that may be linked to; empty for anything that is not of the web."""
    text = words_of(value, 501)
    if len(text) > 500:
        return ""
    try:
        WEB_ADDRESS(text)
    except ValidationError:
        return ""
    return text


def moment_of(value: Any) -> datetime | None:
    """Return a moment as ISO 8601 writes it; None for anything else."""
    try:
        found = parse_datetime(words_of(value, 40))
    except ValueError:
        return None
    if found is None or found.year not in YEARS:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def payload_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises DomainError for anything else."""
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DomainError("Send a JSON object: choose “application/json” as its content type.")
    return found


def told_in(payload: dict[str, Any]) -> list[Told]:
    """Return what a payload says, as the common forges write it, or as `references` of our own form."""
    found = []
    for one in (
        *_commits(payload),
        *_request(payload),
        *_ticket(payload),
        *_gitlab(payload),
        *_references(payload),
    ):
        if one.external_id:
            found.append(one)
        if len(found) == MOST_TOLD:
            break
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    yield from (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def _commits(payload: dict[str, Any]) -> Iterator[Told]:
    """Yield the commits of a push of GitHub, GitLab, Gitea and Forgejo."""
    for one in _dicts(payload.get("commits")):
        message = words_of(one.get("message"))
        yield Told(
            kind=ReferenceKind.COMMIT,
            external_id=words_of(one.get("id"), 200),
            url=address_of(one.get("url")),
            title=first_line(message),
            author=words_of(_dict(one.get("author")).get("name") or one.get("author"), 120),
            at=moment_of(one.get("timestamp")),
            text=message,
        )


def _request(payload: dict[str, Any]) -> Iterator[Told]:
    """Yield the pull request of an event of GitHub, Gitea and Forgejo."""
    one = _dict(payload.get("pull_request"))
    if one:
        yield _numbered(ReferenceKind.PULL, one, payload)


def _ticket(payload: dict[str, Any]) -> Iterator[Told]:
    """Yield the issue of an event of GitHub, Gitea and Forgejo."""
    one = _dict(payload.get("issue"))
    if one:
        yield _numbered(ReferenceKind.TICKET, one, payload)


def _numbered(kind: ReferenceKind, one: dict[str, Any], payload: dict[str, Any]) -> Told:
    where = words_of(_dict(payload.get("repository")).get("full_name"), 150)
    number = words_of(one.get("number"), 40)
    title = words_of(one.get("title"))
    return Told(
        kind=kind,
        external_id=f"{where}#{number}" if number else "",
        url=address_of(one.get("html_url")),
        title=first_line(title),
        author=words_of(_dict(one.get("user")).get("login"), 120),
        at=moment_of(one.get("updated_at") or one.get("created_at")),
        text=f"{title}\n{words_of(one.get('body'))}",
    )


def _gitlab(payload: dict[str, Any]) -> Iterator[Told]:
    """Yield the merge request or issue of an event of GitLab, passed on with a signature."""
    kind = {"merge_request": ReferenceKind.MERGE, "issue": ReferenceKind.TICKET}.get(
        words_of(payload.get("object_kind"))
    )
    one = _dict(payload.get("object_attributes"))
    if kind is None or not one:
        return
    where = words_of(_dict(payload.get("project")).get("path_with_namespace"), 150)
    number = words_of(one.get("iid"), 40)
    title = words_of(one.get("title"))
    yield Told(
        kind=kind,
        external_id=f"{where}{'!' if kind == ReferenceKind.MERGE else '#'}{number}" if number else "",
        url=address_of(one.get("url")),
        title=first_line(title),
        author=words_of(_dict(payload.get("user")).get("name"), 120),
        at=moment_of(one.get("updated_at")),
        text=f"{title}\n{words_of(one.get('description'))}",
    )


def _references(payload: dict[str, Any]) -> Iterator[Told]:
    """Yield what is written in our own form: kind, id, title, text, url, author, at."""
    for one in _dicts(payload.get("references")):
        kind = words_of(one.get("kind") or "commit")
        if kind not in ReferenceKind.values:
            continue
        title = words_of(one.get("title"))
        yield Told(
            kind=ReferenceKind(kind),
            external_id=words_of(one.get("id"), 200),
            url=address_of(one.get("url")),
            title=first_line(title),
            author=words_of(one.get("author"), 120),
            at=moment_of(one.get("at")),
            text=f"{title}\n{words_of(one.get('text'))}",
        )


def first_line(text: str) -> str:
    """Return the first line of a message, as its title."""
    return text.strip().partition("\n")[0].strip()[:255]
