"""Hours on build items, and what their tasks still take by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from budget.choices import EntryState
from budget.models import Estimate, TimeEntry
from budget.selectors.builds import ItemHours, item_hours, rest_of_items
from budget.services.builds import estimate_from_items
from budget.services.editing import Part, entries_change, entry_split
from budget.services.time import Cell, cells_save, time_save
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import STARTS_ON, Cast
from projects.builds.models import BuildItem
from projects.builds.tests.factories import build
from projects.kit.access import Entry, enter
from projects.models import Task

pytestmark = pytest.mark.django_db
HOUR = 3600
DAY = STARTS_ON + timedelta(days=7)


def tom(cast: Cast) -> Entry:
    return enter(cast.tom, "nordwind", "time.log")


def log(cast: Cast, item: BuildItem | None, hours: float = 2, **more: Any) -> TimeEntry:
    """Let Tom log time on the set-up."""
    words = {"task": cast.setup, "worked_on": DAY, "seconds": int(hours * HOUR), "build_item": item} | more
    entry = TimeEntry(project=cast.nordwind, person=cast.tom.person, **words)
    return time_save(entry=entry, access=tom(cast))


class LogTests:
    def test_hours_name_an_item_of_their_task_alone(self, cast: Cast) -> None:
        item = build(cast, task=cast.setup)
        assert log(cast, item).build_item == item
        rival = BuildItem(project=cast.rival, number=1, title="Secret", status_since="2026-03-02T10:00Z")
        rival.task = cast.rival_task
        rival.save()
        for wrong, words in (
            (build(cast, "Other", task=cast.kickoff), "of “1 Kick-off”"),
            (build(cast, "Without a task"), "of no task"),
            (rival, "item of this project"),
        ):
            with pytest.raises(DomainError, match=words) as raised:
                log(cast, wrong)
            assert "build_item" in raised.value.fields

    def test_approved_hours_stand_apart_from_the_others(self, cast: Cast) -> None:
        item = build(cast, task=cast.setup)
        first = log(cast, item, 2)
        log(cast, item, 1.5, worked_on=DAY + timedelta(days=1))
        log(cast, None, 1, worked_on=DAY + timedelta(days=2))
        rejected = log(cast, item, 4, worked_on=DAY + timedelta(days=3))
        TimeEntry.objects.filter(pk=first.pk).update(status=EntryState.APPROVED)
        TimeEntry.objects.filter(pk=rejected.pk).update(status=EntryState.REJECTED)
        assert item_hours([item.pk]) == {item.pk: ItemHours(2 * HOUR, int(1.5 * HOUR))}

    def test_a_cell_of_the_grid_leaves_hours_on_items_alone(self, cast: Cast) -> None:
        item = build(cast, task=cast.setup)
        log(cast, item, 2)
        log(cast, None, 1)
        cells_save(access=tom(cast), person=cast.tom.person, cells=[Cell(cast.setup, DAY, 5 * HOUR)])
        found = dict(TimeEntry.objects.filter(worked_on=DAY).values_list("build_item", "seconds"))
        assert found == {item.pk: 2 * HOUR, None: 3 * HOUR}
        with pytest.raises(DomainError, match=r"2\.00 h of it are on build items"):
            cells_save(access=tom(cast), person=cast.tom.person, cells=[Cell(cast.setup, DAY, HOUR)])
        cells_save(access=tom(cast), person=cast.tom.person, cells=[Cell(cast.setup, DAY, 0)])
        assert not TimeEntry.objects.filter(worked_on=DAY).exists()

    def test_the_only_entry_of_a_cell_keeps_its_item(self, cast: Cast) -> None:
        item = build(cast, task=cast.setup)
        log(cast, item, 2)
        cells_save(access=tom(cast), person=cast.tom.person, cells=[Cell(cast.setup, DAY, 3 * HOUR)])
        assert TimeEntry.objects.get().build_item == item

    def test_hours_that_go_to_another_task_leave_the_item(self, cast: Cast) -> None:
        item = build(cast, task=cast.setup)
        entry = log(cast, item, 3)
        parts = [Part(cast.setup, DAY, 2 * HOUR), Part(cast.kickoff, DAY, HOUR)]
        saved = entry_split(entry=entry, access=tom(cast), parts=parts)
        assert [one.build_item for one in saved] == [item, None]
        entries_change(ids=[saved[0].pk], access=tom(cast), task=cast.kickoff)
        assert TimeEntry.objects.get(pk=saved[0].pk).build_item is None

    def test_time_is_logged_from_the_item(self, cast: Cast) -> None:
        item = build(cast, task=cast.setup)
        client = Client()
        client.force_login(cast.tom)
        page = client.get(reverse("builditem_detail", args=["nordwind", item.pk])).content.decode()
        address = f"{reverse('log_time')}?task={cast.setup.pk}&amp;build_item={item.pk}"
        assert address in page
        form = client.get(address.replace("&amp;", "&")).content.decode()
        assert f'<option value="{item.pk}" selected>' in form
        said = {"task": cast.setup.pk, "build_item": item.pk, "worked_on": DAY.isoformat(), "seconds": "2"}
        assert client.post(reverse("log_time"), said).status_code == 302
        assert TimeEntry.objects.get().build_item == item

    def test_whoever_sees_no_cost_sees_none_on_an_item(self, cast: Cast) -> None:
        item = build(cast, task=cast.setup)
        log(cast, item, 2)
        client = Client()
        client.force_login(cast.tom)
        page = client.get(reverse("builditem_detail", args=["nordwind", item.pk])).content.decode()
        assert "2.00" in page
        assert "160.00" not in page
        assert "300.00" not in page


class RestTests:
    def test_what_remains_of_the_items_becomes_the_estimate_of_the_task(self, cast: Cast) -> None:
        build(cast, task=cast.setup, remaining_seconds=6 * HOUR)
        build(cast, "Price list", task=cast.setup, remaining_seconds=3 * HOUR)
        estimate = estimate_from_items(task=cast.setup, access=tom(cast))
        assert (estimate.seconds, estimate.note) == (9 * HOUR, "What remains of 2 build items")
        client = Client()
        client.force_login(cast.mara)
        address = reverse("task_items_estimate", args=["nordwind", cast.setup.pk])
        assert (
            address in client.get(reverse("task_detail", args=["nordwind", cast.setup.pk])).content.decode()
        )
        assert client.post(address).status_code == 302
        assert Estimate.objects.count() == 2

    def test_an_item_of_which_nobody_has_said_it_holds_it_up(self, cast: Cast) -> None:
        build(cast, task=cast.setup)
        with pytest.raises(StateError, match="BLD-001"):
            estimate_from_items(task=cast.setup, access=tom(cast))

    def test_only_who_works_on_the_task_says_it(self, cast: Cast) -> None:
        build(cast, task=cast.setup, remaining_seconds=HOUR)
        with pytest.raises(NotAllowed):
            estimate_from_items(task=cast.setup, access=enter(cast.tess, "nordwind", "time.log"))

    def test_a_task_without_items_has_nothing_to_take_over(self, cast: Cast) -> None:
        assert rest_of_items(Task.objects.get(pk=cast.kickoff.pk)).seconds == 0
        with pytest.raises(StateError, match="no build items"):
            estimate_from_items(task=cast.kickoff, access=enter(cast.mara, "nordwind", "time.log"))
