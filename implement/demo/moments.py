"""The demo's story is told day by day: what is done in it has the journal and the moments of its own day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from unittest import mock

from django.utils import timezone

from projects.models import Project
from projects.planning import to_moment, today_of, zone_of


def as_if(project: Project, days: int, act: Callable[[], Any], *, hour: int = 11) -> Any:
    """Do something as if it were some days from today, on the project's clock."""
    day = today_of(project) + timedelta(days=days)
    moment = to_moment(datetime.combine(day, time(hour)), zone_of(project))
    with mock.patch.object(timezone, "now", return_value=moment):
        return act()
