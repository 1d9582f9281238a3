"""The timer: one per person, booked once, rounded as the project says, cut at midnight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from budget.choices import Rounding
from budget.models import TimeEntry, Timer, TimeRules
from budget.services.timer import pieces_of, rounded_seconds, timer_start, timer_stop
from implement.core.errors import DomainError, StateError
from implement.testkit.cast import Cast
from projects.kit.access import Entry, enter

Login = Callable[..., Client]
Api = Callable[..., APIClient]
PAGE = "/timesheet/timer/"
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR = 60, 3600


def tom(cast: Cast) -> Entry:
    return enter(cast.tom, "nordwind", "time.log")


def running(cast: Cast, **ago: int) -> Timer:
    """Start Tom's timer some time ago, yesterday at the latest before noon."""
    return timer_start(
        task=cast.setup, access=tom(cast), person=cast.tom.person, at=timezone.now() - timedelta(**ago)
    )


class RoundingTests:
    @pytest.mark.parametrize(
        ("rule", "seconds", "booked"),
        [
            (Rounding.NONE, 61, 61),
            (Rounding.SIX_UP, 1, 360),
            (Rounding.SIX_UP, 360, 360),
            (Rounding.FIFTEEN_UP, 901, 1800),
            (Rounding.SIX_NEAREST, 179, 0),
            (Rounding.SIX_NEAREST, 180, 360),
            (Rounding.FIFTEEN_NEAREST, 1349, 900),
            (Rounding.FIFTEEN_NEAREST, 1350, 1800),
        ],
    )
    def test_the_rule_of_the_project(self, rule: str, seconds: int, booked: int) -> None:
        assert rounded_seconds(seconds, rule) == booked

    @given(
        begin=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)),
        elapsed=st.integers(1, 80_000),
        rule=st.sampled_from(Rounding.values),
    )
    def test_nothing_is_lost_or_doubled_at_midnight(self, begin: datetime, elapsed: int, rule: str) -> None:
        worked = rounded_seconds(elapsed, rule)
        started = begin.replace(tzinfo=UTC)
        pieces = pieces_of(started_at=started, elapsed=elapsed, worked=worked, zone=BERLIN)
        assert sum(piece.seconds for piece in pieces) == worked
        assert all(piece.seconds > 0 for piece in pieces)
        days = [piece.day for piece in pieces]
        assert days == sorted(set(days))
        ends = (started + timedelta(seconds=elapsed)).astimezone(BERLIN).date()
        assert all(started.astimezone(BERLIN).date() <= day <= ends for day in days)

    def test_the_night_of_the_summer_time_has_its_real_length(self) -> None:
        begin = datetime(2026, 3, 29, 1, tzinfo=BERLIN)
        (piece,) = pieces_of(started_at=begin, elapsed=HOUR * 2, worked=HOUR * 2, zone=BERLIN)
        assert (piece.day, piece.seconds) == (date(2026, 3, 29), 2 * HOUR)


class RunningTests:
    def test_it_is_stopped_into_a_draft(self, cast: Cast) -> None:
        TimeRules.objects.create(project=cast.nordwind, rounding=Rounding.FIFTEEN_UP)
        timer_start(
            task=cast.setup, access=tom(cast), person=cast.tom.person, note="Draft", at=timezone.now()
        )
        (entry,) = timer_stop(person=cast.tom.person, user=cast.tom, at=timezone.now() + timedelta(minutes=1))
        assert (entry.seconds, entry.status, entry.note, entry.cost) == (900, "draft", "Draft", 20)
        assert entry.started_at is not None
        with pytest.raises(StateError, match="No timer runs"):
            timer_stop(person=cast.tom.person, user=cast.tom)

    def test_one_runs_per_person(self, cast: Cast) -> None:
        running(cast, minutes=1)
        with pytest.raises(StateError, match="runs already"):
            running(cast, minutes=0)
        with pytest.raises(IntegrityError), transaction.atomic():
            Timer.objects.create(
                person=cast.tom.person, project=cast.nordwind, task=cast.kickoff, started_at=timezone.now()
            )

    def test_a_switch_books_the_one_and_starts_the_other(self, cast: Cast) -> None:
        running(cast, minutes=2)
        timer_start(task=cast.kickoff, access=tom(cast), person=cast.tom.person, switch=True)
        assert Timer.objects.get().task == cast.kickoff
        assert {entry.task for entry in TimeEntry.objects.all()} == {cast.setup}

    def test_a_forgotten_timer_is_asked_about(self, cast: Cast) -> None:
        running(cast, hours=14)
        with pytest.raises(StateError, match="Say how long you worked"):
            timer_stop(person=cast.tom.person, user=cast.tom)
        with pytest.raises(DomainError, match="at most"):
            timer_stop(person=cast.tom.person, user=cast.tom, seconds=15 * HOUR)
        entries = timer_stop(person=cast.tom.person, user=cast.tom, seconds=3 * HOUR)
        assert sum(entry.seconds for entry in entries) == 3 * HOUR
        assert not Timer.objects.exists()

    def test_a_run_over_midnight_is_on_both_days_of_the_persons_zone(self, cast: Cast) -> None:
        cast.tom.time_zone = "Europe/Berlin"
        cast.tom.save()
        person = type(cast.tom.person).objects.get(pk=cast.tom.person.pk)
        timer_start(task=cast.setup, access=tom(cast), person=person, at=datetime(2026, 3, 9, 22, tzinfo=UTC))
        entries = timer_stop(person=person, user=cast.tom, at=datetime(2026, 3, 10, 0, 30, tzinfo=UTC))
        assert [(entry.worked_on, entry.seconds) for entry in entries] == [
            (date(2026, 3, 9), HOUR),
            (date(2026, 3, 10), HOUR + 30 * MINUTE),
        ]

    def test_nothing_is_lost_when_the_hours_cannot_be_booked(self, cast: Cast) -> None:
        running(cast, minutes=2)
        day = timezone.localdate()
        TimeEntry.objects.create(
            project=cast.nordwind, person=cast.tom.person, worked_on=day, seconds=24 * HOUR
        )
        with pytest.raises(DomainError, match="a day has 24"):
            timer_stop(person=cast.tom.person, user=cast.tom)
        assert Timer.objects.filter(person=cast.tom.person).exists()


class PageTests:
    def test_start_stop_and_discard_without_javascript(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        assert "Start on" in browser.get(f"{PAGE}?task={cast.setup.pk}").content.decode()
        sent = browser.post(PAGE, {"do": "start", "task": cast.setup.pk, "next": "/timesheet/"})
        assert (sent.status_code, sent["Location"]) == (302, "/timesheet/")
        for address in ("/timesheet/", "/projects/nordwind/plan/"):
            assert "Stop the timer on" in browser.get(address).content.decode()
        browser.post(PAGE, {"do": "stop", "next": "https://evil.example/"}, follow=False)
        assert not Timer.objects.exists()
        browser.post(PAGE, {"do": "start", "task": cast.setup.pk})
        browser.post(PAGE, {"do": "discard"})
        assert not Timer.objects.exists()

    def test_the_way_back_is_one_of_ours(self, cast: Cast, login: Login) -> None:
        for away in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
            sent = login(cast.tom).post(PAGE, {"do": "start", "task": cast.setup.pk, "next": away})
            assert sent["Location"] == PAGE

    def test_a_second_press_books_once(self, cast: Cast, login: Login) -> None:
        running(cast, minutes=2)
        browser = login(cast.tom)
        for _ in range(2):
            assert browser.post(PAGE, {"do": "stop", "nonce": "same"}).status_code == 302
        assert TimeEntry.objects.count() == 1

    def test_a_forgotten_one_is_asked_about_on_its_page(self, cast: Cast, login: Login) -> None:
        running(cast, hours=14)
        browser = login(cast.tom)
        asked = browser.post(PAGE, {"do": "stop", "next": "/timesheet/"})
        assert asked.status_code == 409
        assert "How much of it was work" in asked.content.decode()
        bad = browser.post(PAGE, {"do": "stop", "seconds": "soon"})
        assert bad.status_code == 400
        assert "“soon” is not a time" in bad.content.decode()
        assert browser.post(PAGE, {"do": "stop", "seconds": "2,5"}).status_code == 302
        assert sum(TimeEntry.objects.values_list("seconds", flat=True)) == 9000

    @pytest.mark.parametrize("said", [{}, {"do": "fly"}, {"do": "start"}, {"do": "start", "task": "²"}])
    def test_nonsense_is_no_crash(self, cast: Cast, login: Login, said: dict[str, str]) -> None:
        assert login(cast.tom).post(PAGE, said).status_code in {400, 404}

    def test_others_tasks_are_not_found(self, cast: Cast, login: Login) -> None:
        sent = login(cast.tom).post(PAGE, {"do": "start", "task": cast.rival_task.pk})
        assert sent.status_code == 404


class ApiTests:
    def test_start_and_stop_are_done_once_by_their_key(self, cast: Cast, api: Api) -> None:
        client, root = api(cast.tom), "/api/v1/projects/nordwind/timers/"
        said = {"task": cast.setup.pk}
        answers = [
            client.post(f"{root}start/", said, format="json", HTTP_IDEMPOTENCY_KEY="go") for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert Timer.objects.count() == 1
        assert client.post(f"{root}start/", said, format="json").status_code == 409
        assert [row["task"] for row in client.get(root).json()["results"]] == [cast.setup.pk]
        assert api(cast.tess).get(root).json()["results"] == []
        Timer.objects.update(started_at=timezone.now() - timedelta(minutes=2))
        stops = [
            client.post(f"{root}stop/", {}, format="json", HTTP_IDEMPOTENCY_KEY="stop") for _ in range(2)
        ]
        assert [answer.status_code for answer in stops] == [200, 200]
        assert stops[0].json() == stops[1].json()
        assert client.post(f"{root}stop/", {}, format="json").status_code == 409

    def test_a_forgotten_one_names_the_field(self, cast: Cast, api: Api) -> None:
        running(cast, hours=14)
        client = api(cast.tom)
        asked = client.post("/api/v1/projects/nordwind/timers/stop/", {}, format="json")
        assert asked.status_code == 409
        assert "seconds" in asked.json()["errors"]
        done = client.post("/api/v1/projects/nordwind/timers/stop/", {"discard": True}, format="json")
        assert done.json() == {"entries": []}
