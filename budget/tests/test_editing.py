"""Splitting an entry, and changing many at once: whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from budget.models import TimeEntry
from budget.services.editing import Part, entries_change, entry_split
from budget.services.time import copy_day
from implement.core.errors import DomainError, NotAllowed, StaleVersion, StateError
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import Entry, enter
from projects.models import JournalEntry

Login = Callable[..., Client]
Api = Callable[..., APIClient]


def hours(cast: Cast, **more: object) -> TimeEntry:
    return TimeEntry.objects.create(
        **{"project": cast.nordwind, "person": cast.tom.person, "task": cast.setup, "seconds": 7201,
           "worked_on": STARTS_ON} | more
    )  # fmt: skip


def tom(cast: Cast) -> Entry:
    return enter(cast.tom, "nordwind", "time.log")


class SplitTests:
    def test_the_parts_have_the_same_time_to_the_second(self, cast: Cast) -> None:
        row = hours(cast, note="Both")
        rows = entry_split(
            entry=row,
            parts=[
                Part(cast.setup, STARTS_ON, 3600),
                Part(cast.kickoff, STARTS_ON + timedelta(days=1), 3601, "Kick"),
            ],
            access=tom(cast),
        )
        assert [(one.task, one.seconds, one.note, one.cost) for one in rows] == [
            (cast.setup, 3600, "Both", 80),
            (cast.kickoff, 3601, "Kick", rows[1].cost),
        ]
        assert rows[0].pk == row.pk
        assert sum(TimeEntry.objects.values_list("seconds", flat=True)) == 7201
        assert JournalEntry.objects.filter(action="timeentry.split").count() == 1

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            ((3600, 3600), "1 s are missing"),
            ((3600, 3602), "1 s too many"),
            ((7201,), "2 to 20"),
            ((7201, 0), "Part 2"),
        ],
    )
    def test_parts_that_do_not_add_up_change_nothing(
        self, cast: Cast, seconds: tuple[int, ...], words: str
    ) -> None:
        row = hours(cast)
        with pytest.raises(DomainError, match=words):
            entry_split(
                entry=row, parts=[Part(cast.setup, STARTS_ON, one) for one in seconds], access=tom(cast)
            )
        assert TimeEntry.objects.get().seconds == 7201

    def test_only_ones_own_open_hours_as_they_were_seen(self, cast: Cast) -> None:
        parts = [Part(cast.setup, STARTS_ON, 7200), Part(cast.setup, STARTS_ON, 1)]
        with pytest.raises(NotAllowed), transaction.atomic():
            entry_split(entry=hours(cast, person=cast.tess.person), parts=parts, access=tom(cast))
        with pytest.raises(StateError), transaction.atomic():
            entry_split(entry=hours(cast, status="submitted"), parts=parts, access=tom(cast))
        with pytest.raises(StaleVersion), transaction.atomic():
            entry_split(entry=hours(cast, version=3), parts=parts, access=tom(cast), expected_version=2)

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(sizes=st.lists(st.integers(1, 4000), min_size=2, max_size=6))
    def test_any_split_keeps_the_sum(self, cast: Cast, sizes: list[int]) -> None:
        with transaction.atomic():
            row = hours(cast, seconds=sum(sizes))
            rows = entry_split(
                entry=row,
                parts=[
                    Part(cast.setup, STARTS_ON + timedelta(days=at), size) for at, size in enumerate(sizes)
                ],
                access=tom(cast),
            )
            assert [one.seconds for one in rows] == sizes
            transaction.set_rollback(True)

    def test_the_page(self, cast: Cast, login: Login) -> None:
        row = hours(cast)
        browser, address = login(cast.tom), f"/projects/nordwind/time/{row.pk}/split/"
        assert browser.get(address).status_code == 200
        said = {"part-TOTAL_FORMS": "4", "part-INITIAL_FORMS": "4", "version": row.version}
        for number, text in enumerate(("1", "1:00:01", "", "")):
            said |= {
                f"part-{number}-task": cast.setup.pk, f"part-{number}-worked_on": str(STARTS_ON),
                f"part-{number}-seconds": text,
            }  # fmt: skip
        refused = browser.post(address, said | {"part-1-seconds": "2"})
        assert refused.status_code == 422
        assert "too many" in refused.content.decode()
        assert browser.post(address, said).status_code == 302
        assert sorted(TimeEntry.objects.values_list("seconds", flat=True)) == [3600, 3601]


class ChangeTests:
    def test_all_or_none(self, cast: Cast) -> None:
        rows = [hours(cast), hours(cast, status="rejected"), hours(cast, status="submitted")]
        with pytest.raises(StateError, match="1 of 3 is submitted"):
            entries_change(ids=[row.pk for row in rows], access=tom(cast), note="x")
        assert set(TimeEntry.objects.values_list("note", flat=True)) == {""}
        count = entries_change(
            ids=[row.pk for row in rows[:2]], access=tom(cast), task=cast.kickoff, is_billable=False
        )
        assert count == 2
        assert {
            (row.task, row.is_billable, row.bill) for row in TimeEntry.objects.filter(status="draft")
        } == {(cast.kickoff, False, 0)}
        assert JournalEntry.objects.filter(action="timeentry.changed").count() == 2

    def test_the_list_leads_to_it(self, cast: Cast, login: Login) -> None:
        rows = [hours(cast), hours(cast)]
        browser = login(cast.tom)
        sent = browser.post("/projects/nordwind/time/bulk/", {"do": "edit", "rows": [row.pk for row in rows]})
        page = browser.get(sent["Location"]).content.decode()
        assert "Change 2 entries" in page
        said = {"rows": [row.pk for row in rows], "billable": "no", "sets_note": "on", "note": "Internal"}
        assert browser.post("/projects/nordwind/time/change/", said).status_code == 302
        assert set(TimeEntry.objects.values_list("is_billable", "note")) == {(False, "Internal")}
        nothing = browser.post("/projects/nordwind/time/change/", {"rows": rows[0].pk, "billable": "as-is"})
        assert "Say what is to change" in nothing.content.decode()

    def test_the_api_is_for_ones_own(self, cast: Cast, api: Api) -> None:
        own, other = hours(cast), hours(cast, person=cast.tess.person)
        address = "/api/v1/projects/nordwind/time-entries/change/"
        said = {"ids": [own.pk, other.pk], "note": "x"}
        assert api(cast.tom).post(address, said, format="json").status_code == 404
        assert api(cast.tom).post(address, said | {"ids": [own.pk]}, format="json").json() == {"count": 1}


class CopyTests:
    def test_a_day_is_copied_into_empty_cells(self, cast: Cast, login: Login) -> None:
        hours(cast, seconds=3600)
        target = STARTS_ON + timedelta(days=1)
        hours(cast, task=cast.kickoff, seconds=60)
        hours(cast, task=cast.kickoff, seconds=900, worked_on=target)
        said = {"source": STARTS_ON, "target": target}
        assert copy_day(person=cast.tom.person, access=tom(cast), **said) == 1
        assert copy_day(person=cast.tom.person, access=tom(cast), **said) == 0
        assert sorted(TimeEntry.objects.filter(worked_on=target).values_list("seconds", flat=True)) == [
            900,
            3600,
        ]
