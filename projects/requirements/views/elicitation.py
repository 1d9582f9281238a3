"""The pages of workshops, the glossary and open questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, Q
from django.forms import ModelForm

from implement.core.markdown import blocks
from projects.kit.access import Entry
from projects.kit.pages import ModelPages
from projects.requirements.choices import QuestionState
from projects.requirements.filtersets import GlossaryFilterSet, QuestionFilterSet, WorkshopFilterSet
from projects.requirements.forms import GlossaryForm, QuestionForm, WorkshopForm
from projects.requirements.models import GlossaryTerm, OpenQuestion, Requirement, Workshop
from projects.requirements.services.workshops import workshop_save
from projects.requirements.tables import GlossaryTable, QuestionTable, WorkshopTable
from projects.requirements.views.tabs import tabs_of
from projects.requirements.workflows import QUESTION_WORKFLOW

# A line is kept as the source in words of what is captured from it, which holds so much.
MOST_SAID = Requirement._meta.get_field("source").max_length


class SaidLine(NamedTuple):
    """A line of a workshop's notes, as it is kept as a source, and the requirements captured from it."""

    text: str
    source: str
    captured: list[Requirement]


class WorkshopPages(ModelPages):
    """Workshops with their notes, from which requirements are captured."""

    model, table, filterset, form = Workshop, WorkshopTable, WorkshopFilterSet, WorkshopForm
    room = "requirements"
    select_related = ("project", "lead")
    fields = ("held_on", "place", "lead", "guests")
    detail_template = "requirements/workshop.html"
    teach = "Note who was there and what was said; requirements are captured from the notes."

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        live = Count("requirements", filter=Q(requirements__deleted_at=None), distinct=True)
        return super().visible(entry).annotate(captured=live)

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "workshops")}

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        captured = list(item.requirements.order_by("number"))
        return {
            "attendees": item.attendees.all(),
            "captured": captured,
            "lines": said_lines(item, captured) if entry.can("requirements.change") else [],
            "questions": item.questions.select_related("owner"),
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return workshop_save(
            workshop=row,
            attendees=form.cleaned_data["attendees"],
            actor=entry.user,
            expected_version=expected_version,
        )


def said_lines(workshop: Workshop, captured: Sequence[Requirement]) -> list[SaidLine]:
    """Return the lines of a workshop's notes, each with what was captured from it."""
    from_line: dict[str, list[Requirement]] = defaultdict(list)
    for row in captured:
        from_line[row.source].append(row)
    return [SaidLine(text, text[:MOST_SAID], from_line[text[:MOST_SAID]]) for text in blocks(workshop.notes)]


class GlossaryPages(ModelPages):
    """The words of the customer's trade."""

    model, table, filterset, form = GlossaryTerm, GlossaryTable, GlossaryFilterSet, GlossaryForm
    room = "requirements"
    select_related = ("project",)
    fields = ("definition", "synonyms")
    teach = "Write down the words that each side means differently, before they stand in a requirement."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "glossary")}


class QuestionPages(ModelPages):
    """What is not answered yet."""

    model, table, filterset, form = OpenQuestion, QuestionTable, QuestionFilterSet, QuestionForm
    room = "requirements"
    workflow = QUESTION_WORKFLOW
    select_related = ("project", "owner", "workshop", "requirement")
    fields = ("owner", "due_on", "workshop", "requirement", "answer")
    teach = "Note what must be known, from whom, and until when."

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "questions")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and item.status == QuestionState.OPEN
