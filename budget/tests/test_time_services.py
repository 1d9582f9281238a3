"""The rules of logging time, through services and the list's pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from budget import needs
from budget.models import RateCard, TimeEntry
from budget.services.rates import rate_save
from budget.services.time import (
    Cell,
    cells_save,
    check_bookable,
    copy_week,
    monday_of,
    time_delete,
    time_restore,
    time_save,
    week_submit,
)
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import enter
from projects.models import JournalEntry, Task

Login = Callable[..., Client]
URL = "/projects/nordwind/time/"


def blank(cast: Cast, **more: object) -> TimeEntry:
    return TimeEntry(
        **{"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "seconds": 3600,
           "worked_on": STARTS_ON} | more
    )  # fmt: skip


def tom(cast: Cast) -> object:
    return enter(cast.tom, "nordwind", "time.log")


class TrashTests:
    def test_what_comes_back_has_the_rates_of_now(self, cast: Cast) -> None:
        row = time_save(entry=blank(cast), access=tom(cast))
        time_delete(entry=row, access=tom(cast))
        for card in RateCard.objects.filter(project=cast.nordwind):
            card.cost_rate = 100
            rate_save(card=card, actor=cast.fay)
        time_restore(entry=TimeEntry.with_trash.get(), access=tom(cast))
        assert TimeEntry.objects.get().cost == 100


class SavingTests:
    def test_logged_time_has_its_price_at_once(self, cast: Cast) -> None:
        row = time_save(entry=blank(cast), access=tom(cast))
        assert (row.cost, row.bill, row.status) == (80, 150, "draft")

    @pytest.mark.parametrize("task", ["rival_task", "go_live"])
    def test_only_work_of_the_project_is_bookable(self, cast: Cast, task: str) -> None:
        with pytest.raises(DomainError) as refused:
            time_save(entry=blank(cast, task=getattr(cast, task)), access=tom(cast))
        assert "task" in refused.value.fields

    def test_a_summary_is_not_bookable(self, cast: Cast) -> None:
        cast.setup.is_summary = True
        with pytest.raises(DomainError, match="summary"):
            check_bookable(project=cast.nordwind, task=cast.setup, worked_on=STARTS_ON)

    @pytest.mark.parametrize("days", [-400, 5000])
    def test_days_that_cannot_have_been_worked_are_refused(self, cast: Cast, days: int) -> None:
        with pytest.raises(DomainError) as refused:
            time_save(entry=blank(cast, worked_on=STARTS_ON + timedelta(days=days)), access=tom(cast))
        assert "worked_on" in refused.value.fields

    @pytest.mark.parametrize("state", ["draft", "rejected", "submitted", "approved"])
    def test_a_day_never_has_more_than_24_hours(self, cast: Cast, state: str) -> None:
        blank(cast, project=cast.rival, task=None, seconds=23 * 3600, status=state).save()
        time_save(entry=blank(cast), access=tom(cast))
        with pytest.raises(DomainError, match="a day has 24"):
            time_save(entry=blank(cast, seconds=1), access=tom(cast))

    @pytest.mark.parametrize("state", ["submitted", "approved", "locked"])
    def test_what_is_handed_in_cannot_be_changed_or_thrown_away(self, cast: Cast, state: str) -> None:
        row = blank(cast, status=state)
        row.save()
        for verb in (time_save, time_delete):
            with pytest.raises(StateError):
                verb(entry=row, access=tom(cast))

    def test_a_rejected_entry_becomes_a_draft_when_it_is_corrected(self, cast: Cast) -> None:
        row = blank(cast, status="rejected")
        row.save()
        row.seconds = 1800
        assert time_save(entry=row, access=tom(cast)).status == "draft"

    def test_a_team_member_logs_for_nobody_else(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            time_save(entry=blank(cast, person=cast.tess.person), access=tom(cast))

    def test_a_manager_logs_for_people_of_the_project_only(self, cast: Cast) -> None:
        mara = enter(cast.mara, "nordwind", "time.log")
        assert time_save(entry=blank(cast), access=mara).pk
        with pytest.raises(DomainError, match="not on the project"):
            time_save(entry=blank(cast, person=cast.rita.person), access=mara)

    def test_the_history_of_an_entry_tells_no_money(self, cast: Cast) -> None:
        time_save(entry=blank(cast), access=tom(cast))
        changes = JournalEntry.objects.get(action="timeentry.added").changes
        assert "seconds" in changes
        assert not {"cost", "bill", "cost_rate", "bill_rate"} & set(changes)


class WeekTests:
    def test_a_cell_joins_the_entries_of_its_day(self, cast: Cast) -> None:
        blank(cast, seconds=1800).save()
        blank(cast, seconds=1800).save()
        cells = [Cell(task=cast.setup, day=STARTS_ON, seconds=5400)]
        assert cells_save(access=tom(cast), person=cast.tom.person, cells=cells) == 1
        assert [row.seconds for row in TimeEntry.objects.all()] == [5400]
        assert cells_save(access=tom(cast), person=cast.tom.person, cells=cells) == 0

    def test_one_bad_cell_saves_none(self, cast: Cast) -> None:
        cells = [
            Cell(task=cast.setup, day=STARTS_ON, seconds=3600),
            Cell(task=cast.setup, day=STARTS_ON + timedelta(days=1), seconds=90000),
        ]
        with pytest.raises(DomainError, match="Set up, Tuesday"):
            cells_save(access=tom(cast), person=cast.tom.person, cells=cells)
        assert not TimeEntry.objects.exists()

    def test_submitting_tells_the_manager_and_an_empty_week_is_refused(self, cast: Cast) -> None:
        blank(cast).save()
        submitted = {"access": tom(cast), "person": cast.tom.person, "monday": STARTS_ON}
        assert week_submit(**submitted) == 1
        told = JournalEntry.objects.get(action="timesheet.submitted").deliveries.all()
        assert [delivery.user for delivery in told] == [cast.mara]
        with pytest.raises(DomainError, match="no drafts"):
            week_submit(**submitted)

    def test_copying_leaves_out_what_cannot_be_booked_any_more(self, cast: Cast) -> None:
        blank(cast).save()
        blank(cast, task=cast.kickoff).save()
        blank(cast, task=None).save()
        Task.objects.filter(pk=cast.kickoff.pk).update(is_summary=True)
        copied = copy_week(person=cast.tom.person, access=tom(cast), monday=STARTS_ON + timedelta(days=7))
        assert copied == 1

    @pytest.mark.parametrize("offset", range(7))
    def test_every_day_belongs_to_its_monday(self, offset: int) -> None:
        assert monday_of(date(2026, 3, 2) + timedelta(days=offset)) == date(2026, 3, 2)


class ListTests:
    def test_a_team_member_sees_only_their_own_hours_and_no_money(self, cast: Cast, login: Login) -> None:
        blank(cast, cost=81, bill=151, note="mine").save()
        other = blank(cast, person=cast.tess.person, note="hers")
        other.save()
        browser = login(cast.tom)
        page = browser.get(URL).content.decode()
        assert "mine" in page
        assert "hers" not in page
        assert "81.00" not in page
        assert "151.00" not in page
        assert browser.get(f"{URL}{other.pk}/").status_code == 404
        assert browser.post(f"{URL}{other.pk}/delete/").status_code == 404
        assert browser.get(f"{URL}export.csv").status_code == 403

    def test_who_may_see_cost_sees_it_on_the_page_and_in_the_export(self, cast: Cast, login: Login) -> None:
        blank(cast, cost=81, bill=151).save()
        browser = login(cast.fay)
        assert "81.00" in browser.get(URL).content.decode()
        assert b"81" in b"".join(browser.get(f"{URL}export.csv"))

    def test_an_own_entry_shows_no_money_to_the_team(self, cast: Cast, login: Login) -> None:
        row = blank(cast, cost=81, bill=151, cost_rate=81, bill_rate=151)
        row.save()
        url = f"{URL}{row.pk}/"
        assert "81.00" not in login(cast.tom).get(url).content.decode()
        assert "81.00 EUR" in login(cast.mara).get(url).content.decode()

    def test_a_form_sent_twice_logs_once(self, cast: Cast, login: Login) -> None:
        data = {"person": cast.tom.person.pk, "task": cast.setup.pk, "worked_on": STARTS_ON, "seconds": "7:30",
                "nonce": "once"}  # fmt: skip
        browser = login(cast.tom)
        first, second = browser.post(f"{URL}add/", data), browser.post(f"{URL}add/", data)
        assert first["Location"] == second["Location"]
        assert TimeEntry.objects.get().seconds == 27000

    @pytest.mark.parametrize(
        "wrong",
        [{"task": "rival"}, {"person": "tess"}, {"seconds": "25"}, {"seconds": "0"}, {"seconds": "x" * 1_000_000},
         {"worked_on": "31.02.2026"}, {"note": "n" * 1_000_000}],
    )  # fmt: skip
    def test_wrong_input_is_named_beside_its_field(
        self, cast: Cast, login: Login, wrong: dict[str, str]
    ) -> None:
        known = {"rival": cast.rival_task.pk, "tess": cast.tess.person.pk}
        data = {"person": cast.tom.person.pk, "task": cast.setup.pk, "worked_on": STARTS_ON, "seconds": "1"}
        response = login(cast.tom).post(
            f"{URL}add/", data | {name: known.get(value, value) for name, value in wrong.items()}
        )
        assert response.status_code == 422
        assert "invalid-feedback" in response.content.decode()
        assert not TimeEntry.objects.exists()

    def test_the_tabs_lead_only_where_one_may_go(self, cast: Cast, login: Login) -> None:
        assert "time/approvals/" not in login(cast.tom).get(URL).content.decode()
        page = login(cast.mara).get(URL).content.decode()
        assert "time/approvals/" in page
        assert "/rates/" in page
        assert "/timesheet/" in page

    def test_a_restored_entry_must_still_fit_its_day(self, cast: Cast, login: Login) -> None:
        row = blank(cast, seconds=20 * 3600, deleted_at=timezone.now())
        row.save()
        blank(cast, seconds=20 * 3600).save()
        assert login(cast.tom).post(f"{URL}{row.pk}/restore/").status_code == 400
        assert TimeEntry.objects.count() == 1


class NeedsTests:
    def test_weeks_that_are_over_and_not_submitted_need_their_person(self, cast: Cast) -> None:
        blank(cast).save()
        blank(cast, worked_on=STARTS_ON + timedelta(days=1)).save()
        [need] = needs.unsubmitted(tom(cast))
        assert need.count == 1
        assert need.url.endswith(f"?week={STARTS_ON}")
        assert needs.unsubmitted(enter(cast.mara, "nordwind", "time.log"))[0].count == 0

    def test_rejected_hours_lead_to_their_week(self, cast: Cast) -> None:
        blank(cast, status="rejected").save()
        hours, expenses = needs.rejected(tom(cast))
        assert (hours.count, expenses.count) == (1, 0)
        assert str(STARTS_ON) in hours.url
