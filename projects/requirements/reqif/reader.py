"""From a ReqIF file to its values. What is not as the standard wants it is taken as far as it can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

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
from projects.requirements.reqif.xml import child, children, line_of, local, parse, source_of, text_in

DATATYPE, ATTRIBUTE, VALUE = "DATATYPE-DEFINITION-", "ATTRIBUTE-DEFINITION-", "ATTRIBUTE-VALUE-"
LONGEST_ID = 240


def read(content: bytes) -> Reqif:
    """Return what a ReqIF file says, with warnings for what points at nothing.

    Raises ReqifError with the line.
    """
    root = parse(content)
    return _Reading().document(root)


class _Reading:
    """One pass over one file."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], int] = {}
        self.warnings: list[Warned] = []

    def document(self, root: Element) -> Reqif:
        header = child(child(root, "THE-HEADER"), "REQ-IF-HEADER")
        contents = children(root, "CORE-CONTENT", "REQ-IF-CONTENT")
        if not contents:
            raise ReqifError("The ReqIF file has no content (REQ-IF-CONTENT).", line=line_of(root))
        content = contents[0]
        datatypes = tuple(self.datatype(one) for one in self.listed(content, "DATATYPES", DATATYPE))
        types = tuple(self.type(one) for group in children(content, "SPEC-TYPES") for one in group)
        objects = tuple(self.object(one) for one in children(content, "SPEC-OBJECTS", "SPEC-OBJECT"))
        specifications = tuple(
            self.specification(one) for one in children(content, "SPECIFICATIONS", "SPECIFICATION")
        )
        relations = tuple(self.relation(one) for one in children(content, "SPEC-RELATIONS", "SPEC-RELATION"))
        self.check(types, datatypes, objects, specifications, relations)
        return Reqif(
            identifier="" if header is None else header.get("IDENTIFIER", ""),
            title=text_in(header, "TITLE"),
            tool=text_in(header, "SOURCE-TOOL-ID") or text_in(header, "REQ-IF-TOOL-ID"),
            created=text_in(header, "CREATION-TIME"),
            datatypes=datatypes,
            types=types,
            objects=objects,
            specifications=specifications,
            relations=relations,
            warnings=tuple(self.warnings),
        )

    # --- One element each ---
    def identifier(self, element: Element) -> str:
        """Return what an element is called; two may not have the same name."""
        name, line = element.get("IDENTIFIER", "").strip(), line_of(element)
        if not name:
            raise ReqifError(f"A {local(element)} has no IDENTIFIER.", line=line)
        if len(name) > LONGEST_ID:
            raise ReqifError(
                f"The IDENTIFIER of a {local(element)} has {len(name):,} characters; at most {LONGEST_ID} are taken.",
                line=line,
            )
        first = self.lines.get((local(element), name))
        if first is not None:
            raise ReqifError(
                f"The IDENTIFIER “{name[:60]}” of a {local(element)} is already used on line {first}.",
                line=line,
            )
        self.lines[local(element), name] = line
        return name

    def listed(self, content: Element, group: str, prefix: str) -> Iterable[Element]:
        """Return the elements of a list whose names begin so."""
        return [one for found in children(content, group) for one in found if local(one).startswith(prefix)]

    def datatype(self, element: Element) -> Datatype:
        values = tuple(
            EnumValue(one.get("IDENTIFIER", ""), one.get("LONG-NAME", ""))
            for one in children(element, "SPECIFIED-VALUES", "ENUM-VALUE")
        )
        kind = self.kind(element, DATATYPE)
        return Datatype(self.identifier(element), kind, element.get("LONG-NAME", ""), values)

    def kind(self, element: Element, prefix: str) -> Kind:
        """Return what an element holds, by its name."""
        said = local(element).removeprefix(prefix)
        try:
            return Kind(said)
        except ValueError:
            raise ReqifError(
                f"{local(element)[:60]} is no element of ReqIF.", line=line_of(element)
            ) from None

    def type(self, element: Element) -> SpecType:
        # Some tools call the attributes of several types alike: these names are looked up within their type.
        attributes = tuple(
            self.attribute(one)
            for group in children(element, "SPEC-ATTRIBUTES")
            for one in group
            if local(one).startswith(ATTRIBUTE)
        )
        return SpecType(self.identifier(element), local(element), element.get("LONG-NAME", ""), attributes)

    def attribute(self, element: Element) -> AttributeDefinition:
        kind = self.kind(element, ATTRIBUTE)
        name = element.get("IDENTIFIER", "").strip()
        if not name:
            raise ReqifError(f"A {local(element)} has no IDENTIFIER.", line=line_of(element))
        defaults = [
            self.value(one)
            for group in children(element, "DEFAULT-VALUE")
            for one in group
            if self.is_value(one)
        ]
        return AttributeDefinition(
            name,
            kind,
            self.reference(element, "TYPE"),
            element.get("LONG-NAME", ""),
            defaults[0] if defaults else None,
            element.get("MULTI-VALUED", "") in {"true", "1"},
        )

    def is_value(self, element: Element) -> bool:
        return local(element).startswith(VALUE)

    def value(self, element: Element) -> Value:
        kind = self.kind(element, VALUE)
        if kind == Kind.ENUMERATION:
            chosen = [(one.text or "").strip() for one in children(element, "VALUES", "ENUM-VALUE-REF")]
            return Value(kind, chosen=tuple(chosen))
        if kind == Kind.XHTML:
            inner = child(element, "THE-VALUE")
            if inner is None:
                return Value(kind)
            # The standard wants one element; some tools write bare text, or several.
            if len(inner) == 1 and not (inner.text or "").strip() and not (inner[0].tail or "").strip():
                return Value(kind, source_of(inner[0]))
            inner.tag = "div"
            return Value(kind, source_of(inner))
        return Value(kind, element.get("THE-VALUE", ""))

    def reference(self, element: Element, name: str) -> str:
        """Return what the only child of a child points at."""
        found = child(element, name)
        return "" if found is None or not len(found) else (found[0].text or "").strip()

    def object(self, element: Element) -> SpecObject:
        values: dict[str, Value] = {}
        for group in children(element, "VALUES"):
            for one in group:
                if self.is_value(one):
                    values.setdefault(self.reference(one, "DEFINITION"), self.value(one))
        return SpecObject(
            self.identifier(element), self.reference(element, "TYPE"),
            element.get("LONG-NAME", ""), values, element.get("LAST-CHANGE", ""), line_of(element),
        )  # fmt: skip

    def specification(self, element: Element) -> Specification:
        return Specification(
            self.identifier(element), element.get("LONG-NAME", ""), self.reference(element, "TYPE"),
            tuple(self.place(one) for one in children(element, "CHILDREN", "SPEC-HIERARCHY")),
        )  # fmt: skip

    def place(self, element: Element) -> Hierarchy:
        # As deep as the file is nested, which has its limit.
        return Hierarchy(
            element.get("IDENTIFIER", ""), self.reference(element, "OBJECT"),
            tuple(self.place(one) for one in children(element, "CHILDREN", "SPEC-HIERARCHY")), line_of(element),
        )  # fmt: skip

    def relation(self, element: Element) -> Relation:
        return Relation(
            self.identifier(element), self.reference(element, "SOURCE"),
            self.reference(element, "TARGET"), self.reference(element, "TYPE"),
        )  # fmt: skip

    # --- What points at nothing ---
    def check(
        self,
        types: Sequence[SpecType],
        datatypes: Sequence[Datatype],
        objects: Sequence[SpecObject],
        specifications: Sequence[Specification],
        relations: Sequence[Relation],
    ) -> None:
        """Warn of what points at nothing."""
        there = {one.identifier for one in objects}
        known = {one.identifier: {attribute.identifier for attribute in one.attributes} for one in types}
        words = {value.identifier for one in datatypes for value in one.values}
        for thing in objects:
            name = thing.identifier[:60]
            if thing.type not in known:
                self.warn(f"The type “{thing.type[:60]}” of “{name}” is not in the file.", thing.line)
                continue
            for definition, value in thing.values.items():
                if definition not in known[thing.type]:
                    self.warn(
                        f"“{name}” has a value of “{definition[:60]}”, which its type has not.", thing.line
                    )
                for word in set(value.chosen) - words:
                    self.warn(f"“{name}” has the word “{word[:60]}”, which no list has.", thing.line)
        for specification in specifications:
            for place, above in specification.walk():
                if place.object not in there:
                    self.warn(
                        f"A place in the tree names “{place.object[:60]}”, which is not in the file.",
                        place.line,
                    )
                elif place.object in above:
                    self.warn(f"“{place.object[:60]}” stands below itself.", place.line)
        for relation in relations:
            for end in (relation.source, relation.target):
                if end not in there:
                    name, line = relation.identifier, self.lines["SPEC-RELATION", relation.identifier]
                    self.warn(
                        f"The relation “{name[:60]}” names “{end[:60]}”, which is not in the file.", line
                    )

    def warn(self, message: str, line: int) -> None:
        self.warnings.append(Warned(message, line))
