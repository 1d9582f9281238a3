"""What was brought where: promotions, the matrix, release notes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language

from implement.core.errors import DomainError
from implement.core.forms import is_id, show_errors
from projects.builds.choices import PROMOTABLE
from projects.builds.filtersets import PromotionFilterSet
from projects.builds.forms import PromoteForm
from projects.builds.models import BuildItem, Promotion
from projects.builds.presenting import notes_file, notes_name, notes_words
from projects.builds.prints import NOTES
from projects.builds.selectors.releases import release_notes
from projects.builds.selectors.standing import matrix_of
from projects.builds.services.promotions import MOST_ITEMS, promotion_make
from projects.builds.tables import PromotionTable
from projects.builds.views.tabs import tabs_of
from projects.kit import prints
from projects.kit.access import Entry
from projects.kit.once import new_nonce, once
from projects.kit.pages import ExportPage, HistoryPage, ModelPages, ProjectView, SaveViewPage, chosen_rows

ROWS_SHOWN = 100


class PromotionPages(ModelPages):
    """The builds that were brought into environments; made on a page of their own, and then never changed."""

    model, table, filterset, form = Promotion, PromotionTable, PromotionFilterSet, PromoteForm
    room = "builds"
    fields = ("environment", "build_id", "at", "by", "skip_reason")
    select_related = ("environment__project", "by")
    list_template = "builds/promotions.html"
    detail_template = "builds/promotion.html"
    teach = "Choose built items in the list, and bring them into the first environment with the build they are in."

    @classmethod
    def permission(cls, verb: str) -> str:
        return "nobody.may" if verb == "change" else super().permission(verb)

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return super().visible(entry).annotate(carried=Count("promoted"))

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "promotions")}

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [row for row in super().detail_fields(item, entry) if row[1] not in ("", None)]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        others = Promotion.objects.filter(environment=item.environment_id, at__lt=item.at)
        return {
            "notes": release_notes(until=item, is_whole=True),
            "others": others.order_by("-at", "-pk")[:50],
        }

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/"
        return [
            path(root, cls.list_page.as_view(pages=cls), name="promotion_list"),
            path(f"{root}export.<str:format>", ExportPage.as_view(pages=cls), name="promotion_export"),
            path(f"{root}views/", SaveViewPage.as_view(pages=cls), name="promotion_views"),
            path(f"{root}make/", PromoteView.as_view(), name="promotion_make"),
            path(f"{root}<int:pk>/", cls.detail_page.as_view(pages=cls), name="promotion_detail"),
            path(f"{root}<int:pk>/history/", HistoryPage.as_view(pages=cls), name="promotion_history"),
            path(f"{root}<int:pk>/notes/", NotesView.as_view(), name="promotion_notes"),
            path(f"{root}<int:pk>/notes.md", NotesFileView.as_view(), name="promotion_markdown"),
        ]


class PromoteView(ProjectView):
    """Bring a build with the chosen items into an environment: all of them or none."""

    permission = "builds.promote"
    room = "builds"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(PromoteForm(entry=self.entry, initial=self.proposed()))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = PromoteForm(request.POST, entry=self.entry)
        rows = self.chosen()
        if not form.is_valid() or not rows:
            return self.answer(form, status=422)
        made: list[Promotion] = []

        def make() -> str:
            made.append(promotion_make(items=rows, entry=self.entry, **form.cleaned_data))
            return reverse("promotion_detail", args=[self.project.code, made[0].pk])

        try:
            url, is_new = once(
                user=self.entry.user, form="promote", nonce=request.POST.get("nonce", ""), act=make
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422 if error.status == 400 else error.status)
        if is_new:
            messages.success(request, f"{made[0]}: {len(rows)} build item{'s' if len(rows) != 1 else ''}.")
        return HttpResponseRedirect(url)

    def proposed(self) -> dict[str, Any]:
        """Return the next environment of the chosen items, and the build that they are in, where it is one."""
        rows = self.chosen()
        environments, matrix = matrix_of(project=self.project, items=rows)
        for at, environment in enumerate(environments):
            cells = [row.cells[at] for row in matrix]
            if not all(cell is not None and not cell.is_past for cell in cells) or not cells:
                before = {row.cells[at - 1].build_id for row in matrix if at and row.cells[at - 1]}
                build = before.pop() if len(before) == 1 else ""
                return {"environment": environment.pk, "build_id": build}
        return {"environment": environments[-1].pk} if environments else {}

    def chosen(self) -> list[BuildItem]:
        """Return the chosen items."""
        said = self.request.POST.getlist("rows") or self.request.GET.getlist("rows")
        rows = BuildItem.objects.filter(project=self.project, pk__in=chosen_rows(said))
        return list(rows.select_related("project", "environment").order_by("number")[:MOST_ITEMS])

    def answer(self, form: PromoteForm, *, status: int = 200) -> HttpResponse:
        chosen = self.chosen()
        offered = (
            BuildItem.objects.filter(project=self.project, status__in=PROMOTABLE)
            .select_related("environment")
            .order_by("number")[:MOST_ITEMS]
        )
        picked = {row.pk for row in chosen}
        rows = [*chosen, *(row for row in offered if row.pk not in picked)]
        environments, matrix = matrix_of(project=self.project, items=rows)
        context = {
            "form": form,
            "environments": environments,
            "rows": matrix,
            "picked": picked,
            "is_empty": self.request.method == "POST" and not picked,
            "nonce": self.request.POST.get("nonce") or new_nonce(),
        }
        return self.page("builds/promote.html", context, status=status)


class NotesView(ProjectView):
    """The release notes of a build, or of all builds between two of an environment."""

    permission = "builds.view"
    room = "builds"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        until, since = self.ends()
        notes = release_notes(until=until, since=since)
        earlier = Promotion.objects.filter(environment=until.environment_id, at__lt=until.at)
        context = {
            "notes": notes,
            "words": notes_words(notes, self.project),
            "earlier": earlier.order_by("-at", "-pk")[:100],
            "query": f"?since={since.pk}" if since else "",
        }
        return self.page("builds/notes.html", context)

    def ends(self) -> tuple[Promotion, Promotion | None]:
        """Return the build of the address, and the earlier one that it asks for; 404 for any other."""
        rows = Promotion.objects.filter(environment__project=self.project).select_related(
            "environment__project"
        )
        until = get_object_or_404(rows, pk=self.kwargs["pk"])
        said = self.request.GET.get("since", "")
        if not said:
            return until, None
        earlier = rows.filter(environment=until.environment_id, at__lt=until.at)
        return until, get_object_or_404(earlier, pk=int(said) if is_id(said) else 0)


class NotesFileView(NotesView):
    """The release notes as a Markdown file."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        until, since = self.ends()
        return notes_file(release_notes(until=until, since=since), self.project)


class NotesPrintView(NotesView):
    """Ask for the release notes as a PDF."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        until, since = self.ends()
        wishes = {
            "until": until.pk,
            "since": since.pk if since else None,
            "language": get_language(),
            "name": notes_name(release_notes(until=until, since=since)),
        }
        job = prints.ask(NOTES, entry=self.entry, wishes=wishes)
        return HttpResponseRedirect(reverse("job", args=[self.project.code, job.pk]))


class MatrixView(ProjectView):
    """What stands where: each item with its build in each environment."""

    permission = "builds.view"
    room = "builds"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        items = (
            BuildItem.objects.filter(project=self.project, status__in=PROMOTABLE)
            | BuildItem.objects.filter(project=self.project, round__gt=1)
        ).order_by("number")
        page = Paginator(items.select_related("project"), ROWS_SHOWN).get_page(request.GET.get("page"))
        environments, rows = matrix_of(project=self.project, items=page)
        context = {
            "page": page,
            "environments": environments,
            "rows": rows,
            "tabs": tabs_of(self.entry, "matrix"),
        }
        return self.page("builds/matrix.html", context)
