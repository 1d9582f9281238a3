"""Small ReqIF files of our own making."""

from __future__ import annotations

import io
import zipfile

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd" xmlns:xhtml="http://www.w3.org/1999/xhtml">
<THE-HEADER><REQ-IF-HEADER IDENTIFIER="h"><CREATION-TIME>2026-01-01T00:00:00Z</CREATION-TIME>
<REQ-IF-TOOL-ID>Hand</REQ-IF-TOOL-ID><REQ-IF-VERSION>1.0</REQ-IF-VERSION><SOURCE-TOOL-ID>Hand</SOURCE-TOOL-ID>
<TITLE>Orders</TITLE></REQ-IF-HEADER></THE-HEADER><CORE-CONTENT><REQ-IF-CONTENT>
"""
TYPES = """<DATATYPES><DATATYPE-DEFINITION-STRING IDENTIFIER="d-s" MAX-LENGTH="99"/>
<DATATYPE-DEFINITION-XHTML IDENTIFIER="d-x"/>
<DATATYPE-DEFINITION-ENUMERATION IDENTIFIER="d-e" LONG-NAME="Need"><SPECIFIED-VALUES>
<ENUM-VALUE IDENTIFIER="e-1" LONG-NAME="Mandatory"/><ENUM-VALUE IDENTIFIER="e-2" LONG-NAME="Luxury"/>
</SPECIFIED-VALUES></DATATYPE-DEFINITION-ENUMERATION></DATATYPES>
<SPEC-TYPES><SPEC-OBJECT-TYPE IDENTIFIER="t" LONG-NAME="Requirement"><SPEC-ATTRIBUTES>
<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a-id" LONG-NAME="ReqIF.ForeignID"><TYPE>
<DATATYPE-DEFINITION-STRING-REF>d-s</DATATYPE-DEFINITION-STRING-REF></TYPE></ATTRIBUTE-DEFINITION-STRING>
<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a-head" LONG-NAME="ReqIF.ChapterName"><TYPE>
<DATATYPE-DEFINITION-STRING-REF>d-s</DATATYPE-DEFINITION-STRING-REF></TYPE></ATTRIBUTE-DEFINITION-STRING>
<ATTRIBUTE-DEFINITION-XHTML IDENTIFIER="a-text" LONG-NAME="ReqIF.Text"><TYPE>
<DATATYPE-DEFINITION-XHTML-REF>d-x</DATATYPE-DEFINITION-XHTML-REF></TYPE></ATTRIBUTE-DEFINITION-XHTML>
<ATTRIBUTE-DEFINITION-ENUMERATION IDENTIFIER="a-need" LONG-NAME="Need" MULTI-VALUED="false"><DEFAULT-VALUE>
<ATTRIBUTE-VALUE-ENUMERATION><VALUES><ENUM-VALUE-REF>e-1</ENUM-VALUE-REF></VALUES><DEFINITION>
<ATTRIBUTE-DEFINITION-ENUMERATION-REF>a-need</ATTRIBUTE-DEFINITION-ENUMERATION-REF></DEFINITION>
</ATTRIBUTE-VALUE-ENUMERATION></DEFAULT-VALUE><TYPE>
<DATATYPE-DEFINITION-ENUMERATION-REF>d-e</DATATYPE-DEFINITION-ENUMERATION-REF></TYPE>
</ATTRIBUTE-DEFINITION-ENUMERATION></SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE>
<SPECIFICATION-TYPE IDENTIFIER="ts"/><SPEC-RELATION-TYPE IDENTIFIER="tr"/></SPEC-TYPES>
"""
TAIL = "</REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>"


def string(definition: str, text: str) -> str:
    """Return a plain value."""
    return (
        f'<ATTRIBUTE-VALUE-STRING THE-VALUE="{text}"><DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>{definition}'
        "</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION></ATTRIBUTE-VALUE-STRING>"
    )


def rich(inner: str) -> str:
    """Return a text."""
    return (
        "<ATTRIBUTE-VALUE-XHTML><DEFINITION><ATTRIBUTE-DEFINITION-XHTML-REF>a-text</ATTRIBUTE-DEFINITION-XHTML-REF>"
        f"</DEFINITION><THE-VALUE><xhtml:div>{inner}</xhtml:div></THE-VALUE></ATTRIBUTE-VALUE-XHTML>"
    )


def need(word: str) -> str:
    """Return a choice."""
    return (
        f"<ATTRIBUTE-VALUE-ENUMERATION><VALUES><ENUM-VALUE-REF>{word}</ENUM-VALUE-REF></VALUES><DEFINITION>"
        "<ATTRIBUTE-DEFINITION-ENUMERATION-REF>a-need</ATTRIBUTE-DEFINITION-ENUMERATION-REF></DEFINITION>"
        "</ATTRIBUTE-VALUE-ENUMERATION>"
    )


def thing(identifier: str, *values: str) -> str:
    """Return an object."""
    return (
        f'<SPEC-OBJECT IDENTIFIER="{identifier}"><VALUES>{"".join(values)}</VALUES>'
        "<TYPE><SPEC-OBJECT-TYPE-REF>t</SPEC-OBJECT-TYPE-REF></TYPE></SPEC-OBJECT>\n"
    )


def place(identifier: str, *below: str) -> str:
    """Return a place in the tree."""
    inner = f"<CHILDREN>{''.join(below)}</CHILDREN>" if below else ""
    return f"<SPEC-HIERARCHY><OBJECT><SPEC-OBJECT-REF>{identifier}</SPEC-OBJECT-REF></OBJECT>{inner}</SPEC-HIERARCHY>\n"


def specification(identifier: str, *places: str) -> str:
    """Return a document."""
    return (
        f'<SPECIFICATION IDENTIFIER="{identifier}" LONG-NAME="Document {identifier}"><TYPE><SPECIFICATION-TYPE-REF>ts'
        f"</SPECIFICATION-TYPE-REF></TYPE><CHILDREN>{''.join(places)}</CHILDREN></SPECIFICATION>\n"
    )


def relation(identifier: str, source: str, target: str) -> str:
    """Return a relation."""
    return (
        f'<SPEC-RELATION IDENTIFIER="{identifier}"><TYPE><SPEC-RELATION-TYPE-REF>tr</SPEC-RELATION-TYPE-REF></TYPE>'
        f"<SOURCE><SPEC-OBJECT-REF>{source}</SPEC-OBJECT-REF></SOURCE>"
        f"<TARGET><SPEC-OBJECT-REF>{target}</SPEC-OBJECT-REF></TARGET></SPEC-RELATION>\n"
    )


def document(things: str, specifications: str = "", relations: str = "") -> bytes:
    """Return a whole file."""
    return (
        f"{HEAD}{TYPES}<SPEC-OBJECTS>\n{things}</SPEC-OBJECTS><SPEC-RELATIONS>{relations}</SPEC-RELATIONS>"
        f"<SPECIFICATIONS>\n{specifications}</SPECIFICATIONS>{TAIL}"
    ).encode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    """Return a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


ORDERS = document(
    thing("S-1", string("a-head", "Orders"), string("a-id", "1"))
    + thing(
        "R-1",
        string("a-id", "2"),
        rich("<xhtml:p>It shall <xhtml:b>take</xhtml:b> orders.</xhtml:p>"),
        need("e-2"),
    )
    + thing("R-2", string("a-id", "3"), string("a-head", "Print"), rich("It shall print orders.")),
    specification("D", place("S-1", place("R-1"), place("R-2"))),
    relation("L-1", "R-2", "R-1"),
)
