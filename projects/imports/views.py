"""The pages of an import: what can be imported, upload, preview with its questions, progress, result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from implement.core.errors import DomainError, NotAllowed
from projects.imports.uploads import limit_upload
from projects.kit.imports import (
    Importer,
    Outcome,
    import_answer,
    import_apply,
    import_discard,
    import_preview,
    import_upload,
    importer_of,
    importers_for,
    is_busy,
    runs_for,
)
from projects.kit.imports.services import APPLY_JOB
from projects.kit.pages import ProjectView
from projects.models import ImportRun
from projects.models.imports import ImportState

PER_PAGE = 50
RUNS_PER_PAGE = 25
TONES = {
    Outcome.CREATED: "good",
    Outcome.CHANGED: "moving",
    Outcome.UNCHANGED: "quiet",
    Outcome.REFUSED: "trouble",
}
WORDS = {
    Outcome.CREATED: "To create",
    Outcome.CHANGED: "To change",
    Outcome.UNCHANGED: "Unchanged",
    Outcome.REFUSED: "Refused",
}
DONE_WORDS = {
    Outcome.CREATED: "Created",
    Outcome.CHANGED: "Changed",
    Outcome.UNCHANGED: "Unchanged",
    Outcome.REFUSED: "Refused",
}


class ImportsView(ProjectView):
    """A page of imports: open to whoever may import anything here."""

    permission = "project.view"
    room = "imports"

    def allowed(self) -> list[Importer]:
        """Return what this person may import; raise NotAllowed for nothing."""
        found = importers_for(self.entry)
        if not found:
            raise NotAllowed("Your role on this project does not allow imports.")
        return found

    def run(self) -> ImportRun:
        """Return the import of the address, of this project and of a kind they may import, or 404."""
        self.allowed()
        run: ImportRun = get_object_or_404(runs_for(self.entry), pk=self.kwargs["pk"])
        return run

    def to_run(self, run: ImportRun) -> HttpResponseRedirect:
        return HttpResponseRedirect(
            reverse("import_run", kwargs={"project": self.project.code, "pk": run.pk})
        )


class ImportListView(ImportsView):
    """What can be imported, and what was."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        importers = self.allowed()
        runs = runs_for(self.entry).defer("preview", "outcome", "options")
        page = Paginator(runs, RUNS_PER_PAGE).get_page(request.GET.get("page"))
        labels = {importer.kind: importer.label for importer in importers}
        rows = [{"run": run, "label": labels[run.kind], "is_busy": is_busy(run)} for run in page]
        return self.page("projects/imports.html", {"importers": importers, "page": page, "rows": rows})


@method_decorator(csrf_exempt, name="dispatch")
class ImportUploadView(ImportsView):
    """Choose the file. A body that is too large is refused by its announced length, before it is read.

    Django's own CSRF check reads the form first, so it waits until the length is known; it is not skipped.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        importer = importer_of(kwargs["kind"])
        files = 2 if importer.companion_label else 1
        limit_upload(request, limit=importer.max_bytes * files)

        @csrf_protect
        def guarded(request: HttpRequest) -> HttpResponse:
            return super(ImportUploadView, self).dispatch(request, *args, **kwargs)

        answer: HttpResponse = guarded(request)
        return answer

    def importer(self) -> Importer:
        """Return the kind of the address; raise NotAllowed when it is not theirs to import."""
        importer = importer_of(self.kwargs["kind"])
        for permission in (importer.permission, *importer.also):
            self.entry.require(permission)
        return importer

    def get(self, request: HttpRequest, project: str, kind: str) -> HttpResponse:
        return self.form(self.importer())

    def post(self, request: HttpRequest, project: str, kind: str) -> HttpResponse:
        importer = self.importer()
        sent, second = request.FILES.get("file"), request.FILES.get("companion")
        if not isinstance(sent, UploadedFile):
            return self.form(importer, errors={"file": "Choose a file."}, status=422)
        try:
            run = import_upload(
                entry=self.entry,
                kind=kind,
                upload=sent,
                companion=second if isinstance(second, UploadedFile) else None,
            )
        except DomainError as error:
            errors = error.fields or {"file": error.message}
            return self.form(importer, errors=errors, status=422 if error.status == 400 else error.status)
        return self.to_run(run)

    def form(
        self, importer: Importer, *, errors: dict[str, str] | None = None, status: int = 200
    ) -> HttpResponse:
        context = {
            "importer": importer,
            "errors": errors or {},
            "accept": ",".join(importer.suffixes),
            "max_mb": importer.max_bytes // (1024 * 1024),
        }
        return self.page("projects/import_upload.html", context, status=status)


class ImportRunView(ImportsView):
    """One import: its progress, what it asks, what it would do, what it did."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.show(self.run())

    def show(
        self, run: ImportRun, *, errors: dict[str, str] | None = None, status: int = 200
    ) -> HttpResponse:
        """Answer with the run's page; `errors` are messages by question."""
        preview = run.preview or {}
        shown = self.request.GET.get("show", "")
        rows = preview.get("rows", [])
        chosen = [row for row in rows if row["outcome"] == shown] if shown in set(Outcome) else rows
        counts = preview.get("counts", {})
        words = DONE_WORDS if run.state == ImportState.APPLIED else WORDS
        writes = counts.get(Outcome.CREATED, 0) + counts.get(Outcome.CHANGED, 0)
        context = {
            "run": run,
            "importer": importer_of(run.kind),
            "job": run.job,
            "is_busy": is_busy(run),
            "is_applying": run.job is not None and run.job.kind == APPLY_JOB,
            "preview": preview,
            "error": preview.get("error"),
            "sections": sections(preview.get("questions", []), errors or {}),
            "page": Paginator(chosen, PER_PAGE).get_page(self.request.GET.get("page")),
            "tabs": [
                {
                    "key": one.value,
                    "word": words[one],
                    "count": counts.get(one.value, 0),
                    "active": shown == one,
                }
                for one in Outcome
            ],
            "shown": shown,
            "words": {one.value: words[one] for one in Outcome},
            "tones": {one.value: TONES[one] for one in Outcome},
            "left_off": max(0, preview.get("all_rows", 0) - len(rows)),
            "writes": writes,
            "can_apply": run.state == ImportState.PREVIEWED and not is_busy(run),
            "was_imported": self.earlier(run),
            "errors": errors or {},
        }
        return self.page("projects/import_run.html", context, status=status)

    def earlier(self, run: ImportRun) -> ImportRun | None:
        """Return the last import of the very same file, if there was one."""
        if run.state == ImportState.APPLIED:
            return None
        same = ImportRun.objects.filter(
            project=self.project, kind=run.kind, sha256=run.sha256, state=ImportState.APPLIED
        )
        found: ImportRun | None = same.defer("preview", "outcome").exclude(pk=run.pk).first()
        return found


def sections(questions: list[dict[str, Any]], errors: dict[str, str]) -> list[dict[str, Any]]:
    """Return the questions by section, in their order, each with its error."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, question in enumerate(questions):
        shown = {**question, "id": f"q{number}", "error": errors.get(question["key"], "")}
        found.setdefault(question["section"] or "Questions", []).append(shown)
    return [{"name": name, "questions": asked} for name, asked in found.items()]


class ImportProgressView(ImportsView):
    """How far the work is: a fragment that asks again, or sends the page on when it is done."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        run = self.run()
        if not is_busy(run):
            response = HttpResponse(status=200)
            response["HX-Redirect"] = self.to_run(run).url
            return response
        return self.page("projects/import_progress.html", {"run": run, "job": run.job})


class ImportAnswerView(ImportRunView):
    """Answer what the preview asks; it is read again."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        run = self.run()
        asked = [question["key"] for question in run.preview.get("questions", [])]
        try:
            import_answer(
                run=run, entry=self.entry, answers={key: request.POST.get(key, "") for key in asked}
            )
        except DomainError as error:
            if not error.fields:
                raise
            return self.show(run, errors=error.fields, status=422)
        return self.to_run(run)

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.to_run(self.run())


class ImportStepView(ImportsView):
    """Import it, read it again, or discard it."""

    def post(self, request: HttpRequest, project: str, pk: int, step: str) -> HttpResponse:
        run = self.run()
        if step == "apply":
            import_apply(run=run, entry=self.entry)
        elif step == "read":
            import_preview(run=run, entry=self.entry)
        elif step == "discard":
            import_discard(run=run, entry=self.entry)
            messages.success(request, f"“{run.filename}” is discarded; nothing of it was imported.")
            return HttpResponseRedirect(reverse("import_list", kwargs={"project": self.project.code}))
        else:
            raise Http404
        return self.to_run(run)
