"""A budget of zero: what cannot be said is n/a on every face, and nothing is divided by it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from budget.models import BudgetLine
from budget.services.baselines import baseline_with_budget
from implement.testkit.cast import Cast
from projects.models import Assignment

pytestmark = pytest.mark.django_db


def budget_of_nothing(cast: Cast) -> None:
    """Budget the cast's project, with a baseline, at nothing."""
    Assignment.objects.all().delete()
    for task in (cast.kickoff, cast.setup):
        BudgetLine.objects.create(
            project=cast.nordwind, task=task, category="licence", cost=Decimal(0), bill=Decimal(0)
        )
    baseline_with_budget(project=cast.nordwind, name="Nothing", actor=cast.mara)


@pytest.fixture
def zero(cast: Cast) -> Cast:
    """The cast, whose project is budgeted at nothing."""
    budget_of_nothing(cast)
    return cast


@pytest.mark.parametrize("place", ["", "budget/", "earned-value/", "alerts/", "plan/"])
def test_every_page_of_money_answers(zero: Cast, login: Any, place: str) -> None:
    page = login(zero.mara).get(f"/projects/nordwind/{place}")
    assert page.status_code == 200
    if place in {"budget/", "earned-value/"}:
        assert "n/a" in page.content.decode()


@pytest.mark.parametrize("measure", ["cost", "hours"])
def test_indices_and_shares_are_null_and_never_zero(zero: Cast, api: Any, measure: str) -> None:
    client = api(zero.mara)
    figures = client.get(f"/api/v1/projects/nordwind/budget/figures/?measure={measure}").json()
    assert figures["total"]["consumed"] is None
    earned = client.get(f"/api/v1/projects/nordwind/earned-value/?measure={measure}").json()
    said = {one["name"].lower(): one["value"] for one in earned["figures"]}
    assert said["cpi"] is said["spi"] is None
