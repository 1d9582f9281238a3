"""XLSX uploads: typed cells, sheets, damaged and hostile workbooks."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from implement.core.tabular import Limits, Table, TabularError, read_table, xlsxfile, xlsxguard
from implement.core.tabular.model import column_letter

ROOT = '<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="{main}"/></Relationships>'
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="{target}"/>{more}</Relationships>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BOOK = (
    f'<workbook {MAIN} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="r1"/>{more}</sheets></workbook>'
)


def book(rows: list[list[object]], **formats: str) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    for place, number_format in formats.items():
        sheet[place].number_format = number_format
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def raw_book(
    data: str,
    *,
    strings: str | None = None,
    target: str = "worksheets/sheet1.xml",
    part: str = "xl/worksheets/sheet1.xml",
    rels: str = "",
    sheets: str = "",
    extra: dict[str, bytes] | None = None,
    prolog: str = "",
) -> bytes:
    """A workbook whose one sheet holds the given rows of XML."""
    members: dict[str, bytes | str] = {
        "_rels/.rels": ROOT.format(main="xl/workbook.xml"),
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": BOOK.format(more=sheets),
        "xl/_rels/workbook.xml.rels": RELS.format(target=target, more=rels),
        part: f"{prolog}<worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>",
        **(extra or {}),
    }
    if strings is not None:
        members["xl/_rels/workbook.xml.rels"] = RELS.format(
            target=target,
            more=f'<Relationship Id="r2" Type="x/sharedStrings" Target="sharedStrings.xml"/>{rels}',
        )
        members["xl/sharedStrings.xml"] = f"<sst {MAIN}>{strings}</sst>"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def text_row(number: int, *cells: str) -> str:
    written = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{written}</row>'


def read(data: bytes, *, filename: str = "upload.xlsx", **options: object) -> Table:
    return read_table(data, filename=filename, **options)


class XlsxReadingTests:
    def test_cells_come_typed(self) -> None:
        data = book(
            [
                ["text", "number", "date", "moment", "clock", "duration", "yes", "whole"],
                [
                    "=x",
                    0.1,
                    date(2024, 3, 4),
                    datetime(2024, 3, 4, 10, 23, 52),
                    time(10, 23, 52),
                    timedelta(hours=30, minutes=1, seconds=1),
                    True,
                    1500,
                ],
            ],
        )
        row = read(data).rows[0]
        assert row.values[1:] == (
            Decimal("0.1"),
            date(2024, 3, 4),
            datetime(2024, 3, 4, 10, 23, 52),
            time(10, 23, 52),
            timedelta(hours=30, minutes=1, seconds=1),
            True,
            Decimal(1500),
        )
        assert str(row.values[-1]) == "1500"

    def test_lines_are_sheet_rows(self) -> None:
        workbook = Workbook()
        sheet = workbook.active
        sheet["B3"], sheet["C3"] = "a", "b"
        sheet["B6"] = "x"
        table = read(saved(workbook))
        assert table.headers == ("Column A", "a", "b")
        assert [(row.line, row.values) for row in table.rows] == [(6, ("", "x", ""))]
        assert (table.header_line, table.sheet, table.sheets) == (3, "Sheet", ("Sheet",))

    def test_a_column_that_is_only_formatted_does_not_count(self) -> None:
        data = book([["a", "b"], [1, 2]], **{"XFD1048576": "0.00"})
        assert read(data).headers == ("a", "b")

    def test_values_beyond_the_header_get_a_column(self) -> None:
        table = read(book([["a"], [1, 2]]))
        assert (table.headers, table.rows[0].values) == (("a", "Column B"), (Decimal(1), Decimal(2)))

    def test_a_sheet_is_chosen(self) -> None:
        workbook = Workbook()
        workbook.active.sheet_state = "hidden"
        second = workbook.create_sheet("Hours")
        second.append(["a"])
        third = workbook.create_sheet("More")
        third.append(["b"])
        data = saved(workbook)
        table = read(data)
        assert (table.sheet, table.sheets) == ("Hours", ("Sheet", "Hours", "More"))
        assert table.warnings == ('The sheet "Hours" was read; not read: "Sheet", "More".',)
        assert read(data, sheet="More").headers == ("b",)
        with pytest.raises(TabularError, match='no sheet "Nope"; the workbook has "Sheet", "Hours", "More"'):
            read(data, sheet="Nope")
        with pytest.raises(TabularError, match="holds no header"):
            read(data, sheet="Sheet")

    def test_a_date_as_header_is_doubted(self) -> None:
        assert "looks like data" in read(book([[date(2024, 1, 1)], [1]])).warnings[0]

    def test_a_wrong_name_is_told(self) -> None:
        assert read(book([["a"]]), filename="x.csv").warnings == (
            "x.csv is a workbook; it was read as XLSX.",
        )

    def test_a_formula_without_a_result_is_a_row_problem(self) -> None:
        table = read(book([["a", "b"], [1, "=A2+1"], [2, 3]]))
        assert [(row.line, row.problem) for row in table.bad_rows] == [
            (2, "cell B2 holds a formula whose result was not stored.")
        ]
        assert len(table.good_rows) == 1

    def test_a_last_row_of_nothing_but_such_a_formula(self) -> None:
        rows = text_row(1, "a") + '<row r="4"><c r="A4"><f>A1</f></c></row>'
        assert [(row.line, row.problem) for row in read(raw_book(rows)).rows] == [
            (4, "cell A4 holds a formula whose result was not stored.")
        ]

    def test_an_error_value_is_a_row_problem(self) -> None:
        rows = (
            text_row(1, "a", "b")
            + '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="e"><v>#DIV/0!</v></c></row>'
        )
        rows += '<row r="5"><c r="A5" t="e"><v>#N/A</v></c></row>'
        table = read(raw_book(rows))
        assert [(row.line, row.problem) for row in table.rows] == [
            (2, "cell B2 holds the error value #DIV/0!."),
            (5, "cell A5 holds the error value #N/A."),
        ]

    def test_an_error_value_in_the_header_is_refused(self) -> None:
        with pytest.raises(
            TabularError, match="The header cannot be read: cell A1 holds the error value #REF!"
        ):
            read(raw_book('<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>'))

    def test_the_stored_result_of_a_formula_is_read(self) -> None:
        rows = text_row(1, "a") + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
        assert read(raw_book(rows)).rows[0].values == (Decimal(2),)

    def test_shared_strings(self) -> None:
        strings = "<si><t>a</t></si><si><r><t>x</t></r><r><t>y</t></r></si>"
        cells = '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>'
        assert read(raw_book(cells, strings=strings)).rows[0].values == ("xy",)

    @pytest.mark.parametrize("target", ["/xl/worksheets/sheet1.xml", "../xl/worksheets/sheet1.xml"])
    def test_ways_to_point_to_a_sheet(self, target: str) -> None:
        assert read(raw_book(text_row(1, "a"), target=target)).headers == ("a",)

    def test_column_letters(self) -> None:
        assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


class HostileWorkbookTests:
    def refused(self, data: bytes, message: str, **options: object) -> TabularError:
        with pytest.raises(TabularError, match=message) as caught:
            read(data, **options)
        return caught.value

    def test_a_bomb_by_ratio(self) -> None:
        data = raw_book(text_row(1, "a"), extra={"xl/media/x.bin": b"\0" * 3_000_000})
        self.refused(data, "more than 200 times its size")

    def test_a_bomb_by_size(self) -> None:
        data = raw_book(text_row(1, "a"))
        self.refused(data, "would unpack to", limits=Limits(max_unpacked_bytes=100))

    def test_too_many_parts(self) -> None:
        self.refused(raw_book(text_row(1, "a")), "5 parts; at most 3", limits=Limits(max_members=3))

    def test_a_directory_that_lies_about_the_size(self) -> None:
        data = bytearray(raw_book(text_row(1, "a")))
        at = data.index(b"PK\x01\x02")
        struct.pack_into("<I", data, at + 24, 2)
        self.refused(bytes(data), "does not match the zip directory")

    def test_a_directory_that_points_nowhere(self) -> None:
        data = bytearray(raw_book(text_row(1, "a")))
        at = data.index(b"PK\x01\x02")
        struct.pack_into("<I", data, at + 42, 7)
        self.refused(bytes(data), "damaged")

    def test_a_member_longer_than_the_file(self) -> None:
        data = bytearray(raw_book(text_row(1, "a")))
        at = data.index(b"PK\x01\x02")
        struct.pack_into("<I", data, at + 20, 10_000_000)
        self.refused(bytes(data), "does not match the zip directory")

    def test_packed_bytes_that_cannot_be_unpacked(self) -> None:
        data = bytearray(raw_book(text_row(1, "a")))
        start = 30 + len("[Content_Types].xml")
        data[start : start + 4] = b"\xff\xff\xff\xff"
        self.refused(bytes(data), "does not match the zip directory")

    def test_a_protected_member(self) -> None:
        data = bytearray(raw_book(text_row(1, "a")))
        data[data.index(b"PK\x01\x02") + 8] |= 1
        self.refused(bytes(data), "protected by a password")

    def test_an_unusual_packing(self) -> None:
        data = bytearray(raw_book(text_row(1, "a")))
        struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, 12)
        self.refused(bytes(data), "packed in an unusual way")

    def test_a_part_that_occurs_twice(self) -> None:
        data = raw_book(text_row(1, "a"), extra={"XL/workbook.xml": b"<x/>"})
        self.refused(data, "a part occurs twice")

    def test_a_directory_that_cannot_be_read(self) -> None:
        self.refused(raw_book(text_row(1, "a"))[:-30], "zip directory cannot be read")

    def test_far_corners_are_refused_before_they_are_reserved(self) -> None:
        rows = text_row(1, "a") + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        assert self.refused(raw_book(rows), "more than 200 columns wide").line == 1_048_576
        rows = text_row(1, "a") + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
        self.refused(raw_book(rows), "more than 200,000 rows long")
        rows = text_row(1, "a") + '<row r="90"><c r="CV90"><v>1</v></c></row>'
        self.refused(raw_book(rows), "more than 5,000 cells", limits=Limits(max_cells=5_000))

    def test_cells_without_a_reference_are_counted_too(self) -> None:
        rows = '<row r="x"><c r="A1"><v>1</v></c></row><row>' + "<c><v>1</v></c>" * 30 + "</row>"
        self.refused(raw_book(rows), "more than 20 columns wide", limits=Limits(max_columns=20))

    def test_one_long_string_in_many_cells(self) -> None:
        rows = "".join(f'<row r="{n}"><c t="s"><v>0</v></c></row>' for n in range(1, 60))
        data = raw_book(rows, strings=f"<si><t>{'x' * 190}</t></si>")
        self.refused(data, "more than 10,000 characters of text", limits=Limits(max_text=10_000))

    def test_a_string_that_does_not_exist(self) -> None:
        self.refused(
            raw_book('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', strings="<si><t>a</t></si>"), "."
        )

    def test_document_types_are_refused(self) -> None:
        self.refused(
            raw_book(text_row(1, "a"), prolog='<!DOCTYPE x [<!ENTITY a "b">]>'), "declares a document type"
        )

    def test_broken_xml(self) -> None:
        self.refused(raw_book("<row"), "is not valid XML|damaged")

    def test_a_cell_nobody_can_place(self) -> None:
        self.refused(raw_book('<row r="1"><c r="1A"><v>1</v></c></row>'), "is not a cell|damaged")

    def test_a_relationship_twice(self) -> None:
        more = '<Relationship Id="r1" Target="worksheets/other.xml"/>'
        self.refused(raw_book(text_row(1, "a"), rels=more), "a relationship occurs twice")

    def test_a_sheet_name_twice(self) -> None:
        self.refused(
            raw_book(text_row(1, "a"), sheets='<sheet name="S" r:id="r1"/>'), "two sheets are called"
        )

    def test_a_sheet_without_content(self) -> None:
        self.refused(raw_book(text_row(1, "a"), part="xl/worksheets/other.xml"), "damaged")

    def test_no_sheet_at_all(self) -> None:
        extra = {"xl/workbook.xml": f"<workbook {MAIN}/>".encode()}
        self.refused(raw_book("", extra=extra), "holds no worksheet")

    def test_a_document_of_another_kind(self) -> None:
        extra = {
            "_rels/.rels": ROOT.format(main="word/document.xml").encode(),
            "word/document.xml": b"<document/>",
        }
        self.refused(raw_book("", extra=extra), "is not an XLSX workbook")

    def test_a_second_workbook_is_not_read_in_place_of_the_scanned_one(self) -> None:
        far = '<worksheet><sheetData><row><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
        extra = {"content.xml": b"<x/>", "xl/worksheets/sheet2.xml": far.encode()}
        assert read(raw_book(text_row(1, "a"), extra=extra)).headers == ("a",)

    def test_the_calendar_of_1904(self) -> None:
        formats = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        styles = f"<styleSheet {MAIN}>{formats}</styleSheet>"
        more = '<Relationship Id="r3" Type="x/styles" Target="styles.xml"/>'
        cells = text_row(1, "a") + '<row r="2"><c r="A2" s="1"><v>44000</v></c></row>'
        for start, day in (("0", date(2020, 6, 18)), ("1", date(2024, 6, 19))):
            book = BOOK.format(more="").replace("<sheets>", f'<workbookPr date1904="{start}"/><sheets>')
            extra = {"xl/styles.xml": styles.encode(), "xl/workbook.xml": book.encode()}
            assert read(raw_book(cells, rels=more, extra=extra)).rows[0].values == (day,)

    def test_other_zip_files(self) -> None:
        def zipped(**members: str) -> bytes:
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                for name, content in members.items():
                    archive.writestr(name, content)
            return stream.getvalue()

        self.refused(zipped(readme="x"), "is a zip archive, not a workbook")
        self.refused(zipped(**{"xl/workbook.bin": "x"}), "binary workbook")
        self.refused(zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument")
        self.refused(zipped(readme="_rels/.rels"), "is not an XLSX workbook")

    def test_long_cells_and_long_tables(self) -> None:
        data = raw_book(text_row(1, "a") + text_row(2, "x" * 50))
        error = self.refused(data, "50 characters; at most 40", limits=Limits(max_cell_chars=40))
        assert (error.line, error.column) == (2, "A")
        data = raw_book("".join(text_row(n, f"x{n}") for n in range(1, 6)))
        self.refused(data, "more than 3 rows", limits=Limits(max_rows=3))

    def test_an_escaped_nul(self) -> None:
        error = self.refused(raw_book(text_row(1, "a") + text_row(2, "x_x0000_y")), "control character")
        assert (error.line, error.column) == (2, "A")

    def test_a_number_beyond_all_measure(self) -> None:
        self.refused(
            raw_book(text_row(1, "a") + '<row r="2"><c r="A2"><v>1e999</v></c></row>'), "too large|damaged"
        )

    def test_a_panic_of_the_reader_is_a_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class PanicException(BaseException):
            pass

        def panic(*_: object, **__: object) -> None:
            raise PanicException

        monkeypatch.setattr(xlsxfile, "_records", panic)
        self.refused(raw_book(text_row(1, "a")), "damaged and cannot be read")

    def test_an_interruption_is_not_swallowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(xlsxfile, "_records", interrupt)
        with pytest.raises(KeyboardInterrupt):
            read(raw_book(text_row(1, "a")))

    def test_small_parts_by_name(self) -> None:
        assert xlsxguard.shared_string_lengths(b"<sst><t>zz</t><si><t>abc</t></si><si/></sst>") == [3, 0]

    @settings(max_examples=60, deadline=None)
    @given(st.integers(min_value=0, max_value=1_400), st.binary(min_size=1, max_size=6))
    def test_a_workbook_with_bytes_changed(self, at: int, noise: bytes) -> None:
        data = bytearray(raw_book(text_row(1, "a", "b") + text_row(2, "1", "2")))
        data[at : at + len(noise)] = noise
        try:
            read(bytes(data))
        except TabularError:
            pass

    @settings(max_examples=60, deadline=None)
    @given(st.text(alphabet='<>/="crvtsif AB129 \n', max_size=60))
    def test_a_sheet_of_any_xml(self, inner: str) -> None:
        try:
            read(raw_book(text_row(1, "a") + inner, strings="<si><t>a</t></si>"))
        except TabularError:
            pass
