"""Idempotency-Key: a POST that is sent again, after a broken line or at the same time, is done once.

Key, work and kept answer are one transaction. A process that dies leaves none of the three, a second request
with the same key waits for the first at the key's unique index, and a request that fails frees its key.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from projects.models import IdempotencyKey

KEY_LENGTH = 70
KEPT_HEADERS = ("ETag", "Location")


class Replay(Exception):
    """This POST was answered before."""

    def __init__(self, earlier: IdempotencyKey) -> None:
        super().__init__()
        self.earlier = earlier


class Undo(Exception):
    """The request failed: roll back and send its answer."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.response = response


def digest_of(request: Request) -> str:
    """Return the SHA-256 of what a request asks for: its path, values and files."""
    hashed = hashlib.sha256(request.path.encode())
    data = request.data
    fields = data.lists() if hasattr(data, "lists") else [("", data)]
    for name, values in fields:
        for value in values if isinstance(values, list) and hasattr(data, "lists") else [values]:
            if isinstance(value, UploadedFile):
                hashed.update(f"\0{name}\0{value.name}\0".encode("utf-8", "surrogatepass"))
                for chunk in value.chunks():
                    hashed.update(chunk)
                value.seek(0)
            else:
                said = json.dumps([name, value], sort_keys=True, default=str)
                hashed.update(said.encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()


class IdempotentPosts:
    """A POST with an Idempotency-Key is done once; the same key and body gets the first answer again."""

    _idempotency: IdempotencyKey | None = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self._idempotency = None
        if request.method != "POST" or "Idempotency-Key" not in request.headers:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        try:
            with transaction.atomic():
                response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
                if not 200 <= response.status_code < 300:
                    raise Undo(response)
                self._keep(response)
        except Undo as failed:
            return failed.response
        return response

    def _keep(self, response: Any) -> None:
        """Store the answer beside its key."""
        if self._idempotency is None:
            return
        IdempotencyKey.objects.filter(pk=self._idempotency.pk).update(
            status=response.status_code,
            body=None if response.data is None else json.loads(response.rendered_content),
            headers={name: response[name] for name in KEPT_HEADERS if response.has_header(name)},
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method != "POST" or "Idempotency-Key" not in request.headers:
            return
        key = request.headers["Idempotency-Key"].strip()
        if not key or len(key) > KEY_LENGTH or not key.isprintable() or not key.isascii():
            raise exceptions.ValidationError(
                {"Idempotency-Key": [f"1 to {KEY_LENGTH} printable ASCII characters."]}
            )
        digest = digest_of(request)
        try:
            with transaction.atomic():
                self._idempotency = IdempotencyKey.objects.create(
                    user=request.user, key=f"api:{key}", request_sha256=digest
                )
        except IntegrityError:
            earlier = IdempotencyKey.objects.get(user=request.user, key=f"api:{key}")
            if earlier.request_sha256 != digest or earlier.status is None:
                raise exceptions.ValidationError(
                    {"Idempotency-Key": ["This key was used for another request."]}
                ) from None
            raise Replay(earlier) from None

    def handle_exception(self, error: Exception) -> Any:
        if isinstance(error, Replay):
            return Response(
                error.earlier.body,
                status=error.earlier.status,
                headers={**error.earlier.headers, "Idempotency-Replayed": "true"},
            )
        return super().handle_exception(error)  # type: ignore[misc]
