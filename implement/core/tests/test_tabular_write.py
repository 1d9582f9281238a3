"""Tables written out: exact, typed, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from implement.core.tabular import TabularError, iter_csv, read_table, write, write_csv, write_xlsx

HEADERS = ["Name", "Value"]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=30)
NUMBERS = st.decimals(min_value=-(10**8), max_value=10**8, places=2)
DATES = st.dates(min_value=date(1901, 1, 1), max_value=date(2200, 1, 1))


def as_csv(rows: list[list[object]], **options: object) -> str:
    return b"".join(iter_csv(headers=HEADERS, rows=rows, **options)).decode("utf-8-sig")


def as_xlsx(rows: list[list[object]], **options: object) -> bytes:
    stream = io.BytesIO()
    assert write_xlsx(stream, headers=HEADERS, rows=rows, **options) == len(rows)
    return stream.getvalue()


class CsvWritingTests:
    def test_bytes(self) -> None:
        stream = io.BytesIO()
        count = write_csv(stream, headers=HEADERS, rows=[["a,b", Decimal("1E+3")], ['q"', None]])
        assert count == 2
        assert stream.getvalue() == b'\xef\xbb\xbfName,Value\r\n"a,b",1000\r\n"q""",\r\n'

    def test_without_mark_and_with_another_delimiter(self) -> None:
        stream = io.BytesIO()
        assert write_csv(stream, headers=HEADERS, rows=[], bom=False, delimiter=";") == 0
        assert stream.getvalue() == b"Name;Value\r\n"

    def test_values(self) -> None:
        cells = [True, False, 3, date(2024, 3, 4), datetime(2024, 3, 4, 5, 6), time(1, 2)]
        lines = as_csv([["x", cell] for cell in cells]).splitlines()[1:]
        assert [line[2:] for line in lines] == [
            "Yes",
            "No",
            "3",
            "2024-03-04",
            "2024-03-04 05:06:00",
            "01:02:00",
        ]

    def test_durations(self) -> None:
        rows = [["x", timedelta(hours=30, seconds=1)], ["x", -timedelta(minutes=1)]]
        assert as_csv(rows).splitlines()[1:] == ["x,30:00:01", "x,-00:01:00"]

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\n=x"])
    def test_formulas_are_disarmed(self, text: str) -> None:
        rows = list(csv.reader(io.StringIO(as_csv([[text, text]]), newline="")))
        assert rows[1] == ["'" + text, "'" + text]

    def test_headers_are_disarmed_and_numbers_are_not(self) -> None:
        assert b"".join(iter_csv(headers=["=x"], rows=[[-1], [Decimal("-2.50")]], bom=False)) == (
            b"'=x\r\n-1\r\n-2.50\r\n"
        )

    def test_one_empty_cell_is_not_a_blank_line(self) -> None:
        assert b"".join(iter_csv(headers=["a"], rows=[[None], ["x"]], bom=False)) == b'a\r\n""\r\nx\r\n'

    def test_rows_stream(self) -> None:
        taken: list[int] = []

        def rows() -> Iterator[list[object]]:
            for number in range(3):
                taken.append(number)
                yield ["x", number]

        chunks = iter_csv(headers=HEADERS, rows=rows())
        next(chunks), next(chunks), next(chunks)
        assert taken == [0]

    def test_refusals(self) -> None:
        with pytest.raises(TypeError, match="float cannot be written"):
            as_csv([["x", 1.5]])
        with pytest.raises(TypeError, match="not finite"):
            as_csv([["x", Decimal("NaN")]])
        with pytest.raises(ValueError, match="Row 1 has 1 cells, the header 2"):
            as_csv([["x"]])

    @given(st.lists(st.tuples(TEXT, st.one_of(NUMBERS, DATES, TEXT)), min_size=1, max_size=8))
    def test_round_trip(self, rows: list[tuple[object, ...]]) -> None:
        stream = io.BytesIO()
        write_csv(stream, headers=HEADERS, rows=rows)
        table = read_table(stream.getvalue(), filename="x.csv", delimiter=",")
        wanted = [tuple(write._plain(cell) for cell in row) for row in rows]
        assert [row.values for row in table.rows] == [row for row in wanted if row != ("", "")]


class XlsxWritingTests:
    def test_looks(self) -> None:
        book = load_workbook(io.BytesIO(as_xlsx([["x" * 100, 1]], sheet_name="Hours: [all]")))
        sheet = book.active
        assert (sheet.title, sheet.freeze_panes) == ("Hours   all", "A2")
        assert sheet["A1"].font.bold
        assert not sheet["A2"].font.bold
        assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == (62, 8)

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "#N/A", "'x", "=HYPERLINK(1)"])
    def test_text_is_never_a_formula(self, text: str) -> None:
        cell = load_workbook(io.BytesIO(as_xlsx([[text, None]]))).active["A2"]
        assert (cell.value, cell.data_type) == (text, "s")
        assert cell.quotePrefix == (text[0] in "=+-@")

    def test_typed_cells(self) -> None:
        cells = [
            Decimal("12.50"),
            7,
            True,
            date(2024, 3, 4),
            datetime(2024, 3, 4, 10, 23, 52),
            time(10, 23),
            timedelta(hours=30),
        ]
        data = as_xlsx([["x", cell] for cell in cells])
        assert [row.values[1] for row in read_table(data, filename="x.xlsx").rows] == cells
        sheet = load_workbook(io.BytesIO(data)).active
        assert [sheet.cell(row, 2).number_format for row in (2, 3, 5)] == ["0.00", "0", "yyyy-mm-dd"]

    def test_what_a_spreadsheet_cannot_hold_stays_text(self) -> None:
        long = Decimal("12345678901234567.89")
        rows = [["x", long], ["x", date(1850, 1, 1)], ["x", datetime(1850, 1, 1, 2, 3)], ["x\x01\r\ny", None]]
        found = [row.values for row in read_table(as_xlsx(rows), filename="x.xlsx").rows]
        assert [row[1] for row in found] == [str(long), "1850-01-01", "1850-01-01 02:03:00", ""]
        assert found[3][0] == "x\ufffd\ny"

    def test_a_text_too_long_says_so(self) -> None:
        text = read_table(as_xlsx([["x" * 40_000, 1]]), filename="x.xlsx").rows[0].values[0]
        assert len(text) == 32_767
        assert text.endswith("… [40,000 characters, shortened]")

    def test_aware_moments_keep_their_wall_clock(self) -> None:
        rows = read_table(as_xlsx([["x", datetime(2024, 3, 4, 10, tzinfo=UTC)]]), filename="x.xlsx").rows
        assert rows[0].values[1] == datetime(2024, 3, 4, 10)

    def test_refusals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(TypeError, match="float"):
            as_xlsx([["x", 1.5]])
        with pytest.raises(TypeError, match="float"):
            as_xlsx([["x", 1]] * 300 + [["x", 1.5]])
        with pytest.raises(ValueError, match="Row 301"):
            as_xlsx([["x", 1]] * 300 + [["x"]])
        monkeypatch.setattr(write, "_XLSX_ROWS", 3)
        with pytest.raises(TabularError, match="and row 3"):
            as_xlsx([["x", 1]] * 3)

    def test_no_rows(self) -> None:
        table = read_table(as_xlsx([], sheet_name="///"), filename="x.xlsx")
        assert (table.headers, table.rows, table.sheet) == (("Name", "Value"), (), "Export")

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.tuples(TEXT, st.one_of(NUMBERS, DATES)), min_size=1, max_size=6))
    def test_round_trip(self, rows: list[tuple[object, ...]]) -> None:
        table = read_table(as_xlsx([list(row) for row in rows]), filename="x.xlsx")
        # A cell of nothing but spaces is an empty one.
        wanted = [(text if str(text).strip(" ") else "", value) for text, value in rows]
        assert [row.values for row in table.rows] == wanted
