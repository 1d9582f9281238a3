"""Draws the first page of a PDF, or a photo, as a small picture of our own: `python -m implement.core.firstpage`.

What people upload is opened by large parsers written in C. They run here, in a process of its own with little memory
and little time, never in the server: the file comes in by standard input, a PNG goes out by standard output, and a
file that breaks the parser breaks nothing else. Nothing of the uploader's bytes is ever shown as it is.
"""

from __future__ import annotations

import importlib
import io
import resource
import subprocess
import sys

from PIL import Image, ImageOps

WIDEST, HIGHEST = 1200, 1700
MOST_PIXELS = 80_000_000
MEMORY_BYTES = 1_500_000_000
SECONDS = 20
PDF = b"%PDF-"


class CannotDraw(Exception):
    """A file is no picture and no page, or takes too much."""


def first_page(content: bytes) -> bytes:
    """Return the first page of a PDF or an upright, smaller copy of a picture, as PNG. Raises CannotDraw."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "implement.core.firstpage"],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotDraw(str(error)[:300]) from error
    return done.stdout


def picture_of(content: bytes) -> Image.Image:
    """Return the picture; whatever goes wrong ends this process."""
    if not content.startswith(PDF):
        Image.MAX_IMAGE_PIXELS = MOST_PIXELS
        # A phone's photo says in its notes which way is up.
        return ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    # Only this process, and only for a PDF, pays for the library; without it there is no picture, and nothing else.
    page = importlib.import_module("pypdfium2").PdfDocument(content)[0]
    width, height = page.get_size()
    picture: Image.Image = page.render(
        scale=min(WIDEST / max(width, 1), HIGHEST / max(height, 1), 4)
    ).to_pil()
    return picture


def main() -> None:
    """Read a file, write its picture."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    picture = picture_of(sys.stdin.buffer.read())
    picture.thumbnail((WIDEST, HIGHEST))
    picture.convert("RGB").save(sys.stdout.buffer, "PNG", optimize=True)


if __name__ == "__main__":
    main()
