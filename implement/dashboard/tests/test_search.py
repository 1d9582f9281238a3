"""Ctrl-K: everything is found by its key or words, by whoever may open it, the open project's first."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from implement.testkit.cast import Cast
from projects.choices import Role
from projects.kit.search import SEARCHED, kinds_for
from projects.models import Membership, Task
from projects.requirements.models import (
    GlossaryTerm,
    OpenQuestion,
    Requirement,
    SuccessCriterion,
    Workshop,
)
from projects.requirements.tests.factories import write

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


def found(browser: Client, query: str, project: str = "nordwind") -> dict[str, list[str]]:
    """Return title of the group -> labels."""
    answer = browser.get("/palette.json", {"q": query, "project": project})
    groups = json.loads(answer.content)["groups"]
    return {group["title"]: [item["label"] for item in group["items"]] for group in groups}


def named(cast: Cast) -> None:
    """Write something of each kind that is about pallets."""
    write(cast, "Count pallets")
    SuccessCriterion.objects.create(project=cast.nordwind, title="No pallet is lost")
    Workshop.objects.create(project=cast.nordwind, title="Pallets and crates", held_on=date(2026, 3, 9))
    OpenQuestion.objects.create(project=cast.nordwind, text="Who owns a pallet?")
    GlossaryTerm.objects.create(project=cast.nordwind, term="Pallet", definition="What goods stand on")
    Task.objects.create(project=cast.nordwind, name="Pallets counted", position=9, is_milestone=True)


class FindTests:
    @pytest.mark.parametrize("said", ["REQ-002", "req2", "Req-2", "REQ002"])
    def test_a_key_is_found_however_it_is_written(self, cast: Cast, login: Login, said: str) -> None:
        write(cast)
        write(cast, "Export orders")
        assert found(login(cast.tom), said)["Requirements"] == ["REQ-002 Export orders"]

    def test_a_key_among_words_and_a_bare_number_are_found_too(self, cast: Cast, login: Login) -> None:
        for number in range(1, 13):
            write(cast, f"Print label {number}")
        browser = login(cast.tom)
        assert found(browser, "req-012 print")["Requirements"] == ["REQ-012 Print label 12"]
        assert found(browser, "12")["Requirements"][0] == "REQ-012 Print label 12"
        assert "Requirements" not in found(browser, "REQ-99999999999999999999")

    def test_each_kind_is_found_by_words_in_any_order(self, cast: Cast, login: Login) -> None:
        named(cast)
        groups = found(login(cast.tom), "pallet")
        for title in ("Requirements", "Goals", "Workshops", "Open questions", "Glossary", "Milestones"):
            assert len(groups[title]) == 1, title
        assert found(login(cast.tom), "crates pallets")["Workshops"] == ["Pallets and crates"]

    def test_the_open_project_comes_first(self, cast: Cast, login: Login) -> None:
        Membership.objects.create(project=cast.rival, person=cast.mara.person, role=Role.MANAGER)
        GlossaryTerm.objects.create(project=cast.nordwind, term="Crate", definition="x")
        GlossaryTerm.objects.create(project=cast.rival, term="A crate of theirs", definition="x")
        browser = login(cast.mara)
        assert found(browser, "crate")["Glossary"] == ["Crate", "A crate of theirs"]
        assert found(browser, "crate", cast.rival.code)["Glossary"] == ["A crate of theirs", "Crate"]

    def test_what_is_called_so_stands_before_what_only_mentions_it(self, cast: Cast, login: Login) -> None:
        write(cast, "Import", statement="The product shall read labels.")
        write(cast, "Labels")
        assert found(login(cast.tom), "labels")["Requirements"] == ["REQ-002 Labels", "REQ-001 Import"]

    def test_what_is_thrown_away_is_not_found(self, cast: Cast, login: Login) -> None:
        row = write(cast, "Count pallets")
        row.deleted_at = row.created_at
        row.save_version(fields=["deleted_at"])
        assert found(login(cast.tom), "pallets") == {}


class AccessTests:
    @pytest.mark.parametrize("who", ["rita", "rolf", "carla"])
    def test_strangers_and_customers_find_nothing_of_the_rooms(
        self, cast: Cast, login: Login, who: str
    ) -> None:
        named(cast)
        for query in ("pallet", "REQ-001", "1"):
            groups = found(login(getattr(cast, who)), query)
            assert "pallet" not in json.dumps(groups).lower(), query

    def test_odd_words_find_nothing_and_break_nothing(self, cast: Cast, login: Login) -> None:
        browser = login(cast.tom)
        for query in ("%", "\\", "'; drop", "-", "req-", "\x00", "٣", "²", "9" * 100):
            assert browser.get("/palette.json", {"q": query}).status_code == 200, query


class CostTests:
    def test_the_number_of_queries_does_not_grow(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)

        def asked(query: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                found(browser, query)
            return len(queries)

        named(cast)
        asked("pallet")
        few = asked("pallet")
        for number in range(9):
            write(cast, f"Pallet {number}")
            GlossaryTerm.objects.create(project=cast.nordwind, term=f"Pallet {number}", definition="x")
        assert asked("pallet") == few <= len(SEARCHED) + 10
        assert asked("REQ-001") == few - len(SEARCHED) + 1

    def test_a_key_is_looked_for_where_such_keys_are(self) -> None:
        assert [kind.key for kind in kinds_for(["REQ-001"])] == ["requirements"]
        assert len(kinds_for(["crm2"])) == len(kinds_for(["REQ-001", "print"])) == len(SEARCHED)

    def test_every_page_that_is_opened_from_it_exists(self, cast: Cast, login: Login) -> None:
        named(cast)
        browser = login(cast.mara)
        answer = json.loads(browser.get("/palette.json", {"q": "pallet"}).content)
        addresses = [item["url"] for group in answer["groups"] for item in group["items"]]
        assert len(addresses) == 6
        for address in addresses:
            assert browser.get(address).status_code == 200, address
        assert Requirement.objects.count() == 1
