"""The demo's receipts: pictures of slips that nobody ever printed."""

from __future__ import annotations

import io
from datetime import date

from PIL import Image, ImageDraw, ImageFont

PAPER, INK, FAINT = (253, 252, 247), (38, 38, 42), (120, 120, 126)
WIDTH, MARGIN, LINE = 560, 44, 34


def receipt_picture(*, shop: str, day: date, number: int, lines: list[tuple[str, str]], total: str) -> bytes:
    """Return a till receipt as PNG: the shop, the day, its lines and the total, with a torn lower edge."""
    height = 330 + LINE * len(lines)
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(picture)
    large, plain, small = (ImageFont.load_default(size=size) for size in (30, 22, 18))
    draw.text((WIDTH / 2, 42), shop, INK, large, anchor="mm")
    draw.text((WIDTH / 2, 84), f"{day.day} {day:%b %Y}   No. {4200 + 17 * number}", FAINT, small, anchor="mm")
    draw.line((MARGIN, 112, WIDTH - MARGIN, 112), FAINT, 2)
    y = 144
    for text, amount in lines:
        draw.text((MARGIN, y), text, INK, plain, anchor="lm")
        draw.text((WIDTH - MARGIN, y), amount, INK, plain, anchor="rm")
        y += LINE
    draw.line((MARGIN, y, WIDTH - MARGIN, y), FAINT, 2)
    draw.text((MARGIN, y + 34), "Total", INK, large, anchor="lm")
    draw.text((WIDTH - MARGIN, y + 34), total, INK, large, anchor="rm")
    draw.text((WIDTH / 2, y + 96), "Thank you for your visit", FAINT, small, anchor="mm")
    for left in range(0, WIDTH, 20):
        draw.polygon([(left, height), (left + 10, height - 12), (left + 20, height)], (228, 228, 224))
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()
