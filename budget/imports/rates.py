"""The cost rates of a plan's resources, as rate cards of the people they are; in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from budget.models import RateCard
from budget.selectors.rates import rates_for
from budget.services.pricing import entries_reprice
from implement.core.money import format_money
from projects.kit.imports import Context, ExtraDraft, ImportRefused, Note, Outcome, PreviewRow
from projects.kit.planfiles import PersonRate
from projects.kit.rows import row_save
from projects.models import Person, Project

STANDARD_TABLE = "A"
CENT = Decimal("0.01")
MAX_RATE = Decimal(10) ** 10


def resource_rates(*, context: Context, source: Any, people: Mapping[int, Person]) -> ExtraDraft:
    """Take table A of each person's cost rates; the other tables, overtime and per-use costs are listed.

    A resource without any rate above zero says nothing. Raises ImportRefused for a negative or absurd rate.
    """
    draft = ExtraDraft()
    project = Project.objects.get(pk=context.project.pk)
    known = {
        (card.person_id, card.effective_from): card
        for card in RateCard.objects.filter(project=project, person__isnull=False)
    }
    book = rates_for(project=project)
    cards: list[RateCard] = []
    start = source.header.start.date() if source.header.start else project.starts_on
    for resource in source.resources:
        person = people.get(resource.uid)
        if person is None or not any(rate.standard_rate for rate in resource.rates):
            continue
        place = f"resource UID {resource.uid} “{resource.name[:60]}”"
        for rate in resource.rates:
            if rate.table != STANDARD_TABLE:
                if rate.standard_rate:
                    draft.notes.append(Note(f"Cost rate table {rate.table} is left behind.", place))
                continue
            if rate.overtime_rate or rate.cost_per_use:
                draft.notes.append(Note("Overtime rate and cost per use are left behind.", place))
            cost = _rate(rate.standard_rate, place=place, draft=draft)
            day: date = rate.effective_from.date() if rate.effective_from else start
            card = known.get((person.pk, day)) if person.pk else None
            label = f"{person.name} from {day}"
            told = f"{format_money(cost, project.currency)} an hour"
            inherited = book.find(person_id=person.pk, job_role=person.job_role, worked_on=day)
            if card is None and inherited.cost_rate == cost:
                # The role's or the project's card says so already.
                draft.rows.append(PreviewRow(Outcome.UNCHANGED, "cost rate", label, told))
            elif card is None:
                cards.append(RateCard(project=project, person=person, effective_from=day, cost_rate=cost))
                draft.rows.append(PreviewRow(Outcome.CREATED, "cost rate", label, told))
            elif card.cost_rate != cost:
                before = format_money(card.cost_rate, project.currency)
                draft.rows.append(PreviewRow(Outcome.CHANGED, "cost rate", label, f"{before} → {told}"))
                card.cost_rate = cost
                cards.append(card)
            else:
                draft.rows.append(PreviewRow(Outcome.UNCHANGED, "cost rate", label, told))

    def write() -> None:
        for card in cards:
            card.person = card.person  # The person may have been written only now.
            row_save(row=card, actor=context.entry.user)
        if cards:
            entries_reprice(project=project)

    draft.write = write
    return draft


def person_rates(project: Project, people: Iterable[Person]) -> dict[int, list[PersonRate]]:
    """Return person id -> what an hour of theirs costs over time, whichever card says so; two queries at most."""
    book = rates_for(project=project)
    found: dict[int, list[PersonRate]] = {}
    for person in people:
        keys: list[tuple[int | None, str]] = [(person.pk, ""), (None, person.job_role), (None, "")]
        days = sorted({day for key in keys for day, _ in book.cards.get(key, ())})
        rates: list[PersonRate] = []
        for day in days:
            cost = book.resolve(person, day).cost_rate
            if cost is not None and (not rates or rates[-1].cost_rate != cost):
                rates.append(PersonRate(effective_from=day, cost_rate=cost))
        if rates:
            found[person.pk] = rates
    return found


def _rate(rate: Decimal, *, place: str, draft: ExtraDraft) -> Decimal:
    """Return a rate in whole cents, telling when it is rounded."""
    if not 0 <= rate < MAX_RATE:
        raise ImportRefused(f"{place}: the cost rate {rate} is negative or out of range.", value=str(rate))
    rounded = rate.quantize(CENT, rounding=ROUND_HALF_UP)
    if rounded != rate:
        draft.notes.append(Note(f"The cost rate {rate} is rounded to {rounded}.", place))
    return rounded
