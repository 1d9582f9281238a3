"""Release notes: what was promoted, grouped by kind, in the customer's words, with the requirements that it serves."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from projects.builds.choices import RELEASE_HEADINGS, BuildKind
from projects.builds.models import BuildItem, Environment, PromotedItem, Promotion
from projects.builds.selectors.served import requirements_served
from projects.models import Project

# How many builds the customer reads back.
MOST_SHOWN = 60


@dataclass(frozen=True)
class Line:
    """One thing that is new, in the customer's words, with the keys of what it serves."""

    item: BuildItem
    words: str
    requirements: tuple[str, ...]
    is_again: bool


@dataclass(frozen=True)
class Group:
    """What is new of one kind."""

    kind: BuildKind
    lines: tuple[Line, ...]

    @property
    def heading(self) -> str:
        """Return the heading above its lines, in the reader's language."""
        return str(RELEASE_HEADINGS[self.kind])


@dataclass(frozen=True)
class ReleaseNotes:
    """What came into an environment with a build, or between two: from after `since` up to `until`."""

    environment: Environment
    until: Promotion
    since: Promotion | None
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        """Return how many things are new."""
        return sum(len(group.lines) for group in self.groups)


def promotions_between(until: Promotion, since: Promotion | None) -> list[Promotion]:
    """Return the promotions into an environment after one up to another, the latest first."""
    if since is None:
        return [until]
    rows = Promotion.objects.filter(environment=until.environment_id, at__lte=until.at, at__gt=since.at)
    return list(rows.order_by("-at", "-pk"))


def release_notes(
    *, until: Promotion, since: Promotion | None = None, is_whole: bool = False
) -> ReleaseNotes:
    """Return the notes of one promotion, or of all from after an earlier one of the same environment up to it.

    What a newer build only carries along is no news, unless the `is_whole` build is asked for; what was reworked
    since it was there is marked. At most eight queries.
    """
    chosen = promotions_between(until, since)
    first = min(chosen, key=lambda one: (one.at, one.pk)) if chosen else until
    rows = list(PromotedItem.objects.filter(promotion__in=chosen).select_related("item"))
    earlier = dict(
        PromotedItem.objects.filter(
            promotion__environment=until.environment_id,
            promotion__at__lt=first.at,
            item__in=[row.item_id for row in rows],
        )
        .order_by("round")
        .values_list("item_id", "round")
    )
    items = {row.item_id: row.item for row in rows if is_whole or earlier.get(row.item_id, 0) < row.round}
    served = requirements_served(project=project_of(until), items=items)
    return ReleaseNotes(until.environment, until, since, _groups(items.values(), served, earlier))


def _groups(
    items: Iterable[BuildItem], served: Mapping[int, list[Any]], earlier: Container[int]
) -> tuple[Group, ...]:
    """Return items by kind, each with its words and with the keys of what it serves."""
    lines: dict[str, list[Line]] = {}
    for item in sorted(items, key=lambda one: one.number):
        keys = tuple(str(row.key) for row in served.get(item.pk, ()))
        lines.setdefault(item.kind, []).append(Line(item, item.words, keys, item.pk in earlier))
    return tuple(Group(kind, tuple(lines[kind])) for kind in RELEASE_HEADINGS if kind in lines)


def shown_releases(*, project: Project) -> list[ReleaseNotes]:
    """Return what the customer reads: each build that brought something new into an environment that they see.

    The latest first; with the keys of those requirements only that they were shown. At most seven queries.
    """
    promotions = list(
        Promotion.objects.filter(environment__project=project, environment__is_shown=True)
        .select_related("environment__project")
        .order_by("at", "pk")
    )
    carried: dict[int, list[PromotedItem]] = {}
    for row in PromotedItem.objects.filter(promotion__in=promotions).select_related("item"):
        carried.setdefault(row.promotion_id, []).append(row)
    items = {row.item_id for rows in carried.values() for row in rows}
    served = requirements_served(project=project, items=items, only_shown=True)
    seen: dict[int, dict[int, int]] = {}
    found = []
    for promotion in promotions:
        before = seen.setdefault(promotion.environment_id, {})
        new = [row for row in carried.get(promotion.pk, ()) if before.get(row.item_id, 0) < row.round]
        groups = _groups([row.item for row in new], served, set(before))
        before.update({row.item_id: row.round for row in new})
        if groups:
            found.append(ReleaseNotes(promotion.environment, promotion, None, groups))
    return found[::-1][:MOST_SHOWN]


def project_of(promotion: Promotion) -> Project:
    """Return the project into whose environment a build was brought."""
    return promotion.environment.project


def markdown_of(notes: ReleaseNotes, *, words: dict[str, Any]) -> str:
    """Return release notes as Markdown; `words` are the headings in the reader's language."""
    title = words["title"]
    parts = [f"# {title}", "", words["subtitle"], ""]
    for group in notes.groups:
        parts += [f"## {group.heading}", ""]
        for line in group.lines:
            text = " ".join(line.words.split())
            keys = f" ({', '.join(line.requirements)})" if line.requirements else ""
            parts.append(f"- {_plain(text)}{keys}")
        parts.append("")
    if not notes.groups:
        parts += [words["nothing"], ""]
    return "\n".join(parts)


def _plain(text: str) -> str:
    """Return a text whose marks mean nothing in Markdown."""
    return "".join(f"\\{mark}" if mark in "\\`*_[]<>#|" else mark for mark in text)
