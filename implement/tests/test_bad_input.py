"""Every import with files that nobody should send: the file is refused and told why, and nothing of it is stored.

The kinds are not listed here: they are those that rooms have registered, each with every kind of file it takes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from implement.accounts.models import User
from implement.testkit.cast import Cast
from projects.choices import JobState, Role
from projects.kit.access import GRANTS
from projects.kit.imports import IMPORTERS
from projects.models import ImportRun
from projects.tests.importing import stored, work

Login = Callable[..., Client]
pytestmark = pytest.mark.django_db
FILES = [(kind, suffix) for kind, importer in IMPORTERS.items() for suffix in importer.suffixes]


def zipped(name: str, content: bytes, *empty: str) -> bytes:
    """Return a ZIP archive of one file, and of some that are empty."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for other in empty:
            archive.writestr(other, b"")
        archive.writestr(name, content)
    return stream.getvalue()


ENTITY = b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><Project>&e;</Project>'
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><Project>&m;</Project>"
)
BAD: dict[str, bytes] = {
    "empty": b"",
    "white": b" \r\n\t\n",
    "mark": b"\xef\xbb\xbf",
    "pdf": b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n%%EOF",
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
    "zeros": b"\x00" * 5000,
    "broken-encoding": b"Date,Hours\n\xff\xfe\x81\x8d\xed\xa0\x80,\xc3\x28\n",
    "half-utf-16": "Date,Hours\n2026-03-02,8".encode("utf-16")[:-1],
    "headers-only": b"Date,Hours,Person\n",
    "headers-twice": b"Date,Date,Hours,Hours\n2026-03-02,2026-03-03,1,2\n",
    "one-long-line": b"x" * 1_000_000,
    "many-columns": b"," * 200_000 + b"\n" + b"," * 200_000,
    "open-quote": b'Date,Hours\n"2026-03-02,8\n',
    "formulas": b"=1+1,@SUM(A1),+2,-3\n=cmd|' /C calc'!A0,=1,+1,-1\n",
    "zip-of-nothing": b"PK\x05\x06" + bytes(18),
    "half-a-zip": zipped("xl/workbook.xml", b"<workbook/>")[:60],
    "zip-of-something": zipped("readme.txt", b"hello"),
    "zip-bomb": zipped("xl/worksheets/sheet1.xml", b"\x00" * 120_000_000, "xl/workbook.xml"),
    "entities-in-a-workbook": zipped("xl/workbook.xml", ENTITY),
    "external-entity": ENTITY,
    "billion-laughs": LAUGHS,
    "half-an-xml": b'<?xml version="1.0"?><Project xmlns="http://schemas.microsoft.com/project"><Tasks><Task>',
    "deep-xml": b"<a>" * 50_000 + b"</a>" * 50_000,
    "other-xml": b"<html><body>Hello</body></html>",
}


def parts(kind: str, suffix: str, content: bytes) -> dict[str, SimpleUploadedFile]:
    """Return what a browser sends: the bad file, twice for a kind that takes two."""
    sent = {"file": SimpleUploadedFile(f"bad{suffix}", content)}
    if IMPORTERS[kind].companion_label:
        sent["companion"] = SimpleUploadedFile(f"worse{suffix}", content)
    return sent


def is_told(run: ImportRun) -> str:
    """Return what is wrong with how a run was read; empty when it said clearly what it did not take."""
    if run.job is None or run.job.state != JobState.DONE:
        return f"the reading broke: {run.job and run.job.error}"
    preview: dict[str, Any] = run.preview
    if run.state == "refused":
        message = preview["error"]["message"]
        return "" if len(message) > 15 and message.endswith((".", "”", "?")) else f"no sentence: {message!r}"
    if any(row["outcome"] in {"created", "changed"} for row in preview["rows"]):
        return f"something would be written: {preview['counts']}"
    nowhere = [row for row in preview["rows"] if row["outcome"] == "refused" and not row["line"]]
    if nowhere:
        return f"refused without a place: {nowhere[0]}"
    if run.state == "needs_answer" or preview["rows"] or preview["notes"]:
        return ""
    return "neither a refusal nor a row nor a question"


def importer(cast: Cast, kind: str) -> User:
    """Return somebody who may import this: the project's manager, or else its finances."""
    return cast.mara if IMPORTERS[kind].permission in GRANTS[Role.MANAGER] else cast.fay


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(("kind", "suffix"), FILES, ids=[f"{kind}{suffix}" for kind, suffix in FILES])
class BadFileTests:
    @pytest.fixture(autouse=True)
    def _media(self, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_the_page_tells_why_and_stores_nothing(
        self, cast: Cast, login: Login, kind: str, suffix: str, bad: str
    ) -> None:
        browser = login(importer(cast, kind))
        before = stored()
        answer = browser.post(f"/projects/nordwind/imports/add/{kind}/", parts(kind, suffix, BAD[bad]))
        if answer.status_code == 422:
            assert f"bad{suffix}" in answer.content.decode()
            assert not ImportRun.objects.exists()
        else:
            assert answer.status_code == 302
            run = work(ImportRun.objects.get())
            assert not is_told(run)
            assert browser.get(answer["Location"]).status_code == 200
        assert stored() == before

    def test_the_api_tells_why_and_stores_nothing(self, cast: Cast, kind: str, suffix: str, bad: str) -> None:
        client = APIClient()
        client.force_login(importer(cast, kind))
        before = stored()
        root = "/api/v1/projects/nordwind/imports/"
        answer = client.post(root, {"kind": kind, **parts(kind, suffix, BAD[bad])}, format="multipart")
        if answer.status_code == 400:
            assert f"bad{suffix}" in answer.content.decode()
            assert not ImportRun.objects.exists()
        else:
            assert answer.status_code == 201
            run = work(ImportRun.objects.get())
            assert not is_told(run)
            for address in (f"{root}{run.pk}/", f"{root}{run.pk}/rows/"):
                assert client.get(address).status_code == 200
        assert stored() == before
