"""Conformance checks: somebody else looks at what stands in an environment, and says whether it is what was asked."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from implement.core.db import hold_together
from implement.core.errors import DomainError, NotAllowed, StateError
from projects.builds.choices import BuildState, Verdict
from projects.builds.models import BuildItem, ConformanceCheck, Environment
from projects.builds.selectors.columns import board_lock
from projects.builds.selectors.served import revisions_served
from projects.builds.selectors.standing import standings_of
from projects.builds.workflows import begun_anew, moved, why_blocked
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import clean_row


def why_unchecked(item: BuildItem, entry: Entry) -> str | None:
    """Return why this person cannot check an item as it stands, or None."""
    if item.status not in (BuildState.DEPLOYED, BuildState.VERIFIED):
        return f"{item.key} is {str(item.get_status_display()).lower()}: it is checked where it is deployed."
    if item.owner is not None and item.owner.user_id == entry.user.pk:
        return f"You own {item.key}: somebody else checks it."
    if item.worked_by_id == entry.user.pk:
        return f"You worked on {item.key} last: somebody else checks it."
    return why_blocked(item)


@transaction.atomic
def check_record(
    *,
    item: BuildItem,
    entry: Entry,
    verdict: str,
    environment: Environment,
    build_id: str,
    comment: str = "",
) -> ConformanceCheck:
    """Say whether the build of an item that stands in an environment conforms.

    What conforms is verified; what deviates goes back to its builder with the comment, limits or not. Raises
    DomainError by field, NotAllowed for who built it, StateError when another build stands there by now.
    """
    entry.require("builds.check")
    hold_together(board_lock(item.project_id), alone=True)
    item = BuildItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    refusal = why_unchecked(item, entry)
    if refusal:
        is_theirs = item.status in (BuildState.DEPLOYED, BuildState.VERIFIED) and not item.blocked_since
        raise (NotAllowed if is_theirs else StateError)(refusal)
    if verdict not in Verdict.values:
        raise DomainError("Say whether it conforms.", fields={"verdict": "Say whether it conforms."})
    if verdict == Verdict.DEVIATES and not comment.strip():
        raise DomainError("Say what deviates.", fields={"comment": "Say what deviates."})
    stands = standings_of([item]).get((item.pk, environment.pk))
    if stands is None or stands.is_past:
        message = f"{item.key} does not stand in {environment}."
        raise DomainError(message, fields={"environment": message})
    if stands.build_id != build_id:
        raise StateError(f"Build {stands.build_id} stands in {environment} by now: look at that one.")
    designs, requirements = revisions_served(item)
    check = ConformanceCheck(
        item=item, round=item.round, verdict=verdict, environment=environment, build_id=build_id,
        designs=designs, requirements=requirements, comment=comment.strip(), by=entry.user, at=timezone.now(),
    )  # fmt: skip
    clean_row(check)
    check.save(force_insert=True)
    _follow(item, check, entry)
    return check


def _follow(item: BuildItem, check: ConformanceCheck, entry: Entry) -> None:
    """Move the item as the check says, and tell the journal."""
    before = item.status
    conforms = check.verdict == Verdict.CONFORMS
    values = moved(item, BuildState.VERIFIED) if conforms else begun_anew(item)
    if not (conforms and before == BuildState.VERIFIED):
        BuildItem.objects.filter(pk=item.pk).update(**values, updated_at=check.at, version=F("version") + 1)
    record(
        action="builditem.verified" if conforms else "builditem.deviated",
        target=item,
        actor=entry.user,
        project=entry.project,
        changes={
            "status": (before, values["status"]),
            "build": (None, check.build_id),
            "environment": (None, check.environment.name),
        }
        | ({"comment": ("", check.comment[:255])} if check.comment else {}),
        notify=[item.owner.user] if not conforms and item.owner and item.owner.user else (),
    )
