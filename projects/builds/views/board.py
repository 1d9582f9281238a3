"""The board: its columns, moving a card, the limits."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from implement.core.errors import DomainError
from implement.core.forms import is_id, offer_rows, show_errors
from projects.builds.choices import BuildState
from projects.builds.filtersets import BoardFilterSet
from projects.builds.forms import LimitsForm, MoveForm
from projects.builds.models import BuildItem
from projects.builds.selectors.board import Column, board_of, card_of, limits_of
from projects.builds.selectors.served import in_doubt
from projects.builds.services import board as services
from projects.builds.views.tabs import tabs_of
from projects.kit.forms import narrowed
from projects.kit.pages import Can, ProjectView


class BoardView(ProjectView):
    """The board with its filters; for htmx and for a board that is out of date, only its columns."""

    permission = "builds.view"
    room = "builds"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        rows = BuildItem.objects.filter(project=self.project)
        filterset = BoardFilterSet(request.GET, queryset=rows, request=request)
        for field in filterset.form.fields.values():
            if getattr(field, "queryset", None) is not None:
                offer_rows(field, narrowed(field.queryset, self.entry).filter(customer=None))
        is_filtered = any(request.GET.get(name) for name in filterset.filters)
        columns = board_of(
            project=self.project,
            found=filterset.qs if filterset.is_valid() else rows.none(),
            is_filtered=is_filtered,
            whole={value for value in request.GET.getlist("whole") if value in BuildState.values},
            now=timezone.now(),
        )
        context = {
            "columns": [(column, self.more_url(column)) for column in columns],
            "filter": filterset,
            "is_filtered": is_filtered,
            "total": sum(column.count for column in columns),
            "limits_form": LimitsForm(limits={one.state: one.limit for one in columns})
            if self.entry.can("builds.decide")
            else None,
            "tabs": tabs_of(self.entry, "board"),
        }
        is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
        return self.page("builds/board_columns.html" if is_part else "builds/board.html", context)

    def more_url(self, column: Column) -> str:
        """Return the address that shows all of a column besides what is shown now."""
        query = self.request.GET.copy()
        query.appendlist("whole", column.state)
        return f"{self.request.path}?{query.urlencode()}"


class MoveView(ProjectView):
    """Move one card: by a drop on the board (JSON), or by the form, which needs no script."""

    permission = "builds.change"
    room = "builds"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        return self.answer(MoveForm(item=item), item)

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        if request.headers.get("Accept", "").startswith("application/json"):
            return self.dropped(item)
        form = MoveForm(request.POST, item=item)
        if not form.is_valid():
            return self.answer(form, item, status=422)
        said = form.cleaned_data
        first = None
        if said["place"] == MoveForm.TOP:
            others = BuildItem.objects.filter(project=self.project, status=said["target"]).exclude(pk=item.pk)
            first = others.order_by("position", "pk").values_list("pk", flat=True).first()
        try:
            moved = services.card_move(
                item=item, entry=self.entry, seen=said["seen"], target=said["target"], reason=said["reason"],
                before=first,
            )  # fmt: skip
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, item, status=422 if error.status == 400 else error.status)
        messages.success(request, f"{moved.key} is in “{moved.get_status_display()}”.")
        return HttpResponseRedirect(reverse("builditem_board", args=[self.project.code]))

    def item(self) -> BuildItem:
        """Return the item of the address, or 404."""
        rows = BuildItem.objects.filter(project=self.project).select_related(
            "project", "owner", "environment"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def answer(self, form: MoveForm, item: BuildItem, *, status: int = 200) -> HttpResponse:
        return self.page("builds/move.html", {"form": form, "item": item}, status=status)

    def dropped(self, item: BuildItem) -> HttpResponse:
        """Answer a drop: the card as it is now and the counts of the columns, or why it goes back."""
        said = self.request.POST
        before = said.get("before", "")
        try:
            services.card_move(
                item=item,
                entry=self.entry,
                seen=said.get("seen", ""),
                target=said.get("target", ""),
                before=int(before) if is_id(before) else None,
                reason=said.get("reason", ""),
            )
        except DomainError as error:
            body: dict[str, Any] = {
                "message": error.message,
                "needs_reason": isinstance(error, services.ReasonMissing),
                "is_stale": isinstance(error, services.MovedMeanwhile),
            }
            return JsonResponse(body, status=422 if error.status == 400 else error.status)
        return JsonResponse(self.drawn(item.pk))

    def drawn(self, pk: int) -> dict[str, Any]:
        """Return a card as it is drawn, and how full the columns are."""
        rows = BuildItem.objects.filter(project=self.project)
        item = rows.select_related("owner", "environment").annotate(is_suspect=in_doubt()).get(pk=pk)
        columns = board_of(
            project=self.project, found=rows.none(), is_filtered=False, whole=(), now=timezone.now()
        )
        context = {"card": card_of(item, now=timezone.now()), "project": self.project, "can": Can(self.entry)}
        return {
            "card": render_to_string("builds/card.html", context, request=self.request),
            "columns": {
                column.state.value: render_to_string("builds/column_count.html", {"column": column})
                for column in columns
            },
            "label": str(item.get_status_display()),
        }


class LimitsView(ProjectView):
    """Say how many items the columns take."""

    permission = "builds.decide"
    room = "builds"

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = LimitsForm(request.POST, limits=limits_of(self.project))
        if form.is_valid():
            for state, limit in form.limits().items():
                services.limit_set(entry=self.entry, state=state, limit=limit)
            messages.success(request, "The limits are set.")
        else:
            messages.error(request, "A limit is a whole number from 1 to 999, or empty for none.")
        return HttpResponseRedirect(reverse("builditem_board", args=[self.project.code]))
