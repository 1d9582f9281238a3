"""When people work: a project's calendar, the firm's calendars, a person's own week, and days that differ from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib import messages
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from implement.core.calendars import Intervals, holiday_names
from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import clock, show_errors
from implement.core.money import format_number
from implement.dashboard.forms import CalendarForm, DaysForm, FirmCalendarForm, country_name
from implement.dashboard.views.firm import FirmListView, FirmView
from projects import services
from projects.kit.pages import ProjectView
from projects.models import Person, Project, WorkCalendar
from projects.planning import working_calendar
from projects.services.calendars import stored_times

SAVED = "The calendar is saved, and the plans that work by it are rescheduled."


def week_of(calendar: WorkCalendar | None) -> dict[str, Any]:
    """Return a calendar as the week form's values; the standard week where there is none."""
    week = calendar.week if calendar and calendar.week else working_calendar(None).week
    return {
        **{f"day_{number}": day for number, day in enumerate(week)},
        "name": calendar.name if calendar else "",
        "country": calendar.country if calendar else "",
        "subdivision": calendar.subdivision if calendar else "",
        "version": calendar.version if calendar else None,
    }


# --- days that differ -------------------------------------------------------------------------------------
@dataclass
class Span:
    """Days in a row that differ from the week in the same way; no hours: they are off."""

    first: date
    last: date
    hours: str
    name: str


def spans_of(calendar: WorkCalendar | None) -> list[Span]:
    """Return the days of a calendar that differ from its week, in order."""
    found: list[Span] = []
    for key, times in sorted(calendar.exceptions.items()) if calendar else ():
        day = date.fromisoformat(key)
        hours = ", ".join(f"{clock(start)}–{clock(end)}" for start, end in times)
        span = Span(day, day, hours, calendar.day_names.get(key, "") if calendar else "")
        before = found[-1] if found else None
        if (
            before is not None
            and before.last + timedelta(days=1) == day
            and (before.hours, before.name) == (span.hours, span.name)
        ):
            before.last = day
        else:
            found.append(span)
    return found


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


def days_context(calendar: WorkCalendar | None, url: str, form: DaysForm | None = None) -> dict[str, Any]:
    """Return what a page shows of the days that differ from a calendar's week, and the form for more."""
    today = timezone.localdate()
    spans = spans_of(calendar)
    return {
        "days_url": url,
        "days_form": form or DaysForm(),
        "spans": [span for span in spans if span.last >= today],
        "past_spans": [span for span in reversed(spans) if span.last < today],
        "holidays": holidays_of(calendar, today.year),
        "country": country_name(calendar.country) if calendar else "",
        "year": today.year,
    }


# --- a project's calendar ---------------------------------------------------------------------------------
class CalendarView(ProjectView):
    """When the project works: week, public holidays, days that differ."""

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

    def stored(self) -> dict[str, Any]:
        """Return the form's values from the calendar in use; a copy of a shared one has no version yet."""
        values = week_of(self.project.calendar)
        return values if not self.is_shared else values | {"version": None}

    @property
    def is_shared(self) -> bool:
        calendar: WorkCalendar | None = self.project.calendar
        return calendar is not None and calendar.project_id is None

    def answer(self, form: CalendarForm, *, days: DaysForm | None = None, status: int = 200) -> HttpResponse:
        url = reverse("project_calendar_exception", args=[self.project.code])
        context = {"form": form, "is_shared": self.is_shared, "tab": "calendar"}
        context |= days_context(self.project.calendar, url, days)
        return self.page("dashboard/calendar.html", context, status=status)


class CalendarDaysView(CalendarView):
    """Let days differ from the project's week, or be like it again."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("project_calendar", args=[self.project.code]))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = DaysForm(request.POST)
        if form.is_valid():
            try:
                services.calendar_days_set(project=self.project, days=form.days, actor=self.entry.user)
            except DomainError as error:
                show_errors(form, error)
            else:
                messages.success(request, "The calendar is saved and the plan is rescheduled.")
                return HttpResponseRedirect(reverse("project_calendar", args=[self.project.code]))
        return self.answer(CalendarForm(initial=self.stored()), days=form, status=422)


# --- calendars of the firm and of people ------------------------------------------------------------------
class WeekView(FirmView):
    """A working week to set; what follows is said beside it."""

    form: ClassVar[type[CalendarForm]] = CalendarForm

    def stored(self) -> WorkCalendar | None:
        """Return what the form shows first."""
        raise NotImplementedError

    def own(self) -> WorkCalendar | None:
        """Return the calendar whose single days may be changed here; None when there is none yet."""
        return self.stored()

    def save(self, said: dict[str, Any], week: list[Intervals]) -> str:
        """Save the week and return where to go."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """Return heading, back, back_label and users: (label, address, what) of who works by it."""
        raise NotImplementedError

    def days_url(self) -> str:
        """Return where single days are sent."""
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        return self.answer(self.form(initial=week_of(self.stored())))

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        self.stored()
        form = self.form(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        said = form.cleaned_data | {"subdivision": form.cleaned_data["subdivision"].strip().upper()}
        try:
            url = self.save(said, form.week)
        except StaleVersion as error:
            stored = self.stored()
            form.data = form.data.copy()
            form.data["version"] = stored.version if stored else ""
            form.add_error(None, f"{error.message} Saving again puts yours over it.")
            return self.answer(form, status=409)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        messages.success(request, SAVED)
        return HttpResponseRedirect(url)

    def answer(self, form: CalendarForm, *, days: DaysForm | None = None, status: int = 200) -> HttpResponse:
        own = self.own()
        context = {"form": form, **self.context(), "has_days": own is not None}
        if own is not None:
            context |= days_context(own, self.days_url(), days)
        return self.page("firm/week.html", context, status=status)


class WeekDaysView(WeekView):
    """Let days differ from a week, or be like it again."""

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        return HttpResponseRedirect(self.page_url())

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        calendar = self.own()
        if calendar is None:
            # Days are added to a week of one's own only.
            return HttpResponseRedirect(self.page_url())
        form, status = DaysForm(request.POST), 422
        if form.is_valid():
            try:
                services.firm_calendar_days_set(
                    calendar=calendar,
                    days=form.days,
                    actor=request.user,  # type: ignore[arg-type]
                )
            except DomainError as error:
                show_errors(form, error)
                status = error.status if isinstance(error, StaleVersion) else 422
            else:
                messages.success(request, SAVED)
                return HttpResponseRedirect(self.page_url())
        return self.answer(self.form(initial=week_of(self.stored())), days=form, status=status)

    def page_url(self) -> str:
        """Return the address of the page of the week."""
        raise NotImplementedError


class PersonWeekView(WeekView):
    """A person's own working week."""

    room = "people"

    @property
    def person(self) -> Person:
        return get_object_or_404(Person.objects.select_related("calendar"), pk=self.kwargs["pk"])

    def stored(self) -> WorkCalendar | None:
        person = self.person
        return person.own_calendars.order_by("pk").first() or person.calendar

    def own(self) -> WorkCalendar | None:
        return self.person.own_calendars.order_by("pk").first()

    def days_url(self) -> str:
        return reverse("person_days", args=[self.kwargs["pk"]])

    def save(self, said: dict[str, Any], week: list[Intervals]) -> str:
        person = self.person
        services.person_week_set(
            person=person,
            week=week,
            country=said["country"],
            subdivision=said["subdivision"],
            actor=self.request.user,  # type: ignore[arg-type]
            expected_version=said["version"],
        )
        return reverse("person_edit", args=[person.pk])

    def context(self) -> dict[str, Any]:
        person = self.person
        back = reverse("person_edit", args=[person.pk])
        return {"heading": f"Working week of {person}", "back": back, "back_label": person.name}


class PersonDaysView(WeekDaysView, PersonWeekView):
    """Days on which a person works otherwise than in their week."""

    def page_url(self) -> str:
        return reverse("person_week", args=[self.person.pk])


class CalendarListView(FirmListView):
    """The calendars that every project and every person may use."""

    room, template, search = "calendars", "firm/calendars.html", ("name",)

    def queryset(self) -> models.QuerySet[Any]:
        projects = (
            Project.objects.filter(calendar=OuterRef("pk"))
            .order_by()
            .values("calendar")
            .annotate(n=Count("pk"))
        )
        return (
            WorkCalendar.objects.of_firm()
            .annotate(people_count=Count("people"), project_count=Coalesce(Subquery(projects.values("n")), 0))
            .order_by("name", "pk")
        )


class CalendarFormView(WeekView):
    """Add or change a calendar of the firm."""

    room, form = "calendars", FirmCalendarForm

    def stored(self) -> WorkCalendar | None:
        pk = self.kwargs.get("pk")
        return get_object_or_404(WorkCalendar.objects.of_firm(), pk=pk) if pk else None

    def days_url(self) -> str:
        return reverse("workcalendar_days", args=[self.kwargs["pk"]])

    def save(self, said: dict[str, Any], week: list[Intervals]) -> str:
        calendar = self.stored() or WorkCalendar()
        calendar.name, calendar.country, calendar.subdivision = (
            said["name"],
            said["country"],
            said["subdivision"],
        )
        calendar.week = [stored_times(day) for day in week]
        services.firm_calendar_save(
            calendar=calendar,
            actor=self.request.user,  # type: ignore[arg-type]
            expected_version=said["version"],
        )
        return reverse("workcalendar_edit", args=[calendar.pk])

    def context(self) -> dict[str, Any]:
        calendar = self.stored()
        users: list[tuple[str, str, str]] = []
        if calendar is not None:
            users += [
                (
                    row.name,
                    reverse("person_edit", args=[row.pk]),
                    f"{format_number(row.weekly_hours, digits=1)} h a week",
                )
                for row in calendar.people.all()
            ]
            users += [
                (row.name, row.get_absolute_url(), "Project")
                for row in Project.objects.filter(calendar=calendar)
            ]
        return {
            "heading": calendar.name if calendar else "Add calendar",
            "back": reverse("workcalendar_list"),
            "back_label": "Calendars",
            "users": users,
        }


class CalendarFirmDaysView(WeekDaysView, CalendarFormView):
    """Days on which everybody who works by a calendar of the firm works otherwise."""

    def page_url(self) -> str:
        calendar = self.stored()
        assert calendar is not None
        return reverse("workcalendar_edit", args=[calendar.pk])
