"""What the product tells a person, and the views they keep."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views import View

from projects.choices import Channel
from projects.kit.access import visible_projects
from projects.models import Delivery, SavedView

PAGE_SIZE = 50


class NotificationsView(View):
    """Notices in the product, newest first; opening the page leaves them unread until the person says so."""

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = (
            Delivery.objects.filter(user=request.user, channel=Channel.IN_APP)
            .select_related("entry__project")
            .order_by("-pk")
        )
        only_unread = request.GET.get("show") == "unread"
        if only_unread:
            mine = mine.filter(read_at=None)
        page = Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page"))
        # A notice outlives its membership: the words stay, the way in does not.
        open_ids = set(visible_projects(request.user).values_list("pk", flat=True))  # type: ignore[arg-type]
        context = {"page": page, "open_ids": open_ids, "only_unread": only_unread, "room": "notifications"}
        return render(request, "dashboard/notifications.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        mine = Delivery.objects.filter(user=request.user, channel=Channel.IN_APP, read_at=None)
        chosen = request.POST.get("notice", "")
        if chosen:
            mine = mine.filter(pk=chosen) if chosen.isdecimal() and len(chosen) < 19 else mine.none()
        count = mine.update(read_at=timezone.now())
        if not chosen:
            messages.success(request, f"{count} marked as read." if count else "Nothing was unread.")
        return HttpResponseRedirect(reverse("notifications"))


class SavedViewsView(View):
    """The lists that a person keeps under a name, for each project that is open to them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        views = list(SavedView.objects.filter(user=request.user))
        projects = list(visible_projects(request.user)[:50])  # type: ignore[arg-type]
        rows = [
            {
                "view": view,
                "links": [
                    {"project": project, "url": f"{address}?{view.query}"}
                    for project in projects
                    if (address := list_address(view.page, project.code))
                ],
            }
            for view in views
        ]
        return render(request, "dashboard/saved_views.html", {"rows": rows, "room": "saved_views"})

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("forget", "")
        if chosen.isdecimal() and len(chosen) < 19:
            SavedView.objects.filter(user=request.user, pk=chosen).delete()
            messages.success(request, "Forgotten.")
        return HttpResponseRedirect(reverse("saved_views"))


def list_address(page: str, code: str) -> str:
    """Return the list's address on a project; empty when the list is gone."""
    try:
        return reverse(f"{page}_list", kwargs={"project": code})
    except NoReverseMatch:
        return ""
