"""What requirements put into a project template: needs, goals and words, as drafts of nobody in particular."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import models
from rest_framework import serializers

from projects.kit.parts import Part, Starting, Taking, register, wrong
from projects.models import Project
from projects.requirements.choices import Criticality, Fit, Priority, RequirementKind
from projects.requirements.models import GlossaryTerm, SuccessCriterion
from projects.requirements.selectors.outline import outline_of
from projects.requirements.services.drafts import Begun, glossary_begin, requirements_begin
from projects.requirements.services.requirements import DEEPEST, LONGEST_CRITERION, MOST_CRITERIA

MOST = 5000
LARGEST = 2**31 - 1
CUSTOMER = "the customer"
LEGAL_FORM = re.compile(
    r"\s+(?:gmbh(?: & co\. kg)?|ag|se|kg|ohg|ltd\.?|plc|inc\.?|llc|corp\.?|s\.a\.|b\.v\.)$", re.I
)
PLAIN = ("title", "statement", "rationale", "kind", "priority", "fit", "category", "criticality")
GOAL = ("title", "measure", "unit", "due_words")


class GoalShape(serializers.Serializer):
    """A goal without its owner and day; it is internal until somebody shares it."""

    title = serializers.CharField(max_length=255)
    measure = serializers.CharField(max_length=4000, allow_blank=True, default="")
    baseline_value = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True, default=None)
    target_value = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True, default=None)
    unit = serializers.CharField(max_length=40, allow_blank=True, default="")
    due_words = serializers.CharField(max_length=120, allow_blank=True, default="")


class NeedShape(serializers.Serializer):
    """A requirement as a draft. `parent` is the place of its whole, which stands before it; `goal` that of its goal."""

    title = serializers.CharField(max_length=200)
    statement = serializers.CharField(max_length=10_000)
    rationale = serializers.CharField(max_length=10_000, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=RequirementKind.choices, default=RequirementKind.FUNCTIONAL)
    priority = serializers.ChoiceField(choices=Priority.choices, default=Priority.SHOULD)
    fit = serializers.ChoiceField(choices=Fit.choices, allow_blank=True, default="")
    category = serializers.CharField(max_length=80, allow_blank=True, default="")
    criticality = serializers.ChoiceField(choices=Criticality.choices, default=Criticality.MEDIUM)
    criteria = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_CRITERION), max_length=MOST_CRITERIA, default=list
    )
    estimate_seconds = serializers.IntegerField(min_value=0, max_value=LARGEST, allow_null=True, default=None)
    parent = serializers.IntegerField(min_value=0, allow_null=True, default=None)
    goal = serializers.IntegerField(min_value=0, allow_null=True, default=None)


class NeedsShape(serializers.Serializer):
    """The requirements in the order of their tree, and the goals that they serve."""

    goals = GoalShape(many=True, max_length=MOST, default=list)
    rows = NeedShape(many=True, max_length=MOST, default=list)


class TermShape(serializers.Serializer):
    """A word and what it means."""

    term = serializers.CharField(max_length=80)
    definition = serializers.CharField(max_length=4000)
    synonyms = serializers.CharField(max_length=255, allow_blank=True, default="")


def nameless(text: str, project: Project, longest: int) -> str:
    """Return a text without the customer's name, with and without its legal form, at most so long."""
    name = project.customer.name.strip()
    for one in (name, LEGAL_FORM.sub("", name)):
        if one:
            text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", CUSTOMER, text, flags=re.IGNORECASE)
    return text[:longest]


def texts_of(row: models.Model, names: Iterable[str], project: Project) -> dict[str, str]:
    """Return columns of a row, without the customer's name and as long as each may be."""
    columns: Any = row._meta
    return {name: nameless(getattr(row, name), project, columns.get_field(name).max_length) for name in names}


def take_needs(taking: Taking) -> dict[str, Any] | None:
    """Return what is in scope with its goals: no signature, owner, source or state, and no customer's name."""
    project = taking.project
    rows = [row.requirement for row in outline_of(project=project, is_whole=False, with_criteria=True)]
    goals: dict[str, dict[str, Any]] = {}
    titles: dict[int | None, str] = {}
    for goal in SuccessCriterion.objects.filter(project=project):
        said = texts_of(goal, GOAL, project)
        said |= {name: plain(getattr(goal, name)) for name in ("baseline_value", "target_value")}
        # Two may be called alike without the customer's name.
        titles[goal.pk] = said["title"].casefold()
        goals.setdefault(titles[goal.pk], said)
    if not goals and not rows:
        return None
    targets = {title: place for place, title in enumerate(goals)}
    places = {row.pk: place for place, row in enumerate(rows)}
    return {
        "goals": list(goals.values()),
        "rows": [
            texts_of(row, PLAIN, project)
            | {
                "criteria": [nameless(text, project, LONGEST_CRITERION) for text in row.criteria_texts],
                "estimate_seconds": row.estimate_seconds,
                "parent": None if row.parent_id is None else places.get(row.parent_id),
                "goal": targets.get(titles.get(row.success_criterion_id, "")),
            }
            for row in rows
        ],
    }


def plain(value: Decimal | None) -> str | None:
    """Return a value as JSON keeps it."""
    return None if value is None else format(value, "f")


def check_needs(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse a goal that is none or stands twice, a part before its whole, and a tree that is too deep."""
    seen: set[str] = set()
    for place, goal in enumerate(value["goals"]):
        if goal["title"].casefold() in seen:
            raise wrong(f"requirements.goals[{place}].title: this goal stands there twice.")
        seen.add(goal["title"].casefold())
    levels: list[int] = []
    for place, row in enumerate(value["rows"]):
        if row["goal"] is not None and row["goal"] >= len(value["goals"]):
            raise wrong(f"requirements.rows[{place}].goal: there is no goal {row['goal']}.")
        if row["parent"] is not None and row["parent"] >= place:
            raise wrong(f"requirements.rows[{place}].parent: what it is part of stands before it.")
        levels.append(1 if row["parent"] is None else levels[row["parent"]] + 1)
        if levels[place] > DEEPEST + 2:
            raise wrong(f"requirements.rows[{place}].parent: the tree is at most {DEEPEST} levels deep.")


def apply_needs(starting: Starting, value: Any) -> None:
    """Write goals and requirements down as drafts."""
    drafts = [
        Begun(
            fields={name: row[name] for name in (*PLAIN, "estimate_seconds")},
            criteria=row["criteria"],
            parent=row["parent"],
            goal=row["goal"],
        )
        for row in value["rows"]
    ]
    goals = [dict(goal) for goal in value["goals"]]
    requirements_begin(project=starting.project, actor=starting.actor, goals=goals, drafts=drafts)
    starting.made += [("Requirements", str(len(drafts))), ("Goals", str(len(goals)))]


def take_terms(taking: Taking) -> list[dict[str, str]] | None:
    """Return the glossary."""
    found: dict[str, dict[str, str]] = {}
    for row in GlossaryTerm.objects.filter(project=taking.project):
        said = texts_of(row, ("term", "definition", "synonyms"), taking.project)
        found.setdefault(said["term"].casefold(), said)
    return list(found.values()) or None


def check_terms(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse a term that is explained twice."""
    seen: set[str] = set()
    for place, row in enumerate(value):
        if row["term"].casefold() in seen:
            raise wrong(f"glossary[{place}].term: this term is explained twice.")
        seen.add(row["term"].casefold())


def apply_terms(starting: Starting, value: Any) -> None:
    """Write the glossary."""
    terms = glossary_begin(project=starting.project, actor=starting.actor, terms=[dict(row) for row in value])
    starting.made.append(("Glossary terms", str(len(terms))))


register(
    Part(
        key="requirements",
        label="Requirements and goals",
        help_text="What is in scope, as drafts with criteria; no signatures, owners, sources or names of customers.",
        order=60,
        shape=NeedsShape,
        take=take_needs,
        check=check_needs,
        apply=apply_needs,
        grant="requirements.change",
    ),
    Part(
        key="glossary",
        label="Glossary",
        help_text="The words of the trade, and what both sides mean by them.",
        order=65,
        shape=TermShape,
        many=True,
        take=take_terms,
        check=check_terms,
        apply=apply_terms,
        grant="requirements.change",
    ),
)
