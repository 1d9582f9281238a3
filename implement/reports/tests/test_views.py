"""The pages and the API of the reports, as people and integrations use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from implement.accounts.models import User
from implement.core.errors import DomainError
from implement.reports import services
from implement.reports.choices import ReportState
from implement.reports.models import Report, ReportDelivery, ReportSchedule
from implement.testkit.cast import Cast
from projects.kit.access import Entry
from projects.models import Job, Person

Make = Callable[..., Report]
Login = Callable[[User], Client]
ROOT = "/projects/nordwind/reports/"
API = "/test-api/projects/nordwind/"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Draw no real document, and let the API answer."""
    settings.ROOT_URLCONF = "implement.reports.tests.urls"
    monkeypatch.setattr(
        "implement.reports.services.making.render_pdf",
        lambda report, frozen: f"%PDF-1.7 {report.pk} {report.version}".encode(),
    )


class ReportPagesTests:
    @pytest.mark.parametrize("page", ["", "add/", "schedules/", "schedules/add/", "export.csv"])
    def test_pages_open(self, cast: Cast, login: Login, make: Make, page: str) -> None:
        make()
        assert login(cast.mara).get(f"{ROOT}{page}").status_code == 200

    @pytest.mark.parametrize(
        ("who", "status"), [("tom", 403), ("carla", 403), ("rita", 404), ("fay", 200), ("ada", 200)]
    )
    def test_who_may_open_them(self, cast: Cast, login: Login, make: Make, who: str, status: int) -> None:
        report = make()
        browser = login(getattr(cast, who))
        for page in ("", f"{report.pk}/", f"{report.pk}/pdf/", f"{report.pk}/history/", "schedules/"):
            assert browser.get(f"{ROOT}{page}").status_code == status

    def test_the_list_does_not_grow_with_its_rows(
        self, cast: Cast, login: Login, make: Make, django_assert_max_num_queries: Any
    ) -> None:
        for week in range(4):
            start = date(2026, 9, 7) + timedelta(weeks=week)
            make(start=start, end=start + timedelta(days=7))
        browser = login(cast.mara)
        browser.get(ROOT)
        with django_assert_max_num_queries(14):
            assert browser.get(ROOT).status_code == 200

    def test_made_now_followed_read_approved_and_sent(
        self, cast: Cast, login: Login, sample_panels: object, work: Callable[[], None]
    ) -> None:
        browser = login(cast.mara)
        asked = {"kind": "status", "audience": "customer", "first": "2026-10-12", "last": "2026-10-18"}
        first = browser.post(f"{ROOT}add/", asked)
        assert first.status_code == 302
        # The same form sent twice leads to the same report.
        assert browser.post(f"{ROOT}add/", asked)["Location"] == first["Location"]
        page = first["Location"]
        text = browser.get(page).content.decode()
        assert "hx-get" in text
        assert "<progress" in text
        progress = browser.get(f"{page}progress/", headers={"HX-Request": "true"})
        assert "HX-Refresh" not in progress
        work()
        progress = browser.get(f"{page}progress/", headers={"HX-Request": "true"})
        assert progress["HX-Refresh"] == "true"
        assert browser.get(f"{page}progress/")["Location"] == page
        text = browser.get(page).content.decode()
        assert "At a glance" in text
        assert "84,210 EUR" in text
        assert "Nobody has reviewed the text yet" in text
        report = Report.objects.get()
        words = {
            "summary": "All **well**",
            "achievements": "",
            "next_steps": "",
            "risks": "",
            "decisions": "",
            "version": report.version,
        }
        assert browser.post(f"{page}text/", words).status_code == 302
        stale = browser.post(f"{page}text/", words | {"summary": "Mine"})
        assert stale.status_code == 409
        assert "Mine" in stale.content.decode()
        assert "All **well**" in stale.content.decode()
        work()
        nobody = browser.post(f"{page}send/", {})
        assert nobody.status_code == 400
        assert "at least one person" in nobody.content.decode()
        carla = Person.objects.get(user=cast.carla)
        assert browser.post(f"{page}send/", {"recipients": [carla.pk]}).status_code == 302
        work()
        services.deliver_reports()
        text = browser.get(page).content.decode()
        assert "carla@example.test" in text
        assert Report.objects.get().state == ReportState.SENT
        pdf = browser.get(f"{page}pdf/")
        assert pdf["Content-Type"] == "application/pdf"
        assert pdf["Content-Disposition"].startswith("inline")
        assert pdf["X-Frame-Options"] == "DENY"
        assert browser.get(f"{page}pdf/?download")["Content-Disposition"].startswith("attachment")

    def test_steps(self, cast: Cast, login: Login, make: Make, work: Callable[[], None]) -> None:
        report = make()
        browser = login(cast.mara)
        page = f"{ROOT}{report.pk}/"
        assert browser.post(f"{page}do/approve/").status_code == 302
        assert browser.post(f"{page}do/approve/").status_code == 409
        assert browser.post(f"{page}do/reopen/").status_code == 302
        assert browser.post(f"{page}do/retry/").status_code == 409
        assert browser.post(f"{page}do/dance/").status_code == 404
        work()
        assert browser.post(f"{page}redraw/").status_code == 409
        answer = browser.post(f"{page}do/supersede/")
        assert answer["Location"] != page
        assert Report.objects.get(pk=report.pk).state == ReportState.SUPERSEDED

    def test_bad_input_is_answered_in_words(self, cast: Cast, login: Login, make: Make) -> None:
        browser = login(cast.mara)
        report = make()
        bad = browser.post(f"{ROOT}add/", {"kind": "x", "audience": "customer", "first": "soon", "last": ""})
        assert bad.status_code == 422
        same = {"kind": "status", "audience": "customer", "first": "2026-10-12", "last": "2026-10-18"}
        there = browser.post(f"{ROOT}add/", same)
        assert there.status_code == 422
        assert f"{ROOT}{report.pk}/" in there.content.decode()
        assert browser.post(f"{ROOT}{report.pk}/text/", {"summary": "x" * 6000}).status_code == 422
        rival = Person.objects.get(user=cast.rolf)
        assert browser.post(f"{ROOT}{report.pk}/send/", {"recipients": [rival.pk]}).status_code == 422

    def test_a_failed_report_shows_why(
        self, cast: Cast, login: Login, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> bytes:
            raise DomainError("Pango is missing here.")

        monkeypatch.setattr("implement.reports.services.making.render_pdf", broken)
        report = make()
        text = login(cast.mara).get(f"{ROOT}{report.pk}/").content.decode()
        assert "Pango is missing here." in text
        assert "Try again" in text

    def test_it_says_what_changed_since_the_report_before(
        self, cast: Cast, login: Login, make: Make, sample_panels: dict[str, Any]
    ) -> None:
        make(start=date(2026, 10, 5), end=date(2026, 10, 12))
        newer = {"figures": [{"label": "Progress", "value": "61 %"}]}
        sample_panels["sample.tiles"] = replace(
            sample_panels["sample.tiles"], data=lambda project, as_of: newer
        )
        report = make()
        text = login(cast.mara).get(f"{ROOT}{report.pk}/").content.decode()
        assert "54 %" in text
        assert "61 %" in text

    def test_a_mail_that_failed_is_sent_again(
        self, cast: Cast, login: Login, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        services.report_send(report=report, entry=entry, people=[Person.objects.get(user=cast.carla)])
        work()
        ReportDelivery.objects.update(state="failed", error="The server said no.", attempts=6)
        browser = login(cast.mara)
        assert "The server said no." in browser.get(f"{ROOT}{report.pk}/").content.decode()
        mail = ReportDelivery.objects.get()
        assert browser.post(f"{ROOT}deliveries/{mail.pk}/again/").status_code == 302
        assert browser.post(f"{ROOT}deliveries/{mail.pk}/again/").status_code == 400
        mail.refresh_from_db()
        assert mail.state == "pending"


class SchedulePagesTests:
    def test_added_by_form_with_its_people(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        form = {
            "kind": "status",
            "audience": "internal",
            "frequency": "weekly",
            "anchor": "2026-03-02",
            "weekday": "0",
            "time": "08:00",
            "time_zone": "Europe/Berlin",
            "review_first": "on",
            "is_active": "on",
            "recipients": [Person.objects.get(user=cast.carla).pk],
        }
        refused = browser.post(f"{ROOT}schedules/add/", form)
        assert refused.status_code == 422
        assert "never goes to a customer" in refused.content.decode()
        form["recipients"] = [Person.objects.get(user=cast.fay).pk]
        added = browser.post(f"{ROOT}schedules/add/", form)
        assert added.status_code == 302
        text = browser.get(added["Location"]).content.decode()
        assert "fay@example.test" in text
        assert "It covers" in text
        assert "then you review it" in browser.get(ROOT).content.decode()


class JobPagesTests:
    def test_followed_stopped_and_tried_again(self, cast: Cast, login: Login) -> None:
        report = services.report_request(
            project=cast.nordwind,
            kind="status",
            audience="customer",
            start=date(2026, 10, 12),
            end=date(2026, 10, 19),
            actor=cast.mara,
        )
        page = f"/projects/nordwind/jobs/{report.job_id}/"
        assert "Report" in login(cast.mara).get(page).content.decode()
        part = login(cast.mara).get(page, headers={"HX-Request": "true"}).content.decode()
        assert part.startswith('<div id="job-progress"')
        assert login(cast.tom).post(f"{page}cancel/").status_code == 403
        assert login(cast.rita).get(page).status_code == 404
        assert login(cast.mara).post(f"{page}cancel/").status_code == 302
        assert login(cast.mara).post(f"{page}cancel/").status_code == 409
        Job.objects.update(state="failed", error="No luck")
        assert "No luck" in login(cast.mara).get(page).content.decode()
        assert login(cast.mara).post(f"{page}retry/").status_code == 302
        assert login(cast.mara).get(f"{page}retry/").status_code == 302
        assert Job.objects.get().state == "queued"


class ApiTests:
    def test_an_integration_makes_reads_approves_and_downloads(
        self, cast: Cast, login: Login, sample_panels: object, work: Callable[[], None]
    ) -> None:
        client = login(cast.mara)
        asked = {
            "kind": "status",
            "audience": "customer",
            "period_from": "2026-10-12",
            "last_day": "2026-10-18",
        }
        made = client.post(f"{API}reports/", asked, content_type="application/json")
        assert made.status_code == 201, made.content
        assert client.post(f"{API}reports/", asked, content_type="application/json").status_code == 400
        url = f"{API}reports/{made.json()['id']}/"
        assert client.get(f"{url}pdf/").status_code == 404
        work()
        read = client.get(url)
        assert read.json()["state"] == "draft"
        assert len(read.json()["snapshot_sha256"]) == 64
        stale = client.patch(
            f"{url}text/", {"summary": "A"}, content_type="application/json", headers={"If-Match": '"1"'}
        )
        assert stale.status_code == 412
        text = client.patch(
            f"{url}text/",
            {"summary": "A"},
            content_type="application/json",
            headers={"If-Match": read["ETag"]},
        )
        assert text.json()["summary"] == "A"
        wrong = client.post(
            f"{url}steps/", {"step": "send", "recipients": [99999]}, content_type="application/json"
        )
        assert wrong.status_code == 400
        carla = Person.objects.get(user=cast.carla).pk
        sent = client.post(
            f"{url}steps/", {"step": "send", "recipients": [carla]}, content_type="application/json"
        )
        assert sent.json()["deliveries"][0]["address"] == "carla@example.test"
        work()
        assert client.get(f"{url}pdf/").status_code == 200
        newer = client.post(f"{url}steps/", {"step": "supersede"}, content_type="application/json")
        assert newer.json()["id"] != made.json()["id"]
        for step in ("approve", "reopen", "retry", "send"):
            assert (
                client.post(f"{url}steps/", {"step": step}, content_type="application/json").status_code
                == 409
            )
        listed = client.get(f"{API}reports/").json()
        assert len(listed["results"]) == 2

    def test_schedules(self, cast: Cast, login: Login) -> None:
        client = login(cast.mara)
        body = {
            "kind": "budget",
            "audience": "internal",
            "weekday": 0,
            "time": "08:00",
            "time_zone": "UTC",
            "anchor": "2026-03-02",
            "recipients": [Person.objects.get(user=cast.carla).pk],
        }
        assert (
            client.post(f"{API}report-schedules/", body, content_type="application/json").status_code == 400
        )
        body["recipients"] = [Person.objects.get(user=cast.fay).pk]
        made = client.post(f"{API}report-schedules/", body, content_type="application/json")
        assert made.status_code == 201, made.content
        url = f"{API}report-schedules/{made.json()['id']}/"
        kept = client.patch(url, {"review_first": False}, content_type="application/json")
        assert kept.json()["recipients"] == body["recipients"]
        assert client.delete(url).status_code == 204
        assert not ReportSchedule.objects.exists()

    def test_a_customer_and_a_stranger_get_nothing(self, cast: Cast, login: Login, make: Make) -> None:
        report = make()
        assert login(cast.carla).get(f"{API}reports/{report.pk}/").status_code == 403
        assert login(cast.rita).get(f"{API}reports/{report.pk}/").status_code == 404
