"""The import of a plan from a Microsoft Project XML file."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.urls import reverse

from projects import mspdi
from projects.imports.plandraft import PlanDraft
from projects.kit.imports import Context, Draft, Importer, ImportRefused

LINE = re.compile(r"line (\d+)")
TASK_LIMIT = 20_000


def refused(error: mspdi.MspdiError) -> ImportRefused:
    """Return a reader's error as the import's, with its line."""
    found = LINE.search(error.place)
    return ImportRefused(str(error), line=int(found[1]) if found else None)


class PlanImporter(Importer):
    """Tasks, links, people, assignments, calendars and baselines of an MSPDI file."""

    kind: ClassVar[str] = "plan.mspdi"
    label: ClassVar[str] = "Plan from Microsoft Project"
    permission: ClassVar[str] = "plan.import"
    suffixes: ClassVar[tuple[str, ...]] = (".xml",)
    icon: ClassVar[str] = "timeline"
    order: ClassVar[int] = 10
    teach: ClassVar[str] = (
        "In Microsoft Project choose File, Save as, XML format. Importing the file again updates the plan."
    )

    def parse(self, context: Context) -> mspdi.MspdiProject:
        """Read the file. Raises ImportRefused with the element and line that is wrong."""
        try:
            parsed = mspdi.read(context.content())
        except mspdi.MspdiError as error:
            raise refused(error) from error
        has_tasks = any(not task.is_null and task.uid for task in parsed.tasks)
        if not has_tasks and not any(one.name for one in parsed.resources):
            raise ImportRefused("The file holds neither tasks nor people.")
        if len(parsed.tasks) > TASK_LIMIT:
            raise ImportRefused(
                f"The file holds {len(parsed.tasks):,} tasks; at most {TASK_LIMIT:,} are taken."
            )
        return parsed

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the file with the plan. Raises ImportRefused for a cycle or a value out of range."""
        try:
            return PlanDraft(context, parsed).draft()
        except mspdi.MspdiError as error:
            raise refused(error) from error

    def applied(self, context: Context) -> str:
        """Return the address of the task list."""
        return reverse("task_list", kwargs={"project": context.project.code})
