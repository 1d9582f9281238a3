"""People's Markdown to clean HTML."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_TAGS = {
    "p",
    "br",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "code",
    "pre",
    "blockquote",
    "h3",
    "h4",
    "h5",
    "a",
    "hr",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}


def blocks(text: str) -> list[str]:
    """Return the text of each paragraph, item, heading and cell of `text`, in their order."""
    return [
        " ".join(token.content.split())
        for token in _PARSER.parse(text or "")
        if token.type == "inline" and token.content.strip()
    ]


def plain(text: str) -> str:
    """Return the words of `text` in one line, without its marks."""
    found = []
    for token in _PARSER.parse(text or ""):
        if token.type in {"code_block", "fence"}:
            found.append(token.content)
        elif token.type == "inline":
            words = (" " if one.type.endswith("break") else one.content for one in token.children or ())
            found.append("".join(words))
    return " ".join(" ".join(found).split())


def render(text: str) -> SafeString:
    """Return `text` as HTML of a few harmless tags: links are http(s) or mailto, images are left out."""
    return SafeString(
        nh3.clean(
            _PARSER.render(text or ""),
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )
