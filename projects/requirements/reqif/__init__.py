"""The Requirements Interchange Format (ReqIF 1.0 to 1.2) as plain values; nothing of this product in it.

document = reqif.read(content)             # .reqif -> values, or ReqifError with its line
content = reqif.write(document)            # values -> .reqif
archive = reqif.read_archive(content)      # .reqifz -> its documents and files
"""

from projects.requirements.reqif.archive import Archive, is_archive, read_archive, write_archive
from projects.requirements.reqif.model import (
    AttributeDefinition,
    Datatype,
    EnumValue,
    Hierarchy,
    Kind,
    Relation,
    Reqif,
    ReqifError,
    Specification,
    SpecObject,
    SpecType,
    Value,
    Warned,
)
from projects.requirements.reqif.reader import read
from projects.requirements.reqif.writer import write

__all__ = [
    "Archive",
    "AttributeDefinition",
    "Datatype",
    "EnumValue",
    "Hierarchy",
    "Kind",
    "Relation",
    "Reqif",
    "ReqifError",
    "SpecObject",
    "SpecType",
    "Specification",
    "Value",
    "Warned",
    "is_archive",
    "read",
    "read_archive",
    "write",
    "write_archive",
]
