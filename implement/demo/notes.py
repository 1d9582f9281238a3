"""What the demo's people say beside the requirements and the build, with a picture from a workshop's whiteboard."""

from __future__ import annotations

import io
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from PIL import Image, ImageDraw, ImageFont

from implement.demo.moments import as_if
from implement.demo.requirements import Room
from projects.builds.services.hooks import hook_make
from projects.choices import Audience
from projects.kit.notes import attachment_add, comment_add
from projects.kit.trace import ENDS
from projects.models import Project

BOARD, PEN, RED = (250, 251, 249), (32, 62, 122), (176, 42, 42)
# (kind, title, who, days from today, for whom, text)
SAID = (
    ("requirement", "Leads from every channel", "tom", -70, Audience.CUSTOMER,
     "Calls are typed by the inside sales; the list shows them as *Phone*. Is that the word your people use?"),
    ("requirement", "Delivery dates", "tess", -7, Audience.INTERNAL,
     "The ERP promises a window only for carriers with a contract. Ask Ivo before we write more than that."),
    ("requirement", "Quote approval", "ravi", -7, Audience.INTERNAL,
     "12.4 % is shown as 12 % and passes. The rule must compare before it rounds."),
    ("requirement", "Batch tracing", "mara", -30, Audience.CUSTOMER,
     "We would like to try this with a real batch of yours. Could the quality office name one?"),
    ("build", "Release of high discounts", "tom", -6, Audience.INTERNAL,
     "Rounding is in the price list of the ERP, not here. I take it up with Ivo."),
)  # fmt: skip
SKETCH = ("Leads from every channel", "tom", -97, "whiteboard-leads.png")


def write_notes(project: Project) -> None:
    """Let people comment, attach the whiteboard of the first workshop, and let the forge tell of code."""
    room = Room(project, {})
    for kind, title, who, days, audience, body in SAID:
        row, entry = _row(project, kind, title), room.inside(who)
        as_if(project, days, partial(comment_add, item=row, entry=entry, body=body, audience=audience))
    title, who, days, name = SKETCH
    pin = partial(
        attachment_add,
        item=_row(project, "requirement", title),
        entry=room.inside(who),
        upload=SimpleUploadedFile(name, whiteboard(), "image/png"),
        audience=Audience.CUSTOMER,
    )
    as_if(project, days, pin)
    as_if(project, -55, partial(hook_make, entry=room.mara, name="nordwind/crm on the forge"))


def _row(project: Project, kind: str, title: str) -> models.Model:
    return ENDS[kind].rows(project).get(title=title)


def whiteboard() -> bytes:
    """Return what was drawn in the workshop about leads, as PNG."""
    picture = Image.new("RGB", (900, 460), BOARD)
    draw = ImageDraw.Draw(picture)
    large, plain = (ImageFont.load_default(size=size) for size in (30, 24))
    draw.text((40, 34), "Leads: three lists today, one tomorrow", PEN, large)
    for number, text in enumerate(("Web form", "Fair (sheet)", "Phone")):
        top = 110 + 110 * number
        draw.rounded_rectangle((40, top, 250, top + 70), 12, outline=PEN, width=3)
        draw.text((145, top + 35), text, PEN, plain, anchor="mm")
        draw.line((252, top + 35, 380, 255), PEN, 3)
    for left, text in ((382, "One list"), (660, "Seller")):
        draw.rounded_rectangle((left, 215, left + 190, 295), 12, outline=PEN, width=3)
        draw.text((left + 95, 255), text, PEN, plain, anchor="mm")
    draw.line((574, 255, 658, 255), PEN, 3)
    draw.text((616, 330), "within a day!", RED, plain, anchor="mm")
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()
