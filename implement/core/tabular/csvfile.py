"""CSV bytes into records: encoding, delimiter and quoting found out once, line numbers kept."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from implement.core.tabular.errors import TabularError
from implement.core.tabular.model import CONTROLS, Limits

# A short list, because the codec name arrives from a form: Python also knows codecs such as "unicode_escape".
ENCODINGS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "latin-1",
    "iso-8859-15",
    "cp1250",
    "cp437",
    "cp850",
    "mac-roman",
)
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}",
)
_HIGH_BYTES = bytes(range(0x80, 0x100))
_SAMPLE_CHARS = 128 * 1024
_SAMPLE_RECORDS = 400


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the records of one file are written."""

    delimiter: str
    quotechar: str
    share: float


def _line_at(text: str, position: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:position])) + 1


def _decode_with(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TabularError(
            f"The file is not valid {encoding}: the byte at position {error.start + 1:,} "
            f"(0x{data[error.start]:02X}) cannot be read.",
            value=f"0x{data[error.start]:02X}",
        ) from error


def _decode_guessing(data: bytes) -> tuple[str, str, list[str]]:
    if b"\x00" in data:
        raise TabularError(
            f"The file holds a NUL byte at position {data.index(0) + 1:,}: it is not text, or "
            "it is UTF-16 without a byte order mark. Save it as CSV UTF-8 and upload it again."
        )
    try:
        return data.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError as error:
        first = error
    # A file with good UTF-8 sequences and one bad byte is broken UTF-8. Reading it as Windows-1252 would turn
    # every good accented letter into two wrong ones, so it is refused.
    good = _UTF8_SEQUENCE.findall(data)
    bad = len(data) - len(data.translate(None, _HIGH_BYTES)) - sum(map(len, good))
    place = f"the byte at position {first.start + 1:,} (0x{data[first.start]:02X})"
    if len(good) >= max(bad, 1):
        raise TabularError(
            f"The file is UTF-8 with a damaged place: {place} cannot be read. Save it as CSV UTF-8 again.",
            line=data[: first.start].count(b"\n") + 1,
            value=f"0x{data[first.start]:02X}",
        ) from first
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise TabularError(
            f"The file is neither UTF-8 nor Windows-1252 text: {place} is not UTF-8 and the byte at position "
            f"{error.start + 1:,} (0x{data[error.start]:02X}) is in neither. "
            "Choose the encoding or save it as CSV UTF-8.",
            value=f"0x{data[error.start]:02X}",
        ) from error
    warning = (
        f"The file is not UTF-8 ({place}); it was read as Windows-1252 (cp1252). "
        "Check that accented letters look right."
    )
    return text, "cp1252", [warning]


def decode(data: bytes, *, encoding: str | None = None) -> tuple[str, str, list[str]]:
    """Text of a file, the encoding used, and warnings. A byte order mark wins over a guess, never over
    `encoding`.

    Raises TabularError naming the byte position (1-based) where the bytes fit no plausible encoding, and
    naming the line of a NUL character or of a control character that no text file holds.
    """
    bom, marked = next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), (b"", None))
    warnings: list[str] = []
    if encoding is not None:
        name = encoding.strip().lower().replace("_", "-")
        name = {"utf8": "utf-8", "utf-8-sig": "utf-8", "windows-1252": "cp1252", "iso-8859-1": "latin-1"}.get(
            name, name
        )
        if name not in ENCODINGS:
            raise TabularError(
                f"The encoding {encoding!r} is not offered; choose one of {', '.join(ENCODINGS)}."
            )
        text, used = _decode_with(data, name).removeprefix("\ufeff"), name
    elif marked is not None:
        text, used = _decode_with(data[len(bom) :], marked), marked
    else:
        text, used, warnings = _decode_guessing(data)
    if "\x00" in text:
        raise TabularError(
            "There is a NUL character, which no text file holds.", line=_line_at(text, text.index("\x00"))
        )
    # Old DOS programs end a text file with this mark.
    text = text.removesuffix("\x1a")
    if found := CONTROLS.search(text):
        raise TabularError(
            f"There is a control character (0x{ord(found.group()):02X}); it is not a text file.",
            line=_line_at(text, found.start()),
        )
    return text, used, warnings


def _sample_counts(sample: str, *, cut: bool, delimiter: str, quotechar: str) -> list[int]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quotechar)
    counts: list[int] = []
    try:
        for cells in reader:
            if cells:
                counts.append(len(cells))
            if len(counts) >= _SAMPLE_RECORDS:
                return counts
    except csv.Error:
        return counts
    return counts[:-1] if cut and len(counts) > 1 else counts


def sniff(text: str, *, delimiter: str | None = None) -> Dialect:
    """Delimiter and quote character by consistency: the pair under which most rows are as wide as the header.

    `share` is that fraction, 0 to 1; a file of one column gives a comma and 1.0. The apostrophe counts as
    quote character only where it makes clearly more rows fit, since it also occurs within words.
    """
    sample, cut = text[:_SAMPLE_CHARS], len(text) > _SAMPLE_CHARS
    best = Dialect(delimiter or ",", '"', 1.0)
    best_key = (0.0, 0)
    for quotechar in ('"', "'"):
        margin = 0.1 if quotechar == "'" and best_key[1] else 0.0
        for candidate in (delimiter,) if delimiter else DELIMITERS:
            counts = _sample_counts(sample, cut=cut, delimiter=candidate, quotechar=quotechar)
            if not counts or counts[0] < 2:
                continue
            share = sum(1 for count in counts if count == counts[0]) / len(counts)
            if (share - margin, counts[0]) > best_key:
                best, best_key = Dialect(candidate, quotechar, share), (share, counts[0])
    return best


def records(
    text: str, *, dialect: Dialect, limits: Limits, first_line: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """(line the record begins on, cells) for each record that is not a blank line.

    Quotes within a cell must be doubled (RFC 4180). Raises TabularError with the line for a quote never
    closed, for text after a closing quote and for a cell longer than the limit.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=dialect.delimiter, quotechar=dialect.quotechar, strict=True
    )
    line = first_line
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise TabularError(_quoting_message(str(error), dialect), line=line) from error
        if cells is None:
            return
        for index, cell in enumerate(cells):
            if len(cell) > limits.max_cell_chars:
                raise TabularError(
                    f"The cell holds {len(cell):,} characters; at most {limits.max_cell_chars:,} are taken. "
                    "A missing closing quote is the usual reason.",
                    line=line,
                    column=str(index + 1),
                    value=cell[:60],
                )
        if cells:
            yield line, cells
        line = first_line + reader.line_num


def _quoting_message(detail: str, dialect: Dialect) -> str:
    quote = dialect.quotechar
    if "unexpected end" in detail:
        return f"A cell in the row beginning here opens with {quote} and is never closed."
    if "field larger" in detail:
        return f"A cell in the row beginning here is far too long; a closing {quote} may be missing."
    return (
        f"A closing {quote} in the row beginning here is followed by more text; "
        f"a {quote} within a cell is written twice."
    )
