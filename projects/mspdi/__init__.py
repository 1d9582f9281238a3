"""Reads Microsoft Project XML files (MSPDI, namespace http://schemas.microsoft.com/project).

``read`` gives an ``MspdiProject``; ``working_calendar`` turns one of its calendars into working time.
"""

from projects.mspdi.calendars import working_calendar
from projects.mspdi.model import (
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
)
from projects.mspdi.reader import read

__all__ = [
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
    "read",
    "working_calendar",
]
