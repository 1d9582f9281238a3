"""What was shown, written in the one way over which its SHA-256 is taken."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(document: dict[str, Any]) -> str:
    """Return the one way to write a document as JSON, over which the hash is taken.

    Raises TypeError or ValueError for what JSON cannot keep exactly (a Decimal, NaN).
    """
    return json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
