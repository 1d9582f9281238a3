"""Looks into an XLSX before anything else opens it, so that a small upload cannot take the server's memory.

Three dangers are met here. A zip can be a bomb (implement.core.zips). Two cells at opposite corners make the
workbook reader reserve the whole rectangle between them. One long shared string can be pointed to by a million
cells. The scan also notes error values and formulas without a stored result, which the workbook reader hands
over as empty cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from implement.core import zips
from implement.core.tabular.errors import TabularError
from implement.core.tabular.model import Limits

_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_CHUNK = 1024 * 1024


@dataclass(slots=True)
class SheetScan:
    """Used area of one worksheet (1-based, 0 when empty), its text volume and the cells without a value."""

    rows: int = 0
    columns: int = 0
    text: int = 0
    faults: dict[tuple[int, int], str] = field(default_factory=dict)


def open_members(data: bytes, *, limits: Limits) -> dict[str, bytes]:
    """Member name -> unpacked bytes of every XML part. Raises TabularError for a zip that is damaged or a
    bomb.
    """
    try:
        return zips.open_members(
            data,
            what="workbook",
            max_members=limits.max_members,
            max_bytes=limits.max_unpacked_bytes,
            max_ratio=limits.max_ratio,
        )
    except zips.ZipError as error:
        raise TabularError(str(error)) from error


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parser(part: str) -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse_doctype(*_: object) -> None:
        raise TabularError(
            f"The workbook part {part[:80]} declares a document type, which no workbook needs."
        )

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.buffer_text = True
    return parser


def _feed(parser: expat.XMLParserType, content: bytes, part: str) -> None:
    try:
        for start in range(0, len(content), _CHUNK):
            parser.Parse(content[start : start + _CHUNK], False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        if isinstance(error, TabularError):
            raise
        raise TabularError(f"The workbook is damaged: its part {part[:80]} is not valid XML.") from error


def elements(content: bytes, part: str) -> list[tuple[str, dict[str, str]]]:
    """(local name, attributes by local name) of every element: for the small parts that name the sheets."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser(part)
    parser.StartElementHandler = lambda name, attributes: found.append(
        (_local(name), {_local(key): value for key, value in attributes.items()})
    )
    _feed(parser, content, part)
    return found


def shared_string_lengths(content: bytes, *, part: str = "sharedStrings.xml") -> list[int]:
    """Number of characters of each shared string, phonetic guides included, in file order."""
    lengths: list[int] = []
    parser = _parser(part)
    inside = False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal inside
        local = _local(name)
        if local == "si":
            lengths.append(0)
        inside = local == "t" and bool(lengths)

    def end(_: str) -> None:
        nonlocal inside
        inside = False

    def text(data: str) -> None:
        if inside:
            lengths[-1] += len(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    _feed(parser, content, part)
    return lengths


class _SheetReader:
    """Walks one worksheet. Cells and rows may omit their reference; then they follow the one before."""

    def __init__(self, *, part: str, lengths: list[int], limits: Limits) -> None:
        self.scan = SheetScan()
        self.lengths = lengths
        self.limits = limits
        self.row = self.column = 0
        self.kind = ""
        self.formula = self.valued = False
        self.value: list[str] | None = None
        self.parser = _parser(part)
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "c":
            self.open_cell(attributes)
        elif local == "row":
            number = attributes.get("r", "")
            self.row = (
                int(number) if number.isascii() and number.isdigit() and len(number) < 9 else self.row + 1
            )
            self.column = 0
        elif local == "f":
            self.formula = True
        elif local in {"v", "is"}:
            self.valued = True
            if local == "v" and (self.formula or self.kind in {"s", "e"}):
                self.value = []
                self.parser.CharacterDataHandler = self.value.append

    def open_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        elif matched := _REFERENCE.fullmatch(reference):
            self.column = 0
            for letter in matched[1].upper():
                self.column = self.column * 26 + ord(letter) - 64
            self.row = int(matched[2])
        else:
            raise TabularError(f"The workbook is damaged: {reference[:30]!r} is not a cell.")
        self.kind = attributes.get("t", "")
        self.formula = self.valued = False

    def end(self, name: str) -> None:
        local = _local(name)
        if local == "v" and self.value is not None:
            self.parser.CharacterDataHandler = None
        elif local == "c":
            self.close_cell()

    def close_cell(self) -> None:
        value, self.value = "".join(self.value or ()).strip(), None
        if not (self.valued or self.formula):
            return
        scan, limits = self.scan, self.limits
        scan.rows = max(scan.rows, self.row)
        scan.columns = max(scan.columns, self.column)
        if scan.columns > limits.max_columns:
            raise TabularError(
                f"The sheet's used area is more than {limits.max_columns} columns wide.", line=self.row
            )
        # Two more than the rows taken: one for the header, one so that an exactly full sheet passes.
        if scan.rows > limits.max_rows + 2:
            raise TabularError(
                f"The sheet's used area is more than {limits.max_rows:,} rows long.", line=self.row
            )
        if scan.rows * scan.columns > limits.max_cells:
            raise TabularError(
                f"The sheet's used area holds more than {limits.max_cells:,} cells; split the file."
            )
        if self.kind == "s" and value.isascii() and value.isdigit() and len(value) < 9:
            scan.text += self.lengths[int(value)] if int(value) < len(self.lengths) else 0
            if scan.text > limits.max_text:
                raise TabularError(f"The sheet holds more than {limits.max_text:,} characters of text.")
        elif self.kind == "e":
            scan.faults[(self.row, self.column)] = f"the error value {value[:20] or '#N/A'}"
        elif self.formula and not value and self.kind != "str":
            scan.faults[(self.row, self.column)] = "a formula whose result was not stored"


def scan_sheet(content: bytes, *, part: str, lengths: list[int], limits: Limits) -> SheetScan:
    """Used area, text volume and faults of one worksheet. Raises TabularError past a limit.

    `lengths` are the characters of each shared string. Formatted but empty cells do not count.
    """
    reader = _SheetReader(part=part, lengths=lengths, limits=limits)
    _feed(reader.parser, content, part)
    return reader.scan
