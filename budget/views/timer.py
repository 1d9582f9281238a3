"""The timer: its own page, and the forms of the top bar, the timesheet and the task's page that come here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from budget.forms.hours import NOTE_LENGTH
from budget.forms.time import DayHoursField
from budget.models import TimeEntry
from budget.selectors.pricing import rules_of
from budget.services import reminders
from budget.services import timer as services
from budget.timesheet import bookable_tasks, hours_text, suggested_tasks
from budget.views.timesheet import PersonView
from implement.core.errors import DomainError
from implement.core.forms import is_id
from implement.core.money import format_number, hours_of
from projects.kit.access import enter
from projects.kit.once import new_nonce, once
from projects.models import Task


def told(entries: list[TimeEntry]) -> str:
    """Return what was booked in words."""
    if not entries:
        return "The timer is stopped. It ran too short to be booked by the project's rounding."
    hours = format_number(hours_of(sum(entry.seconds for entry in entries)))
    days = f", over {len(entries)} days" if len(entries) > 1 else ""
    return f"{hours} h logged on “{entries[0].task}”{days}."


class TimerView(PersonView):
    """Start, stop and switch the timer; after ten hours it is asked how long was really worked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer()

    def back(self) -> str:
        """Return the page that the form came from, if it is one of ours."""
        said = self.request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(
            said, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )
        return said if is_ours and said.startswith("/") else reverse("timer")

    def wanted(self) -> Task:
        """Return the task that is meant. Raises Http404."""
        said = self.request.POST.get("task", "")
        task = bookable_tasks(self.request.user).filter(pk=int(said)).first() if is_id(said) else None  # type: ignore[arg-type]
        if task is None:
            raise Http404
        return task

    def post(self, request: HttpRequest) -> HttpResponse:
        do = request.POST.get("do", "")
        act = {"start": self.start, "stop": self.stop, "discard": self.discard, "mail": self.mail}.get(do)
        if act is None:
            raise DomainError("Say whether to start or to stop.")
        where = self.back()

        def perform() -> str:
            messages.success(request, act())
            return where

        try:
            once(user=request.user, form="timer", nonce=request.POST.get("nonce", ""), act=perform)  # type: ignore[arg-type]
        except DomainError as error:
            return self.answer(error=error.message, status=error.status)
        return HttpResponseRedirect(where)

    def start(self) -> str:
        task = self.wanted()
        access = enter(self.request.user, task.project.code, "time.log")
        timer = services.timer_start(
            task=task,
            access=access,
            person=self.person,
            note=self.request.POST.get("note", "").replace("\x00", "")[:NOTE_LENGTH],
            switch=True,
        )
        return f"The timer runs on “{timer.task}”."

    def stop(self) -> str:
        said = self.request.POST.get("seconds", "")
        try:
            seconds = DayHoursField(required=False).clean(said[:20])
        except ValidationError as error:
            raise DomainError(f"“{said[:20]}” is not a time. Write hours as 7.5, 7,5 or 7:30.") from error
        note = self.request.POST.get("note")
        entries = services.timer_stop(
            person=self.person,
            user=self.request.user,  # type: ignore[arg-type]
            seconds=seconds,
            note=None if note is None else note.replace("\x00", "")[:NOTE_LENGTH],
        )
        return told(entries)

    def discard(self) -> str:
        services.timer_discard(person=self.person)
        return "The timer is stopped, and nothing was booked."

    def mail(self) -> str:
        by_mail = "by_mail" in self.request.POST
        reminders.mail_choose(person=self.person, by_mail=by_mail)
        return "Reminders come by mail as well." if by_mail else "Reminders come here only."

    def answer(self, *, error: str = "", status: int = 200) -> HttpResponse:
        timer = services.running_timer(person=self.person)
        said = self.request.GET.get("task") or ""
        also = int(said) if is_id(said) else None
        tasks = suggested_tasks(
            user=self.request.user, person=self.person, today=timezone.localdate(), also=also  # type: ignore[arg-type]
        )  # fmt: skip
        elapsed = services.elapsed_of(timer) if timer else 0
        context: dict[str, Any] = {
            "timer": timer,
            "elapsed": elapsed,
            "is_forgotten": timedelta(seconds=elapsed) > services.FORGOTTEN,
            "rounding": rules_of(project=timer.project).get_rounding_display() if timer else "",
            "tasks": [task for task in tasks if timer is None or task.pk != timer.task_id],
            "wanted": next((task for task in tasks if task.pk == also), None),
            "error": error,
            "nonce": new_nonce(),
            "room": "timesheet",
            "by_mail": reminders.wants_mail(person=self.person),
            "elapsed_text": hours_text(elapsed // 60 * 60),
        }
        return render(self.request, "budget/timer.html", context, status=status)
