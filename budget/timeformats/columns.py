"""The columns of the time exports that can be read, and how a file shows which program wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from implement.core.tabular.mapping import ColumnSpec, normalise_header


class TimeLayout(StrEnum):
    """The program whose export a file is; GENERAL is any table with a column mapping."""

    TOGGL = "toggl"
    CLOCKIFY = "clockify"
    HARVEST = "harvest"
    GENERAL = "general"


_TOGGL = (
    ColumnSpec(key="person_name", label="User"),
    ColumnSpec(key="person_email", label="Email"),
    ColumnSpec(key="client_name", label="Client"),
    ColumnSpec(key="project_name", label="Project"),
    ColumnSpec(key="task_name", label="Task"),
    ColumnSpec(key="note", label="Description"),
    ColumnSpec(key="billable", label="Billable", kind="bool"),
    ColumnSpec(key="date", label="Start date", required=True, kind="date"),
    ColumnSpec(key="start_time", label="Start time", kind="clock"),
    ColumnSpec(key="end_date", label="End date", aliases=("Stop date",), kind="date"),
    ColumnSpec(key="end_time", label="End time", aliases=("Stop time",), kind="clock"),
    ColumnSpec(key="duration", label="Duration", required=True, kind="duration"),
    ColumnSpec(key="tags", label="Tags"),
)
# One table serves both column sets of Clockify: the longer adds Type, Invoiced, Invoice ID and Date of
# creation.
_CLOCKIFY = (
    ColumnSpec(key="project_name", label="Project"),
    ColumnSpec(key="client_name", label="Client"),
    ColumnSpec(key="note", label="Description"),
    ColumnSpec(key="task_name", label="Task"),
    ColumnSpec(key="person_name", label="User"),
    ColumnSpec(key="person_email", label="Email"),
    ColumnSpec(key="tags", label="Tags"),
    ColumnSpec(key="billable", label="Billable", kind="bool"),
    ColumnSpec(key="date", label="Start Date", required=True, kind="date"),
    ColumnSpec(key="start_time", label="Start Time", kind="clock"),
    ColumnSpec(key="end_date", label="End Date", kind="date"),
    ColumnSpec(key="end_time", label="End Time", kind="clock"),
    ColumnSpec(key="duration", label="Duration (h)", kind="duration"),
    ColumnSpec(key="duration_decimal", label="Duration (decimal)", kind="duration"),
)
_HARVEST = (
    ColumnSpec(key="date", label="Date", required=True, kind="date"),
    ColumnSpec(key="client_name", label="Client"),
    ColumnSpec(key="project_name", label="Project"),
    ColumnSpec(key="task_name", label="Task"),
    ColumnSpec(key="note", label="Notes"),
    ColumnSpec(key="duration", label="Hours", required=True, kind="duration"),
    ColumnSpec(key="billable", label="Billable?", kind="bool"),
    ColumnSpec(key="first_name", label="First Name"),
    ColumnSpec(key="last_name", label="Last Name"),
    # What an hour was billed at and cost there; taken only by who may see cost, and only if asked.
    ColumnSpec(key="bill_rate", label="Billable Rate", kind="decimal"),
    ColumnSpec(key="cost_rate", label="Cost Rate", kind="decimal"),
    ColumnSpec(key="currency", label="Currency"),
)
_GENERAL = (
    ColumnSpec(
        key="date",
        label="Date",
        required=True,
        aliases=("Day", "Work date", "Date worked", "Start date", "Started", "Started at", "Start"),
        kind="date",
    ),
    ColumnSpec(key="start_time", label="Start time", aliases=("From", "Begin", "Start at"), kind="clock"),
    ColumnSpec(
        key="end_date", label="End date", aliases=("Ended", "Ended at", "End", "Stop date"), kind="date"
    ),
    ColumnSpec(key="end_time", label="End time", aliases=("To", "Until", "Stop time"), kind="clock"),
    ColumnSpec(
        key="duration",
        label="Duration",
        aliases=("Duration (h)", "Hours", "Time", "Time spent", "Hours worked", "Quantity"),
        kind="duration",
    ),
    ColumnSpec(
        key="duration_decimal",
        label="Duration (decimal)",
        aliases=("Decimal hours", "Hours (decimal)"),
        kind="duration",
    ),
    ColumnSpec(
        key="person_name",
        label="Person",
        aliases=("User", "Name", "Employee", "Resource", "Worker", "User name", "Full name", "Author"),
    ),
    ColumnSpec(
        key="person_email", label="Email", aliases=("E-mail address", "User email", "Mail", "Email address")
    ),
    ColumnSpec(key="first_name", label="First name", aliases=("Given name",)),
    ColumnSpec(key="last_name", label="Last name", aliases=("Family name", "Surname")),
    ColumnSpec(key="task_name", label="Task", aliases=("Task name", "Activity", "Issue", "Work item")),
    ColumnSpec(key="project_name", label="Project", aliases=("Project name",)),
    ColumnSpec(key="client_name", label="Client", aliases=("Customer", "Client name", "Customer name")),
    ColumnSpec(key="note", label="Note", aliases=("Notes", "Description", "Comment", "Comments", "Details")),
    ColumnSpec(key="billable", label="Billable", aliases=("Is billable", "Chargeable"), kind="bool"),
    ColumnSpec(key="tags", label="Tags", aliases=("Labels", "Tag")),
    ColumnSpec(
        key="external_id", label="External id", aliases=("Entry id", "Time entry id", "Reference", "Id")
    ),
)
TIME_COLUMNS: dict[TimeLayout, tuple[ColumnSpec, ...]] = {
    TimeLayout.TOGGL: _TOGGL,
    TimeLayout.CLOCKIFY: _CLOCKIFY,
    TimeLayout.HARVEST: _HARVEST,
    TimeLayout.GENERAL: _GENERAL,
}
# Headers without which an export is not that program's. Harvest names people by two columns and has no clock.
_MARKS = {
    TimeLayout.CLOCKIFY: ("user", "project", "startdate", "durationh"),
    TimeLayout.TOGGL: ("user", "project", "startdate", "starttime", "duration"),
    TimeLayout.HARVEST: ("date", "project", "task", "hours", "firstname", "lastname"),
}


def detect_layout(headers: Sequence[str]) -> TimeLayout | None:
    """The program that wrote a file with these headers, or None; GENERAL is never detected, it is chosen."""
    names = {normalise_header(header) for header in headers}
    return next((layout for layout, marks in _MARKS.items() if names.issuperset(marks)), None)
