"""The trace matrix on paper, as it is filtered on the page."""

from __future__ import annotations

from collections.abc import Iterator

from django.template.loader import render_to_string
from django.utils import timezone

from implement.core.errors import DomainError
from projects.kit import prints, trace
from projects.kit.trace import End
from projects.models import Project
from projects.planning import zone_of
from projects.requirements.filtersets import MatrixFilterSet
from projects.requirements.models import Requirement
from projects.requirements.presenting import thread_tiles
from projects.requirements.selectors.matrix import ROOT, MatrixRow, matrix_rows, thread_of

CHUNK = 500
# Laid out in about a minute; more would take the worker's memory.
MOST_PRINTED = 5000


def matrix_html(project: Project, wishes: prints.Wishes) -> str:
    """Return the matrix as a document. Raises DomainError when nothing fits, or it would be a book."""
    columns = trace.wanted_of(ROOT)
    everything = Requirement.objects.filter(project=project).select_related("project")
    filterset = MatrixFilterSet(wishes, queryset=everything, project=project, columns=columns)
    if not filterset.is_valid():
        raise DomainError("These filters cannot be read: " + filterset.form.errors.as_text())
    pks = list(filterset.qs.order_by("number").values_list("pk", flat=True))
    if not pks:
        raise DomainError("There is nothing to print: no requirement fits the filters.")
    if len(pks) > MOST_PRINTED:
        raise DomainError(
            f"{len(pks):,} requirements are too many for one print; at most {MOST_PRINTED:,} fit."
        )
    return render_to_string(
        "requirements/matrix_pdf.html",
        {
            "project": project,
            "columns": columns,
            "rows": list(_rows(project, pks, columns)),
            "tiles": thread_tiles(thread_of(project=project, kinds=tuple(end.kind for end in columns))),
            "filters": filter_words(filterset),
            "as_of": timezone.localtime(timezone.now(), zone_of(project)),
        },
    )


def _rows(project: Project, pks: list[int], columns: list[End]) -> Iterator[MatrixRow]:
    for begin in range(0, len(pks), CHUNK):
        some = Requirement.objects.filter(pk__in=pks[begin : begin + CHUNK]).select_related("project")
        yield from matrix_rows(project=project, requirements=some.order_by("number"), columns=columns)


def filter_words(filterset: MatrixFilterSet) -> str:
    """Return what was chosen, in the words of the page; "all in scope" when nothing was."""
    said = []
    for name, field in filterset.form.fields.items():
        value = filterset.form.cleaned_data.get(name)
        if value:
            words = dict(getattr(field, "choices", ()))
            said.append(f"{field.label}: {words.get(value, value)}")
    return ", ".join(said) or "all in scope"


MATRIX = prints.register(
    prints.Print(
        kind="requirements.matrix",
        label="Trace matrix",
        permission="trace.view",
        html=matrix_html,
        name=lambda wishes: "trace-matrix",
    )
)
