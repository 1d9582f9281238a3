"""Requirements from ReqIF files and out again: everything comes in, identifiers stay, nothing comes twice."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from implement.testkit.cast import Cast
from projects.choices import Audience
from projects.kit import imports
from projects.kit.access import enter
from projects.kit.notes import attachment_add
from projects.kit.trace import link_add
from projects.models import Attachment, ImportRun, TraceLink
from projects.requirements import reqif
from projects.requirements.models import Requirement
from projects.requirements.services.requirements import requirement_save
from projects.requirements.tests.factories import ask, write
from projects.requirements.tests.reqiffiles import (
    ORDERS,
    document,
    place,
    relation,
    rich,
    specification,
    string,
    thing,
    zipped,
)
from projects.tests.importing import apply, shared, upload

pytestmark = pytest.mark.django_db
KIND = "requirements.reqif"
PNG = b"\x89PNG not really"
SHOWS = "Like this: <xhtml:object data='files/plan.png' type='image/png'>the plan</xhtml:object>"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def plan(cast: Cast, content: bytes, name: str = "orders.reqif", **answers: str) -> Any:
    """Return the draft, as the worker would make it."""
    run = ImportRun.objects.create(
        project=cast.nordwind, kind=KIND, filename=name, size=len(content), created_by=cast.mara,
        file=ContentFile(content, name=name), options={"answers": answers},
    )  # fmt: skip
    entry = enter(cast.mara, "nordwind", "requirements.import")
    importer = imports.importer_of(KIND)
    context = imports.Context(entry=entry, run=run, progress=lambda percent, message: None)
    return importer.plan(context, importer.parse(context))


def take(cast: Cast, content: bytes, name: str = "orders.reqif", **answers: str) -> Any:
    draft = plan(cast, content, name, **answers)
    assert not draft.is_waiting, draft.questions
    draft.write()
    return draft


def told(draft: Any) -> str:
    return " ".join(f"{note.message} ({note.place})" for note in draft.notes)


def download(login: Any, cast: Cast, suffix: str) -> bytes:
    answer = login(cast.mara).get(f"/projects/nordwind/requirements/export.{suffix}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


class ImportTests:
    def test_the_tree_the_words_and_the_texts_come_in(self, cast: Cast) -> None:
        draft = plan(cast, ORDERS)
        luxury = next(one for one in draft.questions if "“Luxury”" in one.label)
        assert luxury.value == "could"
        draft = take(cast, ORDERS, **{luxury.key: "wont"})
        # Three requirements, and the relation of two of them.
        assert draft.counts()["created"] == 4
        chapter, first, second = Requirement.objects.all()
        assert (chapter.title, chapter.statement, chapter.parent) == ("Orders", "Orders", None)
        assert (first.statement, first.priority, first.parent) == (
            "It shall **take** orders.",
            "wont",
            chapter,
        )
        assert (second.title, second.priority, second.source) == ("Print", "must", "3")
        assert (first.title, first.external_id) == ("It shall take orders", "reqif:R-1")
        link = TraceLink.objects.get()
        assert (link.type, link.source_id, link.target_id) == ("relates", second.pk, first.pk)

    def test_headings_can_be_left_out(self, cast: Cast) -> None:
        draft = take(cast, ORDERS, headings="skip")
        assert list(Requirement.objects.values_list("external_id", "parent")) == [
            ("reqif:R-1", None), ("reqif:R-2", None),
        ]  # fmt: skip
        assert "Headings without a text are left out." in told(draft)

    def test_one_of_several_specifications_is_chosen(self, cast: Cast) -> None:
        content = document(
            "".join(thing(name, rich(f"{name} shall be.")) for name in ("A", "B", "C")),
            specification("D1", place("A")) + specification("D2", place("B", place("A"))),
        )
        draft = plan(cast, content)
        assert [row.label for row in draft.rows] == ["A shall be", "B shall be", "C shall be"]
        assert "more than one place" in told(draft)
        draft = take(cast, content, specification="2")
        assert list(Requirement.objects.values_list("external_id", "parent__external_id")) == [
            ("reqif:B", None), ("reqif:A", "reqif:B"),
        ]  # fmt: skip

    def test_what_leads_nowhere_or_around_is_told_and_taken_as_far_as_it_goes(self, cast: Cast) -> None:
        content = document(
            thing("A", rich("A shall be.")) + thing("B", rich("B shall be.")),
            specification("D", place("A", place("B", place("A"))), place("gone")),
            relation("L", "A", "gone"),
        )
        draft = take(cast, content)
        assert "“A” stands below itself." in told(draft)
        assert "names “gone”, which is not in the file. (line" in told(draft)
        assert Requirement.objects.get(external_id="reqif:B").parent.external_id == "reqif:A"
        assert Requirement.objects.get(external_id="reqif:A").parent is None

    def test_a_deep_tree_ends_on_the_deepest_level(self, cast: Cast) -> None:
        names = [f"N{number}" for number in range(20)]
        tree = ""
        for name in reversed(names):
            tree = place(name, tree) if tree else place(name)
        content = document(
            "".join(thing(name, rich(f"{name} is.")) for name in names), specification("D", tree)
        )
        assert "deeper than can be shown" in told(take(cast, content))
        assert Requirement.objects.count() == 20
        assert Requirement.objects.get(external_id="reqif:N11").children.count() == 0

    def test_a_text_that_is_too_long_is_refused_with_its_line_and_the_others_are_taken(
        self, cast: Cast
    ) -> None:
        content = document(thing("A", rich("x" * 1_000_000)) + thing("B", rich("B shall be.")))
        draft = take(cast, content)
        refused = draft.rows[0]
        assert (refused.outcome.value, refused.column) == ("refused", "ReqIF.Text")
        assert "at most 10,000 fit" in refused.message
        assert refused.line
        assert Requirement.objects.count() == 1

    def test_an_attribute_nobody_knows_is_proposed_by_its_length_and_may_be_chosen(self, cast: Cast) -> None:
        content = ORDERS.replace(b'"ReqIF.Text"', b'"Poem"').replace(b'"ReqIF.ChapterName"', b'"Word"')
        draft = plan(cast, content)
        assert next(one.value for one in draft.questions if one.key == "column:statement") == "3"

    def test_a_list_of_criteria_is_taken_apart(self, cast: Cast) -> None:
        items = "<xhtml:ul><xhtml:li>One</xhtml:li><xhtml:li>Two</xhtml:li></xhtml:ul>"
        content = document(thing("A", string("a-head", "A"), rich(items))).replace(b"ReqIF.Text", b"Criteria")
        take(cast, content)
        assert Requirement.objects.get().criteria_texts == ["One", "Two"]

    def test_two_attributes_of_one_name_are_told_apart(self, cast: Cast) -> None:
        draft = plan(cast, ORDERS.replace(b'"ReqIF.ForeignID"', b'"ReqIF.ChapterName"'))
        assert "ReqIF.ChapterName (a-head)" in str(draft.questions)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (ORDERS[:400], "not well-formed"),
            (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><REQ-IF>&x;</REQ-IF>", "for safety"),
            (document(thing("R-1") + thing("R-1")), "already used on line"),
            (document(""), "holds no requirements"),
            (zipped(("../x.reqif", ORDERS)), "a place outside"),
            (zipped(("a.reqif", ORDERS), ("b.reqif", ORDERS)), "“S-1” is in a.reqif and in b.reqif"),
        ],
    )
    def test_a_bad_file_says_why_and_changes_nothing(self, cast: Cast, content: bytes, message: str) -> None:
        with pytest.raises(imports.ImportRefused, match=message):
            plan(cast, content)
        assert not Requirement.objects.exists()

    def test_nothing_is_half_saved(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        draft = plan(cast, zipped(("a.reqif", document(thing("A", rich(SHOWS)))), ("files/plan.png", PNG)))
        # What the preview had no reason to refuse, and the service does.
        draft.write.__self__.todo[0][1].title = ""
        with pytest.raises(imports.ImportRefused):
            draft.write()
        assert not Attachment.objects.exists()

    @pytest.mark.parametrize(
        ("name", "objects", "parts", "files"),
        [
            ("doors_02.reqif", 3, 0, 0),
            ("polarion_01.reqif", 101, 90, 0),
            ("strictdoc_export.reqif", 18, 14, 0),
            ("one_attachment.reqifz", 2, 0, 1),
        ],
    )
    def test_files_of_other_tools_come_in_whole_and_once(
        self, cast: Cast, login: Any, name: str, objects: int, parts: int, files: int
    ) -> None:
        content = shared("requirements", name)
        draft = take(cast, content, name)
        assert draft.counts() == {"created": objects + files, "changed": 0, "unchanged": 0, "refused": 0}
        assert Requirement.objects.exclude(parent=None).count() == parts
        assert Attachment.objects.count() == files
        for again in (content, download(login, cast, "reqif"), download(login, cast, "reqifz")):
            draft = plan(cast, again)
            assert draft.counts()["unchanged"] >= objects
            assert draft.counts()["created"] == draft.counts()["changed"] == draft.counts()["refused"] == 0


class WorkerTests:
    def test_a_worker_imports_it_and_tells_where_a_bad_one_is_wrong(self, cast: Cast) -> None:
        content = zipped(("a.reqif", document(thing("A", rich(SHOWS)))), ("files/plan.png", PNG))
        run = upload(cast.mara, cast.nordwind, KIND, content, "a.reqifz")
        assert run.state == "previewed"
        assert apply(cast.mara, run).state == "applied"
        assert Attachment.objects.get().target == Requirement.objects.get()
        run = upload(cast.mara, cast.nordwind, KIND, document(thing("A") + thing("A")), "b.reqif")
        assert run.state == "refused"
        assert run.preview["error"]["message"].startswith("Line 27: The IDENTIFIER “A”")


class AgainTests:
    def test_the_same_file_again_changes_nothing(self, cast: Cast) -> None:
        take(cast, ORDERS)
        before = list(Requirement.objects.values())
        again = take(cast, ORDERS)
        assert again.counts() == {"created": 0, "changed": 0, "unchanged": 4, "refused": 0}
        assert list(Requirement.objects.values()) == before

    def test_what_changed_in_the_file_changes_here(self, cast: Cast) -> None:
        take(cast, ORDERS)
        draft = take(cast, ORDERS.replace(b"It shall print orders.", b"It shall print all orders."))
        assert draft.counts()["changed"] == 1
        row = Requirement.objects.get(external_id="reqif:R-2")
        assert (row.statement, row.revision) == ("It shall print all orders.", 2)

    def test_what_only_moves_is_shown_as_changed(self, cast: Cast) -> None:
        things = "".join(thing(name, rich(f"{name} shall be.")) for name in ("A", "B"))
        take(cast, document(things, specification("D", place("A"), place("B"))))
        draft = take(cast, document(things, specification("D", place("A", place("B")))))
        assert [(row.outcome.value, row.message) for row in draft.rows] == [
            ("unchanged", ""), ("changed", "It moves below “A shall be”."),
        ]  # fmt: skip
        assert Requirement.objects.get(external_id="reqif:B").parent.external_id == "reqif:A"

    def test_parts_of_what_waits_at_the_customer_come_below_it(self, cast: Cast) -> None:
        things = thing("A", rich("A shall be."))
        take(cast, document(things, specification("D", place("A"))))
        whole = Requirement.objects.get()
        requirement_save(
            requirement=whole, entry=enter(cast.mara, "nordwind", "requirements.change"), criteria=["It is."]
        )
        ask(cast, whole)
        changed = things.replace("A shall be", "A must be") + thing("B", rich("B shall be."))
        draft = take(cast, document(changed, specification("D", place("A", place("B")))))
        assert [row.outcome.value for row in draft.rows] == ["refused", "created"]
        assert Requirement.objects.get(external_id="reqif:B").parent == whole

    def test_files_are_attached_once_to_what_shows_them(self, cast: Cast) -> None:
        content = zipped(
            ("a/b.reqif", document(thing("A", rich("A shall be.")) + thing("B", rich(SHOWS)))),
            ("a/files/plan.png", PNG),
            ("a/other.txt", b"x"),
        )
        draft = take(cast, content, "b.reqifz", orphans="skip")
        one = Attachment.objects.get()
        assert (one.name, one.target.external_id, one.audience) == ("plan.png", "reqif:B", Audience.INTERNAL)
        assert one.target.statement == "Like this: [the plan]"
        assert take(cast, content, "b.reqifz", orphans="skip").counts()["created"] == 0
        take(cast, content, "b.reqifz")
        assert set(Attachment.objects.values_list("name", flat=True)) == {"plan.png", "other.txt"}
        assert draft.by_kind()[1]["what"] == "attachment"

    def test_a_file_that_is_missing_is_told(self, cast: Cast) -> None:
        content = document(thing("B", rich(SHOWS)))
        assert "only a .reqifz holds files" in told(plan(cast, content))
        assert "“files/plan.png” is shown, but is not in the archive. (line" in told(
            plan(cast, zipped(("b.reqif", content)), "b.reqifz")
        )


class RelationTests:
    NAMED = ORDERS.replace(b'IDENTIFIER="tr"', b'IDENTIFIER="tr" LONG-NAME="conflicts with"')

    def test_a_relation_keeps_its_tool_s_name_there_and_back(self, cast: Cast, login: Any) -> None:
        take(cast, self.NAMED)
        assert TraceLink.objects.get().note == "conflicts with"
        found = reqif.read(download(login, cast, "reqif"))
        names = {one.identifier: one.name for one in found.types}
        assert [(one.source, one.target, names[one.type]) for one in found.relations] == [
            ("R-2", "R-1", "conflicts with")
        ]

    def test_a_refinement_of_ours_comes_back_as_one(self, cast: Cast, login: Any) -> None:
        whole, part = write(cast, "Whole"), write(cast, "Part")
        entry = enter(cast.mara, "nordwind", "trace.change")
        link_add(entry=entry, type="refines", source=part, target=whole)
        content = download(login, cast, "reqif")
        assert take(cast, content, "own.reqif").counts()["created"] == 0
        TraceLink.objects.all().delete()
        assert take(cast, content, "own.reqif").counts()["created"] == 1
        assert TraceLink.objects.get().type == "refines"

    def test_a_relation_with_what_is_not_taken_is_told(self, cast: Cast) -> None:
        things = "".join(thing(name, rich(f"{name} shall be.")) for name in ("A", "B"))
        content = document(
            things, specification("D1", place("A")) + specification("D2", place("B")), relation("L", "A", "B")
        )
        draft = take(cast, content, specification="1")
        assert "with what is not taken, are left out." in told(draft)
        assert not TraceLink.objects.exists()

    def test_a_circle_of_refinements_is_refused_and_nothing_is_half_saved(self, cast: Cast) -> None:
        things = "".join(thing(name, rich(f"{name} shall be.")) for name in ("A", "B"))
        content = document(
            things,
            specification("D", place("A"), place("B")),
            relation("L", "A", "B") + relation("M", "B", "A"),
        ).replace(b'IDENTIFIER="tr"', b'IDENTIFIER="tr" LONG-NAME="refines"')
        run = upload(cast.mara, cast.nordwind, KIND, content, "a.reqif")
        run = apply(cast.mara, run)
        assert run.state != "applied"
        assert not TraceLink.objects.exists()
        assert not Requirement.objects.exists()


class ExportTests:
    @pytest.mark.parametrize("suffix", ["reqif", "reqifz"])
    def test_our_own_export_comes_back_unchanged(self, cast: Cast, login: Any, suffix: str) -> None:
        whole = write(
            cast, "A  title, “quoted” & <odd>", rationale="# Why\n\n* one\n* two", category="Sales", source="'Page 4'",
            estimate_seconds=27000, owner=cast.tom.person, fit="configure", priority="wont", criticality="critical",
        )  # fmt: skip
        write(cast, "'Part'", statement="[a]: http://b", parent=whole, criteria=["1. One\ntwo", "Three\x0b"])
        write(cast, "Lists", statement="3. x\r\n4. *y*\r\n\r\n![pic](a.png) \\* 5 * 3", kind="security")
        attachment_add(
            item=whole, entry=enter(cast.mara, "nordwind", "notes.change"),
            upload=SimpleUploadedFile("../plan of it?.png", PNG),
        )  # fmt: skip
        take(cast, ORDERS, headings="keep")
        content = download(login, cast, suffix)
        before = list(Requirement.objects.values())
        with translation.override("de"):
            draft = take(cast, content, f"own.{suffix}")
        assert not [row for row in draft.rows if row.outcome.value != "unchanged"]
        assert list(Requirement.objects.values()) == before
        assert Attachment.objects.count() == 1

    def test_an_export_goes_to_another_project_with_everything(self, cast: Cast, login: Any) -> None:
        whole = write(cast, "Whole", estimate_seconds=4500, criteria=["One", "Two"], priority="must")
        write(cast, "Part", parent=whole)
        attachment_add(
            item=whole,
            entry=enter(cast.mara, "nordwind", "notes.change"),
            upload=SimpleUploadedFile("a.png", PNG),
        )
        content = download(login, cast, "reqifz")
        first = list(Requirement.objects.values("title", "statement", "priority", "estimate_seconds", "kind"))
        Attachment.objects.all().delete()
        for row in Requirement.objects.order_by("-number"):
            row.delete()
        Requirement.with_trash.all().delete()
        take(cast, content, "own.reqifz")
        assert (
            list(Requirement.objects.values("title", "statement", "priority", "estimate_seconds", "kind"))
            == first
        )
        whole, part = Requirement.objects.all()
        assert (part.parent, whole.criteria_texts) == (whole, ["One", "Two"])
        assert Attachment.objects.get().target == whole

    def test_identifiers_are_kept_and_the_file_names_what_it_shows(self, cast: Cast, login: Any) -> None:
        take(cast, ORDERS)
        found = reqif.read(download(login, cast, "reqif"))
        assert [one.identifier for one in found.objects] == ["S-1", "R-1", "R-2"]
        assert not found.warnings
        assert [(one.object, above) for one, above in found.specifications[0].walk()][1] == ("R-1", ("S-1",))

    def test_only_who_may_read_a_file_gets_it(self, cast: Cast, login: Any) -> None:
        row = write(cast)
        entry = enter(cast.mara, "nordwind", "notes.change")
        attachment_add(item=row, entry=entry, upload=SimpleUploadedFile("a.png", PNG))
        found = reqif.read_archive(download(login, cast, "reqifz"))
        assert [io.BytesIO(data).read() for data in found.files.values()] == [PNG]
        assert login(cast.carla).get("/projects/nordwind/requirements/export.reqifz").status_code in {
            403,
            404,
        }

    def test_the_api_gives_the_same_file(self, cast: Cast, login: Any) -> None:
        write(cast)
        browser = login(cast.mara)
        for suffix in ("reqif", "reqifz"):
            answer = browser.get(f"/api/v1/projects/nordwind/requirements/{suffix}/")
            assert answer.status_code == 200
            assert f"nordwind-requirements.{suffix}" in answer["Content-Disposition"]
