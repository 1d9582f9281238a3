"""The specification on paper: who signed what, in which version, and nothing internal for the customer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from implement.core.errors import DomainError
from implement.testkit.api import Api
from implement.testkit.browser import work_off
from implement.testkit.cast import Cast
from projects.kit.access import enter
from projects.models import Job
from projects.requirements.models import GlossaryTerm, Requirement
from projects.requirements.prints import SPECIFICATION, specification_html
from projects.requirements.prints import specification as prints
from projects.requirements.purposes import APPROVE, VALIDATE
from projects.requirements.selectors.specification import specification_of
from projects.requirements.services.baselines import requirements_baseline
from projects.requirements.services.requirements import requirement_save
from projects.requirements.tests.factories import ask, validated, write

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]
PRINT = "/projects/nordwind/requirements/specification/print/"


def html(cast: Cast, **wishes: str) -> str:
    return specification_html(cast.nordwind, wishes)


def words(cast: Cast, **wishes: str) -> str:
    """Return the document as it is read, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html(cast, **wishes)).split())


def reword(cast: Cast, row: Requirement, **fields: Any) -> None:
    row.refresh_from_db()
    for name, value in fields.items():
        setattr(row, name, value)
    entry = enter(cast.mara, "nordwind", "requirements.change")
    requirement_save(requirement=row, entry=entry, reason="Asked for by sales")


class DocumentTests:
    def test_it_says_who_signed_which_version_and_what_is_not_signed(self, cast: Cast) -> None:
        validated(cast)
        write(cast, "Export orders")
        told = words(cast)
        assert re.search(r"Version 1 signed by Carla Customer, [^.]*, \d+ \w+ \d{4}, \d\d:\d\d", told)
        assert told.count("Not signed yet.") == 1
        assert "Validated · Functional · Should · version 1" in told

    def test_a_signature_on_an_earlier_version_is_told_as_such(self, cast: Cast) -> None:
        reword(cast, validated(cast), title="Import all orders")
        assert re.search(r"Version 1 was signed by Carla .* This version is not signed yet\.", words(cast))

    def test_parts_follow_their_whole_and_the_contents_lead_to_each(self, cast: Cast) -> None:
        whole = write(cast, "Orders")
        write(cast, "Invoices")
        write(cast, "Print orders", parent=whole)
        document = html(cast)
        assert re.findall(r'<article class="depth-(\d)" id="requirement-(\d+)">\s*<h(\d)>', document) == [
            ("1", "1", "3"), ("2", "3", "4"), ("1", "2", "3"),
        ]  # fmt: skip
        assert re.findall(r'href="#requirement-(\d+)"', document) == ["1", "3", "2"]

    def test_only_what_is_signed_when_asked_for(self, cast: Cast) -> None:
        validated(cast)
        write(cast, "Export orders")
        told = words(cast, scope="signed")
        assert "Export orders" not in told
        assert "1 requirement. 1 more in scope is not signed yet and not in this document." in told

    def test_baseline_and_glossary_stand_in_it(self, cast: Cast) -> None:
        row = validated(cast)
        requirements_baseline(entry=enter(cast.mara, "nordwind", "requirements.baseline"), name="Release 1")
        reword(cast, row, title="Import all orders")
        GlossaryTerm.objects.create(
            project=cast.nordwind, term="Order", definition="What a customer buys at once"
        )
        told = words(cast)
        assert "1 “Release 1”" in told
        assert "In the baseline: version 1" in told
        assert "What a customer buys at once" in told

    def test_text_of_people_is_no_html(self, cast: Cast) -> None:
        write(cast, "<script>alert(1)</script>", statement="It shall <img src=x onerror=y> print.")
        assert "<script" not in html(cast)
        assert "<img" not in html(cast)

    def test_nothing_to_print_is_said(self, cast: Cast) -> None:
        write(cast)
        with pytest.raises(DomainError, match="nothing to print"):
            html(cast, scope="signed")
        with pytest.raises(DomainError, match="nothing to print"):
            html(cast, edition="customer")

    def test_it_speaks_german_when_asked_to(self, cast: Cast) -> None:
        validated(cast)
        told = words(cast, language="de")
        assert "Lastenheft" in told
        assert "Fassung 1, unterschrieben von Carla Customer" in told
        assert "Noch nicht" not in told


class CustomerEditionTests:
    def test_it_holds_what_they_were_shown_in_the_version_that_they_were_shown(self, cast: Cast) -> None:
        row = validated(cast)
        reword(cast, row, statement="The product shall import an order within a blink.")
        write(cast, "Secret draft")
        told = words(cast, edition="customer")
        assert "within 5 seconds" in told
        assert "a blink" not in told
        assert "Secret draft" not in told
        assert "1 requirement." in told
        assert "Version 1 signed by Carla Customer" in told

    def test_nothing_internal_is_in_it(self, cast: Cast) -> None:
        row = write(
            cast, owner=cast.tom.person, estimate_seconds=36_000, category="Warehouse", criticality="critical",
            source="Clause 4",
        )  # fmt: skip
        ask(cast, row)
        requirements_baseline_name = "After the row with sales"
        for secret in ("Tom Tester", str(cast.tom.person), "10.00 h", "Warehouse", "Critical", "Clause 4"):
            assert secret not in words(cast, edition="customer"), secret
        assert "Warehouse" in words(cast)
        assert "Waits for your answer" in words(cast, edition="customer")
        validated(cast, "Export orders")
        entry = enter(cast.mara, "nordwind", "requirements.baseline")
        requirements_baseline(entry=entry, name=requirements_baseline_name)
        assert requirements_baseline_name not in html(cast, edition="customer")


class SizeTests:
    def test_queries_do_not_grow(self, cast: Cast) -> None:
        def asked(edition: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                specification_of(
                    project=cast.nordwind, scope="all", edition=edition, purpose=VALIDATE.key,
                    verdicts=[APPROVE],
                )  # fmt: skip
                html(cast, edition=edition)
            return len(queries)

        validated(cast)
        few = asked("internal"), asked("customer")
        for number in range(4):
            whole = validated(cast, f"Need {number}", owner=cast.tom.person)
            write(cast, f"Part {number}", parent=whole)
        assert (asked("internal"), asked("customer")) == few

    def test_the_contents_of_a_long_document_stay_short(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(prints, "MOST_LISTED", 3)
        whole = write(cast, "Need 1")
        for number in range(2, 8):
            write(cast, f"Need {number}")
        write(cast, "Part", parent=whole)
        assert re.findall(r'<span class="key">([^<]+)</span>', html(cast))[:3] == [
            "REQ-001 – REQ-003", "REQ-004 – REQ-006", "REQ-007 – REQ-007",
        ]  # fmt: skip

    def test_more_than_a_worker_can_lay_out_is_refused(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(prints, "MOST_PRINTED", 1)
        write(cast)
        write(cast, "Export orders")
        with pytest.raises(DomainError, match="at most 1 go"):
            html(cast)


class FileTests:
    def test_a_worker_makes_it_and_every_page_knows_its_number(self, cast: Cast, login: Login) -> None:
        validated(cast)
        write(cast, "Export orders")
        browser = login(cast.tom)
        assert "For the customer" in browser.get(PRINT).content.decode()
        wishes = {"scope": "all", "edition": "internal", "language": "en"}
        answer = browser.post(PRINT, wishes)
        work_off()
        job = Job.objects.get(kind=SPECIFICATION.kind)
        assert answer["Location"] == f"/projects/nordwind/jobs/{job.pk}/"
        file = browser.get(job.result_url)
        assert "nordwind-requirements.pdf" in file["Content-Disposition"]
        reader = PdfReader(io.BytesIO(file.getvalue()))  # type: ignore[attr-defined]
        root: Any = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "en"
        pages = [page.extract_text() for page in reader.pages]
        for number, text in enumerate(pages, start=1):
            assert f"Page {number} of {len(pages)}" in text
        contents = next(text for text in pages if "Contents" in text)
        (place,) = (n for n, text in enumerate(pages, start=1) if "Not signed yet." in text)
        assert re.search(rf"REQ-002\s+Export orders\s+{place}\b", contents), contents
        for name, status in (("carla", 403), ("rita", 404)):
            assert login(getattr(cast, name)).get(job.result_url).status_code == status

    def test_one_html_file_holds_all_that_it_needs(self, cast: Cast, login: Login) -> None:
        write(cast)
        wishes = {"scope": "all", "edition": "internal", "language": "en", "form": "html"}
        login(cast.mara).post(PRINT, wishes)
        work_off()
        job = Job.objects.get()
        answer = login(cast.mara).get(job.result_url)
        assert answer["Content-Disposition"] == 'attachment; filename="nordwind-requirements.html"'
        text = b"".join(answer.streaming_content).decode()
        assert "REQ-001" in text
        assert not re.search(r"(?:href|src)=.(?:/|http)|url\((?!.data:)", text)
        assert login(cast.mara).get(job.result_url.replace(".html", ".pdf")).status_code == 404
        assert login(cast.carla).get(job.result_url).status_code == 403

    def test_wishes_that_are_none_are_refused(self, cast: Cast, login: Login) -> None:
        wishes = {"scope": "all", "edition": "press", "language": "en"}
        assert login(cast.mara).post(PRINT, wishes).status_code == 422
        assert not Job.objects.exists()

    def test_it_is_asked_for_over_the_api(self, cast: Cast, api: Api) -> None:
        url = "/api/v1/projects/nordwind/requirements/specification/"
        write(cast)
        answer = api(cast.tom).post(url, {}, content_type="application/json")
        assert answer.status_code == 202
        work_off()
        job = Job.objects.get(pk=answer.json()["job"])
        assert job.params == {"scope": "all", "edition": "internal", "language": "en", "form": "pdf"}
        assert job.result_url.endswith(".pdf")
        assert api(cast.tom).post(url, {"scope": "x"}, content_type="application/json").status_code == 400
        assert api(cast.carla).post(url, {}, content_type="application/json").status_code == 403
