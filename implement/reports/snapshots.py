"""Freezing a report's figures once, and reading them back only when not a byte of them has changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from implement.core.asked import asked_once
from implement.core.db import one_look
from implement.core.errors import DomainError
from implement.core.sealing import canonical, digest
from implement.reports.models import Snapshot
from projects.choices import Audience, Role
from projects.kit.panels import CUSTOMER, PANELS, TEAM, Drawn, Panel, draw, panels_for
from projects.models import Membership, Project

# 2: what changed since the period before is frozen with the figures, and both in every language.
# 3: which panels were asked, so that one without anything to say is told from one that was not there yet.
FORMAT = 3
GONE = "–"
LANGUAGE = settings.LANGUAGE_CODE
AUDIENCES = {Audience.INTERNAL: TEAM, Audience.CUSTOMER: CUSTOMER}


@dataclass(frozen=True)
class Change:
    """One figure that is not what it was: both values as its panel writes them; GONE stands for none."""

    panel: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """What differs from the figures of the period before, which ended before day `until`."""

    since: date
    until: date
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Frozen:
    """A snapshot that has been read and found intact. `document` holds plain JSON values."""

    document: dict[str, Any]
    sha256: str
    as_of: datetime

    @property
    def project(self) -> dict[str, Any]:
        """Return the project's header as it was: name, customer, phase, manager, currency, dates."""
        return self.document["project"]

    def data(self, *, audience: str, language: str = LANGUAGE) -> dict[str, dict[str, Any]]:
        """Return panel key -> its frozen values, for the panels an audience may see, in their order.

        What was frozen before there was the language is in English.

        A panel is shown only to whom it was shown when it was frozen *and* is shown today.
        """
        reader = AUDIENCES[Audience(audience)]
        return {
            item["key"]: _said(item, language)
            for item in self.document["panels"]
            if reader in item["audiences"]
            and item["key"] in PANELS
            and reader in PANELS[item["key"]].audiences
        }

    def changes(self, *, audience: str, language: str = LANGUAGE) -> Changes | None:
        """Return which figures of an edition differ from the period before; None: there was none."""
        previous = self.document.get("previous")
        if previous is None:
            return None
        shown = self._readable(audience)
        return Changes(
            since=date.fromisoformat(previous["period_from"]),
            until=date.fromisoformat(previous["period_to"]),
            changes=tuple(
                Change(panel=str(PANELS[key].title), label=label, before=before, after=after)
                for key, label, before, after in previous["changes"].get(
                    language, previous["changes"][LANGUAGE]
                )
                if key in shown
            ),
        )

    def _readable(self, audience: str) -> set[str]:
        """Return the keys of the panels that an audience may see, also of those that had nothing to say."""
        reader = AUDIENCES[Audience(audience)]
        asked = self.document.get("asked") or {
            item["key"]: item["audiences"] for item in self.document["panels"]
        }
        return {
            key
            for key, readers in asked.items()
            if reader in readers and key in PANELS and reader in PANELS[key].audiences
        }

    def panels(self, *, audience: str, language: str = LANGUAGE) -> list[Drawn]:
        """Return the panels an audience may see, ready for their templates."""
        shown = self.data(audience=audience, language=language)
        drawn = [draw(PANELS[key], data) for key, data in shown.items()]
        return [panel for panel in drawn if panel is not None]


def _said(item: dict[str, Any], language: str) -> dict[str, Any]:
    """Return a panel's frozen data with its words in a language."""
    return item.get("words", {}).get(language, item["data"])


def _header(project: Project) -> dict[str, Any]:
    managers = (
        Membership.objects.filter(project=project, role=Role.MANAGER, is_active=True)
        .order_by("created_at", "pk")
        .values_list("person__name", flat=True)
    )
    return {
        "code": project.code,
        "name": project.name,
        "customer": project.customer.name,
        "phase": project.phase,
        "manager": next(iter(managers), ""),
        "currency": project.currency,
        "time_zone": project.time_zone,
        "starts_on": project.starts_on.isoformat(),
        "ends_on": project.ends_on.isoformat() if project.ends_on else None,
    }


def _in_order(found: Iterable[Panel]) -> list[Panel]:
    return sorted(found, key=lambda panel: (panel.order, panel.key))


def _differing(before: dict[str, Any], now: list[dict[str, Any]], language: str) -> list[list[str]]:
    """Return [panel key, label, before, after] of every figure that both hold and that differs.

    Of what comes and goes also what is new and what is gone, where `before` had asked the panel, too.
    """
    old, new = ({item["key"]: _said(item, language) for item in items} for items in (before["panels"], now))
    was_asked = old.keys() | before.get("asked", {}).keys()
    found: list[list[str]] = []
    with translation.override(language):
        for panel in _in_order(PANELS[key] for key in old | new if key in PANELS):
            was, said = (
                dict(panel.figures(all_[panel.key])) if panel.key in all_ else {} for all_ in (old, new)
            )
            found += [
                [panel.key, label, was[label], after]
                for label, after in said.items()
                if label in was and was[label] != after
            ]
            if panel.things is None or panel.key not in was_asked:
                continue
            was, said = (
                dict(panel.things(all_[panel.key])) if panel.key in all_ else {} for all_ in (old, new)
            )
            found += [
                [panel.key, label, was.get(label, GONE), said.get(label, GONE)]
                for label in said | was
                if was.get(label) != said.get(label)
            ]
    return found


def _previous(project: Project, kind: str, start: date, end: date) -> Snapshot | None:
    """Return the last figures of the kind that were frozen for a period that began and ended before this one."""
    return (
        Snapshot.objects.filter(
            project=project, kind=kind, period_from__lt=start, period_to__lt=end, superseded_at=None
        )
        .order_by("-period_to", "-pk")
        .first()
    )


def _compared(
    project: Project, kind: str, start: date, end: date, panels: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return what changed since the period before; None without one, or when its figures are not intact."""
    stored = _previous(project, kind, start, end)
    if stored is None or digest(stored.data) != stored.sha256:
        return None
    before = json.loads(stored.data)
    return {
        "period_from": stored.period_from.isoformat(),
        "period_to": stored.period_to.isoformat(),
        "sha256": stored.sha256,
        "changes": {code: _differing(before, panels, code) for code in _languages()},
    }


def _languages() -> list[str]:
    return [code for code, _ in settings.LANGUAGES]


def _frozen_panels(project: Project, found: list[Panel], day: date) -> list[dict[str, Any]]:
    """Return every panel's data at the end of a day, with its words in each language.

    The figures are the same in all of them: everything is read as of one moment.
    """
    told: dict[str, dict[str, Any]] = {panel.key: {} for panel in found}
    with one_look():
        for code in _languages():
            with asked_once(), translation.override(code):
                for panel in found:
                    data = panel.data(project, day)
                    if data is not None:
                        told[panel.key][code] = data
    panels = []
    for panel in found:
        said = told[panel.key]
        if LANGUAGE not in said:
            continue
        item = {"key": panel.key, "audiences": sorted(panel.audiences), "data": said[LANGUAGE]}
        words = {code: data for code, data in said.items() if data != said[LANGUAGE]}
        panels.append(item | ({"words": words} if words else {}))
    return panels


def snapshot_build(*, project: Project, kind: str, start: date, end: date, as_of: datetime) -> dict[str, Any]:
    """Return every report panel's data of both editions, as they stand at the end of the period.

    `start` is the first day, `end` the first day after it. Nothing is stored.
    """
    today = as_of.astimezone(ZoneInfo(project.time_zone)).date()
    last_day = min(date.fromordinal(end.toordinal() - 1), today)
    found = {panel.key: panel for reader in (TEAM, CUSTOMER) for panel in panels_for(kind, audience=reader)}
    asked = _in_order(found.values())
    panels = _frozen_panels(project, asked, last_day)
    return {
        "format": FORMAT,
        "kind": str(kind),
        "period_from": start.isoformat(),
        "period_to": end.isoformat(),
        "as_of": as_of.isoformat(),
        "figures_on": last_day.isoformat(),
        "project": _header(project),
        "asked": {panel.key: sorted(panel.audiences) for panel in asked},
        "panels": panels,
        "previous": _compared(project, kind, start, end, panels),
    }


def snapshot_take(*, project: Project, kind: str, start: date, end: date) -> Snapshot:
    """Return the snapshot of a project, kind and period; the first who asks freezes it for everybody."""
    own = {"project": project, "kind": kind, "period_from": start, "period_to": end, "superseded_at": None}
    stored = Snapshot.objects.filter(**own).first()
    if stored is not None:
        return stored
    as_of = timezone.now()
    text = canonical(snapshot_build(project=project, kind=kind, start=start, end=end, as_of=as_of))
    try:
        with transaction.atomic():
            return Snapshot.objects.create(**own, as_of=as_of, data=text, sha256=digest(text))
    except IntegrityError:
        # The worker of the other edition was a moment faster; its figures are the figures.
        return Snapshot.objects.get(**own)


def snapshot_read(snapshot: Snapshot) -> Frozen:
    """Return a snapshot's figures.

    Raises DomainError when they are not, byte for byte, what was frozen.
    """
    if digest(snapshot.data) != snapshot.sha256:
        raise DomainError(
            "The frozen figures of this report were changed after they were frozen, so it is not drawn. "
            "Restore them from a backup, or make the report anew."
        )
    return Frozen(document=json.loads(snapshot.data), sha256=snapshot.sha256, as_of=snapshot.as_of)
