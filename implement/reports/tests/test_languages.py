"""Reports in another language: the same numbers, and no word left in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from gettext import GNUTranslations
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from babel.core import Locale
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from budget.models import ChangeRequest, Commitment, Contract, ReserveRelease
from implement.accounts.models import User
from implement.core.charts.base import _wording, spoken
from implement.core.money import day_text, format_money, format_number
from implement.reports.models import Report
from implement.reports.pdf import document_context
from implement.reports.periods import period_words
from implement.reports.services import report_request
from implement.reports.snapshots import snapshot_read
from projects.builds.models import BuildItem
from projects.design.models import ArchitectureDecision, DesignElement, DesignFeedback
from projects.models import Baseline, Customer, Person, Project, Task
from projects.requirements.models import Release, Requirement
from projects.signoffs.models import ResponseRequest

LOCALES = Path(settings.LOCALE_PATHS[0])
OTHERS = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
MARKUP = re.compile(r"<(style|script|details)\b.*?</\1>|<[^>]*>", re.DOTALL)
SAID = re.compile("⟦[^⟦⟧]*⟧")


class CatalogueTests:
    @pytest.mark.parametrize("code", OTHERS)
    def test_every_word_has_its_translation_and_the_compiled_file_is_current(self, code: str) -> None:
        folder = LOCALES / code / "LC_MESSAGES"
        with (folder / "django.po").open("rb") as file:
            written = read_po(file, locale=code)
        with (folder / "django.mo").open("rb") as file:
            compiled = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for message in written:
            if not message.id:
                continue
            said = [message.string] if isinstance(message.string, str) else list(message.string)
            assert all(said), message.id
            assert "fuzzy" not in message.flags, message.id
            first = message.id if isinstance(message.id, str) else message.id[0]
            key: Any = f"{message.context}\x04{first}" if message.context else first
            found = [compiled.get((key, at) if len(said) > 1 else key) for at in range(len(said))]
            assert found == said, f"Compile the catalogue: {first}"

    @pytest.mark.parametrize("code", OTHERS)
    def test_a_translation_has_the_blanks_of_its_original(self, code: str) -> None:
        with (LOCALES / code / "LC_MESSAGES" / "django.po").open("rb") as file:
            for message in read_po(file, locale=code):
                ids = [message.id] if isinstance(message.id, str) else list(message.id)
                said = [message.string] if isinstance(message.string, str) else list(message.string)
                blanks = set(re.findall(r"{\w+}|%\(\w+\)s", ids[-1]))
                for one in said:
                    assert set(re.findall(r"{\w+}|%\(\w+\)s", one)) == blanks or not ids[0], ids


class NumberTests:
    def test_numbers_and_days_are_written_as_the_language_writes_them(self) -> None:
        with translation.override("de"):
            assert format_number(Decimal("-1234.5")) == "-1.234,50"
            assert format_money(Decimal("1234.5"), "EUR") == "1.234,50 EUR"
            assert format_number(None) == "k. A."
            assert day_text(date(2026, 3, 9)) == "9. März 2026"
            assert period_words(date(2026, 3, 2), date(2026, 3, 8)) == "2. bis 8. März 2026"
            assert period_words(date(2026, 2, 23), date(2026, 3, 8)) == "23. Feb. bis 8. März 2026"
            assert spoken().number(Decimal("1234.5")) == "1.234,50"
        assert format_number(Decimal("1234.5")) == "1,234.50"
        assert period_words(date(2026, 3, 2), date(2026, 3, 8)) == "2 to 8 Mar 2026"


def made(
    project: Project, kind: str, audience: str, language: str, work: Callable[[], None], *, weeks_ago: int = 0
) -> Report:
    """Return last week's report, or one of an earlier week, as a worker made it."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday(), weeks=weeks_ago)
    report = report_request(
        project=project,
        kind=kind,
        audience=audience,
        start=monday - timedelta(days=7),
        end=monday,
        actor=User.objects.first(),
        language=language,
    )
    work()
    report.refresh_from_db()
    assert report.snapshot is not None, report.error
    return report


def text_of(report: Report) -> str:
    """Return what a reader of the document reads, without markup."""
    with translation.override(report.language):
        context = document_context(report, snapshot_read(report.snapshot))
        html = render_to_string("reports/document.html", context)
    return unescape(MARKUP.sub(" ", html))


class DocumentTests:
    @pytest.mark.parametrize("kind", ["budget", "status"])
    def test_no_word_of_a_report_escapes_its_translation(
        self, demo: Project, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        """With every translation put in brackets, nothing but names and symbols is left outside of them."""
        monkeypatch.setattr(
            "implement.reports.services.making.render_pdf", lambda report, frozen: b"%PDF-1.7"
        )
        monkeypatch.setattr(translation._trans, "gettext", lambda text: f"⟦{text}⟧")
        monkeypatch.setattr(
            translation._trans, "ngettext", lambda one, many, count: f"⟦{one if count == 1 else many}⟧"
        )
        monkeypatch.setattr(translation._trans, "pgettext", lambda context, text: f"⟦{text}⟧")
        names = [
            *Task.objects.values_list("name", flat=True),
            *Task.objects.exclude(customer_title="").values_list("customer_title", flat=True),
            *Person.objects.values_list("name", flat=True),
            *Person.objects.values_list("job_role", flat=True),
            *Customer.objects.values_list("name", flat=True),
            *Project.objects.values_list("name", flat=True),
            *Baseline.objects.values_list("name", flat=True),
            *ChangeRequest.objects.values_list("title", flat=True),
            *ResponseRequest.objects.values_list("title", flat=True),
            *Contract.objects.values_list("name", flat=True),
            *Commitment.objects.values_list("supplier", flat=True),
            *Commitment.objects.values_list("description", flat=True),
            *Requirement.objects.values_list("title", flat=True),
            *BuildItem.objects.values_list("title", flat=True),
            *DesignElement.objects.values_list("title", flat=True),
            *ArchitectureDecision.objects.values_list("title", flat=True),
            *DesignFeedback.objects.values_list("text", flat=True),
            *Release.objects.values_list("name", flat=True),
            *Release.objects.values_list("title", flat=True),
            *ReserveRelease.objects.values_list("reason", flat=True),
        ]
        months = {name.strip(".") for name in Locale("de").months["format"]["abbreviated"].values()}
        made(demo, kind, "internal", "de", work, weeks_ago=1)
        _wording.cache_clear()
        for audience in ("internal", "customer"):
            text = text_of(made(demo, kind, audience, "de", work))
            assert "⟦What changed⟧" in text
            for name in sorted({name for name in names if name}, key=len, reverse=True):
                text = text.replace(name, " ")
            while SAID.search(text):
                text = SAID.sub(" ", text)
            text = re.sub(r"\b[0-9a-f]{16,64}\b", " ", text)
            left = {word for word in re.findall(r"[A-Za-zÄÖÜäöü]{3,}", text) if not word.isupper()} - months
            assert not left, (audience, left)
        _wording.cache_clear()

    def test_both_languages_show_the_same_figures(self, demo: Project, work: Callable[[], None]) -> None:
        report = made(demo, "budget", "internal", "de", work)
        frozen = snapshot_read(report.snapshot)
        english, german = (frozen.data(audience="internal", language=code) for code in ("en", "de"))
        assert english.keys() == german.keys()
        assert german["budget_tiles"]["tiles"][0]["label"] == "Budget"
        assert [tile["amount"] for tile in english["budget_tiles"]["tiles"]] == [
            tile["amount"] for tile in german["budget_tiles"]["tiles"]
        ]
        assert english["budget_by_task"]["total"]["eac"] == german["budget_by_task"]["total"]["eac"]

    def test_what_changed_is_said_in_the_language_too(self, demo: Project, work: Callable[[], None]) -> None:
        made(demo, "status", "internal", "de", work, weeks_ago=4)
        report = made(demo, "status", "internal", "de", work)
        changes = snapshot_read(report.snapshot).changes(audience="internal", language="de")
        assert changes is not None
        labels = {change.label for change in changes.changes}
        assert "Erledigte Arbeit" in labels
        assert not {label for label in labels if label.startswith("Health")}
