"""Milestone trend: what was expected when, never rewritten, and only the published ones for the customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from implement.core.db import AppendOnlyError
from implement.testkit.cast import Cast
from projects import services
from projects.models import Milestone, MilestoneForecast, Task
from projects.panels import (
    customer_milestone_trend,
    milestone_trend,
    present_trend,
    trend_figures,
    trend_sheets,
)
from projects.selectors import milestone_trends, milestones_of
from projects.services.trend import forecasts_catch_up

Login = Callable[..., Client]
pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)


def slip(cast: Cast, *, minutes: int, on: datetime) -> None:
    """Let the work before the milestone take longer, on a day."""
    with time_machine.travel(on, tick=False):
        cast.setup.refresh_from_db()
        cast.setup.duration_minutes += minutes
        services.task_save(task=cast.setup, actor=cast.mara)


def trend_of(cast: Cast, as_of: datetime, **words: Any) -> Any:
    found = milestone_trends(project=cast.nordwind, as_of=as_of.date(), **words)
    return next((row for row in found if row.id == cast.go_live.pk), None)


class TrendTests:
    @pytest.fixture(autouse=True)
    def _begun(self, cast: Cast) -> None:
        MilestoneForecast.objects.all()._raw_delete("default")
        with time_machine.travel(FIRST, tick=False):
            services.plan_schedule(project=cast.nordwind)

    def test_each_move_is_kept_with_the_day_from_which_it_was_said(self, cast: Cast) -> None:
        for week in (1, 2, 3):
            slip(cast, minutes=960, on=FIRST + timedelta(weeks=week))
        last = FIRST + timedelta(weeks=4)
        trend = trend_of(cast, last)
        assert [day for day, _ in trend.points] == [
            (FIRST + timedelta(weeks=week)).date() for week in range(4)
        ]
        assert (trend.slips, trend.moved_days) == (3, 6)
        now = Milestone.objects.get(pk=cast.go_live.pk)
        assert trend.points[-1][1] == now.finish.date()
        # What was known on an earlier day stays what it was.
        assert trend_of(cast, FIRST + timedelta(days=8)).slips == 1

    def test_a_day_that_is_over_is_told_as_it_was_beside_its_trend(self, cast: Cast) -> None:
        """Last week's report says of last week what its own trend says, whatever has moved since."""
        for week in (1, 2, 3):
            slip(cast, minutes=960, on=FIRST + timedelta(weeks=week))
        with time_machine.travel(FIRST + timedelta(weeks=4), tick=False):
            for week in range(4):
                day = FIRST + timedelta(weeks=week, days=1)
                (row,) = milestones_of(project=cast.nordwind, as_of=day.date())
                assert row.forecast_on == trend_of(cast, day).points[-1][1]
            finish = Task.objects.get(pk=cast.go_live.pk).finish
            assert finish is not None
            today = (FIRST + timedelta(weeks=4)).date()
            assert milestones_of(project=cast.nordwind, as_of=today)[0].forecast_on == finish.date()

    def test_a_plan_that_is_computed_again_and_again_adds_nothing(self, cast: Cast) -> None:
        count = MilestoneForecast.objects.count()
        for _ in range(3):
            services.plan_schedule(project=cast.nordwind)
        assert MilestoneForecast.objects.count() == count
        assert forecasts_catch_up() == 0

    def test_of_several_words_on_one_day_the_last_counts(self, cast: Cast) -> None:
        for hour, minutes in enumerate((480, 480, -960)):
            slip(cast, minutes=minutes, on=FIRST + timedelta(days=7, hours=hour))
        assert len(trend_of(cast, FIRST + timedelta(days=9)).points) == 1

    def test_what_was_said_is_never_rewritten(self, cast: Cast) -> None:
        row = MilestoneForecast.objects.first()
        with pytest.raises(AppendOnlyError):
            MilestoneForecast.objects.update(forecast_on=None)
        row.forecast_on = None
        with pytest.raises(AppendOnlyError):
            row.save()

    def test_an_older_plan_is_caught_up_with(self, cast: Cast) -> None:
        MilestoneForecast.objects.all()._raw_delete("default")
        assert forecasts_catch_up() > 0
        assert forecasts_catch_up() == 0

    def test_the_customer_sees_published_milestones_in_their_words(self, cast: Cast) -> None:
        slip(cast, minutes=960, on=FIRST + timedelta(weeks=1))
        as_of = (FIRST + timedelta(weeks=2)).date()
        Task.objects.filter(pk=cast.go_live.pk).update(is_published=True, customer_title="Start of work")
        assert [row["name"] for row in customer_milestone_trend(cast.nordwind, as_of)["rows"]] == [
            "Start of work"
        ]
        Task.objects.filter(pk=cast.go_live.pk).update(is_published=False)
        assert customer_milestone_trend(cast.nordwind, as_of) is None
        data = milestone_trend(cast.nordwind, as_of)
        assert data is not None
        assert ("Go-live: slips", "1") in trend_figures(data)
        assert len(trend_sheets(data)[0].rows) == sum(len(row["points"]) for row in data["rows"])
        assert "<svg" in present_trend(data)["data"]["chart"].svg

    def test_page_and_api_tell_the_same(self, cast: Cast, login: Login) -> None:
        slip(cast, minutes=960, on=FIRST + timedelta(weeks=1))
        browser = login(cast.tom)
        page = browser.get("/projects/nordwind/plan/trend/").content.decode()
        assert "Go-live" in page
        assert "+2" in page
        [row] = [
            one for one in browser.get("/api/v1/projects/nordwind/milestone-trend/").json() if one["slips"]
        ]
        assert (row["name"], row["moved_days"]) == ("Go-live", 2)
        assert browser.get("/projects/nordwind/plan/trend/?as_of=x").status_code == 400
        assert (
            "No milestone has moved"
            in browser.get("/projects/nordwind/plan/trend/?as_of=2026-03-03").content.decode()
        )
