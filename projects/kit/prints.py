"""PDFs and documents that are asked for: a worker makes one, files it, and it can be opened for a week.

    PLAN = prints.register(prints.Print(kind="plan.print", label="Print of the plan", permission="plan.export", ...))
    job = prints.ask(PLAN, project=project, wishes={"paper": "a4"}, actor=user)

A room says its prints in its `prints.py`. Whoever lacks the permission of a kind neither asks for nor opens one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from implement.core.pdf import html_alone, html_to_pdf
from projects.choices import JobState
from projects.kit import jobs
from projects.kit.access import Entry
from projects.models import Job, Project

# A print is made again in seconds; what lies about only fills the disk.
KEPT = timedelta(days=7)
Wishes = dict[str, Any]


@dataclass(frozen=True)
class Print:
    """One kind of print. `html` returns the whole document, or raises DomainError when there is nothing to print.

    `wishes` are what the person chose, as plain JSON. `name` is what the file is called after the project's code;
    `permission` is asked at the download, too. With `has_html`, the wish "form" may be "html": the document itself.
    """

    kind: str
    label: str
    permission: str
    html: Callable[[Project, Wishes], str]
    name: Callable[[Wishes], str]
    has_html: bool = False

    def form(self, wishes: Wishes) -> str:
        """Return what is made: "pdf" or "html"."""
        return "html" if self.has_html and wishes.get("form") == "html" else "pdf"


PRINTS: dict[str, Print] = {}


def register(printed: Print) -> Print:
    """Make a kind known, and let workers make it."""
    if printed.kind in PRINTS:
        raise ValueError(f"There are two prints called {printed.kind}.")
    PRINTS[printed.kind] = printed
    jobs.handles(printed.kind, printed.label)(partial(make, printed))
    return printed


def ask(printed: Print, *, entry: Entry, wishes: Wishes) -> Job:
    """Ask a worker for a print. Raises NotAllowed."""
    entry.require(printed.permission)
    return jobs.enqueue(kind=printed.kind, params=wishes, actor=entry.user, project=entry.project)


def make(printed: Print, running: jobs.Running) -> None:
    """Make the PDF or the document, file it, and throw away what is old."""
    job = running.job
    assert job.project is not None
    running.progress(10, "Writing the document.")
    html = printed.html(job.project, job.params)
    running.progress(40, "Laying out the pages.")
    form = printed.form(job.params)
    content = html_alone(html).encode() if form == "html" else html_to_pdf(html)
    name = default_storage.save(f"prints/{job.project.code}/{job.pk}.{form}", ContentFile(content))
    try:
        url = reverse(f"print_{form}", args=[job.project.code, job.pk])
        with running.finishing(result={"file": name, "bytes": len(content)}, result_url=url):
            forget_old(printed, job.project)
    except BaseException:
        # Whoever was overtaken leaves no file behind that nobody knows of.
        default_storage.delete(name)
        raise


def forget_old(printed: Print, project: Project) -> None:
    """Throw away the files of prints older than a week; their jobs say so."""
    old = Job.objects.filter(
        kind=printed.kind,
        project=project,
        state=JobState.DONE,
        finished_at__lt=timezone.now() - KEPT,
        result__isnull=False,
    )
    for job in old:
        name = (job.result or {}).get("file", "")
        if name:
            transaction.on_commit(partial(default_storage.delete, name), robust=True)
    old.update(result=None, result_url="", message="The file was thrown away after a week.")


def printed_file(entry: Entry, job_id: Any, form: str) -> tuple[str, str] | None:
    """Return (stored file, name for the download) of a finished print; None for what is none, or gone.

    Raises NotAllowed for who may not read what it shows.
    """
    job = entry.visible(Job.objects.filter(kind__in=PRINTS, state=JobState.DONE, pk=job_id)).first()
    if job is None:
        return None
    printed = PRINTS[job.kind]
    entry.require(printed.permission)
    file = (job.result or {}).get("file", "")
    if not file or form != printed.form(job.params) or not default_storage.exists(file):
        return None
    return file, f"{entry.project.code}-{printed.name(job.params)}.{form}"
