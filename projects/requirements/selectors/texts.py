"""What the customer reads of a requirement, what a version changed in it, and how a text could be clearer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.kit.texts import Content, Difference, differences_between
from projects.requirements.choices import QUALITIES, Fit, Priority, RequirementKind
from projects.requirements.models import Requirement, RequirementVersion

# What is versioned, in the order in which it is read.
TEXTS = ("title", "statement", "rationale", "kind", "priority", "fit")
WORDS: dict[str, dict[str, str | Promise]] = {
    "kind": dict(RequirementKind.choices),
    "priority": dict(Priority.choices),
    "fit": dict(Fit.choices),
}
LABELS: dict[str, str | Promise] = {
    "title": _("Title"),
    "statement": _("Statement"),
    "rationale": _("Rationale"),
    "kind": _("Type"),
    "priority": _("Priority"),
    "fit": _("How it is met"),
    "success_criterion": _("Success criterion"),
    "criteria": _("Acceptance criteria"),
}


def criteria_of(text: str) -> list[str]:
    """Return the acceptance criteria in a text: one a paragraph, without the numbers or dashes before them."""
    paragraphs = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    found = (re.sub(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+", "", one).strip() for one in paragraphs)
    return [one for one in found if one]


def criteria_text(criteria: Iterable[str]) -> str:
    """Return criteria as the text that `criteria_of` takes apart again."""
    return "\n\n".join(criteria)


def content_of(requirement: Requirement, criteria: Sequence[str] | None = None) -> Content:
    """Return what the customer reads of a requirement, with stored values for what has words.

    Its goal is its title as it stands: a version tells what was read, whatever becomes of the goal.
    """
    if criteria is None:
        criteria = requirement.criteria_texts
    goal = requirement.success_criterion
    return {name: getattr(requirement, name) for name in TEXTS} | {
        "success_criterion": goal.title if goal else "",
        "criteria": list(criteria),
    }


def shown_value(name: str, value: Any) -> str:
    """Return a stored value in words."""
    if name == "criteria":
        return criteria_text(value)
    return str(WORDS[name].get(value, value)) if name in WORDS else str(value)


def differences_of(before: Content, after: Content) -> list[Difference]:
    """Return the fields in which two versions differ, word by word, in reading order."""
    return differences_between(before, after, labels=LABELS, shown=shown_value)


def versions_of(requirement: Requirement) -> list[RequirementVersion]:
    """Return every version of a requirement's text, the latest first; one query."""
    return list(requirement.versions.select_related("by"))


# --- Writing help ------------------------------------------------------------------------------------------
# Terms that ISO/IEC/IEEE 29148:2018, 5.2.7 advises against, by the kind of trouble that they make.
VAGUE = (
    "user friendly", "user-friendly", "easy to use", "easy", "easily", "simple", "intuitive", "cost effective", "fast",
    "quick", "quickly", "efficient", "flexible", "robust", "seamless", "modern", "state of the art", "best", "optimal",
    "adequate", "appropriate", "sufficient", "significant", "minimal", "reasonable", "normal", "several", "various",
    "some", "many", "few", "almost", "usually", "often", "generally", "typically",
)  # fmt: skip
# The same in German, which inflects them.
VAGUE_STEMS = (
    "benutzerfreundlich", "einfach", "leicht", "intuitiv", "kostengünstig", "schnell", "zügig", "effizient", "flexibel",
    "flexibl", "robust", "nahtlos", "modern", "zeitgemäß", "optimal", "angemessen", "geeignet", "ausreichend",
    "hinreichend", "signifikant", "minimal", "vernünftig", "normal", "üblich", "mehrer", "verschieden", "viel", "wenig",
)  # fmt: skip
ENDINGS = ("", "e", "em", "en", "er", "es")
VAGUE_GERMAN = ("einige", "einigen", "einiger", "meist", "meistens", "häufig", "oft", "in der Regel", "normalerweise",
                "möglichst")  # fmt: skip
LOOPHOLES = (
    "if possible", "where possible", "as appropriate", "as applicable", "as required", "as needed", "if necessary",
    "to the extent possible", "but not limited to", "etc", "and so on", "and/or", "tbd", "to be defined",
    "to be determined", "provide support", "as a minimum",
    "falls möglich", "wenn möglich", "soweit möglich", "nach Möglichkeit", "gegebenenfalls", "ggf.", "bei Bedarf",
    "falls erforderlich", "falls nötig", "sofern sinnvoll", "usw.", "u. a.", "und so weiter", "und/oder",
    "noch festzulegen", "noch zu klären", "unter anderem",
)  # fmt: skip
SHALL = re.compile(r"\b(?:shall|must|muss|müssen|soll|sollen)\b", re.IGNORECASE)
LONGEST_SENTENCE = 60


def _terms(words: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)", re.IGNORECASE)


_INFLECTED = [stem + ending for stem in VAGUE_STEMS for ending in ENDINGS]
_VAGUE, _LOOPHOLES = _terms([*VAGUE, *_INFLECTED, *VAGUE_GERMAN]), _terms(LOOPHOLES)


@dataclass(frozen=True)
class Hint:
    """What could be clearer, and why; never a reason to refuse."""

    what: str
    why: str


def _quoted(pattern: re.Pattern[str], text: str) -> str:
    found = dict.fromkeys(match.group().lower() for match in pattern.finditer(text))
    return ", ".join(f"“{word}”" for word in found)


def hints_for(*, statement: str, kind: str, criteria: Sequence[str]) -> list[Hint]:
    """Return what a reader may take in two ways, or could not test. After ISO/IEC/IEEE 29148:2018, 5.2."""
    hints = []
    if words := _quoted(_VAGUE, statement):
        hints.append(
            Hint(f"Weak words: {words}", "Everybody reads something else into them: say how much, or what.")
        )
    if words := _quoted(_LOOPHOLES, statement):
        hints.append(Hint(f"A way out: {words}", "It leaves open whether it has to be done at all."))
    duties = len(SHALL.findall(statement))
    if statement.strip() and not duties:
        hints.append(
            Hint("No “shall”", "Say what the product shall do: otherwise it is a remark, not a requirement.")
        )
    if duties > 1:
        hints.append(
            Hint(
                f"“Shall” stands in it {duties} times",
                "Two needs in one cannot be agreed or tested apart: split it.",
            )
        )
    longest = max((len(one.split()) for one in re.split(r"[.!?]\s", statement)), default=0)
    if longest > LONGEST_SENTENCE:
        hints.append(
            Hint(
                f"A sentence of {longest} words",
                f"Few readers follow more than {LONGEST_SENTENCE}: split it.",
            )
        )
    if not criteria:
        hints.append(
            Hint(
                "No acceptance criterion",
                "Without one it can be neither signed nor tested.",
            )
        )
    elif kind in QUALITIES and not any(re.search(r"\d", text) for text in (statement, *criteria)):
        hints.append(
            Hint("No figure", "A quality is tested against a target: name the measure and its limit.")
        )
    return hints
