"""The goals that a file of requirements names by their titles: those of the project, and new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from projects.models import Project
from projects.requirements.models import Requirement, SuccessCriterion

Key = Callable[[str], str]


class GoalBook:
    """Goals by title, as one import compares them; a title that nobody knows is a goal that is not stored yet."""

    def __init__(self, project: Project, titles: Iterable[str], key: Key) -> None:
        self.key = key
        self.known: dict[str, SuccessCriterion] = {}
        # Of two whose titles compare alike the first that was written counts.
        for goal in SuccessCriterion.objects.filter(project=project).order_by("-pk"):
            self.known[key(goal.title)] = goal
        for title in sorted(set(titles) - {""}):
            self.known.setdefault(key(title), SuccessCriterion(project=project, title=title))

    def said(self, stored: SuccessCriterion | None, title: str) -> SuccessCriterion | None:
        """Return the goal of a title; the one that is stored stays when it is called so."""
        if not title:
            return None
        if stored is not None and self.key(stored.title) == self.key(title):
            return stored
        return self.known[self.key(title)]

    def fresh(self, rows: Iterable[Requirement]) -> list[SuccessCriterion]:
        """Return the goals that are to be written before these requirements, each once."""
        named = [row.success_criterion for row in rows if row.success_criterion is not None]
        return list({goal.title: goal for goal in named if goal.pk is None}.values())
