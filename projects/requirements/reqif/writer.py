"""From values to a ReqIF file that its schema takes. The namespace of 2011 fixes the version in the header to 1.0
for all of ReqIF 1.0 to 1.2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from projects.requirements.reqif.model import (
    NAMESPACE,
    XHTML,
    AttributeDefinition,
    Datatype,
    Hierarchy,
    Kind,
    Reqif,
    Specification,
    SpecObject,
    SpecType,
    Value,
)
from projects.requirements.reqif.xhtml import UNWRITABLE

# What the schema wants to be told of each kind of value.
BOUNDS = {
    Kind.STRING: {"MAX-LENGTH": "100000"},
    Kind.INTEGER: {"MIN": "-9223372036854775808", "MAX": "9223372036854775807"},
    Kind.REAL: {"MIN": "-1.0E15", "MAX": "1.0E15", "ACCURACY": "6"},
}
BREAKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def write(document: Reqif) -> bytes:
    """Return the file."""
    return "\n".join(_Writing(document).lines()).encode("utf-8")


def _tag(name: str, attributes: dict[str, str], *, closed: bool = False) -> str:
    told = "".join(
        f" {key}={quoteattr(UNWRITABLE.sub('', value), BREAKS)}" for key, value in attributes.items()
    )
    return f"<{name}{told}{'/' if closed else ''}>"


def _text(name: str, text: str) -> str:
    return f"<{name}>{escape(UNWRITABLE.sub('', text))}</{name}>"


class _Writing:
    """One file at work."""

    def __init__(self, document: Reqif) -> None:
        self.document = document
        self.kinds = {one.identifier: one.element for one in document.types}

    def named(self, identifier: str, name: str = "", changed: str = "") -> dict[str, str]:
        """Return the attributes that everything with a name of its own has."""
        return {
            "IDENTIFIER": identifier, "LAST-CHANGE": changed or self.document.created,
            **({"LONG-NAME": name} if name else {}),
        }  # fmt: skip

    def lines(self) -> Iterator[str]:
        document = self.document
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield _tag("REQ-IF", {"xmlns": NAMESPACE, "xmlns:html": XHTML})
        yield "<THE-HEADER>"
        yield _tag("REQ-IF-HEADER", {"IDENTIFIER": document.identifier})
        yield _text("CREATION-TIME", document.created)
        yield _text("REQ-IF-TOOL-ID", document.tool)
        yield _text("REQ-IF-VERSION", "1.0")
        yield _text("SOURCE-TOOL-ID", document.tool)
        yield _text("TITLE", document.title)
        yield "</REQ-IF-HEADER>\n</THE-HEADER>\n<CORE-CONTENT>\n<REQ-IF-CONTENT>"
        yield from self.group(
            "DATATYPES", (line for one in document.datatypes for line in self.datatype(one))
        )
        yield from self.group("SPEC-TYPES", (line for one in document.types for line in self.type(one)))
        yield from self.group("SPEC-OBJECTS", (line for one in document.objects for line in self.object(one)))
        yield from self.group("SPEC-RELATIONS", self.relations())
        yield from self.group(
            "SPECIFICATIONS", (line for one in document.specifications for line in self.specification(one))
        )
        yield "</REQ-IF-CONTENT>\n</CORE-CONTENT>\n</REQ-IF>\n"

    def group(self, name: str, lines: Iterable[str]) -> Iterator[str]:
        """Yield a list; an empty one is left out."""
        found = iter(lines)
        first = next(found, None)
        if first is not None:
            yield f"<{name}>"
            yield first
            yield from found
            yield f"</{name}>"

    def datatype(self, one: Datatype) -> Iterator[str]:
        element = f"DATATYPE-DEFINITION-{one.kind}"
        attributes = self.named(one.identifier, one.name) | BOUNDS.get(one.kind, {})
        if one.kind != Kind.ENUMERATION:
            yield _tag(element, attributes, closed=True)
            return
        yield _tag(element, attributes)
        yield "<SPECIFIED-VALUES>"
        for key, value in enumerate(one.values):
            yield _tag("ENUM-VALUE", self.named(value.identifier, value.name))
            told = _tag("EMBEDDED-VALUE", {"KEY": str(key), "OTHER-CONTENT": ""}, closed=True)
            yield f"<PROPERTIES>{told}</PROPERTIES>"
            yield "</ENUM-VALUE>"
        yield f"</SPECIFIED-VALUES>\n</{element}>"

    def type(self, one: SpecType) -> Iterator[str]:
        attributes = self.named(one.identifier, one.name)
        if not one.attributes:
            yield _tag(one.element, attributes, closed=True)
            return
        yield _tag(one.element, attributes)
        yield "<SPEC-ATTRIBUTES>"
        for attribute in one.attributes:
            yield from self.attribute(attribute)
        yield f"</SPEC-ATTRIBUTES>\n</{one.element}>"

    def attribute(self, one: AttributeDefinition) -> Iterator[str]:
        element = f"ATTRIBUTE-DEFINITION-{one.kind}"
        more = {"MULTI-VALUED": "true" if one.is_multi else "false"} if one.kind == Kind.ENUMERATION else {}
        yield _tag(element, self.named(one.identifier, one.name) | more)
        if one.default is not None:
            yield "<DEFAULT-VALUE>"
            yield from self.value(one.identifier, one.default)
            yield "</DEFAULT-VALUE>"
        yield f"<TYPE>{_text(f'DATATYPE-DEFINITION-{one.kind}-REF', one.datatype)}</TYPE>"
        yield f"</{element}>"

    def value(self, definition: str, value: Value) -> Iterator[str]:
        element = f"ATTRIBUTE-VALUE-{value.kind}"
        points = f"<DEFINITION>{_text(f'ATTRIBUTE-DEFINITION-{value.kind}-REF', definition)}</DEFINITION>"
        if value.kind == Kind.ENUMERATION:
            chosen = "".join(_text("ENUM-VALUE-REF", one) for one in value.chosen)
            yield f"<{element}><VALUES>{chosen}</VALUES>{points}</{element}>"
        elif value.kind == Kind.XHTML:
            # Declared once for the whole file: some readers do not find it here.
            source = value.text.replace(f' xmlns:html="{XHTML}"', "", 1)
            inner = f"<THE-VALUE>{source}</THE-VALUE>" if source else ""
            yield f"<{element}>{inner}{points}</{element}>"
        else:
            yield f"{_tag(element, {'THE-VALUE': value.text})}{points}</{element}>"

    def object(self, one: SpecObject) -> Iterator[str]:
        yield _tag("SPEC-OBJECT", self.named(one.identifier, one.name, one.changed))
        yield from self.group(
            "VALUES",
            (line for definition, value in one.values.items() for line in self.value(definition, value)),
        )
        yield f"<TYPE>{_text('SPEC-OBJECT-TYPE-REF', one.type)}</TYPE>"
        yield "</SPEC-OBJECT>"

    def relations(self) -> Iterator[str]:
        for one in self.document.relations:
            yield _tag("SPEC-RELATION", self.named(one.identifier))
            yield f"<TYPE>{_text('SPEC-RELATION-TYPE-REF', one.type)}</TYPE>"
            yield f"<SOURCE>{_text('SPEC-OBJECT-REF', one.source)}</SOURCE>"
            yield f"<TARGET>{_text('SPEC-OBJECT-REF', one.target)}</TARGET>"
            yield "</SPEC-RELATION>"

    def specification(self, one: Specification) -> Iterator[str]:
        yield _tag("SPECIFICATION", self.named(one.identifier, one.name))
        yield f"<TYPE>{_text('SPECIFICATION-TYPE-REF', one.type)}</TYPE>"
        yield from self.group("CHILDREN", (line for place in one.children for line in self.place(place)))
        yield "</SPECIFICATION>"

    def place(self, one: Hierarchy) -> Iterator[str]:
        yield _tag("SPEC-HIERARCHY", self.named(one.identifier))
        yield f"<OBJECT>{_text('SPEC-OBJECT-REF', one.object)}</OBJECT>"
        yield from self.group("CHILDREN", (line for child in one.children for line in self.place(child)))
        yield "</SPEC-HIERARCHY>"
