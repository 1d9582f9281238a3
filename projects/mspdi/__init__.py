"""Reads and writes Microsoft Project XML files (MSPDI, namespace http://schemas.microsoft.com/project).

``read`` gives an ``MspdiProject`` and ``write`` takes one; ``working_calendar`` turns one of its calendars into
working time.
"""

from projects.mspdi.calendars import DAY_OFF, day_names, working_calendar
from projects.mspdi.model import (
    BILLABLE_FIELD,
    ID_FIELD,
    KEY_FIELD,
    RULE_FIELD,
    MspdiAssignment,
    MspdiBaseline,
    MspdiCalendar,
    MspdiError,
    MspdiException,
    MspdiHeader,
    MspdiLink,
    MspdiProject,
    MspdiRate,
    MspdiResource,
    MspdiTask,
    MspdiWeekDay,
    Notice,
    NoticeKind,
    ResourceType,
    whole_minutes,
    whole_percent,
)
from projects.mspdi.reader import read
from projects.mspdi.writer import write

__all__ = [
    "BILLABLE_FIELD",
    "DAY_OFF",
    "ID_FIELD",
    "KEY_FIELD",
    "RULE_FIELD",
    "MspdiAssignment",
    "MspdiBaseline",
    "MspdiCalendar",
    "MspdiError",
    "MspdiException",
    "MspdiHeader",
    "MspdiLink",
    "MspdiProject",
    "MspdiRate",
    "MspdiResource",
    "MspdiTask",
    "MspdiWeekDay",
    "Notice",
    "NoticeKind",
    "ResourceType",
    "day_names",
    "read",
    "whole_minutes",
    "whole_percent",
    "working_calendar",
    "write",
]
