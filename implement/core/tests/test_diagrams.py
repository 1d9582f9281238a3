"""Diagrams from text: drawn clean, or refused with the line; never anybody's code or files."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from implement.core import diagrams
from implement.core.diagrams import drawn, why_broken

WAYS_OUT = [
    'a [URL="javascript:alert(1)"]',
    'a [label="<script>alert(1)</script>"]',
    'stylesheet="https://evil.example/x.css"\na -> b',
    'a [class="x\\" onload=\\"alert(1)"]',
    'a [style="filled", fillcolor="red:blue"]',
    'a [label=<<FONT COLOR="red">x</FONT>>, tooltip="y", target="_top", href="//evil.example"]',
    'a [fontname="x;} body {display:none"]',
    'a [id="x\\"><script>alert(1)</script>"]',
]
KNOWN = {"svg", "title", "desc", "g", "path", "polygon", "polyline", "ellipse", "text"}


class DrawTests:
    def test_arrows_become_boxes_and_words_that_can_be_read_aloud(self) -> None:
        found = drawn('shop [label="Web shop"]\nshop -> Queue [label="orders"]', title="Orders")
        root = ET.fromstring(found.svg)
        assert root.get("role") == "img"
        assert root[0].text == "Orders"
        assert root[1].text == "Web shop; Queue; Web shop → Queue: orders"

    def test_a_whole_graph_is_drawn_as_it_is_and_lines_follow_the_page(self) -> None:
        found = drawn("graph x { a -- b }", title="T")
        assert 'class="line"' in found.svg
        assert 'class="words"' in found.svg

    def test_words_on_a_chosen_colour_stay_dark_in_the_dark(self) -> None:
        found = drawn('a [style=filled, fillcolor="#ffeeaa"]', title="T")
        assert 'class="on-own"' in found.svg

    @pytest.mark.parametrize("text", WAYS_OUT)
    def test_nothing_that_a_browser_would_run_or_fetch_is_in_it(self, text: str) -> None:
        found = drawn(text, title="T <x> & y")
        if found.error:
            return
        for one in ET.fromstring(found.svg).iter():
            assert one.tag.rpartition("}")[2] in KNOWN
            assert not {
                key for key in one.attrib if key.startswith("on") or "href" in key or key in {"style", "id"}
            }
            assert "url(" not in "".join(one.attrib.values())

    @pytest.mark.parametrize(
        "text",
        ['a [image="/etc/passwd"]', 'a [shapefile="/etc/passwd"]', 'a [label=<<IMG SRC="/etc/hostname"/>>]'],
    )
    def test_no_file_of_the_server_is_read(self, text: str) -> None:
        found = drawn(text, title="T")
        assert "root:" not in found.svg + found.error
        assert found.error or "<image" not in found.svg


class BrokenTests:
    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("a -> b\nb -> -> c", 2, "near “->”"),
            ("digraph {\n a -> b\n b -> -> c\n}", 3, "near “->”"),
            ('a -> b\nc [label="x]', 2, "quotation mark"),
            ("a ->", 1, "ends too early"),
        ],
    )
    def test_a_broken_text_is_refused_with_its_line(self, text: str, line: int, words: str) -> None:
        found = drawn(text, title="T")
        assert (found.svg, found.line) == ("", line)
        assert words in found.error
        assert why_broken(text) == found.error

    def test_what_is_too_long_too_slow_or_nothing_is_refused(self) -> None:
        assert "At most" in drawn("a" * 20_001, title="T").error
        assert "nothing" in drawn("  ", title="T").error
        many = "\n".join(f"n{one} -> n{other}" for one in range(60) for other in range(60) if one != other)
        assert drawn(many, title="T").error

    def test_without_the_program_the_text_stands_for_the_picture(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(diagrams.ENVIRONMENT, "PATH", "/nowhere")
        found = drawn("only here -> once", title="T")
        assert "not installed" in found.error
        assert why_broken("only here -> once") is None
