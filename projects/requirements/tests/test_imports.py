"""Requirements of other tools' files: what the words mean is asked once, and nothing comes twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import Count

from implement.testkit.cast import Cast
from projects.kit import imports
from projects.kit.access import enter
from projects.models import ImportRun
from projects.requirements.models import Release, Requirement
from projects.requirements.services.roadmap import release_save
from projects.requirements.tests.factories import ask, validated, write
from projects.requirements.workflows import RELEASE_WORKFLOW
from projects.tests.importing import apply, shared, upload

pytestmark = pytest.mark.django_db
CLASSES = """ProjectID,RequirementText,class
1,'The system shall be up.',A
1,'The system shall print.',F
2,"Look, feel.",LF
"""
OURS = """Key;Title;Statement;Acceptance criteria;Type;Priority;Part of;Owner;Estimate (h)
A;Orders;The product shall take orders.;"1. One

2. Two";Functional;Must;;Tom Team;7,5
B;Import;The product shall import orders.;;Data;Nice to have;A;Nobody Known;1,25
"""


def run_of(cast: Cast, text: str, name: str = "requirements.csv", **answers: str) -> tuple[ImportRun, Any]:
    """Return a run with its draft, as the worker would make it."""
    entry = enter(cast.mara, "nordwind", "requirements.import")
    run = ImportRun.objects.create(
        project=cast.nordwind, kind="requirements.file", filename=name, size=len(text), created_by=cast.mara,
        file=ContentFile(text.encode(), name=name), options={"answers": answers},
    )  # fmt: skip
    importer = imports.importer_of("requirements.file")
    context = imports.Context(entry=entry, run=run, progress=lambda percent, message: None)
    return run, importer.plan(context, importer.parse(context))


def take(cast: Cast, text: str, **answers: str) -> Any:
    _, draft = run_of(cast, text, **answers)
    assert not draft.is_waiting, draft.questions
    draft.write()
    return draft


class FileTests:
    def test_the_classes_of_a_list_become_types_and_stay_readable(self, cast: Cast) -> None:
        draft = take(cast, CLASSES)
        assert draft.counts()["created"] == 3
        assert list(Requirement.objects.values_list("kind", "category", "source")) == [
            ("reliability", "A", "1"), ("functional", "F", "1"), ("interaction", "LF", "2"),
        ]  # fmt: skip
        assert Requirement.objects.first().statement == "The system shall be up."

    def test_a_published_list_comes_in_whole_and_once(self, cast: Cast) -> None:
        content = shared("requirements", "nfr.csv").decode()
        draft = take(cast, content)
        assert draft.counts() == {"created": 625, "changed": 0, "unchanged": 0, "refused": 0}
        assert dict(Requirement.objects.order_by().values_list("category").annotate(Count("pk"))) == {
            "F": 255, "US": 67, "SE": 66, "O": 62, "PE": 54, "LF": 38, "A": 21, "SC": 21, "MN": 17, "L": 13, "FT": 10,
            "PO": 1,
        }  # fmt: skip
        assert take(cast, content).counts() == {"created": 0, "changed": 0, "unchanged": 625, "refused": 0}

    def test_a_row_with_ever_more_cells_is_named(self, cast: Cast) -> None:
        _, draft = run_of(cast, f"Statement,Title\nOne shall be.,One\n{','.join(['x'] * 293)}\n")
        (row,) = [one for one in draft.rows if one.outcome.value == "refused"]
        assert (row.line, "293" in row.message) == (3, True), row

    def test_a_proposal_is_answered_otherwise(self, cast: Cast) -> None:
        _, draft = run_of(cast, CLASSES)
        question = next(one for one in draft.questions if "“A”" in one.label)
        take(cast, CLASSES, **{question.key: "constraint"})
        assert Requirement.objects.get(category="A").kind == "constraint"

    def test_the_same_file_again_adds_and_changes_nothing(self, cast: Cast) -> None:
        for text in (CLASSES, OURS):
            take(cast, text)
            before = list(Requirement.objects.values())
            again = take(cast, text)
            assert again.counts()["created"] == again.counts()["changed"] == 0
            assert list(Requirement.objects.values()) == before

    def test_a_text_that_stands_twice_is_taken_twice_and_said(self, cast: Cast) -> None:
        text = "Statement\nThe product shall print.\nThe product shall print.\n"
        draft = take(cast, text)
        assert draft.counts()["created"] == 2
        assert "same text stands on line 2" in draft.notes[0].message
        assert take(cast, text).counts()["unchanged"] == 2

    def test_trees_owners_hours_and_criteria_are_taken(self, cast: Cast) -> None:
        draft = take(cast, OURS)
        first, second = Requirement.objects.order_by("number")
        assert (first.criteria_texts, first.owner, first.estimate_seconds) == (
            ["One", "Two"],
            cast.tom.person,
            27000,
        )
        assert (second.parent, second.priority, second.kind, second.owner) == (first, "could", "data", None)
        assert any("nobody of the team" in note.message for note in draft.notes)

    def test_our_own_export_comes_back_unchanged(self, cast: Cast, login: Any) -> None:
        whole = write(cast, "Whole, with commas", rationale="=1+1", category="Sales", source="Page 4")
        write(cast, "Part", parent=whole, criteria=["One\ntwo", "Three"], priority="must", fit="configure")
        export = login(cast.mara).get("/projects/nordwind/requirements/export.csv")
        text = b"".join(export.streaming_content).decode("utf-8-sig")
        draft = take(cast, text)
        assert draft.counts() == {"created": 0, "changed": 0, "unchanged": 2, "refused": 0}, draft.rows

    def test_a_row_is_put_into_the_release_that_it_names_and_our_own_list_comes_back(
        self, cast: Cast, login: Any
    ) -> None:
        entry = enter(cast.mara, "nordwind", "requirements.plan")
        for name in ("Release 1", "Release 2"):
            release_save(release=Release(project=cast.nordwind, name=name, title="T"), entry=entry)
        asked, alone = write(cast, "Asked"), write(cast, "Alone")
        ask(cast, asked)
        rows = f"{asked.key},Asked,{asked.statement},release 1\n{alone.key},Alone,{alone.statement},\n"
        rows += "New,New,It shall be.,Release 2\n"
        draft = take(cast, f"Key,Title,Statement,Release\n{rows}")
        assert [row.outcome.value for row in draft.rows] == ["changed", "unchanged", "created"]
        placed = {row.title: str(row.release) for row in Requirement.objects.all()}
        assert placed == {"Asked": "Release 1", "Alone": "None", "New": "Release 2"}
        export = login(cast.mara).get("/projects/nordwind/requirements/export.csv")
        text = b"".join(export.streaming_content).decode("utf-8-sig")
        assert take(cast, text).counts() == {"created": 0, "changed": 0, "unchanged": 3, "refused": 0}

    def test_a_release_that_is_not_there_or_handed_over_refuses_the_row(self, cast: Cast) -> None:
        entry = enter(cast.mara, "nordwind", "requirements.plan")
        row = release_save(release=Release(project=cast.nordwind, name="Gone", title="T"), entry=entry)
        RELEASE_WORKFLOW.perform(name="drop", item=row, entry=entry, reason="No money")
        rows = "One shall be.,Gone\nTwo shall be.,Never\n"
        _, draft = run_of(cast, f"Statement,Release\n{rows}")
        assert [one.outcome.value for one in draft.rows] == ["refused", "refused"]
        assert "Gone is dropped" in draft.rows[0].message
        assert "no release called “Never”" in draft.rows[1].message
        assert draft.rows[1].column == "Release"

    def test_a_signed_one_goes_to_rework_and_one_at_the_customer_is_refused(self, cast: Cast) -> None:
        signed, asked = validated(cast), write(cast, "Asked")
        ask(cast, asked)
        rows = "".join(f"{row.key},{row.title},Something else shall be.\n" for row in (signed, asked))
        draft = take(cast, f"Key,Title,Statement\n{rows}")
        assert [row.outcome.value for row in draft.rows] == ["changed", "refused"]
        assert "waits for the customer" in draft.rows[1].message
        signed.refresh_from_db()
        assert (signed.status, signed.status_reason) == ("rework", "Import of requirements.csv")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("Statement,Key\nOne shall be.,A\nTwo shall be.,a\n", "already used on line 2"),
            ("Statement,Title\n,No text\n", "statement is missing"),
            ("Statement,Estimate (h)\nOne shall be.,-4\n", "too few"),
            (f"Statement,Title\nOne shall be.,{'x' * 300}\n", "at most 200"),
            (f"Statement,Title\n{'x' * 10_001},One\n", "at most 10,000"),
            (f"Statement,Acceptance criteria\nOne shall be.,{'x' * 4001}\n", "more than 4000 characters"),
        ],
    )
    def test_a_row_that_cannot_be_taken_says_where_and_why(self, cast: Cast, text: str, told: str) -> None:
        _, draft = run_of(cast, text)
        (row,) = [one for one in draft.rows if one.outcome.value == "refused"]
        assert told in row.message
        assert row.line in {2, 3}
        assert row.column

    def test_a_worker_imports_it(self, cast: Cast) -> None:
        run = upload(cast.mara, cast.nordwind, "requirements.file", OURS.encode(), "requirements.csv")
        assert apply(cast.mara, run).state == "applied"
        assert Requirement.objects.count() == 2

    def test_a_column_of_texts_is_no_column_of_types(self, cast: Cast) -> None:
        rows = "".join(f"Text {n} shall be.,Class {n}\n" for n in range(70))
        with pytest.raises(imports.ImportRefused, match="70 different words"):
            run_of(cast, f"Statement,Type\n{rows}")

    def test_a_circle_in_the_file_takes_nothing(self, cast: Cast) -> None:
        text = "Key,Statement,Part of\nA,One shall be.,B\nB,Two shall be.,A\n"
        _, draft = run_of(cast, text)
        with pytest.raises(imports.ImportRefused, match="part of itself"):
            draft.write()
