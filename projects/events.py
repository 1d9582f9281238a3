"""The names of what happens to the plan beyond the plain verbs, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(Event("task.remeasured", "changed how progress is measured of"))
