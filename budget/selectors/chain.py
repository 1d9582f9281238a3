"""Who decides whose hours and expenses, at which level, and who is next."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from budget.choices import EntryState
from budget.models import Approver, EntryDecision, Expense, StandIn, TimeEntry
from budget.selectors.pricing import rules_of
from implement.accounts.models import User
from implement.core.asked import answered_once
from projects.kit.access import GRANTS, Entry
from projects.models import Membership, Person, Project
from projects.planning import today_of

FIRST, LAST = "time.approve", "time.approve_final"
OWN = "Nobody approves their own hours or expenses: ask another approver."
TWICE = "You approved it at the first level: somebody else decides at the second."


@dataclass(frozen=True)
class Chain:
    """A project's levels, its named approvers by (person or None, level), and who stands in for whom today."""

    levels: int
    named: dict[tuple[int | None, int], list[Person]] = field(default_factory=dict)
    stand_ins: dict[int, list[Person]] = field(default_factory=dict)
    granted: dict[int, list[Person]] = field(default_factory=dict)

    def level_of(self, row: TimeEntry | Expense) -> int:
        """Return the level that decides next."""
        return min(row.approved_level + 1, self.levels)

    def is_last(self, row: TimeEntry | Expense) -> bool:
        """Return whether an approval now is the last one."""
        return self.level_of(row) >= self.levels

    def named_for(self, person_id: int, level: int) -> list[Person]:
        """Return the approvers named for a person at a level, never the person; else those for everybody."""
        for key in ((person_id, level), (None, level)):
            found = [one for one in self.named.get(key, ()) if one.pk != person_id]
            if found:
                return found
        return []

    def deciders(self, row: TimeEntry | Expense) -> list[Person]:
        """Return who decides the row's next level themselves: the named approvers, else who has the grant."""
        level = self.level_of(row)
        return self.named_for(row.person_id, level) or [
            one for one in self.granted.get(level, ()) if one.pk != row.person_id
        ]

    def instead_of(self, row: TimeEntry | Expense, person: Person | None) -> Person | None:
        """Return the absent approver for whom this person decides; None when they decide by themselves."""
        own = self.deciders(row)
        if person is None or person in own:
            return None
        return next((one for one in own if person in self.stand_ins.get(one.pk, ())), None)

    def refusal(self, row: TimeEntry | Expense, access: Entry) -> str | None:
        """Return why this person may not decide the row now; None when they may."""
        if access.person is not None and row.person_id == access.person.pk:
            return OWN
        level = self.level_of(row)
        if level > 1 and row.decided_by_id == access.user.pk:
            return TWICE
        if self.instead_of(row, access.person) is not None:
            return None
        named = self.named_for(row.person_id, level)
        if named:
            if access.role == "administrator" or access.person in named:
                return None
            who = " or ".join(one.name for one in named)
            return f"{self.level_words(row)} of {row.person} is decided by {who}."
        needed = LAST if level > 1 else FIRST
        if access.can(needed):
            return None
        return (
            f"{self.level_words(row)} is decided by finance."
            if level > 1
            else "You decide nobody's hours here."
        )

    def level_words(self, row: TimeEntry | Expense) -> str:
        """Return which level is next, such as "Level 2 of 2"."""
        return f"Level {self.level_of(row)} of {self.levels}"

    def next_people(self, row: TimeEntry | Expense) -> list[Person]:
        """Return who may decide next: the named ones or who has the grant, and who stands in for them."""
        own = self.deciders(row)
        people = dict.fromkeys([*own, *(who for one in own for who in self.stand_ins.get(one.pk, ()))])
        used = row.decided_by_id if self.level_of(row) > 1 else None
        return [one for one in people if one.pk != row.person_id and (used is None or one.user_id != used)]

    def next_words(self, row: TimeEntry | Expense) -> str:
        """Return who is next in words; empty when nothing waits."""
        if row.status != EntryState.SUBMITTED:
            return ""
        names = [one.name for one in self.next_people(row)]
        who = " or ".join(names[:3]) or "an administrator"
        more = f" or {len(names) - 3} more" if len(names) > 3 else ""
        return f"{self.level_words(row)}: {who}{more}" if self.levels > 1 else f"{who}{more}"


@answered_once
def chain_of(*, project: Project) -> Chain:
    """Return a project's chain of approval as it is today, of who is still on it; four queries."""
    granted: dict[int, list[Person]] = defaultdict(list)
    members = Membership.objects.filter(project=project, is_active=True, person__user__isnull=False)
    here: set[int] = set()
    for member in members.select_related("person").order_by("person__name"):
        here.add(member.person_id)
        for level, grant in ((1, FIRST), (2, LAST)):
            if grant in GRANTS[member.role]:
                granted[level].append(member.person)
    # Who has left decides nothing any more: their people's hours would wait for ever.
    named: dict[tuple[int | None, int], list[Person]] = defaultdict(list)
    for row in Approver.objects.filter(project=project, approver__in=here).select_related("approver"):
        named[row.person_id, row.level].append(row.approver)
    today = today_of(project)
    stand_ins: dict[int, list[Person]] = defaultdict(list)
    for away in StandIn.objects.filter(
        project=project, delegate__in=here, starts_on__lte=today, ends_on__gte=today
    ).select_related("delegate"):
        stand_ins[away.approver_id].append(away.delegate)
    return Chain(
        levels=rules_of(project=project).levels,
        named=dict(named),
        stand_ins=dict(stand_ins),
        granted=dict(granted),
    )


def left_to_others(*, entry: Entry) -> Q:
    """Return which waiting rows a person with the grant does not decide: their own, those that others are named for,
    and of the second level those of finance or that they passed at the first. For queries that only count.
    """
    others = Q() if entry.person is None else Q(person=entry.person)
    second = Q(approved_level__gte=1)
    others |= second & Q(decided_by=entry.user) if entry.can(LAST) else second
    if entry.role == "administrator" or entry.person is None:
        return others
    named = Approver.objects.filter(project=entry.project, level=OuterRef("approved_level") + 1).exclude(
        approver=OuterRef("person")
    )
    own = named.filter(person=OuterRef("person"))
    everybodys = named.filter(person=None)
    mine = {"approver": entry.person}
    return (
        others
        | Q(Exists(own) & ~Exists(own.filter(**mine)))
        | Q(~Exists(own) & Exists(everybodys) & ~Exists(everybodys.filter(**mine)))
    )


def is_approver(*, access: Entry, chain: Chain) -> bool:
    """Return whether this person may decide anything on the project."""
    if access.can(FIRST) or access.can(LAST):
        return True
    if access.person is None:
        return False
    own = {one.pk for people in [*chain.named.values(), *chain.granted.values()] for one in people}
    covered = {who.pk for approver, people in chain.stand_ins.items() if approver in own for who in people}
    return access.person.pk in own | covered


def decision_of(
    *,
    row: TimeEntry | Expense,
    chain: Chain,
    user: User,
    person: Person | None,
    role: str,
    verdict: str,
    comment: str,
    at: datetime,
) -> EntryDecision:
    """Return the record of a decision on a row, not yet written: make it before the row's level moves on."""
    return EntryDecision(
        project_id=row.project_id,
        time_entry=row if isinstance(row, TimeEntry) else None,
        expense=row if isinstance(row, Expense) else None,
        level=chain.level_of(row),
        levels=chain.levels,
        verdict=verdict,
        comment=comment,
        actor=user,
        actor_name=str(user),
        role=role,
        instead_of=chain.instead_of(row, person),
        at=at,
    )


def role_of(*, user: User, project: Project) -> str:
    """Return the role in which a user acts on a project; one query for who is no administrator."""
    if user.is_administrator:
        return "administrator"
    member = Membership.objects.filter(project=project, person__user=user, is_active=True).first()
    return member.role if member else ""
