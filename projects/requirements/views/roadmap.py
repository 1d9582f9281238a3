"""The pages of the roadmap: releases with what is in them, and placing requirements."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Count, Q
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from implement.core.errors import DomainError
from implement.core.forms import is_id, show_errors
from projects.kit.access import Entry
from projects.kit.forms import narrowed
from projects.kit.pages import BULK_LIMIT, BulkAction, ModelPages, ProjectView, chosen_rows
from projects.planning import today_of
from projects.requirements.choices import OPEN_RELEASES, OUT, SIGNED
from projects.requirements.filtersets import ReleaseFilterSet, RoadmapFilterSet
from projects.requirements.forms import MilestoneForm, PlaceForm, ReleaseForm
from projects.requirements.models import Release, Requirement
from projects.requirements.presenting import effort_bar
from projects.requirements.selectors.roadmap import Roadmap, roadmap_of
from projects.requirements.selectors.work import orphans_of
from projects.requirements.services import roadmap as services
from projects.requirements.services.delivery import milestone_make
from projects.requirements.tables import ReleaseTable
from projects.requirements.views.tabs import tabs_of
from projects.requirements.workflows import RELEASE_WORKFLOW

MOST_CARDS = 60
QUARTERS = "quarter"


def roadmap_actions(entry: Entry) -> list[BulkAction]:
    """Return what the roadmap does with chosen requirements."""
    if not entry.can("requirements.plan"):
        return []
    actions = [BulkAction("place", "Put into a release", place="roadmap_place")]
    if entry.can("plan.change"):
        actions.append(BulkAction("tasks", "Make tasks", place="roadmap_tasks"))
    if entry.can("trace.change"):
        actions.append(BulkAction("link", "Link to a task", place="roadmap_link"))
    return actions


def roadmap_links(requirement: Requirement, entry: Entry) -> list[tuple[str, str]]:
    """Return what the roadmap does with one requirement as (label, address): only what is possible as it stands."""
    if requirement.status in OUT:
        return []
    query = f"?rows={requirement.pk}"
    return [
        (one.label, f"{reverse(one.place, args=[entry.project.code])}{query}")
        for one in roadmap_actions(entry)
        if one.name != "tasks" or requirement.status in SIGNED
    ]


class ReleasePages(ModelPages):
    """Releases: what is handed over at once, and what the customer reads of it."""

    model, table, filterset, form = Release, ReleaseTable, ReleaseFilterSet, ReleaseForm
    room = "requirements"
    workflow = RELEASE_WORKFLOW
    select_related = ("project", "milestone")
    fields = (
        "title",
        "goal",
        "milestone",
        "target_on",
        "released_on",
        "is_published",
        "status_reason",
        "note",
    )
    detail_template = "requirements/release.html"
    teach = "Name what is handed over at once, in the customer's words; then put requirements into it."

    @classmethod
    def permission(cls, verb: str) -> str:
        return "requirements.plan" if verb == "change" else super().permission(verb)

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        live = Count("requirements", filter=Q(requirements__deleted_at=None), distinct=True)
        return super().visible(entry).annotate(held=live)

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "roadmap")}

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        shown = dict(super().detail_fields(item, entry))
        shown["milestone"] = item.live_milestone
        shown["shown to the customer"] = "Yes" if item.is_published else "No"
        return list(shown.items())

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        road = roadmap_of(project=entry.project, as_of=today_of(entry.project))
        column = next((one for one in road.columns if one.release == item), None)
        may_make = entry.can("requirements.plan") and entry.can("plan.change")
        return {
            "column": column,
            "bar": effort_bar(column.effort) if column else None,
            "milestone_form": MilestoneForm(entry=entry, initial={"name": item.name})
            if may_make and item.live_milestone is None
            else None,
        }

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_release_kept(item) is None

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.release_save(release=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.release_delete(release=row, entry=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        services.release_restore(release=row, entry=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/<int:pk>/"
        return [
            *super().urls(prefix),
            path(f"{root}move/", ReleaseMoveView.as_view(), name="release_move"),
            path(f"{root}milestone/", ReleaseMilestoneView.as_view(), name="release_milestone"),
        ]


class RoadmapBase(ProjectView):
    """A page with the roadmap on it, narrowed by the filters in the address."""

    permission = "requirements.view"
    room = "requirements"

    def board(self, said: Any) -> dict[str, Any]:
        """Return what the board is drawn from."""
        rows = Requirement.objects.filter(project=self.project)
        filterset = RoadmapFilterSet(said, queryset=rows, request=self.request)
        owner: Any = filterset.form.fields["owner"]
        owner.queryset = narrowed(owner.queryset, self.entry).filter(customer=None)
        found = filterset.qs if filterset.is_valid() else rows.none()
        today = today_of(self.project)
        road = roadmap_of(project=self.project, as_of=today, rows=found)
        by = QUARTERS if said.get("by") == QUARTERS else "release"
        return {
            "filter": filterset,
            "by": by,
            "is_filtered": any(said.get(name) for name in ("q", "priority", "owner", "category")),
            "as_of": today,
            "road": road,
            "columns": shown_columns(road),
            "quarters": [(one, effort_bar(one.effort)) for one in road.by_quarter()]
            if by == QUARTERS
            else [],
            "may_plan": self.entry.can("requirements.plan") and by != QUARTERS,
            "bulk_actions": roadmap_actions(self.entry),
            "query": said.urlencode(),
            "most": MOST_CARDS,
        }


def shown_columns(road: Roadmap) -> list[dict[str, Any]]:
    """Return the columns with their cards, at most so many of each, and the bar of their effort."""
    return [
        {
            "column": one,
            "cards": one.cards[:MOST_CARDS],
            "more": max(0, one.total - MOST_CARDS),
            "bar": effort_bar(one.effort),
            "is_open": one.release is None or one.release.status in OPEN_RELEASES,
        }
        for one in road.everything
    ]


class RoadmapView(RoadmapBase):
    """The roadmap by release, to drag on, or by quarter."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        more = {"orphans": orphans_of(project=self.project), "tabs": tabs_of(self.entry, "roadmap")}
        return self.page("requirements/roadmap.html", self.board(request.GET) | more)


class PlaceView(RoadmapBase):
    """Put the chosen requirements into a release: from a list, from the board's bar, or by dropping a card.

    A card that was dropped is answered with the board as it is from then on.
    """

    permission = "requirements.plan"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(PlaceForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form, rows = PlaceForm(request.POST, entry=self.entry), self.rows()
        is_dropped = bool(request.htmx)  # type: ignore[attr-defined]
        if not form.is_valid() or not rows:
            said = "Choose the requirements, and a release that is still open."
            return self.refused(said, 422) if is_dropped else self.answer(form, status=422)
        try:
            moved = services.requirements_place(
                requirements=rows, release=form.cleaned_data["release"], entry=self.entry
            )
        except DomainError as error:
            status = error.status if error.status != 400 else 422
            if is_dropped:
                return self.refused(error.message, status)
            show_errors(form, error)
            return self.answer(form, status=status)
        told = placed_words(moved, form.cleaned_data["release"])
        if is_dropped:
            response = self.page("requirements/roadmap_board.html", self.board(request.GET) | {"told": told})
            response["HX-Trigger"] = json.dumps({"toast": {"text": told}}) if len(moved) > 1 else "{}"
            return response
        messages.success(request, told)
        return HttpResponseRedirect(reverse("roadmap", args=[self.project.code]))

    def rows(self) -> list[Requirement]:
        """Return the chosen requirements."""
        said = self.request.POST.getlist("rows") or self.request.GET.getlist("rows")
        rows = self.entry.visible(Requirement.objects.select_related("project"))
        return list(rows.filter(pk__in=chosen_rows(said))[:BULK_LIMIT])

    def refused(self, message: str, status: int) -> HttpResponse:
        """Tell why a card stays where it was."""
        response = HttpResponse(status=status)
        response["HX-Trigger"] = json.dumps({"toast": {"text": message, "level": "danger"}})
        return response

    def answer(self, form: PlaceForm, *, status: int = 200) -> HttpResponse:
        rows = self.rows()
        context = {"form": form, "rows": rows, "unsigned": sum(row.status not in SIGNED for row in rows)}
        return self.page("requirements/place.html", context, status=status)


def placed_words(moved: list[Requirement], release: Release | None) -> str:
    """Return what was done, in a sentence."""
    where = f"in {release}" if release is not None else "not placed"
    if not moved:
        return f"Everything was {where} already."
    if len(moved) == 1:
        return f"{moved[0].key} is {where} now."
    keys = ", ".join(row.key for row in moved[:6]) + (" …" if len(moved) > 6 else "")
    return f"{len(moved)} requirements are {where} now: {keys}"


class RoadmapDoView(ProjectView):
    """Do one thing to the cards chosen on the board: a release of their own in the choice, or a page that asks how."""

    permission = "requirements.plan"
    room = "requirements"

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        code = self.project.code
        back = f"{reverse('roadmap', args=[code])}?{request.POST.get('query', '')[:1000].lstrip('?')}"
        chosen = chosen_rows(request.POST.getlist("rows"))
        rows = list(self.entry.visible(Requirement.objects.all()).filter(pk__in=chosen)[: BULK_LIMIT + 1])
        name = request.POST.get("do", "")
        action = next((one for one in roadmap_actions(self.entry) if one.name == name), None)
        if not rows:
            messages.error(request, "Choose the requirements first.")
        elif len(rows) > BULK_LIMIT:
            messages.error(request, f"At most {BULK_LIMIT} requirements at a time.")
        elif action is not None:
            query = "&".join(f"rows={row.pk}" for row in rows)
            return HttpResponseRedirect(f"{reverse(action.place, args=[code])}?{query}")
        elif name.startswith("to-"):
            self.place(rows, name.removeprefix("to-"))
        else:
            messages.error(request, "Choose what to do with the requirements.")
        return HttpResponseRedirect(back)

    def place(self, rows: list[Requirement], said: str) -> None:
        """Put them into the release that the choice names."""
        release = Release.objects.filter(project=self.project, pk=said).first() if is_id(said) else None
        if said and release is None:
            messages.error(self.request, "This release is no longer there.")
            return
        try:
            moved = services.requirements_place(requirements=rows, release=release, entry=self.entry)
        except DomainError as error:
            messages.error(self.request, f"Nothing was changed. {error.message}")
        else:
            messages.success(self.request, placed_words(moved, release))


class ReleaseMoveView(ProjectView):
    """Move a release one place earlier or later on the roadmap."""

    permission = "requirements.plan"
    room = "requirements"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        release = get_object_or_404(ReleasePages.visible(self.entry), pk=pk)
        direction: services.Direction = "earlier" if request.POST.get("to") == "earlier" else "later"
        services.release_move(release=release, direction=direction, entry=self.entry)
        return HttpResponseRedirect(reverse("roadmap", args=[self.project.code]))


class ReleaseMilestoneView(ProjectView):
    """Make the milestone of a release in the plan."""

    permission = "requirements.plan"
    room = "requirements"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        release = get_object_or_404(ReleasePages.visible(self.entry), pk=pk)
        form = MilestoneForm(request.POST, entry=self.entry)
        if form.is_valid():
            try:
                made = milestone_make(release=release, entry=self.entry, **form.cleaned_data)
            except DomainError as error:
                messages.error(request, f"Nothing was made. {error.message}")
            else:
                messages.success(request, f"{capfirst(str(made))} is its milestone.")
        else:
            messages.error(request, f"Nothing was made. {' '.join(form.errors.as_text().split())}")
        return HttpResponseRedirect(ReleasePages.url("detail", self.project, pk=release.pk))
