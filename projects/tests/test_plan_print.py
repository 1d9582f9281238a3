"""The plan on paper: pages that fit, with the calendar and the names on each; made by a worker, thrown away in time."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from implement.core.errors import DomainError
from implement.core.pdf import html_to_pdf
from implement.testkit.browser import work_off
from implement.testkit.cast import Cast
from projects import services
from projects.gantt import read_plan
from projects.models import Dependency, Job, Task
from projects.prints import PAPERS, PLAN, print_html, scoped, sheets_of

Login = Callable[..., Client]
TODAY = date(2026, 3, 9)


@pytest.fixture
def long_plan(cast: Cast) -> Cast:
    """A plan of 90 rows over half a year."""
    phase = Task.objects.create(project=cast.nordwind, name="Roll-out", position=4)
    tasks = Task.objects.bulk_create(
        Task(
            project=cast.nordwind,
            parent=phase,
            name=f"Site {number}",
            position=5 + number,
            duration_minutes=960,
        )
        for number in range(86)
    )
    Dependency.objects.bulk_create(
        Dependency(predecessor=before, successor=after) for before, after in pairwise(tasks)
    )
    services.tree_renumber(cast.nordwind)
    services.plan_schedule(project=cast.nordwind)
    return cast


class SheetTests:
    @pytest.mark.parametrize("paper", PAPERS)
    @pytest.mark.parametrize("zoom", ["fit", "day", "week", "quarter"])
    def test_every_page_fits_and_every_row_is_whole(self, long_plan: Cast, paper: str, zoom: str) -> None:
        state = read_plan(long_plan.nordwind)
        sheets = sheets_of(state, state.tasks, paper=PAPERS[paper], zoom=zoom, today=TODAY)
        for sheet in sheets:
            drawn = ET.fromstring(sheet.svg)
            assert float(drawn.get("width", 0)) <= PAPERS[paper].width
            assert float(drawn.get("height", 0)) <= PAPERS[paper].height
        # Down: each row once for every page across.
        across = len({sheet.days for sheet in sheets})
        assert len(sheets) == across * len({sheet.rows for sheet in sheets})
        assert across == 1 if zoom in {"fit", "quarter"} else across > 1
        assert sum(sheet.svg.count("4.50 Site 49<") for sheet in sheets) >= across

    def test_the_calendar_is_on_each_page_and_the_pdf_has_as_many_pages(self, long_plan: Cast) -> None:
        html = print_html(
            project=long_plan.nordwind, wishes={"scope": "all", "zoom": "week", "paper": "a4"}, today=TODAY
        )
        pages = PdfReader(io.BytesIO(html_to_pdf(html))).pages
        assert len(pages) == html.count('<section class="sheet">') > 4
        for number, page in enumerate(pages, start=1):
            text = page.extract_text()
            assert f"page {number} of {len(pages)}" in text
            assert "2026" in text
            assert "Nordwind CRM" in text
            width, height = float(page.mediabox.width), float(page.mediabox.height)
            assert width > height

    def test_scopes_keep_the_summaries_above(self, long_plan: Cast) -> None:
        state = read_plan(long_plan.nordwind)
        assert {task.level for task in scoped(state, "1")} == {1}
        critical = scoped(state, "critical")
        assert "Roll-out" in {task.name for task in critical}
        assert "Kick-off" not in {task.name for task in critical}

    def test_a_book_is_refused(self, long_plan: Cast) -> None:
        Task.objects.filter(name="Site 85").update(duration_minutes=480 * 5000)
        services.plan_schedule(project=long_plan.nordwind)
        state = read_plan(long_plan.nordwind)
        with pytest.raises(DomainError, match="pages"):
            sheets_of(state, state.tasks, paper=PAPERS["a4"], zoom="day", today=TODAY)

    def test_nothing_to_print_is_said(self, cast: Cast) -> None:
        Task.objects.all().delete()
        with pytest.raises(DomainError, match="nothing to print"):
            print_html(project=cast.nordwind, wishes={}, today=TODAY)


class JobTests:
    def test_a_worker_makes_it_and_the_team_opens_it(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        wishes = {"scope": "all", "zoom": "fit", "paper": "a3"}
        answer = browser.post("/projects/nordwind/plan/print/", wishes)
        assert answer.status_code == 302
        work_off()
        job = Job.objects.get(kind=PLAN.kind)
        assert browser.get(job.result_url).getvalue().startswith(b"%PDF")  # type: ignore[attr-defined]
        assert login(cast.carla).get(job.result_url).status_code == 403
        assert login(cast.rita).get(job.result_url).status_code == 404

    def test_wishes_that_are_none_are_refused(self, cast: Cast, login: Login) -> None:
        answer = login(cast.mara).post("/projects/nordwind/plan/print/", {"paper": "a0", "zoom": "fit"})
        assert answer.status_code == 422
        assert not Job.objects.filter(kind=PLAN.kind).exists()

    @pytest.mark.django_db(transaction=True)
    def test_old_prints_are_thrown_away(self, cast: Cast, login: Login) -> None:
        wishes = {"scope": "all", "zoom": "fit", "paper": "a4"}
        browser = login(cast.mara)
        browser.post("/projects/nordwind/plan/print/", wishes)
        work_off()
        old = Job.objects.get(kind=PLAN.kind)
        Job.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=8))
        browser.post("/projects/nordwind/plan/print/", wishes)
        work_off()
        assert not default_storage.exists(old.result["file"])  # type: ignore[index]
        assert browser.get(old.result_url).status_code == 404
