"""The roadmap: releases, placing, from needs to tasks and milestones, orphans, and what the customer reads of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from implement.core.errors import DomainError, NotAllowed, StaleVersion, StateError
from implement.testkit.cast import Cast
from projects import services as plan
from projects.choices import Constraint
from projects.kit.access import Entry, enter
from projects.models import Assignment, JournalEntry, Milestone, Task, TraceLink
from projects.planning import today_of
from projects.requirements.choices import Priority, RequirementState
from projects.requirements.models import Release, Requirement, TaskReason
from projects.requirements.panels import customer_roadmap, team_roadmap
from projects.requirements.selectors.roadmap import (
    Quarter,
    Roadmap,
    effort_of,
    effort_sum,
    roadmap_of,
    standings_of,
)
from projects.requirements.selectors.shownroadmap import shown_roadmap
from projects.requirements.selectors.work import orphans_of, work_of
from projects.requirements.services.delivery import (
    Wanted,
    milestone_make,
    requirements_link,
    tasks_excuse,
    tasks_make,
    tasks_planned,
)
from projects.requirements.services.requirements import (
    requirement_delete,
    requirement_restore,
    requirement_save,
)
from projects.requirements.services.roadmap import (
    release_delete,
    release_move,
    release_restore,
    release_save,
    requirements_place,
)
from projects.requirements.tests.factories import ask, validated, write
from projects.requirements.workflows import RELEASE_WORKFLOW, REQUIREMENT_WORKFLOW

pytestmark = pytest.mark.django_db
HOUR = 3600


def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "requirements.plan")


def release(cast: Cast, name: str = "Release 1", **fields: Any) -> Release:
    """Let Mara plan a release."""
    row = Release(project=cast.nordwind, name=name, **{"title": f"What {name} brings", **fields})
    return release_save(release=row, entry=mara(cast))


def put(cast: Cast, where: Release | None, *rows: Requirement) -> list[Requirement]:
    return requirements_place(requirements=rows, release=where, entry=mara(cast))


def road(cast: Cast) -> Roadmap:
    return roadmap_of(project=cast.nordwind, as_of=today_of(cast.nordwind))


def step(cast: Cast, row: Release, name: str, reason: str = "") -> None:
    row.refresh_from_db()
    RELEASE_WORKFLOW.perform(name=name, item=row, entry=mara(cast), reason=reason)


def phase(cast: Cast, name: str = "Build") -> Task:
    """Return a summary of the plan with a task below it."""
    top = plan.task_save(task=Task(project=cast.nordwind, name=name), actor=cast.mara)
    plan.task_save(task=Task(project=cast.nordwind, name=f"{name}: first", parent=top), actor=cast.mara)
    top.refresh_from_db()
    return top


class ReleaseTests:
    def test_releases_stand_in_the_order_in_which_they_were_planned_until_one_is_moved(
        self, cast: Cast
    ) -> None:
        first, second = release(cast), release(cast, "Release 2")
        release_move(release=second, direction="earlier", entry=mara(cast))
        assert [one.release for one in standings_of(project=cast.nordwind, as_of=date(2026, 3, 2))] == [
            second,
            first,
        ]
        with pytest.raises(StateError, match="first already"):
            release_move(release=second, direction="earlier", entry=mara(cast))

    def test_a_name_is_given_once_whatever_its_case_and_is_free_again_after_the_trash(
        self, cast: Cast
    ) -> None:
        one = release(cast)
        with pytest.raises(DomainError, match="has this name"):
            release(cast, "release 1")
        release_delete(release=one, entry=mara(cast))
        assert release(cast).number == 2
        with pytest.raises(DomainError):
            release_restore(release=one, entry=mara(cast))

    def test_its_day_is_its_milestones_in_the_plan_and_the_target_day_only_without_one(
        self, cast: Cast
    ) -> None:
        milestone = Milestone.objects.get(pk=cast.go_live.pk)
        row = release(cast, milestone=milestone, target_on=date(2027, 1, 4))
        (standing,) = standings_of(project=cast.nordwind, as_of=date(2026, 3, 2))
        assert (standing.day, standing.source) == (date(2026, 3, 9), "plan")
        plan.task_delete(task=cast.go_live, actor=cast.mara)
        (standing,) = standings_of(project=cast.nordwind, as_of=date(2026, 3, 2))
        assert (standing.day, standing.source, standing.quarter) == (
            date(2027, 1, 4),
            "target",
            Quarter(2027, 1),
        )
        assert Release.objects.get(pk=row.pk).live_milestone is None

    def test_a_slip_since_the_baseline_and_the_quarter_that_it_left_are_told(self, cast: Cast) -> None:
        release(cast, milestone=Milestone.objects.get(pk=cast.go_live.pk))
        plan.baseline_take(project=cast.nordwind, name="Plan", actor=cast.mara, budgets={})
        cast.setup.duration_minutes = 480 * 30
        plan.task_save(task=cast.setup, actor=cast.mara)
        (standing,) = standings_of(project=cast.nordwind, as_of=today_of(cast.nordwind))
        assert (standing.slip_days, standing.slip_words) == (25, "25 days later")
        assert (str(standing.quarter), str(standing.moved_from)) == ("Q2 2026", "Q1 2026")

    def test_a_task_that_is_no_milestone_or_a_rivals_is_no_day_of_a_release(self, cast: Cast) -> None:
        rival = Task.objects.create(project=cast.rival, name="Secret", position=9, is_milestone=True)
        for task in (cast.setup, rival):
            row = Release(project=cast.nordwind, name="R", title="T", milestone_id=task.pk)
            with pytest.raises(DomainError) as raised:
                release_save(release=row, entry=mara(cast))
            assert "milestone" in raised.value.fields

    def test_only_who_plans_plans(self, cast: Cast) -> None:
        row = Release(project=cast.nordwind, name="R", title="T")
        for user in (cast.tom, cast.fay):
            with pytest.raises(NotAllowed):
                release_save(release=row, entry=enter(user, "nordwind", "requirements.view"))

    def test_only_what_is_signed_is_handed_over_and_then_it_stays(self, cast: Cast) -> None:
        row, signed, draft = release(cast), validated(cast), write(cast, "Export orders")
        with pytest.raises(StateError, match="no requirement"):
            step(cast, row, "release")
        put(cast, row, signed, draft)
        with pytest.raises(StateError, match="1 requirement in it is not validated"):
            step(cast, row, "release")
        put(cast, None, draft)
        step(cast, row, "release")
        assert row.released_on == today_of(cast.nordwind)
        for attempt in (lambda: put(cast, None, signed), lambda: put(cast, row, draft)):
            with pytest.raises(StateError):
                attempt()
        step(cast, row, "reopen", "Rolled back")
        assert (row.status, row.released_on) == ("work", None)

    def test_what_was_put_into_it_while_it_was_handed_over_is_seen(self, cast: Cast) -> None:
        row = release(cast)
        put(cast, row, validated(cast), write(cast, "Export orders"))
        # The guard was asked before somebody put the draft there.
        for name in ("release", "drop"):
            effect = RELEASE_WORKFLOW.by_name[name].effect
            assert effect is not None
            with pytest.raises(StateError), transaction.atomic():
                effect(row, cast.mara, "Late")

    def test_what_holds_requirements_is_neither_dropped_nor_thrown_away(self, cast: Cast) -> None:
        row, need = release(cast), write(cast)
        put(cast, row, need)
        with pytest.raises(StateError, match="elsewhere first"):
            step(cast, row, "drop", "No money")
        with pytest.raises(StateError, match="elsewhere first"):
            release_delete(release=row, entry=mara(cast))
        put(cast, None, need)
        step(cast, row, "drop", "No money")
        assert not road(cast).columns


class PlaceTests:
    def test_placing_makes_no_new_version_and_leaves_the_signature(self, cast: Cast) -> None:
        need, row = validated(cast), release(cast)
        put(cast, row, need)
        need.refresh_from_db()
        assert (need.release, need.revision, need.status) == (row, 1, RequirementState.VALIDATED)
        entry = JournalEntry.objects.get(action="requirement.placed")
        assert (entry.target_id, entry.changes) == (str(need.pk), {"release": [None, "Release 1"]})

    def test_what_waits_for_the_customers_answer_can_be_placed(self, cast: Cast) -> None:
        need = write(cast)
        ask(cast, need)
        assert put(cast, release(cast), need)

    def test_parts_that_stand_with_their_whole_go_with_it(self, cast: Cast) -> None:
        first, second = release(cast), release(cast, "Release 2")
        whole = write(cast, "Orders")
        near, far = write(cast, "Import", parent=whole), write(cast, "Export", parent=whole)
        below = write(cast, "Import lines", parent=near)
        put(cast, second, far)
        assert {row.pk for row in put(cast, first, whole)} == {whole.pk, near.pk, below.pk}
        far.refresh_from_db()
        assert far.release == second

    def test_all_or_none_and_nothing_that_is_out_of_scope_or_a_rivals(self, cast: Cast) -> None:
        row, need, gone = release(cast), write(cast), write(cast, "Export orders")
        REQUIREMENT_WORKFLOW.perform(name="defer", item=gone, entry=mara(cast), reason="Later")
        rival = Requirement.objects.create(project=cast.rival, number=1, title="Secret", statement="x")
        for other in (gone, rival):
            with pytest.raises(DomainError):
                put(cast, row, need, other)
        need.refresh_from_db()
        assert need.release is None
        theirs = Release.objects.create(project=cast.rival, name="R", title="T", number=1)
        with pytest.raises(DomainError) as raised:
            put(cast, theirs, need)
        assert "release" in raised.value.fields

    def test_what_was_left_in_a_dropped_release_stands_in_none_and_can_be_placed_anew(
        self, cast: Cast
    ) -> None:
        row, need = release(cast), validated(cast)
        put(cast, row, need)
        need.refresh_from_db()
        REQUIREMENT_WORKFLOW.perform(name="defer", item=need, entry=mara(cast), reason="Later")
        step(cast, row, "drop", "No money")
        REQUIREMENT_WORKFLOW.perform(name="resume", item=need, entry=mara(cast))
        assert [card.requirement for card in road(cast).unplaced.cards] == [need]
        assert not orphans_of(project=cast.nordwind).requirements[0].has_release
        assert list(Requirement.objects.unplaced()) == [need]
        assert put(cast, release(cast, "Release 2"), need)
        assert not Requirement.objects.unplaced().exists()

    def test_a_draft_comes_back_from_the_trash_without_a_release_that_is_gone(self, cast: Cast) -> None:
        row, need = release(cast), write(cast)
        put(cast, row, need)
        need.refresh_from_db()
        requirement_delete(requirement=need, entry=mara(cast))
        release_delete(release=row, entry=mara(cast))
        requirement_restore(requirement=Requirement.with_trash.get(), entry=mara(cast))
        assert Requirement.objects.get().release is None

    def test_an_older_version_is_not_placed_over_a_newer_one(self, cast: Cast) -> None:
        need = write(cast)
        put(cast, release(cast), need)
        with pytest.raises(StaleVersion):
            requirements_place(requirements=[need], release=None, entry=mara(cast), expected_version=1)

    def test_placing_what_stands_there_already_writes_nothing(self, cast: Cast) -> None:
        row, need = release(cast), write(cast)
        put(cast, row, need)
        assert put(cast, row, need) == []
        assert JournalEntry.objects.filter(action="requirement.placed").count() == 1


class EffortTests:
    def test_hours_are_summed_by_priority_and_too_much_must_is_pointed_out(self, cast: Cast) -> None:
        row = release(cast)
        hours = ((Priority.MUST, 61), (Priority.SHOULD, 30), (Priority.COULD, 9), (Priority.WONT, 50))
        needs = [write(cast, one, priority=one, estimate_seconds=many * HOUR) for one, many in hours]
        needs.append(write(cast, "Nobody knows", priority=Priority.MUST))
        put(cast, row, *needs)
        effort = road(cast).columns[0].effort
        assert (effort.total, effort.unestimated) == (150 * HOUR, 1)
        assert effort.must_percent == 61
        assert effort.has_too_much_must

    def test_nothing_estimated_is_not_zero_percent(self, cast: Cast) -> None:
        put(cast, release(cast), write(cast))
        assert road(cast).columns[0].effort.must_percent is None

    def test_a_tasks_hours_count_once_in_the_first_release_that_it_delivers_something_of(
        self, cast: Cast
    ) -> None:
        first, second = validated(cast), validated(cast, "Export orders")
        put(cast, release(cast), first)
        put(cast, release(cast, "Release 2"), second)
        requirements_link(requirements=[first, second], tasks=[cast.setup], entry=mara(cast))
        cast.setup.percent_complete = 25
        plan.task_save(task=cast.setup, actor=cast.mara)
        columns = road(cast).columns
        assert [(one.planned_seconds, one.open_seconds) for one in columns] == [
            (40 * HOUR, 30 * HOUR),
            (0, 0),
        ]

    def test_a_summary_and_a_task_below_it_count_once(self, cast: Cast) -> None:
        need, top = validated(cast), phase(cast)
        leaf = top.children.get()
        Assignment.objects.create(task=leaf, person=cast.tom.person, planned_seconds=8 * HOUR)
        requirements_link(requirements=[need], tasks=[top, leaf], entry=mara(cast))
        assert road(cast).unplaced.planned_seconds == 8 * HOUR

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(Priority.values),
                st.none() | st.integers(0, 10**7),
                st.none() | st.integers(0, 4),
            )
        )
    )
    def test_the_releases_and_what_is_not_placed_sum_up_to_all(
        self, rows: list[tuple[str, int | None, int | None]]
    ) -> None:
        needs = [
            Requirement(priority=priority, estimate_seconds=seconds, release_id=where)
            for priority, seconds, where in rows
        ]
        by_release = {
            where: [row for row in needs if row.release_id == where] for where in (None, 0, 1, 2, 3, 4)
        }
        parts, whole = effort_sum(effort_of(found) for found in by_release.values()), effort_of(needs)
        assert (parts.by_priority, parts.total, parts.unestimated) == (
            whole.by_priority,
            whole.total,
            whole.unestimated,
        )

    def test_columns_and_quarters_sum_up_to_the_whole(self, cast: Cast) -> None:
        whole = write(cast, "Orders", estimate_seconds=5 * HOUR)
        part = write(cast, "Import", parent=whole, estimate_seconds=3 * HOUR)
        dated = release(cast, target_on=date(2026, 5, 4))
        put(cast, dated, whole)
        put(cast, release(cast, "Release 2"), part)
        write(cast, "Alone", estimate_seconds=HOUR)
        found = road(cast)
        assert effort_sum(one.effort for one in found.everything).total == found.effort.total == 9 * HOUR
        groups = found.by_quarter()
        assert [(str(one.quarter), one.effort.total) for one in groups] == [
            ("Q2 2026", 5 * HOUR),
            ("None", 3 * HOUR),
        ]


class TasksTests:
    def test_each_becomes_a_task_with_the_estimated_hours_of_its_owner_and_delivers_it(
        self, cast: Cast
    ) -> None:
        need = validated(cast, owner=cast.tom.person, estimate_seconds=12 * HOUR)
        top = phase(cast)
        (task,) = tasks_make(requirements=[need], wanted=Wanted(parent=top), entry=mara(cast))
        task.refresh_from_db()
        assert (task.name, task.parent, task.duration_minutes, task.is_estimated) == (
            "Import orders",
            top,
            720,
            False,
        )
        assert task.start is not None
        assert [(row.person, row.planned_seconds) for row in task.assignments.all()] == [
            (cast.tom.person, 12 * HOUR)
        ]
        link = TraceLink.objects.get(type="delivers")
        assert (link.source_id, link.target_id, link.target_revision) == (task.pk, need.pk, 1)
        assert task.wbs == f"{top.wbs}.2"

    def test_one_task_for_all_has_everybodys_own_hours(self, cast: Cast) -> None:
        needs = [
            validated(cast, title, owner=user.person, estimate_seconds=hours * HOUR)
            for title, user, hours in (("A", cast.tom, 3), ("B", cast.tess, 4), ("C", cast.tom, 5))
        ]
        wanted = Wanted(is_one=True, name="Orders")
        (task,) = tasks_make(requirements=needs, wanted=wanted, entry=mara(cast))
        assert {row.person: row.planned_seconds for row in task.assignments.all()} == {
            cast.tom.person: 8 * HOUR,
            cast.tess.person: 4 * HOUR,
        }
        assert TraceLink.objects.filter(source_id=task.pk).count() == 3
        with pytest.raises(DomainError) as raised:
            tasks_make(requirements=needs, wanted=Wanted(is_one=True, also_tasked=True), entry=mara(cast))
        assert "name" in raised.value.fields

    def test_without_an_estimate_it_is_a_day_and_says_that_it_is_a_guess(self, cast: Cast) -> None:
        (task,) = tasks_make(requirements=[validated(cast)], wanted=Wanted(), entry=mara(cast))
        assert (task.duration_minutes, task.is_estimated, task.assignments.count()) == (480, True, 0)

    def test_of_what_is_not_signed_nothing_is_made_at_all(self, cast: Cast) -> None:
        before = Task.objects.count()
        with pytest.raises(StateError, match="Not validated: REQ-002"):
            tasks_make(requirements=[validated(cast), write(cast, "B")], wanted=Wanted(), entry=mara(cast))
        assert Task.objects.count() == before
        assert not TraceLink.objects.exists()

    def test_what_a_task_delivers_already_is_left_out_unless_it_is_wanted(self, cast: Cast) -> None:
        need = validated(cast)
        requirements_link(requirements=[need], tasks=[cast.setup], entry=mara(cast))
        planned = tasks_planned(requirements=[need], wanted=Wanted(), work=work_of(project=cast.nordwind))
        assert (planned.tasks, planned.left_out) == ([], [need])
        assert tasks_make(requirements=[need], wanted=Wanted(), entry=mara(cast)) == []
        assert len(tasks_make(requirements=[need], wanted=Wanted(also_tasked=True), entry=mara(cast))) == 1

    def test_nothing_is_put_below_a_task_that_has_its_own_work_or_is_a_rivals(self, cast: Cast) -> None:
        need = validated(cast)
        for parent in (cast.setup, cast.go_live, cast.rival_task):
            with pytest.raises(DomainError) as raised:
                tasks_make(requirements=[need], wanted=Wanted(parent=parent), entry=mara(cast))
            assert "parent" in raised.value.fields

    def test_it_asks_for_the_plans_grant_too(self, cast: Cast) -> None:
        need, full = validated(cast), mara(cast)
        less = Entry(full.user, full.project, full.role, full.person, full.grants - {"plan.change"})
        with pytest.raises(NotAllowed):
            tasks_make(requirements=[need], wanted=Wanted(), entry=less)
        with pytest.raises(NotAllowed):
            milestone_make(release=release(cast), entry=less, name="M")


class MilestoneTests:
    def test_it_waits_for_the_work_that_delivers_the_release(self, cast: Cast) -> None:
        need, row = validated(cast), release(cast)
        put(cast, row, need)
        requirements_link(requirements=[need], tasks=[cast.setup], entry=mara(cast))
        made = milestone_make(release=row, entry=mara(cast), name="Release 1")
        assert made.finish == Task.objects.get(pk=cast.setup.pk).finish
        assert made.title_for_customer == row.title
        assert Release.objects.get(pk=row.pk).milestone == made
        with pytest.raises(StateError, match="has its milestone"):
            milestone_make(release=row, entry=mara(cast), name="Again")

    def test_without_work_it_stands_on_the_target_day_and_without_that_it_is_refused(
        self, cast: Cast
    ) -> None:
        row = release(cast)
        with pytest.raises(DomainError, match="target day"):
            milestone_make(release=row, entry=mara(cast), name="Release 1")
        row.target_on = date(2026, 6, 10)
        release_save(release=row, entry=mara(cast))
        made = milestone_make(release=row, entry=mara(cast), name="Release 1")
        assert made.constraint == Constraint.SNET
        (standing,) = standings_of(project=cast.nordwind, as_of=today_of(cast.nordwind))
        assert (standing.day, standing.source) == (date(2026, 6, 10), "plan")


class OrphanTests:
    def test_a_signed_requirement_needs_a_release_and_a_task(self, cast: Cast) -> None:
        need = validated(cast)
        write(cast, "A draft")
        (one,) = orphans_of(project=cast.nordwind).requirements
        assert (one.requirement, one.has_release, one.has_task) == (need, False, False)
        put(cast, release(cast), need)
        requirements_link(requirements=[need], tasks=[cast.setup], entry=mara(cast))
        assert not orphans_of(project=cast.nordwind).requirements

    def test_a_whole_is_delivered_by_all_of_its_parts_and_a_part_by_its_whole(self, cast: Cast) -> None:
        whole = validated(cast, "Orders")
        near, far = validated(cast, "Import", parent=whole), validated(cast, "Export", parent=whole)
        put(cast, release(cast), whole)

        def untasked() -> set[str]:
            return {one.requirement.title for one in orphans_of(project=cast.nordwind).requirements}

        requirements_link(requirements=[near], tasks=[cast.setup], entry=mara(cast))
        assert untasked() == {"Orders", "Export"}
        requirements_link(requirements=[far], tasks=[cast.setup], entry=mara(cast))
        assert untasked() == set()
        TraceLink.objects.all().delete()
        requirements_link(requirements=[whole], tasks=[cast.setup], entry=mara(cast))
        assert untasked() == set()

    def test_work_has_its_reason_by_itself_or_by_what_stands_above_it(self, cast: Cast) -> None:
        top = phase(cast)
        leaf = top.children.get()
        assert set(orphans_of(project=cast.nordwind).tasks) == {cast.kickoff.pk, cast.setup.pk, leaf.pk}
        requirements_link(requirements=[validated(cast)], tasks=[top], entry=mara(cast))
        assert set(orphans_of(project=cast.nordwind).tasks) == {cast.kickoff.pk, cast.setup.pk}
        tasks_excuse(tasks=[cast.kickoff, cast.setup], reason="Project management", entry=mara(cast))
        found = orphans_of(project=cast.nordwind)
        assert (found.tasks, len(found.excused)) == ((), 2)

    def test_a_reason_is_said_once_and_can_be_said_anew(self, cast: Cast) -> None:
        for reason in ("Project management", "Overhead"):
            tasks_excuse(tasks=[cast.kickoff], reason=reason, entry=mara(cast))
        assert TaskReason.objects.get().reason == "Overhead"
        with pytest.raises(DomainError) as raised:
            tasks_excuse(tasks=[cast.kickoff], reason=" ", entry=mara(cast))
        assert "reason" in raised.value.fields
        with pytest.raises(DomainError):
            tasks_excuse(tasks=[cast.rival_task], reason="Ours", entry=mara(cast))
        with pytest.raises(IntegrityError), transaction.atomic():
            TaskReason.objects.create(task=cast.kickoff, reason="Twice")

    def test_a_task_in_the_trash_delivers_nothing(self, cast: Cast) -> None:
        need = validated(cast)
        requirements_link(requirements=[need], tasks=[cast.setup], entry=mara(cast))
        plan.task_delete(task=cast.setup, actor=cast.mara)
        (one,) = orphans_of(project=cast.nordwind).requirements
        assert not one.has_task

    def test_linking_twice_adds_nothing_and_a_milestone_delivers_nothing(self, cast: Cast) -> None:
        need = validated(cast)
        assert requirements_link(requirements=[need], tasks=[cast.setup], entry=mara(cast)) == 1
        assert requirements_link(requirements=[need], tasks=[cast.setup], entry=mara(cast)) == 0
        with pytest.raises(DomainError, match="is a milestone"):
            requirements_link(requirements=[need], tasks=[cast.go_live], entry=mara(cast))


class CustomerTests:
    def test_only_published_releases_with_what_they_were_shown_in_that_version(self, cast: Cast) -> None:
        need, draft = validated(cast), write(cast, "Never shown")
        hidden = release(cast, "Internal", note="Margin")
        shown = release(cast, "Release 1", is_published=True, goal="You import orders", note="Secret")
        other = validated(cast, "In the hidden one")
        put(cast, shown, need, draft)
        put(cast, hidden, other)
        need.refresh_from_db()
        need.title = "Import all orders"
        requirement_save(requirement=need, entry=mara(cast), reason="Asked for")
        (one,) = shown_roadmap(project=cast.nordwind, as_of=today_of(cast.nordwind))
        assert (one.title, one.goal) == ("What Release 1 brings", "You import orders")
        (row,) = one.requirements
        assert (row.content["title"], row.words) == ("Import orders", "In rework")
        assert one.signed == 0

    def test_a_day_is_told_only_with_its_milestone_and_else_the_quarter(self, cast: Cast) -> None:
        milestone = Milestone.objects.get(pk=cast.go_live.pk)
        release(cast, milestone=milestone, is_published=True)
        release(cast, "Release 2", target_on=date(2026, 8, 3), is_published=True)
        dated, aimed = shown_roadmap(project=cast.nordwind, as_of=date(2026, 3, 2))
        assert (dated.day, aimed.day, str(aimed.quarter)) == (date(2026, 3, 9), None, "Q3 2026")
        Task.objects.filter(pk=cast.go_live.pk).update(is_published=False)
        dated, _ = shown_roadmap(project=cast.nordwind, as_of=date(2026, 3, 2))
        assert (dated.day, dated.agreed_on, dated.moved_from, str(dated.quarter)) == (
            None,
            None,
            None,
            "Q1 2026",
        )

    def test_the_portal_shows_it_by_quarter_on_request(self, cast: Cast, login: Any) -> None:
        for name, day in (("Late", date(2026, 8, 3)), ("Early", date(2026, 5, 4)), ("Undated", None)):
            release(cast, name, target_on=day, is_published=True)
        browser, url = login(cast.carla), "/portal/nordwind/roadmap/"
        grouped = browser.get(f"{url}?by=quarter").context["groups"]
        assert [(str(quarter), [one.title for one in found]) for quarter, found in grouped] == [
            ("Q2 2026", ["What Early brings"]),
            ("Q3 2026", ["What Late brings"]),
            ("None", ["What Undated brings"]),
        ]
        page = browser.get(url)
        ((_, found),) = page.context["groups"]
        assert [one.title for one in found] == [
            f"What {name} brings" for name in ("Late", "Early", "Undated")
        ]
        assert '<a href="?by=quarter">By quarter</a>' in page.content.decode()

    def test_the_portals_page_and_both_panels_tell_nothing_internal(self, cast: Cast, login: Any) -> None:
        row = release(
            cast, "Codename Alster", is_published=True, note="Margin is thin", milestone_id=cast.go_live.pk
        )
        release(cast, "Codename Elbe", title="Not told")
        put(cast, row, validated(cast, estimate_seconds=4321 * HOUR))
        client: Client = login(cast.carla)
        for address in ("/portal/nordwind/roadmap/", "/portal/nordwind/"):
            text = client.get(address).content.decode()
            assert "What Codename Alster brings" in text
            for secret in ("Margin", "Elbe", "Not told", "4321", "4,321"):
                assert secret not in text.replace("What Codename Alster brings", ""), secret
        assert customer_roadmap(cast.nordwind, timezone.localdate()) is not None
        told = team_roadmap(cast.nordwind, timezone.localdate())
        assert told is not None
        assert [one["name"] for one in told["rows"]] == [
            "Codename Alster: What Codename Alster brings",
            "Codename Elbe: Not told",
        ]

    def test_without_a_release_there_is_no_panel(self, cast: Cast) -> None:
        assert team_roadmap(cast.nordwind, timezone.localdate()) is None
        assert customer_roadmap(cast.nordwind, timezone.localdate()) is None


class PageTests:
    def test_a_card_that_is_dropped_is_answered_with_the_board(self, cast: Cast, login: Any) -> None:
        need, row = write(cast), release(cast)
        client: Client = login(cast.mara)
        answer = client.post(
            "/projects/nordwind/roadmap/place/",
            {"rows": need.pk, "release": row.pk},
            headers={"HX-Request": "true"},
        )
        assert answer.status_code == 200
        assert "REQ-001 is in Release 1 now." in answer.content.decode()
        step(cast, row, "begin")
        REQUIREMENT_WORKFLOW.perform(name="defer", item=need, entry=mara(cast), reason="Later")
        refused = client.post(
            "/projects/nordwind/roadmap/place/",
            {"rows": need.pk, "release": ""},
            headers={"HX-Request": "true"},
        )
        assert refused.status_code == 422
        assert "only what is in scope" in refused["HX-Trigger"]

    def test_without_a_script_the_bar_and_the_page_place_and_tell_what_is_not_validated(
        self, cast: Cast, login: Any
    ) -> None:
        need, row = write(cast), release(cast)
        client: Client = login(cast.mara)
        page = client.get(f"/projects/nordwind/roadmap/place/?rows={need.pk}").content.decode()
        assert "1 of 1 not validated yet" in page
        client.post("/projects/nordwind/roadmap/do/", {"rows": need.pk, "do": f"to-{row.pk}"})
        need.refresh_from_db()
        assert need.release == row
        answer = client.post("/projects/nordwind/roadmap/do/", {"rows": need.pk, "do": "tasks"})
        assert answer.headers["Location"] == f"/projects/nordwind/roadmap/tasks/?rows={need.pk}"

    def test_tasks_are_previewed_and_then_made(self, cast: Cast, login: Any) -> None:
        need = validated(cast, estimate_seconds=6 * HOUR)
        client: Client = login(cast.mara)
        said = {"rows": need.pk, "shape": "each", "with_owner": "on"}
        before = Task.objects.count()
        page = client.post("/projects/nordwind/roadmap/tasks/", said | {"preview": "1"})
        assert (page.status_code, Task.objects.count()) == (200, before)
        assert "Make 1 task" in page.content.decode()
        assert client.post("/projects/nordwind/roadmap/tasks/", said | {"make": "1"}).status_code == 302
        assert Task.objects.count() == before + 1

    def test_nonsense_is_refused_on_the_form_and_never_a_fault(self, cast: Cast, login: Any) -> None:
        need = write(cast)
        client: Client = login(cast.mara)
        for address, said in (
            ("roadmap/place/", {"rows": "x", "release": "9" * 30}),
            ("roadmap/tasks/", {"rows": need.pk, "shape": "all", "parent": "-1"}),
            ("roadmap/tasks/", {"rows": need.pk, "shape": "each"}),
            ("roadmap/link/", {"rows": need.pk, "tasks": "x"}),
            ("roadmap/orphans/link/", {"rows": cast.setup.pk, "requirements": ""}),
            ("roadmap/orphans/reason/", {"rows": cast.setup.pk, "reason": ""}),
        ):
            answer = client.post(f"/projects/nordwind/{address}", said)
            assert answer.status_code in {409, 422}, address
        assert client.post("/projects/nordwind/roadmap/do/", {"do": "to-x"}).status_code == 302

    def test_the_list_knows_what_is_in_a_release_and_what_in_none(self, cast: Cast, login: Any) -> None:
        need, row = write(cast), release(cast)
        write(cast, "Alone")
        put(cast, row, need)
        client: Client = login(cast.tom)
        placed = client.get(f"/projects/nordwind/requirements/?release={row.pk}").content.decode()
        alone = client.get("/projects/nordwind/requirements/?show=unplaced").content.decode()
        assert ("Import orders" in placed, "Alone" in placed) == (True, False)
        assert ("Import orders" in alone, "Alone" in alone) == (False, True)


class ApiTests:
    def test_a_requirement_is_placed_by_a_patch_that_leaves_its_text(self, cast: Cast, login: Any) -> None:
        need, row = write(cast), release(cast)
        ask(cast, need)
        client: Client = login(cast.mara)
        where = f"/api/v1/projects/nordwind/requirements/{need.pk}/"
        etag = client.get(where)["ETag"]

        def patch(user: Any, said: dict[str, Any], **headers: str) -> Any:
            return login(user).patch(where, said, content_type="application/json", headers=headers)

        answer = patch(cast.mara, {"release": row.pk}, **{"If-Match": etag})
        assert (answer.status_code, answer.json()["release"]) == (200, row.pk)
        assert patch(cast.mara, {"release": None}, **{"If-Match": etag}).status_code == 412
        assert patch(cast.tom, {"release": None}).status_code == 403
        assert patch(cast.mara, {"release": "1"}).status_code == 400
        # The text itself waits for the customer.
        assert patch(cast.mara, {"release": None, "title": "Other"}).status_code == 409
        need.refresh_from_db()
        assert need.release == row

    def test_figures_tasks_and_releases(self, cast: Cast, login: Any) -> None:
        need = validated(cast, estimate_seconds=6 * HOUR)
        client: Client = login(cast.mara)
        root = "/api/v1/projects/nordwind/"
        made = client.post(f"{root}releases/", {"name": "R1", "title": "T"}, content_type="application/json")
        assert made.status_code == 201
        pk = made.json()["id"]
        placed = client.post(
            f"{root}roadmap/place/",
            {"requirements": [need.pk], "release": pk},
            content_type="application/json",
        )
        assert placed.json() == {"moved": [need.pk]}
        tasks = client.post(
            f"{root}roadmap/tasks/", {"requirements": [need.pk]}, content_type="application/json"
        )
        assert len(tasks.json()["tasks"]) == 1
        found = client.get(f"{root}roadmap/").json()
        assert found["releases"][0]["effort"]["must_percent"] == "0.00"
        assert found["effort"]["total_seconds"] == 6 * HOUR
        assert found["orphans"]["requirements_without_task"] == []
        assert (
            client.post(
                f"{root}releases/{pk}/steps/", {"step": "begin"}, content_type="application/json"
            ).json()["status"]
            == "work"
        )
        assert (
            login(cast.tom)
            .post(f"{root}releases/", {"name": "R2", "title": "T"}, content_type="application/json")
            .status_code
            == 403
        )
