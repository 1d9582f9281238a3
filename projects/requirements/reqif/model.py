"""What a ReqIF file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NAMESPACE = "http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"
XHTML = "http://www.w3.org/1999/xhtml"


class ReqifError(ValueError):
    """A file that is no ReqIF, or must not be read; its text says where. `line` is None where there is none."""

    def __init__(self, message: str, *, line: int | None = None, file: str = "") -> None:
        place = f"Line {line}{f' of {file}' if file else ''}" if line else file
        super().__init__(f"{place}: {message}" if place else message)
        self.message, self.line = message, line


class Kind(StrEnum):
    """What an attribute holds."""

    STRING = "STRING"
    XHTML = "XHTML"
    ENUMERATION = "ENUMERATION"
    BOOLEAN = "BOOLEAN"
    INTEGER = "INTEGER"
    REAL = "REAL"
    DATE = "DATE"


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One word of an enumeration."""

    identifier: str
    name: str


@dataclass(frozen=True, slots=True)
class Datatype:
    """What values an attribute may have; `values` for an enumeration."""

    identifier: str
    kind: Kind
    name: str = ""
    values: tuple[EnumValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an attribute: text, XHTML as its source, or the identifiers of enumeration values."""

    kind: Kind
    text: str = ""
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """One attribute of a type; `default` holds where an object has no value."""

    identifier: str
    kind: Kind
    datatype: str
    name: str = ""
    default: Value | None = None
    is_multi: bool = False


@dataclass(frozen=True, slots=True)
class SpecType:
    """A type of objects, specifications or relations: `element` is its element's name."""

    identifier: str
    element: str
    name: str = ""
    attributes: tuple[AttributeDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class SpecObject:
    """A requirement, a heading, or whatever else its tool keeps. `values` is definition -> value."""

    identifier: str
    type: str = ""
    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    changed: str = ""
    # Where it stands in the file that was read: no part of what it says.
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """One place in the tree of a specification, and what is below it."""

    identifier: str
    object: str
    children: tuple[Hierarchy, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Specification:
    """One document: a tree of objects."""

    identifier: str
    name: str = ""
    type: str = ""
    children: tuple[Hierarchy, ...] = ()

    def walk(self) -> Iterator[tuple[Hierarchy, tuple[str, ...]]]:
        """Yield every place with the objects above it, in reading order."""
        stack: list[tuple[Hierarchy, tuple[str, ...]]] = [(one, ()) for one in reversed(self.children)]
        while stack:
            place, above = stack.pop()
            yield place, above
            stack.extend((child, (*above, place.object)) for child in reversed(place.children))


@dataclass(frozen=True, slots=True)
class Relation:
    """A link from one object to another."""

    identifier: str
    source: str
    target: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that points at nothing, and where."""

    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Reqif:
    """A whole file."""

    identifier: str
    title: str = ""
    tool: str = ""
    created: str = ""
    datatypes: tuple[Datatype, ...] = ()
    types: tuple[SpecType, ...] = ()
    objects: tuple[SpecObject, ...] = ()
    specifications: tuple[Specification, ...] = ()
    relations: tuple[Relation, ...] = ()
    warnings: tuple[Warned, ...] = field(default=(), compare=False)
