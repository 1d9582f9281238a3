"""HTML to tagged PDF or one HTML file. Nothing is fetched but the product's own stylesheets, fonts and pictures."""

from __future__ import annotations

import base64
import importlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings

from implement.core.errors import DomainError

# A host that cannot exist: every relative address becomes one of it, so only our own can be told apart.
BASE_URL = "https://print.invalid/"
STATIC_PATH = "/static/"
SUFFIXES = frozenset({".css", ".woff2", ".svg", ".png"})
# XML has no place for them, and a PDF's text layer neither.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_ADDRESS = re.compile(r'url\("([^"]+)"\)')


class RefusedAddress(ValueError):
    """A document tried to fetch something that is not the product's own."""


def static_file(url: str) -> Path:
    """Return the file of our static folder that an address names.

    Raises RefusedAddress for every other address: other schemes and hosts, other folders, other kinds.
    """
    parts = urlsplit(url)
    folder = Path(settings.BASE_DIR, "static").resolve()
    name = unquote(parts.path)
    file = (folder / name.removeprefix(STATIC_PATH)).resolve()
    is_ours = (
        f"{parts.scheme}://{parts.netloc}/" == BASE_URL
        and name.startswith(STATIC_PATH)
        and file.is_relative_to(folder)
        and file.suffix in SUFFIXES
        and file.is_file()
    )
    if not is_ours:
        raise RefusedAddress(f"A document may not fetch {url[:200]}.")
    return file


def _kind(file: Path) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def html_alone(html: str) -> str:
    """Return a complete HTML document that needs no other file: its stylesheets, and their fonts, stand in it."""

    def font(found: re.Match[str]) -> str:
        file = static_file(urljoin(BASE_URL, found[1]))
        return f'url("data:{_kind(file)};base64,{base64.b64encode(file.read_bytes()).decode()}")'

    def sheet(found: re.Match[str]) -> str:
        css = static_file(urljoin(BASE_URL, found[1])).read_text()
        return f"<style>\n{_ADDRESS.sub(font, css)}</style>"

    return _SHEET.sub(sheet, html)


@lru_cache(maxsize=1)
def _engine() -> Any:
    """Return WeasyPrint with a fetcher that obeys `static_file`.

    It is loaded on the first document only: it takes half a second and 40 MB that a web process never
    needs, and where the system lacks Pango only PDFs are missing, not the product.
    Raises DomainError when it cannot be loaded.
    """
    try:
        weasyprint = importlib.import_module("weasyprint")
        urls = importlib.import_module("weasyprint.urls")
    except OSError as error:
        raise DomainError(
            "PDFs cannot be made here: the system library Pango is missing. Install libpango-1.0-0, "
            "libpangoft2-1.0-0 and libharfbuzz-subset0, then restart the worker."
        ) from error

    class StaticFetcher(urls.URLFetcher):  # type: ignore[name-defined]
        """Hands out our own files."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            file = static_file(url)
            return urls.URLFetcherResponse(url, file.read_bytes(), {"Content-Type": _kind(file)})

    return weasyprint, StaticFetcher


def html_to_pdf(html: str) -> bytes:
    """Return a complete HTML document as PDF/UA-1: tagged, with bookmarks, fonts embedded, no attachments.

    Its own `<link rel="stylesheet" href="/static/css/…">` is the only styling. Raises DomainError when this
    system cannot make PDFs.
    """
    weasyprint, fetcher = _engine()
    document = weasyprint.HTML(string=_CONTROL.sub("", html), base_url=BASE_URL, url_fetcher=fetcher())
    return document.write_pdf(pdf_variant="pdf/ua-1", presentational_hints=False)
