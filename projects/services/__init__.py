"""The base's verbs: every write to projects, members and the plan."""

from projects.services.baselines import TaskBudget, baseline_take
from projects.services.calendars import calendar_exception_set, calendar_save, calendar_week_set
from projects.services.outline import (
    OUTLINE_STEPS,
    OutlineStep,
    PlanChange,
    plan_change,
    task_insert,
    task_move,
    task_people_set,
    task_step,
    tasks_restore,
)
from projects.services.plan import (
    assignments_set,
    dependency_delete,
    dependency_save,
    task_delete,
    task_progress,
    task_restore,
    task_save,
    task_settle,
    tasks_delete,
)
from projects.services.project import person_login, project_change, project_create
from projects.services.scheduling import dates_set, plan_lock, plan_schedule, tree_renumber
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
    "OUTLINE_STEPS",
    "OutlineStep",
    "PlanChange",
    "Started",
    "TaskBudget",
    "assignments_set",
    "baseline_take",
    "calendar_exception_set",
    "calendar_save",
    "calendar_week_set",
    "dates_set",
    "dependency_delete",
    "dependency_save",
    "person_login",
    "plan_change",
    "plan_lock",
    "plan_schedule",
    "project_change",
    "project_create",
    "project_start",
    "roles_of",
    "standard_restore",
    "task_delete",
    "task_insert",
    "task_move",
    "task_people_set",
    "task_progress",
    "task_restore",
    "task_save",
    "task_settle",
    "task_step",
    "tasks_delete",
    "tasks_restore",
    "template_delete",
    "template_save",
    "template_take",
    "tree_renumber",
]
