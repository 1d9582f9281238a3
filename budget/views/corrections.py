"""Pages that correct hours and expenses, and that split and change hours."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from budget.choices import OPEN_STATES
from budget.forms.expenses import ExpenseCorrectionForm
from budget.forms.hours import BulkChangeForm, CorrectionForm, PartFormSet
from budget.models import TimeEntry
from budget.selectors.periods import closing_of
from budget.services import corrections, editing
from budget.views.expenses import ExpensePages
from budget.views.time import TimePages
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.core.forms import is_id, show_errors
from projects.kit.once import new_nonce, once
from projects.kit.pages import ModelPages, ProjectView

SPARE_PARTS = 3


class EntryView(ProjectView):
    """A page about one entry."""

    room = "time"
    room_pages: type[ModelPages] = TimePages

    def item(self) -> Any:
        """Return the entry of the address, among those that this person may see."""
        return get_object_or_404(self.room_pages.visible(self.entry), pk=self.kwargs["pk"])

    def detail_url(self) -> str:
        return self.room_pages.url("detail", self.project, pk=self.kwargs["pk"])


class CorrectView(EntryView):
    """Take approved hours back, and book the right ones."""

    permission = "time.correct"
    template = "budget/correct.html"
    taken, right_ones = "The hours are taken back", "the right ones"

    def form(self, item: Any) -> Any:
        """Return the form, filled with what was sent."""
        return CorrectionForm(self.request.POST if self.request.method == "POST" else None, item=item)

    def correct(self, item: Any, said: dict[str, Any], form: Any) -> Any:
        """Correct the entry; return what was booked instead, if anything was."""
        right = (
            corrections.Right(said["task"], said["seconds"], said["is_billable"], said["note"])
            if said["books_right"]
            else None
        )
        return corrections.time_reverse(entry=item, access=self.entry, reason=said["reason"], right=right)[1]

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        self.check(item)
        return self.answer(item, self.form(item))

    def check(self, item: Any) -> None:
        """Raise what keeps it from being corrected, before anybody has typed a word."""
        if refusal := corrections.refusal_of(entry=item, access=self.entry):
            raise (NotAllowed if refusal == corrections.OWN else StateError)(refusal)
        if type(item).with_trash.filter(reverses=item).exists():
            raise StateError(corrections.ONCE)

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        form = self.form(item)
        if not form.is_valid():
            return self.answer(item, form, status=422)

        def act() -> str:
            booked = self.correct(item, form.cleaned_data, form)
            then = f", and {self.right_ones} {booked.get_status_display().lower()}" if booked else ""
            messages.success(request, f"{self.taken}{then}.")
            return self.detail_url()

        try:
            url, _ = once(user=self.entry.user, form="correct", nonce=request.POST.get("nonce", ""), act=act)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(item, form, status=422 if error.status == 400 else error.status)
        return HttpResponseRedirect(url)

    def answer(self, item: Any, form: Any, *, status: int = 200) -> HttpResponse:
        context = {
            "item": item,
            "form": form,
            "back": self.detail_url(),
            "posted_on": corrections.posting_day(item),
            "is_closed": closing_of(project=item.project, days=[item.booked_day]) is not None,
            "nonce": self.request.POST.get("nonce") or new_nonce(),
        }
        return self.page(self.template, context, status=status)


class ExpenseCorrectView(CorrectView):
    """Take an approved expense back, and book the right one."""

    permission = "expenses.correct"
    room = "expenses"
    room_pages = ExpensePages
    template = "budget/expense_correct.html"
    taken, right_ones = "The expense is taken back", "the right one"

    def form(self, item: Any) -> Any:
        sent = (self.request.POST, self.request.FILES) if self.request.method == "POST" else ()
        return ExpenseCorrectionForm(*sent, item=item, entry=self.entry)

    def correct(self, item: Any, said: dict[str, Any], form: Any) -> Any:
        return corrections.expense_reverse(
            expense=item,
            access=self.entry,
            reason=said["reason"],
            right=form.instance if said["books_right"] else None,
            tax=form.tax,
            receipts=said["receipts"],
        )[1]


class SplitView(EntryView):
    """Split an open entry over tasks and days."""

    permission = "time.log"

    def parts(self, item: TimeEntry) -> Any:
        first = {
            "task": item.task_id, "worked_on": item.worked_on, "seconds": item.seconds, "note": item.note,
        }  # fmt: skip
        blank = {"worked_on": item.worked_on, "note": item.note}
        return PartFormSet(
            self.request.POST if self.request.method == "POST" else None,
            initial=[first, *[blank] * SPARE_PARTS],
            form_kwargs={"project": self.project},
            prefix="part",
        )

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        if item.status not in OPEN_STATES:
            raise StateError("Only a draft or a rejected entry can be split.")
        return self.answer(item, self.parts(item))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        parts = self.parts(item)
        if not parts.is_valid():
            return self.answer(item, parts, status=422)
        wanted = [
            editing.Part(form["task"], form["worked_on"], form["seconds"], form["note"])
            for form in parts.cleaned_data
            if form.get("seconds")
        ]
        version = request.POST.get("version", "")

        def act() -> str:
            rows = editing.entry_split(
                entry=item,
                parts=wanted,
                access=self.entry,
                expected_version=int(version) if is_id(version) else None,
            )
            messages.success(request, f"The entry is split into {len(rows)}.")
            return self.detail_url()

        try:
            url, _ = once(user=self.entry.user, form="split", nonce=request.POST.get("nonce", ""), act=act)
        except DomainError as error:
            return self.answer(
                self.item(), parts, message=error.message, status=422 if error.status == 400 else error.status
            )
        return HttpResponseRedirect(url)

    def answer(self, item: TimeEntry, parts: Any, *, message: str = "", status: int = 200) -> HttpResponse:
        context = {
            "item": item,
            "parts": parts,
            "message": message,
            "version": self.request.POST.get("version") or item.version,
            "nonce": self.request.POST.get("nonce") or new_nonce(),
        }
        return self.page("budget/split.html", context, status=status)


class ChangeView(ProjectView):
    """Give many open entries another task, billing or note: all or none."""

    permission = "time.log"
    room = "time"

    def chosen(self) -> list[TimeEntry]:
        """Return the entries that are meant, among those that this person may see."""
        said = self.request.POST.getlist("rows") or self.request.GET.getlist("rows")
        ids = [int(value) for value in said if is_id(value)][: editing.MOST_ROWS]
        return list(TimePages.visible(self.entry).filter(pk__in=ids))

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(BulkChangeForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = BulkChangeForm(request.POST, entry=self.entry)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            count = editing.entries_change(
                ids=[row.pk for row in self.chosen()], access=self.entry, **form.values()
            )
        except DomainError as error:
            form.add_error(None, f"Nothing was changed. {error.message}")
            return self.answer(form, status=422 if error.status == 400 else error.status)
        messages.success(request, f"{count} {'entry' if count == 1 else 'entries'} changed.")
        return HttpResponseRedirect(reverse("timeentry_list", args=[self.project.code]))

    def answer(self, form: BulkChangeForm, *, status: int = 200) -> HttpResponse:
        rows = self.chosen()
        return self.page("budget/time_change.html", {"form": form, "rows": rows}, status=status)
