"""Log time from anywhere: a small form in a dialog, or on a page of its own without JavaScript."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from budget.forms.quicklog import QuickLogForm
from budget.models import TimeEntry
from budget.selectors.builds import loggable_items
from budget.services import time as services
from budget.timesheet import suggested_tasks
from budget.views.timesheet import PersonView
from implement.core.errors import DomainError
from implement.core.forms import is_id, show_errors
from implement.core.money import format_number, hours_of
from projects.kit.access import enter
from projects.kit.once import new_nonce, once


class QuickLogView(PersonView):
    """One entry on one of my tasks. The project is entered by the one door before anything is saved."""

    def form(self, request: HttpRequest) -> QuickLogForm:
        today = timezone.localdate()
        said = request.POST.get("task") or request.GET.get("task") or ""
        also = int(said) if is_id(said) else None
        tasks = suggested_tasks(user=request.user, person=self.person, today=today, also=also)  # type: ignore[arg-type]
        items = loggable_items(tasks)
        asked = request.GET.get("build_item", "")
        initial = {"worked_on": today, "task": also, "build_item": int(asked) if is_id(asked) else None}
        return QuickLogForm(request.POST or None, tasks=tasks, items=items, initial=initial)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(self.form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request)
        if not form.is_valid():
            return self.answer(form, status=422)
        values = form.cleaned_data
        week = services.monday_of(values["worked_on"])

        def log() -> str:
            access = enter(request.user, values["task"].project.code, "time.log")
            services.time_save(
                entry=TimeEntry(project=access.project, person=self.person, **values), access=access
            )
            return f"{reverse('timesheet')}?week={week.isoformat()}"

        try:
            address, is_new = once(
                user=request.user,  # type: ignore[arg-type]
                form="log",
                nonce=request.POST.get("nonce", ""),
                act=log,
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=error.status)
        if is_new:
            hours = format_number(hours_of(values["seconds"]))
            messages.success(
                request, f"{hours} h logged on “{values['task']}”, {values['worked_on']:%a %d %b}."
            )
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return HttpResponseRedirect(address)

    def answer(self, form: QuickLogForm, *, status: int = 200) -> HttpResponse:
        is_part = self.request.htmx and not self.request.htmx.boosted  # type: ignore[attr-defined]
        template = "budget/quicklog_form.html" if is_part else "budget/quicklog.html"
        context = {
            "form": form,
            "room": "timesheet",
            "nonce": self.request.POST.get("nonce") or new_nonce(),
            "in_dialog": is_part,
        }
        # htmx shows only answers that went well; a form with its errors is one to it.
        return render(self.request, template, context, status=200 if is_part else status)
