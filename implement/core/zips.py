"""A zip opened with care, so that a small upload cannot take the server's memory.

A zip can unpack to a thousand times its size, and can lie about it in its directory.
"""

from __future__ import annotations

import io
import zipfile
import zlib

_LOCAL_HEADER = 30
_RATIO_FROM = 1024 * 1024
_DEFLATED_OR_STORED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class ZipError(ValueError):
    """A zip that is damaged, protected or larger than it may be; the text says which."""


def open_members(
    data: bytes, *, what: str, max_members: int, max_bytes: int, max_ratio: int
) -> dict[str, bytes]:
    """Return member name -> unpacked bytes, without folders; `what` is the word for it, such as workbook.

    Raises ZipError for a zip that is damaged or a bomb.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise ZipError(f"The {what} is damaged: its zip directory cannot be read.") from error
    with archive:
        infos = archive.infolist()
    if len(infos) > max_members:
        raise ZipError(f"The {what} holds {len(infos):,} parts; at most {max_members:,} are taken.")
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise ZipError(f"The {what} would unpack to {total:,} bytes; at most {max_bytes:,} are taken.")
    if len({info.filename.lower() for info in infos}) != len(infos):
        raise ZipError(f"The {what} is damaged: a part occurs twice in its zip directory.")
    return {
        info.filename: _unpack(data, info, what=what, max_ratio=max_ratio)
        for info in infos
        if not info.filename.endswith("/")
    }


def _unpack(data: bytes, info: zipfile.ZipInfo, *, what: str, max_ratio: int) -> bytes:
    """Return the member's bytes, refused when it is more than its directory entry says: readers differ in whom
    they trust.
    """
    name = info.filename[:80]
    if info.flag_bits & 0x1:
        raise ZipError(f"The {what} is protected by a password; remove it and upload the file again.")
    if info.compress_type not in _DEFLATED_OR_STORED:
        raise ZipError(f"The {what} part {name} is packed in an unusual way; save the file again.")
    if info.file_size > _RATIO_FROM and info.file_size > max_ratio * max(info.compress_size, 1):
        raise ZipError(
            f"The {what} part {name} unpacks to more than {max_ratio} times its size and is refused."
        )
    damaged = ZipError(f"The {what} is damaged: its part {name} does not match the zip directory.")
    header = data[info.header_offset : info.header_offset + _LOCAL_HEADER]
    if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
        raise damaged
    start = (
        info.header_offset
        + _LOCAL_HEADER
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    packed = data[start : start + info.compress_size]
    if len(packed) != info.compress_size:
        raise damaged
    if info.compress_type == zipfile.ZIP_STORED:
        content = packed
    else:
        try:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, info.file_size + 1)
        except zlib.error as error:
            raise damaged from error
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise damaged
    return content
