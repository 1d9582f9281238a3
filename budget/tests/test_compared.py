"""Two plans side by side, and baselines that never change."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from openpyxl import load_workbook

from budget.selectors.compared import compare_plans
from budget.services.baselines import baseline_with_budget
from budget.tests.builders import baseline_build, project_build, task_build
from implement.core.db import AppendOnlyError
from implement.testkit.cast import Cast
from projects.models import Baseline, BaselineTask, Project, Task
from projects.services import tasks_delete

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture
def project() -> Project:
    return project_build()


class ComparisonTests:
    def test_two_baselines_differ_by_what_moved_between_them(self, project: Project) -> None:
        stays, moves, goes = (task_build(project, name=name) for name in ("Stays", "Moves", "Goes"))
        first = baseline_build(
            project,
            [(stays, Decimal(100), 3600), (moves, Decimal(200), 7200), (goes, Decimal(50), 1800)],
            number=0,
        )
        Task.objects.filter(pk=moves.pk).update(
            start=moves.start + timedelta(days=1),
            finish=moves.finish + timedelta(days=7),
            duration_minutes=2400,
        )
        moves.refresh_from_db()
        comes = task_build(project, name="Comes")
        second = baseline_build(
            project, [(stays, Decimal(100), 3600), (moves, Decimal(260), 9000), (comes, None, 600)], number=1
        )
        found = compare_plans(project=project, before=first, after=second)
        by_name = {row.task.name: row for row in found.rows if row.task}
        assert {name: row.kind for name, row in by_name.items()} == {
            "Stays": "same", "Moves": "changed", "Goes": "removed", "Comes": "added"
        }  # fmt: skip
        assert (by_name["Moves"].finish_days, by_name["Moves"].seconds, by_name["Moves"].cost) == (
            5,
            1800,
            60,
        )
        longer = 2400 - stays.duration_minutes
        assert (by_name["Moves"].start_days, by_name["Moves"].duration_minutes) == (1, longer)
        assert by_name["Comes"].cost is None
        assert (found.added, found.removed) == (1, 1)
        assert found.total.seconds == 9000 + 3600 + 600 - 3600 - 7200 - 1800
        assert found.total.cost == Decimal(10)

    def test_a_summary_sums_up_what_is_below_it_and_the_whole_counts_it_once(self, project: Project) -> None:
        phase = task_build(project, name="Phase")
        part = task_build(project, name="Part", parent=phase)
        work, more, free = (task_build(project, name=name, parent=part) for name in ("Work", "More", "Free"))
        first = baseline_build(
            project,
            [
                (phase, None, 0),
                (part, None, 0),
                (work, Decimal(100), 3600),
                (more, Decimal(50), 1800),
                (free, None, 60),
            ],
            number=0,
        )  # fmt: skip
        second = baseline_build(
            project, [(phase, Decimal(7), 60), (part, None, 0), (work, Decimal(100), 3600)], number=1
        )
        found = compare_plans(project=project, before=first, after=second)
        by_name = {row.task.name: row for row in found.rows if row.task}
        for name, seconds, cost in (
            ("Phase", 5460, 150),
            ("Part", 5460, 150),
            ("Work", 3600, 100),
            ("Free", 60, None),
        ):
            before = by_name[name].before
            assert before is not None
            assert (before.seconds, before.cost) == (seconds, cost), name
        assert (by_name["Phase"].seconds, by_name["Phase"].cost) == (3660 - 5460, Decimal(107 - 150))
        assert by_name["Phase"].kind == "changed"
        assert (found.total.seconds, found.total.cost) == (3660 - 5460, Decimal(107 - 150))

    def test_a_baseline_taken_just_now_is_the_plan_of_today(self, cast: Cast) -> None:
        taken = baseline_with_budget(project=cast.nordwind, name="Now", actor=cast.mara)
        found = compare_plans(project=cast.nordwind, before=taken)
        assert {row.kind for row in found.rows} == {"same"}
        assert (found.total.finish_days, found.total.seconds) == (0, 0)

    def test_a_task_in_the_trash_is_told_as_removed(self, cast: Cast) -> None:
        taken = baseline_with_budget(project=cast.nordwind, name="Now", actor=cast.mara)
        tasks_delete(tasks=[cast.setup], actor=cast.mara)
        found = compare_plans(project=cast.nordwind, before=taken)
        assert [row.task for row in found.rows if row.kind == "removed"] == [cast.setup]

    def test_what_differs_in_cost_alone_is_told_to_nobody_who_may_not_see_cost(
        self, project: Project
    ) -> None:
        task = task_build(project)
        first = baseline_build(project, [(task, Decimal(100), 3600)], number=0)
        second = baseline_build(project, [(task, Decimal(101), 3600)], number=1)
        row = compare_plans(project=project, before=first, after=second).rows[0]
        assert row.differs(with_cost=True)
        assert not row.differs(with_cost=False)


class ComparisonPageTests:
    @pytest.fixture
    def two(self, cast: Cast) -> tuple[Baseline, Baseline]:
        """Two baselines of Nordwind with a cost that only some may see."""
        task = cast.setup
        first = baseline_build(cast.nordwind, [(task, Decimal("7654.32"), 3600)], number=0)
        second = baseline_build(cast.nordwind, [(task, Decimal("8765.43"), 7200)], number=1)
        return first, second

    def test_any_two_stand_side_by_side(
        self, cast: Cast, login: Login, two: tuple[Baseline, Baseline]
    ) -> None:
        page = login(cast.mara).get(f"/projects/nordwind/baselines/{two[0].pk}/?with=1").content.decode()
        assert "1.00 h more" in page
        assert "1,111.11 EUR more" in page

    def test_cost_stays_with_who_may_see_it(
        self, cast: Cast, login: Login, two: tuple[Baseline, Baseline]
    ) -> None:
        page = login(cast.tom).get(f"/projects/nordwind/baselines/{two[0].pk}/?with=1").content.decode()
        assert "1.00 h more" in page
        for secret in ("7,654", "8,765", "1,111"):
            assert secret not in page

    @pytest.mark.parametrize("said", ["7", "x", "99999999", "-1", "1.5"])
    def test_a_baseline_that_is_none_is_not_found(
        self, cast: Cast, login: Login, two: tuple[Baseline, Baseline], said: str
    ) -> None:
        address = f"/projects/nordwind/baselines/{two[0].pk}/?with={said}"
        assert login(cast.mara).get(address).status_code == 404

    def test_it_is_handed_out_as_a_table(
        self, cast: Cast, login: Login, two: tuple[Baseline, Baseline]
    ) -> None:
        address = f"/projects/nordwind/baselines/{two[0].pk}/compared.xlsx?with=1"
        answer = login(cast.mara).get(address)
        rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
        assert rows[-1][0] == "Project"
        assert rows[-1][-1] == 1111.11
        same = load_workbook(io.BytesIO(self.bytes_of(login(cast.mara), f"{address}&show=changed"))).active
        assert [line[0] for line in same.values][1:] == [str(cast.setup), "Project"]
        assert login(cast.tom).get(address).status_code == 403
        assert login(cast.rita).get(address).status_code == 404

    def bytes_of(self, client: Client, address: str) -> bytes:
        return b"".join(client.get(address).streaming_content)

    def test_it_is_read_over_the_api(self, cast: Cast, login: Login, two: tuple[Baseline, Baseline]) -> None:
        address = f"/api/v1/projects/nordwind/baselines/{two[0].pk}/compared/?with=1&show=changed"
        found = login(cast.mara).get(address).json()
        assert (found["before"], found["after"], len(found["rows"])) == (0, 1, 1)
        row = found["rows"][0]
        assert (row["task"], row["kind"], row["seconds"], row["cost"]) == (
            cast.setup.pk, "changed", 3600, "1111.11",
        )  # fmt: skip
        assert (row["start_days"], row["finish_days"], row["duration_minutes"]) == (0, 0, 0)
        plain = login(cast.tom).get(address).json()
        assert "cost" not in str(plain)
        assert login(cast.mara).get(address.replace("with=1", "with=7")).status_code == 404
        assert login(cast.mara).get(address.replace("changed", "all")).status_code == 400


class FrozenTests:
    def test_a_baseline_refuses_to_be_rewritten(self, cast: Cast) -> None:
        taken = baseline_with_budget(
            project=cast.nordwind, name="Signed", actor=cast.mara, taken_at=datetime(2026, 3, 1, tzinfo=UTC)
        )
        row = taken.tasks.first()
        for act in (
            taken.save,
            taken.delete,
            row.save,
            row.delete,
            lambda: Baseline.objects.update(name="Better"),
            lambda: BaselineTask.objects.filter(baseline=taken).update(cost=0),
            lambda: BaselineTask.objects.all().delete(),
            lambda: BaselineTask.objects.bulk_update([row], ["cost"]),
            lambda: BaselineTask.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=["id"], update_fields=["cost"]
            ),
        ):
            with pytest.raises(AppendOnlyError):
                act()
        assert Baseline.objects.get().name == "Signed"

    def test_it_goes_with_its_project(self, cast: Cast) -> None:
        project = project_build("gone")
        baseline_build(project, [(task_build(project), Decimal(1), 60)])
        project.delete()
        assert not Baseline.objects.filter(project__code="gone").exists()
