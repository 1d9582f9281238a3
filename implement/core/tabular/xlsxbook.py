"""Finds the parts of a workbook and repacks the few that are read.

The workbook reader never sees the upload itself. It gets a fresh zip of four parts under fixed names: one
worksheet, the shared strings, the styles, and a list of sheets that holds this one. Otherwise a crafted
file could show the guard one sheet and the reader another, or be taken for another format with dangers of
its own.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from posixpath import dirname, join, normpath

from implement.core.tabular.errors import TabularError
from implement.core.tabular.model import shown
from implement.core.tabular.xlsxguard import elements

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_NOT_A_BOOK = "The zip file is not an XLSX workbook."


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One worksheet: its name, the zip member with its cells, and whether people see it."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Book:
    """The parts of a workbook. `strings` and `styles` are b"" where there are none."""

    sheets: tuple[SheetPart, ...]
    date1904: bool
    strings: bytes
    styles: bytes


def open_book(members: dict[str, bytes]) -> Book:
    """The worksheets, shared strings and styles of an unpacked workbook, found by its relationships.

    Raises TabularError for a zip that is no workbook, or whose relationships or sheet names occur twice.
    """
    root = _relationships(members, part="")
    main = next((target for kind, target in root.values() if kind == "officeDocument"), "")
    if main not in members:
        raise TabularError(_NOT_A_BOOK)
    related = _relationships(members, part=main)
    sheets: list[SheetPart] = []
    date1904 = False
    for name, attributes in elements(members[main], main):
        if name == "workbookPr":
            date1904 = attributes.get("date1904", "").lower() in {"1", "true"}
        kind, target = related.get(attributes.get("id", ""), ("", ""))
        if name == "sheet" and kind == "worksheet":
            sheet = attributes.get("name", "")
            if any(other.name == sheet for other in sheets):
                raise TabularError(f"The workbook is damaged: two sheets are called {shown(sheet)}.")
            sheets.append(SheetPart(sheet, target, attributes.get("state", "visible") == "visible"))
    if not sheets:
        raise TabularError(_NOT_A_BOOK if "xl/" not in main else "The workbook holds no worksheet.")
    one_of = {kind: members.get(target, b"") for kind, target in related.values()}
    return Book(tuple(sheets), date1904, one_of.get("sharedStrings", b""), one_of.get("styles", b""))


def _relationships(members: dict[str, bytes], *, part: str) -> dict[str, tuple[str, str]]:
    """Relationship id -> (last word of its type, zip member) of a part; "" is the package itself."""
    folder, name = dirname(part), part.rpartition("/")[2]
    source = join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}
    for element, attributes in elements(members.get(source, b"<none/>"), source):
        if element == "Relationship":
            key = attributes.get("Id", "")
            if key in found:
                raise TabularError("The workbook is damaged: a relationship occurs twice.")
            target = attributes.get("Target", "")
            # An absolute target replaces the folder; join does the same.
            found[key] = (
                attributes.get("Type", "").rpartition("/")[2],
                normpath(join("/", folder, target)).lstrip("/"),
            )
    return found


def repack(book: Book, *, content: bytes) -> bytes:
    """A workbook of the one given worksheet, with the book's strings, styles and calendar."""
    parts = [("worksheet", "worksheets/sheet1.xml", content)]
    parts += [
        (kind, f"{kind}.xml", part)
        for kind, part in (("sharedStrings", book.strings), ("styles", book.styles))
        if part
    ]
    related = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target, _) in enumerate(parts, start=1)
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
            f'<workbookPr date1904="{int(book.date1904)}"/>'
            '<sheets><sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>'
        )
        for _, target, part in parts:
            archive.writestr(f"xl/{target}", part)
    return stream.getvalue()
