"""Edits of the plan as its page sends them: previewed without a trace, saved over what was read, undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from implement.testkit.cast import Cast
from projects import services
from projects.gantt import Drawn, preview, read_plan, work
from projects.kit.access import enter
from projects.models import Absence, Assignment, Dependency, JournalEntry, Task

Login = Callable[..., Client]
ROOT = "/projects/nordwind/plan/"


def post(browser: Client, where: str, *edits: dict[str, Any]) -> Any:
    """Send edits as the page's script does."""
    return browser.post(ROOT + where, json.dumps({"edits": edits}), content_type="application/json")


def change(task: Task, **values: Any) -> dict[str, Any]:
    return {"do": "change", "task": task.pk, "version": task.version, **values}


def names(cast: Cast) -> list[str]:
    """Return the tree as "wbs name"."""
    return [str(task) for task in Task.objects.filter(project=cast.nordwind).order_by("position")]


class DataTests:
    def test_the_team_reads_all_rows_and_nobody_s_money(self, cast: Cast, login: Login) -> None:
        answer = login(cast.tom).get(ROOT + "data/")
        found = answer.json()
        assert [row["name"] for row in found["tasks"]] == ["Kick-off", "Set up", "Go-live"]
        assert found["tasks"][1]["predecessors"] == "1"
        assert found["tasks"][1]["duration"] == "5d"
        assert found["can"] == {"change": False, "progress": True}
        assert "cost" not in answer.content.decode()

    def test_the_customer_and_a_rival_read_nothing(self, cast: Cast, login: Login) -> None:
        assert login(cast.carla).get(ROOT + "data/").status_code == 403
        assert login(cast.rita).get(ROOT + "data/").status_code == 404


class ChangeTests:
    def test_an_edit_answers_with_what_changed(self, cast: Cast, login: Login) -> None:
        answer = post(login(cast.mara), "edit/", change(cast.kickoff, duration="3d"))
        found = answer.json()
        assert {row["name"]: row["start"] for row in found["tasks"]} == {
            "Kick-off": "2026-03-02",
            "Set up": "2026-03-05",
            "Go-live": "2026-03-11",
        }
        assert found["finish"] == {"before": "2026-03-09", "after": "2026-03-11", "days": 2}
        assert "order" not in found
        assert JournalEntry.objects.filter(action="task.changed", target_id=str(cast.kickoff.pk)).exists()

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"duration": "much"}, "duration"),
            ({"name": " "}, "name"),
            ({"percent": "101"}, "percent"),
            ({"percent": None}, "percent"),
            ({"start_on": "31.3.2026"}, "start_on"),
            ({"start_on": "0001-01-01"}, "start_on"),
            ({"constraint": "SNET"}, "constraint"),
            ({"constraint": "SOON"}, "constraint"),
            ({"predecessors": "9.9"}, "predecessors"),
            ({"predecessors": "2"}, "predecessors"),
            ({"people": [10**9]}, "people"),
            ({"people": "Tom"}, "people"),
            ({"finish_on": "2020-01-01"}, "finish_on"),
            ({}, "do"),
        ],
    )
    def test_a_wrong_value_is_refused_by_its_field_and_nothing_is_saved(
        self, cast: Cast, login: Login, values: dict[str, Any], field: str
    ) -> None:
        before = Drawn.of(read_plan(cast.nordwind))
        good = {"do": "change", "task": cast.kickoff.pk, "name": "Better name"}
        for where in ("preview/", "edit/"):
            answer = post(login(cast.mara), where, good, change(cast.setup, **values))
            assert answer.status_code == 400, answer.content
            assert answer["Content-Type"] == "application/problem+json"
            assert field in answer.json()["errors"]
        assert Drawn.of(read_plan(cast.nordwind)) == before

    @pytest.mark.parametrize(
        "body", ["", "[]", "{", '{"edits": []}', '{"edits": [1]}', "[" * 100_000, "null"]
    )
    def test_what_is_no_edit_is_refused(self, cast: Cast, login: Login, body: str) -> None:
        answer = login(cast.mara).post(ROOT + "edit/", body, content_type="application/json")
        assert answer.status_code == 400

    def test_a_newer_version_is_told_with_what_is_stored(self, cast: Cast, login: Login) -> None:
        assert post(login(cast.mara), "edit/", change(cast.setup, name="Mine")).status_code == 200
        for where in ("preview/", "edit/"):
            answer = post(login(cast.ada), where, change(cast.setup, name="Hers"))
            assert answer.status_code == 409
            assert [row["name"] for row in answer.json()["theirs"]] == ["Mine"]
        cast.setup.refresh_from_db()
        assert cast.setup.name == "Mine"

    def test_predecessors_changed_meanwhile_are_not_overwritten(self, cast: Cast, login: Login) -> None:
        edit = change(cast.go_live, predecessors="1", was="1, 2")
        assert post(login(cast.mara), "edit/", edit).status_code == 409
        assert cast.go_live.predecessor_links.count() == 1

    def test_predecessors_as_text(self, cast: Cast, login: Login) -> None:
        edit = change(cast.go_live, predecessors="1SS+1d; 2FS+2d", was="2")
        assert post(login(cast.mara), "edit/", edit).status_code == 200
        held = cast.go_live.predecessor_links.order_by("predecessor__position")
        assert list(held.values_list("type", "lag_minutes")) == [("SS", 480), ("FS", 960)]
        assert post(login(cast.mara), "edit/", change(cast.go_live, predecessors="")).status_code == 200
        assert not cast.go_live.predecessor_links.exists()

    def test_a_circle_is_refused_with_its_path(self, cast: Cast, login: Login) -> None:
        for where in ("preview/", "edit/"):
            answer = post(login(cast.mara), where, change(cast.kickoff, predecessors="3"))
            assert answer.status_code == 400
            assert "1 Kick-off" in answer.json()["detail"]
            assert "3 Go-live" in answer.json()["detail"]
        assert Dependency.objects.count() == 2

    def test_no_duration_makes_a_milestone_and_a_duration_a_task(self, cast: Cast, login: Login) -> None:
        post(login(cast.mara), "edit/", change(cast.kickoff, duration="0"))
        post(login(cast.mara), "edit/", change(cast.go_live, duration="2d?"))
        cast.kickoff.refresh_from_db()
        cast.go_live.refresh_from_db()
        assert cast.kickoff.is_milestone
        assert (cast.go_live.is_milestone, cast.go_live.duration_minutes) == (False, 960)
        assert cast.go_live.is_estimated

    def test_who_is_new_on_a_task_is_planned_for_its_duration(self, cast: Cast, login: Login) -> None:
        tom, tess = cast.tom.person.pk, cast.tess.person.pk
        edit = change(cast.kickoff, people=[tess], was=[])
        assert post(login(cast.mara), "edit/", edit).status_code == 200
        assert Assignment.objects.get(task=cast.kickoff).planned_seconds == 8 * 3600
        edit = change(cast.setup, people=[tom, tess], was=[tom])
        assert post(login(cast.mara), "edit/", edit).status_code == 200
        assert cast.setup.assignments.get(person=tom).planned_seconds == 40 * 3600


class MoveTests:
    def test_a_bar_that_is_dragged_later_may_not_start_earlier(self, cast: Cast, login: Login) -> None:
        assert post(login(cast.mara), "edit/", change(cast.setup, start_on="2026-03-07")).status_code == 200
        cast.setup.refresh_from_db()
        assert cast.setup.constraint == "SNET"
        # A Saturday: work begins on Monday.
        assert cast.setup.start.date().isoformat() == "2026-03-09"  # type: ignore[union-attr]

    def test_dragged_back_to_where_the_links_put_it_needs_no_constraint(
        self, cast: Cast, login: Login
    ) -> None:
        post(login(cast.mara), "edit/", change(cast.setup, start_on="2026-03-10"))
        cast.setup.refresh_from_db()
        answer = post(login(cast.mara), "edit/", change(cast.setup, start_on="2026-03-02"))
        cast.setup.refresh_from_db()
        assert (cast.setup.constraint, cast.setup.constraint_at) == ("ASAP", None)
        assert "cannot start earlier" in answer.json()["notes"][0]

    def test_a_date_that_must_be_kept_moves_with_the_bar(self, cast: Cast, login: Login) -> None:
        cast.setup.constraint, cast.setup.constraint_at = "MSO", cast.setup.start
        services.task_save(task=cast.setup, actor=cast.mara)
        post(login(cast.mara), "edit/", change(cast.setup, start_on="2026-03-12"))
        cast.setup.refresh_from_db()
        assert cast.setup.constraint == "MSO"
        assert cast.setup.start.date().isoformat() == "2026-03-12"  # type: ignore[union-attr]

    def test_what_has_started_stays(self, cast: Cast, login: Login) -> None:
        services.progress_say(task=cast.setup, said=services.Said(percent=Decimal(10)), actor=cast.mara)
        cast.setup.refresh_from_db()
        answer = post(login(cast.mara), "preview/", change(cast.setup, start_on="2026-03-12"))
        assert answer.status_code == 400
        assert "has started" in answer.json()["detail"]

    def test_the_end_that_is_dragged_says_the_duration(self, cast: Cast, login: Login) -> None:
        post(login(cast.mara), "edit/", change(cast.setup, finish_on="2026-03-04"))
        cast.setup.refresh_from_db()
        assert cast.setup.duration_minutes == 2 * 480


class PreviewTests:
    def test_it_tells_what_moves_and_stores_nothing(self, cast: Cast, login: Login) -> None:
        before = Drawn.of(read_plan(cast.nordwind))
        found = post(login(cast.mara), "preview/", change(cast.kickoff, start_on="2026-03-05")).json()
        assert {row["name"] for row in found["tasks"]} == {"Kick-off", "Set up", "Go-live"}
        assert found["finish"]["days"] == 3
        assert [row["name"] for row in found["milestones"]] == ["Go-live"]
        assert found["moved"] == 2
        assert Drawn.of(read_plan(cast.nordwind)) == before

    def test_it_follows_who_would_be_on_the_task(self, cast: Cast, login: Login) -> None:
        absence = Absence(person=cast.tess.person, first=date(2026, 3, 3), last=date(2026, 3, 4))
        services.absence_save(absence=absence, actor=cast.tess)
        edit = change(cast.setup, people=[cast.tess.person.pk])
        promised = post(login(cast.mara), "preview/", edit).json()
        kept = post(login(cast.mara), "edit/", edit).json()
        assert (
            promised["finish"] == kept["finish"] == {"before": "2026-03-09", "after": "2026-03-11", "days": 2}
        )
        assert promised["moved"] == 1

    def test_the_team_and_finance_may_not_try(self, cast: Cast, login: Login) -> None:
        for user in (cast.tom, cast.fay):
            assert post(login(user), "preview/", change(cast.kickoff, percent="5")).status_code == 403

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.one_of(
                st.builds(
                    lambda at, days: ("start_on", at, f"2026-03-{days:02d}"),
                    st.integers(0, 2),
                    st.integers(2, 31),
                ),
                st.builds(
                    lambda at, days: ("duration", at, f"{days}d"), st.integers(0, 2), st.integers(0, 9)
                ),
                st.builds(
                    lambda at, wbs, lag: ("predecessors", at, f"{wbs}SS{lag:+d}d"),
                    st.integers(0, 2),
                    st.integers(1, 3),
                    st.integers(-3, 3),
                ),
            ),
            min_size=1,
            max_size=3,
        )
    )
    def test_saving_does_what_the_preview_said(self, cast: Cast, said: list[tuple[str, int, str]]) -> None:
        tasks = list(Task.objects.filter(project=cast.nordwind).order_by("position"))
        edits = [{"do": "change", "task": tasks[at].pk, name: value} for name, at, value in said]
        entry = enter(cast.mara, "nordwind", "plan.change")
        outcome: list[Any] = []
        for act in (preview, work):
            try:
                found = act(entry=entry, edits=edits)
                outcome.append({row["id"]: (row.get("start"), row.get("finish")) for row in found["tasks"]})
            except Exception as error:
                outcome.append(str(error))
        promised, kept = outcome
        assert promised == kept


class LinkTests:
    def test_draw_change_and_remove(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        drawn = {"do": "link", "from": cast.kickoff.pk, "to": cast.go_live.pk, "type": "SS", "lag": "1d"}
        found = post(browser, "edit/", drawn).json()
        [link] = found["links"]
        assert (link["type"], link["lag"]) == ("SS", "+1d")
        assert post(browser, "edit/", drawn).status_code == 400
        turned = {"do": "relink", "link": link["id"], "version": link["version"], "type": "FF", "lag": "-2h"}
        assert post(browser, "edit/", turned).json()["links"][0]["lag"] == "-2h"
        assert post(browser, "edit/", turned).status_code == 409
        assert post(browser, "edit/", {"do": "unlink", "link": link["id"]}).json()["links_gone"]
        assert post(browser, "edit/", {"do": "unlink", "link": link["id"]}).status_code == 400

    @pytest.mark.parametrize(
        "values", [{"type": "XX"}, {"lag": "soon"}, {"to": -1}, {"to": True}, {"from": "1"}]
    )
    def test_wrong_ends_types_and_lags_are_refused(
        self, cast: Cast, login: Login, values: dict[str, Any]
    ) -> None:
        edit = {"do": "link", "from": cast.kickoff.pk, "to": cast.go_live.pk} | values
        assert post(login(cast.mara), "preview/", edit).status_code == 400


class ProgressTests:
    def test_one_says_how_far_ones_own_task_is(self, cast: Cast, login: Login) -> None:
        assert post(login(cast.tom), "edit/", change(cast.setup, percent="40 %")).status_code == 200
        cast.setup.refresh_from_db()
        assert cast.setup.percent_complete == 40

    def test_taken_back_to_nothing_it_has_not_started(self, cast: Cast, login: Login) -> None:
        before = Drawn.of(read_plan(cast.nordwind))
        for percent in ("100", "0"):
            cast.setup.refresh_from_db()
            assert post(login(cast.mara), "edit/", change(cast.setup, percent=percent)).status_code == 200
        cast.setup.refresh_from_db()
        assert (cast.setup.actual_start, cast.setup.actual_finish) == (None, None)
        after = Drawn.of(read_plan(cast.nordwind))
        assert [row | {"version": 0} for row in after.tasks.values()] == [
            row | {"version": 0} for row in before.tasks.values()
        ]

    def test_and_nothing_else(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        refused = [
            change(cast.kickoff, percent="40"),
            change(cast.setup, percent="40", name="Mine"),
            change(cast.setup, duration="1d"),
            {"do": "link", "from": cast.kickoff.pk, "to": cast.go_live.pk},
            {"do": "unlink", "link": Dependency.objects.first().pk},  # type: ignore[union-attr]
            {"do": "indent", "task": cast.setup.pk},
            {"do": "add", "name": "More"},
            {"do": "delete", "task": cast.setup.pk},
        ]
        for edit in refused:
            assert post(browser, "edit/", edit).status_code == 403, edit
        assert names(cast) == ["1 Kick-off", "2 Set up", "3 Go-live"]


class OutlineTests:
    def test_add_indent_move_and_outdent(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        found = post(browser, "edit/", {"do": "add", "name": "Check", "after": cast.setup.pk}).json()
        check = Task.objects.get(name="Check")
        assert found["order"] == [cast.kickoff.pk, cast.setup.pk, check.pk, cast.go_live.pk]
        post(browser, "edit/", {"do": "indent", "task": check.pk})
        assert names(cast) == ["1 Kick-off", "2 Set up", "2.1 Check", "3 Go-live"]
        post(browser, "edit/", {"do": "add", "name": "First", "parent": cast.setup.pk})
        assert names(cast)[2:4] == ["2.1 First", "2.2 Check"]
        post(browser, "edit/", {"do": "up", "task": check.pk})
        assert names(cast)[2:4] == ["2.1 Check", "2.2 First"]
        post(browser, "edit/", {"do": "down", "task": cast.kickoff.pk})
        assert names(cast) == ["1 Set up", "1.1 Check", "1.2 First", "2 Kick-off", "3 Go-live"]
        post(browser, "edit/", {"do": "outdent", "task": check.pk})
        assert names(cast) == ["1 Set up", "1.1 First", "2 Check", "3 Kick-off", "4 Go-live"]

    def test_steps_that_are_not_there_are_told(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        for edit, said in (
            ({"do": "indent", "task": cast.kickoff.pk}, "no task above"),
            ({"do": "outdent", "task": cast.kickoff.pk}, "top level"),
            ({"do": "up", "task": cast.kickoff.pk}, "first"),
            ({"do": "down", "task": cast.go_live.pk}, "last"),
            ({"do": "move", "task": cast.setup.pk, "parent": cast.setup.pk}, "below itself"),
            ({"do": "move", "task": cast.setup.pk, "parent": cast.go_live.pk}, "milestone"),
            ({"do": "move", "task": cast.setup.pk, "parent": cast.rival_task.pk}, "no such task"),
        ):
            answer = post(browser, "edit/", edit)
            assert answer.status_code in {400, 409}
            assert said in answer.json()["detail"]
        assert names(cast) == ["1 Kick-off", "2 Set up", "3 Go-live"]

    def test_what_is_deleted_comes_back_where_it_stood(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        for name in ("B", "A"):
            post(browser, "edit/", {"do": "add", "name": name, "parent": cast.setup.pk})
        tree = names(cast)
        gone = post(browser, "edit/", {"do": "delete", "task": cast.setup.pk}).json()["gone"]
        assert len(gone) == 3
        assert names(cast) == ["1 Kick-off", "2 Go-live"]
        found = post(browser, "edit/", {"do": "restore", "tasks": gone}).json()
        assert names(cast) == tree
        assert {link["from"] for link in found["links"]} == {cast.kickoff.pk, cast.setup.pk}
        assert post(browser, "edit/", {"do": "restore", "tasks": gone}).status_code == 400

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(st.integers(0, 6), st.sampled_from(["add", *services.OUTLINE_STEPS, "delete"])),
            max_size=8,
        )
    )
    def test_whatever_is_moved_the_tree_stays_whole(self, cast: Cast, steps: list[tuple[int, str]]) -> None:
        entry = enter(cast.mara, "nordwind", "plan.change")
        for at, do in steps:
            tasks = list(Task.objects.filter(project=cast.nordwind).order_by("position"))
            if not tasks:
                break
            task = tasks[at % len(tasks)]
            where = {"parent": task.parent_id, "after": task.pk} if do == "add" else {"task": task.pk}
            try:
                work(entry=entry, edits=[{"do": do, **where}])
            except Exception as error:
                assert getattr(error, "message", ""), error  # noqa: PT017 (a refusal is a right answer, too)
        tasks = list(Task.objects.filter(project=cast.nordwind).order_by("position"))
        assert [task.position for task in tasks] == list(range(1, len(tasks) + 1))
        by_id = {task.pk: task for task in tasks}
        for before, task in zip([None, *tasks], tasks, strict=False):
            parent = by_id[task.parent_id] if task.parent_id else None
            assert task.level == (parent.level + 1 if parent else 1)
            assert task.wbs.rpartition(".")[0] == (parent.wbs if parent else "")
            assert before is None or task.level <= before.level + 1
            assert task.is_summary == any(other.parent_id == task.pk for other in tasks)


class ApiTests:
    ROOT = "/api/v1/projects/nordwind/tasks/"

    def test_a_preview_over_the_api(self, cast: Cast, login: Login) -> None:
        body = {"edits": [{"do": "change", "task": cast.kickoff.pk, "duration": "3d"}]}
        found = login(cast.mara).post(f"{self.ROOT}preview/", body, content_type="application/json").json()
        assert found["finish"] == {"before": "2026-03-09", "after": "2026-03-11", "days": 2}
        assert [row["name"] for row in found["milestones"]] == ["Go-live"]
        cast.kickoff.refresh_from_db()
        assert cast.kickoff.duration_minutes == 480
        assert (
            login(cast.tom).post(f"{self.ROOT}preview/", body, content_type="application/json").status_code
            == 403
        )

    def test_indent_and_place_over_the_api(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)

        def move(task: Task, body: dict[str, Any], **headers: str) -> Any:
            url = f"{self.ROOT}{task.pk}/move/"
            return browser.post(url, body, content_type="application/json", headers=headers)

        # Below what it waits for, it would wait for itself.
        assert "wait for each other" in move(cast.go_live, {"step": "indent"}).json()["detail"]
        Dependency.objects.all().delete()
        assert move(cast.go_live, {"step": "indent"}).json()["wbs"] == "2.1"
        assert move(cast.go_live, {"parent": None, "after": None}).json()["wbs"] == "1"
        assert names(cast) == ["1 Go-live", "2 Kick-off", "3 Set up"]
        assert move(cast.setup, {"step": "up"}, **{"If-Match": '"99"'}).status_code == 412
        for wrong in ({}, {"step": "in"}, {"step": "up", "parent": None}, {"parent": cast.rival_task.pk}):
            assert move(cast.setup, wrong).status_code == 400
