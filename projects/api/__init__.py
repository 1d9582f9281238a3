"""The base's resources. ROUTES: (prefix, viewset, basename), gathered by implement.api."""

from projects.api.absences import AbsenceViewSet
from projects.api.calendars import CalendarViewSet
from projects.api.exchange import PlanExportViewSet
from projects.api.firm import CustomerViewSet, FirmCalendarViewSet, PersonViewSet
from projects.api.imports import ImportViewSet
from projects.api.notes import AttachmentViewSet, CommentViewSet
from projects.api.own import NotificationViewSet, TokenViewSet
from projects.api.plan import (
    AssignmentViewSet,
    DependencyViewSet,
    MilestoneViewSet,
)
from projects.api.progress import MeasuredTaskViewSet
from projects.api.project import JobViewSet, JournalViewSet, MemberViewSet, ProjectViewSet
from projects.api.templates import ProjectTemplateViewSet, TemplateViewSet
from projects.api.trace import TraceLinkViewSet
from projects.api.trend import MilestoneTrendViewSet
from projects.kit.rest import PROJECT

ROUTES = [
    ("customers", CustomerViewSet, "api-customer"),
    ("people", PersonViewSet, "api-person"),
    ("working-calendars", FirmCalendarViewSet, "api-working-calendar"),
    ("absences", AbsenceViewSet, "api-absence"),
    ("notifications", NotificationViewSet, "api-notification"),
    ("tokens", TokenViewSet, "api-token"),
    ("templates", TemplateViewSet, "api-template"),
    ("projects", ProjectViewSet, "api-project"),
    (PROJECT + "members", MemberViewSet, "api-member"),
    (PROJECT + "tasks", MeasuredTaskViewSet, "api-task"),
    (PROJECT + "milestones", MilestoneViewSet, "api-milestone"),
    (PROJECT + "milestone-trend", MilestoneTrendViewSet, "api-milestone-trend"),
    (PROJECT + "dependencies", DependencyViewSet, "api-dependency"),
    (PROJECT + "assignments", AssignmentViewSet, "api-assignment"),
    (PROJECT + "calendars", CalendarViewSet, "api-calendar"),
    (PROJECT + "plan/export", PlanExportViewSet, "api-plan-export"),
    (PROJECT + "template", ProjectTemplateViewSet, "api-project-template"),
    (PROJECT + "trace-links", TraceLinkViewSet, "api-trace-link"),
    (PROJECT + "comments", CommentViewSet, "api-comment"),
    (PROJECT + "attachments", AttachmentViewSet, "api-attachment"),
    (PROJECT + "journal", JournalViewSet, "api-journal"),
    (PROJECT + "imports", ImportViewSet, "api-import"),
    (PROJECT + "jobs", JobViewSet, "api-job"),
]
