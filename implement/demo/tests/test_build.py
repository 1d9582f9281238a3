"""The demo is rich and believable, whatever day it is loaded on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from budget.choices import EntryState
from budget.models import Expense, TimeEntry
from budget.selectors.figures import budget_figures
from implement.demo.build import build
from implement.reports.choices import ReportState
from implement.reports.models import Report
from projects.models import Person, Project, Task


@pytest.mark.django_db
class DemoTests:
    @pytest.mark.parametrize("today", [date(2026, 3, 4), date(2026, 11, 23), date(2027, 1, 3)])
    def test_it_is_in_mid_flight_with_something_to_do(self, today: date) -> None:
        project = build(today)[0]
        tasks = Task.objects.filter(project=project)
        assert tasks.count() >= 60
        assert Person.objects.internal().filter(memberships__project=project).count() >= 8
        assert 15 < tasks.filter(percent_complete=100).count() < tasks.count() - 15
        hours = TimeEntry.objects.filter(project=project)
        span = hours.order_by("worked_on").last().worked_on - hours.order_by("worked_on").first().worked_on
        assert span.days > 110
        assert hours.filter(status=EntryState.SUBMITTED).exists()
        assert Expense.objects.filter(project=project, status=EntryState.SUBMITTED).exists()
        assert tasks.filter(baseline_rows__finish__lt=models_today(today), percent_complete__lt=100).exists()

    def test_nobody_works_more_than_a_day_has(self) -> None:
        build(date(2026, 11, 23))
        longest = (
            TimeEntry.objects.values("person", "worked_on")
            .annotate(total=Sum("seconds"))
            .order_by("-total")
            .first()
        )
        assert longest is not None
        assert longest["total"] <= 24 * 3600

    def test_there_are_three_projects_for_three_customers(self) -> None:
        build(date(2026, 11, 23))
        assert Project.objects.values("customer").distinct().count() == 3


@pytest.mark.django_db(transaction=True)
class CommandTests:
    """`manage.py demo`, which `make run` and `make demo-reset` call."""

    @pytest.fixture(autouse=True)
    def own_media(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_it_has_sent_reports_behind_it_and_starts_over(self) -> None:
        call_command("demo")
        sent = Report.objects.filter(state=ReportState.SENT)
        assert sent.count() == 3
        assert all(report.pdf.open().read(5) == b"%PDF-" for report in sent)
        project = Project.objects.get(code="nordwind-crm")
        figures = budget_figures(project=project, as_of=timezone.localdate())
        assert any(row.is_over for row in figures.by_task)
        project.tasks.update(name="Overwritten")
        call_command("demo")
        assert set(project.tasks.values_list("name", flat=True)) == {"Overwritten"}
        call_command("demo", reset=True, no_reports=True)
        assert not Task.objects.filter(name="Overwritten").exists()

    def test_it_never_loads_in_production(self, settings: Any) -> None:
        settings.DEMO = settings.TESTING = False
        with pytest.raises(CommandError, match="never loads in production"):
            call_command("demo", reset=True)


def models_today(day: date) -> str:
    """Return the day as the database compares it."""
    return f"{day.isoformat()}T00:00:00+00:00"
