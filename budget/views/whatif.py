"""The pages of what-ifs: the list, the scratch copy beside today's plan, its forms, and what becomes of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Count
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from budget.filtersets.whatif import WhatIfFilterSet
from budget.forms.whatif import LevelForm, TurnForm, WhatIfForm
from budget.models import Difference, WhatIf
from budget.services import levelling
from budget.services import whatif as services
from budget.services.whatifedits import link_remove, task_remove
from budget.tables.whatif import WhatIfTable
from budget.views.whatifeditors import Editor, editor_of
from budget.views.whatifpage import Scratch
from budget.workflows import WHATIF_WORKFLOW
from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import KEY_LENGTH, show_errors
from projects.kit.access import Entry
from projects.kit.pages import DetailPage, ModelPages, PagesView, ProjectView
from projects.models import Dependency, Job, Task


class ScratchPage(DetailPage):
    """A what-if beside today's plan, with the form of what is being edited."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return scratch_answer(self, self.item())


def scratch_answer(
    view: PagesView | ProjectView, item: WhatIf, *, editor: Editor | None = None, status: int = 200
) -> HttpResponse:
    """Answer with the page of a what-if."""
    item.project = view.entry.project
    scratch = Scratch.of(item, view.entry, view.request)
    may_change = view.entry.can("whatif.change") and item.is_open
    if editor is None and may_change:
        editor = editor_of(scratch, view.request.GET.dict())
    context = {
        "item": item,
        "meta": WhatIf._meta,
        "pages": WhatIfPages,
        "address": WhatIfPages.address(view.entry.project),
        "steps": WHATIF_WORKFLOW.available(item, view.entry),
        "may_change": may_change,
        "editor": editor,
        **scratch.context(),
    }
    return view.page("budget/whatif.html", context, status=status)


class WhatIfPages(ModelPages):
    """The what-ifs of a project."""

    model, table, filterset, form = WhatIf, WhatIfTable, WhatIfFilterSet, WhatIfForm
    room = "whatif"
    workflow = WHATIF_WORKFLOW
    select_related = ("project__calendar", "owner", "decided_by", "change")
    list_template = "budget/whatifs.html"
    detail_page = ScratchPage
    teach = "Begin one to move things without moving the plan: several may be open at once, and none costs anything."

    @classmethod
    def permission(cls, verb: str) -> str:
        # Whoever may look at a what-if may take it along as a file.
        return super().permission("view" if verb == "export" else verb)

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return super().visible(entry).annotate(changes=Count("differences"))

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"level_form": LevelForm(), "levelling": running_job(entry)}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return entry.can("whatif.change") and item.is_open

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.whatif_save(what_if=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.whatif_delete(what_if=row, entry=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/"
        return [
            path(f"{root}level/", LevelView.as_view(), name="whatif_level"),
            path(f"{root}differences/<int:pk>/undo/", UndoView.as_view(), name="difference_undo"),
            *super().urls(prefix),
            path(f"{root}<int:pk>/write/", WriteView.as_view(), name="whatif_write"),
            path(f"{root}<int:pk>/accept/", AcceptView.as_view(), name="whatif_accept"),
            path(f"{root}<int:pk>/turn/", TurnView.as_view(), name="whatif_turn"),
            path(f"{root}<int:pk>/rebase/", RebaseView.as_view(), name="whatif_rebase"),
            path(f"{root}<int:pk>/copy/", CopyView.as_view(), name="whatif_copy"),
        ]


def running_job(entry: Entry) -> Job | None:
    """Return the work that is levelling the plan now."""
    return (
        entry.visible(Job.objects.filter(kind=levelling.LEVEL_JOB, state__in=["queued", "running"]))
        .order_by("-created_at")
        .first()
    )


class OneView(ProjectView):
    """Something that is done to one what-if."""

    permission = "whatif.change"
    room = "whatif"

    def row(self) -> WhatIf:
        """Return the what-if of the address, or 404."""
        found: WhatIf = get_object_or_404(WhatIfPages.visible(self.entry), pk=self.kwargs["pk"])
        return found

    def back(self, what_if: WhatIf) -> HttpResponseRedirect:
        return HttpResponseRedirect(WhatIfPages.url("detail", self.project, pk=what_if.pk))

    @property
    def is_part(self) -> bool:
        return bool(self.request.htmx)  # type: ignore[attr-defined]


class WriteView(OneView):
    """Write down what a form of the page says; a form that is wrong comes back with what was typed."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.back(self.row())

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        what_if = self.row()
        services.check_open(what_if)
        asked = {name: request.POST.get(name, "") for name in ("edit", "id", "task")}
        what_if.project = self.entry.project
        if asked["edit"] in {"remove", "unlink"}:
            self.leave_out(what_if, asked)
            return self.back(what_if)
        scratch = Scratch.of(what_if, self.entry, request)
        editor = editor_of(scratch, asked, request.POST)
        if editor is None:
            raise DomainError("There is nothing of that name to change. Open the what-if again.")
        # htmx shows what comes with an error status as an error only.
        status = 200 if self.is_part else 422
        if not editor.form.is_valid():
            return scratch_answer(self, what_if, editor=editor, status=status)
        try:
            editor.save()
        except DomainError as error:
            show_errors(editor.form, error)
            return scratch_answer(self, self.row(), editor=editor, status=status)
        return self.back(what_if)

    def leave_out(self, what_if: WhatIf, asked: dict[str, str]) -> None:
        """Leave a task or a link of the plan out."""
        key = asked["id"]
        pk = int(key) if key.isascii() and key.isdecimal() and len(key) <= KEY_LENGTH else 0
        if asked["edit"] == "remove":
            task = get_object_or_404(self.entry.visible(Task.objects.all()), pk=pk)
            task_remove(what_if=what_if, task=task, entry=self.entry)
        else:
            links = Dependency.objects.select_related("predecessor", "successor")
            link = get_object_or_404(self.entry.visible(links), pk=pk)
            link_remove(what_if=what_if, link=link, entry=self.entry)


class UndoView(ProjectView):
    """Take a difference back."""

    permission = "whatif.change"
    room = "whatif"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        rows = Difference.objects.select_related("what_if").filter(what_if__deleted_at=None)
        row = get_object_or_404(self.entry.visible(rows), pk=pk)
        gone = services.difference_undo(row=row, entry=self.entry)
        more = f", and {len(gone) - 1} that need it" if len(gone) > 1 else ""
        messages.success(request, f"Taken back{more}.")
        return HttpResponseRedirect(WhatIfPages.url("detail", self.project, pk=row.what_if_id))


class AcceptView(OneView):
    """Put a what-if into the plan."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        what_if = self.row()
        try:
            services.whatif_accept(what_if=what_if, entry=self.entry, seen=request.POST.get("seen", "")[:60])
        except StaleVersion as error:
            # The page that follows compares with the plan as it is now.
            messages.warning(request, error.message)
            return self.back(what_if)
        messages.success(request, f"“{what_if}” is in the plan.")
        return self.back(what_if)


class RebaseView(OneView):
    """Take note of how the plan has moved."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        what_if = self.row()
        services.whatif_rebase(what_if=what_if, entry=self.entry)
        messages.success(request, "The differences start from today's plan.")
        return self.back(what_if)


class CopyView(OneView):
    """Go on in a copy."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        copied = services.whatif_copy(what_if=self.row(), entry=self.entry)
        messages.success(request, f"“{copied}” begins where the other one stands.")
        return self.back(copied)


class TurnView(OneView):
    """Make a change request of a what-if."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        what_if = self.row()
        services.check_open(what_if)
        self.entry.require("changes.decide")
        return self.answer(what_if, TurnForm(initial={"title": what_if.name}))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        what_if, form = self.row(), TurnForm(request.POST)
        self.entry.require("changes.decide")
        if not form.is_valid():
            return self.answer(what_if, form, status=422)
        try:
            change = services.whatif_turn(what_if=what_if, entry=self.entry, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(what_if, form, status=422)
        messages.success(
            request, f"{change.key} holds what “{what_if}” does. Work out the rest of its impact."
        )
        return HttpResponseRedirect(reverse("changerequest_detail", args=[self.project.code, change.pk]))

    def answer(self, what_if: WhatIf, form: TurnForm, *, status: int = 200) -> HttpResponse:
        return self.page("budget/whatif_turn.html", {"item": what_if, "form": form}, status=status)


class LevelView(ProjectView):
    """Ask a worker to level the plan."""

    permission = "whatif.change"
    room = "whatif"

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = LevelForm(request.POST)
        back = WhatIfPages.url("list", self.project)
        if not form.is_valid():
            messages.error(request, "Say how long the search may take.")
            return HttpResponseRedirect(back)
        try:
            job = levelling.level_request(project=self.project, entry=self.entry, **form.cleaned_data)
        except DomainError as error:
            messages.info(request, error.message)
            return HttpResponseRedirect(back)
        return HttpResponseRedirect(reverse("job", args=[self.project.code, job.pk]))
