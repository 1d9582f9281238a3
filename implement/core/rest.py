"""What every API answer has in common: problem documents (RFC 9457), cursor pages, order, ETags.

It knows nothing of projects, so that settings can name it before any view is loaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DataError
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, filters, serializers, status
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from implement.core.errors import DomainError, StaleVersion

log = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"
API_PREFIX = "/api/"
KEPT_HEADERS = {"www-authenticate", "retry-after", "allow"}
# ASCII control characters and halves of characters: no database column may hold them all.
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class PreconditionFailed(exceptions.APIException):
    """The row changed since the ETag was read."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "The row has changed since you read it. Read it again and repeat the change."
    default_code = "stale"


class ProblemSerializer(serializers.Serializer):
    """An error as RFC 9457 writes it."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(allow_blank=True)
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)
    request_id = serializers.CharField(
        required=False, help_text="Only of an error of ours (500): names the request in the server's log."
    )


def problem_body(*, code: int, detail: str, errors: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Return an error document's members."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return body


def problem(*, code: int, detail: str, errors: dict[str, list[str]] | None = None) -> Response:
    """Return an error document from within a view."""
    return Response(
        problem_body(code=code, detail=detail, errors=errors), status=code, content_type=PROBLEM_TYPE
    )


def is_api(request: HttpRequest) -> bool:
    """Return whether a request's errors are read by a program."""
    return request.path.startswith(API_PREFIX)


def outer_problem(*, code: int, detail: str, **members: str) -> JsonResponse:
    """Return an error document for what failed outside, or broke inside, a view of the API."""
    return JsonResponse(
        problem_body(code=code, detail=detail) | members, status=code, content_type=PROBLEM_TYPE
    )


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn every expected error into a problem document; None leaves an unexpected one to be a 500."""
    if isinstance(error, StaleVersion):
        return problem(code=status.HTTP_412_PRECONDITION_FAILED, detail=error.message)
    if isinstance(error, DomainError):
        return problem(
            code=error.status,
            detail=error.message,
            errors={name: [text] for name, text in error.fields.items()},
        )
    if isinstance(error, RequestDataTooBig):
        megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        return problem(
            code=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            detail=f"The body is too large: at most {megabytes} MB are read.",
        )
    if isinstance(error, OverflowError | DataError):
        # A number or a date passed its field's own check and broke further down: still the sender's value.
        log.warning("api.value_out_of_range", error=str(error))
        return problem(code=status.HTTP_400_BAD_REQUEST, detail="A number or date is too large.")
    if isinstance(error, RecursionError):
        return problem(code=status.HTTP_400_BAD_REQUEST, detail="The JSON is nested too deeply.")
    if isinstance(error, ValidationError):
        error = exceptions.ValidationError(
            error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing here, or it is not yours to see.")
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    answer = exception_handler(error, context)
    if answer is None:
        return None
    errors = flatten(answer.data) if isinstance(error, exceptions.ValidationError) else None
    said = problem(
        code=answer.status_code,
        detail="Some values are not right." if errors else str(answer.data.get("detail", "")),
        errors=errors,
    )
    for name, value in answer.items():
        if name.lower() in KEPT_HEADERS:
            said[name] = value
    return said


def flatten(data: Any, prefix: str = "") -> dict[str, list[str]]:
    """Return DRF's nested errors as dotted field -> messages."""
    if isinstance(data, dict):
        return {
            name: text
            for key, value in data.items()
            for name, text in flatten(value, f"{prefix}{key}.").items()
        }
    if isinstance(data, list) and any(isinstance(value, dict | list) for value in data):
        return {
            name: text
            for index, value in enumerate(data)
            for name, text in flatten(value, f"{prefix}{index}.").items()
        }
    messages = data if isinstance(data, list) else [data]
    return {prefix.rstrip(".") or "non_field_errors": [str(message) for message in messages]}


def check_writable(value: Any) -> None:
    """Raise ValidationError for a text, however deep in JSON, that no database can store."""
    if isinstance(value, str) and UNWRITABLE.search(value):
        raise exceptions.ValidationError("This holds characters that cannot be stored.")
    if isinstance(value, dict):
        for key, item in value.items():
            check_writable(key)
            check_writable(item)
    elif isinstance(value, list):
        for item in value:
            check_writable(item)


def beyond(ordering: Sequence[str], values: Sequence[str], *, reverse: bool) -> Q:
    """Return the condition for the rows after (or, in reverse, before) the one with these values."""
    found, equal = Q(), Q()
    for name, value in zip(ordering, values, strict=True):
        column = name.lstrip("-")
        descending = name.startswith("-") is not reverse
        found |= equal & Q(**{f"{column}__{'lt' if descending else 'gt'}": value})
        equal &= Q(**{column: value})
    return found


class Pages(CursorPagination):
    """Pages by cursor: a cursor names the row where a page ends, in every column of a total order.

    So no row is shown twice or left out while others come and go, however many are alike in the first column.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-pk"

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page has; raise ValidationError rather than answer with another number."""
        said = request.query_params.get(self.page_size_query_param)
        if not said:
            return self.page_size
        if not (said.isascii() and said.isdecimal() and 1 <= int(said[:9]) <= self.max_page_size):
            raise exceptions.ValidationError(
                {self.page_size_query_param: [f"A whole number from 1 to {self.max_page_size}."]}
            )
        return int(said)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                }
        return parameters

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return one page, one row more having been read to know whether another follows."""
        self.request = request
        size = self.get_page_size(request)
        self.base_url = request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        _, self.reverse, self.position = self.decode_cursor(request) or Cursor(0, False, None)
        try:
            if self.position is not None:
                queryset = queryset.filter(
                    beyond(self.ordering, json.loads(self.position), reverse=self.reverse)
                )
            turned = queryset.order_by(*self.ordering)
            rows = list((turned.reverse() if self.reverse else turned)[: size + 1])
        except (ValueError, TypeError, OverflowError, ValidationError) as error:
            # The cursor is of another order, or names what is no value of a column.
            raise exceptions.NotFound(self.invalid_cursor_message) from error
        self.has_more = len(rows) > size
        self.page = rows[:size][::-1] if self.reverse else rows[:size]
        return self.page

    def get_next_link(self) -> str | None:
        """Return the address of the page after this one; None on the last."""
        is_earlier = self.position is not None and self.reverse
        return self.link(reverse=False) if is_earlier or (not self.reverse and self.has_more) else None

    def get_previous_link(self) -> str | None:
        """Return the address of the page before this one; None on the first."""
        is_later = self.position is not None and not self.reverse
        return self.link(reverse=True) if is_later or (self.reverse and self.has_more) else None

    def link(self, *, reverse: bool) -> str:
        """Return the address of the page before or after this one."""
        # Where nothing is left, the way leads to the beginning or the end.
        position = None
        if self.page:
            row = self.page[0 if reverse else -1]
            position = json.dumps([str(getattr(row, name.lstrip("-"))) for name in self.ordering])
        return str(self.encode_cursor(Cursor(0, reverse, position)))


class DeclaredOrderingFilter(filters.OrderingFilter):
    """`?ordering=` over declared columns, none of them null; the key makes every order total."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> list[str]:
        chosen = super().get_ordering(request, queryset, view) or ("-pk",)
        return [*chosen, *(() if {"pk", "-pk", "id", "-id"} & set(chosen) else ("pk",))]

    def get_default_ordering(self, view: Any) -> Any:
        return getattr(view, "ordering", None)

    def get_valid_fields(self, queryset: Any, view: Any, context: Any = None) -> list[tuple[str, str]]:
        return [(name, name) for name in getattr(view, "ordering_fields", None) or ()]

    def remove_invalid_fields(self, queryset: Any, fields: list[str], view: Any, request: Any) -> list[str]:
        """Refuse a column that is not declared, rather than return another order than was asked for."""
        known = {name for name, _ in self.get_valid_fields(queryset, view)}
        for field in fields:
            if field.lstrip("-") not in known:
                raise exceptions.ValidationError(
                    {"ordering": [f"“{field}” is not one of: {', '.join(sorted(known)) or 'none'}."]}
                )
        return fields

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = sorted(getattr(view, "ordering_fields", None) or ())
        if not names:
            return []
        columns = {"type": "string", "enum": [*names, *(f"-{name}" for name in names)]}
        return [
            {
                "name": self.ordering_param,
                "in": "query",
                "required": False,
                "description": "Columns to sort by, - in front turns one round.",
                "style": "form",
                "explode": False,
                "schema": {"type": "array", "items": columns},
            }
        ]


def etag_of(row: Any) -> str:
    """Return the row's version as an ETag."""
    return f'"{row.version}"'


def expected_version(request: Request, row: Any) -> int | None:
    """Return the version that If-Match demands; None when the client did not say.

    Raises PreconditionFailed when it names other versions only.
    """
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return None
    if etag_of(row) not in {tag.strip().removeprefix("W/") for tag in header.split(",")}:
        raise PreconditionFailed
    return int(row.version)
