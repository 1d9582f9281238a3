"""Lists: one thing done to many rows at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client

from budget.choices import EntryState
from budget.models import TimeEntry
from implement.testkit.cast import Cast
from projects.models import JournalEntry, Person, Task

Login = Callable[..., Client]
TASKS = "/projects/nordwind/tasks/"
TIME = "/projects/nordwind/time/"


def said(response: HttpResponse) -> str:
    """Return what the page would tell."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))  # type: ignore[attr-defined]


@pytest.fixture
def hours(cast: Cast) -> list[TimeEntry]:
    """Two hours of Tom and one of Mara, all handed in."""
    return [
        TimeEntry.objects.create(
            project=cast.nordwind,
            task=cast.setup,
            person=Person.objects.get(user=user),
            worked_on=date(2026, 3, day),
            seconds=3600,
            status=EntryState.SUBMITTED,
        )
        for user, day in ((cast.tom, 3), (cast.tom, 4), (cast.mara, 3))
    ]


class TrashTests:
    def test_a_summary_and_what_is_below_it_go_once(self, cast: Cast, login: Login) -> None:
        below = Task.objects.create(project=cast.nordwind, parent=cast.setup, name="Install", position=9)
        response = login(cast.mara).post(
            f"{TASKS}bulk/",
            {"do": "trash", "rows": [cast.setup.pk, below.pk, cast.kickoff.pk], "query": "q=a"},
        )
        assert response["Location"] == f"{TASKS}?q=a"
        assert set(Task.objects.filter(project=cast.nordwind)) == {cast.go_live}
        assert JournalEntry.objects.filter(action="task.trashed").count() == 3

    def test_rows_of_another_project_are_not_touched(self, cast: Cast, login: Login) -> None:
        response = login(cast.mara).post(f"{TASKS}bulk/", {"do": "trash", "rows": [cast.rival_task.pk]})
        assert Task.objects.filter(pk=cast.rival_task.pk).exists()
        assert "Choose the rows first" in said(response)

    def test_who_may_not_change_the_plan_is_not_offered_it(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        assert "data-bulk" not in browser.get(TASKS).content.decode()
        response = browser.post(f"{TASKS}bulk/", {"do": "trash", "rows": [cast.setup.pk]})
        assert Task.objects.filter(pk=cast.setup.pk).exists()
        assert "Choose what to do" in said(response)

    @pytest.mark.parametrize("rows", [[], ["x"], ["-1"], ["9" * 40], ["²"]])
    def test_nonsense_for_rows_is_asked_again(self, cast: Cast, login: Login, rows: list[str]) -> None:
        response = login(cast.mara).post(f"{TASKS}bulk/", {"do": "trash", "rows": rows})
        assert response.status_code == 302
        assert Task.objects.filter(project=cast.nordwind).count() == 3

    def test_too_many_rows_are_refused_whole(self, cast: Cast, login: Login) -> None:
        rows = [cast.setup.pk, *range(10_000, 10_600)]
        response = login(cast.mara).post(f"{TASKS}bulk/", {"do": "trash", "rows": rows})
        assert "At most 500 rows" in said(response)
        assert Task.objects.filter(pk=cast.setup.pk).exists()


class StepTests:
    def test_one_s_own_hours_are_left_and_it_says_why(
        self, cast: Cast, login: Login, hours: list[TimeEntry]
    ) -> None:
        response = login(cast.mara).post(
            f"{TIME}bulk/", {"do": "approve", "rows": [entry.pk for entry in hours]}
        )
        for entry in hours:
            entry.refresh_from_db()
        assert [entry.status for entry in hours] == ["approved", "approved", "submitted"]
        assert hours[0].cost_rate is not None
        assert "Approve: 2 time entries." in said(response)
        assert "1 left as they were. Nobody approves their own hours" in said(response)

    def test_a_rejection_needs_a_reason(self, cast: Cast, login: Login, hours: list[TimeEntry]) -> None:
        browser = login(cast.fay)
        rows = [entry.pk for entry in hours]
        assert "needs a reason" in said(browser.post(f"{TIME}bulk/", {"do": "reject", "rows": rows}))
        assert not TimeEntry.objects.filter(status=EntryState.REJECTED).exists()
        browser.post(f"{TIME}bulk/", {"do": "reject", "rows": rows, "reason": "Wrong week"})
        assert set(TimeEntry.objects.values_list("decision_note", flat=True)) == {"Wrong week"}

    def test_another_s_hours_cannot_be_approved_by_the_team(
        self, cast: Cast, login: Login, hours: list[TimeEntry]
    ) -> None:
        login(cast.tess).post(f"{TIME}bulk/", {"do": "approve", "rows": [entry.pk for entry in hours]})
        assert not TimeEntry.objects.exclude(status=EntryState.SUBMITTED).exists()


class PageTests:
    def test_the_export_has_no_boxes(self, cast: Cast, login: Login) -> None:
        text = login(cast.mara).get(f"{TASKS}export.csv").getvalue().decode("utf-8-sig")
        assert text.splitlines()[0].startswith("WBS,")
        assert "checkbox" not in text
