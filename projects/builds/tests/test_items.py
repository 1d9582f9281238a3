"""Writing build items, moving them, blocking them, and what done means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.builds.choices import BuildKind, BuildState
from projects.builds.models import BuildItem, DoneCriterion, Environment, WipLimit
from projects.builds.services.items import (
    item_block,
    item_delete,
    item_restore,
    item_save,
    item_unblock,
    tick_set,
)
from projects.builds.tests.factories import build, mara, step, tess, tom
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.access import enter
from projects.kit.trace import link_add, links_of
from projects.models import JournalEntry, Project
from projects.requirements.tests.factories import write

pytestmark = pytest.mark.django_db


class WriteTests:
    def test_keys_count_up_in_each_project_and_are_never_given_twice(self, cast: Cast) -> None:
        first, second = build(cast), build(cast, "Price list")
        assert (first.key, second.key) == ("BLD-001", "BLD-002")
        item_delete(item=second, entry=tom(cast))
        assert build(cast, "Stock report").key == "BLD-003"

    def test_the_first_item_brings_the_usual_environments(self, cast: Cast) -> None:
        build(cast)
        build(cast, "Another")
        names = list(Environment.objects.filter(project=cast.nordwind).values_list("name", flat=True))
        assert names == ["DEV", "TEST", "UAT", "PROD"]

    def test_another_text_puts_its_links_in_doubt_and_another_estimate_does_not(self, cast: Cast) -> None:
        row, need = build(cast), write(cast)
        link = link_add(entry=tom(cast), type="implements", source=row, target=need)
        row.estimate_seconds = 7200
        item_save(item=row, entry=tom(cast))
        link.refresh_from_db()
        assert (link.suspect_since, row.revision) == (None, 1)
        row.description = "With the price list."
        item_save(item=row, entry=tom(cast))
        (group,) = links_of(need, tom(cast))
        assert group.items[0].changed == f"{row.key} is in version 2 now, was 1"
        assert JournalEntry.objects.filter(action="requirement.suspect", target_id=str(need.pk)).exists()

    def test_what_remains_begins_with_the_estimate(self, cast: Cast) -> None:
        assert build(cast, estimate_seconds=7200).remaining_seconds == 7200
        assert build(cast, estimate_seconds=7200, remaining_seconds=3600).remaining_seconds == 3600

    def test_links_stay_in_the_project_and_with_us(self, cast: Cast) -> None:
        for name, value in (
            ("owner", cast.carla.person),
            ("task", cast.rival_task),
            ("task", cast.go_live),
        ):
            row = build(cast)
            setattr(row, name, value)
            with pytest.raises(DomainError) as raised:
                item_save(item=row, entry=tom(cast))
            assert name in raised.value.fields

    def test_what_was_begun_is_not_thrown_away(self, cast: Cast) -> None:
        row = build(cast, state=BuildState.DOING)
        with pytest.raises(StateError, match="has been begun"):
            item_delete(item=row, entry=tom(cast))

    def test_it_comes_back_without_a_task_that_is_gone(self, cast: Cast) -> None:
        row = build(cast, task=cast.setup)
        item_delete(item=row, entry=tom(cast))
        cast.setup.deleted_at = row.deleted_at
        cast.setup.save()
        row.refresh_from_db()
        item_restore(item=row, entry=tom(cast))
        assert BuildItem.objects.get(pk=row.pk).task is None

    def test_finance_reads_and_does_not_write(self, cast: Cast) -> None:
        row = build(cast)
        with pytest.raises(NotAllowed):
            item_save(item=row, entry=enter(cast.fay, "nordwind", "builds.view"))


class MoveTests:
    def test_it_goes_from_to_do_to_built(self, cast: Cast) -> None:
        row = build(cast, estimate_seconds=7200)
        seen = [row.status]
        for name in ("start", "submit", "finish"):
            step(cast, row, name)
            seen.append(row.status)
        assert seen == ["todo", "doing", "review", "built"]
        assert row.worked_by == cast.tom
        assert row.remaining_seconds == 0

    def test_no_step_leads_to_deployed_or_verified(self) -> None:
        targets = {step.target for step in BUILD_WORKFLOW.transitions}
        assert not targets & {BuildState.DEPLOYED, BuildState.VERIFIED}

    def test_nothing_is_deployed_nowhere(self, cast: Cast) -> None:
        row = build(cast)
        with pytest.raises(IntegrityError), transaction.atomic():
            BuildItem.objects.filter(pk=row.pk).update(status=BuildState.DEPLOYED)

    def test_it_goes_back_by_one_column_with_a_reason(self, cast: Cast) -> None:
        row = build(cast, state=BuildState.REVIEW)
        with pytest.raises(DomainError, match="reason"):
            step(cast, row, "back")
        step(cast, row, "back", "The totals are wrong")
        assert (row.status, row.round) == (BuildState.DOING, 1)
        step(cast, row, "back", "Something else first")
        assert row.status == BuildState.TODO
        told = JournalEntry.objects.filter(action="builditem.back").order_by("pk").first()
        assert told is not None
        assert told.changes["reason"] == ["", "The totals are wrong"]

    def test_what_was_built_begins_a_new_round_when_it_goes_back(self, cast: Cast) -> None:
        row = build(cast, state=BuildState.BUILT)
        step(cast, row, "back", "It prints nothing")
        assert (row.status, row.round) == (BuildState.DOING, 2)

    def test_a_card_that_moved_lies_on_top_of_its_column(self, cast: Cast) -> None:
        first, second = build(cast), build(cast, "Price list")
        step(cast, first, "start")
        step(cast, second, "start")
        column = BuildItem.objects.filter(status=BuildState.DOING).order_by("position")
        assert list(column) == [second, first]


class LimitTests:
    @pytest.fixture
    def full(self, cast: Cast) -> BuildItem:
        WipLimit.objects.create(project=cast.nordwind, state=BuildState.DOING, limit=1)
        return build(cast, state=BuildState.DOING)

    def test_a_move_over_the_limit_says_who_is_there_and_what_to_do(
        self, cast: Cast, full: BuildItem
    ) -> None:
        row = build(cast, "Price list")
        with pytest.raises(StateError, match=r"at most 1: BLD-001 \(Tom Team\) is in it\. Finish one"):
            step(cast, row, "start")
        assert BuildItem.objects.get(pk=row.pk).status == BuildState.TODO

    def test_what_goes_back_is_let_in(self, cast: Cast, full: BuildItem) -> None:
        step(cast, full, "submit")
        other = build(cast, "Price list", state=BuildState.DOING)
        step(cast, full, "back", "The totals are wrong")
        assert BuildItem.objects.filter(status=BuildState.DOING).count() == 2
        assert other.status == full.status

    def test_another_project_has_its_own_columns(self, cast: Cast, full: BuildItem) -> None:
        rival = BuildItem(project=cast.rival, title="Secret", owner=cast.rita.person)
        entry = enter(cast.rita, "rival", "builds.change")
        item_save(item=rival, entry=entry)
        BUILD_WORKFLOW.perform(name="start", item=rival, entry=entry)
        assert rival.status == BuildState.DOING


class BlockTests:
    def test_what_is_blocked_does_not_go_on_but_may_go_back(self, cast: Cast) -> None:
        row = build(cast, state=BuildState.DOING)
        item_block(item=row, entry=tom(cast), reason="The customer's sandbox is down")
        with pytest.raises(StateError, match=r"blocked: The customer's sandbox is down\. Unblock"):
            step(cast, row, "submit")
        step(cast, row, "back", "Waits anyway")
        assert row.status == BuildState.TODO

    def test_it_needs_a_reason(self, cast: Cast) -> None:
        with pytest.raises(DomainError) as raised:
            item_block(item=build(cast), entry=tom(cast), reason="  ")
        assert "reason" in raised.value.fields

    def test_how_long_it_was_blocked_is_kept(self, cast: Cast) -> None:
        row = build(cast)
        item_block(item=row, entry=tom(cast), reason="No test data")
        row.refresh_from_db()
        BuildItem.objects.filter(pk=row.pk).update(
            blocked_since=row.blocked_since - timedelta(days=3, hours=1)
        )
        over = item_unblock(item=row, entry=tess(cast))
        assert (over.days, over.reason, over.by) == (3, "No test data", cast.tess)
        with pytest.raises(StateError, match="not blocked"):
            item_unblock(item=row, entry=tom(cast))


class DoneTests:
    @pytest.fixture
    def criterion(self, cast: Cast) -> DoneCriterion:
        return DoneCriterion.objects.create(project=cast.nordwind, text="Looked at by somebody else")

    def test_it_is_built_when_every_criterion_of_its_kind_is_ticked(
        self, cast: Cast, criterion: DoneCriterion
    ) -> None:
        DoneCriterion.objects.create(project=cast.nordwind, kind=BuildKind.REPORT, text="Prints on one page")
        row = build(cast, state=BuildState.REVIEW)
        with pytest.raises(StateError, match="1 criterion is open"):
            step(cast, row, "finish")
        tick_set(item=row, criterion=criterion, entry=tess(cast), is_on=True)
        step(cast, row, "finish")
        assert row.status == BuildState.BUILT

    def test_ticks_are_made_anew_in_a_new_round(self, cast: Cast, criterion: DoneCriterion) -> None:
        row = build(cast, state=BuildState.REVIEW)
        tick_set(item=row, criterion=criterion, entry=tess(cast), is_on=True)
        step(cast, row, "finish")
        step(cast, row, "back", "It prints nothing")
        step(cast, row, "submit")
        with pytest.raises(StateError, match="not done yet"):
            step(cast, row, "finish")
        assert row.ticks.count() == 1

    def test_what_was_ticked_stands_once_it_is_built(self, cast: Cast, criterion: DoneCriterion) -> None:
        row = build(cast, state=BuildState.REVIEW)
        tick_set(item=row, criterion=criterion, entry=tess(cast), is_on=True)
        step(cast, row, "finish")
        with pytest.raises(StateError, match="stand"):
            tick_set(item=row, criterion=criterion, entry=tess(cast), is_on=False)

    def test_a_criterion_of_another_project_is_none(self, cast: Cast) -> None:
        rival = DoneCriterion.objects.create(project=cast.rival, text="Secret")
        with pytest.raises(DomainError, match="not asked"):
            tick_set(item=build(cast), criterion=rival, entry=tom(cast), is_on=True)


class PageTests:
    @pytest.fixture
    def client(self, cast: Cast) -> Client:
        client = Client()
        client.force_login(cast.mara)
        return client

    def test_the_list_and_an_item_open(self, cast: Cast, client: Client) -> None:
        row = build(cast)
        assert b"BLD-001" in client.get(reverse("builditem_list", args=["nordwind"])).content
        assert client.get(reverse("builditem_detail", args=["nordwind", row.pk])).status_code == 200

    def test_environments_keep_their_order_when_one_is_put_between(self, cast: Cast, client: Client) -> None:
        build(cast)
        client.post(reverse("environment_add", args=["nordwind"]), {"name": "SIT", "position": 2})
        names = list(Environment.objects.filter(project=cast.nordwind).values_list("name", "position"))
        assert names == [("DEV", 1), ("SIT", 2), ("TEST", 3), ("UAT", 4), ("PROD", 5)]

    def test_only_a_manager_changes_environments(self, cast: Cast) -> None:
        build(cast)
        client = Client()
        client.force_login(cast.tom)
        answer = client.post(reverse("environment_add", args=["nordwind"]), {"name": "SIT", "position": 2})
        assert answer.status_code == 403
        assert mara(cast).can("builds.decide")
        assert Project.objects.get(code="nordwind").environments.count() == 4
