"""Fixtures of the reports' tests."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from implement.demo.build import build
from implement.demo.builds import write_builds
from implement.demo.changes import raise_changes
from implement.demo.contracts import agree_contracts
from implement.demo.designs import write_designs
from implement.demo.requirements import change_requirements, write_requirements
from implement.demo.roadmap import plan_releases
from implement.reports import services
from implement.reports.models import Report
from implement.reports.tests import samples
from implement.testkit.cast import Cast
from projects.choices import JobState
from projects.kit import jobs, panels
from projects.kit.access import Entry, enter
from projects.models import Job, Project
from projects.signoffs.models import ResponseRequest

Make = Callable[..., Report]
START = date(2026, 10, 12)


@pytest.fixture
def sample_panels(monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, panels.Panel]:
    """Put the sample panels in place of the rooms' own."""
    engines = copy.deepcopy(settings.TEMPLATES)
    engines[0]["DIRS"] = [Path(__file__).parent / "templates", *engines[0]["DIRS"]]
    settings.TEMPLATES = engines
    known = {panel.key: panel for panel in samples.PANELS}
    monkeypatch.setattr(panels, "PANELS", known)
    monkeypatch.setattr("implement.reports.snapshots.PANELS", known)
    monkeypatch.setattr("implement.reports.workbook.PANELS", known)
    return known


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Keep what is filed in a folder that goes."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def entry(cast: Cast) -> Entry:
    """Mara, the project manager, inside Nordwind."""
    return enter(cast.mara, "nordwind", "reports.view")


@pytest.fixture
def make(cast: Cast, sample_panels: object) -> Make:
    """Return a function that makes a report of last week as a worker would."""

    def made(kind: str = "status", audience: str = "customer", **more: Any) -> Report:
        report = services.report_request(
            project=cast.nordwind,
            kind=kind,
            audience=audience,
            start=more.get("start", START),
            end=more.get("end", START + timedelta(days=7)),
            actor=cast.mara,
        )
        work_all()
        report.refresh_from_db()
        return report

    return made


def work_all() -> None:
    """Do every job that waits, as a worker would."""
    for pk in list(Job.objects.filter(state=JobState.QUEUED).values_list("pk", flat=True)):
        jobs.run(str(pk))


@pytest.fixture
def work() -> Callable[[], None]:
    """Return the function that does every job that waits."""
    return work_all


@pytest.fixture
def demo(db: None, settings: Any, tmp_path: Path) -> Project:
    """Return the demo's richest project."""
    settings.MEDIA_ROOT = tmp_path
    found = build(timezone.localdate())[0]
    write_requirements(found)
    write_designs(found)
    write_builds(found)
    plan_releases(found)
    change_requirements(found)
    raise_changes(found)
    agree_contracts(found, with_pdf=False)
    # Asked long enough ago to wait in last week's report.
    ResponseRequest.objects.update(created_at=timezone.now() - timedelta(weeks=3))
    return found
