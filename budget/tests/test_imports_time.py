"""Hours from other tools: what arrives, what is asked, what is refused with its line, column and value."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from budget.models import TimeEntry
from implement.core.errors import DomainError, NotAllowed
from implement.testkit.cast import Cast
from projects.kit import imports
from projects.kit.access import enter
from projects.models import ColumnMapping, Membership, Person, Project, Task
from projects.tests.importing import answer, apply, opened, rows, shared, stored, upload

KIND = "time.file"
HEAD = "Date,Person,Task,Hours,Note\n"


def table(*lines: str, head: str = HEAD) -> bytes:
    return (head + "\n".join(lines) + "\n").encode()


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project(cast: Cast) -> Project:
    Project.objects.filter(pk=cast.nordwind.pk).update(starts_on=date(2024, 1, 1))
    cast.nordwind.refresh_from_db()
    return cast.nordwind


class ClockifyTogglTests:
    def test_the_date_order_is_asked_once_and_the_seconds_are_exact(self, cast, project):
        content = shared("timesheets", "clockify_time_entries_import_test_1.csv")
        run = upload(cast.mara, project, KIND, content, "clockify.csv")
        assert opened(run) == {"date_order"}
        run = answer(cast.mara, run, date_order="mdy")
        assert opened(run) == {"people", "tasks"}
        run = apply(cast.mara, answer(cast.mara, run, people="create", tasks="create"))
        assert run.state == "applied", run.job.error
        entry = TimeEntry.objects.get(project=project)
        assert (entry.seconds, entry.worked_on, entry.status) == (3601, date(2024, 3, 4), "draft")
        assert entry.is_billable
        assert entry.task.name == "Task 1"
        peter = Person.objects.get(email="peter.test@email.test")
        assert peter.user is None
        assert Membership.objects.get(project=project, person=peter).role == "team"
        assert entry.cost is None  # No rate is in force that early.
        before = stored()
        again = upload(cast.mara, project, KIND, content, "clockify.csv", date_order="mdy")
        assert again.preview["counts"] == {"created": 0, "changed": 0, "unchanged": 1, "refused": 0}
        apply(cast.mara, again)
        after = stored()
        assert after["budget.timeentry"] == before["budget.timeentry"]
        assert after["projects.person"] == before["projects.person"]

    def test_a_date_that_is_none_is_refused_by_line_column_and_value(self, cast, project):
        content = shared("timesheets", "clockify_time_entries_import_test_3.csv")
        run = upload(cast.mara, project, KIND, content, "clockify.csv")
        [refused] = rows(run, "refused")
        assert (refused["line"], refused["column"], refused["value"]) == (2, "Start Date", "13/15/2024")

    def test_toggl(self, cast, project):
        content = shared("timesheets", "toggl_time_entries_import_test_1.csv")
        run = upload(cast.mara, project, KIND, content, "toggl.csv", people="skip", tasks="none")
        assert ["Format", "Toggl"] in run.preview["totals"]
        assert [row["message"] for row in rows(run, "refused")] == ["The person is left out."]


class GeneralTableTests:
    def test_people_and_tasks_of_the_project_are_matched_and_priced(self, cast, project):
        run = upload(cast.mara, project, KIND, table("2026-03-03,Tom Team,Set up,7.5,x"), "t.csv")
        assert run.state == "previewed", (opened(run), run.preview.get("error"))
        apply(cast.mara, run)
        entry = TimeEntry.objects.get(project=project)
        assert (entry.person, entry.task, entry.seconds) == (cast.tom.person, cast.setup, 27000)
        assert (entry.cost, entry.bill) == (600, 1125)

    def test_columns_with_other_names_are_asked_and_remembered(self, cast, project):
        content = table("2026-03-03,Tom Team,Set up,7.5", head="Wann,Wer,Was,Wieviel\n")
        run = upload(cast.mara, project, KIND, content, "t.csv")
        assert opened(run) == {"column:date", "column:duration"}
        run = answer(
            cast.mara,
            run,
            column__date="0",
            column__person_name="1",
            column__task_name="2",
            column__duration="3",
        )
        assert run.state == "previewed", opened(run)
        assert apply(cast.mara, run).state == "applied"
        assert ColumnMapping.objects.get(project=project).options["mapping"]["task_name"] == 2
        next_file = table("2026-03-04,Tom Team,Set up,2", head="Wann,Wer,Was,Wieviel\n")
        run = upload(cast.mara, project, KIND, next_file, "t2.csv")
        assert run.state == "previewed"
        assert len(rows(run, "created", "time entry")) == 1

    def test_a_row_with_an_id_of_its_own_is_updated_while_it_is_a_draft(self, cast, project):
        head = "Date,Person,Task,Hours,Id\n"
        first = table("2026-03-03,Tom Team,Set up,7,A1", head=head)
        apply(cast.mara, upload(cast.mara, project, KIND, first, "t.csv"))
        second = table("2026-03-03,Tom Team,Set up,6,A1", head=head)
        run = upload(cast.mara, project, KIND, second, "t.csv")
        assert len(rows(run, "changed", "time entry")) == 1
        apply(cast.mara, run)
        entry = TimeEntry.objects.get(project=project)
        assert (entry.seconds, entry.version) == (6 * 3600, 2)
        TimeEntry.objects.update(status="approved")
        run = upload(cast.mara, project, KIND, first, "t.csv")
        assert rows(run, "refused")[0]["message"] == "It is approved already and differs."

    def test_history_is_taken_over_as_approved_by_who_may_approve(self, cast, project):
        run = upload(
            cast.mara, project, KIND, table("2026-03-03,Tom Team,Set up,7,x"), "t.csv", status="approved"
        )
        apply(cast.mara, run)
        entry = TimeEntry.objects.get(project=project)
        assert (entry.status, entry.decided_by) == ("approved", cast.mara)

    def test_only_one_project_of_the_file_is_taken(self, cast, project):
        head = "Date,Person,Task,Hours,Project\n"
        content = table(
            "2026-03-03,Tom Team,Set up,7,Nordwind CRM", "2026-03-04,Tom Team,Set up,7,Other", head=head
        )
        run = upload(cast.mara, project, KIND, content, "t.csv")
        assert len(rows(run, "created", "time entry")) == 1
        run = answer(cast.mara, run, project="all")
        assert len(rows(run, "created", "time entry")) == 2

    def test_a_file_without_names_asks_whose_hours_they_are(self, cast, project):
        run = upload(cast.ada, project, KIND, table("2026-03-03,2,Set up", head="Date,Hours,Task\n"), "t.csv")
        assert opened(run) == {"whose"}
        run = answer(cast.ada, run, whose=str(cast.tess.person.pk))
        apply(cast.ada, run)
        assert TimeEntry.objects.get(project=project).person == cast.tess.person

    def test_a_workbook_with_two_sheets(self, cast, project):
        book = Workbook()
        book.active.append(["Nothing"])
        sheet = book.create_sheet("Hours")
        sheet.append(["Date", "Person", "Task", "Hours", "Note"])
        sheet.append([date(2026, 3, 3), "Tom Team", "Set up", 7.5, "=1+1"])
        data = io.BytesIO()
        book.save(data)
        run = upload(cast.mara, project, KIND, data.getvalue(), "t.xlsx")
        run = answer(cast.mara, run, sheet="Hours")
        assert run.state == "previewed", (opened(run), run.preview.get("error"))

    def test_who_may_not_import_or_approve_is_refused(self, cast, project):
        with pytest.raises(NotAllowed):
            upload(cast.tom, project, KIND, table("2026-03-03,Tom Team,Set up,7,x"), "t.csv")

    def test_unknown_people_and_tasks_can_go_elsewhere(self, cast, project):
        content = table("2026-03-03,Zoe,Odd work,7,x", "2026-03-03,Yan,Other work,6,x")
        run = upload(cast.mara, project, KIND, content, "t.csv", people="create", tasks=str(cast.setup.pk))
        keys = {one["label"].split(" ·")[0]: one["key"] for one in run.preview["questions"]}
        run = answer(cast.mara, run, **{keys["Zoe"].replace(":", "__"): str(cast.tess.person.pk)})
        apply(cast.mara, run)
        assert set(TimeEntry.objects.values_list("person__name", "task")) == {
            ("Tess Team", cast.setup.pk),
            ("Yan", cast.setup.pk),
        }
        assert Task.objects.filter(project=project).count() == 3


class BadHoursTests:
    @pytest.mark.parametrize(
        ("line", "column", "said"),
        [
            ("2026-03-03,Tom Team,Set up,25,x", "Hours", "more than 24 hours in one row"),
            ("2026-03-03,Tom Team,Set up,-2,x", "Hours", "Negative time"),
            ("2026-03-03,Tom Team,Set up,=1+1,x", "Hours", "is not a duration"),
            ("2026-03-03,,Set up,2,x", "Person", "The person is missing"),
            ("2026-13-03,Tom Team,Set up,2,x", "Date", "is not a date"),
            ("1999-03-03,Tom Team,Set up,2,x", "Date", "more than a year before"),
            ("2099-03-03,Tom Team,Set up,2,x", "Date", "too far ahead"),
            ("2026-03-03,Tom Team,Set up", None, "too few cells"),
        ],
    )
    def test_the_row_is_refused_and_the_others_are_taken(self, cast, project, line, column, said):
        run = upload(cast.mara, project, KIND, table("2026-03-02,Tom Team,Set up,2,good", line), "t.csv")
        [refused] = rows(run, "refused")
        assert said in refused["message"]
        assert refused["line"] == 3
        assert refused["column"] == (column or "")
        apply(cast.mara, run)
        assert TimeEntry.objects.get(project=project).note == "good"

    def test_a_day_has_24_hours_with_what_is_booked_elsewhere(self, cast, project):
        TimeEntry.objects.create(
            project=cast.rival, person=cast.tom.person, worked_on=date(2026, 3, 3), seconds=10 * 3600
        )
        content = table("2026-03-03,Tom Team,Set up,8,a", "2026-03-03,Tom Team,Set up,7,b")
        run = upload(cast.mara, project, KIND, content, "t.csv")
        [refused] = rows(run, "refused")
        assert refused["message"] == "Tom Team would have 25.00 hours on 2026-03-03: a day has 24."
        assert (refused["line"], refused["column"]) == (3, "Hours")

    def test_rejected_hours_fill_their_day_too(self, cast, project):
        head = "Date,Person,Task,Hours,Id\n"
        apply(
            cast.mara,
            upload(cast.mara, project, KIND, table("2026-03-03,Tom Team,Set up,10,A1", head=head), "t.csv"),
        )
        TimeEntry.objects.update(status="rejected")
        content = table("2026-03-03,Tom Team,Set up,12,A1", "2026-03-03,Tom Team,Set up,13,A2", head=head)
        run = upload(cast.mara, project, KIND, content, "t.csv")
        [refused] = rows(run, "refused")
        assert refused["message"] == "Tom Team would have 25.00 hours on 2026-03-03: a day has 24."
        apply(cast.mara, run)
        entry = TimeEntry.objects.get(project=project)
        assert (entry.seconds, entry.status) == (12 * 3600, "draft")

    @pytest.mark.parametrize("line", ["Kick-off,7,Yes", "Set up,7,No"])
    def test_another_task_or_billing_is_a_change_as_well(self, cast, project, line):
        head = "Id,Date,Person,Task,Hours,Billable\n"
        for said, outcome in (("Set up,7,Yes", "created"), (line, "changed"), (line, "unchanged")):
            run = upload(
                cast.mara, project, KIND, table(f"A1,2026-03-03,Tom Team,{said}", head=head), "t.csv"
            )
            assert len(rows(run, outcome, "time entry")) == 1, run.preview
            apply(cast.mara, run)

    def test_a_long_note_is_shortened_aloud_and_a_megabyte_refused(self, cast, project):
        run = upload(cast.mara, project, KIND, table(f"2026-03-03,Tom Team,Set up,2,{'n' * 5000}"), "t.csv")
        assert "5,000 characters" in run.preview["notes"][-1]["message"]
        apply(cast.mara, run)
        assert len(TimeEntry.objects.get(project=project).note) == 500
        before = stored()
        big = table(f"2026-03-03,Tom Team,Set up,2,{'n' * 1_000_000}")
        run = upload(cast.mara, project, KIND, big, "t.csv")
        assert run.state == "refused" or len(rows(run, "refused")) == 1
        assert stored() == before

    @pytest.mark.parametrize(
        ("content", "name", "said"),
        [
            (b"Date,Hours,Hours\n2026-03-03,1,2\n", "t.csv", 'Two columns are called "Hours"'),
            (b"\x89PNG\r\n\x1a\n0000", "t.csv", "a picture"),
            (b"%PDF-1.4", "t.xlsx", "a PDF"),
            (b'<?xml version="1.0"?><!DOCTYPE a []><a/>', "t.csv", "XML document"),
            (b"Date\x00\x00,Hours\n\x81\x8d\x8f\n", "t.csv", ""),
            (b"\n\n", "t.csv", "empty"),
        ],
    )
    def test_the_file_is_refused_and_nothing_kept(self, cast, project, content, name, said):
        before = stored()
        run = upload(cast.mara, project, KIND, content, name)
        assert run.state == "refused"
        assert said in run.preview["error"]["message"]
        assert stored() == before

    def test_a_zip_bomb_is_refused(self, cast, project):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bomb:
            bomb.writestr("[Content_Types].xml", "<Types/>")
            bomb.writestr("xl/workbook.xml", b"0" * 60_000_000)
        run = upload(cast.mara, project, KIND, data.getvalue(), "bomb.xlsx")
        assert run.state == "refused", run.preview

    def test_an_empty_or_wrong_file_is_refused_at_once(self, cast, project):
        before = stored()
        entry = enter(cast.mara, project.code, "time.import")
        for content, name, said in [(b"", "t.csv", "is empty"), (b"x", "t.exe", "is not a .csv or")]:
            with pytest.raises(DomainError) as refused:
                imports.import_upload(entry=entry, kind=KIND, upload=SimpleUploadedFile(name, content))
            assert said in refused.value.message
        assert stored() == before
