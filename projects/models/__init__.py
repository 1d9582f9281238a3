"""The shared project model. Import tables from here."""

from projects.models.absences import Absence
from projects.models.calendars import WorkCalendar
from projects.models.feeds import CalendarFeed
from projects.models.imports import ColumnMapping, ImportRun
from projects.models.jobs import Job
from projects.models.journal import Delivery, JournalEntry, Outgoing
from projects.models.notes import Attachment, Comment
from projects.models.people import Customer, Person
from projects.models.plan import (
    Assignment,
    Baseline,
    BaselineTask,
    Dependency,
    Milestone,
    Task,
    promise_of,
    was_due,
)
from projects.models.previews import Previewed
from projects.models.progress import MeasureChange, ProgressCount, ProgressStep
from projects.models.project import Membership, Project
from projects.models.requests import IdempotencyKey, SavedView
from projects.models.templates import ProjectTemplate
from projects.models.texts import TextVersion
from projects.models.trace import TraceLink
from projects.models.trend import MilestoneForecast

__all__ = [
    "Absence",
    "Assignment",
    "Attachment",
    "Baseline",
    "BaselineTask",
    "CalendarFeed",
    "ColumnMapping",
    "Comment",
    "Customer",
    "Delivery",
    "Dependency",
    "IdempotencyKey",
    "ImportRun",
    "Job",
    "JournalEntry",
    "MeasureChange",
    "Membership",
    "Milestone",
    "MilestoneForecast",
    "Outgoing",
    "Person",
    "Previewed",
    "ProgressCount",
    "ProgressStep",
    "Project",
    "ProjectTemplate",
    "SavedView",
    "Task",
    "TextVersion",
    "TraceLink",
    "WorkCalendar",
    "promise_of",
    "was_due",
]
