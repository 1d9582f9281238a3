"""The thread's pages: the matrix, what a change touches, what follows from nothing, the story of a requirement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from implement.core.errors import DomainError
from implement.core.tabular import SheetOut, Value
from projects.kit import prints, trace
from projects.kit.exports import workbook_response
from projects.kit.pages import ProjectView
from projects.requirements.filtersets import MatrixFilterSet
from projects.requirements.models import Requirement
from projects.requirements.presenting import thread_tiles
from projects.requirements.prints import MATRIX
from projects.requirements.selectors.impact import impact_of
from projects.requirements.selectors.matrix import ROOT, MatrixRow, columns_for, matrix_rows, thread_of
from projects.requirements.selectors.story import story_of
from projects.requirements.views.tabs import tabs_of

PER_PAGE = 50
CHUNK = 500
MOST_SHOWN = 4


class ThreadView(ProjectView):
    """A page of the thread."""

    permission = "trace.view"
    room = "requirements"

    def requirements(self) -> models.QuerySet[Requirement]:
        """Return the requirements of the project."""
        return Requirement.objects.filter(project=self.project).select_related("project", "owner", "release")

    def requirement(self, pk: int) -> Requirement:
        """Return the requirement of the address, or 404."""
        return get_object_or_404(self.requirements(), pk=pk)


class MatrixView(ThreadView):
    """Requirements against what follows from them: holes and links in doubt at a glance."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        columns = columns_for(self.entry)
        filterset = MatrixFilterSet(
            request.GET, queryset=self.requirements(), request=request, project=self.project, columns=columns
        )
        found = filterset.qs if filterset.is_valid() else self.requirements().none()
        page = Paginator(found.order_by("number"), PER_PAGE).get_page(request.GET.get("page"))
        thread = thread_of(project=self.project, kinds=tuple(end.kind for end in columns))
        return self.page(
            "requirements/matrix.html",
            {
                "columns": columns,
                "rows": matrix_rows(project=self.project, requirements=page, columns=columns),
                "page": page,
                "filter": filterset,
                "is_filtered": any(value for key, value in request.GET.items() if key != "page"),
                "tiles": thread_tiles(thread),
                "most": MOST_SHOWN,
                "tabs": tabs_of(self.entry, "matrix"),
            },
        )


class MatrixExportView(ThreadView):
    """The matrix as it is filtered, as a workbook or CSV."""

    permission = "requirements.export"

    def get(self, request: HttpRequest, project: str, format: str) -> HttpResponseBase:
        self.entry.require("trace.view")
        columns = columns_for(self.entry)
        filterset = MatrixFilterSet(
            request.GET, queryset=self.requirements(), request=request, project=self.project, columns=columns
        )
        if not filterset.is_valid():
            raise DomainError("These filters cannot be read: " + filterset.form.errors.as_text())
        headers = ["Key", "Title", "Priority", "Status"]
        for end in columns:
            headers += [end.plural, f"{end.plural}: done"]
        sheet = SheetOut(
            name="Trace matrix", headers=(*headers, "In doubt"), rows=self.lines(filterset.qs, columns)
        )
        return workbook_response(
            sheets=[sheet], part=0, format=format, name=f"{self.project.code}-trace-matrix"
        )

    def lines(self, found: models.QuerySet[Any], columns: list[trace.End]) -> Iterator[list[Value]]:
        """Yield a line a requirement, read in pieces."""
        pks = list(found.order_by("number").values_list("pk", flat=True))
        for begin in range(0, len(pks), CHUNK):
            some = self.requirements().filter(pk__in=pks[begin : begin + CHUNK]).order_by("number")
            for row in matrix_rows(project=self.project, requirements=some, columns=columns):
                yield line_of(row)


class MatrixPrintView(ThreadView):
    """Ask a worker for the matrix as a PDF, as it is filtered."""

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        names = ("q", "gap", "priority", "kind", "status")
        wishes = {name: value[:200] for name in names if (value := request.POST.get(name, ""))}
        job = prints.ask(MATRIX, entry=self.entry, wishes=wishes)
        return HttpResponseRedirect(reverse("job", args=[project, job.pk]))


def line_of(row: MatrixRow) -> list[Value]:
    """Return a row of the matrix as the cells of a table: no item is an empty cell, and its "done" says n/a."""
    one = row.requirement
    cells: list[Value] = [one.key, one.title, one.get_priority_display(), one.get_status_display()]
    for cell in row.cells:
        done = sum(item.is_done for item in cell)
        keys = (f"{item.key} (in doubt)" if item.is_suspect else item.key for item in cell)
        cells += [", ".join(keys), f"{done} of {len(cell)}" if cell else "n/a"]
    return [*cells, row.is_suspect]


class ImpactView(ThreadView):
    """If this requirement changes: what is touched, whose it is, and which signatures end."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.requirement(pk)
        return self.page("requirements/impact.html", {"item": item, "impact": impact_of(item, self.entry)})


class StoryView(ThreadView):
    """One requirement from its capture to its deployment, on one page."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.requirement(pk)
        page = Paginator(story_of(item, self.entry), 100).get_page(request.GET.get("page"))
        return self.page("requirements/story.html", {"item": item, "page": page})


class UnreasonedView(ThreadView):
    """Rows of a later kind from which no thread leads back to a requirement."""

    def get(self, request: HttpRequest, project: str, end: str) -> HttpResponse:
        if end == "task":
            # A task has its reason by a summary above it, too, or may need none: the roadmap lists those without.
            return HttpResponseRedirect(f"{reverse('roadmap_orphans', args=[project])}#tasks-title")
        columns = columns_for(self.entry)
        column = next((one for one in columns if one.kind == end), None)
        if column is None:
            raise Http404
        rows = trace.rootless(project=self.project, kind=end, root=ROOT)
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        for row in page:
            row.url = reverse(column.place, args=[project, row.pk])
        return self.page(
            "requirements/unreasoned.html",
            {"end": column, "page": page, "columns": columns, "tabs": tabs_of(self.entry, "matrix")},
        )
