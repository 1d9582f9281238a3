"""A person's calendar feeds, and the file that a calendar program reads."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from implement.core.ics import calendar_file
from projects.feeds import feed_days
from projects.forms import FeedForm
from projects.models import CalendarFeed
from projects.services import feeds as services


@method_decorator(never_cache, name="dispatch")
class FeedsView(View):
    """The person's feeds; a new one's address is on this answer only."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(FeedForm(user=request.user, initial={"project": request.GET.get("project")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FeedForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            feed, secret = services.feed_make(user=request.user, project=form.cleaned_data["project"])  # type: ignore[arg-type]
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        address = request.build_absolute_uri(reverse("calendar_file", args=[secret]))
        return self.answer(FeedForm(user=request.user), made=feed, address=address)

    def answer(self, form: FeedForm, *, status: int = 200, **extra: object) -> HttpResponse:
        feeds = CalendarFeed.objects.filter(user=self.request.user, revoked_at=None).select_related("project")  # type: ignore[misc]
        context = {"form": form, "feeds": feeds, "room": "account", **extra}
        return render(self.request, "account/calendars.html", context, status=status)


class FeedRevokeView(View):
    """Let a feed stop working at once."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if services.feed_revoke(user=request.user, pk=pk):  # type: ignore[arg-type]
            messages.success(request, "The feed no longer works.")
        return HttpResponseRedirect(reverse("calendars"))


@method_decorator([login_not_required, never_cache], name="dispatch")
class CalendarFileView(View):
    """The file behind a secret address: GET and HEAD only. Calendar programs cannot sign in."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        feed = services.feed_read(secret=secret)
        if feed is None:
            raise Http404
        content = calendar_file(name=f"Implement: {feed}", entries=feed_days(feed))
        response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="implement.ics"'
        return response
