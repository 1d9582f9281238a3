"""Pages about many rows: list, saved views, bulk actions, trash, export."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_tables2 import RequestConfig

from implement.core.errors import DomainError
from implement.core.forms import is_id
from projects.kit.exports import export_response
from projects.kit.pages.base import TRASH, BulkAction, PagesView
from projects.models import SavedView

PAGE_SIZE = 25
BULK_LIMIT = 500
REFUSALS_SHOWN = 5


class ListPage(PagesView):
    """The list: filters and sort in the address, saved views, 25 rows a page; only the rows for htmx."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        filterset = self.pages.filterset(request.GET, queryset=self.queryset(), request=request)
        self.pages.narrow_filters(filterset, self.entry)
        found = filterset.qs if filterset.is_valid() else self.queryset().none()
        table = self.pages.table_for(found, self.entry)
        bulk_actions = self.pages.bulk_actions(self.entry)
        table.can_pick = bool(bulk_actions)
        RequestConfig(request, paginate={"per_page": PAGE_SIZE, "silent": True}).configure(table)
        context = {
            "table": table,
            "filter": filterset,
            "saved_views": SavedView.objects.filter(user=self.entry.user, page=self.pages.name()),
            "is_filtered": any(value for key, value in request.GET.items() if key not in {"page", "sort"}),
            "bulk_actions": bulk_actions,
            **self.pages.list_context(self.entry),
        }
        part = (
            "generic/index_results.html"
            if request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
            else self.pages.list_template
        )
        return self.page(part, context)


class SaveViewPage(PagesView):
    """Keep the list's filters under a name, or forget it."""

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        name = request.POST.get("name", "").strip()[:60]
        query = request.POST.get("query", "")[:1000].lstrip("?")
        mine = SavedView.objects.filter(user=self.entry.user, page=self.pages.name())
        if "forget" in request.POST:
            mine.filter(pk__in=[value for value in [request.POST["forget"]] if value.isdecimal()]).delete()
        elif not name:
            messages.error(request, "A view needs a name.")
        else:
            mine.update_or_create(
                user=self.entry.user, page=self.pages.name(), name=name, defaults={"query": query}
            )
            messages.success(request, f"The view “{name}” is kept.")
        return HttpResponseRedirect(f"{self.pages.url('list', self.project)}?{query}")


def chosen_rows(said: list[str]) -> set[int]:
    """Return the keys among what a form or an address says; the rest is nothing."""
    return {int(value) for value in said if is_id(value)}


class BulkPage(PagesView):
    """Do one thing to many chosen rows; a row that refuses stays as it is and says why."""

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        name = request.POST.get("do", "")
        action = next((one for one in self.pages.bulk_actions(self.entry) if one.name == name), None)
        chosen = chosen_rows(request.POST.getlist("rows"))
        items = list(self.queryset().filter(pk__in=chosen)) if 0 < len(chosen) <= BULK_LIMIT else []
        if action is None:
            messages.error(request, "Choose what to do with the rows.")
        elif len(chosen) > BULK_LIMIT:
            messages.error(request, f"At most {BULK_LIMIT} rows at a time; {len(chosen)} were chosen.")
        elif not items:
            messages.error(request, "Choose the rows first.")
        elif action.place:
            query = urlencode({"rows": [item.pk for item in items]}, doseq=True)
            return HttpResponseRedirect(f"{reverse(action.place, args=[self.project.code])}?{query}")
        else:
            try:
                self.say(action, items, self.carry_out(action, items))
            except DomainError as error:
                messages.error(request, f"Nothing was changed. {error.message}")
        query = request.POST.get("query", "")[:1000].lstrip("?")
        return HttpResponseRedirect(f"{self.pages.url('list', self.project)}?{query}")

    def carry_out(self, action: BulkAction, items: list[Any]) -> list[str]:
        """Do it; return why rows refused. Raises DomainError when all were refused together."""
        if action.name == TRASH:
            self.pages.delete_all(rows=items, entry=self.entry)
            return []
        assert self.pages.workflow is not None
        refusals = []
        for item in items:
            try:
                # One row at a time: what one refuses is no reason to hold up the others.
                self.pages.workflow.perform(
                    name=action.name,
                    item=item,
                    entry=self.entry,
                    reason=self.request.POST.get("reason", ""),
                )
            except DomainError as error:
                refusals.append(error.message)
        return refusals

    def say(self, action: BulkAction, items: list[Any], refusals: list[str]) -> None:
        """Tell how many went, and the first reasons of those that did not."""
        done = len(items) - len(refusals)
        if done:
            names = self.pages.model._meta
            what = names.verbose_name if done == 1 else names.verbose_name_plural
            messages.success(self.request, f"{action.label}: {done} {what}.")
        if refusals:
            more = len(refusals) - REFUSALS_SHOWN
            reasons = " ".join(dict.fromkeys(refusals[:REFUSALS_SHOWN]))
            rest = f" And {more} more." if more > 0 else ""
            messages.warning(self.request, f"{len(refusals)} left as they were. {reasons}{rest}")


class TrashPage(PagesView):
    """What was thrown away."""

    verb = "change"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        items = self.pages.trashed(self.entry).order_by("-deleted_at")
        page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
        return self.page("generic/trash.html", {"page": page})


class ExportPage(PagesView):
    """The list as it is filtered, as CSV or XLSX."""

    verb = "export"

    def get(self, request: HttpRequest, project: str, format: str) -> HttpResponseBase:
        filterset = self.pages.filterset(request.GET, queryset=self.queryset(), request=request)
        self.pages.narrow_filters(filterset, self.entry)
        if not filterset.is_valid():
            raise DomainError("These filters cannot be read: " + filterset.form.errors.as_text())
        table = self.pages.table_for(self.pages.exported(filterset.qs), self.entry)
        return export_response(table=table, format=format, name=f"{self.project.code}-{self.pages.slug()}")
