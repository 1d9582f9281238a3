"""The document: what a customer never reads in it, and that it is accessible, complete and self-contained."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from budget.models import ChangeRequest, Commitment, RateCard
from budget.services.alerts import alerts_evaluate
from budget.services.baselines import baseline_with_budget
from implement.reports import services
from implement.reports.models import Report
from implement.reports.snapshots import snapshot_read
from implement.reports.tests.samples import SECRETS
from implement.reports.workbook import report_workbook
from implement.testkit.cast import Cast
from projects.choices import Role
from projects.kit.access import Entry, enter
from projects.kit.journal import EVENTS, Event, record
from projects.kit.notes import comment_add
from projects.models import Assignment, Customer, Membership, Person, Project, Task
from projects.services import plan_schedule

Make = Callable[..., Report]
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)


def everything_in(pdf: bytes) -> str:
    """Return every text of a PDF: pages, metadata, XMP, bookmarks, attachments, objects, raw bytes."""
    reader = PdfReader(io.BytesIO(pdf))
    parts = [page.extract_text() for page in reader.pages]
    parts.append(repr(dict(reader.metadata or {})))
    parts.append(str(reader.xmp_metadata.rdf_root.toxml() if reader.xmp_metadata else ""))
    parts.append(repr(reader.outline))
    parts.append(repr({name: bytes(content[0]) for name, content in reader.attachments.items()}))
    parts.append(pdf.decode("latin-1"))
    for stream in STREAM.findall(pdf):
        try:
            parts.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    for number in range(1, len(reader.xref.get(0, {})) + 1):
        found = reader.get_object(number)
        parts.append(repr(found))
    return "\n".join(parts)


@pytest.fixture
def secrets(cast: Cast) -> tuple[str, ...]:
    """Seed what is internal with words and numbers that are found nowhere else; return them."""
    RateCard.objects.filter(project=cast.nordwind).update(cost_rate=Decimal("4321.98"))
    Customer.objects.filter(pk=cast.nordwind.customer_id).update(notes="Sentinel grumble about payment")
    Task.objects.filter(pk=cast.setup.pk).update(name="XSECRETTASKX", description="Sentinel grumble")
    comment_add(item=cast.setup, entry=enter(cast.tom, "nordwind", "notes.change"), body="Sentinel grumble")
    return (*SECRETS, "4321.98", "4,321.98", "XSECRETTASKX", "Sentinel")


class CustomerEditionTests:
    @pytest.mark.parametrize("kind", ["status", "budget"])
    def test_not_one_byte_of_cost_margin_or_internal_remark(
        self, cast: Cast, make: Make, secrets: tuple[str, ...], kind: str
    ) -> None:
        inside, outside = make(kind, "internal"), make(kind, "customer")
        text = everything_in(outside.pdf.read())
        for secret in (*secrets, "Cost and margin", "Cost by person"):
            assert secret not in text
        # The proof is worth something only if the internal edition, read the same way, does hold them.
        assert "987654.32" in everything_in(inside.pdf.read())

    def test_internal_journal_entries_stay_internal(
        self, cast: Cast, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(EVENTS, "secret.told", Event("secret.told", "XSECRETVERBX"))
        record_one(cast)
        today = timezone.now().date()
        week = {"start": today - timedelta(days=6), "end": today + timedelta(days=1)}
        assert "XSECRETVERBX" in make("status", "internal", **week).achievements
        outside = make("status", "customer", **week)
        assert "XSECRETVERBX" not in everything_in(outside.pdf.read())
        assert "XSECRETVERBX" not in outside.achievements

    @pytest.mark.django_db
    def test_the_real_panels_keep_cost_from_the_customer(
        self, cast: Cast, secrets: tuple[str, ...], work: Callable[[], None]
    ) -> None:
        for kind in ("status", "budget"):
            report = services.report_request(
                project=cast.nordwind,
                kind=kind,
                audience="customer",
                start=date(2026, 10, 12),
                end=date(2026, 10, 19),
                actor=cast.mara,
            )
            work()
            report.refresh_from_db()
            text = everything_in(report.pdf.read())
            for secret in secrets:
                assert secret not in text


def record_one(cast: Cast) -> None:
    """Journal something internal inside the reported week."""
    record(action="secret.told", target=cast.setup, actor=cast.tom, project=cast.nordwind)


class DocumentTests:
    def test_it_is_tagged_titled_and_its_fonts_are_embedded(self, make: Make) -> None:
        reader = PdfReader(io.BytesIO(make().pdf.read()))
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "en"
        assert reader.metadata is not None
        assert reader.metadata.title == "Status report: Nordwind CRM, 12 to 18 Oct 2026"
        assert reader.metadata.author == "Mara Manager"
        assert "Nordwind Foods" in (reader.metadata.subject or "")
        assert b"pdfuaid" in (reader.xmp_metadata.rdf_root.toxml().encode() if reader.xmp_metadata else b"")
        for page in reader.pages:
            for font in page["/Resources"]["/Font"].values():
                below = font.get_object()["/DescendantFonts"][0].get_object()
                assert {"/FontFile2", "/FontFile3"} & set(below["/FontDescriptor"].get_object())

    def test_headings_are_bookmarks_and_every_page_is_numbered(self, make: Make) -> None:
        reader = PdfReader(io.BytesIO(make().pdf.read()))
        titles = [item.title for item in reader.outline[1] if not isinstance(item, list)]
        assert reader.outline[0].title == "Nordwind CRM"
        assert {"At a glance", "Budget by task", "Milestones"} <= set(titles)
        count = len(reader.pages)
        for number, page in enumerate(reader.pages, start=1):
            text = page.extract_text()
            assert f"Page {number} of {count}" in text
            assert len(text) > 120

    def test_the_internal_edition_says_so_on_every_page(self, make: Make) -> None:
        reader = PdfReader(io.BytesIO(make("budget", "internal").pdf.read()))
        assert all("Internal, not for the customer" in page.extract_text() for page in reader.pages)

    def test_people_s_words_are_text_not_markup(
        self, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        nasty = (
            "<img src=file:///etc/passwd> <script>x</script> ![a](https://example.test/a.png) "
            "<link rel=attachment href=file:///etc/passwd>"
        )
        services.report_text_save(report=report, texts={"summary": nasty}, entry=entry)
        work()
        report.refresh_from_db()
        assert report.error == ""
        reader = PdfReader(io.BytesIO(report.pdf.read()))
        assert not reader.attachments
        assert "root:" not in everything_in(report.pdf.open("rb").read())

    def test_drawn_again_it_says_the_same(self, make: Make, entry: Entry, work: Callable[[], None]) -> None:
        report = make()
        first = [page.extract_text() for page in PdfReader(io.BytesIO(report.pdf.read())).pages]
        services.report_approve(report=report, entry=entry)
        services.report_reopen(report=report, entry=entry)
        work()
        report.refresh_from_db()
        again = [page.extract_text() for page in PdfReader(io.BytesIO(report.pdf.read())).pages]
        assert again == first


class LengthTests:
    @pytest.fixture
    def large(self, cast: Cast) -> Project:
        """Return a project of fifty people with their budget, orders, payments and changes."""
        project, day = cast.nordwind, timezone.localdate()
        RateCard.objects.filter(project=project).update(cost_rate=Decimal(80), bill_rate=Decimal(120))
        for number in range(50):
            person = Person.objects.create(name=f"Person {number:02d}", job_role="Consultant")
            Membership.objects.create(project=project, person=person, role=Role.TEAM)
            task = Task.objects.create(
                project=project, name=f"Work of {person}", position=10 + number, duration_minutes=4800
            )
            Assignment.objects.create(task=task, person=person, planned_seconds=(200 + number) * 3600)
            Commitment.objects.create(
                project=project, number=number + 1, supplier=f"Supplier {number}", description="Licences",
                amount=Decimal(1000 + number), currency="EUR", exchange_rate=Decimal(1), ordered_on=day,
            )  # fmt: skip
            Task.objects.create(
                project=project,
                name=f"Stage {number}",
                position=100 + number,
                is_milestone=number < 15,
                duration_minutes=0 if number < 15 else 480,
                payment_amount=Decimal(500) if number < 15 else None,
            )
            ChangeRequest.objects.create(
                project=project,
                number=number + 1,
                title=f"Wish {number}",
                requested_on=day,
                status="submitted",
            )
        plan_schedule(project=project)
        baseline_with_budget(project=project, name="Agreed", actor=cast.mara)
        alerts_evaluate(project=project)
        return project

    @pytest.mark.parametrize("kind", ["status", "budget"])
    def test_a_project_of_fifty_people_is_ten_minutes_reading(
        self, cast: Cast, large: Project, work: Callable[[], None], kind: str
    ) -> None:
        end = timezone.localdate() + timedelta(days=1)
        report = services.report_request(
            project=large,
            kind=kind,
            audience="internal",
            start=end - timedelta(days=7),
            end=end,
            actor=cast.mara,
        )
        work()
        report.refresh_from_db()
        assert report.error == ""
        pages = PdfReader(io.BytesIO(report.pdf.read())).pages
        assert len(pages) <= 8
        text = " ".join(page.extract_text() for page in pages)
        assert "more." in text
        # What a page has no room for stands in the workbook.
        book = load_workbook(io.BytesIO(report_workbook(report, snapshot_read(report.snapshot))))
        words = {str(row[0]) for sheet in book for row in sheet.iter_rows(values_only=True)}
        assert len([word for word in words if word.startswith(("CR-0", "Person "))]) >= 50
