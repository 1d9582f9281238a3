"""Release notes: what was promoted, grouped by kind, in the customer's words, with the requirements that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from projects.builds.choices import BuildKind
from projects.builds.models import BuildItem, Environment, PromotedItem, Promotion
from projects.builds.selectors.served import requirements_served
from projects.models import Project

# The heading of each kind in the release notes, in the order in which a customer reads them.
ORDER = (
    BuildKind.ENHANCEMENT,
    BuildKind.FORM,
    BuildKind.WORKFLOW,
    BuildKind.REPORT,
    BuildKind.INTERFACE,
    BuildKind.CONVERSION,
    BuildKind.CONFIGURATION,
    BuildKind.ROLE,
)


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
    lines: dict[str, list[Line]] = {}
    for item in sorted(items.values(), key=lambda one: one.number):
        keys = tuple(str(row.key) for row in served.get(item.pk, ()))
        lines.setdefault(item.kind, []).append(Line(item, item.words, keys, item.pk in earlier))
    groups = tuple(Group(kind, tuple(lines[kind])) for kind in ORDER if kind in lines)
    return ReleaseNotes(until.environment, until, since, groups)


def project_of(promotion: Promotion) -> Project:
    """Return the project into whose environment a build was brought."""
    return promotion.environment.project


def markdown_of(notes: ReleaseNotes, *, words: dict[str, Any]) -> str:
    """Return release notes as Markdown; `words` are the headings in the reader's language."""
    title = words["title"]
    parts = [f"# {title}", "", words["subtitle"], ""]
    for group in notes.groups:
        parts += [f"## {group.kind.label}", ""]
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
