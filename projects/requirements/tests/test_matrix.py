"""The trace matrix: holes and doubts at a glance, what a change touches, and the story of one requirement."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.builds.models import BuildItem
from projects.kit import jobs, trace
from projects.kit.access import Entry, enter
from projects.models import Job, JournalEntry, Task, TraceLink
from projects.requirements.choices import RequirementState
from projects.requirements.models import Requirement
from projects.requirements.needs import made
from projects.requirements.prints.matrix import matrix_html
from projects.requirements.selectors.matrix import thread_of
from projects.requirements.services.requirements import requirement_save
from projects.requirements.tests.factories import validated, write
from projects.requirements.workflows import REQUIREMENT_WORKFLOW

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
ROOT = "/projects/nordwind/requirements/"


@pytest.fixture
def tom(cast: Cast) -> Entry:
    return enter(cast.tom, "nordwind", "trace.change")


def deliver(entry: Entry, task: Task, row: Requirement) -> TraceLink:
    return trace.link_add(entry=entry, type="delivers", source=task, target=row)


def numbers(cast: Cast) -> tuple[int, int, int, int]:
    thread = thread_of(project=cast.nordwind, kinds=("task",))
    (tasks,) = thread.columns
    return tasks.total, tasks.covered, tasks.done, thread.suspect


class FigureTests:
    def test_a_hole_a_covered_one_and_a_done_one_are_counted_apart(self, cast: Cast, tom: Entry) -> None:
        one, two, three = (write(cast, title) for title in ("One", "Two", "Three"))
        deliver(tom, cast.setup, one)
        deliver(tom, cast.kickoff, two)
        Task.objects.filter(pk=cast.setup.pk).update(percent_complete=50)
        Task.objects.filter(pk=cast.kickoff.pk).update(percent_complete=100)
        assert numbers(cast) == (3, 2, 1, 0)
        # One of two is not done: the whole is not.
        deliver(tom, cast.setup, two)
        assert numbers(cast) == (3, 2, 0, 0)
        three.statement = "The product shall print a list of orders."
        requirement_save(requirement=three, entry=tom)
        assert numbers(cast)[3] == 0
        one.statement = "The product shall print."
        requirement_save(requirement=one, entry=tom)
        assert numbers(cast)[3] == 1

    def test_what_is_out_of_scope_or_in_the_trash_counts_on_neither_side(
        self, cast: Cast, tom: Entry
    ) -> None:
        one, two = write(cast, "One"), write(cast, "Two")
        deliver(tom, cast.setup, one)
        deliver(tom, cast.setup, two)
        Requirement.objects.filter(pk=two.pk).update(status=RequirementState.DEFERRED)
        assert numbers(cast)[:2] == (1, 1)
        Task.objects.filter(pk=cast.setup.pk).update(deleted_at=one.created_at)
        assert numbers(cast)[:2] == (1, 0)

    def test_without_a_requirement_nothing_is_n_a_as_a_percentage(self, cast: Cast) -> None:
        (tasks,) = thread_of(project=cast.nordwind, kinds=("task",)).columns
        assert tasks.percent is None

    def test_tasks_without_a_reason_are_those_from_which_no_thread_leads_back(
        self, cast: Cast, tom: Entry
    ) -> None:
        deliver(tom, cast.setup, write(cast))
        found = trace.rootless(project=cast.nordwind, kind="task", root="requirement")
        assert cast.setup not in found
        assert cast.kickoff in found


class MatrixPageTests:
    def test_holes_and_doubts_are_seen_and_filtered(self, cast: Cast, login: Login, tom: Entry) -> None:
        one, two = write(cast, "One"), write(cast, "Two")
        deliver(tom, cast.setup, one)
        browser = login(cast.tom)
        page = browser.get(f"{ROOT}matrix/")
        assert "None" in page.content.decode()
        holes = browser.get(f"{ROOT}matrix/?gap=hole-task").context["rows"]
        assert [row.requirement for row in holes] == [two]
        assert not browser.get(f"{ROOT}matrix/?gap=suspect").context["rows"]
        one.statement = "The product shall print."
        requirement_save(requirement=one, entry=tom)
        doubted = browser.get(f"{ROOT}matrix/?gap=suspect").context["rows"]
        assert [row.requirement for row in doubted] == [one]
        assert doubted[0].is_suspect

    def test_a_filter_that_is_none_shows_nothing_and_says_so(self, cast: Cast, login: Login) -> None:
        write(cast)
        page = login(cast.tom).get(f"{ROOT}matrix/?gap=hole-moon")
        assert page.status_code == 200
        assert not page.context["rows"]
        assert "Select a valid choice" in page.content.decode()
        assert login(cast.tom).get(f"{ROOT}matrix/export.xlsx?gap=hole-moon").status_code == 400

    def test_its_questions_do_not_grow_with_the_requirements(
        self, cast: Cast, login: Login, tom: Entry
    ) -> None:
        browser, counts = login(cast.tom), []
        browser.get(f"{ROOT}matrix/")
        for size in (3, 30):
            for number in range(size):
                deliver(tom, cast.setup, write(cast, f"Need {size} {number}"))
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(f"{ROOT}matrix/").status_code == 200
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_the_export_holds_every_requirement_with_what_follows(
        self, cast: Cast, login: Login, tom: Entry
    ) -> None:
        one, two = write(cast, "One"), write(cast, "=Two")
        deliver(tom, cast.setup, one)
        answer = login(cast.tom).get(f"{ROOT}matrix/export.xlsx")
        sheet = load_workbook(io.BytesIO(b"".join(answer))).active
        assert sheet is not None
        lines = list(sheet.iter_rows(values_only=True))
        place = lines[0].index("Tasks")
        assert [line[place] for line in lines[1:]] == [cast.setup.wbs, None]
        assert [line[place + 1] for line in lines[1:]] == ["0 of 1", "n/a"]
        assert sheet.cell(3, 2).data_type == "s"
        assert two.key == lines[2][0]

    def test_the_customer_has_no_matrix(self, cast: Cast, login: Login) -> None:
        assert login(cast.carla).get(f"{ROOT}matrix/").status_code == 403
        assert login(cast.rita).get(f"{ROOT}matrix/").status_code == 404


class ImpactTests:
    def test_what_a_change_touches_is_told_with_the_signature_it_ends(
        self, cast: Cast, login: Login, tom: Entry
    ) -> None:
        row = validated(cast)
        part = write(cast, "A part", parent=row)
        deliver(tom, cast.setup, row)
        deliver(tom, cast.kickoff, part)
        page = login(cast.mara).get(f"{ROOT}{row.pk}/impact/")
        impact = page.context["impact"]
        assert [
            (end.kind, [(one.item.row, one.through) for one in items]) for end, items in impact.groups
        ] == [("task", [(cast.setup, ""), (cast.kickoff, str(part))])]
        assert "a change of the text asks for a new signature" in page.content.decode()

    def test_the_story_runs_from_the_capture_on(self, cast: Cast, login: Login, tom: Entry) -> None:
        row = validated(cast)
        deliver(tom, cast.setup, row)
        page = login(cast.tom).get(f"{ROOT}{row.pk}/story/")
        actions = [entry.action for entry in page.context["page"]]
        assert actions[0] == "requirement.added"
        assert actions.index("requirement.asked") < actions.index("requirement.validated")
        assert "requirement.linked" in actions
        assert "task.linked" not in actions
        assert "Under review" in page.content.decode() or "Validated" in page.content.decode()


class PrintTests:
    def test_the_paper_holds_what_the_page_is_filtered_to(self, cast: Cast, login: Login, tom: Entry) -> None:
        one = write(cast, "One <b>")
        write(cast, "Two")
        deliver(tom, cast.setup, one)
        html = matrix_html(cast.nordwind, {"gap": "hole-task"})
        assert "Two" in html
        assert "One" not in html
        assert "Show: Without tasks" in html
        assert "One &lt;b&gt;" in matrix_html(cast.nordwind, {})
        answer = login(cast.tom).post(f"{ROOT}matrix/print/", {"gap": "hole-task"})
        job = Job.objects.get(kind="requirements.matrix")
        jobs.run(str(job.pk))
        job.refresh_from_db()
        assert answer["Location"].endswith(f"{job.pk}/")
        assert (job.state, job.params) == ("done", {"gap": "hole-task"})
        file = login(cast.tom).get(job.result_url)
        assert b"".join(file).startswith(b"%PDF")

    @pytest.mark.parametrize("wishes", [{"gap": "hole-moon"}, {"q": "nothing holds this"}])
    def test_filters_that_fit_nothing_are_told(self, cast: Cast, wishes: dict[str, str]) -> None:
        write(cast)
        with pytest.raises(DomainError):
            matrix_html(cast.nordwind, wishes)


class ImplementedTests:
    def test_it_is_implemented_once_all_that_was_built_for_it_is_done(self, cast: Cast) -> None:
        mara = enter(cast.mara, "nordwind", "requirements.decide")
        row = validated(cast, fit="configure")
        with pytest.raises(StateError, match="Nothing was built"):
            implement(row, mara)
        item = BuildItem.objects.create(
            project=cast.nordwind, number=1, title="Import", status="doing", status_since=timezone.now()
        )
        trace.link_add(entry=mara, type="implements", source=item, target=row)
        with pytest.raises(StateError, match="Not done yet: BLD-001"):
            implement(row, mara)
        BuildItem.objects.update(status="built")
        implement(row, mara)
        assert row.status == RequirementState.IMPLEMENTED
        told = JournalEntry.objects.get(action="requirement.implement")
        assert told.changes["status"] == ["validated", "implemented"]

    def test_what_fits_as_it_is_needs_nothing_built(self, cast: Cast) -> None:
        row = validated(cast, fit="standard")
        implement(row, enter(cast.mara, "nordwind", "requirements.decide"))
        assert row.status == RequirementState.IMPLEMENTED

    def test_what_is_not_signed_is_never_implemented_and_the_team_does_not_decide(self, cast: Cast) -> None:
        mara, tom = (enter(user, "nordwind", "requirements.view") for user in (cast.mara, cast.tom))
        with pytest.raises(StateError):
            implement(write(cast, fit="standard"), mara)
        with pytest.raises(NotAllowed):
            implement(validated(cast, "Two", fit="standard"), tom)


def implement(row: Requirement, entry: Entry) -> None:
    REQUIREMENT_WORKFLOW.perform(name="implement", item=row, entry=entry)


class ApiTests:
    def test_coverage_and_impact(self, cast: Cast, login: Login, tom: Entry) -> None:
        row = write(cast)
        deliver(tom, cast.setup, row)
        browser = login(cast.tom)
        found = browser.get("/api/v1/projects/nordwind/thread/").json()
        tasks = next(one for one in found["coverage"] if one["kind"] == "task")
        assert (tasks["total"], tasks["covered"], found["suspect"]) == (1, 1, 0)
        impact = browser.get(f"/api/v1/projects/nordwind/thread/{row.pk}/impact/").json()
        assert [(one["kind"], one["id"], one["through"]) for one in impact["touched"]] == [
            ("task", cast.setup.pk, "")
        ]
        assert browser.get("/api/v1/projects/rival/thread/").status_code == 404
        assert login(cast.carla).get("/api/v1/projects/nordwind/thread/").status_code == 403


class NeedTests:
    def test_the_manager_is_told_what_is_built_and_what_is_open_again(self, cast: Cast) -> None:
        mara = enter(cast.mara, "nordwind", "requirements.decide")
        row = validated(cast, fit="configure")
        item = BuildItem.objects.create(
            project=cast.nordwind, number=1, title="Import", status="built", status_since=timezone.now()
        )
        trace.link_add(entry=mara, type="implements", source=item, target=row)
        assert {one.key: one.count for one in made(mara)} == {
            "requirements.ready.build": 1,
            "requirements.unmade.build": 0,
        }
        implement(row, mara)
        BuildItem.objects.update(status="doing")
        assert {one.key: one.count for one in made(mara)} == {
            "requirements.ready.build": 0,
            "requirements.unmade.build": 1,
        }
        assert made(enter(cast.tom, "nordwind", "requirements.view")) == []
