"""Goals: what the project is judged by, what serves them, and that a new name changes nothing signed in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.api import Api
from implement.testkit.cast import Cast
from projects.kit.access import enter
from projects.kit.texts import seal_of
from projects.models import JournalEntry
from projects.requirements.choices import RequirementState
from projects.requirements.models import Requirement, SuccessCriterion
from projects.requirements.prints import specification_html
from projects.requirements.selectors.goals import goal_standing
from projects.requirements.selectors.texts import content_of
from projects.requirements.services.goals import goal_delete, goal_save
from projects.requirements.services.requirements import requirement_delete, requirement_save
from projects.requirements.tests.factories import ask, validated, write
from projects.requirements.tests.test_imports import take
from projects.requirements.workflows import REQUIREMENT_WORKFLOW
from projects.signoffs.selectors import signoffs_of

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
TITLE = "Quotes go out on the same day"
OTHER = "Quotes go out within an hour"


def goal(cast: Cast, title: str = TITLE, **fields: Any) -> SuccessCriterion:
    """Let Mara write a goal down."""
    row = SuccessCriterion(project=cast.nordwind, title=title, **fields)
    return goal_save(goal=row, entry=enter(cast.mara, "nordwind", "requirements.change"))


def rename(cast: Cast, row: SuccessCriterion, title: str = OTHER, reason: str = "") -> None:
    row.refresh_from_db()
    row.title = title
    goal_save(goal=row, entry=enter(cast.mara, "nordwind", "requirements.change"), reason=reason)


class RenameTests:
    def test_what_is_signed_holds_the_title_as_text(self, cast: Cast) -> None:
        row = validated(cast, success_criterion=goal(cast))
        version = row.versions.get()
        assert version.content["success_criterion"] == TITLE
        assert version.sha256 == seal_of(content_of(row))
        (signoff,) = signoffs_of(row)
        assert ["Success criterion", TITLE] in signoff.decision.item.content["facts"]

    def test_a_new_title_is_a_new_version_and_what_was_signed_must_be_signed_again(self, cast: Cast) -> None:
        goal_ = goal(cast)
        signed = validated(cast, success_criterion=goal_)
        draft, other = write(cast, "Export", success_criterion=goal_), write(cast, "Print")
        with pytest.raises(DomainError, match="say why") as raised:
            rename(cast, goal_)
        assert "reason" in raised.value.fields
        rename(cast, goal_, reason="Sales want more")
        for row, status in (
            (signed, RequirementState.REWORK),
            (draft, RequirementState.DRAFT),
        ):
            row.refresh_from_db()
            assert (row.status, row.revision) == (status, 2)
            version = row.versions.first()
            assert (version.number, version.content["success_criterion"]) == (2, OTHER)
            assert version.sha256 == seal_of(content_of(row))
        assert signed.status_reason == "Sales want more"
        assert signed.versions.get(number=1).content["success_criterion"] == TITLE
        assert signoffs_of(signed)[0].is_stale
        other.refresh_from_db()
        assert other.revision == 1
        entry = JournalEntry.objects.filter(action="requirement.changed", target_id=str(signed.pk)).first()
        assert entry is not None
        assert entry.changes == {"success_criterion": [TITLE, OTHER]}

    def test_a_new_title_waits_while_the_customer_reads_the_old_one(self, cast: Cast) -> None:
        goal_ = goal(cast)
        ask(cast, write(cast, success_criterion=goal_))
        with pytest.raises(StateError, match="REQ-001 is at the customer"):
            rename(cast, goal_, reason="Sales want more")
        assert SuccessCriterion.objects.get().title == TITLE

    def test_what_is_deferred_does_not_come_back_signed_with_another_text(self, cast: Cast) -> None:
        goal_ = goal(cast)
        row = validated(cast, success_criterion=goal_)
        entry = enter(cast.mara, "nordwind", "requirements.view")
        REQUIREMENT_WORKFLOW.perform(name="defer", item=row, entry=entry, reason="Next year")
        rename(cast, goal_)
        row.refresh_from_db()
        assert (row.status, row.status_reason) == (RequirementState.DEFERRED, "Next year")
        REQUIREMENT_WORKFLOW.perform(name="resume", item=row, entry=entry)
        row.refresh_from_db()
        assert row.status == RequirementState.DRAFT

    def test_measure_target_and_day_change_without_a_signature(self, cast: Cast) -> None:
        goal_ = goal(cast)
        row = validated(cast, success_criterion=goal_)
        goal_.target_value, goal_.unit = 1, "day"
        goal_save(goal=goal_, entry=enter(cast.mara, "nordwind", "requirements.change"))
        row.refresh_from_db()
        assert (row.status, row.revision) == (RequirementState.VALIDATED, 1)

    def test_serving_another_goal_is_a_change_of_the_text(self, cast: Cast) -> None:
        row = validated(cast, success_criterion=goal(cast))
        row.success_criterion = goal(cast, OTHER)
        entry = enter(cast.mara, "nordwind", "requirements.change")
        with pytest.raises(DomainError, match="has signed"):
            requirement_save(requirement=row, entry=entry)


class WriteTests:
    def test_a_goal_is_written_down_once(self, cast: Cast) -> None:
        goal(cast)
        with pytest.raises(DomainError) as raised:
            goal(cast, TITLE.upper())
        assert "title" in raised.value.fields

    def test_a_goal_that_a_requirement_names_stays_even_for_one_in_the_trash(self, cast: Cast) -> None:
        entry = enter(cast.mara, "nordwind", "requirements.change")
        goal_ = goal(cast)
        row = write(cast, success_criterion=goal_)
        requirement_delete(requirement=row, entry=entry)
        with pytest.raises(StateError, match="still used"):
            goal_delete(goal=goal_, entry=entry)
        goal_delete(goal=goal(cast, OTHER), entry=entry)
        assert SuccessCriterion.objects.count() == 1

    def test_a_goal_of_another_project_is_refused(self, cast: Cast) -> None:
        theirs = SuccessCriterion.objects.create(project=cast.rival, title="Secret")
        with pytest.raises(DomainError) as raised:
            write(cast, success_criterion=theirs)
        assert "success_criterion" in raised.value.fields

    def test_who_may_only_read_writes_none(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            goal_save(
                goal=SuccessCriterion(project=cast.nordwind, title=TITLE),
                entry=enter(cast.fay, "nordwind", "requirements.view"),
            )


class StandingTests:
    def test_it_counts_what_is_in_scope(self, cast: Cast) -> None:
        goal_ = goal(cast)
        validated(cast, success_criterion=goal_)
        write(cast, "Draft", success_criterion=goal_)
        gone = write(cast, "Not now", success_criterion=goal_)
        entry = enter(cast.mara, "nordwind", "requirements.view")
        REQUIREMENT_WORKFLOW.perform(name="defer", item=gone, entry=entry, reason="Next year")
        standing = goal_standing(SuccessCriterion.objects.with_standing().get())
        assert (standing.total, standing.signed, standing.delivered) == (2, 1, 0)
        assert goal_standing(
            SuccessCriterion.objects.with_standing().get(pk=goal(cast, OTHER).pk)
        ).signed_percent is None  # fmt: skip


class FaceTests:
    def test_its_page_shows_what_serves_it_and_how_far_it_is(self, cast: Cast, login: Login) -> None:
        goal_ = goal(cast, baseline_value=12, target_value=4, unit="minutes")
        validated(cast, success_criterion=goal_)
        browser = login(cast.tom)
        page = browser.get(f"/projects/nordwind/goals/{goal_.pk}/").content.decode()
        for words in ("REQ-001 Import orders", "100 %", "1 of 1", "12 minutes", "4 minutes"):
            assert words in page, words
        assert TITLE in browser.get("/projects/nordwind/goals/").content.decode()
        assert (
            TITLE
            in browser.get(f"/projects/nordwind/requirements/?success_criterion={goal_.pk}").content.decode()
        )

    def test_the_form_asks_why_only_when_something_is_signed(self, cast: Cast, login: Login) -> None:
        goal_ = goal(cast)
        address = f"/projects/nordwind/goals/{goal_.pk}/edit/"
        browser = login(cast.mara)
        assert "called otherwise" not in browser.get(address).content.decode()
        validated(cast, success_criterion=goal_)
        assert "called otherwise" in browser.get(address).content.decode()
        data = {"title": OTHER, "audience": "internal", "version": goal_.version}
        assert browser.post(address, data).status_code == 422
        assert browser.post(address, {**data, "reason": "Sales want more"}).status_code == 302
        assert Requirement.objects.get().status == RequirementState.REWORK

    def test_the_customer_reads_what_is_shared_and_no_other(self, cast: Cast, login: Login) -> None:
        write(cast, success_criterion=goal(cast, audience="customer", target_value=4, unit="minutes"))
        goal(cast, "Win the tender of their rival")
        ask(cast, *Requirement.objects.all())
        page = login(cast.carla).get("/portal/nordwind/requirements/").content.decode()
        assert TITLE in page
        assert "4 minutes" in page
        assert "tender" not in page
        assert login(cast.carla).get("/projects/nordwind/goals/").status_code == 403
        printed = specification_html(cast.nordwind, {"edition": "customer"})
        assert TITLE in printed
        assert "tender" not in printed
        assert "tender" in specification_html(cast.nordwind, {"edition": "internal"})

    def test_it_is_written_renamed_and_read_over_the_api(self, cast: Cast, api: Api) -> None:
        caller = api(cast.mara)
        url = "/api/v1/projects/nordwind/goals/"
        made = caller.post(url, {"title": TITLE, "target_value": "4.5", "unit": "h"}, format="json")
        assert made.status_code == 201, made.content
        key = made.json()["id"]
        validated(cast, success_criterion=SuccessCriterion.objects.get())
        assert caller.get(f"{url}{key}/").json()["serving_signed"] == 1
        assert caller.post(url, {"title": TITLE}, format="json").status_code == 400
        assert caller.patch(f"{url}{key}/", {"title": OTHER}, format="json").status_code == 400
        body = {"title": OTHER, "reason": "Sales want more"}
        assert caller.patch(f"{url}{key}/", body, format="json").status_code == 200
        requirements = "/api/v1/projects/nordwind/requirements/"
        (row,) = caller.get(requirements, {"success_criterion": key}).json()["results"]
        assert (row["success_criterion"], row["goal"], row["status"]) == (key, OTHER, "rework")
        assert caller.delete(f"{url}{key}/").status_code == 409


FILE = f"""Title;Statement;Success criterion
Orders;The product shall take orders.;{TITLE.upper()}
Import;The product shall import orders.;New ways to sell
Print;The product shall print.;new ways  to sell
Plain;The product shall be plain.;
"""


class ImportTests:
    def test_a_known_title_is_linked_and_a_new_one_is_listed_and_written(self, cast: Cast) -> None:
        goal(cast)
        draft = take(cast, FILE)
        assert [(row.what, row.label) for row in draft.rows if row.what == "goal"] == [
            ("goal", "New ways to sell")
        ]
        named = list(Requirement.objects.values_list("title", "success_criterion__title"))
        assert named == [
            ("Orders", TITLE), ("Import", "New ways to sell"), ("Print", "New ways to sell"), ("Plain", None),
        ]  # fmt: skip
        again = take(cast, FILE)
        assert again.counts()["created"] == again.counts()["changed"] == 0
        assert SuccessCriterion.objects.count() == 2

    def test_a_goal_that_only_refused_rows_name_is_not_written(self, cast: Cast) -> None:
        ask(cast, write(cast, success_criterion=goal(cast)))
        take(cast, "Key;Statement;Success criterion\nREQ-001;The product shall print.;Another goal\n")
        assert SuccessCriterion.objects.get().title == TITLE
