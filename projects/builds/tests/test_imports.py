"""Build items of other tools' files: what the words mean is asked once, and nothing comes twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from implement.testkit.cast import Cast
from projects.builds.models import BuildItem, Environment
from projects.builds.tests.factories import build, step
from projects.kit import imports
from projects.kit.access import enter
from projects.models import ImportRun

pytestmark = pytest.mark.django_db
WRICEF = """WRICEF ID;Name;Type;Assignee;Task;Effort (h);Priority
I-01;Prices from the ERP;I;Tom Team;Set up;32,5;High
R-01;Pipeline;R;Nobody Known;2;10,25;P2
E-01;Limit check;Extension;;Go-live;24;Odd
"""


def draft_of(cast: Cast, text: str, **answers: str) -> Any:
    """Return the draft of a file, as the worker would make it."""
    entry = enter(cast.mara, "nordwind", "builds.import")
    run = ImportRun.objects.create(
        project=cast.nordwind, kind="builds.file", filename="items.csv", size=len(text), created_by=cast.mara,
        file=ContentFile(text.encode(), name="items.csv"), options={"answers": answers},
    )  # fmt: skip
    importer = imports.importer_of("builds.file")
    context = imports.Context(entry=entry, run=run, progress=lambda percent, message: None)
    return importer.plan(context, importer.parse(context))


def take(cast: Cast, text: str, **answers: str) -> Any:
    draft = draft_of(cast, text, **answers)
    assert not draft.is_waiting, draft.questions
    draft.write()
    return draft


class FileTests:
    def test_a_list_of_another_tool_comes_in_by_its_columns(self, cast: Cast) -> None:
        draft = take(cast, WRICEF)
        assert draft.counts()["created"] == 3
        rows = BuildItem.objects.order_by("number").values_list(
            "kind", "owner__name", "task__name", "estimate_seconds", "priority", "status"
        )
        assert list(rows) == [
            ("interface", "Tom Team", "Set up", 117_000, 2, "todo"),
            ("report", None, "Set up", 36_900, 2, "todo"),
            ("enhancement", None, None, 86_400, 3, "todo"),
        ]
        told = " ".join(note.message for note in draft.notes)
        assert "“Nobody Known” is nobody of the team" in told
        assert "“Go-live” is no task of the plan" in told
        assert Environment.objects.filter(project=cast.nordwind).count() == 4

    def test_a_word_is_answered_otherwise(self, cast: Cast) -> None:
        question = next(one for one in draft_of(cast, WRICEF).questions if "“Extension”" in one.label)
        take(cast, WRICEF, **{question.key: "form"})
        assert BuildItem.objects.get(title="Limit check").kind == "form"

    def test_the_same_file_again_changes_nothing_and_moves_nothing(self, cast: Cast) -> None:
        take(cast, WRICEF)
        step(cast, BuildItem.objects.get(title="Pipeline"), "start")
        before = list(BuildItem.objects.order_by("pk").values())
        assert take(cast, WRICEF).counts()["unchanged"] == 3
        assert list(BuildItem.objects.order_by("pk").values()) == before

    def test_our_own_export_comes_back_by_its_keys(self, cast: Cast) -> None:
        build(
            cast,
            estimate_seconds=5400,
            task=cast.setup,
            description="Two\nlines",
            release_words="Orders, faster",
        )
        build(cast, "Price list", owner=None, kind="report")
        client = Client()
        client.force_login(cast.mara)
        answer = client.get(reverse("builditem_export", args=["nordwind", "csv"]))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
        assert take(cast, text).counts() == {"created": 0, "changed": 0, "unchanged": 2, "refused": 0}

    def test_rows_that_cannot_be_read_are_refused_with_their_place(self, cast: Cast) -> None:
        text = "Title,Key,Estimate (h)\n,A,1\nOk,B,many\nLong,C,-3\nTwice,D,1\nTwice,d,1\nFine,E,2.5\n"
        draft = take(cast, text)
        refused = [(row.line, row.column) for row in draft.rows if row.outcome == "refused"]
        assert refused == [(2, "Title"), (3, "Estimate (h)"), (4, "Estimate (h)"), (6, "Key")]
        assert list(BuildItem.objects.values_list("title", flat=True)) == ["Twice", "Fine"]

    def test_what_lies_in_the_trash_does_not_come_back(self, cast: Cast) -> None:
        take(cast, WRICEF)
        BuildItem.objects.filter(title="Pipeline").update(deleted_at="2026-03-02T10:00Z")
        assert take(cast, WRICEF).counts()["unchanged"] == 3
        assert BuildItem.objects.count() == 2
