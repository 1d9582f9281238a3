"""CSV uploads: encoding, delimiter, quoting, line numbers, refusals."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from implement.core.tabular import Limits, Table, TabularError, read_table

POLLUTED = Path(__file__).resolve().parents[4] / "shared" / "data" / "migration" / "polluted"


def read(data: bytes, **options: object) -> Table:
    return read_table(data, filename="upload.csv", **options)


def values(table: Table) -> list[tuple[object, ...]]:
    return [row.values for row in table.rows]


class CsvReadingTests:
    def test_headers_rows_and_lines(self) -> None:
        table = read(b"Date,Hours\r\n2024-03-04,7.5\r\n2024-03-05,1\r\n")
        assert table.headers == ("Date", "Hours")
        assert [(row.line, row.values) for row in table.rows] == [
            (2, ("2024-03-04", "7.5")),
            (3, ("2024-03-05", "1")),
        ]
        assert (table.encoding, table.delimiter, table.header_line, table.warnings) == ("utf-8", ",", 1, ())

    @pytest.mark.parametrize("ending", ["\n", "\r", "\r\n"])
    def test_a_row_is_numbered_by_the_line_it_begins_on(self, ending: str) -> None:
        text = ending.join(["a,b", f'"one{ending}two",1', "", '"x",2', ""])
        table = read(text.encode())
        assert [row.line for row in table.rows] == [2, 5]
        assert table.rows[0].values == (f"one{ending}two", "1")

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found(self, delimiter: str) -> None:
        data = delimiter.join(["a", "b", "c"]) + "\n" + delimiter.join(['"1,5;|"', "2", "3"]) + "\n"
        table = read(data.encode())
        assert (table.delimiter, values(table)) == (delimiter, [("1,5;|", "2", "3")])

    def test_decimal_commas_do_not_outvote_the_semicolon(self) -> None:
        assert values(read(b"Hours;Rate\n7,5;1,2\n8,0;1,3\n")) == [("7,5", "1,2"), ("8,0", "1,3")]

    def test_the_hint_of_excel_is_followed(self) -> None:
        table = read(b"sep=;\r\na;b\r\n1;2\r\n")
        assert (table.headers, table.header_line, table.rows[0].line) == (("a", "b"), 2, 3)

    def test_a_given_delimiter_wins(self) -> None:
        assert read(b"a,b;c\n1,2;3\n", delimiter=";").headers == ("a,b", "c")
        with pytest.raises(TabularError, match="delimiter must be"):
            read(b"a", delimiter="x")

    def test_one_column_needs_no_delimiter(self) -> None:
        assert values(read(b"Name\nAda\nGrace\n")) == [("Ada",), ("Grace",)]

    def test_rows_that_do_not_fit_are_kept_and_named(self) -> None:
        table = read(b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n")
        assert [(row.line, row.problem) for row in table.bad_rows] == [
            (2, "The row has too few cells: 2, where the header has 3."),
            (4, "The row has too many cells: 4, where the header has 3."),
        ]
        assert table.rows[0].values == ("1", "2")
        assert [row.line for row in table.good_rows] == [3]

    def test_a_repeated_header_is_a_row_problem(self) -> None:
        table = read(b"a,b\na,b\n1,2\n")
        assert [row.problem for row in table.rows] == ["The row repeats the header.", None]

    def test_empty_rows_are_left_out_and_counted(self) -> None:
        table = read(b"a,b\n,\n1,2\n,\n")
        assert values(table) == [("1", "2")]
        assert table.warnings == ("2 rows were left out because all cells are empty (first: line 2).",)
        assert "1 row was" in read(b"a,b\n,\n").warnings[0]

    def test_a_header_line_skips_a_preamble(self) -> None:
        table = read(b"Report,\n,\nDate,Hours\n2024-01-01,1\n", header_line=3)
        assert (table.headers, table.header_line, len(table.rows)) == (("Date", "Hours"), 3, 1)
        with pytest.raises(TabularError, match="No row begins on line 9"):
            read(b"a\n1\n", header_line=9)

    def test_apostrophes_as_quotes(self) -> None:
        rows = "".join(f"{n},'one, two, three'\n" for n in range(9))
        table = read(("a,b\n" + rows).encode())
        assert table.rows[0].values == ("0", "one, two, three")
        assert any("apostrophes" in warning for warning in table.warnings)

    def test_an_apostrophe_within_words_is_no_quote(self) -> None:
        assert values(read(b"a,b\n'tis,men's\nx,y\n")) == [("'tis", "men's"), ("x", "y")]

    def test_rows_of_many_widths_are_doubted(self) -> None:
        assert "Fewer than half" in read(b"a,b\n1\n2\n3\n").warnings[0]

    def test_a_path_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_bytes(b"a\n1\n")
        assert read_table(path, filename="x.csv").headers == ("a",)
        with pytest.raises(TabularError, match="cannot be opened"):
            read_table(tmp_path / "none.csv", filename="none.csv")

    def test_a_wrong_name_is_told(self) -> None:
        assert "read as CSV" in read_table(b"a\n1\n", filename="x.xlsx").warnings[0]

    def test_a_long_file_is_sampled(self) -> None:
        data = b"a;b\n" + b'"x,y";' + b"z" * 90_000 + b"\n" + b"1;2\n" * 20_000
        assert read(data).delimiter == ";"


class HeaderTests:
    def test_duplicates_name_both_columns(self) -> None:
        with pytest.raises(TabularError) as caught:
            read(b"Date,Hours, date\n1,2,3\n")
        assert (caught.value.line, caught.value.column) == (1, "date")
        assert "column 1 (A) and column 3 (C)" in caught.value.message

    def test_empty_headers_are_named(self) -> None:
        table = read(b"a,,Column B,\n1,2,3,4\n")
        assert table.headers == ("a", "Column B'", "Column B", "Column D")
        assert table.warnings == ("Columns without a header were named Column B', Column D.",)

    def test_an_empty_header_row_is_refused(self) -> None:
        with pytest.raises(TabularError, match="header row is empty"):
            read(b",,\n1,2,3\n")

    def test_a_first_row_of_data_is_doubted(self) -> None:
        assert "looks like data" in read(b"28/01/2018,Ada\n29/01/2018,Bo\n").warnings[0]

    def test_a_header_too_long_is_refused(self) -> None:
        with pytest.raises(TabularError, match="longer than 200 characters"):
            read(b"a," + b"x" * 201 + b"\n1,2\n")


class EncodingTests:
    @pytest.mark.parametrize(
        ("codec", "name"),
        [("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-32", "utf-32-le")],
    )
    def test_a_byte_order_mark_decides(self, codec: str, name: str) -> None:
        table = read("Größe,b\nü,1\n".encode(codec))
        assert (table.headers, table.encoding) == (("Größe", "b"), name)

    def test_big_endian(self) -> None:
        assert read(b"\xfe\xff" + "a,b\n1,ü\n".encode("utf-16-be")).rows[0].values == ("1", "ü")

    def test_windows_text_is_read_with_a_warning(self) -> None:
        table = read("Näme,b\n“Ada”,1\n".encode("cp1252"))
        assert (table.headers[0], table.encoding) == ("Näme", "cp1252")
        assert "position 2 (0xE4)" in table.warnings[0]
        assert "cp1252" in table.warnings[0]

    def test_damaged_utf8_is_refused_at_its_byte(self) -> None:
        with pytest.raises(TabularError, match=r"position 16 \(0xFF\)") as caught:
            read("Größe,b\nüü,".encode() + b"\xff\n")
        assert (caught.value.line, caught.value.value) == (2, "0xFF")

    def test_bytes_of_no_plausible_encoding_are_refused(self) -> None:
        with pytest.raises(TabularError, match="neither UTF-8 nor Windows-1252"):
            read(b"a,b\n\x81\xff,2\n")

    def test_a_given_encoding(self) -> None:
        assert read(b"a\n\xa4\n", encoding="iso_8859_15").rows[0].values == ("€",)
        assert read(b"a\n\xe4\n", encoding="ISO-8859-1").encoding == "latin-1"
        assert read(b"\xef\xbb\xbfa\n1\n", encoding="utf8").headers == ("a",)
        with pytest.raises(TabularError, match=r"not valid utf-8: the byte at position 3 \(0xE4\)"):
            read(b"a\n\xe4\n", encoding="utf-8")
        with pytest.raises(TabularError, match="not offered"):
            read(b"a\n", encoding="unicode_escape")

    def test_nul_bytes(self) -> None:
        with pytest.raises(TabularError, match="NUL byte at position 5"):
            read(b"a,b\n\x00,1\n")
        with pytest.raises(TabularError, match="Line 2: There is a NUL") as caught:
            read("\ufeffa\n\x00\n".encode())
        assert caught.value.line == 2

    def test_control_characters(self) -> None:
        with pytest.raises(TabularError, match="Line 2: There is a control character"):
            read(b"a\n\x01\n")
        assert values(read(b"a\n1\n\x1a")) == [("1",)]


class RefusalTests:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "empty"),
            (b"\n\n", "holds no header"),
            (b"%PDF-1.7", "a PDF"),
            (b"\x89PNG\r\n", "a picture"),
            (b"\xff\xd8\xff\xe0", "a picture"),
            (b"GIF89a", "a picture"),
            (b"\x1f\x8b\x08", "a gzip"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file"),
            (b"  <!DOCTYPE html><html>", "a web page"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>", "a web page or an XML"),
        ],
    )
    def test_other_files(self, data: bytes, message: str) -> None:
        with pytest.raises(TabularError, match=message):
            read(data)

    def test_limits(self) -> None:
        with pytest.raises(TabularError, match="9 bytes; at most 8"):
            read(b"a\n1\n2\n3\n4", limits=Limits(max_bytes=8))
        with pytest.raises(TabularError, match="more than 2 rows") as caught:
            read(b"a\n1\n2\n3\n", limits=Limits(max_rows=2))
        assert caught.value.line == 4
        with pytest.raises(TabularError, match="3 columns; at most 2"):
            read(b"a,b,c\n", limits=Limits(max_columns=2))
        with pytest.raises(TabularError, match="more than 3 cells"):
            read(b"a,b\n1,2\n3,4\n", limits=Limits(max_cells=3))

    def test_a_very_long_cell_names_its_place(self) -> None:
        with pytest.raises(TabularError, match="100,001 characters") as caught:
            read(b"a,b\n1," + b"x" * 100_001 + b"\n")
        assert (caught.value.line, caught.value.column) == (2, "2")

    def test_a_cell_past_the_reader_s_own_limit(self) -> None:
        with pytest.raises(TabularError, match="far too long") as caught:
            read(b"a,b\n1,2\n1," + b"x" * 140_000 + b"\n")
        assert caught.value.line == 3

    def test_a_lower_limit_set_elsewhere_is_a_refusal_too(self) -> None:
        before = csv.field_size_limit(10)
        try:
            with pytest.raises(TabularError, match="far too long"):
                read(b"a,b\n1,xxxxxxxxxxxxxxxx\n")
        finally:
            csv.field_size_limit(before)

    def test_a_quote_never_closed_names_where_it_opens(self) -> None:
        with pytest.raises(TabularError, match="never closed") as caught:
            read(b'a,b\n1,2\n1,"x\ny\nz\n')
        assert caught.value.line == 3

    def test_text_after_a_closing_quote_is_refused(self) -> None:
        with pytest.raises(TabularError, match="followed by more text") as caught:
            read(b'a,b\n"x"y,2\n')
        assert caught.value.line == 2


class AnyBytesTests:
    @given(st.binary(max_size=400))
    def test_nothing_but_a_refusal_escapes(self, data: bytes) -> None:
        try:
            table = read(data)
        except TabularError:
            return
        assert all(len(row.values) == len(table.headers) for row in table.good_rows)

    @given(st.text(alphabet="ab,;\"'\t|\r\n 1é", max_size=120))
    def test_nothing_but_a_refusal_escapes_for_text(self, text: str) -> None:
        try:
            table = read(text.encode())
        except TabularError:
            return
        assert [row.line for row in table.rows] == sorted({row.line for row in table.rows})


@pytest.mark.skipif(not POLLUTED.is_dir(), reason="the shared data folder is not here")
class PollutedFilesTests:
    @pytest.mark.parametrize(
        "name", ["source.csv", "file_field_delimiter_0x3B.csv", "file_record_delimiter_0xD.csv"]
    )
    def test_clean_content_in_other_clothes(self, name: str) -> None:
        table = read_table(POLLUTED / name, filename=name)
        assert (len(table.headers), len(table.good_rows), len(table.bad_rows)) == (9, 83, 0)

    @pytest.mark.parametrize(
        ("name", "found"), [("row_less_sep_row5_col6.csv", 8), ("row_more_sep_row5_col6.csv", 10)]
    )
    def test_exactly_the_damaged_row_is_flagged(self, name: str, found: int) -> None:
        table = read_table(POLLUTED / name, filename=name)
        assert len(table.rows) == 83
        assert [(row.line, len(row.values)) for row in table.bad_rows] == [(6, found)]

    def test_a_second_header_row(self) -> None:
        table = read_table(POLLUTED / "file_header_multirow_2.csv", filename="x.csv")
        assert [(row.line, row.problem) for row in table.bad_rows] == [(2, "The row repeats the header.")]
        assert len(table.good_rows) == 83

    def test_a_preamble(self) -> None:
        table = read_table(POLLUTED / "file_preamble.csv", filename="x.csv", header_line=3)
        assert (table.headers[0], len(table.good_rows)) == ("DATE", 83)

    def test_no_header(self) -> None:
        table = read_table(POLLUTED / "file_no_header.csv", filename="x.csv")
        assert any("looks like data" in warning for warning in table.warnings)

    @pytest.mark.parametrize(
        ("name", "line"), [("file_quotation_char_0x27.csv", 3), ("file_multitable_less.csv", 106)]
    )
    def test_quoting_that_cannot_be_followed_is_refused(self, name: str, line: int) -> None:
        with pytest.raises(TabularError) as caught:
            read_table(POLLUTED / name, filename=name)
        assert caught.value.line == line
