"""Hours and expenses for programs: whose rows, which figures, which steps, and never a lost update."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from budget.choices import EntryState
from budget.models import Expense, TimeEntry
from implement.accounts.models import User
from implement.testkit.api import Api, assert_problem
from implement.testkit.cast import Cast
from projects.models import JournalEntry, Person

PROJECT = "/api/v1/projects/nordwind/"
TIME = f"{PROJECT}time-entries/"
EXPENSES = f"{PROJECT}expenses/"
DAY = date(2026, 3, 9)
# Whatever is worth money, by the grant that shows it.
COST, BILL = {"cost", "cost_rate"}, {"bill", "bill_rate"}


def hours(cast: Cast, user: User, *, hour: float = 1, day: date = DAY, **values: Any) -> TimeEntry:
    """Return hours of a user on the set-up, priced as saved ones are."""
    return TimeEntry.objects.create(
        project=cast.nordwind,
        person=Person.objects.get(user=user),
        task=cast.setup,
        worked_on=day,
        seconds=int(hour * 3600),
        cost_rate=Decimal(80),
        bill_rate=Decimal(150),
        cost=Decimal(80),
        bill=Decimal(150),
        **values,
    )


def spent(cast: Cast, user: User, **values: Any) -> Expense:
    """Return an expense of a user."""
    return Expense.objects.create(
        project=cast.nordwind,
        person=Person.objects.get(user=user),
        spent_on=DAY,
        description="Train",
        amount=Decimal(50),
        currency="EUR",
        cost=Decimal(50),
        bill=Decimal(50),
        **values,
    )


class WhoseTests:
    def test_the_team_sees_its_own_rows_only_in_lists_and_one_by_one(self, cast: Cast, api: Api) -> None:
        mine, hers = hours(cast, cast.tom), hours(cast, cast.tess)
        my_cost, her_cost = spent(cast, cast.tom), spent(cast, cast.tess)
        client = api(cast.tom)
        for address, own, other in ((TIME, mine, hers), (EXPENSES, my_cost, her_cost)):
            assert [row["id"] for row in client.get(address).json()["results"]] == [own.pk]
            assert_problem(client.get(f"{address}{other.pk}/"), 404)
            assert_problem(client.patch(f"{address}{other.pk}/", {"note": "x"}, format="json"), 404)
            assert_problem(client.delete(f"{address}{other.pk}/"), 404)
            assert_problem(client.post(f"{address}{other.pk}/steps/", {"step": "submit"}, format="json"), 404)
        person = Person.objects.get(user=cast.tess).pk
        assert client.get(f"{TIME}?person={person}").json()["results"] == []

    def test_who_keeps_the_money_sees_everybodys(self, cast: Cast, api: Api) -> None:
        rows = {hours(cast, cast.tom).pk, hours(cast, cast.tess).pk}
        for user in (cast.mara, cast.fay, cast.ada):
            assert {row["id"] for row in api(user).get(TIME).json()["results"]} == rows

    def test_the_team_logs_for_nobody_else(self, cast: Cast, api: Api) -> None:
        values = {"worked_on": str(DAY), "seconds": 3600, "task": cast.setup.pk}
        own = api(cast.tom).post(TIME, values, format="json")
        assert own.status_code == 201, own.content
        assert own.json()["person"] == Person.objects.get(user=cast.tom).pk
        for_tess = values | {"person": Person.objects.get(user=cast.tess).pk}
        assert_problem(api(cast.tom).post(TIME, for_tess, format="json"), 403)
        assert api(cast.mara).post(TIME, for_tess, format="json").status_code == 201

    def test_an_administrator_who_is_nobody_here_names_a_person(self, cast: Cast, api: Api) -> None:
        values = {"worked_on": str(DAY), "seconds": 3600, "task": cast.setup.pk}
        assert_problem(api(cast.ada).post(TIME, values, format="json"), 400, "person")


class HiddenTests:
    @pytest.mark.parametrize(
        ("who", "shown"),
        [("tom", set()), ("fay", COST | BILL), ("mara", COST | BILL), ("ada", COST | BILL)],
    )
    def test_figures_are_shown_to_whom_they_concern(
        self, cast: Cast, api: Api, who: str, shown: set[str]
    ) -> None:
        # Ada works on nothing herself.
        whose = cast.tom if who == "ada" else getattr(cast, who)
        client, worked, paid = api(getattr(cast, who)), hours(cast, whose), spent(cast, whose)
        for address, row in ((TIME, worked), (EXPENSES, paid)):
            one = client.get(f"{address}{row.pk}/").json()
            listed = client.get(address).json()["results"][0]
            for answer in (one, listed):
                assert set(answer) & (COST | BILL) <= shown
        assert set(client.get(f"{TIME}{worked.pk}/").json()) & (COST | BILL) == shown

    def test_the_answer_to_a_write_hides_them_too(self, cast: Cast, api: Api) -> None:
        client = api(cast.tom)
        values = {
            "worked_on": str(DAY),
            "seconds": 3600,
            "task": cast.setup.pk,
            "cost": "1",
            "bill_rate": "9",
        }
        made = client.post(TIME, values, format="json")
        assert made.status_code == 201, made.content
        row = TimeEntry.objects.get(pk=made.json()["id"])
        assert (row.cost, row.bill_rate) == (Decimal(80), Decimal(150))
        address = f"{TIME}{row.pk}/"
        changed = client.patch(address, {"note": "x", "cost": "1"}, format="json")
        stepped = client.post(f"{address}steps/", {"step": "submit"}, format="json")
        for answer in (made, changed, stepped):
            assert not set(answer.json()) & (COST | BILL)

    @pytest.mark.parametrize(
        "room", ["rate-cards/", "reports/", "earned-value/?measure=cost", "budget/figures/?measure=cost"]
    )
    def test_nothing_else_tells_the_team_what_it_costs(self, cast: Cast, api: Api, room: str) -> None:
        assert_problem(api(cast.tom).get(f"{PROJECT}{room}"), 403)

    def test_budget_lines_and_figures_of_the_team_are_hours(self, cast: Cast, api: Api) -> None:
        manager, team = api(cast.mara), api(cast.tom)
        line = {
            "task": cast.setup.pk,
            "category": "labour",
            "planned_seconds": 3600,
            "cost": "80",
            "bill": "1",
        }
        assert manager.post(f"{PROJECT}budget-lines/", line, format="json").status_code == 201
        shown = team.get(f"{PROJECT}budget-lines/").json()["results"][0]
        assert not set(shown) & (COST | BILL)
        assert team.get(f"{PROJECT}budget/figures/").json()["measure"] == "hours"
        assert_problem(team.get(f"{PROJECT}budget-lines/?ordering=cost"), 400, "ordering")

    def test_the_customer_reads_no_hours_nor_money(self, cast: Cast, api: Api) -> None:
        hours(cast, cast.tom)
        for room in (
            "time-entries",
            "expenses",
            "rate-cards",
            "budget-lines",
            "budget/figures",
            "earned-value",
        ):
            assert_problem(api(cast.carla).get(f"{PROJECT}{room}/"), 403)

    def test_a_token_of_another_room_does_not_show_cost(self, cast: Cast, api: Api) -> None:
        row = hours(cast, cast.mara)
        shown = api(cast.mara, "read:time").get(f"{TIME}{row.pk}/").json()
        assert not set(shown) & (COST | BILL)
        assert set(api(cast.mara, "read").get(f"{TIME}{row.pk}/").json()) >= COST | BILL


class ListTests:
    def test_filters(self, cast: Cast, api: Api) -> None:
        early = hours(cast, cast.tom, day=DAY, note="Field mapping")
        late = hours(cast, cast.tess, day=DAY + timedelta(days=3), is_billable=False)
        sent = hours(cast, cast.tom, day=DAY + timedelta(days=6), status=EntryState.SUBMITTED)
        client = api(cast.mara)
        tess = Person.objects.get(user=cast.tess).pk
        for query, wanted in (
            (f"person={tess}", {late.pk}),
            ("status=submitted", {sent.pk}),
            ("is_billable=false", {late.pk}),
            (f"worked_from={DAY + timedelta(days=3)}", {late.pk, sent.pk}),
            (f"worked_to={DAY + timedelta(days=3)}", {early.pk, late.pk}),
            (f"worked_from={DAY}&worked_to={DAY}", {early.pk}),
            ("q=mapping", {early.pk}),
            (f"task={cast.setup.pk}", {early.pk, late.pk, sent.pk}),
        ):
            found = {row["id"] for row in client.get(f"{TIME}?{query}").json()["results"]}
            assert found == wanted, query

    def test_orders(self, cast: Cast, api: Api) -> None:
        short = hours(cast, cast.tom, hour=1, day=DAY)
        long = hours(cast, cast.tom, hour=5, day=DAY)
        later = hours(cast, cast.tom, hour=3, day=DAY + timedelta(days=1))
        client = api(cast.tom)
        for query, wanted in (
            ("", [later, long, short]),
            ("?ordering=seconds", [short, later, long]),
            ("?ordering=-seconds", [long, later, short]),
            ("?ordering=worked_on,-seconds", [long, short, later]),
        ):
            found = [row["id"] for row in client.get(f"{TIME}{query}").json()["results"]]
            assert found == [row.pk for row in wanted], query

    @pytest.mark.parametrize("ordering", ["", "worked_on", "-worked_on", "seconds"])
    def test_pages_hold_every_row_once_while_rows_are_added(
        self, cast: Cast, api: Api, ordering: str
    ) -> None:
        before = {hours(cast, cast.tom, day=DAY + timedelta(days=n % 3)).pk for n in range(23)}
        client, found, pages = api(cast.tom), [], 0
        address = f"{TIME}?page_size=4" + (f"&ordering={ordering}" if ordering else "")
        while address:
            page = client.get(address).json()
            found += [row["id"] for row in page["results"]]
            address, pages = page["next"], pages + 1
            # Somebody logs hours on the first, the middle and the last of the days, between any two pages.
            hours(cast, cast.tom, day=DAY + timedelta(days=pages % 3))
            assert pages < 30
        assert len(found) == len(set(found))
        assert before <= set(found)


class VersionTests:
    def test_what_somebody_else_changed_is_not_overwritten(self, cast: Cast, api: Api) -> None:
        client, row = api(cast.tom), hours(cast, cast.tom)
        address = f"{TIME}{row.pk}/"
        read = client.get(address)["ETag"]
        saved = client.patch(address, {"seconds": 7200}, format="json", HTTP_IF_MATCH=read)
        assert saved.status_code == 200
        assert saved["ETag"] != read
        assert_problem(client.patch(address, {"seconds": 60}, format="json", HTTP_IF_MATCH=read), 412)
        assert_problem(
            client.put(address, {"worked_on": "2026-03-09"}, format="json", HTTP_IF_MATCH=read), 412
        )
        assert_problem(client.delete(address, HTTP_IF_MATCH=read), 412)
        row.refresh_from_db()
        assert row.seconds == 7200
        either = f'"999", W/{saved["ETag"]}'
        assert client.patch(address, {"note": "ok"}, format="json", HTTP_IF_MATCH=either).status_code == 200
        assert client.delete(address, HTTP_IF_MATCH="*").status_code == 204

    def test_a_step_counts_the_version_up(self, cast: Cast, api: Api) -> None:
        client, row = api(cast.tom), hours(cast, cast.tom)
        read = client.get(f"{TIME}{row.pk}/")["ETag"]
        stepped = client.post(f"{TIME}{row.pk}/steps/", {"step": "submit"}, format="json")
        assert stepped["ETag"] != read


class StepTests:
    @pytest.mark.parametrize("state", [EntryState.SUBMITTED, EntryState.APPROVED])
    def test_what_was_handed_in_is_locked(self, cast: Cast, api: Api, state: str) -> None:
        row, cost = hours(cast, cast.tom, status=state), spent(cast, cast.tom, status=state)
        for user in (cast.tom, cast.mara):
            client = api(user)
            for address in (f"{TIME}{row.pk}/", f"{EXPENSES}{cost.pk}/"):
                assert_problem(client.patch(address, {"is_billable": False}, format="json"), 409)
                assert_problem(client.delete(address), 409)
        row.refresh_from_db()
        assert (row.is_billable, row.deleted_at, row.status) == (True, None, state)

    def test_the_status_is_no_field(self, cast: Cast, api: Api) -> None:
        row = hours(cast, cast.tom)
        changed = api(cast.tom).patch(f"{TIME}{row.pk}/", {"status": "approved"}, format="json")
        assert changed.json()["status"] == "draft"

    def test_the_whole_way_of_an_entry(self, cast: Cast, api: Api) -> None:
        row = hours(cast, cast.tom)
        team, manager, steps = api(cast.tom), api(cast.mara), f"{TIME}{row.pk}/steps/"
        for client, said, state in (
            (team, {"step": "submit"}, "submitted"),
            (team, {"step": "withdraw"}, "draft"),
            (team, {"step": "submit"}, "submitted"),
            (manager, {"step": "reject", "reason": "Which customer?"}, "rejected"),
            (team, {"step": "submit"}, "submitted"),
            (manager, {"step": "approve"}, "approved"),
        ):
            answer = client.post(steps, said, format="json")
            assert answer.status_code == 200, answer.content
            assert answer.json()["status"] == state
        actions = JournalEntry.objects.filter(target_id=str(row.pk)).values_list("action", flat=True)
        assert len(actions) == 6

    def test_steps_that_are_refused_say_why(self, cast: Cast, api: Api) -> None:
        own, toms = hours(cast, cast.mara), hours(cast, cast.tom, status=EntryState.SUBMITTED)
        team, manager = api(cast.tom), api(cast.mara)
        steps = f"{TIME}{toms.pk}/steps/"
        assert_problem(team.post(steps, {"step": "approve"}, format="json"), 403)
        assert_problem(team.post(steps, {"step": "submit"}, format="json"), 409)
        assert_problem(manager.post(steps, {"step": "withdraw"}, format="json"), 409)
        assert_problem(manager.post(steps, {"step": "reject"}, format="json"), 400, "reason")
        assert_problem(manager.post(steps, {"step": "fly"}, format="json"), 400, "step")
        assert_problem(manager.post(steps, {}, format="json"), 400, "step")
        assert_problem(api(cast.mara, "read").post(steps, {"step": "approve"}, format="json"), 403)
        TimeEntry.objects.filter(pk=own.pk).update(status=EntryState.SUBMITTED)
        refused = manager.post(f"{TIME}{own.pk}/steps/", {"step": "approve"}, format="json")
        assert_problem(refused, 409)
        assert "Nobody approves their own" in refused.json()["detail"]


class RefusedTests:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"seconds": 90_000}, "seconds"),
            ({"seconds": -1}, "seconds"),
            ({"worked_on": "2199-01-01"}, "worked_on"),
            ({"worked_on": "2020-01-01"}, "worked_on"),
            ({"worked_on": "1850-01-01"}, "worked_on"),
            ({"worked_on": None}, "worked_on"),
            ({"note": "x" * 1_000_000}, "note"),
            ({"is_billable": "perhaps"}, "is_billable"),
        ],
    )
    def test_hours_that_cannot_be_are_named(
        self, cast: Cast, api: Api, changed: dict[str, Any], field: str
    ) -> None:
        values = {"worked_on": str(DAY), "seconds": 3600, "task": cast.setup.pk}
        assert_problem(api(cast.tom).post(TIME, values | changed, format="json"), 400, field)

    def test_a_milestone_takes_no_hours(self, cast: Cast, api: Api) -> None:
        values = {"worked_on": str(DAY), "seconds": 3600, "task": cast.go_live.pk}
        assert_problem(api(cast.tom).post(TIME, values, format="json"), 400, "task")

    def test_a_day_has_24_hours_over_all_projects(self, cast: Cast, api: Api) -> None:
        hours(cast, cast.tom, hour=20)
        values = {"worked_on": str(DAY), "seconds": 5 * 3600, "task": cast.setup.pk}
        assert_problem(api(cast.tom).post(TIME, values, format="json"), 400, "seconds")

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"amount": "-1"}, "amount"),
            ({"amount": "1.234567"}, "amount"),
            ({"amount": "NaN"}, "amount"),
            ({"currency": "euros"}, "currency"),
            ({"exchange_rate": "0"}, "exchange_rate"),
            ({"description": ""}, "description"),
        ],
    )
    def test_expenses_that_cannot_be_are_named(
        self, cast: Cast, api: Api, changed: dict[str, Any], field: str
    ) -> None:
        values = {"spent_on": str(DAY), "description": "Train", "amount": "50.00", "currency": "EUR"}
        assert_problem(api(cast.tom).post(EXPENSES, values | changed, format="json"), 400, field)
