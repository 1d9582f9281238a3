"""The plan's pages, as people use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from implement.testkit.cast import Cast
from projects.models import JournalEntry, Task

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
