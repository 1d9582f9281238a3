"""A project's settings and its working calendar."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from implement.core.calendars import holiday_names
from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import clock, show_errors
from implement.dashboard.forms import CalendarExceptionForm, CalendarForm, country_name
from projects import services
from projects.forms import ProjectForm
from projects.kit.pages import ProjectView
from projects.models import WorkCalendar
from projects.planning import working_calendar


class SettingsView(ProjectView):
    """Name, dates, currency, zone, calendar, and what the customer sees of the budget."""

    permission = "project.change"
    room = "settings"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(ProjectForm(instance=self.project, entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = ProjectForm(request.POST, instance=self.project, entry=self.entry)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            services.project_change(
                project=form.save(commit=False),
                actor=self.entry.user,
                expected_version=form.cleaned_data["version"],
            )
        except StaleVersion as error:
            form.data = form.data.copy()
            form.data["version"] = type(self.project).objects.get(pk=self.project.pk).version
            form.add_error(None, f"{error.message} Saving again puts yours over it.")
            return self.answer(form, status=409)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        messages.success(request, "The settings are saved and the plan is rescheduled.")
        return HttpResponseRedirect(reverse("project_settings", args=[self.project.code]))

    def answer(self, form: ProjectForm, *, status: int = 200) -> HttpResponse:
        return self.page("dashboard/settings.html", {"form": form, "tab": "settings"}, status=status)


class CalendarView(ProjectView):
    """When the project works: week, public holidays, exceptions."""

    permission = "project.change"
    room = "settings"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(CalendarForm(initial=self.stored()))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = CalendarForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            services.calendar_week_set(
                project=self.project,
                week=form.week,
                country=form.cleaned_data["country"],
                subdivision=form.cleaned_data["subdivision"].strip().upper(),
                actor=self.entry.user,
                expected_version=form.cleaned_data["version"],
            )
        except DomainError as error:
            form.add_error(None, error.message)
            return self.answer(form, status=error.status if isinstance(error, StaleVersion) else 422)
        messages.success(request, "The calendar is saved and the plan is rescheduled.")
        return HttpResponseRedirect(reverse("project_calendar", args=[self.project.code]))

    def stored(self) -> dict[str, object]:
        """Return the form's values from the calendar in use, the standard one when there is none."""
        calendar: WorkCalendar | None = self.project.calendar
        week = calendar.week if calendar and calendar.week else working_calendar(None).week
        own = calendar is not None and calendar.project_id == self.project.pk
        return {
            **{f"day_{number}": day for number, day in enumerate(week)},
            "country": calendar.country if calendar else "",
            "subdivision": calendar.subdivision if calendar else "",
            "version": calendar.version if calendar and own else None,
        }

    def answer(
        self,
        form: CalendarForm,
        *,
        exception: CalendarExceptionForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        calendar: WorkCalendar | None = self.project.calendar
        context = {
            "form": form,
            "exception_form": exception or CalendarExceptionForm(),
            "exceptions": exceptions_of(calendar),
            "holidays": holidays_of(calendar, timezone.localdate().year),
            "country": country_name(calendar.country) if calendar else "",
            "year": timezone.localdate().year,
            "is_shared": calendar is not None and calendar.project_id is None,
            "tab": "calendar",
        }
        return self.page("dashboard/calendar.html", context, status=status)


class CalendarExceptionView(CalendarView):
    """Let days differ from the week, or be like it again."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("project_calendar", args=[self.project.code]))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = CalendarExceptionForm(request.POST)
        if not form.is_valid():
            return self.answer(CalendarForm(initial=self.stored()), exception=form, status=422)
        first = form.cleaned_data["first"]
        try:
            services.calendar_exception_set(
                project=self.project,
                first=first,
                last=form.cleaned_data["last"] or first,
                times=None if "remove" in request.POST else form.cleaned_data["times"],
                actor=self.entry.user,
            )
        except DomainError as error:
            form.add_error("last" if "last" in error.fields else None, error.message)
            return self.answer(CalendarForm(initial=self.stored()), exception=form, status=422)
        messages.success(request, "The calendar is saved and the plan is rescheduled.")
        return HttpResponseRedirect(reverse("project_calendar", args=[self.project.code]))


def exceptions_of(calendar: WorkCalendar | None) -> list[dict[str, object]]:
    """Return the calendar's exceptions as (day, hours), in order; empty hours are a day off."""
    stored = calendar.exceptions if calendar else {}
    return [
        {
            "day": date.fromisoformat(day),
            "hours": ", ".join(f"{clock(start)}–{clock(end)}" for start, end in times),
        }
        for day, times in sorted(stored.items())
    ]


def holidays_of(calendar: WorkCalendar | None, year: int) -> list[tuple[date, str]]:
    """Return (day, name) of a year's public holidays that the calendar keeps and that fall on a working weekday."""
    if calendar is None or not calendar.country:
        return []
    built = working_calendar(calendar)
    own = set(calendar.exceptions)
    names = holiday_names(calendar.country, calendar.subdivision, year)
    return [
        (day, names.get(day, ""))
        for day, times in sorted(built.exceptions.items())
        if day.year == year and not times and built.week[day.weekday()] and day.isoformat() not in own
    ]
