"""Rich text of ReqIF as Markdown, and back. Only what is listed here gets through; no script or style ever does."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.ElementTree import fromstring
from markdown_it import MarkdownIt

from projects.requirements.reqif.model import XHTML

# Dropped with all that is in it.
SILENT = {"script", "style", "head", "title", "param", "map", "template", "noscript", "iframe", "form"}
BLOCKS = {
    "address", "article", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table", "ul",
}  # fmt: skip
MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*", "dfn": "*", "cite": "*", "var": "*"}
CODE = {"code", "kbd", "samp", "tt"}
LOST = {
    "u": "underlining", "ins": "underlining", "del": "crossing out", "s": "crossing out", "strike": "crossing out",
    "sub": "raised or lowered letters", "sup": "raised or lowered letters", "font": "colours and fonts",
    "big": "colours and fonts", "small": "colours and fonts",
}  # fmt: skip
LINKS = ("http://", "https://", "mailto:")
# Characters that XML cannot hold.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False, "xhtmlOut": True}).enable("table")
# The elements and attributes that ReqIF's own subset of XHTML has, of those that Markdown makes.
_WRITTEN = {
    "p", "br", "em", "strong", "ul", "ol", "li", "code", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "a",
    "hr", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


@dataclass
class Text:
    """What rich text says: as Markdown, the files it shows, and what of its formatting is lost."""

    markdown: str = ""
    files: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)


def read_text(source: str) -> Text:
    """Return XHTML as Markdown."""
    text = Text()
    if not source.strip():
        return text
    try:
        root = fromstring(source, forbid_dtd=True)
    except (ParseError, ValueError):
        return Text(markdown=source.strip())
    text.markdown = "\n\n".join(_Reader(text).blocks(root)).strip()
    return text


def read_line(source: str, *, is_first: bool = False) -> str:
    """Return XHTML as words on one line, without any marks; `is_first`: its first paragraph only."""
    try:
        root = fromstring(source, forbid_dtd=True) if source.strip() else None
    except (ParseError, ValueError):
        return " ".join(source.split())
    blocks = [] if root is None else _Reader(Text(), plain=True).blocks(root)
    return " ".join(" ".join(blocks[:1] if is_first else blocks).split())


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


class _Reader:
    """Turns elements into paragraphs."""

    def __init__(self, text: Text, *, plain: bool = False) -> None:
        self.text, self.plain = text, plain

    def blocks(self, element: Element) -> list[str]:
        """Return the paragraphs of an element."""
        found: list[str] = []
        line: list[str] = [_spaced(element.text)]

        def end_line() -> None:
            if told := _trimmed("".join(line)):
                found.append(told)
            line.clear()

        for one in element:
            if _name(one) in BLOCKS or self.holds_blocks(one):
                end_line()
                found += self.block(one)
            else:
                line.append(self.inline(one))
            line.append(_spaced(one.tail))
        end_line()
        return found

    def holds_blocks(self, element: Element) -> bool:
        """Return whether something that stands in a line has blocks in it all the same."""
        return _name(element) not in SILENT | {"object"} and any(
            _name(one) in BLOCKS for one in element.iter()
        )

    def block(self, element: Element) -> list[str]:
        """Return the paragraphs of a block."""
        name = _name(element)
        self.note_style(element)
        if name in {"ul", "ol"}:
            return [told] if (told := self.listing(element, numbered=name == "ol")) else []
        if name == "table":
            return self.table(element)
        if name == "pre":
            told = "".join(element.itertext()).strip("\n")
            fence = "`" * max(3, 1 + max((len(one) for one in re.findall("`+", told)), default=0))
            return [f"{fence}\n{told}\n{fence}"] if told.strip() else []
        if name == "hr":
            return ["---"]
        inner = self.blocks(element)
        if name == "blockquote":
            told = "\n\n".join(inner)
            return ["\n".join(f"> {row}".rstrip() for row in told.split("\n"))] if told else []
        if len(name) == 2 and name[0] == "h" and inner and not self.plain:
            return [f"{'#' * int(name[1])} {' '.join(inner[0].split())}", *inner[1:]]
        return inner

    def listing(self, element: Element, *, numbered: bool) -> str:
        """Return a list; what belongs to an item is moved in below it."""
        items = []
        for one in element:
            name = _name(one)
            inner = self.block(one) if name in {"ul", "ol"} else self.blocks(one)
            if not inner:
                continue
            mark = f"{len(items) + 1}. " if numbered else "- "
            parts: list[str] = [inner[0]]
            for part in inner[1:]:
                # A list within an item follows it at once, a further paragraph after an empty line.
                parts.append(part if re.match(r"- |\d+\. ", part) else f"\n{part}")
            told = "\n".join(parts).replace("\n", "\n" + " " * len(mark))
            items.append(mark + re.sub(r"[ ]+$", "", told, flags=re.MULTILINE))
        return "\n".join(items)

    def table(self, element: Element) -> list[str]:
        """Return a table, its first row as the headings; a cell is one line."""
        rows, before = [], []
        for one in element.iter():
            if _name(one) == "caption":
                before += self.blocks(one)
            if _name(one) != "tr":
                continue
            cells = [cell for cell in one if _name(cell) in {"td", "th"}]
            for cell in cells:
                if cell.get("colspan", "1") != "1" or cell.get("rowspan", "1") != "1":
                    self.text.lost["joined cells of tables"] += 1
            rows.append([" ".join(" ".join(self.blocks(cell)).split()).replace("|", "\\|") for cell in cells])
        width = max((len(row) for row in rows), default=0)
        if not width:
            return before
        lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
        return [*before, "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]])]

    def inline(self, element: Element) -> str:
        """Return what stands within a line."""
        name = _name(element)
        if name in SILENT:
            if name in {"script", "style", "iframe", "form"}:
                self.text.lost["scripts and forms"] += 1
            return ""
        if name == "br":
            return "\x00"
        if name in {"object", "img"}:
            return self.shown_file(element)
        if name in LOST:
            self.text.lost[LOST[name]] += 1
        self.note_style(element)
        inner = _spaced(element.text) + "".join(self.inline(one) + _spaced(one.tail) for one in element)
        if self.plain:
            return inner
        if name in MARKS:
            return _marked(inner, MARKS[name])
        if name in CODE and "`" not in inner:
            return _marked(inner, "`")
        target = element.get("href", "") if name == "a" else ""
        if target.lower().startswith(LINKS) and not set(target) & set(" <>()\n"):
            return f"[{inner.strip() or target}]({target})"
        return inner

    def shown_file(self, element: Element) -> str:
        """Note the file that is shown; return the words that stand for it."""
        target = (element.get("data") or element.get("src") or "").strip()
        said = " ".join((element.get("alt") or "".join(element.itertext())).split())
        inner = [one for one in element if _name(one) == "object"]
        if target:
            self.text.files.append(target)
        for one in inner:
            # A picture of the file, for those who cannot open it.
            self.shown_file(one)
        name = target.replace("\\", "/").rpartition("/")[2]
        return f"[{said or name}]" if said or name else ""

    def note_style(self, element: Element) -> None:
        """Note that colours and the like are lost."""
        if element.get("style", "").strip():
            self.text.lost["colours and fonts"] += 1


def _spaced(text: str | None) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", text or "").replace("\x00", "")


def _trimmed(line: str) -> str:
    """Return a line without blanks around its breaks."""
    return "  \n".join(re.sub(" +", " ", part).strip(" ") for part in line.strip(" \x00").split("\x00"))


def _marked(inner: str, mark: str) -> str:
    """Return words between marks; the blanks stay outside, or they would be no marks."""
    core = inner.strip(" \x00")
    if not core or "\x00" in core:
        return inner
    before, _, after = inner.partition(core)
    return f"{before}{mark}{core}{mark}{after}"


# --- Markdown to XHTML ---------------------------------------------------------------------------------------
def write_text(markdown: str) -> str:
    """Return Markdown as the source of one XHTML element; text that would show nothing goes as it is."""
    clean = UNWRITABLE.sub("", markdown)
    try:
        made = fromstring(f"<div>{UNWRITABLE.sub('', _PARSER.render(clean))}</div>", forbid_dtd=True)
        root = _written(made)
    except (ParseError, ValueError):
        root = Element(f"{{{XHTML}}}div")
    if clean.strip() and not "".join(root.itertext()).strip():
        root = Element(f"{{{XHTML}}}div")
        root.text = clean
    return tostring(root, encoding="unicode")


def _written(element: Element) -> Element:
    """Return an element of Markdown's HTML as ReqIF's XHTML has it."""
    name = _name(element)
    copied = Element(f"{{{XHTML}}}{name if name in _WRITTEN else 'div'}")
    if name == "a":
        copied.set("href", element.get("href", ""))
    copied.text = element.text
    last: Element | None = None
    for one in element:
        if _name(one) in _WRITTEN:
            last = _written(one)
            last.tail = one.tail
            copied.append(last)
            continue
        # A picture: its words stand for it.
        words = (one.get("alt") or "") + (one.tail or "")
        if last is None:
            copied.text = (copied.text or "") + words
        else:
            last.tail = (last.tail or "") + words
    return copied


def plain_text(markdown: str) -> str:
    """Return a text as it comes back when it was written to a file and read again."""
    return read_text(write_text(markdown)).markdown
