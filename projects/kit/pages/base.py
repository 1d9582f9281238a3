"""What every page inside a project starts from: the door, the grants for templates, the declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views import View

from projects.kit.access import Entry, enter

if TYPE_CHECKING:
    from projects.kit.pages.declaration import ModelPages

TRASH = "trash"


@dataclass(frozen=True)
class BulkAction:
    """What a list offers for many rows at once: the trash, a step of the workflow, or a page that asks how.

    `place` is that page's URL name; it gets the chosen rows as ?rows=1&rows=2.
    """

    name: str
    label: str
    needs_reason: bool = False
    place: str = ""


class ProjectView(View):
    """A page inside a project. It must say its permission; the door is asked before anything else."""

    permission: ClassVar[str] = ""
    room: ClassVar[str] = ""
    entry: Entry

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not self.permission:
            raise TypeError(f"{type(self).__name__} names no permission.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.entry = enter(request.user, kwargs["project"], self.permission)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    @property
    def project(self) -> Any:
        """Return the project that was entered."""
        return self.entry.project

    def page(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """Answer with a template that knows the project, the person's grants and the room."""
        shared = {"entry": self.entry, "project": self.project, "room": self.room, "can": Can(self.entry)}
        return render(self.request, template, shared | (context or {}), status=status)


class Can:
    """`{% if can.plan.change %}` in templates: the same grants the door asks."""

    def __init__(self, entry: Entry, room: str = "") -> None:
        self.entry, self.room = entry, room

    def __getitem__(self, name: str) -> Any:
        return self.entry.can(f"{self.room}.{name}") if self.room else Can(self.entry, name)


class PagesView(ProjectView):
    """One page of a ModelPages; `pages` is the declaration it works for."""

    pages: type[ModelPages] = None  # type: ignore[assignment]
    verb: ClassVar[str] = "view"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.permission = self.pages.permission(self.verb)  # type: ignore[misc]
        self.room = self.pages.room  # type: ignore[misc]
        super().setup(request, *args, **kwargs)

    def queryset(self) -> models.QuerySet[Any]:
        """Return the rows this person may see here."""
        return self.pages.visible(self.entry)

    def item(self, *, lock_trash: bool = False) -> Any:
        """Return the row of the address, or 404."""
        source = self.pages.trashed(self.entry) if lock_trash else self.queryset()
        return get_object_or_404(source, pk=self.kwargs["pk"])

    def page(
        self, template: str, context: dict[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        names = {
            "pages": self.pages,
            "meta": self.pages.model._meta,
            "address": self.pages.address(self.project),
        }
        return super().page(template, names | (context or {}), status=status)
