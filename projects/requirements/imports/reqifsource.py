"""A ReqIF file as a list of things in the order of its tree, each with its values by the names that people know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from projects.requirements import reqif
from projects.requirements.reqif.archive import found_file
from projects.requirements.reqif.xhtml import Text, read_line, read_text
from projects.requirements.services.requirements import DEEPEST

ALL = "all"
MOST_TOLD = 20


@dataclass(frozen=True)
class Thing:
    """One object at its place. `parent` is the identifier of what it stands below; `values` is name -> value."""

    identifier: str
    line: int
    name: str
    parent: str
    values: Mapping[str, reqif.Value]
    words: Mapping[str, str]
    files: tuple[str, ...]

    def text(self, name: str) -> Text:
        """Return a value as Markdown."""
        value = self.values.get(name)
        if value is None or value.kind != reqif.Kind.XHTML:
            return Text(markdown=self.plain(value).strip())
        return read_text(value.text)

    def line_of(self, name: str, *, is_first: bool = False) -> str:
        """Return a value as words on one line; `is_first`: its first paragraph only."""
        value = self.values.get(name)
        if value is not None and value.kind == reqif.Kind.XHTML:
            return read_line(value.text, is_first=is_first)
        return " ".join(self.plain(value).split())

    def plain(self, value: reqif.Value | None) -> str:
        """Return a value that is no rich text."""
        if value is None:
            return ""
        if value.kind == reqif.Kind.ENUMERATION:
            return ", ".join(self.words.get(one) or one for one in value.chosen)
        return value.text


@dataclass(frozen=True)
class Related:
    """One relation, by the identifiers of its ends and the name of its type."""

    source: str
    target: str
    name: str


@dataclass
class Source:
    """What a file holds: its documents by their path, and what is told about it."""

    documents: Mapping[str, reqif.Reqif]
    files: Mapping[str, bytes] = field(default_factory=dict)
    is_archive: bool = False
    warnings: list[reqif.Warned] = field(default_factory=list)
    more_warnings: int = 0

    @classmethod
    def of(cls, content: bytes, filename: str) -> Source:
        """Read a file or an archive. Raises ReqifError."""
        if reqif.is_archive(content):
            archive = reqif.read_archive(content)
            made = cls(archive.documents, archive.files, is_archive=True)
        else:
            made = cls({filename: reqif.read(content)})
        told = [one for document in made.documents.values() for one in document.warnings]
        made.warnings, made.more_warnings = told[:MOST_TOLD], max(0, len(told) - MOST_TOLD)
        made.check()
        return made

    def check(self) -> None:
        """Raise ReqifError when two documents of an archive hold the same requirement."""
        seen: dict[str, str] = {}
        for path, document in self.documents.items():
            for one in document.objects:
                first = seen.setdefault(one.identifier, path)
                if first != path:
                    raise reqif.ReqifError(
                        f"“{one.identifier[:60]}” is in {first[:60]} and in {path[:60]}.", line=one.line
                    )

    def specifications(self) -> dict[str, str]:
        """Return identifier -> name of every specification of every document."""
        return {
            one.identifier: one.name or document.title or one.identifier
            for document in self.documents.values()
            for one in document.specifications
        }

    def relations(self) -> list[Related]:
        """Return every relation between two requirements that are there."""
        found = []
        for document in self.documents.values():
            names = {one.identifier: one.name for one in document.types}
            objects = {one.identifier for one in document.objects}
            found += [
                Related(one.source, one.target, names.get(one.type, ""))
                for one in document.relations
                if {one.source, one.target} <= objects
            ]
        return found


@dataclass
class Tree:
    """The things of the chosen specification in reading order, and what could not stand where the file has it."""

    source: Source
    chosen: str = ALL
    things: list[Thing] = field(default_factory=list)
    repeated: int = 0
    too_deep: int = 0
    outside: int = 0

    def __post_init__(self) -> None:
        for path, document in self.source.documents.items():
            self.add(path, document)

    def add(self, path: str, document: reqif.Reqif) -> None:
        """Add the things of one document. The first place of a thing counts: so nothing stands below itself."""
        reading = Reading(document, path, self.source.files)
        objects = {one.identifier: one for one in document.objects}
        levels: dict[str, int] = {}
        parents: dict[str, str] = {}
        for specification in document.specifications:
            if self.chosen not in {ALL, specification.identifier}:
                continue
            for place, above in specification.walk():
                if place.object not in objects:
                    continue
                if place.object in levels:
                    self.repeated += 1
                    continue
                parent = next((one for one in reversed(above) if one in levels), "")
                if parent and levels[parent] >= DEEPEST:
                    parent = parents[parent]
                    self.too_deep += 1
                levels[place.object] = levels.get(parent, 0) + 1
                parents[place.object] = parent
                self.things.append(reading.thing(objects[place.object], parent))
        rest = [one for one in document.objects if one.identifier not in levels]
        if self.chosen == ALL:
            self.things += [reading.thing(one, "") for one in rest]
        self.outside += len(rest)

    def names(self) -> list[str]:
        """Return the names of all values, in the order in which they turn up; an empty value says something, too."""
        return list(dict.fromkeys(name for one in self.things for name in one.values))


class Reading:
    """The values of the objects of one document by the names that people know."""

    def __init__(self, document: reqif.Reqif, path: str, files: Mapping[str, bytes]) -> None:
        self.attributes = {one.identifier: one.attributes for one in document.types}
        self.names = {one.identifier: names_of(one) for one in document.types}
        # For an object whose type is missing.
        self.any_name = {key: name for names in self.names.values() for key, name in names.items()}
        self.words = {value.identifier: value.name for one in document.datatypes for value in one.values}
        self.path, self.archive = path, reqif.Archive({}, files)

    def thing(self, one: reqif.SpecObject, parent: str) -> Thing:
        """Return an object with its values; where it has none the default of its type holds."""
        names = self.names.get(one.type, {})
        found = {attribute.identifier: attribute.default for attribute in self.attributes.get(one.type, ())}
        values = {
            names.get(key) or self.any_name.get(key) or key: value
            for key, value in {**found, **one.values}.items()
            if value is not None
        }
        return Thing(
            one.identifier, one.line, " ".join(one.name.split()), parent, values, self.words, self.files(one)
        )

    def files(self, one: reqif.SpecObject) -> tuple[str, ...]:
        """Return the paths of the files that an object shows; what is not in the archive keeps its name with a ?."""
        named: list[str] = []
        for value in one.values.values():
            if value.kind == reqif.Kind.XHTML and ("object" in value.text or "img" in value.text):
                for target in read_text(value.text).files:
                    if "://" not in target and not target.startswith("data:"):
                        named.append(found_file(self.archive, self.path, target) or f"?{target}")
        return tuple(dict.fromkeys(named))


def names_of(kind: reqif.SpecType) -> dict[str, str]:
    """Return attribute -> what people call it; the second of the same name is told apart."""
    names: dict[str, str] = {}
    for one in kind.attributes:
        name = one.name or one.identifier
        names[one.identifier] = f"{name} ({one.identifier})" if name in names.values() else name
    return names
