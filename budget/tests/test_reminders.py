"""Reminders of missing hours and waiting approvals: to the right people, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from budget.models import ReminderChoice, TimeEntry, TimeReminder, TimeRules
from budget.services.reminders import approvers_remind, asked_week, people_remind
from implement.testkit.cast import STARTS_ON, Cast
from projects.choices import Channel
from projects.models import Assignment, Delivery, JournalEntry, Person, Project

Login = Callable[..., Client]
# Tom works on the set-up in the week of 2 March; the Monday after it, at noon.
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def told() -> set[tuple[str, str]]:
    return {(str(one.user), one.channel) for one in Delivery.objects.all()}


class MissingTests:
    def test_who_logged_too_little_is_told_once_whatever_beats_run(self, cast: Cast) -> None:
        assert people_remind(now=NOON) == 1
        assert told() == {("Tom Team", Channel.IN_APP), ("Tom Team", Channel.EMAIL)}
        told_of = JournalEntry.objects.get(action="timesheet.missing").changes
        assert told_of["week"] == [None, str(STARTS_ON)]
        for later in (NOON, NOON + timedelta(days=1)):
            assert people_remind(now=later) == 0
        assert TimeReminder.objects.count() == 1

    @pytest.mark.parametrize(
        ("status", "count"), [("planned", 1), ("active", 1), ("on_hold", 0), ("closed", 0)]
    )
    def test_of_every_project_that_has_begun_and_does_not_rest(
        self, cast: Cast, status: str, count: int
    ) -> None:
        Project.objects.filter(pk=cast.nordwind.pk).update(status=status)
        assert people_remind(now=NOON) == count

    def test_not_before_its_hour(self, cast: Cast) -> None:
        assert people_remind(now=NOON.replace(hour=9)) == 0

    def test_not_who_logged_enough(self, cast: Cast) -> None:
        for day in range(4):
            TimeEntry.objects.create(
                project=cast.nordwind, person=cast.tom.person, worked_on=STARTS_ON + timedelta(days=day),
                seconds=8 * 3600,
            )  # fmt: skip
        assert people_remind(now=NOON) == 0

    @pytest.mark.parametrize("change", ["inactive", "no hours a week", "part time", "no user", "off"])
    def test_not_who_is_not_to_be_asked(self, cast: Cast, change: str) -> None:
        person = Person.objects.filter(pk=cast.tom.person.pk)
        if change == "inactive":
            person.update(is_active=False)
        elif change == "no hours a week":
            person.update(weekly_hours=0)
        elif change == "part time":
            person.update(weekly_hours=Decimal(10))
            TimeEntry.objects.create(
                project=cast.nordwind, person=cast.tom.person, worked_on=STARTS_ON, seconds=8 * 3600
            )
        elif change == "no user":
            person.update(user=None)
        else:
            TimeRules.objects.create(project=cast.nordwind, reminds=False)
        assert people_remind(now=NOON) == 0

    def test_mail_only_to_who_wants_it(self, cast: Cast, login: Login) -> None:
        login(cast.tom).post("/timesheet/timer/", {"do": "mail"})
        assert not ReminderChoice.objects.get(person=cast.tom.person).by_mail
        people_remind(now=NOON)
        assert told() == {("Tom Team", Channel.IN_APP)}

    def test_from_friday_on_the_week_that_ends_is_meant(self) -> None:
        rules = TimeRules(remind_weekday=4, remind_at=time(15))
        friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
        assert asked_week(rules=rules, now=friday) == STARTS_ON
        assert asked_week(rules=rules, now=friday - timedelta(minutes=1)) is None


class WaitingTests:
    def test_the_next_approver_is_told_once_a_week(self, cast: Cast) -> None:
        Assignment.objects.all().delete()
        TimeRules.objects.create(project=cast.nordwind, levels=2, approve_within=3)
        TimeEntry.objects.create(
            project=cast.nordwind, person=cast.tom.person, worked_on=STARTS_ON, seconds=60, status="submitted",
            submitted_at=NOON - timedelta(days=4), approved_level=1, decided_by=cast.mara,
        )  # fmt: skip
        assert approvers_remind(now=NOON) == 1
        assert approvers_remind(now=NOON + timedelta(hours=1)) == 0
        assert {user for user, _ in told()} == {"Fay Finance"}

    def test_not_before_the_days_are_over(self, cast: Cast) -> None:
        TimeEntry.objects.create(
            project=cast.nordwind, person=cast.tom.person, worked_on=STARTS_ON, seconds=60, status="submitted",
            submitted_at=NOON - timedelta(days=2),
        )  # fmt: skip
        assert approvers_remind(now=NOON) == 0
