"""The reports of many projects: asked for at once, made once each, by any number of workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from implement.core.errors import DomainError
from implement.reports.choices import ReportState
from implement.reports.models import Report, ReportBatch
from implement.reports.selectors import BatchProgress, batch_projects, batches_progress
from implement.reports.services import batch_request, batch_retry, report_request
from implement.testkit.cast import Cast
from projects.choices import Role
from projects.models import Membership, Person, Project

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
FIRST, END = date(2026, 10, 12), date(2026, 10, 19)


@pytest.fixture
def five(cast: Cast) -> list[Project]:
    """Five projects that Mara manages."""
    person = Person.objects.get(user=cast.mara)
    made = [cast.nordwind]
    for number in range(4):
        project = Project.objects.create(
            code=f"more-{number}", name=f"More {number}", customer=cast.nordwind.customer, starts_on=FIRST
        )
        Membership.objects.create(project=project, person=person, role=Role.MANAGER)
        made.append(project)
    return made


def ask(cast: Cast, projects: list[Project], **more: Any) -> ReportBatch:
    said = {"kind": "status", "audience": "customer", "start": FIRST, "end": END, "user": cast.mara}
    return batch_request(**said | {"project_ids": [one.pk for one in projects]} | more)  # type: ignore[arg-type]


def progress(batch: ReportBatch, cast: Cast) -> BatchProgress:
    """Return how far Mara sees her batch."""
    return batches_progress([batch], user=cast.mara)[batch.pk]


class BatchTests:
    def test_every_chosen_project_gets_its_report(
        self, cast: Cast, five: list[Project], sample_panels: object, work: Callable[[], None]
    ) -> None:
        batch = ask(cast, five)
        assert progress(batch, cast).waiting == 5
        work()
        found = progress(batch, cast)
        assert (found.made, found.failed, found.waiting, found.percent) == (5, 0, 0, 100)

    def test_asking_twice_makes_nothing_twice(self, cast: Cast, five: list[Project]) -> None:
        there = report_request(
            project=cast.nordwind, kind="status", audience="customer", start=FIRST, end=END, actor=cast.mara
        )
        first = ask(cast, five[:2])
        assert ask(cast, five) == first
        assert Report.objects.count() == 5
        assert there in first.reports.all()

    def test_a_failed_report_is_tried_again_alone(self, cast: Cast, five: list[Project]) -> None:
        batch = ask(cast, five)
        broken = Report.objects.get(project=five[1])
        Report.objects.exclude(pk=broken.pk).update(state=ReportState.DRAFT)
        Report.objects.filter(pk=broken.pk).update(state=ReportState.FAILED, error="No fonts.")
        assert progress(batch, cast).failed == 1
        assert batch_retry(batch=batch, user=cast.mara) == 1
        assert progress(batch, cast).waiting == 1

    def test_a_project_of_somebody_else_stops_the_whole_batch(self, cast: Cast, five: list[Project]) -> None:
        with pytest.raises(DomainError, match="not open to you"):
            ask(cast, [*five, cast.rival])
        assert not Report.objects.exists()
        assert not ReportBatch.objects.exists()

    def test_a_period_that_is_not_over_stops_the_whole_batch(self, cast: Cast, five: list[Project]) -> None:
        with pytest.raises(DomainError, match="not over yet"):
            ask(cast, five, end=date(2099, 1, 1), start=date(2098, 12, 25))
        assert not ReportBatch.objects.exists()

    def test_who_may_not_see_cost_makes_no_internal_edition(self, cast: Cast) -> None:
        assert cast.nordwind in batch_projects(cast.mara, audience="internal")
        assert not batch_projects(cast.tom, audience="customer").exists()


class BatchPageTests:
    def test_a_manager_makes_them_and_sees_how_far_they_are(
        self, cast: Cast, login: Login, five: list[Project]
    ) -> None:
        browser = login(cast.mara)
        assert "Make the reports" in browser.get("/reports/batches/").content.decode()
        answer = browser.post("/reports/batches/", {
            "kind": "status", "audience": "customer", "first": "2026-10-12", "last": "2026-10-18",
            "projects": [one.pk for one in five],
        })  # fmt: skip
        assert answer.status_code == 302
        page = browser.get(answer["Location"]).content.decode()
        assert "0 of 5 made, 5 to be made" in page
        assert login(cast.fay).get(answer["Location"]).status_code == 404

    @pytest.mark.parametrize(
        ("last", "said"),
        [("2026-10-01", "before the first day"), ("x", "valid date"), ("2099-01-01", "At most 92 days")],
    )
    def test_a_bad_period_is_told_at_its_field(
        self, cast: Cast, login: Login, five: list[Project], last: str, said: str
    ) -> None:
        answer = login(cast.mara).post("/reports/batches/", {
            "kind": "status", "audience": "customer", "first": "2026-10-12", "last": last,
            "projects": [five[0].pk],
        })  # fmt: skip
        assert answer.status_code == 422
        assert said in answer.content.decode()

    def test_who_makes_no_reports_has_no_such_page(self, cast: Cast, login: Login) -> None:
        assert login(cast.tom).get("/reports/batches/").status_code == 403
        assert login(cast.carla).get("/reports/batches/").status_code == 403

    def test_the_api_asks_by_code(self, cast: Cast, login: Login, five: list[Project]) -> None:
        browser = login(cast.mara)
        said = {
            "kind": "status",
            "audience": "customer",
            "period_from": "2026-10-12",
            "last_day": "2026-10-18",
        }
        answer = browser.post(
            "/api/v1/report-batches/",
            said | {"projects": ["nordwind", "more-1"]},
            content_type="application/json",
        )
        assert answer.status_code == 201, answer.content
        assert answer.json()["waiting"] == 2
        refused = browser.post(
            "/api/v1/report-batches/", said | {"projects": ["rival"]}, content_type="application/json"
        )
        assert refused.status_code == 400
