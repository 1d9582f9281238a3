"""What every request gets: an id in the logs, the person's time zone, and plain answers to domain errors."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
from allauth.usersessions.middleware import UserSessionsMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from implement.core.asked import asked_once
from implement.core.errors import DomainError

# Where a request carries its id, so that an answer to an error can name it.
REQUEST_ID = "implement.request_id"
GetResponse = Callable[[HttpRequest], HttpResponse]
SEEN_SECONDS = 60
SEEN_LIMIT = 10_000


class RequestContextMiddleware:
    """Bind a request id to every log line of the request and give it back in a header."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        request.META[REQUEST_ID] = request_id
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class PersonTimeZoneMiddleware:
    """Show times in the signed-in person's own time zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "time_zone", "")
        with timezone.override(ZoneInfo(zone) if zone else None):
            return self.get_response(request)


class SeenBrowserMiddleware(UserSessionsMiddleware):
    """Note when a signed-in browser was last seen: once a minute, so that a page that only reads writes nothing.

    Another address or another browser on the same session is noted at once.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.get_response = get_response
        # Browser -> when this process noted it; forgotten altogether before it grows large.
        self.noted: dict[tuple[str, ...], float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated or not request.session.session_key:
            return self.get_response(request)
        told = (request.headers.get(name, "") for name in ("X-Forwarded-For", "User-Agent"))
        browser = (request.session.session_key, request.META.get("REMOTE_ADDR", ""), *told)
        now = time.monotonic()
        if now - self.noted.get(browser, -SEEN_SECONDS) < SEEN_SECONDS:
            return self.get_response(request)
        if len(self.noted) >= SEEN_LIMIT:
            self.noted.clear()
        self.noted[browser] = now
        response: HttpResponse = super().__call__(request)
        return response


class AskedOnceMiddleware:
    """While a page is read, the same question to a selector is answered once."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        with asked_once():
            return self.get_response(request)


class DomainErrorMiddleware:
    """Turn a domain error that no form caught into a page that says what happened, with its status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return render(
            request,
            "error.html",
            {"message": exception.message, "fields": exception.fields, "status": exception.status},
            status=exception.status,
        )
