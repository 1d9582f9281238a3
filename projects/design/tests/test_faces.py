"""What the design shows elsewhere: portal, home, reports, what needs whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from implement.demo.build import build
from implement.demo.designs import write_designs
from implement.demo.requirements import write_requirements
from implement.testkit.cast import Cast
from projects.design.choices import ElementState
from projects.design.models import ArchitectureDecision, DesignElement, DesignFeedback
from projects.design.needs import standing, waiting
from projects.design.panels import customer_design, team_design
from projects.design.purposes import APPROVE_NOTED, REJECT
from projects.design.selectors.gate import gate_of
from projects.design.services.elements import element_save
from projects.design.services.feedback import feedback_answer, feedback_save
from projects.design.tests.factories import answer, approved, ask, element, review, submit
from projects.kit.access import enter
from projects.models import TraceLink
from projects.requirements.models import Requirement

pytestmark = pytest.mark.django_db


def needs(cast: Cast, user: Any) -> dict[str, int]:
    return {one.key: one.count for one in waiting(enter(user, "nordwind", "project.view")) if one.count}


class PortalTests:
    def page(self, cast: Cast) -> str:
        browser = Client()
        browser.force_login(cast.carla)
        return browser.get("/portal/nordwind/design/").content.decode()

    def test_the_customer_reads_what_they_were_shown_and_nothing_of_ours(self, cast: Cast) -> None:
        row = approved(cast, notes="The margin is thin.", diagram="Shop -> CRM")
        element(cast, "Internal draft")
        row.purpose = "A plan of ours"
        element_save(
            element=row, entry=enter(cast.mara, "nordwind", "design.change"), reason="Cheaper for us"
        )
        page = self.page(cast)
        assert "takes orders over" in page
        assert "<svg" in page
        for hidden in (
            "The margin is thin",
            "A plan of ours",
            "Internal draft",
            "Cheaper for us",
            str(cast.tom),
        ):
            assert hidden not in page

    def test_their_own_words_stand_there_with_our_answer_once_there_is_one(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        answer(ask(cast, row), APPROVE_NOTED, "Name it in German.")
        entry = enter(cast.mara, "nordwind", "design.change")
        feedback_save(feedback=DesignFeedback(element=row, text="Overheard at lunch"), entry=entry)
        assert "We have not answered yet" in self.page(cast)
        feedback_answer(feedback=row.feedback.get(source="signoff"), entry=entry, answer="It is Auftrag now.")
        page = self.page(cast)
        assert "It is Auftrag now." in page
        assert "Overheard" not in page

    def test_what_was_refused_and_approved_without_them_is_not_called_agreed(self, cast: Cast) -> None:
        row = review(cast, submit(cast, element(cast)))
        answer(ask(cast, row), REJECT, "No.")
        said = row.feedback.get()
        entry = enter(cast.mara, "nordwind", "design.change")
        feedback_answer(feedback=said, entry=entry, answer="Done.", close=True)
        row.refresh_from_db()
        row.needs_customer, row.purpose = False, "Internal now"
        element_save(element=row, entry=entry)
        assert review(cast, submit(cast, row)).status == ElementState.APPROVED
        assert "Agreed" not in self.page(cast)

    def test_it_only_reads_and_keeps_others_out(self, cast: Cast) -> None:
        for user, method, code in (
            (cast.carla, "post", 405), (cast.carla, "delete", 405), (cast.rolf, "get", 404), (cast.tom, "get", 403),
        ):  # fmt: skip
            browser = Client()
            browser.force_login(user)
            assert getattr(browser, method)("/portal/nordwind/design/").status_code == code


class HomeTests:
    def test_each_is_told_what_waits_for_them(self, cast: Cast) -> None:
        row = submit(cast, element(cast, owner=cast.tess.person))
        assert needs(cast, cast.tom) == {"design.review": 1}
        assert needs(cast, cast.mara) == {}
        assert needs(cast, cast.fay) == {}
        review(cast, row)
        assert needs(cast, cast.mara) == needs(cast, cast.tess) == {"design.ready": 1}
        answer(ask(cast, row), REJECT, "Not so.")
        assert needs(cast, cast.mara) == {"design.feedback": 1, "design.rework": 1}
        assert needs(cast, cast.tom) == {}

    def test_the_station_is_done_when_everything_is_approved(self, cast: Cast) -> None:
        entry, today = enter(cast.mara, "nordwind", "project.view"), timezone.localdate()

        def now() -> tuple[str, str]:
            found = standing(entry, today)
            assert found is not None
            return found.state, found.reason

        assert now() == ("waiting", "None yet")
        approved(cast)
        assert now() == ("done", "1 of 1 approved")
        row = review(cast, submit(cast, element(cast, "Prices")))
        assert now() == ("moving", "1 of 2 approved")
        answer(ask(cast, row), REJECT, "Not so.")
        assert now() == ("moving", "1 of 2 approved, 1 to put right for the customer")
        assert standing(enter(cast.carla, "nordwind", "portal.view"), today) is None

    def test_the_customers_figures_count_only_what_they_were_shown(self, cast: Cast) -> None:
        today = timezone.localdate()
        assert team_design(cast.nordwind, today) is None
        approved(cast)
        element(cast, "Draft")
        assert customer_design(cast.rival, today) is None
        team, customer = team_design(cast.nordwind, today), customer_design(cast.nordwind, today)
        assert team is not None
        assert customer is not None
        assert (team["tiles"][0]["text"], customer["tiles"][0]["text"]) == ("50 %", "100 %")
        assert "feedback" not in str(customer).lower()

    def test_the_figures_are_told_in_german(self, cast: Cast) -> None:
        approved(cast)
        with translation.override("de"):
            data = customer_design(cast.nordwind, timezone.localdate())
        assert data is not None
        assert data["tiles"][0]["label"] == "Entwurf freigegeben"
        assert data["rows"][0]["label"] == "Komponente"


class DemoTests:
    def test_the_demo_has_something_of_everything(self) -> None:
        project = build(timezone.localdate())[0]
        write_requirements(project)
        write_designs(project)
        rows = DesignElement.objects.filter(project=project)
        assert rows.count() >= 14
        assert set(rows.values_list("status", flat=True)) == set(ElementState.values)
        assert rows.filter(with_customer=True).exists()
        assert rows.to_review().exists()
        assert TraceLink.objects.filter(project=project, source_kind="design").suspect().exists()
        assert DesignFeedback.objects.filter(element__project=project).blocking().exists()
        assert ArchitectureDecision.objects.filter(project=project).count() == 5
        assert rows.exclude(diagram="").count() == 2
        gate = gate_of(project=project)
        assert any(not line.is_met for line in gate.qualities)
        assert (
            sum(line.is_met for line in gate.musts) > Requirement.objects.filter(priority="must").count() / 2
        )
