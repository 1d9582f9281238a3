"""Two people at the same money at the same moment: one wins, the other is told, nothing is billed or spent twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from budget.choices import Category, ContractKind, EntryState, RunState
from budget.models import BudgetLine, Contract, InvoiceLine, InvoiceRun, ReserveRelease, TimeEntry
from budget.services.contracts import run_save
from budget.services.control import release_decide, release_request
from budget.tests.test_changes_together import together
from budget.workflows import RUN_WORKFLOW
from implement.testkit.cast import STARTS_ON, Cast
from projects.kit.access import enter

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def drafts(cast: Cast) -> list[InvoiceRun]:
    """Return two drafts about the same hour."""
    about = Contract.objects.create(project=cast.nordwind, name="Main", kind=ContractKind.TIME)
    TimeEntry.objects.create(
        project=cast.nordwind, person=cast.tom.person, task=cast.setup, worked_on=STARTS_ON, seconds=3600,
        status=EntryState.APPROVED, bill=Decimal(150), bill_rate=Decimal(150),
    )  # fmt: skip
    access = enter(cast.fay, "nordwind", "invoice.make")
    runs = [
        InvoiceRun(project=cast.nordwind, contract=about, period_from=STARTS_ON, period_to=date(2026, 3, 31))
        for _ in range(2)
    ]
    for run in runs:
        run_save(run=run, access=access)
    return runs


def final(cast: Cast, run: InvoiceRun) -> None:
    own = InvoiceRun.objects.select_related("project", "contract").get(pk=run.pk)
    RUN_WORKFLOW.perform(name="finalise", item=own, entry=enter(cast.fay, "nordwind", "invoice.make"))


class TogetherTests:
    def test_an_hour_is_handed_over_once(self, cast: Cast) -> None:
        one, two = drafts(cast)
        said = sorted(together(lambda: final(cast, one), lambda: final(cast, two)))
        assert said.count("done") == 1, said
        assert any("collect it again" in words for words in said), said
        assert InvoiceRun.objects.filter(status=RunState.FINAL).count() == 1
        assert InvoiceLine.objects.filter(is_held=True).count() == 1

    def test_one_run_is_finalised_once(self, cast: Cast) -> None:
        run, _ = drafts(cast)
        said = sorted(together(lambda: final(cast, run), lambda: final(cast, run)))
        assert said.count("done") == 1, said
        assert InvoiceRun.objects.get(pk=run.pk).status == RunState.FINAL

    def test_a_reserve_is_not_released_twice(self, cast: Cast) -> None:
        BudgetLine.objects.create(project=cast.nordwind, category=Category.CONTINGENCY, cost=Decimal(1000))
        asked = [
            release_request(
                release=ReserveRelease(
                    project=cast.nordwind, amount=Decimal(700), task=cast.setup, reason="Needed"
                ),
                access=enter(cast.mara, "nordwind", "budget.change"),
            )
            for _ in range(2)
        ]

        def decide(release: ReserveRelease) -> None:
            own = ReserveRelease.objects.select_related("project", "task").get(pk=release.pk)
            release_decide(
                release=own, is_approved=True, access=enter(cast.fay, "nordwind", "reserves.approve")
            )

        said = sorted(together(lambda: decide(asked[0]), lambda: decide(asked[1])))
        assert said.count("done") == 1, said
        assert any("300.00 EUR of the contingency are left" in words for words in said), said
