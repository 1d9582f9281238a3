"""Rows of worked time beside what is booked: whose they are, on what, and what would change."""

from budget.imports.timedraft.days import DayBook
from budget.imports.timedraft.draft import TimeDraft

__all__ = ["DayBook", "TimeDraft"]
