"""Which header of a file is which field, proposed from its names and remembered by its shape."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "date", "clock", "duration", "decimal", "bool"]

# "(USD)", "(€)" and "()" say which currency, not which column; "(h)" and "(decimal)" tell two columns apart.
_CURRENCY = re.compile(r"\(\s*(?:[A-Z]{3}|[$€£¥])?\s*\)\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """A field that an import wants: `label` for people, `aliases` as other programs call it."""

    key: str
    label: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    kind: Kind = "text"


def normalise_header(header: str) -> str:
    """A header reduced to its letters and digits: "Billable Rate (USD)" and "billable_rate" are both
    "billablerate".
    """
    plain = unicodedata.normalize("NFKD", _CURRENCY.sub("", header.strip()))
    letters = "".join(character for character in plain.casefold() if character.isalnum())
    return letters or "".join(header.split()).casefold()


def guess_mapping(headers: Sequence[str], specs: Iterable[ColumnSpec]) -> dict[str, int]:
    """Spec key -> 0-based header index, for the specs that have a likely header; each header is used once.

    Keys and labels are matched for all specs before any alias, so that one field's alias never takes the
    column which another field names exactly. Earlier specs, and earlier aliases, win.
    """
    positions: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        positions.setdefault(normalise_header(header), []).append(index)
    wanted = list(specs)
    mapping: dict[str, int] = {}
    for names_of in (lambda spec: (spec.label, spec.key), lambda spec: spec.aliases):
        for spec in wanted:
            if spec.key in mapping:
                continue
            name = next((name for name in map(normalise_header, names_of(spec)) if positions.get(name)), None)
            if name is not None:
                mapping[spec.key] = positions[name].pop(0)
    return {spec.key: mapping[spec.key] for spec in wanted if spec.key in mapping}


def missing_required(mapping: Mapping[str, int], specs: Iterable[ColumnSpec]) -> tuple[ColumnSpec, ...]:
    """The required specs that a mapping leaves without a column, in their order."""
    return tuple(spec for spec in specs if spec.required and spec.key not in mapping)


def signature(headers: Sequence[str]) -> str:
    """64 hex digits that are equal for files with the same columns in the same order, whatever case or
    currency.

    The order counts, because a remembered mapping points to columns by their place.
    """
    text = "\x1f".join(normalise_header(header) for header in headers)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
