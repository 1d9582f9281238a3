"""Who has how much to do: people by weeks, with the tasks behind every cell."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from budget.selectors.load import LoadAsked, load_asked, people_on, people_seen, seen_load
from implement.core import charts
from implement.core.money import format_number, hours_of
from implement.core.tabular import SheetOut, Value, iter_csv, write_workbook
from projects.kit.access import visible_projects
from projects.kit.exports import CONTENT_TYPES
from projects.kit.pages import ProjectView
from projects.models import Person
from projects.planning import today_of
from projects.selectors import ZOOMS, Cell, Load, PersonLoad, Piece
from projects.tabs import plan_tabs

PAGE_SIZE = 40
HEADERS = ["Person", "Role", "Period", "First day", "Last day", "Working time (h)", "Working time ahead (h)",
           "Work to do (h)", "Of it on other projects (h)", "Too much (h)", "Booked (h)"]  # fmt: skip
TASK_HEADERS = ["Person", "Period", "Project", "Task", "Finish", "Overdue", "Work to do (h)"]


def hours_text(seconds: int) -> str:
    """Return seconds as hours: whole ones, else with one decimal."""
    hours = round(hours_of(seconds), 1)
    return format_number(hours, digits=0 if hours == hours.to_integral_value() else 1)


@dataclass(frozen=True)
class Shown:
    """A cell as the page shows it, and where it opens."""

    cell: Cell
    url: str
    is_open: bool

    @property
    def planned(self) -> str:
        return hours_text(self.cell.planned)

    @property
    def ahead(self) -> str:
        return hours_text(self.cell.ahead)

    @property
    def over(self) -> str:
        return hours_text(self.cell.over)

    @property
    def booked(self) -> str:
        return hours_text(self.cell.booked)


class LoadPage:
    """What page and download share: the words of the address, the people, their load."""

    request: HttpRequest

    def people(self) -> QuerySet[Person]:
        """Return whose load is asked for."""
        raise NotImplementedError

    def today(self) -> date:
        """Return the day from which on work is to do."""
        raise NotImplementedError

    def asked(self) -> LoadAsked:
        """Return what the address asks for. Raises DomainError for what cannot be read."""
        said = {key: value[:20] for key, value in self.request.GET.items()}
        return load_asked(
            zoom=said.get("zoom", ""),
            start=said.get("start", ""),
            count=said.get("count", ""),
            today=self.today(),
        )

    def load(self, people: Sequence[Person], asked: LoadAsked) -> Load:
        """Return the load as this user may see it."""
        user: Any = self.request.user
        return seen_load(people=people, asked=asked, as_of=self.today(), user=user)

    def context(self) -> dict[str, Any]:
        """Return what the template needs."""
        asked, today = self.asked(), self.today()
        page = Paginator(self.people(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        load = self.load(list(page), asked)
        only_over = self.request.GET.get("show") == "over"
        rows = [row for row in load.people if row.is_over or not only_over]
        words = {"zoom": asked.zoom, "start": asked.day.isoformat()} | ({"show": "over"} if only_over else {})
        if page.number > 1:
            words["page"] = str(page.number)
        opened = self.opened(load)
        step = asked.periods[-1].last + timedelta(days=1)
        back = asked.periods[0].first - (step - asked.periods[0].first)
        return {
            "load": load,
            "page": page,
            "today": today,
            "rows": [(row, [self.shown(row, cell, words, opened) for cell in row.cells]) for row in rows],
            "zooms": [(zoom, urlencode(words | {"zoom": zoom})) for zoom in ZOOMS],
            "zoom": asked.zoom,
            "only_over": only_over,
            "all_url": urlencode({key: value for key, value in words.items() if key != "show"}),
            "over_url": urlencode(words | {"show": "over"}),
            "earlier": urlencode(words | {"start": back.isoformat()}),
            "later": urlencode(words | {"start": step.isoformat()}),
            "now": urlencode({"zoom": asked.zoom}),
            "is_now": asked.periods[0].first <= today <= asked.periods[0].last,
            "export": urlencode(words),
            "totals": [
                (cell, hours_text(cell.planned), hours_text(cell.ahead), hours_text(over))
                for cell, over in zip(load.totals, load.over, strict=True)
            ],
            "over_count": sum(row.is_over for row in load.people),
            "behind": self.behind(load, opened),
            "chart": chart_of(load) if len(load.people) > 1 else None,
        }

    def opened(self, load: Load) -> tuple[int, date] | None:
        """Return (person id, first day) of the cell that the address opens; None for none that is shown."""
        person, day = self.request.GET.get("person", ""), self.request.GET.get("at", "")
        found = [
            (row.person.pk, cell.period.first)
            for row in load.people
            for cell in row.cells
            if str(row.person.pk) == person and cell.period.first.isoformat() == day
        ]
        return found[0] if found else None

    def shown(
        self, row: PersonLoad, cell: Cell, words: dict[str, str], opened: tuple[int, date] | None
    ) -> Shown:
        at = {"person": str(row.person.pk), "at": cell.period.first.isoformat()}
        return Shown(cell, f"?{urlencode(words | at)}#behind", opened == (row.person.pk, cell.period.first))

    def behind(self, load: Load, opened: tuple[int, date] | None) -> dict[str, Any] | None:
        """Return the tasks behind the opened cell."""
        for row in load.people:
            for cell in row.cells:
                if opened == (row.person.pk, cell.period.first):
                    return {
                        "person": row.person,
                        "cell": cell,
                        "pieces": [(piece, hours_text(piece.seconds)) for piece in cell.pieces],
                        "other": hours_text(cell.other) if cell.other else "",
                        "planned": hours_text(cell.planned),
                        "ahead": hours_text(cell.ahead),
                        "capacity": hours_text(cell.capacity),
                        "booked": hours_text(cell.booked),
                        "over": hours_text(cell.over) if cell.over else "",
                    }
        return None

    def download(self, kind: str, name: str) -> FileResponse:
        """Return all people's load as CSV, or as XLSX with the tasks behind it. Raises Http404 for another kind."""
        if kind not in CONTENT_TYPES:
            raise Http404
        load = self.load(list(self.people()), self.asked())
        file = io.BytesIO()
        if kind == "csv":
            file.write(b"".join(iter_csv(headers=HEADERS, rows=lines_of(load))))
        else:
            sheets = [
                SheetOut(name="Load", headers=HEADERS, rows=lines_of(load)),
                SheetOut(name="Tasks", headers=TASK_HEADERS, rows=task_lines_of(load)),
            ]
            write_workbook(file, sheets)
        file.seek(0)
        return FileResponse(
            file, as_attachment=True, filename=f"{name}.{kind}", content_type=CONTENT_TYPES[kind]
        )


def hours(seconds: int) -> Decimal:
    return round(hours_of(seconds), 4)


def lines_of(load: Load) -> Iterator[list[Value]]:
    """Yield a line for each person and period."""
    for row in load.people:
        for cell in row.cells:
            period = cell.period
            amounts = (cell.capacity, cell.ahead, cell.planned, cell.other, cell.over, cell.booked)
            yield [row.person.name, row.person.job_role, period.label, period.first, period.last,
                   *map(hours, amounts)]  # fmt: skip


def task_lines_of(load: Load) -> Iterator[list[Value]]:
    """Yield a line for each task behind a cell; what is on other projects is one line without a name."""
    for row in load.people:
        for cell in row.cells:
            pieces: list[Piece] = cell.pieces
            for piece in pieces:
                yield [row.person.name, cell.period.label, piece.project.name, piece.name, piece.finish,
                       "yes" if piece.is_overdue else "no", hours(piece.seconds)]  # fmt: skip
            if cell.other:
                yield [row.person.name, cell.period.label, "Other projects", "", None, "", hours(cell.other)]


def chart_of(load: Load) -> charts.Chart:
    """Return the sums as columns under the line of the working time."""
    fits = [hours_of(cell.planned - over) for cell, over in zip(load.totals, load.over, strict=True)]
    return charts.stacked_columns(
        title="Work to do and working time",
        categories=[period.label for period in load.periods],
        series=[
            charts.Series(label="Fits", values=fits, tone="info"),
            charts.Series(label="Too much", values=[hours_of(over) for over in load.over], tone="trouble"),
        ],
        line=charts.Series(label="Working time", values=[hours_of(cell.ahead) for cell in load.totals]),
        unit="h",
        height=220,
    )


class LoadView(LoadPage, View):
    """The load of the people one manages, of everybody for an administrator, else one's own."""

    def people(self) -> QuerySet[Person]:
        return people_seen(self.request.user)  # type: ignore[arg-type]

    def today(self) -> date:
        return timezone.localdate()

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        leads = user.is_administrator or visible_projects(user, permission="load.view").exists()
        context = {"room": "load", "heading": "Load" if leads else "My load", "export_name": "load_export"}
        context["export_url"] = {kind: reverse("load_export", args=[kind]) for kind in CONTENT_TYPES}
        return render(request, "budget/load.html", context | {"leads": leads} | self.context())


class LoadExportView(LoadView):
    """The same as CSV or XLSX."""

    def get(self, request: HttpRequest, format: str) -> HttpResponseBase:  # type: ignore[override]
        return self.download(format, "load")


class ProjectLoadView(LoadPage, ProjectView):
    """The load of a project's people, on all their projects."""

    permission = "load.view"
    room = "plan"

    def people(self) -> QuerySet[Person]:
        return people_on(self.project)

    def today(self) -> date:
        return today_of(self.project)

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        urls = {kind: reverse("project_load_export", args=[project, kind]) for kind in CONTENT_TYPES}
        context = {
            "heading": "Load",
            "export_url": urls,
            "leads": True,
            "tabs": plan_tabs(self.entry, "load"),
        }
        return self.page("budget/load.html", context | self.context())


class ProjectLoadExportView(ProjectLoadView):
    """The same as CSV or XLSX."""

    permission = "load.export"

    def get(self, request: HttpRequest, project: str, format: str) -> HttpResponseBase:  # type: ignore[override]
        return self.download(format, f"{self.project.code}-load")
