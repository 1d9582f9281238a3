"""What of the plan is linked: tasks, which deliver what was asked for."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as noop

from projects.kit import trace
from projects.models import Task

trace.register_end(
    trace.End(
        kind="task",
        model=Task,
        label="Task",
        plural=noop("Tasks"),
        place="task_detail",
        permission="plan.view",
        order=30,
        revision="revision",
        text=("name", "description"),
        done=Q(percent_complete=100),
        search=("name", "wbs", "code"),
    )
)
