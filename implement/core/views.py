"""Answers that belong to no room: health for supervisors and load balancers, and what went wrong outside a view."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.crypto import constant_time_compare
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from implement.core.middleware import REQUEST_ID
from implement.core.rest import is_api, outer_problem


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process serves and reaches its database; 503 with the reason otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        return JsonResponse({"status": "unavailable", "database": type(error).__name__}, status=503)
    return JsonResponse({"status": "ok", "database": connection.vendor})


@login_not_required
def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that somebody asked too often, which is how guessing passwords is slowed down."""
    return render(request, "429.html", status=429)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' format to who brings METRICS_TOKEN; without that setting, only outside production."""
    if not settings.METRICS_TOKEN:
        if settings.PRODUCTION:
            raise Http404
        return ExportToDjangoView(request)
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponseForbidden("The token is missing or wrong.")
    return ExportToDjangoView(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to look at; a program gets a problem document."""
    if is_api(request):
        return outer_problem(code=400, detail="The request cannot be read.")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that is none; a program gets a problem document."""
    if is_api(request):
        return outer_problem(code=404, detail="There is no such address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke, and the id under which the log says what; never what it was."""
    request_id = request.META.get(REQUEST_ID, "")
    if is_api(request):
        return outer_problem(
            code=500,
            detail="Something broke on our side, and nothing was half-saved. The log knows it by request_id.",
            request_id=request_id,
        )
    # Without the request's own context, which may be what is broken.
    return HttpResponse(render_to_string("500.html", {"request_id": request_id}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in plain words that the form was open too long, or came from another place."""
    return render(
        request,
        "error.html",
        {
            "status": 403,
            "message": "This form was open too long or came from another place. Go back, reload and send it again.",
        },
        status=403,
    )
