"""The demo's milestone trend: what the plan said in earlier weeks, on its way to what it says now."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from projects.models import MilestoneForecast, Project
from projects.selectors import milestones_of

# In which weeks the forecast moved, and how much of today's slip had been admitted by then.
TOLD = ((5, 0.35), (10, 0.7), (15, 1.0))
ONCE = ((9, 1.0),)


def write_trend(project: Project, today: date) -> None:
    """Write what was expected in earlier weeks: one milestone slipped three times, the others once."""
    late = [row for row in milestones_of(project=project, as_of=today) if (row.slip_days or 0) > 0]
    worst = max(
        (row for row in late if row.reached_on is None), key=lambda row: row.slip_days or 0, default=None
    )
    rows = []
    for row in late:
        expected = row.reached_on or row.forecast_on
        if row.baseline_on is None or expected is None:
            continue
        slip = (expected - row.baseline_on).days
        for week, share in TOLD if row is worst else ONCE:
            day = project.starts_on + timedelta(weeks=week, days=1)
            if day >= min(today, expected):
                continue
            rows.append(
                MilestoneForecast(
                    task_id=row.id,
                    noted_at=datetime.combine(day, time(15), tzinfo=UTC),
                    noted_on=day,
                    forecast_on=row.baseline_on + timedelta(days=round(slip * share)),
                )
            )
    MilestoneForecast.objects.bulk_create(rows)
