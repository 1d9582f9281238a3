"""Two people at the same board at the same moment: one wins, the other is told, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from budget.tests.test_changes_together import together
from implement.testkit.cast import Cast
from projects.builds.choices import BuildState
from projects.builds.models import BuildItem, CodeReference, DoneCriterion, DoneTick, Environment, Promotion
from projects.builds.selectors.inbound import told_in
from projects.builds.services.board import card_move, limit_set
from projects.builds.services.items import item_save, tick_set
from projects.builds.services.promotions import promotion_make
from projects.builds.services.references import references_link
from projects.builds.tests.factories import build, mara, step, tess, tom
from projects.kit.access import Entry

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


class TogetherTests:
    def test_the_last_place_of_a_column_is_taken_once(self, cast: Cast) -> None:
        limit_set(entry=mara(cast), state="doing", limit=1)
        rows = [build(cast, title) for title in ("One", "Two")]
        said = together(*[lambda row=row: step(cast, row, "start") for row in rows])
        assert sorted(word == "done" for word in said) == [False, True]
        assert "at most 1" in next(word for word in said if word != "done")
        assert BuildItem.objects.filter(status=BuildState.DOING).count() == 1

    def test_a_card_is_moved_once(self, cast: Cast) -> None:
        row = build(cast)

        def move(entry: Entry) -> Callable[[], object]:
            mine = BuildItem.objects.get(pk=row.pk)
            return lambda: card_move(item=mine, entry=entry, seen="todo", target="doing")

        said = together(move(mara(cast)), move(tom(cast)))
        assert sorted(word == "done" for word in said) == [False, True]
        assert "meanwhile" in next(word for word in said if word != "done")

    def test_a_build_comes_into_an_environment_once(self, cast: Cast) -> None:
        rows = [build(cast, title, state=BuildState.BUILT) for title in ("One", "Two")]
        dev = Environment.objects.get(project=cast.nordwind, name="DEV")

        def promote(row: BuildItem, entry: Entry) -> Callable[[], object]:
            return lambda: promotion_make(environment=dev, build_id="1.0", items=[row], entry=entry)

        said = together(promote(rows[0], mara(cast)), promote(rows[1], tom(cast)))
        assert sorted(word == "done" for word in said) == [False, True]
        assert Promotion.objects.count() == 1
        assert BuildItem.objects.filter(status=BuildState.DEPLOYED).count() == 1

    def test_items_get_numbers_of_their_own_and_the_environments_come_once(self, cast: Cast) -> None:
        entry = tom(cast)

        def write() -> None:
            item_save(item=BuildItem(project=cast.nordwind, title="Screen"), entry=entry)

        assert together(*[write] * 4) == ["done"] * 4
        assert sorted(BuildItem.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
        assert Environment.objects.count() == 4

    def test_what_is_told_twice_is_linked_once_and_ticked_once(self, cast: Cast) -> None:
        row = build(cast)
        told = told_in({"commits": [{"id": "4f2a", "message": "BLD-1"}]})
        assert (
            together(*[lambda: references_link(project=cast.nordwind, told=told, hook=None)] * 3)
            == ["done"] * 3
        )
        assert CodeReference.objects.count() == 1
        line = DoneCriterion.objects.create(project=cast.nordwind, text="Looked at")
        entries = (tom(cast), tess(cast))
        said = together(
            *[lambda one=one: tick_set(item=row, criterion=line, entry=one, is_on=True) for one in entries]
        )
        assert said == ["done"] * 2
        assert DoneTick.objects.count() == 1
