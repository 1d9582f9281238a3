"""The page of a job: how far it is, stop it, try it again, open what it made. For every room's long work and prints."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from implement.core.errors import NotAllowed
from projects.choices import JobState
from projects.kit import jobs, prints
from projects.kit.access import Entry
from projects.kit.pages import ProjectView
from projects.models import Job

ENDED = {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


def may_steer(entry: Entry, job: Job) -> bool:
    """Return whether this person may stop or repeat a job: who asked for it, and who runs the project."""
    return job.created_by_id == entry.user.pk or entry.can("project.change")


class JobView(ProjectView):
    """A job; for htmx only its progress, which asks again until the job has ended."""

    permission = "jobs.view"

    def job(self) -> Job:
        """Return the job of the address, or 404."""
        return get_object_or_404(
            self.entry.visible(Job.objects.select_related("created_by")), pk=self.kwargs["pk"]
        )

    def get(self, request: HttpRequest, project: str, pk: uuid.UUID) -> HttpResponse:
        job = self.job()
        kind = jobs.HANDLERS.get(job.kind)
        context = {
            "job": job,
            "label": kind.label if kind else job.kind,
            "has_ended": job.state in ENDED,
            "may_steer": may_steer(self.entry, job),
        }
        is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
        return self.page("components/job.html" if is_part else "projects/job.html", context)


class JobSteerView(JobView):
    """Stop a job, or try a failed one again."""

    def get(self, request: HttpRequest, project: str, pk: uuid.UUID, verb: str = "") -> HttpResponse:
        return HttpResponseRedirect(reverse("job", args=[project, self.job().pk]))

    def post(self, request: HttpRequest, project: str, pk: uuid.UUID, verb: str) -> HttpResponse:
        job = self.job()
        if not may_steer(self.entry, job):
            raise NotAllowed("Only who asked for this work, or a project manager, may do this.")
        if verb == "cancel":
            jobs.cancel(job=job)
            messages.success(request, "The work is stopped. Nothing of it was kept.")
        else:
            jobs.retry(job=job, actor=self.entry.user)
        return HttpResponseRedirect(reverse("job", args=[project, pk]))


class PrintView(ProjectView):
    """Hand out a print to who may read the room that it is of."""

    permission = "project.view"
    form = "pdf"

    def get(self, request: HttpRequest, project: str, pk: uuid.UUID) -> FileResponse:
        found = prints.printed_file(self.entry, pk, self.form)
        if found is None:
            raise Http404
        file, name = found
        # A document brings its own styles, which no page of ours may have: it is saved, not shown.
        is_page = self.form == "html"
        kind = "text/html; charset=utf-8" if is_page else "application/pdf"
        opened = default_storage.open(file, "rb")
        return FileResponse(opened, as_attachment=is_page, filename=name, content_type=kind)
