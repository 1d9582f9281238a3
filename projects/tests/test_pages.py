"""The plan's pages, as people use them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from implement.testkit.cast import Cast
from projects.models import Baseline, BaselineTask, JournalEntry, Task
from projects.selectors.milestones import milestones_of

Login = Callable[..., Client]
PAGES = ["", "tasks/", "tasks/add/", "milestones/", "milestones/add/", "dependencies/", "dependencies/add/",
         "assignments/", "assignments/add/", "members/", "members/add/", "tasks/trash/", "tasks/export.csv",
         "tasks/export.xlsx"]  # fmt: skip


class TaskPagesTests:
    @pytest.mark.parametrize("page", PAGES)
    def test_the_manager_opens_every_page(self, cast: Cast, login: Login, page: str) -> None:
        assert login(cast.mara).get(f"/projects/nordwind/{page}").status_code == 200

    def test_adding_a_task_schedules_it_and_tells_the_journal(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(
            "/projects/nordwind/tasks/add/",
            {
                "name": "Train",
                "duration_minutes": "16",
                "constraint": "ASAP",
                "percent_complete": "0",
                "nonce": "n1",
            },
        )
        assert response.status_code == 302, response.content.decode()
        task = Task.objects.get(name="Train")
        assert task.duration_minutes == 960
        assert task.start is not None
        assert task.wbs == "4"
        assert JournalEntry.objects.filter(action="task.added", target_id=str(task.pk)).exists()

    def test_sending_the_form_twice_adds_one_task(self, cast: Cast, login: Login) -> None:
        data = {
            "name": "Twice",
            "duration_minutes": "8",
            "constraint": "ASAP",
            "percent_complete": "0",
            "nonce": "n2",
        }
        browser = login(cast.mara)
        first = browser.post("/projects/nordwind/tasks/add/", data)
        second = browser.post("/projects/nordwind/tasks/add/", data)
        assert first["Location"] == second["Location"]
        assert Task.objects.filter(name="Twice").count() == 1

    def test_a_stale_edit_shows_both_versions(self, cast: Cast, login: Login) -> None:
        url = f"/projects/nordwind/tasks/{cast.setup.pk}/edit/"
        data = {
            "name": "Mine",
            "duration_minutes": "40",
            "constraint": "ASAP",
            "percent_complete": "0",
            "version": 1,
        }
        Task.objects.filter(pk=cast.setup.pk).update(name="Theirs", version=2)
        response = login(cast.mara).post(url, data)
        assert response.status_code == 409
        assert "Mine" in response.content.decode()
        assert "Theirs" in response.content.decode()
        again = login(cast.mara).post(url, data | {"version": 2, "nonce": "later"})
        assert again.status_code == 302
        cast.setup.refresh_from_db()
        assert cast.setup.name == "Mine"

    def test_trash_and_restore(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        assert browser.post(f"/projects/nordwind/tasks/{cast.setup.pk}/delete/").status_code == 302
        assert not Task.objects.filter(pk=cast.setup.pk).exists()
        # The first page says what was done; from then on it stands nowhere but in the trash.
        browser.get("/projects/nordwind/tasks/")
        assert "Set up" not in browser.get("/projects/nordwind/tasks/").content.decode()
        assert browser.get(f"/projects/nordwind/tasks/{cast.setup.pk}/").status_code == 404
        assert "Set up" in browser.get("/projects/nordwind/tasks/trash/").content.decode()
        assert browser.post(f"/projects/nordwind/tasks/{cast.setup.pk}/restore/").status_code == 302
        assert Task.objects.filter(pk=cast.setup.pk).exists()

    def test_a_rival_gets_not_found(self, cast: Cast, login: Login) -> None:
        assert login(cast.rita).get("/projects/nordwind/tasks/").status_code == 404

    def test_the_customer_is_not_let_into_the_workspace(self, cast: Cast, login: Login) -> None:
        assert login(cast.carla).get("/projects/nordwind/tasks/").status_code == 403

    def test_a_task_of_another_project_cannot_be_the_parent(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(
            "/projects/nordwind/tasks/add/",
            {
                "name": "X",
                "parent": cast.rival_task.pk,
                "duration_minutes": "8",
                "constraint": "ASAP",
                "percent_complete": "0",
            },
        )
        assert response.status_code == 422

    def test_a_cycle_is_refused_with_its_path(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(
            "/projects/nordwind/dependencies/add/",
            {"predecessor": cast.setup.pk, "successor": cast.kickoff.pk, "type": "FS", "lag_minutes": "0"},
        )
        assert response.status_code == 422
        assert (
            "Kick-off → 2 Set up" in response.content.decode()
            or "Set up → 1 Kick-off" in response.content.decode()
        )


class MilestonePagesTests:
    @pytest.fixture
    def gate(self, cast: Cast) -> Task:
        """Return a milestone that slipped by two working days and is reached, with a payment."""
        planned, reached = (datetime(2026, 3, day, 12, tzinfo=UTC) for day in (5, 9))
        gate = cast.go_live
        Task.objects.filter(pk=gate.pk).update(
            is_milestone=True, duration_minutes=0, finish=reached, actual_finish=reached, percent_complete=100,
            payment_amount=Decimal(4200), is_published=True,
        )  # fmt: skip
        baseline = Baseline.objects.create(
            project=cast.nordwind, number=0, name="Signed", taken_at=datetime(2026, 3, 1, tzinfo=UTC)
        )
        BaselineTask.objects.create(baseline=baseline, task=gate, finish=planned, duration_minutes=0)
        return gate

    def test_what_misses_its_deadline_is_not_on_time_but_the_customer_knows_no_deadline(
        self, cast: Cast, gate: Task
    ) -> None:
        later, asked = datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 4, 12, tzinfo=UTC)
        Task.objects.filter(pk=gate.pk).update(
            finish=later, actual_finish=None, percent_complete=0, deadline=asked
        )
        day = date(2026, 3, 2)
        [ours] = milestones_of(project=cast.nordwind, as_of=day)
        [theirs] = milestones_of(project=cast.nordwind, as_of=day, only_published=True)
        assert (ours.slip_days, ours.state, theirs.state) == (0, "late", "on_time")
        assert milestones_of(project=cast.nordwind, as_of=date(2026, 3, 5))[0].state == "overdue"

    def test_list_export_and_page_tell_the_slip_the_payment_and_that_done_is_not_accepted(
        self, cast: Cast, login: Login, gate: Task
    ) -> None:
        browser = login(cast.mara)
        page = browser.get("/projects/nordwind/milestones/").content.decode()
        for said in ("Reached, not accepted yet", "5 Mar 2026", "9 Mar 2026", "+2", "4,200.00"):
            assert said in page
        body = b"".join(browser.get("/projects/nordwind/milestones/export.csv").streaming_content).decode()
        (told,) = csv.DictReader(body.lstrip("\ufeff").splitlines())
        assert (told["State"], told["Baseline"], told["Actual"], told["Slip (working days)"]) == (
            "Reached, not accepted yet", "2026-03-05", "2026-03-09", "2",
        )  # fmt: skip
        assert told["Payment"].startswith("4200")
        page = browser.get(f"/projects/nordwind/milestones/{gate.pk}/").content.decode()
        for said in ("Reached, not accepted yet", "5 Mar 2026", "+2", "4,200.00 EUR", "<dd>Yes</dd>"):
            assert said in page
        assert "True" not in page
        row = browser.get(f"/api/v1/projects/nordwind/milestones/{gate.pk}/").json()
        assert row["standing"] == {
            "state": "reached", "baseline_on": "2026-03-05", "forecast_on": "2026-03-09",
            "reached_on": "2026-03-09", "slip_days": 2,
        }  # fmt: skip
        Task.objects.filter(pk=gate.pk).update(accepted_at=datetime(2026, 3, 11, 12, tzinfo=UTC))
        assert "Accepted" in browser.get("/projects/nordwind/milestones/").content.decode()

    def test_who_may_not_see_money_sees_no_payment_on_any_of_them(
        self, cast: Cast, login: Login, gate: Task
    ) -> None:
        browser = login(cast.tom)
        for address in ("", "export.csv", f"{gate.pk}/"):
            answer = browser.get(f"/projects/nordwind/milestones/{address}")
            body = answer.getvalue().decode()
            assert "Payment" not in body
            assert "4200" not in body
            assert "4,200" not in body
