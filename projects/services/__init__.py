"""The base's verbs: every write to projects, members and the plan."""

from projects.services.baselines import TaskBudget, baseline_take
from projects.services.calendars import calendar_exception_set, calendar_save, calendar_week_set
from projects.services.plan import (
    assignments_set,
    dependency_delete,
    dependency_save,
    task_delete,
    task_progress,
    task_restore,
    task_save,
    tasks_delete,
)
from projects.services.project import person_login, project_change, project_create
from projects.services.scheduling import plan_lock, plan_schedule, tree_renumber
from projects.services.templates import (
    Started,
    project_start,
    roles_of,
    standard_restore,
    template_delete,
    template_save,
    template_take,
)

__all__ = [
    "Started",
    "TaskBudget",
    "assignments_set",
    "baseline_take",
    "calendar_exception_set",
    "calendar_save",
    "calendar_week_set",
    "dependency_delete",
    "dependency_save",
    "person_login",
    "plan_lock",
    "plan_schedule",
    "project_change",
    "project_create",
    "project_start",
    "roles_of",
    "standard_restore",
    "task_delete",
    "task_progress",
    "task_restore",
    "task_save",
    "tasks_delete",
    "template_delete",
    "template_save",
    "template_take",
    "tree_renumber",
]
