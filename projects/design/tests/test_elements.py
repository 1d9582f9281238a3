"""Writing design elements, and what an edit does to what was approved."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.design.choices import ElementState
from projects.design.models import DesignElement
from projects.design.services.elements import element_delete, element_restore, element_save
from projects.design.tests.factories import element
from projects.kit.access import enter
from projects.kit.texts import seal_of

pytestmark = pytest.mark.django_db


def save(cast: Cast, row: DesignElement, **more: Any) -> DesignElement:
    return element_save(element=row, entry=enter(cast.mara, "nordwind", "design.change"), **more)


class WriteTests:
    def test_keys_count_up_in_each_project_and_are_never_given_twice(self, cast: Cast) -> None:
        first, second = element(cast), element(cast, "Order export")
        assert (first.key, second.key) == ("DES-001", "DES-002")
        element_delete(element=second, entry=enter(cast.mara, "nordwind", "design.change"))
        assert element(cast, "Price list").key == "DES-003"

    def test_every_change_of_what_the_customer_reads_is_a_version(self, cast: Cast) -> None:
        row = element(cast)
        row.owner, row.notes = cast.tom.person, "Ask Tess about the licence."
        save(cast, row)
        assert row.revision == 1
        row.description = "Each night at two."
        save(cast, row, reason="Agreed in the workshop")
        versions = list(row.versions.all())
        assert [one.number for one in versions] == [2, 1]
        assert versions[0].reason == "Agreed in the workshop"
        assert "notes" not in versions[0].content
        assert all(one.sha256 == seal_of(one.content) for one in versions)

    def test_a_tree_has_no_circle_and_links_stay_in_the_project(self, cast: Cast) -> None:
        whole = element(cast)
        part = element(cast, "Part", parent=whole)
        whole.parent = part
        with pytest.raises(DomainError, match="part of itself"):
            save(cast, whole)
        rival = DesignElement.objects.create(project=cast.rival, number=1, title="Secret", purpose="x")
        for name, value in (("parent", rival), ("owner", cast.carla.person)):
            row = element(cast)
            setattr(row, name, value)
            with pytest.raises(DomainError) as raised:
                save(cast, row)
            assert name in raised.value.fields

    def test_who_may_only_read_writes_nothing(self, cast: Cast) -> None:
        row = element(cast)
        with pytest.raises(NotAllowed):
            element_save(element=row, entry=enter(cast.fay, "nordwind", "design.view"))

    def test_a_whole_with_parts_is_not_thrown_away_and_a_part_comes_back_alone(self, cast: Cast) -> None:
        entry = enter(cast.mara, "nordwind", "design.change")
        whole = element(cast)
        part = element(cast, "Part", parent=whole)
        with pytest.raises(StateError, match="has parts"):
            element_delete(element=whole, entry=entry)
        element_delete(element=part, entry=entry)
        element_delete(element=whole, entry=entry)
        part.refresh_from_db()
        element_restore(element=part, entry=entry)
        assert DesignElement.objects.get(pk=part.pk).parent is None


class GuardTests:
    def test_the_database_keeps_an_approval_on_the_version_that_stands(self, cast: Cast) -> None:
        row = element(cast)
        for values in (
            {"status": ElementState.APPROVED},
            {"status": ElementState.APPROVED, "reviewed_revision": 1},
            {"status": ElementState.APPROVED, "reviewed_revision": 1, "signed_revision": 7},
            {"status": ElementState.SUPERSEDED},
            {"with_customer": True},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                DesignElement.objects.filter(pk=row.pk).update(**values)

    def test_only_who_decides_leaves_the_customers_signature_away(self, cast: Cast) -> None:
        row = DesignElement(project=cast.nordwind, title="Backup", purpose="x", needs_customer=False)
        with pytest.raises(DomainError, match="signature"):
            element_save(element=row, entry=enter(cast.tom, "nordwind", "design.change"))
        assert save(cast, row).needs_customer is False


class PageTests:
    def test_the_list_the_page_and_the_versions_open(self, cast: Cast) -> None:
        row = element(cast)
        row.purpose = "It takes over orders."
        save(cast, row)
        browser = Client()
        browser.force_login(cast.tom)
        for address in ("", "add/", f"{row.pk}/", f"{row.pk}/edit/", f"{row.pk}/versions/"):
            answer = browser.get(f"/projects/nordwind/design/{address}")
            assert answer.status_code == 200, address
        assert "<del>" in answer.content.decode()

    def test_a_rival_finds_nothing_and_the_customer_may_not_enter(self, cast: Cast) -> None:
        row = element(cast)
        for user, expected in ((cast.rita, 404), (cast.carla, 403)):
            browser = Client()
            browser.force_login(user)
            assert browser.get(f"/projects/nordwind/design/{row.pk}/").status_code == expected
