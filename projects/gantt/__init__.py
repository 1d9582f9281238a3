"""The plan as people look at it and work on it: tree and chart, edits, what an edit would move, and the print."""

from projects.gantt.edits import MOST_EDITS, Edit, edits_of, preview, work
from projects.gantt.page import FIT, PAGE_ROWS, ZOOMS, PlanPage, plan_page
from projects.gantt.path import driving_path
from projects.gantt.state import Drawn, PlanState, difference, read_plan, summary_progress
from projects.gantt.words import DRIVERS, held_by, link_words, task_words

__all__ = [
    "DRIVERS",
    "FIT",
    "MOST_EDITS",
    "PAGE_ROWS",
    "ZOOMS",
    "Drawn",
    "Edit",
    "PlanPage",
    "PlanState",
    "difference",
    "driving_path",
    "edits_of",
    "held_by",
    "link_words",
    "plan_page",
    "preview",
    "read_plan",
    "summary_progress",
    "task_words",
    "work",
]
