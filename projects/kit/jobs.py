"""Long work: a row first, then a wake-up call. Losing the broker or killing a worker loses nothing.

A worker claims a row by one conditional UPDATE and holds it by a lease that a thread extends. The effects
and "done" are one transaction fenced by the claim's token, so a worker that was overtaken changes nothing.
"""

from __future__ import annotations

import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from projects.choices import JobState
from projects.models import Job, Project

log = structlog.get_logger(__name__)
WAKE_TASK = "projects.tasks.run_job"
RESEND_AFTER = timedelta(seconds=4 * settings.JOB_SWEEP_SECONDS)
BACK_OFF = timedelta(seconds=20)


class Overtaken(Exception):
    """Another worker holds this job now, or it was cancelled: stop, and change nothing."""


@dataclass
class Running:
    """A claimed job in the hands of its worker."""

    job: Job
    token: uuid.UUID

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, token=self.token, state=JobState.RUNNING)

    def progress(self, percent: int, message: str = "") -> None:
        """Show how far the work is (0 to 100) and extend the lease.

        Raises Overtaken when the job is no longer this worker's, which is also how a cancel is noticed.
        """
        if not self._mine().update(
            progress=max(0, min(100, percent)), message=message[:255], lease_until=lease_end()
        ):
            raise Overtaken

    @contextmanager
    def finishing(self, *, result: Any = None, result_url: str = "") -> Iterator[None]:
        """Wrap the effects: they and "done" become one transaction, or neither happens.

        Raises Overtaken, which rolls the effects back, when the job is no longer this worker's.
        """
        with transaction.atomic():
            # First the fence: on PostgreSQL it locks the row, so no sweeper can hand it out meanwhile.
            done = self._mine().update(
                state=JobState.DONE,
                progress=100,
                result=result,
                result_url=result_url,
                finished_at=timezone.now(),
                error="",
                lease_until=None,
            )
            if not done:
                raise Overtaken
            yield


Handler = Callable[[Running], None]


@dataclass(frozen=True)
class Kind:
    """What a kind of job does; `failed` is called, once, when it is given up or stopped by a person."""

    handler: Handler
    label: str
    failed: Callable[[Job], None] | None = None


HANDLERS: dict[str, Kind] = {}


def handles(
    kind: str, label: str, *, failed: Callable[[Job], None] | None = None
) -> Callable[[Handler], Handler]:
    """Register the function that does a kind of job. It must end inside `running.finishing()`."""

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = Kind(handler=handler, label=label, failed=failed)
        return handler

    return register


def lease_end() -> Any:
    """Return when a lease taken now ends."""
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def wake(job_id: uuid.UUID) -> None:
    """Send the wake-up call. A broker that is away is only logged: the sweeper sends again."""
    try:
        current_app.send_task(WAKE_TASK, args=[str(job_id)], retry=False)
        Job.objects.filter(pk=job_id).update(woken_at=timezone.now())
    except Exception as error:
        log.warning("job.wake_failed", job=str(job_id), error=str(error))


def enqueue(
    *,
    kind: str,
    params: dict[str, Any],
    actor: User | None,
    project: Project | None = None,
    key: str | None = None,
    run_after: Any = None,
) -> Job:
    """Write a job and, after the caller's transaction, wake a worker.

    `key` makes it unique: the job that is there already is returned (a failed or cancelled one is queued again).
    """
    with transaction.atomic():
        if key is None:
            job, is_new = (
                Job.objects.create(
                    kind=kind, params=params, project=project, created_by=actor, run_after=run_after
                ),
                True,
            )
        else:
            job, is_new = Job.objects.get_or_create(
                key=key,
                defaults={
                    "kind": kind,
                    "params": params,
                    "project": project,
                    "created_by": actor,
                    "run_after": run_after,
                },
            )
        if not is_new and job.state in {JobState.FAILED, JobState.CANCELLED}:
            is_new = bool(
                Job.objects.filter(pk=job.pk, state=job.state).update(
                    state=JobState.QUEUED,
                    params=params,
                    attempts=0,
                    error="",
                    progress=0,
                    message="",
                    token=None,
                )
            )
        if is_new:
            transaction.on_commit(lambda: wake(job.pk), robust=True)
    return job


def retry(*, job: Job, actor: User | None) -> None:
    """Queue a failed job again.

    Raises StateError when it has not failed.
    """
    with transaction.atomic():
        changed = Job.objects.filter(pk=job.pk, state=JobState.FAILED).update(
            state=JobState.QUEUED, attempts=0, error="", progress=0, message="", token=None, run_after=None
        )
        if not changed:
            raise StateError("Only failed work can be tried again.")
        transaction.on_commit(lambda: wake(job.pk), robust=True)


def cancel(*, job: Job) -> None:
    """Stop a job that waits or runs; its worker notices at its next progress and changes nothing.

    Raises StateError when it has ended.
    """
    with transaction.atomic():
        changed = Job.objects.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.RUNNING]).update(
            state=JobState.CANCELLED, token=None, lease_until=None, finished_at=timezone.now()
        )
        if not changed:
            raise StateError("This work has ended already.")
        kind = HANDLERS.get(job.kind)
        if kind is not None and kind.failed is not None:
            job.refresh_from_db()
            kind.failed(job)


def _claim(job_id: str) -> Running | None:
    """Take the job by one conditional UPDATE: waiting, or running with an expired lease."""
    now = timezone.now()
    token = uuid.uuid4()
    claimable = Q(state=JobState.QUEUED) & (Q(run_after=None) | Q(run_after__lte=now))
    abandoned = Q(state=JobState.RUNNING, lease_until__lt=now)
    claimed = Job.objects.filter(claimable | abandoned, pk=job_id).update(
        state=JobState.RUNNING,
        token=token,
        attempts=F("attempts") + 1,
        lease_until=lease_end(),
        started_at=now,
    )
    return (
        Running(job=Job.objects.select_related("project", "created_by").get(pk=job_id), token=token)
        if claimed
        else None
    )


@contextmanager
def _heartbeat(running: Running) -> Iterator[None]:
    """Extend the lease from a thread while the work computes."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(settings.JOB_LEASE_SECONDS / 3):
            try:
                Job.objects.filter(pk=running.job.pk, token=running.token, state=JobState.RUNNING).update(
                    lease_until=lease_end()
                )
            except Exception as error:
                # A missed beat is no harm while the lease lasts; the next one may get through.
                log.warning("job.heartbeat_failed", job=str(running.job.pk), error=str(error))
        connection.close()

    # An in-memory test database lives in one connection only, where a thread would see nothing.
    is_shared = connection.settings_dict["NAME"] and "memory" not in str(connection.settings_dict["NAME"])
    thread = (
        threading.Thread(target=beat, daemon=True) if is_shared and not connection.in_atomic_block else None
    )
    if thread:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread:
            thread.join(timeout=5)


def run(job_id: str) -> bool:
    """Do a job if it is there to be claimed; return whether this call did it.

    A DomainError is final and its message is shown; any other error is tried again with growing pauses
    until `max_attempts`, then the job has failed with its reason.
    """
    running = _claim(job_id)
    if running is None:
        return False
    job = running.job
    kind = HANDLERS.get(job.kind)
    log.info("job.started", job=job_id, kind=job.kind, attempt=job.attempts)
    try:
        if kind is None:
            raise DomainError(f"Nothing here knows how to do “{job.kind}”.")
        if job.attempts > job.max_attempts:
            raise DomainError("The worker died each time this was tried. Look at the worker's log.")
        with _heartbeat(running):
            kind.handler(running)
    except Overtaken:
        log.warning("job.overtaken", job=job_id)
        return False
    except DomainError as error:
        _give_up(running, error.message)
    except Exception as error:
        log.exception("job.error", job=job_id, kind=job.kind)
        reason = f"{type(error).__name__}: {error}"
        if job.attempts >= job.max_attempts:
            _give_up(running, reason, trace=traceback.format_exc())
        else:
            Job.objects.filter(pk=job.pk, token=running.token).update(
                state=JobState.QUEUED,
                token=None,
                lease_until=None,
                error=reason,
                message="Failed; will be tried again.",
                run_after=timezone.now() + BACK_OFF * 2 ** (job.attempts - 1),
            )
    return True


def _give_up(running: Running, reason: str, *, trace: str = "") -> None:
    """Mark the job failed, if it is still ours, and tell its room."""
    with transaction.atomic():
        failed = Job.objects.filter(pk=running.job.pk, token=running.token, state=JobState.RUNNING).update(
            state=JobState.FAILED, error=reason[:5000], finished_at=timezone.now(), lease_until=None
        )
        kind = HANDLERS.get(running.job.kind)
        if failed and kind is not None and kind.failed is not None:
            running.job.refresh_from_db()
            kind.failed(running.job)


def sweep() -> int:
    """Wake workers for what a dead worker or a lost broker left behind; return how many.

    A waiting job is woken again only after some minutes, so that a backlog is not sent twice.
    """
    now = timezone.now()
    waiting = Q(state=JobState.QUEUED) & (
        Q(woken_at=None)
        | Q(woken_at__lt=now - RESEND_AFTER)
        | Q(run_after__gt=F("woken_at"), run_after__lte=now)
    )
    abandoned = Q(state=JobState.RUNNING, lease_until__lt=now)
    due = Job.objects.filter(waiting | abandoned).filter(Q(run_after=None) | Q(run_after__lte=now))
    ids = list(due.order_by("created_at").values_list("pk", flat=True)[:500])
    for job_id in ids:
        wake(job_id)
    return len(ids)
