"""The way of an element to its approval, what ends it, what blocks it, and what takes an element's place."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from implement.core.db import AppendOnlyError
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.design.choices import ElementState, FeedbackSource, FeedbackState, ReviewVerdict
from projects.design.models import DesignElement, DesignFeedback, DesignReview
from projects.design.purposes import APPROVE_NOTED, REJECT, element_shown
from projects.design.services import feedback as feedbacks
from projects.design.services.elements import element_delete, element_save
from projects.design.services.reviews import element_supersede, review_give
from projects.design.tests.factories import answer, approved, ask, element, review, submit
from projects.design.workflows import ELEMENT_WORKFLOW
from projects.kit.access import Entry, enter
from projects.kit.texts import seal_of
from projects.kit.trace import link_add
from projects.models import JournalEntry, TraceLink
from projects.requirements.models import Requirement
from projects.signoffs.models import Decision
from projects.signoffs.selectors import signoffs_of
from projects.signoffs.services import decision_revoke, request_withdraw

pytestmark = pytest.mark.django_db


def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "design.decide")


def edit(
    cast: Cast, row: DesignElement, reason: str = "The shop has changed", **values: Any
) -> DesignElement:
    for name, value in (values or {"purpose": "It takes orders over every hour."}).items():
        setattr(row, name, value)
    element_save(element=row, entry=mara(cast), reason=reason)
    row.refresh_from_db()
    return row


def state(row: DesignElement) -> str:
    row.refresh_from_db()
    return row.status


class ReviewTests:
    def test_an_element_is_approved_by_one_of_us_and_by_the_customer_on_one_version(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        assert (row.status, row.reviewed_revision) == (ElementState.REVIEW, 1)
        request = ask(cast, row)
        row.refresh_from_db()
        assert (row.with_customer, row.shown_revision) == (True, 1)
        answer(request)
        row.refresh_from_db()
        assert (row.status, row.signed_revision, row.with_customer) == (ElementState.APPROVED, 1, False)
        told = JournalEntry.objects.filter(action__startswith="designelement.").order_by("pk")
        assert [one.action.rpartition(".")[2] for one in told] == [
            "added", "submitted", "reviewed", "asked", "signed", "approved",
        ]  # fmt: skip
        assert told.get(action="designelement.signed").audience == "customer"

    def test_a_review_is_kept_with_who_what_and_when_for_ever(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)), comment="Sound.")
        kept = row.reviews.get()
        assert (kept.revision, kept.name, kept.verdict) == (1, str(cast.tom), ReviewVerdict.APPROVED)
        assert kept.sha256 == row.versions.get().sha256 == seal_of(row.versions.get().content)
        for attempt in (kept.save, kept.delete, lambda: DesignReview.objects.update(comment="x")):
            with pytest.raises(AppendOnlyError):
                attempt()

    def test_neither_its_owner_nor_its_writer_reviews_it(self, cast: Cast) -> None:
        row = element(cast, owner=cast.tess.person)
        for user, words in ((cast.tess, "owns"), (cast.mara, "wrote"), (cast.carla, "One of us")):
            with pytest.raises(DomainError, match=words) as raised:
                submit(cast, row, reviewer=user)
            assert "reviewer" in raised.value.fields
        with pytest.raises(DomainError, match="of the team"):
            submit(cast, row, reviewer=cast.rita)
        submit(cast, row)
        for user in (cast.tess, cast.mara):
            with pytest.raises(NotAllowed):
                review(cast, row, by=user)
        assert review(cast, row).is_reviewed

    def test_changes_that_are_wanted_need_words_and_lead_back_to_the_draft(self, cast: Cast) -> None:
        row = submit(cast, element(cast))
        with pytest.raises(DomainError, match="what should change"):
            review(cast, row, ReviewVerdict.CHANGES)
        review(cast, row, ReviewVerdict.CHANGES, "Name the retries.")
        assert (row.status, row.status_reason) == (ElementState.DRAFT, "Name the retries.")

    def test_a_verdict_on_another_version_than_the_one_that_stands_is_refused(self, cast: Cast) -> None:
        row = submit(cast, element(cast))
        ELEMENT_WORKFLOW.perform(name="recall", item=row, entry=mara(cast))
        submit(cast, edit(cast, row))
        with pytest.raises(StateError, match="version 2 by now"):
            review_give(
                element=row, entry=enter(cast.tom, "nordwind", "design.review"), revision=1,
                verdict=ReviewVerdict.APPROVED,
            )  # fmt: skip

    def test_what_is_in_review_is_not_edited_under_the_reviewers_eyes(self, cast: Cast) -> None:
        row = submit(cast, element(cast))
        with pytest.raises(StateError, match="take it back"):
            edit(cast, row)
        row = review(cast, DesignElement.objects.get(pk=row.pk))
        ask(cast, row)
        with pytest.raises(StateError, match="customer's answer"):
            edit(cast, DesignElement.objects.get(pk=row.pk))
        with pytest.raises(StateError, match="customer's answer"):
            ELEMENT_WORKFLOW.perform(
                name="recall", item=DesignElement.objects.get(pk=row.pk), entry=mara(cast)
            )

    def test_without_the_customers_signature_the_review_is_enough(self, cast: Cast) -> None:
        row = submit(cast, element(cast, "Backup", needs_customer=False))
        assert review(cast, row).status == ElementState.APPROVED
        edit(cast, row, needs_customer=True)
        assert (row.status, row.is_reviewed, row.revision) == (ElementState.REVIEW, True, 1)
        answer(ask(cast, row))
        assert state(row) == ElementState.APPROVED

    def test_the_team_cannot_review_without_the_right(self, cast: Cast) -> None:
        row = submit(cast, element(cast))
        with pytest.raises(NotAllowed):
            review_give(
                element=row, entry=enter(cast.fay, "nordwind", "design.view"), revision=1,
                verdict=ReviewVerdict.APPROVED,
            )  # fmt: skip


class CustomerTests:
    def test_the_customer_is_asked_after_us_and_reads_no_internal_notes(self, cast: Cast) -> None:
        row = element(cast, notes="The margin is thin.", diagram="Shop -> CRM")
        with pytest.raises(StateError, match="is a draft"):
            ask(cast, row)
        submit(cast, row)
        with pytest.raises(StateError, match="waits for the review"):
            ask(cast, row)
        review(cast, row)
        shown = str(element_shown(row))
        assert "margin" not in shown
        assert "Shop -> CRM" in shown
        answer(ask(cast, row))
        row.refresh_from_db()
        with pytest.raises(StateError, match="approved already"):
            ask(cast, row)

    def test_a_rejection_leads_back_with_its_reason_as_feedback_that_must_be_put_right(
        self, cast: Cast
    ) -> None:
        row = review(cast, submit(cast, element(cast)))
        answer(ask(cast, row), REJECT, "Nightly is too late for us.")
        row.refresh_from_db()
        assert (row.status, row.status_reason, row.signed_revision) == (
            ElementState.DRAFT, "Nightly is too late for us.", None,
        )  # fmt: skip
        said = row.feedback.get()
        assert (said.person, said.source, said.is_must_fix, said.revision) == (
            cast.carla.person, FeedbackSource.SIGNOFF, True, 1,
        )  # fmt: skip
        review(cast, submit(cast, edit(cast, row)))
        with pytest.raises(StateError, match="must be put right"):
            ask(cast, row)
        feedbacks.feedback_answer(feedback=said, entry=mara(cast), answer="Every hour now.", close=True)
        answer(ask(cast, row))
        assert state(row) == ElementState.APPROVED

    def test_a_comment_with_the_approval_is_feedback_and_blocks_nothing(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        answer(ask(cast, row), APPROVE_NOTED, "Please name the field in German, too.")
        assert state(row) == ElementState.APPROVED
        assert row.feedback.get().is_must_fix is False

    def test_feedback_that_must_be_put_right_holds_a_signed_element_until_it_is_closed(
        self, cast: Cast
    ) -> None:
        row = review(cast, submit(cast, element(cast)))
        request = ask(cast, row)
        said = DesignFeedback(element=row, text="The legal team objects.", is_must_fix=True)
        feedbacks.feedback_save(feedback=said, entry=mara(cast))
        answer(request)
        assert (state(row), row.is_signed) == (ElementState.REVIEW, True)
        feedbacks.feedback_answer(feedback=said, entry=mara(cast), answer="Cleared with them.")
        assert state(row) == ElementState.REVIEW
        feedbacks.feedback_close(feedback=said, entry=mara(cast))
        assert state(row) == ElementState.APPROVED

    def test_many_are_answered_in_one_request_each_for_itself(self, cast: Cast) -> None:
        rows = [review(cast, submit(cast, element(cast, title))) for title in ("Shop", "Prices")]
        answer(ask(cast, *rows))
        assert [state(row) for row in rows] == [ElementState.APPROVED] * 2

    def test_a_withdrawn_question_leaves_it_reviewed_and_ready_to_ask_again(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        request_withdraw(request=ask(cast, row), actor=cast.mara, reason="Wrong person")
        row.refresh_from_db()
        assert (row.status, row.with_customer, row.is_reviewed) == (ElementState.REVIEW, False, True)
        answer(ask(cast, row))
        assert state(row) == ElementState.APPROVED

    def test_a_revoked_approval_is_none(self, cast: Cast) -> None:
        row = approved(cast)
        entry = enter(cast.mara, "nordwind", "signoffs.change")
        decision_revoke(decision=Decision.objects.get(), entry=entry, reason="Carla had no mandate")
        row.refresh_from_db()
        assert (row.status, row.signed_revision, row.status_reason) == (
            ElementState.DRAFT, None, "Carla had no mandate",
        )  # fmt: skip


class ChangeTests:
    def test_a_change_of_what_is_approved_needs_a_reason_and_puts_everything_in_doubt(
        self, cast: Cast
    ) -> None:
        row = approved(cast)
        need = Requirement.objects.create(
            project=cast.nordwind, number=1, title="Orders", statement="x", revision=1
        )
        link = link_add(
            entry=enter(cast.mara, "nordwind", "trace.change"), type="satisfies", source=row, target=need
        )
        with pytest.raises(DomainError, match="say why"):
            edit(cast, DesignElement.objects.get(pk=row.pk), reason=" ")
        edit(cast, row)
        assert (row.status, row.revision, row.signed_revision) == (ElementState.DRAFT, 2, 1)
        assert row.status_reason == "The shop has changed"
        assert signoffs_of(row)[0].is_stale
        assert TraceLink.objects.get(pk=link.pk).suspect_since is not None

    def test_a_note_or_an_owner_ends_no_approval(self, cast: Cast) -> None:
        row = approved(cast)
        edit(cast, row, reason="", notes="Ask Tess", owner=cast.tess.person)
        assert (row.status, row.revision) == (ElementState.APPROVED, 1)

    def test_a_form_that_was_opened_earlier_says_nothing_about_where_it_stands(self, cast: Cast) -> None:
        row = element(cast)
        early = DesignElement.objects.get(pk=row.pk)
        early.status, early.reviewed_revision = ElementState.APPROVED, 1
        early.signed_revision, early.notes = 1, "x"
        element_save(element=early, entry=mara(cast))
        assert state(row) == ElementState.DRAFT


class SupersedeTests:
    def test_a_successor_is_named_and_the_history_stays(self, cast: Cast) -> None:
        old, new = approved(cast), element(cast, "Order stream")
        element_supersede(element=old, entry=mara(cast), successor=new, reason="Hourly is too slow")
        old.refresh_from_db()
        assert (old.status, old.superseded_by) == (ElementState.SUPERSEDED, new)
        assert old.versions.count() == old.reviews.count() == 1
        with pytest.raises(StateError, match="takes the place"):
            element_delete(element=new, entry=mara(cast))
        ELEMENT_WORKFLOW.perform(name="resume", item=old, entry=mara(cast))
        assert (state(old), old.superseded_by) == (ElementState.APPROVED, None)

    def test_nothing_in_its_place_needs_a_reason_and_circles_are_refused(self, cast: Cast) -> None:
        old, new = approved(cast), approved(cast, "Order stream")
        with pytest.raises(DomainError, match="say why nothing does"):
            element_supersede(element=old, entry=mara(cast), successor=None)
        with pytest.raises(DomainError, match="another design element"):
            element_supersede(element=old, entry=mara(cast), successor=old)
        element_supersede(element=old, entry=mara(cast), successor=new)
        with pytest.raises(DomainError, match="superseded itself"):
            element_supersede(element=new, entry=mara(cast), successor=old)
        element_supersede(element=new, entry=mara(cast), successor=None, reason="The shop is closed")
        assert state(new) == ElementState.SUPERSEDED

    def test_only_who_decides_supersedes(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            element_supersede(
                element=approved(cast),
                entry=enter(cast.tom, "nordwind", "design.view"),
                successor=None,
                reason="x",
            )


class FeedbackTests:
    def test_what_the_customer_wrote_stays_as_it_was_given(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        answer(ask(cast, row), APPROVE_NOTED, "Name it in German.")
        said = row.feedback.get()
        said.text = "All is well."
        with pytest.raises(StateError, match="own words"):
            feedbacks.feedback_save(feedback=said, entry=mara(cast))
        with pytest.raises(StateError, match="own words"):
            feedbacks.feedback_delete(feedback=said, entry=mara(cast))

    def test_an_answer_is_words_and_a_step_is_taken_once(self, cast: Cast) -> None:
        said = DesignFeedback(element=element(cast), text="Why nightly?", person=cast.carla.person)
        feedbacks.feedback_save(feedback=said, entry=mara(cast))
        with pytest.raises(DomainError, match="answer"):
            feedbacks.feedback_answer(feedback=said, entry=mara(cast), answer=" ")
        with pytest.raises(StateError):
            feedbacks.feedback_close(feedback=said, entry=mara(cast))
        feedbacks.feedback_answer(
            feedback=said, entry=mara(cast), answer="The shop exports then.", close=True
        )
        assert (said.state, said.answered_by) == (FeedbackState.CLOSED, cast.mara)
        with pytest.raises(StateError):
            feedbacks.feedback_answer(feedback=said, entry=mara(cast), answer="Again")
        feedbacks.feedback_reopen(feedback=said, entry=mara(cast))
        assert said.state == FeedbackState.OPEN

    def test_it_is_of_the_customer_and_of_this_project(self, cast: Cast) -> None:
        rival = DesignElement.objects.create(project=cast.rival, number=1, title="Secret", purpose="x")
        for values, name in (
            ({"element": element(cast), "person": cast.tom.person}, "person"),
            ({"element": element(cast, "B"), "person": cast.rolf.person}, "person"),
            ({"element": rival}, "element"),
        ):
            with pytest.raises(DomainError) as raised:
                feedbacks.feedback_save(feedback=DesignFeedback(text="x", **values), entry=mara(cast))
            assert name in raised.value.fields


class PageTests:
    def test_the_way_to_the_approval_is_walked_on_pages(self, cast: Cast) -> None:
        row = element(cast, diagram="Shop -> CRM")
        manager, architect = Client(), Client()
        manager.force_login(cast.mara)
        architect.force_login(cast.tom)
        home = f"/projects/nordwind/design/{row.pk}/"
        sent = manager.post(
            "/projects/nordwind/design/submit/", {"rows": row.pk, "reviewer": cast.mara.person.pk}
        )
        assert sent.status_code == 422
        assert "somebody else reviews it" in sent.content.decode()
        manager.post("/projects/nordwind/design/submit/", {"rows": row.pk, "reviewer": cast.tom.person.pk})
        assert "Review it" in architect.get(home).content.decode()
        assert "Review it" not in manager.get(home).content.decode()
        page = architect.get(f"{home}review/").content.decode()
        assert "<svg" in page
        bare = architect.post(f"{home}review/", {"revision": 1, "verdict": "changes"})
        assert bare.status_code == 422
        architect.post(f"{home}review/", {"revision": 1, "verdict": "approved", "comment": ""})
        assert "Ready to be asked" in manager.get(home).content.decode()
        paper = manager.get(f"/projects/nordwind/design/ask/?rows={row.pk}").content.decode()
        assert "<svg" in paper

    def test_superseding_answering_and_bulk_changes_work_on_pages(self, cast: Cast) -> None:
        old, new = approved(cast), element(cast, "Order stream")
        browser = Client()
        browser.force_login(cast.mara)
        root = "/projects/nordwind/design"
        assert browser.get(f"{root}/{old.pk}/supersede/").status_code == 200
        refused = browser.post(f"{root}/{old.pk}/supersede/", {"successor": "", "reason": ""})
        assert refused.status_code == 422
        browser.post(f"{root}/{old.pk}/supersede/", {"successor": new.pk, "reason": "Slow"})
        assert "takes its place" in browser.get(f"{root}/{old.pk}/").content.decode()
        browser.post(f"{root}/change/", {"rows": new.pk, "kind": "integration"})
        new.refresh_from_db()
        assert (new.kind, new.revision) == ("integration", 2)
        added = browser.post(
            f"{root}/feedback/add/", {"element": new.pk, "text": "Why?", "is_must_fix": "on"}
        )
        assert added.status_code == 302
        said = DesignFeedback.objects.get()
        browser.post(f"{root}/feedback/{said.pk}/answer/", {"answer": "Because.", "close": "on"})
        said.refresh_from_db()
        assert said.state == FeedbackState.CLOSED
        for address in (
            f"{root}/feedback/",
            f"{root}/feedback/{said.pk}/",
            f"{root}/feedback/{said.pk}/answer/",
        ):
            assert browser.get(address).status_code == 200

    def test_the_picture_of_a_text_is_shown_while_it_is_written(self, cast: Cast) -> None:
        browser = Client()
        browser.force_login(cast.tom)
        good = browser.post("/projects/nordwind/design/diagram/", {"diagram": "Shop -> CRM"})
        assert "<svg" in good.content.decode()
        wrong = browser.post("/projects/nordwind/design/diagram/", {"diagram": "Shop -> CRM\na -> -> b"})
        assert "Line 2" in wrong.content.decode()
        sent = browser.post(
            "/projects/nordwind/design/add/",
            {"title": "A", "purpose": "B", "kind": "component", "diagram": "a -> -> b"},
        )
        assert sent.status_code == 422
        assert "Line 1" in sent.content.decode()
