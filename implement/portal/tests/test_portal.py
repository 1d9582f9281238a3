"""The customer's face: only their project, only what was published, and only reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver, reverse

from implement.portal import urls
from implement.reports.choices import ReportKind, ReportState
from implement.reports.models import Report
from implement.reports.snapshots import snapshot_take
from implement.testkit.cast import Cast
from projects.builds.choices import BuildState
from projects.builds.models import Environment
from projects.builds.tests.factories import build, promote
from projects.choices import Audience, PreviewState
from projects.design.models import DesignElement
from projects.design.tests.factories import element
from projects.kit.access import enter
from projects.kit.notes import comment_add, content_type_of
from projects.kit.rows import row_delete
from projects.models import Attachment, Project, Task
from projects.requirements.models import Requirement
from projects.requirements.tests.factories import ask, write

Login = Callable[..., Client]
PDF = b"%PDF-1.7 test"
WRITES = ["post", "put", "patch", "delete", "options", "trace"]


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def report(project: Project, *, audience: str = Audience.CUSTOMER, state: str = ReportState.SENT) -> Report:
    row = Report.objects.create(
        project=project,
        kind=ReportKind.STATUS,
        audience=audience,
        state=state,
        period_from=date(2026, 3, 2),
        period_to=date(2026, 3, 9),
        summary="Set-up is on its way.",
        decisions="Name the key users.",
        is_text_reviewed=True,
    )
    row.pdf.save("x.pdf", ContentFile(PDF))
    Report.objects.filter(pk=row.pk).update(
        is_pdf_current=True,
        pdf_sha256=hashlib.sha256(PDF).hexdigest(),
        snapshot=snapshot_take(project=project, kind=row.kind, start=row.period_from, end=row.period_to),
    )
    return row


def asked_about(cast: Cast, *, title: str = "Import orders") -> Requirement:
    """Return a requirement that Carla was asked about."""
    row = write(cast, title)
    ask(cast, row)
    return row


def pinned(
    cast: Cast, row: Model, name: str = "plan.pdf", *, audience: str = Audience.CUSTOMER, **fields: Any
) -> Attachment:
    """Pin a file to a row."""
    file = Attachment(
        project=cast.nordwind, content_type=content_type_of(row), object_id=row.pk, author=cast.mara, name=name,
        size=4, sha256="0" * 64, audience=audience, **fields,
    )  # fmt: skip
    file.file.save(name, ContentFile(b"Plan"))
    return file


def addresses(project: Project, pk: int) -> list[str]:
    """Return every address of the portal's own url table, with its parameters filled in."""
    found = []
    for pattern in urls.urlpatterns:
        names = set(pattern.pattern.converters)
        values = {name: value for name, value in {"project": project.code, "pk": pk}.items() if name in names}
        found.append(reverse(pattern.name, kwargs=values))
    return found


class ReadOnlyTests:
    @pytest.mark.parametrize("method", WRITES)
    def test_every_portal_address_refuses_every_write(self, cast: Cast, login: Login, method: str) -> None:
        row = report(cast.nordwind)
        file = pinned(cast, asked_about(cast), pk=row.pk)
        file.preview_state = PreviewState.READY
        file.preview.save("page.png", ContentFile(b"PNG"))
        browser = login(cast.carla)
        found = addresses(cast.nordwind, row.pk)
        assert len(found) >= 3
        for address in found:
            assert getattr(browser, method)(address).status_code == 405, (method, address)
            assert browser.head(address).status_code in {200, 302}

    def test_no_portal_page_is_left_out_of_this_proof(self) -> None:
        """Whatever the resolver serves below /portal/ is one of the addresses driven above."""
        served = {
            name for name, entry in get_resolver().reverse_dict.items()
            if isinstance(name, str) and entry[0][0][0].startswith("portal/")
        }  # fmt: skip
        assert served == {pattern.name for pattern in urls.urlpatterns}

    def test_an_unknown_method_is_refused_too(self, cast: Cast, login: Login) -> None:
        assert login(cast.carla).generic("PROPFIND", "/portal/nordwind/").status_code == 405


class WhatACustomerSeesTests:
    def test_logging_in_lands_on_the_one_project(self, cast: Cast, login: Login) -> None:
        response = login(cast.carla).get("/", follow=True)
        assert response.redirect_chain[-1][0] == "/portal/nordwind/"
        page = response.content.decode()
        assert "Where are we?" in page
        assert "What do we need from you?" in page

    def test_only_published_milestones_are_shown(self, cast: Cast, login: Login) -> None:
        Task.objects.create(project=cast.nordwind, name="Internal gate", is_milestone=True, position=9)
        page = login(cast.carla).get("/portal/nordwind/").content.decode()
        assert "Go-live" in page
        assert "Internal gate" not in page

    def test_the_words_of_the_released_report_are_repeated(self, cast: Cast, login: Login) -> None:
        report(cast.nordwind)
        page = login(cast.carla).get("/portal/nordwind/").content.decode()
        assert "Set-up is on its way." in page
        assert "Name the key users." in page

    def test_a_draft_or_an_internal_report_stays_hidden(self, cast: Cast, login: Login) -> None:
        draft = report(cast.nordwind, state=ReportState.DRAFT)
        internal = report(cast.nordwind, audience=Audience.INTERNAL)
        browser = login(cast.carla)
        page = browser.get("/portal/nordwind/").content.decode()
        assert "Set-up is on its way." not in page
        assert ".pdf" not in page
        for row in (draft, internal):
            assert browser.get(f"/portal/nordwind/reports/{row.pk}.pdf").status_code == 404

    def test_a_released_report_is_downloaded(self, cast: Cast, login: Login) -> None:
        row = report(cast.nordwind)
        response = login(cast.carla).get(f"/portal/nordwind/reports/{row.pk}.pdf")
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith("attachment")
        assert b"".join(response.streaming_content).startswith(b"%PDF")

    def test_no_cost_or_internal_word_is_on_the_page(self, cast: Cast, login: Login) -> None:
        page = login(cast.carla).get("/portal/nordwind/").content.decode()
        for word in ("CPI", "margin", "Margin", "Cost rate", "80.00"):
            assert word not in page

    def test_several_projects_are_offered(self, cast: Cast, login: Login) -> None:
        cast.rival.memberships.create(person=cast.carla.person, role="customer")
        page = login(cast.carla).get("/portal/").content.decode()
        assert "Nordwind CRM" in page
        assert "Rival ERP" in page


class FilesTests:
    def test_what_is_pinned_for_the_customer_arrives_on_what_they_are_shown(
        self, cast: Cast, login: Login
    ) -> None:
        need, design, item = asked_about(cast), element(cast), build(cast, state=BuildState.BUILT)
        DesignElement.objects.update(shown_revision=1)
        promote(cast, "DEV", "1.0", item)
        Environment.objects.filter(name="DEV").update(is_shown=True)
        entry, browser = enter(cast.mara, "nordwind", "notes.change"), login(cast.carla)
        for row, page in ((need, "requirements"), (design, "design"), (item, "releases")):
            file = pinned(cast, row)
            hidden = pinned(cast, row, "rates.xlsx", audience=Audience.INTERNAL)
            comment_add(item=row, entry=entry, body=f"See {page}", audience=Audience.CUSTOMER)
            comment_add(item=row, entry=entry, body="They pay late")
            shown = browser.get(f"/portal/nordwind/{page}/").content.decode()
            assert f"/portal/nordwind/files/{file.pk}/" in shown
            assert f"See {page}" in shown
            assert "rates.xlsx" not in shown
            assert "They pay late" not in shown
            answer = browser.get(f"/portal/nordwind/files/{file.pk}/")
            assert b"".join(answer) == b"Plan"
            assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
            assert answer["Content-Type"] == "application/octet-stream"
            assert browser.get(f"/portal/nordwind/files/{hidden.pk}/").status_code == 404

    def test_what_they_are_not_shown_hands_out_no_file(self, cast: Cast, login: Login) -> None:
        need = asked_about(cast)
        gone = pinned(cast, need)
        row_delete(row=gone, actor=cast.mara)
        thrown = pinned(cast, asked_about(cast, title="Export orders"))
        Requirement.objects.filter(title="Export orders").update(deleted_at=gone.deleted_at)
        never_asked = pinned(cast, write(cast, "Print orders"))
        built = pinned(cast, build(cast, state=BuildState.BUILT))
        no_room = pinned(cast, cast.setup)
        browser = login(cast.carla)
        for file in (gone, thrown, never_asked, built, no_room):
            for way in (f"{file.pk}/", f"{file.pk}.png"):
                assert browser.get(f"/portal/nordwind/files/{way}").status_code == 404, way
        mine = pinned(cast, need)
        url = f"/portal/nordwind/files/{mine.pk}/"
        assert browser.get(url).status_code == 200
        assert login(cast.rolf).get(url).status_code == 404
        assert login(cast.rolf).get(url.replace("nordwind", "rival")).status_code == 404


class StrangersTests:
    def test_a_rival_customer_gets_not_found(self, cast: Cast, login: Login) -> None:
        row = report(cast.nordwind)
        browser = login(cast.rolf)
        assert browser.get("/portal/nordwind/").status_code == 404
        assert browser.get(f"/portal/nordwind/reports/{row.pk}.pdf").status_code == 404

    def test_a_report_of_another_project_is_not_found(self, cast: Cast, login: Login) -> None:
        row = report(cast.rival)
        assert login(cast.carla).get(f"/portal/nordwind/reports/{row.pk}.pdf").status_code == 404

    def test_the_team_has_its_own_pages(self, cast: Cast, login: Login) -> None:
        assert login(cast.mara).get("/portal/nordwind/").status_code == 403

    def test_nobody_reads_without_signing_in(self, cast: Cast, client: Client) -> None:
        assert client.get("/portal/nordwind/").status_code == 302

    def test_the_customer_is_not_let_into_the_workspace(self, cast: Cast, login: Login) -> None:
        browser = login(cast.carla)
        assert browser.get("/projects/nordwind/").status_code == 403
        assert browser.get("/customers/").status_code == 403
