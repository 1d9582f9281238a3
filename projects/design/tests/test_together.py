"""Two people at the same design element at the same moment: nothing is lost, and nothing stays half done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from budget.tests.test_changes_together import together
from implement.testkit.cast import Cast
from projects.design.choices import ElementState, ReviewVerdict
from projects.design.models import DesignElement, DesignFeedback, DesignReview
from projects.design.services.elements import element_save
from projects.design.services.feedback import feedback_answer, feedback_close, feedback_save
from projects.design.services.reviews import element_supersede, review_give
from projects.design.tests.factories import answer, approved, ask, element, review, submit
from projects.kit.access import Entry, enter

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "design.decide")


class TogetherTests:
    def test_the_signature_and_the_closing_of_feedback_approve_it_in_any_order(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        request = ask(cast, row)
        said = DesignFeedback(element=row, text="Legal objects.", is_must_fix=True)
        feedback_save(feedback=said, entry=mara(cast))
        feedback_answer(feedback=said, entry=mara(cast), answer="Cleared.")
        entry = mara(cast)
        words = together(lambda: answer(request), lambda: feedback_close(feedback=said, entry=entry))
        assert words == ["done", "done"]
        row.refresh_from_db()
        assert row.status == ElementState.APPROVED

    def test_one_review_counts(self, cast: Cast) -> None:
        row = submit(cast, element(cast))

        def judge(name: str, verdict: str) -> Callable[[], object]:
            entry = enter(getattr(cast, name), "nordwind", "design.review")
            mine = DesignElement.objects.get(pk=row.pk)
            return lambda: review_give(
                element=mine, entry=entry, revision=1, verdict=verdict, comment="As read"
            )

        words = together(judge("tom", ReviewVerdict.APPROVED), judge("tess", ReviewVerdict.CHANGES))
        row.refresh_from_db()
        assert words.count("done") == DesignReview.objects.count() == 1
        assert row.is_reviewed is (words[0] == "done")

    def test_two_do_not_supersede_each_other(self, cast: Cast) -> None:
        first, second = approved(cast), approved(cast, "Stream")
        entry = mara(cast)
        words = together(
            lambda: element_supersede(element=first, entry=entry, successor=second),
            lambda: element_supersede(element=second, entry=entry, successor=first),
        )
        assert words.count("done") == 1
        assert DesignElement.objects.filter(status=ElementState.SUPERSEDED).count() == 1

    def test_what_changes_while_it_is_sent_is_either_sent_as_it_is_now_or_not(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        mine = DesignElement.objects.get(pk=row.pk)
        mine.purpose = "Other"
        entry = mara(cast)
        words = together(lambda: ask(cast, row), lambda: element_save(element=mine, entry=entry, reason="x"))
        row.refresh_from_db()
        assert words[0] == "done"
        assert words[1] != "done"
        assert (row.with_customer, row.revision, row.shown_revision) == (True, 1, 1)
