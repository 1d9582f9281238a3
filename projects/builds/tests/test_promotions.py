"""Builds on their way through the environments, conformance checks, and the release notes that follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from implement.core.db import AppendOnlyError
from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.builds.choices import BuildKind, BuildState
from projects.builds.models import (
    BuildItem,
    CodeReference,
    ConformanceCheck,
    DoneCriterion,
    Environment,
    Promotion,
)
from projects.builds.panels import customer_data, team_data
from projects.builds.prints import notes_html
from projects.builds.selectors.figures import build_figures
from projects.builds.selectors.releases import release_notes, shown_releases
from projects.builds.selectors.served import requirements_served
from projects.builds.selectors.standing import matrix_of, standings_of
from projects.builds.services.environments import environment_delete
from projects.builds.services.items import item_block, tick_set
from projects.builds.services.promotions import promotion_make
from projects.builds.services.references import reference_add
from projects.builds.tests.factories import build, check, mara, promote, step, tess, tom
from projects.design.tests.factories import element
from projects.kit.needs import needs_of
from projects.kit.trace import link_add, mark_suspect
from projects.models import JournalEntry, TraceLink
from projects.requirements.purposes import REJECT
from projects.requirements.tests.factories import answer, ask, validated, write

pytestmark = pytest.mark.django_db


def built(cast: Cast, title: str = "Order screen", **fields: object) -> BuildItem:
    return build(cast, title, state=BuildState.BUILT, **fields)


class PromotionTests:
    def test_what_is_built_is_deployed_by_its_first_promotion(self, cast: Cast) -> None:
        row = built(cast)
        promote(cast, "DEV", "1.0", row)
        assert (row.status, str(row.environment)) == (BuildState.DEPLOYED, "DEV")
        told = JournalEntry.objects.filter(action="builditem.deployed").get()
        assert told.changes == {"environment": [None, "DEV"], "build": [None, "1.0"]}

    def test_all_of_it_or_none(self, cast: Cast) -> None:
        row, other = built(cast), build(cast, "Price list", state=BuildState.REVIEW)
        with pytest.raises(StateError, match="BLD-002 is in review"):
            promote(cast, "DEV", "1.0", row, other)
        assert not Promotion.objects.exists()
        assert BuildItem.objects.get(pk=row.pk).status == BuildState.BUILT

    def test_what_is_blocked_goes_nowhere(self, cast: Cast) -> None:
        row = built(cast)
        item_block(item=row, entry=tom(cast), reason="The licence is missing")
        with pytest.raises(StateError, match="licence is missing"):
            promote(cast, "DEV", "1.0", row)

    def test_no_environment_is_left_out(self, cast: Cast) -> None:
        row = built(cast)
        with pytest.raises(DomainError, match=r"Not in DEV with build 1\.0 yet: BLD-001") as raised:
            promote(cast, "TEST", "1.0", row, entry=tom(cast), skip_reason="In a hurry")
        assert "Only a project manager" in raised.value.message
        promote(cast, "DEV", "1.0", row)
        with pytest.raises(DomainError, match=r"Not in DEV with build 1\.1"):
            promote(cast, "TEST", "1.1", row)
        promote(cast, "TEST", "1.0", row, entry=tom(cast))
        assert str(row.environment) == "TEST"

    def test_a_manager_leaves_one_out_with_a_reason_that_is_kept(self, cast: Cast) -> None:
        row = built(cast)
        with pytest.raises(DomainError) as raised:
            promote(cast, "TEST", "1.0", row)
        assert "skip_reason" in raised.value.fields
        made = promote(cast, "TEST", "1.0", row, skip_reason="DEV is being rebuilt")
        assert made.skip_reason == "DEV is being rebuilt"

    def test_the_same_build_comes_into_an_environment_once(self, cast: Cast) -> None:
        row = built(cast)
        promote(cast, "DEV", "1.0", row)
        with pytest.raises(DomainError, match="in this environment already"):
            promote(cast, "DEV", "1.0", built(cast, "Price list"))
        promote(cast, "DEV", "1.1", row)
        found = standings_of([row])
        assert [one.build_id for one in found.values()] == ["1.1"]

    def test_a_build_has_a_name_that_a_tool_would_give(self, cast: Cast) -> None:
        row = built(cast)
        for name in ("", "two words", "-1", "x" * 81):
            with pytest.raises(DomainError) as raised:
                promote(cast, "DEV", name, row)
            assert "build_id" in raised.value.fields

    def test_its_page_tells_what_is_in_it_and_who_brought_it(self, cast: Cast) -> None:
        made = promote(cast, "DEV", "1.0", built(cast), notes="Nightly tests green")
        client = Client()
        client.force_login(cast.tom)
        for address in ("promotion_detail", "promotion_history", "promotion_notes"):
            page = client.get(reverse(address, args=["nordwind", made.pk])).content.decode()
            assert "1.0" in page
        page = client.get(reverse("promotion_detail", args=["nordwind", made.pk])).content.decode()
        assert "BLD-001 Order screen" in page
        assert "Nightly tests green" in page

    def test_it_is_made_on_its_page_with_the_chosen_items(self, cast: Cast) -> None:
        row = built(cast)
        client = Client()
        client.force_login(cast.tom)
        address = reverse("promotion_make", args=["nordwind"])
        page = client.get(f"{address}?rows={row.pk}").content.decode()
        assert "checked" in page
        dev = Environment.objects.get(project=cast.nordwind, name="DEV")
        said = {"environment": dev.pk, "build_id": "1.0", "notes": "", "nonce": "once"}
        assert client.post(address, said).status_code == 422
        for _ in range(2):
            assert client.post(address, said | {"rows": row.pk}).status_code == 302
        assert Promotion.objects.count() == 1
        again = client.post(address, said | {"rows": row.pk, "nonce": "twice"})
        assert again.status_code == 422
        assert "in this environment already" in again.content.decode()

    def test_a_promotion_is_never_changed(self, cast: Cast) -> None:
        made = promote(cast, "DEV", "1.0", built(cast))
        for attempt in (made.save, made.delete, lambda: Promotion.objects.update(notes="x")):
            with pytest.raises(AppendOnlyError):
                attempt()

    def test_what_is_of_another_project_is_not_carried(self, cast: Cast) -> None:
        row = built(cast)
        place = Environment.objects.create(project=cast.rival, name="DEV")
        with pytest.raises(DomainError, match="of this project"):
            promotion_make(environment=place, build_id="1.0", items=[row], entry=mara(cast))

    def test_an_environment_with_builds_in_it_stays(self, cast: Cast) -> None:
        made = promote(cast, "DEV", "1.0", built(cast))
        with pytest.raises(StateError, match="it stays"):
            environment_delete(environment=made.environment, entry=mara(cast))

    def test_what_is_reopened_goes_the_whole_way_again(self, cast: Cast) -> None:
        row = built(cast)
        promote(cast, "DEV", "1.0", row)
        step(cast, row, "reopen", "The totals are wrong")
        assert (row.status, row.round, row.environment) == (BuildState.DOING, 2, None)
        for name in ("submit", "finish"):
            step(cast, row, name)
        with pytest.raises(DomainError, match="Not in DEV"):
            promote(cast, "TEST", "1.0", row, entry=tom(cast))
        environments, rows = matrix_of(project=cast.nordwind, items=[row])
        assert [one.name for one in environments] == ["DEV", "TEST", "UAT", "PROD"]
        assert rows[0].cells[0] is not None
        assert rows[0].cells[0].is_past


class CheckTests:
    @pytest.fixture
    def row(self, cast: Cast) -> BuildItem:
        row = built(cast)
        promote(cast, "DEV", "1.0", row)
        return row

    def test_it_is_verified_by_somebody_who_did_not_build_it(self, cast: Cast, row: BuildItem) -> None:
        with pytest.raises(NotAllowed, match="You own"):
            check(cast, row, entry=tom(cast))
        made = check(cast, row, comment="Ten orders tried")
        assert (row.status, made.by, made.build_id) == (BuildState.VERIFIED, cast.tess, "1.0")

    def test_whoever_worked_on_it_last_does_not_check_it_either(self, cast: Cast) -> None:
        row = build(cast, owner=cast.tess.person)
        for name in ("start", "submit", "finish"):
            step(cast, row, name, entry=tom(cast))
        promote(cast, "DEV", "1.0", row)
        with pytest.raises(NotAllowed, match="worked on"):
            check(cast, row, entry=tom(cast))

    def test_what_deviates_goes_back_with_what_was_found(self, cast: Cast, row: BuildItem) -> None:
        with pytest.raises(DomainError, match="what deviates"):
            check(cast, row, "deviates")
        check(cast, row, "deviates", comment="Prints nothing on the second page")
        assert (row.status, row.round) == (BuildState.DOING, 2)
        with pytest.raises(StateError, match="where it is deployed"):
            check(cast, row)

    def test_only_the_build_that_stands_there_is_checked(self, cast: Cast, row: BuildItem) -> None:
        promote(cast, "DEV", "1.1", row)
        with pytest.raises(StateError, match=r"Build 1\.1 stands in DEV by now"):
            check(cast, row)
        with pytest.raises(DomainError, match="does not stand in TEST"):
            check(cast, row, place="TEST")

    def test_a_check_keeps_against_which_versions_it_was_made(self, cast: Cast, row: BuildItem) -> None:
        need = write(cast)
        link_add(entry=tom(cast), type="implements", source=row, target=need)
        made = check(cast, row)
        assert made.requirements == [{"key": "REQ-001", "title": need.title, "revision": 1}]
        with pytest.raises(AppendOnlyError):
            ConformanceCheck.objects.update(comment="x")

    def test_what_was_verified_goes_on_and_stays_so(self, cast: Cast, row: BuildItem) -> None:
        check(cast, row)
        promote(cast, "TEST", "1.0", row)
        assert (row.status, str(row.environment)) == (BuildState.VERIFIED, "TEST")

    def test_a_requirement_that_changes_puts_the_link_in_doubt(self, cast: Cast, row: BuildItem) -> None:
        need = write(cast)
        link_add(entry=tom(cast), type="implements", source=row, target=need)
        mark_suspect(rows=[need], actor=cast.mara)
        assert TraceLink.objects.suspect().count() == 1
        client = Client()
        client.force_login(cast.tom)
        assert b"Link in doubt" in client.get(reverse("builditem_board", args=["nordwind"])).content
        build(cast, "Without a link")
        listed = client.get(reverse("builditem_list", args=["nordwind"]), {"show": "doubt"}).content.decode()
        assert "Order screen" in listed
        assert "Without a link" not in listed


class NotesTests:
    def test_they_are_in_the_customers_words_by_kind_with_what_they_serve(self, cast: Cast) -> None:
        need = write(cast)
        row = built(cast, kind=BuildKind.REPORT, release_words="Orders are printed on one page.")
        other = built(cast, "Roles of sales", kind=BuildKind.ROLE)
        link_add(entry=tom(cast), type="implements", source=row, target=need)
        notes = release_notes(until=promote(cast, "DEV", "1.0", row, other))
        told = [
            (group.heading, [(line.words, line.requirements) for line in group.lines])
            for group in notes.groups
        ]
        assert told == [
            ("Reports", [("Orders are printed on one page.", ("REQ-001",))]),
            ("Roles and rights", [("Roles of sales", ())]),
        ]

    def test_an_item_without_requirements_of_its_own_serves_those_of_its_design(self, cast: Cast) -> None:
        own, other = write(cast), write(cast, "Print orders")
        design = element(cast)
        for need in (own, other):
            link_add(entry=tom(cast), type="satisfies", source=design, target=need)
        said, silent = built(cast), built(cast, "Price list")
        for row in (said, silent):
            link_add(entry=tom(cast), type="realises", source=row, target=design)
        link_add(entry=tom(cast), type="implements", source=said, target=own)
        served = requirements_served(project=cast.nordwind, items=[said.pk, silent.pk])
        assert served == {said.pk: [own], silent.pk: [own, other]}

    def test_what_is_only_carried_along_is_no_news_but_what_was_reworked_is(self, cast: Cast) -> None:
        row, other = built(cast), built(cast, "Price list")
        first = promote(cast, "DEV", "1.0", row, other)
        step(cast, other, "reopen", "The totals are wrong")
        for name in ("submit", "finish"):
            step(cast, other, name)
        third = built(cast, "Stock report")
        second = promote(cast, "DEV", "1.1", row, other, third)
        keys = [line.item.key for group in release_notes(until=second).groups for line in group.lines]
        assert keys == ["BLD-002", "BLD-003"]
        last = promote(cast, "DEV", "1.2", built(cast, "Visit report"))
        assert release_notes(until=last, since=first).count == 3
        assert release_notes(until=second, is_whole=True).count == 3

    def test_a_file_and_a_print_say_the_same(self, cast: Cast) -> None:
        row = built(cast, release_words="Prices <b>per piece</b> & per box_")
        made = promote(cast, "DEV", "1.0", row)
        client = Client()
        client.force_login(cast.mara)
        file = client.get(reverse("promotion_markdown", args=["nordwind", made.pk]))
        assert file["Content-Disposition"] == 'attachment; filename="nordwind-release-notes-dev-1-0.md"'
        assert r"- Prices \<b\>per piece\</b\> & per box\_" in file.content.decode()
        with translation.override("en"):
            html = notes_html(cast.nordwind, {"until": made.pk, "since": None, "language": "de"})
        assert "Prices &lt;b&gt;per piece" in html
        assert "Eingerichtet" in html

    def test_the_customer_reads_what_came_where_they_look(self, cast: Cast) -> None:
        shown, hidden = validated(cast, "Orders on paper"), write(cast, "Not asked about yet")
        row = built(cast, release_words="Orders are printed on one page.")
        for need in (shown, hidden):
            link_add(entry=tom(cast), type="implements", source=row, target=need)
        for place in ("DEV", "TEST"):
            promote(cast, place, "1.0", row)
        client = Client()
        client.force_login(cast.carla)
        address = reverse("portal_releases", args=["nordwind"])
        assert b"Nothing has come" in client.get(address).content
        promote(cast, "UAT", "1.0", row)
        page = client.get(address).content.decode()
        assert "Orders are printed on one page." in page
        assert shown.key in page
        assert hidden.key not in page
        assert "BLD-001" not in page
        assert [one.until.build_id for one in shown_releases(project=cast.nordwind)] == ["1.0"]
        assert client.post(address).status_code == 405
        assert client.get(reverse("promotion_list", args=["nordwind"])).status_code == 403


class FiguresTests:
    def test_what_is_built_and_where_it_stands(self, cast: Cast) -> None:
        rows = [built(cast, title) for title in ("One", "Two")]
        build(cast, "Three")
        item_block(item=build(cast, "Four"), entry=tom(cast), reason="Waits for the customer")
        promote(cast, "DEV", "1.0", *rows)
        promote(cast, "TEST", "1.0", rows[0])
        check(cast, rows[0])
        figures = build_figures(project=cast.nordwind)
        assert (figures.total, figures.built, figures.verified, figures.waiting) == (4, 2, 1, 1)
        assert figures.blocked == 1
        assert {one.environment.name: one.count for one in figures.reached} == {
            "DEV": 2, "TEST": 1, "UAT": 0, "PROD": 0,
        }  # fmt: skip

    def test_the_customer_reads_their_own_words_and_places(self, cast: Cast) -> None:
        build(cast, "One", state=BuildState.DOING)
        build(cast, "Two", state=BuildState.REVIEW)
        data = customer_data(cast.nordwind, cast.nordwind.starts_on)
        assert data is not None
        assert data["states"] == [{"label": "Being built", "count": 2}]
        assert [row["label"] for row in data["places"]] == ["UAT", "PROD"]
        assert team_data(cast.rival, cast.rival.starts_on) is None

    def test_needs_name_what_one_may_check_and_not_ones_own(self, cast: Cast) -> None:
        promote(cast, "DEV", "1.0", built(cast))
        assert [need.key for need in needs_of(tess(cast)) if need.key.startswith("builds")] == [
            "builds.check"
        ]
        assert [need.key for need in needs_of(tom(cast)) if need.key.startswith("builds")] == []

    def test_a_rival_finds_nothing(self, cast: Cast) -> None:
        made = promote(cast, "DEV", "1.0", built(cast))
        client = Client()
        client.force_login(cast.rita)
        for name, pk in (("promotion_detail", made.pk), ("builditem_detail", made.promoted.get().item_id)):
            assert client.get(reverse(name, args=["nordwind", pk])).status_code == 404
            assert client.get(reverse(name, args=["rival", pk])).status_code == 404


class StoryTests:
    def test_the_story_says_which_build_went_where_and_which_code_is_in_it(
        self, cast: Cast, login: Callable[..., Client]
    ) -> None:
        need = write(cast)
        answer(ask(cast, need), REJECT, "Orders of last year, too")
        row = build(cast, state=BuildState.REVIEW)
        link_add(entry=tom(cast), type="implements", source=row, target=need)
        done = DoneCriterion.objects.create(project=cast.nordwind, text="Documented", position=1)
        tick_set(item=row, criterion=done, entry=tom(cast), is_on=True)
        commit = CodeReference(item=row, kind="commit", external_id="a" * 40, title="Read orders")
        reference_add(item=row, reference=commit, entry=tom(cast))
        step(cast, row, "finish")
        promote(cast, "DEV", "1.0", row)
        page = login(cast.tom).get(f"/projects/nordwind/requirements/{need.pk}/story/").content.decode()
        for said in ("Build 1.0 in DEV", "Read orders", "“Orders of last year, too”"):
            assert said in page
        assert "ticked" not in page
