"""What of the plan is found from anywhere."""

from __future__ import annotations

from django.db.models import Q

from projects.kit import search
from projects.models import Task

WORDS = ("name", "wbs", "code")
search.register(
    search.Searched(
        key="milestones", label="Milestones", model=Task, fields=WORDS, icon="flag", permission="plan.view",
        place="task_detail", order=30, only=Q(is_milestone=True),
    ),
    search.Searched(
        key="tasks", label="Tasks", model=Task, fields=WORDS, icon="checkbox", permission="plan.view",
        place="task_detail", order=35, only=Q(is_milestone=False),
    ),
)  # fmt: skip
