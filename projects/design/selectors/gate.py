"""The gate of the design: every Must requirement has an approved element, every quality a target and a planned test."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from implement.core.asked import answered_once
from projects.design.choices import ElementState
from projects.design.models import DesignElement, NfrTarget
from projects.models import Project, TraceLink
from projects.requirements.choices import QUALITIES, Priority
from projects.requirements.models import Requirement

SATISFIES = "satisfies"
# How a target is planned to be measured: in words, and until a day.
PLANNED = ~Q(test="") & Q(due_on__isnull=False)


@dataclass(frozen=True)
class Missing:
    """What a requirement lacks, and the row on whose page it is mended; None: on the requirement's own."""

    words: str
    element: DesignElement | None = None
    target: NfrTarget | None = None


@dataclass(frozen=True)
class GateLine:
    """One requirement before the gate: what meets it, and what is missing; nothing missing is met."""

    requirement: Requirement
    elements: tuple[DesignElement, ...]
    targets: tuple[NfrTarget, ...]
    missing: tuple[Missing, ...]

    @property
    def is_met(self) -> bool:
        """Return whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True)
class Gate:
    """Both halves of the gate, what is not met first."""

    musts: tuple[GateLine, ...]
    qualities: tuple[GateLine, ...]

    @property
    def is_met(self) -> bool | None:
        """Return whether everything is met; None when there is nothing to hold it to."""
        lines = (*self.musts, *self.qualities)
        return all(line.is_met for line in lines) if lines else None


@dataclass(frozen=True)
class Coverage:
    """How many Must requirements, and how many qualities, are in scope, and how many of them meet the gate."""

    musts: int
    covered: int
    qualities: int
    measurable: int


def gate_of(*, project: Project) -> Gate:
    """Return each Must requirement and each quality in scope with what is missing; four queries."""
    wanted = Q(priority=Priority.MUST) | Q(kind__in=QUALITIES)
    rows = list(Requirement.objects.filter(wanted, project=project).in_scope().order_by("number"))
    links: dict[int, list[TraceLink]] = defaultdict(list)
    for link in TraceLink.objects.filter(project=project, type=SATISFIES):
        links[link.target_id].append(link)
    elements = {row.pk: row for row in DesignElement.objects.filter(project=project).in_scope()}
    targets: dict[int, list[NfrTarget]] = defaultdict(list)
    for target in NfrTarget.objects.filter(project=project):
        targets[target.requirement_id].append(target)
    musts = [_must(row, links[row.pk], elements) for row in rows if row.priority == Priority.MUST]
    qualities = [_quality(row, targets[row.pk]) for row in rows if row.kind in QUALITIES]
    return Gate(
        tuple(sorted(musts, key=lambda line: line.is_met)),
        tuple(sorted(qualities, key=lambda line: line.is_met)),
    )


def _must(row: Requirement, links: list[TraceLink], elements: dict[int, DesignElement]) -> GateLine:
    """Return whether an approved element satisfies a requirement, by a link that is not in doubt."""
    found = [(link, elements[link.source_id]) for link in links if link.source_id in elements]
    missing: list[Missing] = []
    if not any(one.status == ElementState.APPROVED and link.suspect_since is None for link, one in found):
        missing = [_lack(link, one) for link, one in found] or [Missing("No design element satisfies it")]
    return GateLine(row, tuple(one for _, one in found), (), tuple(missing))


def _lack(link: TraceLink, element: DesignElement) -> Missing:
    if element.status == ElementState.APPROVED:
        return Missing(f"{element.key} is approved, but its link is in doubt", element)
    words = {ElementState.DRAFT: "is a draft", ElementState.REVIEW: "is in review"}
    return Missing(f"{element.key} {words.get(ElementState(element.status), 'is not approved')}", element)


def _quality(row: Requirement, targets: list[NfrTarget]) -> GateLine:
    """Return whether a quality has a target, and each of its targets a test that is planned."""
    missing = [Missing("No target that can be measured")] if not targets else []
    for target in targets:
        lacks = [
            word
            for word, is_there in (("test", target.test.strip()), ("date", target.due_on))
            if not is_there
        ]
        if lacks:
            missing.append(Missing(f"{target.metric}: no {' and no '.join(lacks)}", target=target))
    return GateLine(row, (), tuple(targets), tuple(missing))


@answered_once
def coverage_of(*, project: Project) -> Coverage:
    """Return how much of what the gate asks for is there, in numbers; one query."""
    approved = DesignElement.objects.filter(project=project).approved()
    satisfied = TraceLink.objects.filter(
        project=project, type=SATISFIES, target_id=OuterRef("pk"), suspect_since=None,
        source_id__in=approved.values("pk"),
    )  # fmt: skip
    targets = NfrTarget.objects.filter(requirement=OuterRef("pk"))
    rows = Requirement.objects.filter(project=project).in_scope()
    is_must, is_quality = Q(priority=Priority.MUST), Q(kind__in=QUALITIES)
    found = rows.annotate(
        is_satisfied=Exists(satisfied),
        has_target=Exists(targets),
        has_unplanned=Exists(targets.exclude(PLANNED)),
    ).aggregate(
        musts=Count("pk", filter=is_must),
        covered=Count("pk", filter=is_must & Q(is_satisfied=True)),
        qualities=Count("pk", filter=is_quality),
        measurable=Count("pk", filter=is_quality & Q(has_target=True, has_unplanned=False)),
    )
    return Coverage(**found)
