"""A whole work log as a project: every hour of the file, on days on which it may have been worked."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from budget.imports.spread import shares, spread, working_days
from budget.models import BudgetLine, TimeEntry
from implement.core.calendars import WorkingCalendar
from implement.testkit.cast import Cast
from projects.models import Assignment, Project, Task
from projects.tests.importing import (
    SHARED,
    apply,
    empty_project,
    opened,
    rows,
    shared,
    stored,
    upload,
)

KIND = "worklog.sip"
HEAD = (
    "TaskNumber,Summary,StatusCode,ProjectCode,Category,SubCategory,HoursEstimate,HoursActual,DeveloperID,"
    "DeveloperHoursActual\n"
)
TASKS = HEAD + (
    "1,Dig,FINISHED,P1,Development,Bug,10,30,58,20\n"
    "1,Dig,FINISHED,P1,Development,Bug,10,30,7,10\n"
    "2,Plan,ESTIMATED,P1,Management,Meeting,3,0,58,0\n"
)
DATES = "TaskNumber,EstimateOn,StartedOn,CompletedOn\n1,02-Nov-04,02-Nov-04,05-Nov-04\n2,02-Nov-04,,\n"
WEEK = WorkingCalendar.standard()


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def fresh(cast: Cast) -> Project:
    return empty_project(cast.nordwind.customer, cast.mara)


def log(user, project, tasks: str = TASKS, dates: str = DATES, **answers: str):
    return upload(user, project, KIND, tasks.encode(), "tasks.csv", dates.encode(), **answers)


class WorkLogTests:
    def test_tasks_people_budget_and_hours(self, cast, fresh):
        before = stored()
        run = log(cast.mara, fresh)
        assert run.state == "previewed", run.preview.get("error")
        assert stored() == before
        run = apply(cast.mara, run)
        assert run.state == "applied", run.job.error
        outline = list(fresh.tasks.values_list("wbs", "name", "code", "percent_complete"))
        assert outline == [
            ("1", "Development", "category-development", 0),
            ("1.1", "Dig", "1", 100),
            ("2", "Management", "category-management", 0),
            ("2.1", "Plan", "2", 0),
        ]
        dig = fresh.tasks.get(code="1")
        assert (dig.start.date(), dig.finish.date()) == (date(2004, 11, 2), date(2004, 11, 5))
        lines = BudgetLine.objects.filter(task=dig).values_list("person__name", "planned_seconds")
        assert set(lines) == {("Person 58", 24000), ("Person 7", 12000)}
        entries = TimeEntry.objects.filter(task=dig)
        assert {entry.status for entry in entries} == {"approved"}
        assert entries.filter(person__name="Person 58").aggregate(total=Sum("seconds"))["total"] == 72000
        assert {entry.worked_on for entry in entries} <= {date(2004, 11, 2) + timedelta(n) for n in range(4)}
        assert Assignment.objects.filter(task__project=fresh).count() == 3
        fresh.refresh_from_db()
        assert fresh.starts_on == date(2004, 11, 2)

    def test_a_second_import_adds_nothing(self, cast, fresh):
        apply(cast.mara, log(cast.mara, fresh))
        before = stored()
        again = log(cast.mara, fresh)
        assert again.preview["counts"]["created"] == again.preview["counts"]["changed"] == 0
        assert apply(cast.mara, again).state == "applied"
        after = stored()
        before["projects.journalentry"] += 1
        assert after == before

    def test_the_project_of_the_file_is_asked_when_there_are_several(self, cast, fresh):
        tasks = TASKS + "3,X,FINISHED,P2,Development,Bug,1,1,58,1\n"
        run = log(cast.mara, fresh, tasks)
        assert opened(run) == {"project_code"}
        assert log(cast.mara, fresh, tasks, project_code="P1").state == "previewed"

    def test_a_task_with_hours_but_no_date_is_refused(self, cast, fresh):
        run = log(cast.mara, fresh, dates="TaskNumber,EstimateOn,StartedOn,CompletedOn\n1,,,\n2,,,\n")
        [refused] = rows(run, "refused")
        assert "no date" in refused["message"]
        assert refused["line"] == 2

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (",58,20", ",58,-20", "Negative hours"),
            (",58,20", ",58,=20", "is not a number"),
            (",58,20", ",58,21", "sum to 31"),
            ("HoursEstimate", "HoursActual", "Two columns"),
            ("Category", "Kategorie", "The column Category is missing"),
            ("2,Plan", "3,Plan", "no row in the file of dates"),
        ],
    )
    def test_a_bad_file_is_refused_with_its_place(self, cast, fresh, old, new, said):
        before = stored()
        run = log(cast.mara, fresh, TASKS.replace(old, new, 1))
        assert run.state == "refused"
        assert said in run.preview["error"]["message"]
        assert stored() == before

    def test_other_date_orders_are_refused_by_value(self, cast, fresh):
        run = log(cast.mara, fresh, dates=DATES.replace("05-Nov-04", "11/25/2004"))
        assert run.preview["error"]["value"] == "11/25/2004"


class RealLogTests:
    def test_the_totals_agree_with_the_file_to_the_hundredth_of_an_hour(self, cast):
        shared("sip", "Sip-task-info.csv")
        out = StringIO()
        call_command(
            "load_worklog",
            "--project=pc9",
            f"--file={SHARED / 'sip' / 'Sip-task-info.csv'}",
            f"--dates={SHARED / 'sip' / 'est-act-dates.csv'}",
            "--code=PC9",
            stdout=out,
        )
        said = out.getvalue()
        assert "Rows in the file: 1,755" in said
        assert "People in the file: 14" in said
        assert "Hours in the file: 13,962.30" in said
        assert "Hours that are new: 13,962.30" in said
        project = Project.objects.get(code="pc9")
        booked = TimeEntry.objects.filter(project=project)
        assert Decimal(booked.aggregate(total=Sum("seconds"))["total"]) / 3600 == Decimal("13962.30")
        assert booked.values("person").distinct().count() == 14
        assert BudgetLine.objects.filter(project=project).count() == 1755
        days = booked.order_by().values("person", "worked_on").annotate(total=Sum("seconds"))
        assert max(day["total"] for day in days) <= 24 * 3600
        assert Task.objects.filter(project=project, is_summary=False).count() == 1255

    def test_the_command_says_what_is_wrong(self, cast, tmp_path):
        path = tmp_path / "x.csv"
        path.write_text("no,log\n1,2\n")
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("load_worklog", project="p", file=tmp_path / "none", dates=path)
        with pytest.raises(CommandError, match="column TaskNumber is missing"):
            call_command("load_worklog", project="p", file=path, dates=path)
        with pytest.raises(CommandError, match="no user"):
            call_command("load_worklog", project="p", file=path, dates=path, by="nobody@example.test")
        (tmp_path / "tasks.csv").write_text(TASKS + "3,X,FINISHED,P2,Development,Bug,1,1,58,1\n")
        (tmp_path / "dates.csv").write_text(DATES)
        with pytest.raises(CommandError, match="--code"):
            call_command(
                "load_worklog", project="p", file=tmp_path / "tasks.csv", dates=tmp_path / "dates.csv"
            )


class SpreadTests:
    @given(
        seconds=st.integers(1, 3_000_000),
        length=st.integers(0, 60),
        full=st.dictionaries(st.integers(0, 90), st.integers(0, 86_400)),
    )
    def test_nothing_is_lost_and_no_day_is_overfull(self, seconds, length, full):
        first = date(2024, 1, 1)
        used = Counter({first + timedelta(days=day): value for day, value in full.items()})
        pieces = spread(
            seconds=seconds,
            days=working_days(WEEK, first, first + timedelta(days=length)),
            calendar=WEEK,
            free=lambda day: 86_400 - used[day],
        )
        assert sum(piece for _, piece in pieces) == seconds
        assert len({day for day, _ in pieces}) == len(pieces)
        assert all(0 < piece <= 86_400 - used[day] for day, piece in pieces)

    @given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
    def test_shares_sum_to_the_total(self, total, weights):
        parts = shares(total, weights)
        assert sum(parts) == total
        assert all(part >= 0 for part in parts)
