"""Writing requirements, signing them, and what an edit does to a signature."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from implement.core.db import AppendOnlyError
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.choices import Audience
from projects.kit.access import enter
from projects.kit.notes import comment_add
from projects.kit.texts import seal_of
from projects.models import JournalEntry, Person
from projects.requirements.choices import SIGNED, RequirementKind, RequirementState, SourceKind
from projects.requirements.models import Requirement, RequirementVersion, Workshop
from projects.requirements.panels import customer_requirements, team_requirements
from projects.requirements.purposes import APPROVE_NOTED, REJECT, requirement_shown
from projects.requirements.selectors.figures import figures_of, volatility_of
from projects.requirements.selectors.texts import criteria_of, criteria_text, differences_of, hints_for
from projects.requirements.services.baselines import requirements_baseline
from projects.requirements.services.requirements import (
    requirement_delete,
    requirement_restore,
    requirement_save,
)
from projects.requirements.tests.factories import CRITERION, STATEMENT, answer, ask, validated, write
from projects.requirements.workflows import REQUIREMENT_WORKFLOW
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.selectors import changed_of, link_of, signoffs_of
from projects.signoffs.services import decision_revoke, request_withdraw

pytestmark = pytest.mark.django_db


def save(cast: Cast, row: Requirement, **more: Any) -> Requirement:
    return requirement_save(
        requirement=row, entry=enter(cast.mara, "nordwind", "requirements.change"), **more
    )


def step(cast: Cast, row: Requirement, name: str, reason: str = "Not now") -> None:
    entry = enter(cast.mara, "nordwind", "requirements.view")
    REQUIREMENT_WORKFLOW.perform(name=name, item=row, entry=entry, reason=reason)


class WriteTests:
    def test_keys_count_up_in_each_project_and_are_never_given_twice(self, cast: Cast) -> None:
        first, second = write(cast), write(cast, "Export orders")
        assert (first.key, second.key) == ("REQ-001", "REQ-002")
        requirement_delete(requirement=second, entry=enter(cast.mara, "nordwind", "requirements.change"))
        assert write(cast, "Print orders").key == "REQ-003"

    def test_every_change_of_what_the_customer_reads_is_a_version(self, cast: Cast) -> None:
        row = write(cast)
        row.owner = cast.tom.person
        save(cast, row)
        assert row.revision == 1
        row.title = "Import all orders"
        save(cast, row)
        save(cast, row, criteria=[CRITERION, "It takes no click."])
        versions = list(row.versions.all())
        assert [one.number for one in versions] == [3, 2, 1]
        assert versions[0].content["criteria"] == [CRITERION, "It takes no click."]
        assert all(one.sha256 == seal_of(one.content) for one in versions)

    def test_a_version_is_never_changed(self, cast: Cast) -> None:
        version = write(cast).versions.get()
        for attempt in (version.save, version.delete, lambda: RequirementVersion.objects.update(reason="x")):
            with pytest.raises(AppendOnlyError):
                attempt()

    def test_saving_the_same_again_is_no_version(self, cast: Cast) -> None:
        row = write(cast)
        save(cast, row, criteria=[CRITERION])
        assert (row.revision, row.version) == (1, 1)

    def test_criteria_that_stay_keep_their_rows(self, cast: Cast) -> None:
        row = write(cast, criteria=["One", "Two"])
        kept = row.criteria.get(text="Two").pk
        save(cast, row, criteria=["Two", "Three"])
        assert [one.text for one in row.criteria.all()] == ["Two", "Three"]
        assert row.criteria.get(text="Two").pk == kept

    def test_too_many_criteria_are_refused_by_name_and_nothing_is_half_saved(self, cast: Cast) -> None:
        row = write(cast)
        row.title = "Other"
        for criteria, words in ((["x"] * 51, "At most 50"), (["ok", "y" * 4001], "Criterion 2")):
            with pytest.raises(DomainError, match=words) as raised:
                save(cast, row, criteria=criteria)
            assert "criteria" in raised.value.fields
        assert Requirement.objects.get(pk=row.pk).title == "Import orders"

    def test_a_tree_has_no_circle(self, cast: Cast) -> None:
        whole = write(cast)
        part = write(cast, "Part", parent=whole)
        whole.parent = part
        with pytest.raises(DomainError, match="part of itself"):
            save(cast, whole)

    def test_links_stay_in_the_project_and_on_the_right_side(self, cast: Cast) -> None:
        rival = Requirement.objects.create(project=cast.rival, number=1, title="Secret", statement="x")
        workshop = Workshop.objects.create(project=cast.rival, title="Secret", held_on="2026-03-02")
        for name, value in (("parent", rival), ("workshop", workshop), ("owner", cast.carla.person)):
            row = write(cast)
            setattr(row, name, value)
            with pytest.raises(DomainError) as raised:
                save(cast, row)
            assert name in raised.value.fields
        row = write(cast)
        row.source_kind = SourceKind.WORKSHOP
        with pytest.raises(DomainError, match="which workshop"):
            save(cast, row)

    def test_who_may_only_read_writes_nothing(self, cast: Cast) -> None:
        row = write(cast)
        with pytest.raises(NotAllowed):
            requirement_save(requirement=row, entry=enter(cast.fay, "nordwind", "requirements.view"))

    def test_a_whole_with_parts_is_not_thrown_away_and_a_part_comes_back_alone(self, cast: Cast) -> None:
        entry = enter(cast.mara, "nordwind", "requirements.change")
        whole = write(cast)
        part = write(cast, "Part", parent=whole)
        with pytest.raises(StateError, match="has parts"):
            requirement_delete(requirement=whole, entry=entry)
        requirement_delete(requirement=part, entry=entry)
        requirement_delete(requirement=whole, entry=entry)
        part.refresh_from_db()
        requirement_restore(requirement=part, entry=entry)
        assert Requirement.objects.get(pk=part.pk).parent is None


class SignTests:
    def test_several_are_asked_about_at_once_and_each_is_signed_on_its_version(self, cast: Cast) -> None:
        first, second = write(cast), write(cast, "Export orders")
        answer(ask(cast, first, second))
        for row in (first, second):
            row.refresh_from_db()
            assert (row.status, row.signed_revision) == (RequirementState.VALIDATED, 1)
            (signoff,) = signoffs_of(row)
            assert not signoff.is_stale
            assert signoff.decision.name == "Carla Customer"

    def test_without_a_criterion_nobody_is_asked(self, cast: Cast) -> None:
        with pytest.raises(StateError, match="no acceptance criterion"):
            ask(cast, write(cast, criteria=[]))

    def test_a_comment_can_come_with_an_approval_and_must_with_a_rejection(self, cast: Cast) -> None:
        for verdict, state in ((APPROVE_NOTED, "validated"), (REJECT, "rework")):
            row = write(cast)
            request = ask(cast, row)
            with pytest.raises(DomainError):
                answer(request, verdict)
            answer(request, verdict, "Also on Sundays.")
            row.refresh_from_db()
            assert row.status == state
        assert row.status_reason == "Also on Sundays."

    def test_while_the_customer_is_asked_it_is_locked(self, cast: Cast) -> None:
        row = write(cast)
        request = ask(cast, row)
        row.refresh_from_db()
        row.title = "Other"
        with pytest.raises(StateError, match="waits for the customer"):
            save(cast, row)
        request_withdraw(request=request, actor=cast.mara, reason="A mistake")
        row.refresh_from_db()
        assert row.status == RequirementState.DRAFT

    def test_an_edit_of_what_is_signed_says_why_and_must_be_signed_again(self, cast: Cast) -> None:
        row = validated(cast)
        row.statement = "The product shall import an order within 3 seconds."
        with pytest.raises(DomainError) as raised:
            save(cast, row)
        assert "reason" in raised.value.fields
        save(cast, row, reason="Asked for by sales")
        row.refresh_from_db()
        assert (row.status, row.revision, row.signed_revision) == (RequirementState.REWORK, 2, 1)
        (signoff,) = signoffs_of(row)
        assert signoff.is_stale
        answer(ask(cast, row))
        row.refresh_from_db()
        assert (row.status, row.signed_revision) == (RequirementState.VALIDATED, 2)

    def test_what_only_we_read_changes_without_a_new_signature(self, cast: Cast) -> None:
        row = validated(cast)
        row.owner, row.estimate_seconds = cast.tom.person, 36000
        save(cast, row)
        row.refresh_from_db()
        assert row.status == RequirementState.VALIDATED
        assert not signoffs_of(row)[0].is_stale

    def test_a_revoked_signature_no_longer_counts(self, cast: Cast) -> None:
        row = validated(cast)
        decision = Decision.objects.get()
        decision_revoke(
            decision=decision, entry=enter(cast.mara, "nordwind", "signoffs.change"), reason="Wrong person"
        )
        row.refresh_from_db()
        assert (row.status, row.signed_revision) == (RequirementState.REWORK, None)

    @pytest.mark.parametrize("state", SIGNED)
    def test_the_database_itself_refuses_a_signed_state_without_a_signature(
        self, cast: Cast, state: str
    ) -> None:
        row = write(cast)
        with pytest.raises(IntegrityError), transaction.atomic():
            Requirement.objects.filter(pk=row.pk).update(status=state)

    def test_no_door_but_the_signature_leads_to_a_signed_state(self, cast: Cast, api: Any) -> None:
        row = write(cast)
        url = f"/api/v1/projects/nordwind/requirements/{row.pk}/"
        caller = api(cast.mara)
        caller.patch(url, {"status": "validated", "signed_revision": 1, "title": "Other"}, format="json")
        for name in ("validate", "validated", "approve"):
            caller.post(f"{url}steps/", {"step": name}, format="json")
        row.refresh_from_db()
        assert (row.title, row.status, row.signed_revision) == ("Other", RequirementState.DRAFT, None)

    def test_what_the_customer_reads_is_the_same_in_every_language(self, cast: Cast) -> None:
        row = write(cast)

        with translation.override("de"):
            german = requirement_shown(row)
        assert german == requirement_shown(row)

    def test_the_customer_reads_nothing_internal(self, cast: Cast) -> None:
        row = write(
            cast, criticality="critical", source="Page 4", owner=cast.tom.person, estimate_seconds=777
        )
        assert not any(word in str(requirement_shown(row)) for word in ("Critical", "Page 4", "Tom", "777"))


class StepTests:
    def test_what_is_taken_up_again_is_where_it_was(self, cast: Cast) -> None:
        signed, draft = validated(cast), write(cast, "Draft")
        for row, state in ((signed, "validated"), (draft, "draft")):
            step(cast, row, "defer")
            assert (row.status, row.status_reason) == ("deferred", "Not now")
            step(cast, row, "resume")
            assert row.status == state

    def test_what_is_out_of_scope_is_not_edited(self, cast: Cast) -> None:
        row = write(cast)
        step(cast, row, "reject")
        row.title = "Other"
        with pytest.raises(StateError, match="take it up again"):
            save(cast, row)

    def test_a_reason_is_needed_and_kept_in_the_history(self, cast: Cast) -> None:
        row = write(cast)
        with pytest.raises(DomainError):
            step(cast, row, "retire", reason=" ")
        step(cast, row, "retire", reason="Replaced by REQ-002")
        entry = JournalEntry.objects.filter(action="requirement.retire").get()
        assert entry.changes["reason"] == ["", "Replaced by REQ-002"]

    def test_the_team_writes_but_does_not_decide(self, cast: Cast) -> None:
        row = write(cast)
        with pytest.raises(NotAllowed):
            REQUIREMENT_WORKFLOW.perform(
                name="reject", item=row, entry=enter(cast.tom, "nordwind", "requirements.view"), reason="No"
            )


class TextTests:
    @given(st.lists(st.text(alphabet="ab1.)-*•ä", min_size=1, max_size=12), max_size=6))
    def test_criteria_survive_the_way_through_the_form(self, words: list[str]) -> None:
        texts = [f"Given {word}\nthen so" for word in words]
        assert criteria_of(criteria_text(texts)) == texts

    def test_numbers_and_dashes_before_criteria_are_no_part_of_them(self) -> None:
        assert criteria_of("1. One\n\n- Two\r\n\r\n• Three\n\n\n") == ["One", "Two", "Three"]

    @given(st.text(max_size=80), st.text(max_size=80))
    def test_the_pieces_of_a_difference_are_both_texts(self, before: str, after: str) -> None:
        found = differences_of({"statement": before}, {"statement": after})
        if before == after:
            assert found == []
            return
        (one,) = found
        assert "".join(piece.text for piece in one.pieces if piece.kind != "added") == before
        assert "".join(piece.text for piece in one.pieces if piece.kind != "removed") == after

    @pytest.mark.parametrize(
        ("statement", "kind", "criteria", "told"),
        [
            (
                "The product shall be user-friendly and fast.",
                "functional",
                ["x"],
                "Weak words: “user-friendly”, “fast”",
            ),
            (
                "Das Produkt soll mit einfachen Mitteln schneller drucken.",
                "functional",
                ["x"],
                "Weak words: “einfachen”, “schneller”",
            ),
            ("Das Produkt soll ggf. drucken.", "functional", ["x"], "A way out: “ggf.”"),
            ("The product shall sort and shall print.", "functional", ["x"], "stands in it 2 times"),
            ("Orders are imported.", "functional", ["x"], "No “shall”"),
            ("The product shall print, if possible.", "functional", ["x"], "A way out: “if possible”"),
            (STATEMENT, "functional", [], "No acceptance criterion"),
            ("The product shall answer in time.", RequirementKind.PERFORMANCE, ["It answers."], "No figure"),
        ],
    )
    def test_what_could_be_clearer_is_pointed_out(
        self, statement: str, kind: str, criteria: list[str], told: str
    ) -> None:
        assert any(told in hint.what for hint in hints_for(statement=statement, kind=kind, criteria=criteria))

    def test_a_clear_text_gets_no_hint(self) -> None:
        assert hints_for(statement=STATEMENT, kind="performance", criteria=[CRITERION]) == []

    def test_hints_never_hold_a_requirement_up(self, cast: Cast) -> None:
        assert write(cast, statement="Fast, easy, etc.", criteria=[]).pk


class PageTests:
    @pytest.fixture
    def browser(self, cast: Cast, login: Any) -> Client:
        return login(cast.mara)

    def test_each_line_of_the_notes_leads_to_a_requirement_and_then_says_which(
        self, cast: Cast, browser: Client
    ) -> None:
        notes = "# Orders\n\n- Prices live in *the ERP*.\n- Nobody types an order twice."
        workshop = Workshop.objects.create(
            project=cast.nordwind, title="Orders", held_on="2026-03-02", notes=notes
        )
        url = f"/projects/nordwind/workshops/{workshop.pk}/"
        page = browser.get(url).content.decode()
        assert "statement=Nobody%20types%20an%20order%20twice." in page
        line = "Nobody types an order twice."
        write(cast, "Typed once", workshop=workshop, source_kind="workshop", source=line)
        assert browser.get(url).context["lines"][2].captured[0].title == "Typed once"

    def test_a_requirement_is_captured_from_a_workshop(self, cast: Cast, browser: Client) -> None:
        workshop = Workshop.objects.create(project=cast.nordwind, title="Orders", held_on="2026-03-02")
        page = browser.get(
            f"/projects/nordwind/requirements/add/?workshop={workshop.pk}&source_kind=workshop"
        )
        assert f'value="{workshop.pk}" selected' in page.content.decode()
        done = browser.post(
            "/projects/nordwind/requirements/add/",
            {
                "title": "Import", "statement": STATEMENT, "criteria": "1. One\n\n2. Two", "kind": "functional",
                "priority": "must", "criticality": "high", "source_kind": "workshop", "workshop": workshop.pk,
                "estimate_seconds": "7,5",
            },
        )  # fmt: skip
        assert done.status_code == 302
        row = Requirement.objects.get()
        assert (row.criteria_texts, row.estimate_seconds, row.workshop) == (["One", "Two"], 27000, workshop)
        assert "Import" in browser.get(f"/projects/nordwind/workshops/{workshop.pk}/").content.decode()

    def test_who_signed_before_reads_what_has_changed_since(
        self, cast: Cast, login: Any, django_assert_num_queries: Any
    ) -> None:
        rows = [validated(cast), validated(cast, "Export orders"), write(cast, "New")]
        for row in rows[:2]:
            row.statement = f"{row.statement} At once."
            entry = enter(cast.mara, "nordwind", "requirements.change")
            requirement_save(requirement=row, entry=entry, reason="Asked for")
        request = ask(cast, *rows)
        page = login(cast.carla).get(f"/answer/{link_of(request)}/").content.decode()
        assert page.count("What has changed since you approved version 1") == 2
        assert page.count("<ins> At once.</ins>") == 2
        with django_assert_num_queries(4):  # The items, their table, its rows, the two versions of each.
            assert changed_of(ResponseRequest.objects.get(pk=request.pk)).keys() == {
                row.pk for row in rows[:2]
            }

    def test_many_are_chosen_in_the_list_and_asked_about_in_one_request(
        self, cast: Cast, browser: Client
    ) -> None:
        rows = [write(cast), write(cast, "Export"), write(cast, "No criterion", criteria=[])]
        chosen = browser.post(
            "/projects/nordwind/requirements/bulk/", {"do": "ask", "rows": [row.pk for row in rows]}
        )
        page = browser.get(chosen["Location"])
        text = page.content.decode()
        assert "1 left out" in text
        assert "REQ-003 has no acceptance criterion" in text
        sent = browser.post(
            "/projects/nordwind/requirements/ask/",
            {"rows": [row.pk for row in rows[:2]], "person": cast.carla.person.pk, "due_on": "2026-12-20"},
        )
        assert sent.status_code == 302, sent.content.decode()
        assert [row.status for row in Requirement.objects.order_by("number")] == ["review", "review", "draft"]

    def test_many_are_changed_all_or_none(self, cast: Cast, browser: Client) -> None:
        signed, draft = validated(cast), write(cast, "Draft")
        data = {"rows": [signed.pk, draft.pk], "priority": "must"}
        refused = browser.post("/projects/nordwind/requirements/change/", data)
        assert refused.status_code == 422
        assert "say why it changes" in refused.content.decode()
        assert set(Requirement.objects.values_list("priority", flat=True)) == {"should"}
        assert (
            browser.post("/projects/nordwind/requirements/change/", data | {"reason": "Board"}).status_code
            == 302
        )
        assert set(Requirement.objects.values_list("priority", flat=True)) == {"must"}

    def test_type_place_and_source_are_said_of_many(self, cast: Cast, browser: Client) -> None:
        whole, one, two = (write(cast, title) for title in ("Orders", "Import", "Export"))
        data = {
            "rows": [one.pk, two.pk], "kind": "interface", "parent": whole.pk, "source_kind": "contract",
            "source": "§ 4", "source_person": cast.carla.person.pk,
        }  # fmt: skip
        assert browser.post("/projects/nordwind/requirements/change/", data).status_code == 302
        for row in (one, two):
            row.refresh_from_db()
            assert (row.kind, row.parent, row.source_kind, row.source) == (
                "interface",
                whole,
                "contract",
                "§ 4",
            )
            assert row.source_person == cast.carla.person
        circle = {"rows": [whole.pk, one.pk], "parent": two.pk}
        refused = browser.post("/projects/nordwind/requirements/change/", circle)
        assert "part of itself" in refused.content.decode()
        assert Requirement.objects.get(pk=one.pk).parent == whole

    def test_any_two_versions_are_compared(self, cast: Cast, browser: Client) -> None:
        row = write(cast)
        for title in ("Import all orders", "Import every order"):
            row.title = title
            save(cast, row)
        page = browser.get(f"/projects/nordwind/requirements/{row.pk}/versions/?from=3&to=1").content.decode()
        assert "From version 1 to 3" in page
        assert "<ins> every" in page

    @pytest.mark.parametrize("said", ["x", "-1", "9" * 30, "٣", ""])
    def test_no_version_in_the_address_breaks_the_page(self, cast: Cast, browser: Client, said: str) -> None:
        row = write(cast)
        assert (
            browser.get(
                f"/projects/nordwind/requirements/{row.pk}/versions/", {"from": said, "to": said}
            ).status_code
            == 200
        )

    def test_hints_come_while_one_writes(self, cast: Cast, browser: Client) -> None:
        page = browser.get("/projects/nordwind/requirements/hints/", {"statement": "It shall be easy."})
        assert "Weak words: “easy”" in page.content.decode()

    def test_the_specification_holds_what_is_in_scope(self, cast: Cast, browser: Client) -> None:
        write(cast)
        gone = write(cast, "Gone")
        step(cast, gone, "reject")
        page = browser.get("/projects/nordwind/requirements/specification/").content.decode()
        assert "Import orders" in page
        assert "Gone" not in page

    def test_the_tree_sums_the_effort_of_the_parts(self, cast: Cast, browser: Client) -> None:
        whole = write(cast, estimate_seconds=3600)
        write(cast, "Part", parent=whole, estimate_seconds=7200)
        page = browser.get("/projects/nordwind/requirements/tree/").content.decode()
        assert "3.00" in page
        assert "1 part<" in page


class ApiTests:
    def test_a_requirement_is_written_and_read_with_its_criteria(self, cast: Cast, api: Any) -> None:
        caller = api(cast.mara)
        url = "/api/v1/projects/nordwind/requirements/"
        made = caller.post(
            url, {"title": "Import", "statement": STATEMENT, "criteria": ["One", "Two"]}, format="json"
        )
        assert made.status_code == 201, made.content
        assert made.json()["criteria"] == ["One", "Two"]
        changed = caller.patch(f"{url}{made.json()['id']}/", {"criteria": ["Two"]}, format="json")
        assert changed.json()["criteria"] == ["Two"]
        versions = caller.get(f"{url}{made.json()['id']}/versions/").json()
        assert [one["number"] for one in versions] == [2, 1]

    def test_several_are_sent_to_the_customer_and_a_foreign_one_refuses_all(
        self, cast: Cast, api: Any
    ) -> None:
        caller = api(cast.mara)
        row = write(cast)
        rival = Requirement.objects.create(project=cast.rival, number=1, title="Secret", statement="x")
        url = "/api/v1/projects/nordwind/requirements/validate/"
        body = {"requirements": [row.pk, rival.pk], "person": cast.carla.person.pk, "due_on": "2026-12-20"}
        assert caller.post(url, body, format="json").status_code == 400
        row.refresh_from_db()
        assert row.status == RequirementState.DRAFT
        sent = caller.post(url, body | {"requirements": [row.pk]}, format="json")
        assert sent.status_code == 200, sent.content
        row.refresh_from_db()
        assert row.status == RequirementState.REVIEW

    def test_a_person_of_the_customer_is_no_owner(self, cast: Cast, api: Any) -> None:
        row = write(cast)
        answer_ = api(cast.mara).patch(
            f"/api/v1/projects/nordwind/requirements/{row.pk}/",
            {"owner": Person.objects.get(user=cast.carla).pk},
            format="json",
        )
        assert answer_.status_code == 400
        assert "owner" in answer_.content.decode()


class PortalTests:
    def test_the_customer_reads_what_they_were_shown_and_nothing_of_a_draft(
        self, cast: Cast, login: Any
    ) -> None:
        row = validated(cast)
        write(cast, "Internal draft")
        row.statement = "The product shall import an order within 1 second."
        save(cast, row, reason="A plan of ours")
        page = login(cast.carla).get("/portal/nordwind/requirements/").content.decode()
        assert "within 5 seconds" in page
        assert "within 1 second" not in page
        assert "In rework" in page
        assert "Internal draft" not in page
        home = login(cast.carla).get("/portal/nordwind/").content.decode()
        assert "0 of 1 requirement" in home

    def test_what_they_were_shown_stands_by_category_with_a_line_to_jump_by(
        self, cast: Cast, login: Any
    ) -> None:
        for title, category in (
            ("Import", "Orders"),
            ("Print", ""),
            ("Price", "Prices"),
            ("Export", "Orders"),
        ):
            ask(cast, write(cast, title, category=category))
        write(cast, "Draft", category="Codename Elbe")
        answer_ = login(cast.carla).get("/portal/nordwind/requirements/")
        assert [
            (category, [row.content["title"] for row in rows]) for category, rows in answer_.context["groups"]
        ] == [("Orders", ["Import", "Export"]), ("Prices", ["Price"]), ("", ["Print"])]
        page = answer_.content.decode()
        assert '<a href="#group-2">Prices' in page
        assert "Codename Elbe" not in page

    def test_the_customer_reads_the_comments_that_are_for_them(self, cast: Cast, login: Any) -> None:
        row = validated(cast)
        entry = enter(cast.mara, "nordwind", "notes.change")
        comment_add(item=row, entry=entry, body="Shown in the demo of May.", audience=Audience.CUSTOMER)
        comment_add(item=row, entry=entry, body="They never asked for it.")
        page = login(cast.carla).get("/portal/nordwind/requirements/").content.decode()
        assert "Shown in the demo of May." in page
        assert "They never asked" not in page

    def test_a_rivals_customer_and_the_team_are_kept_out(self, cast: Cast, login: Any) -> None:
        assert login(cast.rolf).get("/portal/nordwind/requirements/").status_code == 404
        assert login(cast.tom).get("/portal/nordwind/requirements/").status_code == 403


class FigureTests:
    def test_what_is_signed_counts_by_priority_and_what_is_out_counts_nowhere(self, cast: Cast) -> None:
        validated(cast, priority="must")
        write(cast, "Draft", priority="must", criteria=[])
        step(cast, write(cast, "Gone"), "reject")
        figures = figures_of(project=cast.nordwind)
        assert (figures.total, figures.signed, figures.signed_percent, figures.untestable) == (2, 1, 50, 1)
        assert [(row.total, row.signed) for row in figures.standings] == [(2, 1), (0, 0), (0, 0), (0, 0)]

    def test_nothing_is_not_available_and_never_all_of_it(self, cast: Cast) -> None:
        figures = figures_of(project=cast.nordwind)
        assert figures.signed_percent is None
        assert volatility_of(project=cast.nordwind) is None

    def test_volatility_is_changed_since_of_what_was_baselined(self, cast: Cast) -> None:
        rows = [validated(cast, f"Need {number}") for number in range(4)]
        requirements_baseline(entry=enter(cast.mara, "nordwind", "requirements.view"), name="One")
        for row in rows:
            row.refresh_from_db()
            assert row.status == RequirementState.BASELINED
        rows[0].title = "Other"
        save(cast, rows[0], reason="x")
        step(cast, rows[1], "retire")
        write(cast, "New")
        found = volatility_of(project=cast.nordwind)
        assert (found.baselined, found.changed, found.added, found.percent) == (4, 2, 1, 50)
        # The customer reads the same share, without what we call the baseline.
        with translation.override("de"):
            data = customer_requirements(cast.nordwind, timezone.localdate())
        assert data is not None
        tile = data["tiles"][-1]
        assert (tile["label"], tile["text"]) == ("Änderungsrate", "50 %")
        assert tile["note"].startswith("2 von 4 geändert seit ")

    def test_nothing_signed_makes_no_baseline_and_the_team_takes_none(self, cast: Cast) -> None:
        write(cast)
        with pytest.raises(StateError, match="Nothing is validated"):
            requirements_baseline(entry=enter(cast.mara, "nordwind", "requirements.view"), name="One")
        with pytest.raises(NotAllowed):
            requirements_baseline(entry=enter(cast.tom, "nordwind", "requirements.view"), name="One")

    def test_the_customers_page_and_the_teams_say_the_same_of_what_both_see(self, cast: Cast) -> None:
        validated(cast)
        today = date(2026, 3, 2)
        team = team_requirements(cast.nordwind, today)
        customer = customer_requirements(cast.nordwind, today)
        assert team is not None
        assert customer is not None
        assert [tile for tile in customer["tiles"] if tile not in team["tiles"]] == []


class WorkshopApiTests:
    def test_who_was_there_is_written_over_the_api(self, cast: Cast, login: Any) -> None:
        browser, root = login(cast.tom), "/api/v1/projects/nordwind/workshops/"
        data = {
            "title": "Orders",
            "held_on": "2026-03-02",
            "attendees": [cast.tom.person.pk, cast.carla.person.pk],
        }
        made = browser.post(root, data, content_type="application/json")
        assert made.status_code == 201, made.content
        assert sorted(made.json()["attendees"]) == sorted(data["attendees"])
        url = f"{root}{made.json()['id']}/"
        kept = browser.patch(url, {"place": "Hamburg"}, content_type="application/json")
        assert len(kept.json()["attendees"]) == 2
        fewer = browser.patch(url, {"attendees": [cast.tom.person.pk]}, content_type="application/json")
        assert fewer.json()["attendees"] == [cast.tom.person.pk]
        told = JournalEntry.objects.filter(action="workshop.changed").first()
        assert told is not None
        assert told.changes == {"attendees": ["Carla Customer, Tom Team", "Tom Team"]}
        # Nobody of another project was there.
        foreign = browser.patch(url, {"attendees": [cast.rolf.person.pk]}, content_type="application/json")
        assert foreign.status_code == 400
