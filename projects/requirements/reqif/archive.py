"""A .reqifz: a zip with one or several ReqIF files and the files that these show."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote

from implement.core.zips import ZipError, open_members
from projects.requirements.reqif.model import Reqif, ReqifError
from projects.requirements.reqif.reader import read

MOST_MEMBERS = 2_000
MOST_BYTES = 100 * 1024 * 1024
MOST_RATIO = 200
SUFFIX = ".reqif"


@dataclass(frozen=True)
class Archive:
    """What was unpacked: path -> document, and path -> bytes of every other file."""

    documents: Mapping[str, Reqif]
    files: Mapping[str, bytes]


def is_archive(content: bytes) -> bool:
    """Return whether the bytes are a zip."""
    return content.startswith(b"PK")


def read_archive(content: bytes) -> Archive:
    """Unpack an archive in memory and read its documents.

    Raises ReqifError for one that is damaged, a bomb, names a place outside itself, or holds no ReqIF.
    """
    try:
        members = open_members(
            content, what="archive", max_members=MOST_MEMBERS, max_bytes=MOST_BYTES, max_ratio=MOST_RATIO
        )
    except ZipError as error:
        raise ReqifError(str(error)) from error
    kept = {name: data for name, data in members.items() if not is_noise(checked(name))}
    documents = {}
    for name, data in kept.items():
        if name.lower().endswith(SUFFIX):
            try:
                documents[name] = read(data)
            except ReqifError as error:
                raise ReqifError(error.message, line=error.line, file=name[:80]) from error
    if not documents:
        raise ReqifError("The archive holds no .reqif file.")
    return Archive(documents, {name: data for name, data in kept.items() if name not in documents})


def checked(name: str) -> PurePosixPath:
    """Return a member's path. Raises ReqifError for one that leads out of the archive."""
    path = PurePosixPath(name)
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or ":" in name.partition("/")[0]
        or "\0" in name
    ):
        raise ReqifError(f"The archive names “{name[:80]}”, which is a place outside of it, and is refused.")
    return path


def is_noise(path: PurePosixPath) -> bool:
    """Return whether a member is what an operating system left there."""
    return path.parts[:1] == ("__MACOSX",) or path.name in {".DS_Store", "Thumbs.db", "desktop.ini"}


def found_file(archive: Archive, document: str, target: str) -> str | None:
    """Return the path of the file that a document shows; None when there is none in the archive."""
    if "://" in target or target.startswith(("/", "data:")):
        return None
    said = unquote(target.replace("\\", "/").partition("#")[0])
    parts: list[str] = []
    for part in [*PurePosixPath(document).parent.parts, *said.split("/")]:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    path = "/".join(parts)
    return path if path in archive.files else said if said in archive.files else None


def write_archive(
    target: IO[bytes], *, name: str, document: bytes, files: Iterable[tuple[str, Callable[[], IO[bytes]]]]
) -> None:
    """Write an archive of one document and the files that it shows, one after the other.

    A file that is not there any more is left out.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, document)
        for path, opened in files:
            with suppress(FileNotFoundError), opened() as stream, archive.open(path, "w") as out:
                shutil.copyfileobj(stream, out)
