"""The board: its columns, moving cards, limits, and what another person moved meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from implement.core.errors import DomainError, NotAllowed, StateError
from implement.testkit.cast import Cast
from projects.builds.choices import BuildState
from projects.builds.models import BuildItem, WipLimit
from projects.builds.selectors.board import COLUMN_SIZE
from projects.builds.services.board import MovedMeanwhile, ReasonMissing, card_move, limit_set
from projects.builds.services.items import item_block
from projects.builds.tests.factories import build, mara, step, tom
from projects.kit.access import enter

pytestmark = pytest.mark.django_db
BOARD = "/projects/nordwind/builds/board/"


def move(cast: Cast, row: BuildItem, target: str, **more: Any) -> BuildItem:
    """Let Tom move a card from where it stands."""
    words = {"seen": row.status, "target": target} | more
    return card_move(item=row, entry=tom(cast), **words)


def column(state: str = BuildState.TODO) -> list[str]:
    """Return the titles of a column from top to bottom."""
    return list(
        BuildItem.objects.filter(status=state).order_by("position", "pk").values_list("title", flat=True)
    )


class MoveTests:
    def test_a_card_keeps_the_place_to_which_it_is_brought(self, cast: Cast) -> None:
        one, two, three = (build(cast, title) for title in ("One", "Two", "Three"))
        move(cast, three, "todo", before=one.pk)
        assert column() == ["Three", "One", "Two"]
        move(cast, one, "todo")
        assert column() == ["Three", "Two", "One"]
        for row in (two, three):
            move(cast, row, "doing")
        assert column(BuildState.DOING) == ["Two", "Three"]

    def test_what_another_person_moved_meanwhile_is_told_and_kept(self, cast: Cast) -> None:
        row = build(cast)
        seen = BuildItem.objects.get(pk=row.pk)
        move(cast, row, "doing")
        with pytest.raises(MovedMeanwhile, match="moved to “In progress” meanwhile"):
            card_move(item=seen, entry=mara(cast), seen="todo", target="doing")
        assert column(BuildState.DOING) == ["Order screen"]

    def test_a_card_that_is_gone_from_below_puts_it_at_the_end(self, cast: Cast) -> None:
        one, two = build(cast, "One"), build(cast, "Two")
        gone = build(cast, "Gone", state=BuildState.DOING)
        move(cast, one, "todo", before=gone.pk)
        assert column() == ["Two", "One"]
        assert two.status == BuildState.TODO

    def test_going_back_needs_a_reason(self, cast: Cast) -> None:
        row = build(cast, state=BuildState.REVIEW)
        with pytest.raises(ReasonMissing):
            move(cast, row, "doing")
        assert move(cast, row, "doing", reason="The totals are wrong").status == BuildState.DOING

    def test_a_column_that_no_step_leads_to_says_the_way(self, cast: Cast) -> None:
        row = build(cast)
        for target, words in (
            ("review", "goes to In progress, not to “In review”"),
            ("deployed", "by a promotion"),
            ("verified", "by a conformance check"),
        ):
            with pytest.raises(StateError, match=words):
                move(cast, row, target)
        with pytest.raises(DomainError, match="no such column"):
            move(cast, row, "elsewhere")
        assert column() == ["Order screen"]

    def test_a_full_column_and_a_blocked_card_refuse(self, cast: Cast) -> None:
        limit_set(entry=mara(cast), state="doing", limit=1)
        build(cast, "First", state=BuildState.DOING)
        row = build(cast)
        with pytest.raises(StateError, match="at most 1"):
            move(cast, row, "doing")
        limit_set(entry=mara(cast), state="doing", limit=None)
        item_block(item=row, entry=tom(cast), reason="No test data")
        with pytest.raises(StateError, match="blocked"):
            move(cast, row, "doing")

    def test_limits_are_the_managers(self, cast: Cast) -> None:
        with pytest.raises(NotAllowed):
            limit_set(entry=tom(cast), state="doing", limit=3)
        with pytest.raises(DomainError, match="no limit"):
            limit_set(entry=mara(cast), state="verified", limit=3)
        with pytest.raises(NotAllowed):
            card_move(
                item=build(cast),
                entry=enter(cast.fay, "nordwind", "builds.view"),
                seen="todo",
                target="doing",
            )


class PageTests:
    @pytest.fixture
    def client(self, cast: Cast) -> Client:
        client = Client()
        client.force_login(cast.mara)
        return client

    def drop(self, client: Client, row: BuildItem, **said: Any) -> Any:
        words = {"seen": row.status, "before": "", "reason": ""} | said
        return client.post(
            reverse("builditem_move", args=["nordwind", row.pk]),
            words,
            headers={"accept": "application/json"},
        )

    def test_a_drop_is_answered_with_the_card_and_the_counts(self, cast: Cast, client: Client) -> None:
        row = build(cast)
        answer = self.drop(client, row, target="doing")
        assert answer.status_code == 200
        assert 'data-state="doing"' in answer.json()["card"]
        assert ">1<" in answer.json()["columns"]["doing"]
        row.refresh_from_db()
        back = self.drop(client, row, target="todo")
        assert (back.status_code, back.json()["needs_reason"]) == (422, True)
        stale = self.drop(client, row, seen="todo", target="doing")
        assert (stale.status_code, stale.json()["is_stale"]) == (409, True)

    def test_a_card_moves_without_a_script(self, cast: Cast, client: Client) -> None:
        build(cast, "First", state=BuildState.DOING)
        row = build(cast)
        address = reverse("builditem_move", args=["nordwind", row.pk])
        assert address in client.get(BOARD).content.decode()
        assert client.get(address).status_code == 200
        said = {"seen": "todo", "target": "doing", "place": "end"}
        assert client.post(address, said).status_code == 302
        assert column(BuildState.DOING) == ["First", "Order screen"]
        refused = client.post(address, said)
        assert refused.status_code in (409, 422)
        missing = client.post(address, {"seen": "doing", "target": "todo", "place": "top"})
        assert missing.status_code == 422
        assert "Say why BLD-002 goes back" in missing.content.decode()

    def test_filters_narrow_the_cards_and_leave_the_counts(self, cast: Cast, client: Client) -> None:
        build(cast, "Orders"), build(cast, "Prices", kind="report")
        item_block(item=build(cast, "Stock", owner=None), entry=tom(cast), reason="Waits")
        for query, shown in (
            ("q=orders", "Orders"), ("kind=report", "Prices"), ("blocked=true", "Stock"),
        ):  # fmt: skip
            page = client.get(f"{BOARD}?{query}").content.decode()
            assert [title for title in ("Orders", "Prices", "Stock") if f"</span> {title}</a>" in page] == [
                shown
            ]
            assert "1 fits the filters" in page
        mine = client.get(f"{BOARD}?owner={cast.tom.person.pk}").content.decode()
        assert "2 fit the filters" in mine

    def test_a_long_column_shows_its_first_cards_and_the_way_to_the_others(
        self, cast: Cast, client: Client
    ) -> None:
        entry, rows = tom(cast), [build(cast, f"Screen {number}") for number in range(COLUMN_SIZE + 3)]
        assert entry.project == cast.nordwind
        page = client.get(BOARD).content.decode()
        assert page.count('class="board-card"') == COLUMN_SIZE
        assert "Show 3 more" in page
        assert f'data-after="{rows[COLUMN_SIZE].pk}"' in page
        whole = client.get(f"{BOARD}?whole=todo").content.decode()
        assert whole.count('class="board-card"') == COLUMN_SIZE + 3

    def test_limits_are_set_on_the_board(self, cast: Cast, client: Client) -> None:
        row = build(cast, state=BuildState.DOING)
        address = reverse("builditem_limits", args=["nordwind"])
        client.post(address, {"limit_doing": "1", "limit_review": "", "limit_built": ""})
        assert WipLimit.objects.get().limit == 1
        assert "1 of 1" in client.get(BOARD).content.decode()
        step(cast, row, "submit")
        assert (
            client.post(address, {"limit_doing": "x"}, follow=True).content.decode().count("whole number")
            == 1
        )
        client.force_login(cast.tom)
        assert client.post(address, {}).status_code == 403

    def test_a_customer_and_a_rival_see_no_board(self, cast: Cast, client: Client) -> None:
        client.force_login(cast.carla)
        assert client.get(BOARD).status_code == 403
        client.force_login(cast.rita)
        assert client.get(BOARD).status_code == 404
