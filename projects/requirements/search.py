"""What of the requirements is found from anywhere."""

from __future__ import annotations

from projects.kit import search
from projects.requirements.models import (
    GlossaryTerm,
    OpenQuestion,
    Release,
    Requirement,
    SuccessCriterion,
    Workshop,
)

VIEW = "requirements.view"
search.register(
    search.Searched(
        key="requirements", label="Requirements", model=Requirement, fields=("title", "statement"), icon="list-check",
        permission=VIEW, place="requirement_detail", order=10, prefix="REQ",
    ),
    search.Searched(
        key="goals", label="Goals", model=SuccessCriterion, fields=("title", "measure"), icon="target",
        permission=VIEW, place="successcriterion_detail", order=12,
    ),
    search.Searched(
        key="releases", label="Releases", model=Release, fields=("name", "title"), icon="rocket",
        permission=VIEW, place="release_detail", order=14,
    ),
    search.Searched(
        key="questions", label="Open questions", model=OpenQuestion, fields=("text", "answer"), icon="help-circle",
        permission=VIEW, place="openquestion_detail", order=50,
    ),
    search.Searched(
        key="workshops", label="Workshops", model=Workshop, fields=("title", "notes"), icon="users",
        permission=VIEW, place="workshop_detail", order=52,
    ),
    search.Searched(
        key="terms", label="Glossary", model=GlossaryTerm, fields=("term", "synonyms", "definition"), icon="book",
        permission=VIEW, place="glossaryterm_detail", order=54,
    ),
)  # fmt: skip
