"""What is attached to a row is seen there: a picture that the product drew, never the uploader's own bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from implement.testkit.cast import Cast
from projects.choices import Audience, PreviewState
from projects.kit.access import enter
from projects.kit.notes import attachment_add, attachments_draw
from projects.models import Attachment

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, kind)
    return out.getvalue()


def attach(cast: Cast, content: bytes, name: str, **more: Any) -> Attachment:
    entry = enter(cast.tom, "nordwind", "notes.change")
    return attachment_add(item=cast.setup, entry=entry, upload=SimpleUploadedFile(name, content), **more)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_seen_on_the_page_once_a_worker_has_drawn_it(
    cast: Cast, login: Login, kind: str
) -> None:
    file = attach(cast, picture(kind), "architecture.bin")
    address = f"/projects/nordwind/attachments/{file.pk}/picture/"
    browser = login(cast.tom)
    assert browser.get(address).status_code == 404
    assert attachments_draw() == 1
    assert attachments_draw() == 0
    answer = browser.get(address)
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert Image.open(io.BytesIO(b"".join(answer))).size == (40, 30)
    assert address in browser.get(f"/projects/nordwind/tasks/{cast.setup.pk}/").content.decode()


def test_what_is_no_picture_is_only_a_download(cast: Cast, login: Login) -> None:
    file = attach(cast, b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>", "drawing.svg")
    assert file.preview_state == PreviewState.NONE
    assert attachments_draw() == 0
    assert login(cast.tom).get(f"/projects/nordwind/attachments/{file.pk}/picture/").status_code == 404


def test_a_broken_picture_is_kept_and_only_not_drawn(cast: Cast, login: Login) -> None:
    file = attach(cast, b"\x89PNG\r\n\x1a\n nothing of the kind", "broken.png")
    assert attachments_draw() == 0
    file.refresh_from_db()
    assert file.preview_state == PreviewState.FAILED
    assert login(cast.tom).get(f"/projects/nordwind/attachments/{file.pk}/").status_code == 200


def test_only_who_may_read_the_file_sees_its_picture(cast: Cast, login: Login) -> None:
    file = attach(cast, picture(), "plan.png", audience=Audience.INTERNAL)
    attachments_draw()
    address = f"/projects/nordwind/attachments/{file.pk}/picture/"
    assert login(cast.fay).get(address).status_code == 200
    assert login(cast.carla).get(address).status_code == 403
    assert login(cast.rita).get(address).status_code == 404
    assert login(cast.mara).get(address.replace("nordwind", "rival")).status_code == 404
