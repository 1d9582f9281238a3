"""Diagrams written as text, in the language of Graphviz, drawn as clean SVG on the server.

    drawn("Shop -> Queue -> CRM", title="Order import")

The program `dot` reads the text in an empty folder, without access to files, and with limits on its time and memory.
Of what it draws only shapes, lines and words are kept, value by value: nothing that a browser would run or fetch.
Print colours are attributes, which WeasyPrint reads; static/css/diagrams.css lays the page's own over them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

LONGEST_SOURCE = 20_000
MOST_SHAPES = 5_000
LONGEST_DRAWING = 2_000_000
PATIENCE = 6.0
KEPT = 256
# CPU seconds, kilobytes of memory, and blocks of output, for the program that draws.
LIMITS = "ulimit -t 4 -v 1048576 -f 8192; exec dot -Tsvg"
STYLE = (
    "-Grankdir=LR", "-Gbgcolor=transparent", "-Gfontname=Helvetica", "-Gfontsize=11", "-Gpad=0.1", "-Gnodesep=0.3",
    "-Nshape=box", "-Nstyle=rounded", "-Nfontname=Helvetica", "-Nfontsize=11", "-Nheight=0.4", "-Nmargin=0.16,0.08",
    "-Efontname=Helvetica", "-Efontsize=10", "-Earrowsize=0.7",
)  # fmt: skip
# Set: graphviz opens no file that the text names.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "SERVER_NAME": "implement", "LC_ALL": "C.UTF-8"}

INK, LINE = "#1f2937", "#66758a"
BLACK = {"black", "#000000", "#000"}
CLEAR = {"none", "transparent"}
WHOLE_GRAPH = re.compile(
    r"\s*(?:(?://[^\n]*|\#[^\n]*|/\*.*?\*/)\s*)*(?:strict\s+)?(?:di)?graph\b", re.IGNORECASE | re.DOTALL
)
NUMBERS = re.compile(r"[-+0-9.,eE \n]{1,200000}")
VALUES = {
    "d": re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9.,eE+\- \n]{1,200000}"),
    "points": NUMBERS, "cx": NUMBERS, "cy": NUMBERS, "rx": NUMBERS, "ry": NUMBERS, "x": NUMBERS, "y": NUMBERS,
    "transform": re.compile(r"(?:(?:scale|rotate|translate)\([-0-9., ]{1,60}\) ?){1,4}"),
    "stroke-width": NUMBERS, "stroke-dasharray": NUMBERS, "font-size": NUMBERS,
    "text-anchor": re.compile(r"start|middle|end"),
    "font-weight": re.compile(r"bold|normal"), "font-style": re.compile(r"italic|normal"),
    "text-decoration": re.compile(r"underline|overline|line-through"),
}  # fmt: skip
COLOUR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?|[a-zA-Z]{3,24}")
SHAPES = {"path", "polygon", "polyline", "ellipse", "text"}
WRONG_LINE = re.compile(r"in line (\d+)(?: near '(.*)')?")


@dataclass(frozen=True)
class Diagram:
    """A drawing, or why there is none. `line` is where the text is wrong, from 1."""

    title: str
    source: str
    svg: str = ""
    error: str = ""
    line: int | None = None


class Broken(Exception):
    """A text that cannot be drawn, with the line at which it is wrong."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class Unavailable(Exception):
    """Nothing can be drawn here at present, whatever the text."""


def drawn(source: str, *, title: str) -> Diagram:
    """Return a text as a diagram; without a drawing it says why, and the text stands for it."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    try:
        head, body, told = _drawing(text)
    except Broken as error:
        return Diagram(title, source, error=str(error), line=error.line)
    except Unavailable as error:
        return Diagram(title, source, error=str(error))
    named = f"<title>{escape(title)}</title><desc>{escape(told)}</desc>"
    return Diagram(title, source, svg=f"{head}{named}{body}</svg>")


def why_broken(source: str) -> str | None:
    """Return why a text can be drawn nowhere, or None; that nothing can be drawn here is no fault of the text."""
    try:
        _drawing(source.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    except Broken as error:
        return str(error)
    except Unavailable:
        return None
    return None


@lru_cache(maxsize=KEPT)
def _drawing(text: str) -> tuple[str, str, str]:
    """Return the opening tag, the shapes and the words of a diagram. Raises Broken or Unavailable."""
    if not text.strip():
        raise Broken(_("There is nothing to draw."))
    if len(text) > LONGEST_SOURCE:
        raise Broken(
            _("At most {most} characters; these are {count}.").format(most=LONGEST_SOURCE, count=len(text))
        )
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in text):
        raise Broken(_("The text holds signs that cannot be printed."))
    try:
        root = fromstring(_dot(text), forbid_dtd=False)
    except (ParseError, DefusedXmlException) as error:
        raise Broken(_("The text does not describe one diagram.")) from error
    return _clean(root)


def _dot(text: str) -> bytes:
    """Return what `dot` draws. Raises Broken with its line, Unavailable when the program is missing or too slow."""
    if shutil.which("dot", path=ENVIRONMENT["PATH"]) is None:
        raise Unavailable(_("The picture cannot be drawn on this server: Graphviz is not installed."))
    is_whole = WHOLE_GRAPH.match(text) is not None
    whole = text if is_whole else f"digraph {{\n{text}\n}}"
    with tempfile.TemporaryDirectory(prefix="implement-diagram-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 - fixed words; the text comes by its input
                ["/bin/sh", "-c", f"{LIMITS} {' '.join(STYLE)}"],
                input=whole.encode(), capture_output=True, timeout=PATIENCE, cwd=folder, env=ENVIRONMENT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Broken(_("It takes too long to draw: use fewer boxes and arrows.")) from error
        except OSError as error:
            raise Unavailable(_("The picture cannot be drawn on this server at present.")) from error
    complaint = done.stderr.decode("utf-8", "replace")
    if "image=" in complaint or "unsafe" in complaint:
        raise Broken(_("A diagram cannot include pictures or files."))
    if "Error" in complaint or done.returncode:
        raise _broken(complaint, before=0 if is_whole else 1, lines=text.count("\n") + 1)
    if len(done.stdout) > LONGEST_DRAWING:
        raise Broken(_("The drawing is too large: use fewer boxes and arrows."))
    return done.stdout


def _broken(complaint: str, *, before: int, lines: int) -> Broken:
    """Return what the program complains about in our words; `before`: lines that we put before the text."""
    if "Layout" in complaint:
        return Broken(_("The layout is none that is known: dot, neato, fdp, circo or twopi."))
    found = WRONG_LINE.search(complaint)
    if not found:
        return Broken(_("It takes too long to draw, or cannot be drawn."))
    if "in label of node" in complaint or "in label of edge" in complaint:
        return Broken(_("A label between < and > is not well-formed."))
    line = min(max(int(found[1]) - before, 1), lines)
    if "missing endquote" in complaint:
        return Broken(_("Line {line}: a quotation mark is not closed.").format(line=line), line)
    near = (found[2] or "").strip()[:40]
    if near and near != "}":
        return Broken(_("Line {line}: the text is broken near “{near}”.").format(line=line, near=near), line)
    return Broken(_("Line {line}: the text is broken, or ends too early.").format(line=line), line)


# --- What is kept of a drawing -----------------------------------------------------------------------------
def _clean(root: Element) -> tuple[str, str, str]:
    """Return opening tag, shapes and words of a drawing with nothing in them but what is known."""
    box = [float(one) for one in (root.get("viewBox") or "").split()]
    if len(box) != 4 or not 0 < box[2] < 20_000 or not 0 < box[3] < 20_000:
        raise Broken(_("The drawing is too large: use fewer boxes and arrows."))
    counted = [0]
    body = "".join(_kept(one, counted, own_fill=False) for one in root)
    groups = [one for one in root.iter() if _name(one) == "g"]
    names = {_title(one): _texts(one) for one in groups if one.get("class") == "node"}
    words = [_words(one, names) for one in groups if one.get("class") in {"node", "edge"}]
    # In points, of which there are 72 to the inch, as Graphviz counts.
    width, height = (round(one * 96 / 72) for one in box[2:])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {box[2]:g} {box[3]:g}" font-family="Inter, Helvetica, sans-serif">'
    )
    return head, body, "; ".join(one for one in words if one)[:4000]


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _kept(element: Element, counted: list[int], *, own_fill: bool) -> str:
    """Return an element and what is inside it as markup; what is unknown is left away, a link is only its content.

    `own_fill`: it stands on a colour that somebody chose, which stays the same in the dark.
    """
    name = _name(element)
    if name in {"g", "a"}:
        coloured = own_fill or any(
            _is_coloured(one) for one in element.iter() if _name(one) in SHAPES - {"text"}
        )
        is_shape = element.get("class") in {"node", "cluster"} or own_fill
        inner = "".join(_kept(one, counted, own_fill=coloured and is_shape) for one in element)
        return f"<g{_attributes(element, ['transform'])}>{inner}</g>" if name == "g" else inner
    if name not in SHAPES:
        return ""
    counted[0] += 1
    if counted[0] > MOST_SHAPES:
        raise Broken(_("The drawing is too large: use fewer boxes and arrows."))
    paint = _paint(element, own_fill=own_fill)
    if name == "text":
        return f"<text{_attributes(element, VALUES)}{paint}>{escape(element.text or '')}</text>"
    return f"<{name}{_attributes(element, VALUES)}{paint}/>"


def _attributes(element: Element, names: object) -> str:
    """Return the attributes whose values are what they should be."""
    found = []
    for key in VALUES:
        value = element.get(key)
        if key in names and value is not None and VALUES[key].fullmatch(value):  # type: ignore[operator]
            found.append(f' {key}="{escape(" ".join(value.split()))}"')
    return "".join(found)


def _colour(element: Element, key: str, missing: str) -> str:
    value = element.get(key) or missing
    return value.lower() if COLOUR.fullmatch(value) else missing


def _is_coloured(element: Element) -> bool:
    """Return whether a shape is filled with a colour that somebody chose."""
    return _colour(element, "fill", "none") not in CLEAR | BLACK


def _paint(element: Element, *, own_fill: bool) -> str:
    """Return the colours: ours, which follow light and dark, unless somebody chose one."""
    classes, painted = [], []
    if _name(element) == "text":
        fill = _colour(element, "fill", "black")
        if fill in BLACK:
            painted.append(f'fill="{INK}"')
            classes.append("on-own" if own_fill else "words")
        else:
            painted.append(f'fill="{fill}"')
    else:
        fill, stroke = _colour(element, "fill", "none"), _colour(element, "stroke", "none")
        if fill in BLACK:
            painted.append(f'fill="{LINE}"')
            classes.append("filled")
        else:
            painted.append(f'fill="{"none" if fill in CLEAR else fill}"')
        if stroke in BLACK:
            painted.append(f'stroke="{LINE}"')
            classes.append("line")
        elif stroke not in CLEAR:
            painted.append(f'stroke="{stroke}"')
    named = f' class="{" ".join(classes)}"' if classes else ""
    return f" {' '.join(painted)}{named}"


def _texts(element: Element) -> str:
    return " ".join("".join(one.itertext()).strip() for one in element.iter() if _name(one) == "text")


def _title(element: Element) -> str:
    return next((one.text or "" for one in element if _name(one) == "title"), "")


def _words(element: Element, names: Mapping[str, str]) -> str:
    """Return a box by its label, an arrow by those of its ends and what stands at it."""
    texts = _texts(element)
    if element.get("class") == "node":
        return texts
    ends = [names.get(one.split(":")[0]) or one for one in re.split(r"-[->]", _title(element), maxsplit=1)]
    told = " → ".join(ends)
    return f"{told}: {texts}" if texts else told
