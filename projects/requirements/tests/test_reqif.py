"""The ReqIF format: what is read is written again as it was, and what must not be read says where and why."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.requirements import reqif
from projects.requirements.reqif import Kind
from projects.requirements.reqif.archive import found_file
from projects.requirements.reqif.xhtml import plain_text, read_line, read_text, write_text
from projects.requirements.tests.reqiffiles import (
    HEAD,
    ORDERS,
    document,
    need,
    place,
    relation,
    rich,
    specification,
    string,
    thing,
    zipped,
)

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


class ReaderTests:
    def test_a_file_is_read_with_its_types_tree_and_relations(self) -> None:
        found = reqif.read(ORDERS)
        assert (found.title, found.tool, found.warnings) == ("Orders", "Hand", ())
        assert [one.identifier for one in found.objects] == ["S-1", "R-1", "R-2"]
        assert found.objects[1].values["a-need"].chosen == ("e-2",)
        assert [value.name for value in found.datatypes[2].values] == ["Mandatory", "Luxury"]
        assert found.types[0].attributes[3].default == reqif.Value(Kind.ENUMERATION, chosen=("e-1",))
        (tree,) = found.specifications
        assert [(one.object, above) for one, above in tree.walk()] == [
            ("S-1", ()), ("R-1", ("S-1",)), ("R-2", ("S-1",)),
        ]  # fmt: skip
        assert found.relations == (reqif.Relation("L-1", "R-2", "R-1", "tr"),)

    def test_the_namespace_of_the_first_draft_is_read_too(self) -> None:
        assert reqif.read(ORDERS.replace(b"20110401/reqif.xsd", b"20101201")) == reqif.read(ORDERS)

    def test_what_points_at_nothing_is_told_with_its_line(self) -> None:
        content = document(
            thing("R-1", string("gone", "x"), need("e-9")),
            specification("D", place("R-1", place("R-1")), place("R-7")),
            relation("L-1", "R-1", "R-8"),
        )
        found = reqif.read(content)
        told = " ".join(one.message for one in found.warnings)
        for name in ("“gone”", "“e-9”", "“R-1” stands below itself", "“R-7”", "“R-8”"):
            assert name in told
        assert all(one.line for one in found.warnings)

    @pytest.mark.parametrize(
        ("content", "told", "has_line"),
        [
            (b"", "empty", False),
            (b"\xef\xbb\xbf  \n", "empty", False),
            (b"Key,Statement\n1,2\n", "not well-formed XML: syntax error in column 1", True),
            (ORDERS[:-20], "not well-formed XML", True),
            (b"<html/>", "its root element is html", True),
            (f"{HEAD}</REQ-IF-CONTENT>".encode(), "not well-formed", True),
            (b"<REQ-IF/>", "has no content", True),
            (b"<?xml version='1.0' encoding='utf-99'?><REQ-IF/>", "unknown encoding", False),
            (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><REQ-IF>&x;</REQ-IF>", "for safety", True),
            (b"<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><REQ-IF>&b;</REQ-IF>", "for safety", True),
            (b"<!DOCTYPE a SYSTEM 'http://example.com/a.dtd'><REQ-IF/>", "for safety", True),
            (b"<REQ-IF>" + b"<a>" * 400, "nested more than 250 deep", True),
            (document(thing("R-1") + thing("R-1")), "“R-1” of a SPEC-OBJECT is already used on line", True),
            (document(thing("")), "SPEC-OBJECT has no IDENTIFIER", True),
            (document(thing("x" * 300)), "has 300 characters", True),
            (document(thing("R-1", "<ATTRIBUTE-VALUE-POEM/>")), "ATTRIBUTE-VALUE-POEM is no element of ReqIF", True),
        ],
    )  # fmt: skip
    def test_what_must_not_be_read_says_where_and_why(
        self, content: bytes, told: str, has_line: bool
    ) -> None:
        with pytest.raises(reqif.ReqifError, match=told) as error:
            reqif.read(content)
        assert (error.value.line is not None) == has_line
        assert str(error.value).endswith(".")

    def test_elements_without_end_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("projects.requirements.reqif.xml.MOST_ELEMENTS", 20)
        with pytest.raises(reqif.ReqifError, match="more than 20 elements"):
            reqif.read(ORDERS)

    def test_a_very_long_value_is_read(self) -> None:
        (one,) = reqif.read(document(thing("R-1", rich("x" * 1_000_000)))).objects
        assert len(read_text(one.values["a-text"].text).markdown) == 1_000_000


# --- The round trip -------------------------------------------------------------------------------------------
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30
)
LINES = st.text(st.sampled_from("ab <&>\"'\n\t\r]é"), max_size=20)


@st.composite
def documents(draw: st.DrawFn) -> reqif.Reqif:
    """Return any document whose references lead somewhere."""
    count = draw(st.integers(1, 6))
    names = [f"R-{number}" for number in range(count)]
    objects = tuple(
        reqif.SpecObject(
            name, "t", draw(WORDS),
            {
                "a": reqif.Value(Kind.STRING, draw(LINES)),
                "b": reqif.Value(Kind.XHTML, write_text(draw(WORDS))),
                "c": reqif.Value(Kind.ENUMERATION, chosen=tuple(draw(st.lists(st.sampled_from("ef"), max_size=2)))),
            },
        )
        for name in names
    )  # fmt: skip
    tree: list[reqif.Hierarchy] = []
    for number, name in enumerate(names):
        below = tuple(tree) if draw(st.booleans()) else ()
        tree = [*([] if below else tree), reqif.Hierarchy(f"P-{number}", name, below)]
    ends = st.sampled_from(names)
    return reqif.Reqif(
        "h", draw(WORDS).strip(), "Tool", "2026-01-01T00:00:00Z",
        datatypes=(
            reqif.Datatype("s", Kind.STRING), reqif.Datatype("x", Kind.XHTML, "Text"),
            reqif.Datatype("w", Kind.ENUMERATION, "W", (reqif.EnumValue("e", draw(WORDS)), reqif.EnumValue("f", ""))),
        ),
        types=(
            reqif.SpecType("t", "SPEC-OBJECT-TYPE", draw(WORDS), (
                reqif.AttributeDefinition("a", Kind.STRING, "s", "A", reqif.Value(Kind.STRING, draw(LINES))),
                reqif.AttributeDefinition("b", Kind.XHTML, "x", "B"),
                reqif.AttributeDefinition("c", Kind.ENUMERATION, "w", "C", is_multi=True),
            )),
            reqif.SpecType("u", "SPECIFICATION-TYPE"), reqif.SpecType("v", "SPEC-RELATION-TYPE"),
        ),
        objects=objects,
        specifications=(reqif.Specification("D", draw(WORDS), "u", tuple(tree)),),
        relations=tuple(
            reqif.Relation(f"L-{number}", draw(ends), draw(ends), "v") for number in range(draw(st.integers(0, 3)))
        ),
    )  # fmt: skip


class RoundTripTests:
    @given(documents())
    @settings(max_examples=60, deadline=None)
    def test_what_is_written_is_read_as_it_was(self, made: reqif.Reqif) -> None:
        found = reqif.read(reqif.write(made))
        dated = tuple(replace(one, changed=made.created) for one in made.objects)
        assert found == replace(made, objects=dated)
        assert not found.warnings

    def test_a_foreign_file_is_written_as_it_was(self) -> None:
        found = reqif.read(ORDERS)
        again = reqif.read(reqif.write(found))
        assert replace(again, objects=()) == replace(found, objects=())
        assert [one.values for one in again.objects] == [one.values for one in found.objects]

    @given(st.text(st.sampled_from("ab *_`#>|-1.[]()<&\\!\n \x00\x0b"), max_size=60))
    @settings(max_examples=200, deadline=None)
    def test_any_text_can_be_written_and_says_something(self, text: str) -> None:
        assert plain_text(text) or not set(text) & set("ab")

    @pytest.mark.parametrize(
        "text",
        [
            "It shall print.",
            "It shall **print** the *order* `now`.",
            "One\n\nTwo",
            "- One\n- Two\n  - Deeper\n- Three",
            "1. One\n2. Two",
            "| A | B |\n| --- | --- |\n| 1 | 2 |",
            "> Said\n> so",
            "```\nif a < b:\n    go\n```",
            "See [the page](https://example.com/a?b=c).",
            "# Heading\n\nText",
            "One  \nTwo",
        ],
    )
    def test_a_text_keeps_its_form(self, text: str) -> None:
        assert plain_text(text) == text.replace("> Said\n> so", "> Said so")


class TextTests:
    @pytest.mark.parametrize(
        ("source", "markdown"),
        [
            ("<p>One</p><p>Two<br/>lines</p>", "One\n\nTwo  \nlines"),
            ("bare <b> bold </b>words", "bare **bold** words"),
            ("<ul><li>One<ul><li>Deep</li></ul></li><li><p>Two</p><p>more</p></li></ul>",
             "- One\n  - Deep\n- Two\n\n  more"),
            ("<table><tr><th>A</th><th>B</th></tr><tr><td>1|2</td></tr></table>",
             "| A | B |\n| --- | --- |\n| 1\\|2 |  |"),
            ("<span><p>Wrongly nested</p></span>", "Wrongly nested"),
            ("<a href='javascript:alert(1)'>click</a>", "click"),
            ("<script>alert(1)</script><p onclick='x()'>Text</p><style>p{}</style>", "Text"),
            ("<h2>Big</h2>", "## Big"),
            ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
            ("<object data='a/b.png' type='image/png'>The plan</object>", "[The plan]"),
            ("<p> </p>", ""),
        ],
    )  # fmt: skip
    def test_rich_text_becomes_markdown(self, source: str, markdown: str) -> None:
        assert read_text(f"<div xmlns='http://www.w3.org/1999/xhtml'>{source}</div>").markdown == markdown

    def test_lost_formatting_and_shown_files_are_told(self) -> None:
        found = read_text(
            "<div><u>a</u><sub>b</sub><span style='color: red'>c</span><table><tr><td colspan='2'>d</td></tr></table>"
            "<object data='x.doc'><object data='x.png'>e</object></object><script>f</script></div>"
        )
        assert set(found.lost) == {
            "underlining", "raised or lowered letters", "colours and fonts", "joined cells of tables",
            "scripts and forms",
        }  # fmt: skip
        assert found.files == ["x.doc", "x.png"]

    def test_a_line_has_no_marks(self) -> None:
        assert read_line("<div><h1>The <b>big</b></h1><p>order</p></div>") == "The big order"
        assert read_line("<div><p>One</p><p>Two</p></div>", is_first=True) == "One"


class ArchiveTests:
    def test_documents_and_files_are_found_and_noise_is_not(self) -> None:
        found = reqif.read_archive(
            zipped(
                ("a/b.reqif", ORDERS),
                ("a/files/x.svg", SVG),
                ("__MACOSX/a/._x.svg", b"x"),
                (".DS_Store", b"x"),
            )
        )
        assert list(found.documents) == ["a/b.reqif"]
        assert list(found.files) == ["a/files/x.svg"]
        assert found_file(found, "a/b.reqif", "files/x.svg") == "a/files/x.svg"
        assert found_file(found, "a/b.reqif", "./files/../files/x%2Esvg") == "a/files/x.svg"
        for bad in ("../../etc/passwd", "/etc/passwd", "https://example.com/x.svg", "y.svg"):
            assert found_file(found, "a/b.reqif", bad) is None

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (zipped(("x.txt", b"x")), "holds no .reqif"),
            (zipped(("x.reqif", ORDERS))[:100], "zip directory cannot be read"),
            (zipped(("x.reqif", ORDERS), ("../../evil.png", b"x")), "“../../evil.png”, which is a place outside"),
            (zipped(("x.reqif", ORDERS), ("/etc/evil", b"x")), "a place outside"),
            (zipped(("x.reqif", ORDERS), ("C:/evil", b"x")), "a place outside"),
            (zipped(("x.reqif", ORDERS), ("a\\..\\evil", b"x")), "a place outside"),
            (zipped(("x.reqif", ORDERS), ("bomb.bin", b"\0" * 30_000_000)), "more than 200 times its size"),
            (zipped(*((f"{number}.txt", b"") for number in range(2001))), "holds 2,001 parts"),
            (zipped(("a.reqif", ORDERS), ("b.reqif", b"<a/>")), "Line 1 of b.reqif: The file is XML but no ReqIF"),
        ],
    )  # fmt: skip
    def test_what_must_not_be_unpacked_says_why(self, content: bytes, told: str) -> None:
        with pytest.raises(reqif.ReqifError, match=told.replace(".", r"\.")):
            reqif.read_archive(content)

    def test_an_archive_is_written_without_what_is_gone(self) -> None:
        def gone() -> io.BytesIO:
            raise FileNotFoundError

        target = io.BytesIO()
        files = [("files/x.svg", lambda: io.BytesIO(SVG)), ("files/gone", gone)]
        reqif.write_archive(target, name="a.reqif", document=ORDERS, files=files)
        found = reqif.read_archive(target.getvalue())
        assert (dict(found.files), list(found.documents)) == ({"files/x.svg": SVG}, ["a.reqif"])
