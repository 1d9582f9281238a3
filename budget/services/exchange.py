"""Writing the firm's exchange rates, and giving open expenses the rates in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Min, Q

from budget.choices import EntryState, RateOrigin
from budget.models import ExchangeRate, Expense
from budget.selectors.exchange import exchange_book
from budget.services.expenses import PRICED_COLUMNS, price, rate_take
from implement.accounts.models import User
from implement.core.asked import asked_once
from implement.core.db import update_rows
from implement.core.errors import DomainError
from projects.kit.rows import row_delete, row_save

OPEN = [EntryState.DRAFT, EntryState.SUBMITTED, EntryState.REJECTED]


@transaction.atomic
def expenses_reprice(*, currencies: Iterable[str]) -> int:
    """Give every expense that is not approved yet the table's rates now in force; return how many changed.

    Approved ones are history, and a rate that was said by hand stays. One whose rate is gone keeps what it had.
    """
    names = set(currencies)
    # A rate between two currencies also moves what is converted by way of the euro.
    moved = Q(currency__in=names) | Q(project__currency__in=names)
    rows = Expense.with_trash.filter(moved, status__in=OPEN, rate_origin=RateOrigin.TABLE)
    days = rows.order_by().aggregate(first=Min("spent_on"), last=Max("spent_on"))
    if days["first"] is None:
        return 0
    # Held, or somebody's new amount would get the cost of the old one, and approval does not work it out anew.
    found = list(rows.select_related("project").select_for_update(of=("self",)))
    every = {name for row in found for name in (row.currency, row.project.currency)}
    book = exchange_book(currencies=every, first=days["first"], last=days["last"])
    changed = []
    with asked_once():
        for expense in found:
            before = [getattr(expense, name) for name in PRICED_COLUMNS]
            if not rate_take(expense, book=book):
                continue
            price(expense)
            if before != [getattr(expense, name) for name in PRICED_COLUMNS]:
                changed.append(expense)
    update_rows(changed, PRICED_COLUMNS)
    return len(changed)


@transaction.atomic
def exchange_rate_save(
    *, base: str, quote: str, on: date, rate: Decimal, source: str, actor: User | None
) -> tuple[ExchangeRate, bool]:
    """Enter what 1 `base` is in `quote` from a day on, over what stood there for that day; (row, whether it is new).

    Raises DomainError, by field (base, quote, effective_on, rate, source).
    """
    row = ExchangeRate.objects.select_for_update().filter(base=base, quote=quote, effective_on=on).first()
    is_new = row is None
    if row is None:
        if base == quote:
            message = f"A rate is between two different currencies: both are {base}."
            raise DomainError(message, fields={"quote": message})
        row = ExchangeRate(base=base, quote=quote, effective_on=on)
    row.rate, row.source = rate, source
    row_save(row=row, actor=actor)
    expenses_reprice(currencies=(base, quote))
    return row, is_new


@transaction.atomic
def exchange_rate_delete(*, row: ExchangeRate, actor: User | None) -> None:
    """Take a rate out of the table. Approved expenses keep theirs; open ones get the one in force without it."""
    base, quote = row.base, row.quote
    row_delete(row=row, actor=actor)
    expenses_reprice(currencies=(base, quote))
