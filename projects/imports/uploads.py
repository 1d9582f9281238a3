"""Uploads that are too large are refused before, or while, they are read."""

from __future__ import annotations

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from projects.kit.imports import TooLarge

FORM_BYTES = 64 * 1024


def refusal(limit: int) -> TooLarge:
    """Return what is said to an upload that is too large."""
    megabytes = max(1, limit // (1024 * 1024))
    message = f"The upload is too large: at most {megabytes} MB are taken."
    return TooLarge(message, fields={"file": message})


class LimitHandler(FileUploadHandler):
    """Count what arrives, for a body that announces no length or a false one."""

    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self.limit = limit
        self.arrived = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass a chunk on, or raise TooLarge."""
        self.arrived += len(raw_data)
        if self.arrived > self.limit:
            raise refusal(self.limit)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""


def limit_upload(request: HttpRequest, *, limit: int) -> None:
    """Raise TooLarge when the announced length is over `limit` bytes; watch what arrives otherwise.

    Must be called before anything reads the body.
    """
    if request.method != "POST":
        return
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdecimal() and int(announced) > limit + FORM_BYTES:
        raise refusal(limit)
    request.upload_handlers.insert(0, LimitHandler(request, limit))
