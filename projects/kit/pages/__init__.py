"""Pages from one declaration: list, add, detail, edit, delete, trash, restore, steps, history, export,
bulk actions.

    class TaskPages(ModelPages):
        model, table, filterset, form = Task, TaskTable, TaskFilterSet, TaskForm
        room = "plan"

    urlpatterns = [*TaskPages.urls("tasks")]

A page that fights this is better a plain view: subclass ProjectView, which still enters by the one door.
"""

from projects.kit.pages.base import BulkAction, Can, PagesView, ProjectView
from projects.kit.pages.declaration import ModelPages
from projects.kit.pages.items import DetailPage, HistoryPage, StepPage, history_of
from projects.kit.pages.lists import BULK_LIMIT, BulkPage, ExportPage, SaveViewPage, chosen_rows
from projects.kit.pages.many import ChangeManyView
from projects.kit.pages.versions import VersionsPage

__all__ = [
    "BULK_LIMIT",
    "BulkAction",
    "BulkPage",
    "Can",
    "ChangeManyView",
    "DetailPage",
    "ExportPage",
    "HistoryPage",
    "ModelPages",
    "PagesView",
    "ProjectView",
    "SaveViewPage",
    "StepPage",
    "VersionsPage",
    "chosen_rows",
    "history_of",
]
