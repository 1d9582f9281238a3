"""How each milestone's forecast moved: what the plan said, and when it began to say so."""

from __future__ import annotations

from django.db import models

from implement.core.db import AppendOnlyModel
from projects.models.plan import Task


class MilestoneForecast(AppendOnlyModel):
    """From `noted_at` on, the plan expected a milestone on a day; None: it had no date. Written when it changes."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="forecasts")
    noted_at = models.DateTimeField()
    # The day of `noted_at` and the day that was expected, both in the project's time zone.
    noted_on = models.DateField()
    forecast_on = models.DateField(null=True)

    project_lookup = "task__project"

    class Meta:
        ordering = ["task", "noted_at", "pk"]
        indexes = [models.Index(fields=["task", "noted_on"], name="forecast_of_milestone")]

    def __str__(self) -> str:
        return f"{self.task}: {self.forecast_on} as of {self.noted_on}"
