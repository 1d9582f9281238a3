"""Design elements of a file: what its words mean is asked, nothing comes twice, nothing is approved by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from implement.testkit.cast import Cast
from projects.design.choices import ElementState
from projects.design.models import DesignElement
from projects.design.tests.factories import approved, element, submit
from projects.kit import imports
from projects.kit.access import enter
from projects.models import ImportRun, Job
from projects.tests.importing import apply, upload

pytestmark = pytest.mark.django_db
OURS = """Key;Title;Purpose;Type;Part of;Owner;Customer signs;Diagram as text
C1;Shop link;It takes orders over.;Interface;;Tom Okafor;yes;Shop -> CRM
C2;Retry;It tries again.;Component;C1;Nobody Known;no;
"""


def run_of(cast: Cast, text: str, **answers: str) -> tuple[ImportRun, Any]:
    """Return a run with its draft, as the worker would make it."""
    entry = enter(cast.mara, "nordwind", "design.import")
    run = ImportRun.objects.create(
        project=cast.nordwind, kind="design.file", filename="design.csv", size=len(text), created_by=cast.mara,
        file=ContentFile(text.encode(), name="design.csv"), options={"answers": answers},
    )  # fmt: skip
    importer = imports.importer_of("design.file")
    context = imports.Context(entry=entry, run=run, progress=lambda percent, message: None)
    return run, importer.plan(context, importer.parse(context))


def take(cast: Cast, text: str, **answers: str) -> Any:
    _, draft = run_of(cast, text, **answers)
    assert not draft.is_waiting, draft.questions
    draft.write()
    return draft


class FileTests:
    def test_a_table_comes_in_with_its_tree_and_as_drafts(self, cast: Cast) -> None:
        draft = take(cast, OURS)
        assert draft.counts()["created"] == 2
        shop, retry = DesignElement.objects.all()
        assert (shop.kind, shop.diagram, shop.status) == ("integration", "Shop -> CRM", ElementState.DRAFT)
        assert (retry.parent, retry.needs_customer, retry.owner) == (shop, False, None)
        assert shop.versions.get().number == 1
        assert any("Nobody Known" in note.message for note in draft.notes)

    def test_a_word_that_is_none_of_ours_is_asked_with_a_proposal(self, cast: Cast) -> None:
        _, draft = run_of(cast, OURS)
        question = next(one for one in draft.questions if "Interface" in one.label)
        assert question.value == "integration"
        take(cast, OURS, **{question.key: "data"})
        assert DesignElement.objects.first().kind == "data"

    def test_the_same_file_again_adds_and_changes_nothing(self, cast: Cast) -> None:
        take(cast, OURS)
        before = list(DesignElement.objects.values())
        again = take(cast, OURS)
        assert again.counts()["created"] == again.counts()["changed"] == 0
        assert list(DesignElement.objects.values()) == before

    def test_our_own_export_comes_back_by_its_keys(self, cast: Cast) -> None:
        whole = element(cast, diagram="a -> b", notes="Quiet", owner=cast.tom.person)
        element(cast, "Part", parent=whole, needs_customer=False)
        browser = Client()
        browser.force_login(cast.mara)
        answer = browser.get("/projects/nordwind/design/export.csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        draft = take(cast, text)
        assert draft.counts() == {"created": 0, "changed": 0, "unchanged": 2, "refused": 0}

    def test_what_is_approved_goes_back_and_what_is_in_review_is_refused(self, cast: Cast) -> None:
        good, busy = approved(cast), submit(cast, element(cast, "Prices"))
        text = f"Key;Title;Purpose\n{good.key};Order import;New words\n{busy.key};Prices;New words\n"
        draft = take(cast, text)
        assert [(row.outcome.value, row.message) for row in draft.rows] == [
            ("changed", "It was approved: back to the draft."),
            ("refused", "DES-002 is in review: take it back to the draft first."),
        ]
        good.refresh_from_db()
        assert (good.status, good.status_reason) == (ElementState.DRAFT, "Import of design.csv")

    def test_bad_rows_are_refused_with_line_and_column_and_the_others_taken(self, cast: Cast) -> None:
        text = (
            "Title;Purpose;Customer signs;Diagram\nA;x;yes;a -> -> b\nB;;yes;\nC;x;perhaps;\nD;x;yes;\nD;y;yes;\n"
            f"{'E' * 201};x;yes;\n"
        )
        draft = take(cast, text)
        assert [(row.line, row.column) for row in draft.rows if row.outcome.value == "refused"] == [
            (3, "Purpose"), (4, "Customer signs"), (6, "Title"), (7, "Title"), (2, "Diagram"),
        ]  # fmt: skip
        assert DesignElement.objects.get().title == "D"

    def test_a_circle_in_the_file_is_told_and_nothing_is_half_saved(self, cast: Cast) -> None:
        content = b"Key;Title;Purpose;Part of\nA;A;x;B\nB;B;x;A\n"
        run = upload(cast.mara, cast.nordwind, "design.file", content, "d.csv")
        apply(cast.mara, run)
        assert not DesignElement.objects.exists()
        assert "part of itself" in Job.objects.order_by("created_at").last().error
