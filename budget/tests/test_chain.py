"""Approval in levels: by whom, in whose place, and never twice by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from rest_framework.test import APIClient

from budget import needs
from budget.models import Approver, EntryDecision, Expense, StandIn, TimeEntry, TimeRules
from budget.selectors.chain import chain_of
from budget.services.deciding import entries_decide
from budget.services.rules import approver_save, stand_in_save
from budget.services.time import monday_of, week_submit
from budget.workflows import TIME_WORKFLOW
from implement.accounts.models import User
from implement.core.db import AppendOnlyError
from implement.core.errors import DomainError, NotAllowed
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import Entry, enter
from projects.models import JournalEntry, Membership, Person
from projects.planning import today_of

Login = Callable[..., Client]
Api = Callable[..., APIClient]


def hours(cast: Cast, **more: object) -> TimeEntry:
    return TimeEntry.objects.create(
        **{"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "seconds": 3600,
           "worked_on": STARTS_ON, "status": "submitted"} | more
    )  # fmt: skip


def by(user: User) -> Entry:
    return enter(user, "nordwind", "time.decide")


def approve(user: User, *rows: TimeEntry) -> int:
    return entries_decide(model=TimeEntry, ids=[row.pk for row in rows], access=by(user), approve=True)


class TwoLevelTests:
    def test_manager_then_finance(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        row = hours(cast)
        assert chain_of(project=cast.nordwind).next_words(row) == "Level 1 of 2: Fay Finance or Mara Manager"
        approve(cast.mara, row)
        row.refresh_from_db()
        assert (row.status, row.approved_level, row.cost) == ("submitted", 1, 80)
        assert chain_of(project=cast.nordwind).next_words(row) == "Level 2 of 2: Fay Finance"
        told = JournalEntry.objects.get(action="time.passed")
        assert [delivery.user for delivery in told.deliveries.all()] == [cast.fay]
        with pytest.raises(NotAllowed, match="first level"):
            approve(cast.mara, row)
        approve(cast.fay, row)
        row.refresh_from_db()
        assert (row.status, row.approved_level) == ("approved", 2)
        assert [(one.actor, one.role, one.level, one.verdict) for one in EntryDecision.objects.all()] == [
            (cast.mara, "manager", 1, "approved"),
            (cast.fay, "finance", 2, "approved"),
        ]

    def test_one_person_never_decides_both(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        row = hours(cast)
        approve(cast.fay, row)
        with pytest.raises(NotAllowed, match="first level"):
            approve(cast.fay, row)
        approve(cast.ada, row)
        row.refresh_from_db()
        assert row.status == "approved"

    def test_a_rejection_at_the_second_begins_anew(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        row = hours(cast)
        approve(cast.mara, row)
        entries_decide(
            model=TimeEntry, ids=[row.pk], access=by(cast.fay), approve=False, reason="Which task?"
        )
        row.refresh_from_db()
        assert (row.status, row.approved_level) == ("rejected", 0)
        TIME_WORKFLOW.perform(name="submit", item=row, entry=enter(cast.tom, "nordwind", "time.log"))
        assert chain_of(project=cast.nordwind).level_of(row) == 1

    def test_the_step_of_one_row_counts_levels_as_well(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        row = hours(cast)
        TIME_WORKFLOW.perform(name="approve", item=row, entry=by(cast.mara))
        assert (row.status, row.approved_level) == ("submitted", 1)
        TIME_WORKFLOW.perform(name="approve", item=row, entry=by(cast.fay))
        assert row.status == "approved"
        assert EntryDecision.objects.count() == 2
        assert JournalEntry.objects.filter(action="timeentry.approve").first().changes["status"] == [
            "submitted",
            "approved",
        ]

    def test_expenses_go_the_same_way(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, levels=2)
        row = Expense.objects.create(
            project=cast.nordwind, person=cast.tom.person, spent_on=STARTS_ON, description="Train",
            amount=Decimal(40), currency="EUR", cost=Decimal(40), status="submitted",
        )  # fmt: skip
        for user, status in ((cast.mara, "submitted"), (cast.fay, "approved")):
            entries_decide(model=Expense, ids=[row.pk], access=by(user), approve=True)
            row.refresh_from_db()
            assert row.status == status


class NamedTests:
    def test_a_task_lead_decides_for_their_people_only(self, cast: Cast, login: Login) -> None:
        Approver.objects.create(project=cast.nordwind, person=cast.tom.person, approver=cast.tess.person)
        mine, other = hours(cast), hours(cast, person=cast.mara.person)
        page = login(cast.tess).get("/projects/nordwind/time/approvals/").content.decode()
        assert "Tom Team" in page
        assert "Mara Manager" not in page.split("<main")[1]
        assert [(need.title, need.count) for need in needs.named_approvals(by(cast.tess))] == [
            ("time entry to approve", 1),
            ("expenses to approve", 0),
        ]
        assert needs.named_approvals(by(cast.tom)) == []
        with pytest.raises(NotAllowed, match="decided by Tess Team"):
            approve(cast.mara, mine)
        with pytest.raises(NotAllowed):
            approve(cast.tess, other)
        assert approve(cast.tess, mine) == 1

    def test_the_one_for_everybody_does_not_decide_their_own(self, cast: Cast) -> None:
        Approver.objects.create(project=cast.nordwind, approver=cast.mara.person)
        own = hours(cast, person=cast.mara.person)
        with pytest.raises(NotAllowed, match="Nobody approves their own"):
            approve(cast.mara, own)
        assert approve(cast.fay, own) == 1

    def test_a_stand_in_decides_while_the_approver_is_away(self, cast: Cast) -> None:
        today = today_of(cast.nordwind)
        Approver.objects.create(project=cast.nordwind, approver=cast.mara.person)
        row, own = hours(cast), hours(cast, person=cast.tess.person)
        away = StandIn.objects.create(
            project=cast.nordwind, approver=cast.mara.person, delegate=cast.tess.person,
            starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1),
        )  # fmt: skip
        with pytest.raises(NotAllowed):
            approve(cast.tess, row)
        StandIn.objects.filter(pk=away.pk).update(ends_on=today)
        with pytest.raises(NotAllowed, match="Nobody approves their own"):
            approve(cast.tess, own)
        assert approve(cast.tess, row) == 1
        assert EntryDecision.objects.get().instead_of == cast.mara.person

    def test_who_approves_by_role_can_be_stood_in_for(self, cast: Cast, login: Login) -> None:
        today = today_of(cast.nordwind)
        row, manager = hours(cast), hours(cast, person=cast.mara.person)
        with pytest.raises(NotAllowed):
            approve(cast.tess, row)
        StandIn.objects.create(
            project=cast.nordwind, approver=cast.mara.person, delegate=cast.tess.person,
            starts_on=today, ends_on=today,
        )  # fmt: skip
        assert "Tess Team" in chain_of(project=cast.nordwind).next_words(row)
        assert needs.named_approvals(by(cast.tess))[0].count == 1
        page = login(cast.tess).get("/projects/nordwind/time/approvals/").content.decode().split("<main")[1]
        assert "Tom Team" in page
        # In the place of the person whose hours they are, nobody decides.
        with pytest.raises(NotAllowed):
            approve(cast.tess, manager)
        assert approve(cast.tess, row) == 1
        assert EntryDecision.objects.get().instead_of == cast.mara.person

    def test_who_has_left_the_project_keeps_nobody_waiting(self, cast: Cast) -> None:
        Approver.objects.create(project=cast.nordwind, approver=cast.tess.person)
        row = hours(cast)
        with pytest.raises(NotAllowed, match="decided by Tess Team"):
            approve(cast.mara, row)
        Membership.objects.filter(project=cast.nordwind, person=cast.tess.person).update(is_active=False)
        assert approve(cast.mara, row) == 1

    def test_what_needs_somebody_is_what_they_decide(self, cast: Cast) -> None:
        def waits(user: User) -> int:
            return needs.approvals(enter(user, "nordwind", "time.view"))[0].count

        TimeRules.objects.create(project=cast.nordwind, levels=2)
        row = hours(cast)
        hours(cast, person=cast.mara.person)
        assert (waits(cast.mara), waits(cast.fay)) == (1, 2)
        approve(cast.mara, row)
        assert (waits(cast.mara), waits(cast.fay)) == (0, 2)
        Approver.objects.create(project=cast.nordwind, level=2, approver=cast.tess.person)
        assert (waits(cast.fay), waits(cast.ada)) == (1, 2)
        Approver.objects.create(
            project=cast.nordwind, person=cast.mara.person, level=1, approver=cast.tess.person
        )
        assert (waits(cast.fay), waits(cast.ada)) == (0, 2)
        Approver.objects.create(
            project=cast.nordwind, person=cast.tom.person, level=2, approver=cast.fay.person
        )
        assert waits(cast.fay) == 1

    def test_a_week_handed_in_is_told_to_who_decides_it(self, cast: Cast) -> None:
        Approver.objects.create(project=cast.nordwind, person=cast.tom.person, approver=cast.tess.person)
        hours(cast, status="draft")
        week_submit(
            access=enter(cast.tom, "nordwind", "time.log"),
            person=cast.tom.person,
            monday=monday_of(STARTS_ON),
        )
        told = JournalEntry.objects.get(action="timesheet.submitted").deliveries.all()
        assert [delivery.user for delivery in told] == [cast.tess]

    def test_somebody_elses_stand_in_is_not_made_ones_own(self, cast: Cast, api: Api) -> None:
        row = StandIn.objects.create(
            project=cast.nordwind, approver=cast.mara.person, delegate=cast.fay.person,
            starts_on=STARTS_ON, ends_on=STARTS_ON,
        )  # fmt: skip
        address = f"/api/v1/projects/nordwind/stand-ins/{row.pk}/"
        said = {"approver": cast.tom.person.pk, "delegate": cast.tess.person.pk}
        assert api(cast.tom).patch(address, said, format="json").status_code == 403
        row.refresh_from_db()
        assert row.approver == cast.mara.person

    def test_who_may_say_so(self, cast: Cast) -> None:
        wrong = Approver(project=cast.nordwind, person=cast.tom.person, approver=cast.tom.person)
        mara = enter(cast.mara, "nordwind", "time.rules")
        with pytest.raises(DomainError, match="Nobody approves their own"):
            approver_save(row=wrong, access=mara)
        with pytest.raises(DomainError, match="not on the project's team"):
            approver_save(row=Approver(project=cast.nordwind, approver=cast.carla.person), access=mara)
        nobody = Person.objects.create(name="No Login")
        Membership.objects.create(project=cast.nordwind, person=nobody)
        with pytest.raises(DomainError, match="has no login"):
            approver_save(row=Approver(project=cast.nordwind, approver=nobody), access=mara)
        days = {"starts_on": STARTS_ON, "ends_on": STARTS_ON}
        with pytest.raises(NotAllowed):
            stand_in_save(
                row=StandIn(
                    project=cast.nordwind, approver=cast.mara.person, delegate=cast.tess.person, **days
                ),
                access=by(cast.tom),
            )
        own = StandIn(project=cast.nordwind, approver=cast.tom.person, delegate=cast.tess.person, **days)
        assert stand_in_save(row=own, access=by(cast.tom)).pk


class RecordTests:
    def test_a_decision_is_never_changed(self, cast: Cast) -> None:
        approve(cast.mara, hours(cast))
        decision = EntryDecision.objects.get()
        decision.comment = "x"
        with pytest.raises(AppendOnlyError):
            decision.save()
        with pytest.raises(AppendOnlyError):
            EntryDecision.objects.all().delete()

    def test_the_api_decides_many_at_once_and_tells_each(self, cast: Cast, api: Api) -> None:
        rows = [hours(cast), hours(cast, worked_on=STARTS_ON + timedelta(days=1))]
        address = "/api/v1/projects/nordwind/time-entries/decide/"
        said = {"ids": [row.pk for row in rows], "verdict": "approve"}
        for _ in range(2):
            done = api(cast.mara).post(address, said, format="json", HTTP_IDEMPOTENCY_KEY="once")
            assert (done.status_code, done.json()) == (200, {"count": 2})
        told = api(cast.tom).get("/api/v1/projects/nordwind/time-decisions/").json()["results"]
        assert {(one["time_entry"], one["level"], one["verdict"]) for one in told} == {
            (row.pk, 1, "approved") for row in rows
        }
        assert api(cast.tess).get("/api/v1/projects/nordwind/time-decisions/").json()["results"] == []
        assert api(cast.tom).post(address, said, format="json").status_code in {403, 409}
