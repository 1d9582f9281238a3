"""A template holds needs, goals and words: nobody's names, nobody's signatures, and drafts when a project begins."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest

from implement.core.errors import DomainError, NotAllowed
from implement.testkit.cast import Cast
from projects import services
from projects.kit import parts
from projects.kit.access import enter
from projects.kit.texts import seal_of
from projects.models import JournalEntry, Project, ProjectTemplate
from projects.requirements.choices import RequirementState
from projects.requirements.models import GlossaryTerm, Requirement, SuccessCriterion
from projects.requirements.selectors.shown import shown_requirements
from projects.requirements.services.baselines import requirements_baseline
from projects.requirements.services.requirements import requirement_save
from projects.requirements.tests.factories import CRITERION, validated, write
from projects.requirements.tests.test_goals import goal
from projects.requirements.workflows import REQUIREMENT_WORKFLOW

pytestmark = pytest.mark.django_db
KEYS = {"requirements", "glossary"}


def filled(cast: Cast) -> None:
    """Write what a template is made of: signed, baselined, changed, deferred."""
    target = goal(
        cast,
        owner=cast.carla.person,
        baseline_value=390,
        target_value=60,
        unit="minutes",
        audience="customer",
    )
    whole = validated(
        cast, "Orders of Nordwind Foods", owner=cast.tom.person, success_criterion=target, estimate_seconds=3600,
        source="Annex B of Nordwind Foods", source_person=cast.carla.person, category="Sales", priority="must",
    )  # fmt: skip
    write(cast, "Print orders", parent=whole, statement="The product shall print for nordwind foods.")
    gone = write(cast, "Not now")
    entry = enter(cast.mara, "nordwind", "requirements.view")
    REQUIREMENT_WORKFLOW.perform(name="defer", item=gone, entry=entry, reason="Next year")
    requirements_baseline(entry=entry, name="Release 1")
    GlossaryTerm.objects.create(project=cast.nordwind, term="Order", definition="What Nordwind Foods buys")


def take(cast: Cast, keys: set[str] = KEYS, **words: Any) -> ProjectTemplate:
    entry = enter(words.pop("user", cast.mara), "nordwind", "project.view")
    return services.template_take(
        entry=entry, name="Like Nordwind", description="", keys=keys, with_amounts=False
    )


def begin(cast: Cast, content: dict[str, Any], *, is_trial: bool = False) -> services.Started:
    template = ProjectTemplate(name="Other", content=content)
    project = Project(
        code="alpen", name="Alpen", customer=cast.rival.customer, starts_on=date(2027, 1, 11), currency="EUR"
    )
    return services.project_start(
        template=template,
        project=project,
        manager=cast.mara.person,
        people={},
        actor=cast.ada,
        is_trial=is_trial,
    )


class TakingTests:
    def test_nobodys_name_signature_or_state_goes_in(self, cast: Cast) -> None:
        filled(cast)
        held = take(cast).content["parts"]
        told = json.dumps([held[key] for key in KEYS])
        for secret in ("nordwind", "tom", "carla", "annex", "signed", "validated", "not now"):
            assert secret not in told.lower().replace("the customer", ""), secret
        assert "Orders of the customer" in told
        assert "print for the customer." in told

    def test_who_may_not_write_requirements_takes_none(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            take(cast, user=cast.fay)

    def test_nothing_written_is_no_part(self, cast: Cast) -> None:
        assert not KEYS & take(cast).content["parts"].keys()


class StartingTests:
    def test_a_project_begins_with_drafts_in_their_first_version(self, cast: Cast) -> None:
        filled(cast)
        content = take(cast).content
        started = begin(cast, content)
        assert ("Requirements", "2") in started.made
        assert ("Goals", "1") in started.made
        assert ("Glossary terms", "1") in started.made
        whole, part = Requirement.objects.filter(project__code="alpen").order_by("number")
        assert (whole.key, part.key, part.parent) == ("REQ-001", "REQ-002", whole)
        for row in (whole, part):
            assert (row.status, row.revision) == (RequirementState.DRAFT, 1)
            assert (row.owner, row.signed_revision, row.shown_revision) == (None, None, None)
            version = row.versions.get()
            assert version.sha256 == seal_of(version.content)
        assert whole.criteria_texts == [CRITERION]
        assert (whole.estimate_seconds, whole.category, whole.priority) == (3600, "Sales", "must")
        target = SuccessCriterion.objects.get(project__code="alpen")
        assert whole.success_criterion == target
        assert (target.target_value, target.unit, target.audience, target.owner) == (
            60,
            "minutes",
            "internal",
            None,
        )
        assert shown_requirements(project=whole.project) == []
        assert JournalEntry.objects.filter(action="requirement.added", project__code="alpen").count() == 2

    def test_what_was_begun_is_edited_like_any_other(self, cast: Cast) -> None:
        filled(cast)
        begin(cast, take(cast).content)
        row = Requirement.objects.get(project__code="alpen", number=2)
        row.title = "Print all orders"
        requirement_save(requirement=row, entry=enter(cast.ada, "alpen", "requirements.change"))
        assert [one.number for one in row.versions.all()] == [2, 1]

    def test_a_trial_keeps_nothing(self, cast: Cast) -> None:
        filled(cast)
        before = Requirement.objects.count(), SuccessCriterion.objects.count(), GlossaryTerm.objects.count()
        begin(cast, take(cast).content, is_trial=True)
        assert before == (
            Requirement.objects.count(), SuccessCriterion.objects.count(), GlossaryTerm.objects.count()
        )  # fmt: skip

    def test_a_template_of_a_project_that_began_with_it_is_the_same(self, cast: Cast) -> None:
        filled(cast)
        content = take(cast).content
        begin(cast, content)
        project = Project.objects.get(code="alpen")
        again = parts.taken(parts.Taking(project=project, with_amounts=False), KEYS)
        for key in KEYS:
            assert again["parts"][key] == content["parts"][key]


class RefusalTests:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda value: value["rows"][1].update(parent=1), r"rows\[1\]\.parent: what it is part of"),
            (lambda value: value["rows"][0].update(goal=4), r"rows\[0\]\.goal: there is no goal 4"),
            (lambda value: value["rows"][0].update(priority="urgent"), r"rows\[0\]\.priority"),
            (lambda value: value["rows"][0].update(statement=""), r"rows\[0\]\.statement"),
            (lambda value: value["rows"][0].update(criteria=["x"] * 51), r"rows\[0\]\.criteria"),
            (lambda value: value["goals"].append(dict(value["goals"][0])), r"goals\[1\]\.title: this goal"),
            (lambda value: value["goals"][0].update(target_value="many"), r"goals\[0\]\.target_value"),
        ],
    )
    def test_a_template_that_is_not_right_is_refused_by_its_path(
        self, cast: Cast, change: Any, told: str
    ) -> None:
        filled(cast)
        content = copy.deepcopy(take(cast).content)
        change(content["parts"]["requirements"])
        with pytest.raises(DomainError, match=told):
            begin(cast, content)
        assert not Project.objects.filter(code="alpen").exists()

    def test_a_term_that_is_explained_twice_is_refused(self, cast: Cast) -> None:
        filled(cast)
        content = take(cast).content
        content["parts"]["glossary"].append({"term": "ORDER", "definition": "x"})
        with pytest.raises(DomainError, match=r"glossary\[1\]\.term"):
            begin(cast, content)
