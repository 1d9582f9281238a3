"""The Celery app and its schedule, as code: any number of beats is harmless, for every tick is idempotent."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "implement.settings")

app = Celery("implement")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["projects", "projects.signoffs", "budget", "implement.reports"])
TICKS = {
    "sweep jobs": "projects.tasks.sweep",
    "catch up plans": "projects.tasks.catch_up_plans",
    "note forecasts": "projects.tasks.note_forecasts",
    "deliver due": "projects.tasks.deliver_due",
    "watch requests": "projects.signoffs.tasks.watch_requests",
    "watch alerts": "budget.tasks.watch_alerts",
    "draw receipts": "budget.tasks.draw_receipts",
    "draw attachments": "projects.tasks.draw_attachments",
    "keep experience": "budget.tasks.keep_experience",
    "deliver reports": "implement.reports.tasks.deliver_reports",
    "schedule reports": "implement.reports.tasks.schedule_due",
}
# What looks at every project and is late by a quarter of an hour at most.
QUARTERS = {"watch hours": "budget.tasks.watch_hours"}


@app.on_after_configure.connect
def set_the_clock(sender: Celery, **_: object) -> None:
    """Write the schedule once the settings are read."""
    every = float(settings.JOB_SWEEP_SECONDS)
    quarter = max(every, 900.0)
    sender.conf.beat_schedule = {name: {"task": task, "schedule": every} for name, task in TICKS.items()} | {
        name: {"task": task, "schedule": quarter} for name, task in QUARTERS.items()
    }
