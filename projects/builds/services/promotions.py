"""Bringing builds into environments: all of its items or none, one environment after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from implement.core.db import hold_together
from implement.core.errors import DomainError, StateError
from projects.builds.choices import PROMOTABLE, BuildState
from projects.builds.models import BuildItem, Environment, PromotedItem, Promotion
from projects.builds.selectors.columns import board_lock, top_of
from projects.choices import Audience
from projects.kit.access import Entry
from projects.kit.journal import record, record_many
from projects.kit.rows import clean_row

MOST_ITEMS = 500
NAMED = 5


@transaction.atomic
def promotion_make(
    *,
    environment: Environment,
    build_id: str,
    items: Sequence[BuildItem],
    entry: Entry,
    notes: str = "",
    skip_reason: str = "",
    at: datetime | None = None,
) -> Promotion:
    """Bring a build with items into an environment; what was built counts as deployed from then on.

    A newer build may carry items again. Raises DomainError by field (a build that is there already, items that have
    not stood in the environment before with this build), StateError for items that are not built or blocked.
    """
    entry.require("builds.promote")
    if environment.project_id != entry.project.pk:
        raise DomainError(
            "Choose an environment of this project.", fields={"environment": "Choose one of this project."}
        )
    wanted = {item.pk for item in items}
    if not 0 < len(wanted) <= MOST_ITEMS:
        message = (
            "Choose what is in the build." if not wanted else f"At most {MOST_ITEMS} items in one promotion."
        )
        raise DomainError(message, fields={"items": message})
    hold_together(board_lock(entry.project.pk), alone=True)
    rows = list(
        BuildItem.objects.select_for_update(of=("self",))
        .filter(project=entry.project, pk__in=wanted)
        .order_by("number")
    )
    if len(rows) < len(wanted):
        raise DomainError("Choose items of this project.", fields={"items": "Choose items of this project."})
    for row in rows:
        _check_ready(row)
    promotion = Promotion(
        environment=environment, build_id=build_id.strip(), at=at or timezone.now(), by=entry.user,
        notes=notes.strip(), skip_reason=_checked_way(environment, build_id.strip(), rows, entry, skip_reason),
    )  # fmt: skip
    clean_row(promotion)
    promotion.save(force_insert=True)
    PromotedItem.objects.bulk_create(
        PromotedItem(promotion=promotion, item=row, round=row.round) for row in rows
    )
    _move(promotion, rows, entry)
    return promotion


def _check_ready(row: BuildItem) -> None:
    if row.status not in PROMOTABLE:
        state = str(row.get_status_display()).lower()
        raise StateError(f"{row.key} is {state}: only what is built can be brought into an environment.")
    if row.blocked_since is not None:
        raise StateError(f"{row.key} is blocked: {row.blocked_reason.rstrip('.')}. Unblock it first.")


def _checked_way(
    environment: Environment, build_id: str, rows: Sequence[BuildItem], entry: Entry, reason: str
) -> str:
    """Return the reason for which an environment is left out; empty when none is.

    Raises DomainError when items have not stood in the environment before with this build, and nobody who may
    decides otherwise.
    """
    before = (
        Environment.objects.filter(project=environment.project_id, position__lt=environment.position)
        .order_by("-position", "-pk")
        .first()
    )
    if before is None:
        return ""
    stood = set(
        PromotedItem.objects.filter(
            promotion__environment=before, promotion__build_id=build_id, item__in=rows, round=F("item__round")
        ).values_list("item_id", flat=True)
    )
    missing = [row.key for row in rows if row.pk not in stood]
    if not missing:
        return ""
    if reason.strip() and entry.can("builds.decide"):
        return reason.strip()[:255]
    named = ", ".join(missing[:NAMED]) + (f" and {len(missing) - NAMED} more" if len(missing) > NAMED else "")
    message = f"Not in {before} with build {build_id} yet: {named}. Bring the build into {before} first."
    if entry.can("builds.decide"):
        message += " Or say why it is left out."
        raise DomainError(message, fields={"skip_reason": message})
    raise DomainError(
        f"{message} Only a project manager may leave an environment out.", fields={"items": message}
    )


def _move(promotion: Promotion, rows: Sequence[BuildItem], entry: Entry) -> None:
    """Let what was built be deployed, note how far each has come, and tell the journal."""
    place, project = promotion.environment, entry.project
    far = {one.pk: one.position for one in Environment.objects.filter(project=project)}
    further = [
        row.pk for row in rows if row.environment_id is None or far[row.environment_id] < place.position
    ]
    counted = {"updated_at": timezone.now(), "version": F("version") + 1}
    BuildItem.objects.filter(pk__in=further).update(environment=place, **counted)
    fresh = [row.pk for row in rows if row.status == BuildState.BUILT]
    if fresh:
        BuildItem.objects.filter(pk__in=fresh).update(
            status=BuildState.DEPLOYED, status_since=promotion.at, **counted,
            position=top_of(project_id=project.pk, state=BuildState.DEPLOYED),
        )  # fmt: skip
    record(
        action="promotion.made",
        target=promotion,
        actor=entry.user,
        project=project,
        changes={"build items": (None, ", ".join(row.key for row in rows)[:500])}
        | ({"left out": (None, promotion.skip_reason)} if promotion.skip_reason else {}),
        audience=Audience.CUSTOMER if place.is_shown else Audience.INTERNAL,
    )
    told = {"environment": (None, place.name), "build": (None, promotion.build_id)}
    record_many(
        actor=entry.user, project=project, entries=[("builditem.deployed", row, told) for row in rows]
    )
