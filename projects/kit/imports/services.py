"""The verbs of an import: upload, read, answer, apply, discard. Reading and applying are jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.core.money import format_number
from projects.choices import JobState
from projects.kit.access import Entry, enter
from projects.kit.imports.declaration import (
    IMPORTERS,
    Context,
    Importer,
    ImportRefused,
    importer_of,
    importers_for,
)
from projects.kit.jobs import Overtaken, Running, cancel, enqueue, handles
from projects.kit.journal import Event, record
from projects.kit.journal import register as register_events
from projects.models import ImportRun, Job, Project
from projects.models.imports import ImportState

READ_JOB = "import.read"
APPLY_JOB = "import.apply"
OPEN_STATES = (ImportState.UPLOADED, ImportState.NEEDS_ANSWER, ImportState.PREVIEWED, ImportState.REFUSED)
ANSWERABLE = (ImportState.NEEDS_ANSWER, ImportState.PREVIEWED, ImportState.REFUSED)

register_events(
    Event("importrun.applied", "imported"),
    Event("importrun.discarded", "discarded the import of"),
)


class TooLarge(DomainError):
    """More bytes than an upload may have."""

    status = 413


def too_large(importer: Importer) -> TooLarge:
    """Return the refusal of an upload that is too large."""
    message = f"The upload is too large: at most {importer.max_bytes // (1024 * 1024)} MB are taken."
    return TooLarge(message, fields={"file": message})


def runs_for(entry: Entry) -> QuerySet[ImportRun]:
    """Return the imports of a project that somebody may see: those of the kinds they may import."""
    kinds = [importer.kind for importer in importers_for(entry)]
    return ImportRun.objects.filter(project=entry.project, kind__in=kinds).select_related("job", "created_by")


def is_busy(run: ImportRun) -> bool:
    """Return whether a worker reads or imports the run, or is about to."""
    return run.job is not None and run.job.state in {JobState.QUEUED, JobState.RUNNING}


def _require(importer: Importer, entry: Entry) -> None:
    for permission in (importer.permission, *importer.also):
        entry.require(permission)


def _check_upload(importer: Importer, upload: UploadedFile, *, field: str) -> str:
    """Return the file's name without folders; raise DomainError for a wrong, empty or too large one."""
    name = PurePath((upload.name or "file").replace("\\", "/")).name[-200:]
    if (upload.size or 0) > importer.max_bytes:
        raise too_large(importer)
    if not upload.size:
        raise DomainError(f"“{name}” is empty.", fields={field: f"“{name}” is empty."})
    if importer.suffixes and not name.lower().endswith(importer.suffixes):
        wanted = " or ".join(importer.suffixes)
        message = f"“{name}” is not a {wanted} file."
        raise DomainError(message, fields={field: message})
    return name


@transaction.atomic
def import_upload(
    *,
    entry: Entry,
    kind: str,
    upload: UploadedFile,
    companion: UploadedFile | None = None,
    answers: Mapping[str, str] | None = None,
) -> ImportRun:
    """Keep a file and queue its reading. `answers` answers questions before they are asked.

    Raises Http404 for an unknown kind, NotAllowed, TooLarge, or DomainError by field.
    """
    importer = importer_of(kind)
    _require(importer, entry)
    name = _check_upload(importer, upload, field="file")
    companion_name = ""
    if importer.companion_label:
        if companion is None:
            message = f"{importer.companion_label} is missing."
            raise DomainError(message, fields={"companion": message})
        companion_name = _check_upload(importer, companion, field="companion")
    digest = hashlib.sha256()
    for part in (upload, companion) if companion_name and companion else (upload,):
        for chunk in part.chunks():
            digest.update(chunk)
        part.seek(0)
    run = ImportRun(
        project=entry.project,
        kind=kind,
        file=upload,
        filename=name,
        companion_name=companion_name,
        size=(upload.size or 0) + ((companion.size or 0) if companion_name and companion else 0),
        sha256=digest.hexdigest(),
        options={"answers": {str(key): str(value) for key, value in (answers or {}).items()}},
        created_by=entry.user,
    )
    if companion_name:
        run.companion = companion
    run.save()
    return import_preview(run=run, entry=entry)


@transaction.atomic
def import_preview(*, run: ImportRun, entry: Entry) -> ImportRun:
    """Queue the dry run: the file is read and compared with the project; nothing of it is written.

    Raises NotAllowed, or StateError when it was imported already.
    """
    _require(importer_of(run.kind), entry)
    job = enqueue(kind=READ_JOB, params={"run": run.pk}, actor=entry.user, project=run.project)
    changed = ImportRun.objects.filter(pk=run.pk, state__in=OPEN_STATES).update(
        state=ImportState.UPLOADED, job=job, options=run.options
    )
    if not changed:
        raise StateError("This file was imported already.")
    run.state, run.job = ImportState.UPLOADED, job
    return run


@transaction.atomic
def import_answer(*, run: ImportRun, entry: Entry, answers: Mapping[str, Any]) -> ImportRun:
    """Answer questions of a preview and read the file again. An empty answer takes one back.

    Raises DomainError by question for an answer that is none, NotAllowed for one that is not theirs to give,
    or StateError when nothing is asked.
    """
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state not in ANSWERABLE:
        raise StateError("Nothing is asked here now.")
    asked = {question["key"]: question for question in run.preview.get("questions", [])}
    wrong: dict[str, str] = {}
    kept = dict(run.options.get("answers", {}))
    for key, given in answers.items():
        question, value = asked.get(key), str(given if given is not None else "")[:200]
        if question is None:
            wrong[str(key)[:80]] = "This is not asked."
            continue
        allowed = {choice[0]: choice[2] for choice in question["choices"]}
        if not question["choices"]:
            value = "yes" if given in (True, "yes", "on", "true", "True", "1") else ""
        elif value and value not in allowed:
            wrong[key] = "Choose one of the answers offered."
            continue
        elif value and allowed[value] and not entry.can(allowed[value]):
            raise NotAllowed("Your role on this project does not allow this answer.")
        kept[key] = value
    if wrong:
        raise DomainError("Some answers are not right.", fields=wrong)
    run.options = {**run.options, "answers": {key: value for key, value in kept.items() if value}}
    return import_preview(run=run, entry=entry)


@transaction.atomic
def import_apply(*, run: ImportRun, entry: Entry) -> ImportRun:
    """Queue the import of what the preview shows. Asking twice imports once.

    Raises NotAllowed, or StateError when the preview is not ready.
    """
    _require(importer_of(run.kind), entry)
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("job").get(pk=run.pk)
    if run.state == ImportState.APPLIED or (run.job and run.job.kind == APPLY_JOB and is_busy(run)):
        return run
    if run.state != ImportState.PREVIEWED:
        raise StateError("The preview is not ready: read it, and answer what it asks, first.")
    job = enqueue(kind=APPLY_JOB, params={"run": run.pk}, actor=entry.user, project=run.project)
    ImportRun.objects.filter(pk=run.pk).update(job=job)
    run.job = job
    return run


@transaction.atomic
def import_discard(*, run: ImportRun, entry: Entry) -> None:
    """Forget an upload that was not imported, with its files.

    Raises StateError when it was.
    """
    _require(importer_of(run.kind), entry)
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("job").get(pk=run.pk)
    if run.state == ImportState.APPLIED:
        raise StateError("What was imported keeps its file.")
    if is_busy(run) and run.job is not None:
        cancel(job=run.job)
    record(action="importrun.discarded", target=run, actor=entry.user, project=run.project)
    files = [file for file in (run.file, run.companion) if file]
    run.delete()
    for file in files:
        name, storage = file.name, file.storage
        transaction.on_commit(lambda name=name, storage=storage: storage.delete(name), robust=True)  # type: ignore[misc]


# --- The work of the jobs ---
def _context(running: Running) -> tuple[Importer, Context] | None:
    """Return the import a job works for; None when it is gone or another job has taken over."""
    run = (
        ImportRun.objects.select_related("project", "created_by")
        .filter(pk=running.job.params["run"], job=running.job)
        .first()
    )
    if run is None:
        return None
    importer = IMPORTERS.get(run.kind)
    if importer is None:
        raise DomainError(f"Nothing here knows how to import “{run.kind}”.")
    user: User = running.job.created_by or run.created_by
    try:
        entry = enter(user, run.project.code, importer.permission)
    except Http404 as error:
        raise DomainError("Who asked for this import is no longer on the project.") from error
    _require(importer, entry)
    return importer, Context(entry=entry, run=run, progress=running.progress)


def run_url(run: ImportRun, project: Project) -> str:
    """Return the address of an import's page."""
    return reverse("import_run", kwargs={"project": project.code, "pk": run.pk})


@handles(READ_JOB, "Read a file", failed=lambda job: _read_failed(job))
def read(running: Running) -> None:
    """Read the file and keep the preview."""
    found = _context(running)
    if found is None:
        with running.finishing():
            return
    importer, context = found
    try:
        running.progress(5, "Reading the file")
        parsed = importer.parse(context)
        running.progress(50, "Comparing with the project")
        draft = importer.plan(context, parsed)
        state = ImportState.NEEDS_ANSWER if draft.is_waiting else ImportState.PREVIEWED
        preview = draft.as_json()
    except ImportRefused as error:
        state, preview = ImportState.REFUSED, {"error": _told(error), **_asked(context.run)}
    with running.finishing(result_url=run_url(context.run, context.project)):
        ImportRun.objects.filter(pk=context.run.pk, job=running.job).exclude(
            state=ImportState.APPLIED
        ).update(state=state, preview=preview)


def _told(error: ImportRefused) -> dict[str, Any]:
    return {
        "message": error.message[:2000],
        "line": error.line,
        "column": error.column,
        "value": None if error.value is None else error.value[:120],
    }


def _asked(run: ImportRun) -> dict[str, Any]:
    """Keep the questions of the last preview, so that an answer that led nowhere can be changed."""
    questions = run.preview.get("questions", [])
    given = run.options.get("answers", {})
    return {"questions": [{**question, "value": given.get(question["key"], "")} for question in questions]}


def _read_failed(job: Job) -> None:
    ImportRun.objects.filter(pk=job.params["run"], job=job).exclude(state=ImportState.APPLIED).update(
        state=ImportState.REFUSED, preview={"error": {"message": job.error}}
    )


@handles(APPLY_JOB, "Import a file")
def apply(running: Running) -> None:
    """Write what the preview showed, all or nothing, together with the end of the job."""
    found = _context(running)
    if found is None:
        with running.finishing():
            return
    importer, context = found
    running.progress(5, "Reading the file")
    parsed = importer.parse(context)
    running.progress(40, "Writing")
    with running.finishing(result_url=run_url(context.run, context.project)):
        # One import into a project at a time: the second compares with what the first has written.
        Project.objects.select_for_update().get(pk=context.project.pk)
        run = ImportRun.objects.select_for_update().filter(pk=context.run.pk, job=running.job).first()
        if run is None:
            raise Overtaken
        if run.state == ImportState.APPLIED:
            return
        draft = importer.plan(replace(context, is_writing=True), parsed)
        if draft.is_waiting:
            raise DomainError("The project has changed since the preview. Read the file again.")
        draft.write()
        counts = draft.counts()
        outcome = {
            "counts": counts,
            "by_kind": draft.by_kind(),
            "totals": [list(total) for total in draft.totals],
            "url": importer.applied(context),
        }
        ImportRun.objects.filter(pk=run.pk).update(
            state=ImportState.APPLIED, applied_at=timezone.now(), outcome=outcome, preview=draft.as_json()
        )
        changes: dict[str, tuple[Any, Any]] = {
            name: (None, format_number(count, digits=0)) for name, count in counts.items() if count
        }
        record(
            action="importrun.applied",
            target=run,
            actor=context.entry.user,
            project=context.project,
            changes=changes,
        )
