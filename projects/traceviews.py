"""The pages on which links are made, taken away and affirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst

from implement.core.errors import DomainError
from implement.core.forms import is_id
from projects.kit import trace
from projects.kit.access import Entry
from projects.kit.pages import ProjectView, chosen_rows
from projects.kit.trace import End, LinkType
from projects.models import TraceLink

PER_PAGE = 50
MOST_WORDS = 6


@dataclass(frozen=True)
class Way:
    """One way to link a row: the type, and whether the row is the later thing."""

    type: LinkType
    is_forward: bool

    @property
    def key(self) -> str:
        """Return what the address calls it."""
        return f"{self.type.key}:{'to' if self.is_forward else 'from'}"

    @property
    def other(self) -> End:
        """Return what is at the other end."""
        return trace.ENDS[self.type.target if self.is_forward else self.type.source]

    @property
    def label(self) -> str:
        """Return it in words, such as "Is satisfied by: design element"."""
        words = self.type.forward if self.is_forward else self.type.backward
        return f"{capfirst(words)} … ({self.other.label.lower()})"


def ways_of(end: End, entry: Entry) -> list[Way]:
    """Return how a row of a kind can be linked by this person."""
    found = []
    for one in trace.types_of(end.kind):
        if one.source == end.kind:
            found.append(Way(one, is_forward=True))
        if one.target == end.kind:
            found.append(Way(one, is_forward=False))
    return [way for way in found if entry.can(way.other.permission)]


def row_named(said: str, entry: Entry) -> tuple[End, Any]:
    """Return the end and the row that an address names as "kind:id", of this project only, or 404."""
    kind, _, pk = said.partition(":")
    end = trace.ENDS.get(kind)
    row = None
    if end is not None and is_id(pk) and entry.can(end.permission):
        row = end.rows(entry.project).filter(pk=pk).first()
    if end is None or row is None:
        raise Http404
    return end, row


def matching(end: End, queryset: models.QuerySet[Any], text: str) -> models.QuerySet[Any]:
    """Return the rows that hold every word; a key such as REQ-012 is found by its number."""
    for word in text.replace("\x00", "").split()[:MOST_WORDS]:
        holds = Q()
        for column in end.search:
            holds |= Q(**{f"{column}__icontains": word})
        number = word.rpartition("-")[2]
        if hasattr(end.model, "number") and is_id(number) and len(number) <= 9:
            holds |= Q(number=int(number))
        queryset = queryset.filter(holds)
    return queryset


class LinkAddView(ProjectView):
    """Link a row with others: how, then which; many at once."""

    permission = "trace.change"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        if "from" not in request.GET:
            return HttpResponseRedirect(reverse("suspect_links", args=[project]))
        return self.answer()

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        if "from" not in request.POST:
            messages.error(request, "Open what is to be linked first, then say with what.")
            return HttpResponseRedirect(reverse("suspect_links", args=[project]))
        end, row = row_named(request.POST["from"], self.entry)
        way = self.way(end)
        others = (
            way.other.rows(self.project).filter(pk__in=chosen_rows(request.POST.getlist("rows")))
            if way
            else []
        )
        if way is None or not others:
            return self.answer(error="Choose what to link it with.", status=422)
        try:
            with transaction.atomic():
                for other in others:
                    source, target = (row, other) if way.is_forward else (other, row)
                    trace.link_add(
                        entry=self.entry, type=way.type.key, source=source, target=target,
                        note=request.POST.get("note", "")[:255],
                    )  # fmt: skip
        except DomainError as error:
            return self.answer(error=error.message, status=422)
        count = len(others)
        messages.success(request, f"{count} link{'s' if count != 1 else ''} made.")
        return HttpResponseRedirect(reverse(end.place, args=[self.project.code, row.pk]))

    def said(self, name: str) -> str:
        """Return what the address or the form says."""
        return str(self.request.POST.get(name) or self.request.GET.get(name, ""))

    def way(self, end: End) -> Way | None:
        """Return the way that was chosen."""
        return next((one for one in ways_of(end, self.entry) if one.key == self.said("way")), None)

    def answer(self, *, error: str = "", status: int = 200) -> HttpResponse:
        end, row = row_named(self.said("from"), self.entry)
        ways = ways_of(end, self.entry)
        way = self.way(end) or (ways[0] if ways else None)
        if way is None:
            raise Http404
        links = TraceLink.objects.filter(project=self.project, type=way.type.key)
        taken = (
            links.filter(source_id=row.pk).values("target_id")
            if way.is_forward
            else links.filter(target_id=row.pk).values("source_id")
        )
        rows = way.other.rows(self.project).exclude(way.other.out).exclude(pk__in=taken)
        if way.other.kind == end.kind:
            rows = rows.exclude(pk=row.pk)
        text = self.said("q")[:100]
        page = Paginator(matching(way.other, rows, text), PER_PAGE).get_page(self.said("page"))
        context = {
            "end": end, "row": row, "here": f"{end.kind}:{row.pk}", "ways": ways, "way": way, "text": text,
            "page": page, "error": error, "back": reverse(end.place, args=[self.project.code, row.pk]),
        }  # fmt: skip
        return self.page("projects/link_add.html", context, status=status)


class ChosenLinksView(ProjectView):
    """What is done to links that are there, one or many."""

    permission = "trace.change"
    room = "requirements"

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        chosen = chosen_rows(request.POST.getlist("rows"))
        links = TraceLink.objects.filter(project=self.project, pk__in=chosen)[: trace.MOST_AT_ONCE]
        messages.success(request, self.act(list(links)))
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
        return HttpResponseRedirect(back if safe else reverse("suspect_links", args=[self.project.code]))

    def act(self, links: list[TraceLink]) -> str:
        """Do it; return what was done."""
        raise NotImplementedError


class AffirmView(ChosenLinksView):
    """Say that links hold as both ends stand now."""

    def act(self, links: list[TraceLink]) -> str:
        count = trace.links_affirm(links=links, entry=self.entry)
        return f"{count} link{'s' if count != 1 else ''} affirmed, as both ends stand now."


class RemoveView(ChosenLinksView):
    """Take links away."""

    def act(self, links: list[TraceLink]) -> str:
        count = trace.links_remove(links=links, entry=self.entry)
        return f"{count} link{'s' if count != 1 else ''} taken away."


class SuspectLinksView(ProjectView):
    """Every link in doubt, the longest first, to be affirmed or mended."""

    permission = "trace.view"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        found = TraceLink.objects.filter(project=self.project).suspect().order_by("suspect_since", "pk")
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        rows = trace.rows_of(page, self.project)
        shown = []
        for link in page:
            ends = [
                (trace.ENDS[kind], rows.get((kind, pk)), seen)
                for kind, pk, seen in (
                    (link.source_kind, link.source_id, link.source_revision),
                    (link.target_kind, link.target_id, link.target_revision),
                )
            ]
            if all(row is not None and self.entry.can(end.permission) for end, row, _seen in ends):
                shown.append(
                    {
                        "link": link,
                        "words": trace.TYPES[link.type].forward,
                        "changed": trace.changed_words(link, ends),
                        "ends": [
                            (row, reverse(end.place, args=[self.project.code, row.pk]))
                            for end, row, _seen in ends
                            if row is not None
                        ],
                    }
                )
        return self.page("projects/suspect_links.html", {"rows": shown, "page": page})
