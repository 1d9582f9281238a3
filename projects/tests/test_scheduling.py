"""Computing the plan as it is stored: from what is there by now, and written only where it differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from implement.core.errors import DomainError
from implement.testkit.cast import Cast
from projects import services
from projects.models import Dependency, Milestone, Project, Task, WorkCalendar
from projects.planning import to_moment
from projects.selectors import milestones_of

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def written(act: Callable[[], Any]) -> int:
    """Return how many statements wrote tasks."""
    with CaptureQueriesContext(connection) as asked:
        act()
    return sum(query["sql"].startswith('UPDATE "projects_task"') for query in asked.captured_queries)


class PlanScheduleTests:
    def test_it_follows_the_project_as_it_is_stored_by_now(self, cast: Cast) -> None:
        seen = Project.objects.get(pk=cast.nordwind.pk)
        Project.objects.filter(pk=seen.pk).update(starts_on=date(2026, 3, 16))
        services.plan_schedule(project=seen)
        cast.kickoff.refresh_from_db()
        assert cast.kickoff.start is not None
        assert cast.kickoff.start.date() == date(2026, 3, 16)

    def test_what_does_not_differ_is_not_written(self, cast: Cast) -> None:
        assert written(lambda: services.plan_schedule(project=cast.nordwind)) == 0
        Task.objects.filter(pk=cast.kickoff.pk).update(duration_minutes=960)
        assert written(lambda: services.plan_schedule(project=cast.nordwind)) == 1

    def test_an_hour_that_the_clock_repeats_is_written_once(self, cast: Cast) -> None:
        # Night work around the end of summer time: 02:30 comes twice on that Sunday.
        night = WorkCalendar.objects.create(name="Nights", week=[[[60, 150]]] * 7)
        Project.objects.filter(pk=cast.nordwind.pk).update(
            starts_on=date(2026, 10, 25), calendar=night, time_zone="Europe/Berlin"
        )
        Task.objects.filter(pk=cast.kickoff.pk).update(duration_minutes=90)
        services.plan_schedule(project=cast.nordwind)
        cast.kickoff.refresh_from_db()
        assert cast.kickoff.finish == to_moment(datetime(2026, 10, 25, 2, 30), BERLIN)
        assert written(lambda: services.plan_schedule(project=cast.nordwind)) == 0

    def test_a_lag_beyond_all_dates_is_refused_by_the_name_of_its_task(self, cast: Cast) -> None:
        link = Dependency.objects.get(successor=cast.setup)
        link.lag_minutes, link.is_elapsed = -(2**31), True
        with pytest.raises(DomainError, match="“2 Set up”: A lag leads to a date"):
            services.dependency_save(link=link, actor=cast.mara)


class MilestoneStandingTests:
    def test_it_is_accepted_from_the_day_on_which_it_was(self, cast: Cast) -> None:
        Milestone.objects.filter(pk=cast.go_live.pk).update(
            percent_complete=100,
            actual_finish=to_moment(datetime(2026, 3, 9, 18), BERLIN),
            accepted_at=to_moment(datetime(2026, 3, 12, 10), BERLIN),
        )
        states = [
            milestones_of(project=cast.nordwind, as_of=date(2026, 3, day))[0].state for day in (9, 11, 12)
        ]
        assert states == ["reached", "reached", "accepted"]
