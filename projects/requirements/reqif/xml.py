"""From bytes to a tree that knows its lines, without anything that a ReqIF file does not need."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from projects.requirements.reqif.model import XHTML, ReqifError

MOST_BYTES = 60 * 1024 * 1024
MOST_ELEMENTS = 1_000_000
DEEPEST = 250
# No XML name has a blank, so no file can give this attribute itself.
LINE = " line"


class _Builder(TreeBuilder):
    """Builds the tree, notes each element's line, and refuses what no real file has."""

    parser: Any = None
    depth = count = 0

    def start(self, tag: Any, attrs: Any) -> Any:
        line = self.parser.parser.CurrentLineNumber
        self.depth += 1
        self.count += 1
        if self.depth > DEEPEST:
            raise ReqifError(f"Elements are nested more than {DEEPEST} deep.", line=line)
        if self.count > MOST_ELEMENTS:
            raise ReqifError(f"The file has more than {MOST_ELEMENTS:,} elements.", line=line)
        return super().start(tag, {**attrs, LINE: str(line)})

    def end(self, tag: Any) -> Any:
        self.depth -= 1
        return super().end(tag)


def parse(content: bytes) -> Element:
    """Return the root element REQ-IF. Raises ReqifError for anything else, and for a DTD or an entity."""
    if len(content) > MOST_BYTES:
        raise ReqifError(f"The ReqIF file has more than {MOST_BYTES // (1024 * 1024)} MB.")
    if not content.strip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"):
        raise ReqifError("The file is empty.")
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.parser = parser
    try:
        parser.feed(content)
        root = parser.close()
    except DefusedXmlException as error:
        raise ReqifError(
            "The file holds a document type declaration or an entity, which are refused for safety.",
            line=parser.parser.CurrentLineNumber,
        ) from error
    except ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        # The parser counts columns from 0, people from 1.
        raise ReqifError(
            f"The file is not well-formed XML: {reason} in column {column + 1}.", line=line
        ) from error
    except ReqifError:
        raise
    except (LookupError, ValueError) as error:
        raise ReqifError(f"The file is not readable XML: {error}.") from error
    if local(root) != "REQ-IF":
        raise ReqifError(
            f"The file is XML but no ReqIF: its root element is {local(root)[:60]}, not REQ-IF.",
            line=line_of(root),
        )
    return root


def local(element: Element) -> str:
    """Return an element's name without its namespace: the first drafts of the standard had another one."""
    return str(element.tag).rpartition("}")[2]


def line_of(element: Element) -> int:
    """Return the line on which an element begins."""
    return int(element.get(LINE, "0"))


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of that name."""
    return None if element is None else next((one for one in element if local(one) == name), None)


def children(element: Element | None, *names: str) -> list[Element]:
    """Return the children along a path, such as the objects in the list of objects."""
    found = [element] if element is not None else []
    for name in names:
        found = [one for parent in found for one in parent if local(one) == name]
    return found


def text_in(element: Element | None, name: str) -> str:
    """Return the text of a child, "" when it is missing."""
    found = child(element, name)
    return "" if found is None else (found.text or "").strip()


def source_of(element: Element) -> str:
    """Return XHTML as its source, always written alike."""
    return tostring(_copy(element), encoding="unicode")


def _copy(element: Element) -> Element:
    """Return the element in XHTML's namespace without the notes of its lines; what follows it is left out."""
    copied = Element(
        f"{{{XHTML}}}{local(element)}",
        {name.rpartition("}")[2]: value for name, value in element.attrib.items() if name != LINE},
    )
    copied.text = element.text
    for one in element:
        inner = _copy(one)
        inner.tail = one.tail
        copied.append(inner)
    return copied
