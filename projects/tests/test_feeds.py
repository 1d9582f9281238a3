"""Calendar feeds: whose days are in whose calendar, and an address that stops working when it should."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from implement.accounts.models import User
from implement.testkit.cast import Cast
from projects.models import CalendarFeed, Membership, Task
from projects.services.feeds import MOST_FEEDS, feed_make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anonymous() -> Client:
    return Client()


def days(client: Client, secret: str) -> dict[str, Any]:
    """Return a feed's entries by their titles, read as a calendar program reads them."""
    answer = client.get(f"/calendar/{secret}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    parsed = Calendar.from_ical(answer.content)
    return {str(event["summary"]): event for event in parsed.walk("VEVENT")}


def secret_of(user: User, project: Any = None) -> str:
    return feed_make(user=user, project=project)[1]


class FeedTests:
    def test_ones_own_tasks_and_the_milestones(self, cast: Cast, anonymous: Client) -> None:
        found = days(anonymous, secret_of(cast.tom))
        assert set(found) == {"Set up (Nordwind CRM)", "Go-live (Nordwind CRM)"}
        task = found["Set up (Nordwind CRM)"]
        cast.setup.refresh_from_db()
        assert task["dtstart"].dt == cast.setup.start.date()
        assert task["dtend"].dt > cast.setup.finish.date()
        assert isinstance(task["dtstart"].dt, date)
        assert str(task["url"]).endswith(f"/projects/nordwind/tasks/{cast.setup.pk}/")

    def test_a_projects_feed_holds_its_whole_plan(self, cast: Cast, anonymous: Client) -> None:
        found = days(anonymous, secret_of(cast.tess, cast.nordwind))
        assert set(found) == {f"{name} (Nordwind CRM)" for name in ("Kick-off", "Set up", "Go-live")}

    def test_the_customer_reads_published_milestones_in_their_words_only(
        self, cast: Cast, anonymous: Client
    ) -> None:
        Task.objects.filter(pk=cast.go_live.pk).update(customer_title="You are live")
        Task.objects.create(project=cast.nordwind, name="Secret gate", position=9, is_milestone=True)
        for project in (None, cast.nordwind):
            found = days(anonymous, secret_of(cast.carla, project))
            assert set(found) == {"You are live (Nordwind CRM)"}
            assert str(found["You are live (Nordwind CRM)"]["url"]).endswith("/portal/nordwind/")

    def test_a_moved_task_keeps_its_entry(self, cast: Cast, anonymous: Client) -> None:
        secret = secret_of(cast.tom)
        before = days(anonymous, secret)["Go-live (Nordwind CRM)"]
        later = cast.go_live.finish.replace(year=2027)
        Task.objects.filter(pk=cast.go_live.pk).update(start=later, finish=later)
        after = days(anonymous, secret)["Go-live (Nordwind CRM)"]
        assert after["uid"] == before["uid"]
        assert after["dtstart"].dt == later.date()

    def test_text_is_escaped(self, cast: Cast, anonymous: Client) -> None:
        name = "A; B, C\\ “Ü”\r\nATTENDEE:mailto:x@example.test " + "long " * 40
        Task.objects.filter(pk=cast.go_live.pk).update(name=name[:255])
        raw = anonymous.get(f"/calendar/{secret_of(cast.tom)}.ics").content
        assert b"\r\nATTENDEE" not in raw
        assert max(len(line) for line in raw.split(b"\r\n")) <= 75

    def test_it_stops_with_the_membership_the_login_or_a_press(self, cast: Cast, anonymous: Client) -> None:
        secret = secret_of(cast.tom, cast.nordwind)
        Membership.objects.filter(person__user=cast.tom).update(is_active=False)
        assert days(anonymous, secret) == {}
        other = secret_of(cast.tess)
        User.objects.filter(pk=cast.tess.pk).update(is_active=False)
        assert anonymous.get(f"/calendar/{other}.ics").status_code == 404
        third = secret_of(cast.mara)
        client = Client()
        client.force_login(cast.tom)
        mine = CalendarFeed.objects.get(user=cast.mara)
        client.post(f"/me/calendars/{mine.pk}/revoke/")
        assert anonymous.get(f"/calendar/{third}.ics").status_code == 200
        client.force_login(cast.mara)
        client.post(f"/me/calendars/{mine.pk}/revoke/")
        assert anonymous.get(f"/calendar/{third}.ics").status_code == 404

    def test_the_address_is_shown_once_and_kept_nowhere(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.tom)
        made = client.post("/me/calendars/", {"project": cast.nordwind.pk})
        address = made.context["address"]
        assert address.endswith(".ics")
        assert address in made.content.decode()
        assert address not in client.get("/me/calendars/").content.decode()
        feed = CalendarFeed.objects.get()
        assert address.rpartition("/")[2].removesuffix(".ics") not in str(vars(feed))
        assert Client().get(address).status_code == 200

    @pytest.mark.parametrize(
        ("who", "place"), [("mara", "/projects/nordwind/plan/"), ("carla", "/portal/nordwind/")]
    )
    def test_plan_and_portal_lead_to_a_feed_of_their_project(
        self, cast: Cast, login: Callable[..., Client], who: str, place: str
    ) -> None:
        browser, link = login(getattr(cast, who)), f"/me/calendars/?project={cast.nordwind.pk}"
        assert link in browser.get(place).content.decode()
        assert f'value="{cast.nordwind.pk}" selected' in browser.get(link).content.decode()

    def test_another_persons_project_is_no_choice(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.tom)
        assert client.post("/me/calendars/", {"project": cast.rival.pk}).status_code == 422

    def test_there_is_a_limit(self, cast: Cast, client: Client) -> None:
        for _ in range(MOST_FEEDS):
            feed_make(user=cast.tom, project=None)
        client.force_login(cast.tom)
        assert client.post("/me/calendars/", {}).status_code == 422

    def test_a_secret_that_is_none_opens_nothing_and_nothing_is_written(
        self, cast: Cast, anonymous: Client
    ) -> None:
        assert anonymous.get("/calendar/guess.ics").status_code == 404
        secret = secret_of(cast.tom)
        assert anonymous.post(f"/calendar/{secret}.ics").status_code == 405
