"""The timesheet: one person's week over all their projects."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views import View

from budget.choices import OPEN_STATES
from budget.models import TimeEntry
from budget.services import time as services
from budget.services.timer import elapsed_of, running_timer
from budget.timesheet import ADDED_SIZE, Week, bookable_tasks, week_of
from implement.core.errors import DomainError, NotAllowed
from implement.core.forms import is_id
from implement.core.tabular import parse_duration_seconds
from projects.kit.access import Entry, enter, visible_projects
from projects.kit.once import new_nonce, once
from projects.models import Person, Task

FOUND_SIZE = 12
SATURDAY = 5
FIRST_YEAR, LAST_YEAR = 1990, 2100
TYPED_SIZE = 100
STALE = (
    "These hours were changed somewhere else meanwhile. What you typed is still below, marked with what is "
    "stored now: look, then save again."
)


class PersonView(View):
    """A page of one's own hours, over all one's projects: for people who work on at least one."""

    person: Person

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person = Person.objects.filter(user=request.user).first()
        if person is None or not visible_projects(request.user, permission="time.log").exists():
            raise NotAllowed("A timesheet is for the people who work on a project.")
        self.person = person
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]


class TimesheetView(PersonView):
    """My week over all my projects. Each project's cells enter by the one door before they are saved."""

    def monday(self) -> date:
        """Return the week asked for; this week when none, or nonsense, is asked for."""
        said = self.request.POST.get("week") or self.request.GET.get("week") or ""
        try:
            day = parse_date(said)
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            day = timezone.localdate()
        return services.monday_of(day)

    def added(self) -> list[int]:
        """Return the tasks that were put on the grid but have no hours yet."""
        said = [*self.request.GET.getlist("add"), *self.request.POST.getlist("add")]
        return list(dict.fromkeys(int(value) for value in said if is_id(value)))[:ADDED_SIZE]

    def week(self) -> Week:
        return week_of(
            user=self.request.user,  # type: ignore[arg-type]
            person=self.person,
            monday=self.monday(),
            extra=self.added(),
        )

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(self.week())

    def found(self, week: Week, wanted: str) -> list[Task]:
        """Return tasks by the words of their name, key, number or project that are not on the grid yet."""
        tasks = bookable_tasks(self.request.user)  # type: ignore[arg-type]
        for word in wanted.replace("\x00", "").split():
            tasks = tasks.filter(
                models.Q(name__icontains=word)
                | models.Q(project__name__icontains=word)
                | models.Q(code__icontains=word)
                | models.Q(wbs__startswith=word)
            )
        on_grid = [row.task.pk for row in week.rows if row.task]
        return list(tasks.exclude(pk__in=on_grid).order_by("project__name", "position")[:FOUND_SIZE])

    def answer(
        self, week: Week, *, error: str = "", typed: dict[str, str] | None = None, status: int = 200
    ) -> HttpResponse:
        wanted = self.request.GET.get("find", "").strip()[:100]
        for row in week.rows if typed else ():
            for cell in row.cells:
                text = typed.get(cell_key(row.task, cell.day)) if typed and row.task else None
                if text is not None and text != cell.text:
                    cell.stored, cell.text = cell.text, text[:TYPED_SIZE]
        timer = running_timer(person=self.person)
        context = {
            "week": week,
            "columns": [
                {
                    "day": day,
                    "total": total,
                    "is_weekend": day.weekday() >= SATURDAY,
                    "is_today": day == timezone.localdate(),
                }
                for day, total in zip(week.days, week.day_totals, strict=True)
            ],
            "found": self.found(week, wanted) if wanted else [],
            "find": wanted,
            "added": self.added(),
            "error": error,
            "is_stale": status == StaleSheet.status,
            "rejected": [
                {"row": row, "cell": cell} for row in week.rows for cell in row.cells if cell.is_rejected
            ],
            "seen": json.dumps(
                {
                    cell_key(row.task, cell.day): cell.stored if cell.stored is not None else cell.text
                    for row in week.rows
                    if row.task
                    for cell in row.cells
                    if cell.stored or (cell.stored is None and cell.text)
                },
                separators=(",", ":"),
            ),
            "nonce": new_nonce(),
            "room": "timesheet",
            "today": timezone.localdate(),
            "this_monday": services.monday_of(timezone.localdate()),
            "can_submit": week.open_total > 0,
            "timer": timer,
            "timer_elapsed": elapsed_of(timer) if timer else 0,
            "copy_days": [week.monday - services.DAY * 3 + services.DAY * number for number in range(10)],
            **copy_proposal(week),
        }
        is_part = self.request.htmx and self.request.htmx.target == "timesheet-found"  # type: ignore[attr-defined]
        part = "budget/timesheet_found.html" if is_part else "budget/timesheet.html"
        return render(self.request, part, context, status=status)

    def post(self, request: HttpRequest) -> HttpResponse:
        query = urlencode({"week": self.monday().isoformat(), "add": self.added()}, doseq=True)
        here = f"{reverse('timesheet')}?{query}"
        typed = self.typed()

        def perform() -> str:
            week = self.week()
            if request.POST.get("stamp") != week.stamp:
                raise StaleSheet(STALE)
            if said := self.perform(week, typed):
                messages.success(request, said)
            return here

        try:
            once(user=request.user, form="timesheet", nonce=request.POST.get("nonce", ""), act=perform)  # type: ignore[arg-type]
        except StaleSheet as error:
            return self.answer(self.week(), error=error.message, typed=typed, status=409)
        except DomainError as error:
            return self.answer(self.week(), error=error.message, typed=typed, status=error.status)
        return HttpResponseRedirect(here)

    def typed(self) -> dict[str, str]:
        """Return the cells' texts that differ from what the page showed when it was opened."""
        try:
            seen = json.loads(self.request.POST.get("seen", "")[:100_000])
        except ValueError:
            seen = {}
        if not isinstance(seen, dict):
            seen = {}
        return {
            key: value.strip()
            for key, value in self.request.POST.items()
            if key.startswith("cell-") and value.strip() != seen.get(key, "")
        }

    def perform(self, week: Week, typed: dict[str, str]) -> str:
        """Save what was typed, then copy or submit if asked; return what to tell."""
        do = self.request.POST.get("do", "")
        changed = self.save(self.typed_cells(week, typed))
        if do == "copy":
            count = sum(
                services.copy_week(person=self.person, access=entry, monday=week.monday)
                for entry in self.entries()
            )
            return (
                f"{counted(count, 'cell')} copied from last week."
                if count
                else ("Nothing to copy: last week is empty, or this week has its hours already.")
            )
        if do == "copy-day":
            return self.copy_day()
        if do == "submit":
            return f"{counted(self.submit(week.monday), 'entry', 'entries')} submitted for approval."
        if changed:
            return f"Saved: {counted(changed, 'cell')} changed."
        return "Nothing has changed." if do == "save" else ""

    def copy_day(self) -> str:
        """Copy a day to another of the week, on every project; return what to tell."""
        source, target = (day_said(self.request.POST.get(name, "")) for name in ("copy-from", "copy-to"))
        count = sum(
            services.copy_day(person=self.person, access=entry, source=source, target=target)
            for entry in self.entries()
        )
        if count:
            return f"{counted(count, 'cell')} copied to {target:%A %d %b}."
        return f"Nothing to copy: {source:%A %d %b} is empty, or the other day has its hours already."

    def typed_cells(self, week: Week, typed: dict[str, str]) -> dict[str, list[services.Cell]]:
        """Return what was typed, by project code.

        Raises DomainError naming task, day and text of a cell that is not a time.
        """
        cells: dict[str, list[services.Cell]] = {}
        for row in week.rows:
            if row.task is None or not row.is_bookable:
                continue
            for cell in row.cells:
                text = typed.get(cell_key(row.task, cell.day))
                if text is None:
                    continue
                try:
                    seconds = parse_duration_seconds(text[:TYPED_SIZE]) if text else 0
                except ValueError as error:
                    shown = f"{text[:20]}…" if len(text) > 20 else text
                    raise DomainError(
                        f"{row.task.name}, {cell.day:%A %d %b}: “{shown}” is not a time. "
                        "Write hours as 7.5, 7,5 or 7:30."
                    ) from error
                cells.setdefault(row.project.code, []).append(
                    services.Cell(
                        task=row.task,
                        day=cell.day,
                        seconds=seconds,
                        note=cell.note,
                        is_billable=cell.is_billable,
                    )
                )
        return cells

    def save(self, cells: dict[str, list[services.Cell]]) -> int:
        """Save each project's cells through its door; return how many changed."""
        return sum(
            services.cells_save(
                access=enter(self.request.user, code, "time.log"), person=self.person, cells=wanted
            )
            for code, wanted in cells.items()
        )

    def entries(self) -> Iterable[Entry]:
        """Return the person's doors to every project on which they have hours in this week or the last."""
        monday = self.monday()
        codes = (
            visible_projects(self.request.user, permission="time.log")  # type: ignore[arg-type]
            .filter(
                pk__in=TimeEntry.objects.filter(
                    person=self.person,
                    worked_on__gte=monday - services.WEEK,
                    worked_on__lt=monday + services.WEEK,
                ).values("project")
            )
            .values_list("code", flat=True)
        )
        return [enter(self.request.user, code, "time.log") for code in codes]

    def submit(self, monday: date) -> int:
        """Submit the week's drafts on every project; return how many."""
        drafts = set(
            TimeEntry.objects.filter(
                person=self.person,
                worked_on__gte=monday,
                worked_on__lt=monday + services.WEEK,
                status__in=OPEN_STATES,
            ).values_list("project", flat=True)
        )
        count = sum(
            services.week_submit(access=entry, person=self.person, monday=monday)
            for entry in self.entries()
            if entry.project.pk in drafts
        )
        if not count:
            raise DomainError("There is nothing to submit in this week.")
        return count


def day_said(text: str) -> date:
    """Return a day that was chosen. Raises DomainError for what is none."""
    try:
        day = parse_date(text[:10])
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DomainError("Choose the day to copy, and the day to copy it to.")
    return day


def copy_proposal(week: Week) -> dict[str, date]:
    """Return what is most likely copied: the last working day before today, to today, where the week holds it."""
    today = timezone.localdate()
    target = today if today in week.days else week.days[1]
    before = target - services.DAY
    while before.weekday() >= SATURDAY:
        before -= services.DAY
    return {"copy_from": before, "copy_to": target}


class StaleSheet(DomainError):
    """The stored week is newer than the page it was typed into."""

    status = 409


def cell_key(task: Task | None, day: date) -> str:
    """Return the name of a cell's field."""
    return f"cell-{task.pk}-{day.isoformat()}" if task else ""


def counted(count: int, noun: str, nouns: str = "") -> str:
    """Return "1 cell" or "3 cells"."""
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"
