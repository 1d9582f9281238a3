"""The story of a requirement: what happened to it and to all that follows from it, from capture to deployment."""

from __future__ import annotations

from collections import defaultdict

from django.db import models
from django.db.models import Q

from projects.kit import trace
from projects.kit.access import Entry
from projects.kit.notes import table_of
from projects.models import JournalEntry
from projects.requirements.models import Requirement
from projects.requirements.selectors.matrix import ROOT

# What is told from the requirement's side, and the many small steps on the way of a build item.
LEFT_OUT = r"\.(linked|unlinked|affirmed|suspect|ticked|unticked)$"


def story_of(requirement: Requirement, entry: Entry) -> models.QuerySet[JournalEntry]:
    """Return the journal of a requirement and of what follows from it, the oldest first.

    A link is told once, from the requirement's side; what was ticked of a build item is not told. Of tasks only that
    they were added: their plan has a history of its own.
    """
    kinds = {kind for kind, end in trace.ENDS.items() if kind != ROOT and entry.can(end.permission)}
    own = table_of(requirement)
    keys: dict[str, list[str]] = defaultdict(list, {own: [str(requirement.pk)]})
    for one in trace.followed(project=entry.project, kind=ROOT, pks=[requirement.pk], kinds=kinds):
        keys[table_of(one.row)].append(str(one.row.pk))
    wanted = Q()
    for table, pks in keys.items():
        here = Q(target_type=table, target_id__in=pks)
        if table == "projects.task":
            here &= Q(action="task.added")
        elif table != own:
            here &= ~Q(action__regex=LEFT_OUT)
        wanted |= here
    return JournalEntry.objects.filter(wanted, project=entry.project).order_by("at", "pk")
