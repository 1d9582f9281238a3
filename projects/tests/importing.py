"""What the tests of every import share: upload, do the job, count every row of the product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile

from implement.accounts.models import User
from projects.kit import imports, jobs
from projects.kit.access import enter
from projects.models import Customer, ImportRun, Membership, Project

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
# What reading a file writes: the upload itself and its job.
OWN = {"projects.importrun", "projects.job"}
NAMESPACE = "http://schemas.microsoft.com/project"


def shared(*names: str) -> bytes:
    """Return a file of the shared data, or skip."""
    path = SHARED.joinpath(*names)
    if not path.is_file():
        pytest.skip(f"the shared data file {path} is missing")
    return path.read_bytes()


def stored() -> dict[str, int]:
    """Return how many rows each table of the product has, but for uploads and jobs."""
    return {
        model._meta.label_lower: model._base_manager.count()
        for app in ("projects", "budget", "reports", "accounts")
        for model in apps.get_app_config(app).get_models()
        if model._meta.label_lower not in OWN and not model._meta.proxy
    }


def work(run: ImportRun) -> ImportRun:
    """Do the run's job and return the run as it is then."""
    run.refresh_from_db()
    jobs.run(str(run.job_id))
    return ImportRun.objects.select_related("job").get(pk=run.pk)


def upload(
    user: User,
    project: Project,
    kind: str,
    content: bytes,
    name: str,
    companion: bytes | None = None,
    **answers: str,
) -> ImportRun:
    """Upload and read a file; `answers` with __ for the colon of a key."""
    second = SimpleUploadedFile("dates.csv", companion) if companion is not None else None
    run = imports.import_upload(
        entry=enter(user, project.code, "project.view"),
        kind=kind,
        upload=SimpleUploadedFile(name, content),
        companion=second,
        answers={key.replace("__", ":"): value for key, value in answers.items()},
    )
    return work(run)


def answer(user: User, run: ImportRun, **answers: Any) -> ImportRun:
    """Answer questions and read again."""
    entry = enter(user, run.project.code, "project.view")
    given = {key.replace("__", ":"): value for key, value in answers.items()}
    return work(imports.import_answer(run=run, entry=entry, answers=given))


def apply(user: User, run: ImportRun) -> ImportRun:
    """Import what the preview shows."""
    return work(imports.import_apply(run=run, entry=enter(user, run.project.code, "project.view")))


def opened(run: ImportRun) -> set[str]:
    """Return the keys of the questions that wait."""
    return {question["key"] for question in run.preview.get("questions", []) if question["open"]}


def rows(run: ImportRun, outcome: str, what: str = "") -> list[dict[str, Any]]:
    """Return the preview's rows of an outcome and kind."""
    return [
        row for row in run.preview["rows"] if row["outcome"] == outcome and (not what or row["what"] == what)
    ]


def empty_project(customer: Customer, manager: User, code: str = "fresh") -> Project:
    """Return a project without a plan, run by the manager."""
    project = Project.objects.create(
        code=code, name="Fresh", customer=customer, starts_on="2026-01-05", data_date="2026-01-05"
    )
    Membership.objects.create(project=project, person=manager.person, role="manager")
    return project


def plan_xml(tasks: str = "", rest: str = "", head: str = "") -> bytes:
    """Return a plan's file."""
    inner = f"<StartDate>2026-03-02T08:00:00</StartDate>{head}<Tasks>{tasks}</Tasks>{rest}"
    return f'<?xml version="1.0" encoding="UTF-8"?><Project xmlns="{NAMESPACE}">{inner}</Project>'.encode()


def task_xml(uid: int, name: str, inner: str = "", level: int = 1, hours: int = 8) -> str:
    """Return one task of a plan's file."""
    return (
        f"<Task><UID>{uid}</UID><Name>{name}</Name><OutlineLevel>{level}</OutlineLevel>"
        f"<Duration>PT{hours}H0M0S</Duration>{inner}</Task>"
    )


def link_xml(uid: int, kind: int = 1, lag: int = 0) -> str:
    """Return a link of a task to its predecessor; the lag is in minutes."""
    return (
        f"<PredecessorLink><PredecessorUID>{uid}</PredecessorUID><Type>{kind}</Type>"
        f"<LinkLag>{lag * 10}</LinkLag><LagFormat>7</LagFormat></PredecessorLink>"
    )
