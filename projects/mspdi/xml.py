"""From bytes to a small tree that knows its lines, and from its text to strictly checked values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import IO, Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from projects.mspdi.model import MspdiError, Notice, NoticeKind

NAMESPACE = "http://schemas.microsoft.com/project"
MAX_DEPTH = 60

DURATION = re.compile(r"PT(\d{1,9})H(\d{1,9})M(\d{1,9})(?:\.(\d{1,9}))?S", re.ASCII)
MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)", re.ASCII)
CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d)", re.ASCII)
INTEGER = re.compile(r"[-+]?\d{1,18}", re.ASCII)
DECIMAL = re.compile(r"[-+]?(\d{1,18}(\.\d{0,400})?|\.\d{1,400})([eE][-+]?\d{1,2})?", re.ASCII)


@dataclass(slots=True)
class Node:
    """An element: its name (the namespace left out when it is the format's own), text, line and children."""

    name: str
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)


class _TreeHandler(ContentHandler):
    """Builds the tree. Iterative by nature, and refuses a depth that no real file has."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self.open: list[tuple[Node, list[str]]] = []
        self.locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        self.locator = locator

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:
        namespace, local = name
        line = self.locator.getLineNumber() or 0
        node = Node(local if namespace == NAMESPACE else f"{{{namespace or ''}}}{local}", line)
        if self.open:
            self.open[-1][0].children.append(node)
        else:
            self.root = node
        self.open.append((node, []))
        if len(self.open) > MAX_DEPTH:
            raise MspdiError(f"Elements are nested more than {MAX_DEPTH} deep.", f"line {line}")

    def characters(self, content: str) -> None:
        self.open[-1][1].append(content)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        node, pieces = self.open.pop()
        node.text = "".join(pieces).strip()


def parse(source: bytes | IO[bytes]) -> Node:
    """The root ``Project`` element. Raises MspdiError for anything else, and for a DTD or an entity."""
    try:
        data = source if isinstance(source, bytes) else source.read()
    except UnicodeError:
        data = None
    if not isinstance(data, bytes):
        raise MspdiError("The file was opened as text; it must be read as bytes.")
    text = data.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if not text:
        raise MspdiError("The file is empty.")
    # In UTF-16 a zero byte stands before or after the bracket.
    if not text.startswith((b"<", b"\0<")):
        raise MspdiError(
            "This is no XML file. In Microsoft Project choose File, Save as, and the XML format."
        )
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)
    handler = _TreeHandler()
    parser.setContentHandler(handler)
    try:
        parser.parse(BytesIO(data))
    except DefusedXmlException as error:
        raise MspdiError(
            "The file holds a document type declaration or an entity, which are refused for safety.",
            f"line {parser.getLineNumber()}",
        ) from error
    except SAXParseException as error:
        raise MspdiError(
            f"The file is not well-formed XML: {error.getMessage()}.",
            # The parser counts columns from 0, people from 1.
            f"line {error.getLineNumber()}, column {error.getColumnNumber() + 1}",
        ) from error
    except MspdiError:
        raise
    except (SAXException, LookupError, ValueError) as error:
        raise MspdiError(f"The file is not readable XML: {error}.") from error
    root = handler.root
    if root is None:  # pragma: no cover - a document without a root is not well-formed
        raise MspdiError("The file is empty.")
    if root.name != "Project":
        raise MspdiError(
            f"The file is XML but no Microsoft Project file: its root element is {_plain(root.name)}, "
            f"not Project in the namespace {NAMESPACE}.",
            f"line {root.line}",
        )
    return root


def _plain(name: str) -> str:
    """An element name for a reader's eyes: with its namespace, when it is not the format's own."""
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].partition("}")
    return f"{local} ({f'namespace {namespace}' if namespace else 'no namespace'})"


@dataclass(slots=True)
class Notices:
    """Collects notices; those told with ``tally`` are one notice per element, with a count."""

    single: list[Notice] = field(default_factory=list)
    tallied: dict[tuple[NoticeKind, str, str], Notice] = field(default_factory=dict)

    def tell(self, kind: NoticeKind, place: str, element: str, message: str) -> None:
        """One notice of its own."""
        self.single.append(Notice(kind=kind, place=place, element=element, message=message))

    def tally(self, kind: NoticeKind, place: str, element: str, message: str) -> None:
        """One more of a kind that may be very common; the place of the first is kept."""
        key = (kind, element, message)
        count = self.tallied[key].count + 1 if key in self.tallied else 1
        first = self.tallied[key].place if key in self.tallied else place
        self.tallied[key] = Notice(kind=kind, place=first, element=element, message=message, count=count)

    def all(self) -> tuple[Notice, ...]:
        """The single ones first, in the order of the file."""
        return (*self.single, *self.tallied.values())


class Fields:
    """The children of one element, each asked for by name and checked; ``leave`` reports what nobody asked
    for.

    A missing or empty element gives None (or the default), a wrong one raises MspdiError.
    """

    def __init__(self, node: Node, notices: Notices, *, owner: str) -> None:
        self.node = node
        self.notices = notices
        self.owner = owner
        self.found: dict[str, Node] = {}
        self.asked: set[str] = set()
        self.repeated: set[str] = set()
        for child in node.children:
            if self.found.setdefault(child.name, child) is not child:
                self.repeated.add(child.name)

    def place(self, element: str = "") -> str:
        """Where an element stands, in words."""
        node = self.found.get(element, self.node)
        inner = f", {element}" if element else ""
        return f"{self.owner}{inner} (line {node.line})"

    def error(self, element: str, message: str) -> MspdiError:
        """The error to raise about an element."""
        return MspdiError(message, self.place(element))

    def wrong(self, element: str, text: str, wanted: str) -> MspdiError:
        """The error to raise about an element's value."""
        shown = text if len(text) <= 60 else text[:60] + "…"
        return self.error(element, f"“{shown}” is not {wanted}.")

    def many(self, element: str) -> list[Node]:
        """All children of that name."""
        self.asked.add(element)
        return [child for child in self.node.children if child.name == element]

    def nested(self, element: str, inner: str) -> list[Node]:
        """The ``inner`` children of the list element, reporting any other child."""
        listed: list[Node] = []
        for node in self.many(element):
            for child in node.children:
                if child.name == inner:
                    listed.append(child)
                else:
                    self.notices.tally(
                        NoticeKind.UNKNOWN,
                        f"{self.owner} (line {child.line})",
                        f"{element}/{_plain(child.name)}",
                        "not part of the format",
                    )
        return listed

    def text(self, element: str) -> str:
        """The text, "" when missing. A repeated element is read once, and the repetition reported."""
        if element in self.repeated and element not in self.asked:
            self.notices.tell(
                NoticeKind.CHANGED, self.place(element), element, "given more than once; the first is kept"
            )
        self.asked.add(element)
        node = self.found.get(element)
        if node is None:
            return ""
        if node.children:
            raise self.error(element, "holds further elements where a plain value is expected.")
        return node.text

    def integer(self, element: str) -> int | None:
        """A whole number."""
        text = self.text(element)
        if not text:
            return None
        if not INTEGER.fullmatch(text):
            raise self.wrong(element, text, "a whole number")
        return int(text)

    def required(self, element: str) -> int:
        """A whole number that must be there."""
        value = self.integer(element)
        if value is None:
            raise MspdiError(f"{element} is missing.", self.place())
        return value

    def reference(self, element: str) -> int | None:
        """The UID of something else; -1 means none."""
        value = self.integer(element)
        return None if value == -1 else value

    def flag(self, element: str, *, default: bool = False) -> bool:
        """A yes or no: 1 or 0, true or false."""
        text = self.text(element)
        if not text:
            return default
        if text not in ("0", "1", "true", "false"):
            raise self.wrong(element, text, "0 or 1")
        return text in ("1", "true")

    def decimal(self, element: str) -> Decimal | None:
        """A number; never infinite."""
        text = self.text(element)
        if not text:
            return None
        if not DECIMAL.fullmatch(text):
            raise self.wrong(element, text, "a number")
        # The sign rounds to 28 digits: some programs write the binary value out to fifty and more.
        return +Decimal(text)

    def money(self, element: str) -> Decimal | None:
        """An amount in the project's currency. The file keeps costs (unlike rates) in hundredths of it."""
        value = self.decimal(element)
        return None if value is None else value / 100

    def percent(self, element: str) -> int:
        """A whole number from 0 to 100; 0 when missing."""
        value = self.integer(element) or 0
        if not 0 <= value <= 100:
            raise self.wrong(element, str(value), "a percentage from 0 to 100")
        return value

    def moment(self, element: str) -> datetime | None:
        """A local date and time, YYYY-MM-DDTHH:MM:SS."""
        text = self.text(element)
        if not text:
            return None
        found = MOMENT.fullmatch(text)
        if not found:
            raise self.wrong(element, text, "a date and time like 2026-03-05T08:00:00")
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise self.wrong(element, text, "a day and time that exists") from error

    def clock(self, element: str) -> int | None:
        """A time of day HH:MM:SS, in minutes after midnight; seconds are dropped."""
        text = self.text(element)
        if not text:
            return None
        found = CLOCK.fullmatch(text)
        if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3]) > 59:
            raise self.wrong(element, text, "a time of day like 08:00:00")
        return int(found[1]) * 60 + int(found[2])

    def minutes(self, element: str) -> int | None:
        """A duration PTnHnMnS in minutes; seconds are rounded to the nearest minute, and that is reported."""
        text = self.text(element)
        if not text:
            return None
        found = DURATION.fullmatch(text)
        if not found:
            raise self.wrong(element, text, "a duration like PT8H0M0S")
        hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3])
        whole, rest = divmod(seconds, 60)
        if rest or (found[4] or "").strip("0"):
            self.notices.tally(NoticeKind.CHANGED, self.place(element), element, "rounded to whole minutes")
        return hours * 60 + minutes + whole + (rest >= 30)

    def seconds(self, element: str) -> int | None:
        """A duration PTnHnMnS in seconds; parts of a second are dropped, and that is reported."""
        text = self.text(element)
        if not text:
            return None
        found = DURATION.fullmatch(text)
        if not found:
            raise self.wrong(element, text, "a duration like PT8H0M0S")
        if (found[4] or "").strip("0"):
            self.notices.tally(NoticeKind.CHANGED, self.place(element), element, "rounded to whole seconds")
        return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])

    def tenths(self, element: str) -> int | None:
        """A count of tenths of a minute, as minutes; rounded to the nearest minute, and that is reported."""
        value = self.integer(element)
        if value is None:
            return None
        if value % 10:
            self.notices.tally(NoticeKind.CHANGED, self.place(element), element, "rounded to whole minutes")
        return (value + 5) // 10

    def leave(self, *, kind: str, known: frozenset[str]) -> None:
        """Report every child nobody asked for. Of the ``known`` ones, only those that say something."""
        for child in self.node.children:
            if child.name in self.asked:
                continue
            place = f"{self.owner} (line {child.line})"
            element = f"{kind}/{_plain(child.name)}"
            if child.name not in known:
                self.notices.tally(NoticeKind.UNKNOWN, place, element, "not part of the format")
            elif child.children or child.text not in NEUTRAL:
                self.notices.tally(NoticeKind.NOT_CARRIED, place, element, "not carried over")


NEUTRAL = frozenset({"", "0", "-1", "false", "PT0H0M0S"})
"""Values that say nothing: leaving them behind loses nothing."""
