"""Expenses: money spent for the project, in its own currency at the rate of its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from budget.choices import EntryState, ExpenseBasis, PaidBy, RateOrigin
from budget.models import Expense, ExpenseSettings
from budget.models.exchange import LARGEST_RATE
from budget.selectors.exchange import LONGEST, ExchangeBook, FoundRate, exchange_book, rate_text, stored_rate
from budget.selectors.expenses import expense_settings
from budget.selectors.periods import require_open
from budget.selectors.taxes import HUNDRED, Taxed, from_gross, from_net, lines_of, summed
from budget.services.receipts import receipts_take
from budget.services.time import check_bookable, check_owner
from implement.accounts.models import User
from implement.core.errors import DomainError
from implement.core.money import currencies, day_text, format_money, round_money
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_restore, row_save

ONE, ZERO = Decimal(1), Decimal(0)
PRICED_COLUMNS = ["exchange_rate", "rate_origin", "rate_note", "cost", "bill"]


def refuse(name: str, message: str) -> DomainError:
    """Return the refusal of one field's value."""
    return DomainError(message, fields={name: message})


@dataclass(frozen=True)
class TaxSaid:
    """What a door says of the tax: a rate in percent for the whole amount, or for what `lines` leave of it.

    `is_net`: the amount was entered without tax. `lines`: (rate, gross) where the receipt has several rates.
    """

    rate: Decimal | None = None
    is_net: bool = False
    lines: tuple[tuple[Decimal, Decimal], ...] = ()


def check_unit(amount: Decimal, currency: str, name: str = "amount") -> None:
    """Raise DomainError for an amount with a smaller unit than its currency has."""
    if round_money(amount, currency) != amount:
        raise refuse(name, f"{currency} has no smaller unit: {amount.normalize():f} cannot be paid.")


def count_up(expense: Expense) -> None:
    """Set the amount of mileage and per diems: quantity x rate, rounded once. Raises DomainError, by field."""
    if expense.basis == ExpenseBasis.RECEIPT:
        expense.quantity = expense.unit_rate = None
        return
    if expense.unit_rate is None:
        usual = expense_settings(project=expense.project)
        is_mileage = expense.basis == ExpenseBasis.MILEAGE
        expense.unit_rate = usual.mileage_rate if is_mileage else usual.per_diem_rate
        if expense.unit_rate is not None and expense.currency != expense.project.currency:
            raise refuse(
                "unit_rate",
                f"The project's rate is in {expense.project.currency}: say it in {expense.currency}.",
            )
    for name, what in (("quantity", "How many?"), ("unit_rate", "At which rate?")):
        if getattr(expense, name) is None:
            raise refuse(name, f"{what} {expense.get_basis_display()} is a quantity at a rate.")
        if getattr(expense, name) <= 0:
            raise refuse(name, "This is more than 0.")
    assert expense.quantity is not None
    assert expense.unit_rate is not None
    expense.amount = round_money(expense.quantity * expense.unit_rate, expense.currency)


def tax_apply(expense: Expense, said: TaxSaid | None) -> None:
    """Set the tax lines, their sum and, where the amount came without tax, the gross amount.

    None: as before, at the amount of now. Raises DomainError, by field.
    """
    if said is None:
        before = lines_of(expense.taxes)
        if len(before) > 1 and sum(line.gross for line in before) != expense.amount:
            whole = format_money(sum((line.gross for line in before), ZERO), expense.currency)
            raise refuse("taxes", f"The tax lines add up to {whole}: say them anew for the new amount.")
        lines = (
            before
            if len(before) > 1
            else [from_gross(expense.amount, one.rate, expense.currency) for one in before]
        )
    elif said.is_net:
        lines = [_on_top(expense, said)]
        expense.amount = lines[0].gross
    else:
        lines = _inside(expense, said)
    expense.taxes = [line.as_json() for line in lines]
    expense.tax_amount = summed(lines)


def _on_top(expense: Expense, said: TaxSaid) -> Taxed:
    if said.lines:
        raise refuse("taxes", "Several tax rates are parts of what was paid: enter the amount with tax.")
    if said.rate is None:
        raise refuse("tax_rate", "The amount is without tax: say the tax rate, 0 if there is none.")
    _check_percent(said.rate, "tax_rate")
    return from_net(expense.amount, said.rate, expense.currency)


def _inside(expense: Expense, said: TaxSaid) -> list[Taxed]:
    lines = []
    for rate, gross in said.lines:
        _check_percent(rate, "taxes")
        if gross <= 0:
            raise refuse("taxes", f"{gross} at {rate} %: a part of a receipt is more than 0.")
        check_unit(gross, expense.currency, "taxes")
        lines.append(from_gross(gross, rate, expense.currency))
    rest = expense.amount - sum((line.gross for line in lines), ZERO)
    if rest < 0:
        more = format_money(-rest, expense.currency)
        raise refuse("taxes", f"The parts are {more} more than the amount.")
    if said.rate is not None:
        _check_percent(said.rate, "tax_rate")
    if rest and (lines or said.rate is not None):
        lines.append(from_gross(rest, said.rate or ZERO, expense.currency))
    return lines


def _check_percent(rate: Decimal, name: str) -> None:
    if not 0 <= rate <= HUNDRED:
        raise refuse(name, f"A tax rate is from 0 to 100 %: {rate} is not.")


def rate_take(expense: Expense, *, book: ExchangeBook | None = None) -> bool:
    """Give an expense the firm's rate of its day; return whether there is one that is not too old."""
    home = expense.project.currency
    found = _found(expense, book)
    if found is None or expense.spent_on - found.on > LONGEST:
        return False
    expense.exchange_rate, expense.rate_origin = found.rate, RateOrigin.TABLE
    expense.rate_note = found.words[:200]
    if expense.currency == home:
        expense.rate_origin, expense.rate_note = RateOrigin.HOME, ""
    return True


def _found(expense: Expense, book: ExchangeBook | None) -> FoundRate | None:
    base, quote, on = expense.currency, expense.project.currency, expense.spent_on
    if book is None:
        book = exchange_book(currencies=(base, quote), first=on, last=on)
    return book.find(base=base, quote=quote, on=on)


def rate_settle(expense: Expense, *, book: ExchangeBook | None = None) -> None:
    """Settle the rate: 1 in the project's currency, else as said by hand, else of the firm's table on the day.

    Raises DomainError that asks for the rate where nobody knows it: it is never taken for 1.
    """
    home, asked = expense.project.currency, expense.exchange_rate
    if expense.currency == home:
        if asked not in (None, ONE):
            raise refuse("exchange_rate", f"An expense in {home} has the rate 1.")
        expense.exchange_rate, expense.rate_origin, expense.rate_note = ONE, RateOrigin.HOME, ""
        expense.rate_reason = ""
    elif asked is not None:
        if not 0 < asked < LARGEST_RATE:
            raise refuse("exchange_rate", "An exchange rate is more than 0, and less than a hundred million.")
        expense.exchange_rate = asked = stored_rate(asked)
        expense.rate_origin = RateOrigin.OWN
        found = _found(expense, book)
        beside = f"; the table says: {found.words}" if found else ""
        expense.rate_note = f"said by hand: 1 {expense.currency} = {rate_text(asked)} {home}{beside}"[:200]
    elif rate_take(expense, book=book):
        expense.rate_reason = ""
    else:
        raise refuse("exchange_rate", _question(expense, _found(expense, book)))


def _question(expense: Expense, found: FoundRate | None) -> str:
    base, home, day = expense.currency, expense.project.currency, day_text(expense.spent_on)
    if found is None:
        return f"Say what 1 {base} is in {home}: the exchange rates of the firm have none for {day}."
    return (
        f"Say what 1 {base} is in {home} on {day}: the latest of the firm's rates is older than "
        f"{LONGEST.days} days ({found.words})."
    )


def price(expense: Expense) -> None:
    """Set what the expense costs the project and what of it is billed, each rounded once, in its currency.

    It costs its net amount where the tax is recovered, else what was paid; billed is that with the markup, or the
    fixed amount. Raises DomainError, by field.
    """
    check_unit(expense.amount, expense.currency)
    home = expense.project.currency
    borne = expense.net_amount if expense.is_tax_recoverable else expense.amount
    exact = borne * expense.exchange_rate
    expense.cost = round_money(exact, home)
    if not expense.is_billable:
        expense.bill = ZERO
    elif expense.bill_fixed is not None:
        check_unit(expense.bill_fixed, home, "bill_fixed")
        expense.bill = expense.bill_fixed
    else:
        markup = expense.markup_percent
        if markup is None:
            markup = expense_settings(project=expense.project).markup_percent
        expense.bill = round_money(exact * (HUNDRED + markup) / HUNDRED, home)


def _as_before(expense: Expense) -> None:
    """Let go of a rate that nobody has said by hand, so that it follows a new day or currency."""
    if expense._state.adding:
        return
    stored = Expense.with_trash.filter(pk=expense.pk).values("exchange_rate", "rate_origin").first()
    if (
        stored
        and stored["rate_origin"] != RateOrigin.OWN
        and stored["exchange_rate"] == expense.exchange_rate
    ):
        expense.exchange_rate = None  # type: ignore[assignment]


def expense_settle(expense: Expense, *, tax: TaxSaid | None = None, book: ExchangeBook | None = None) -> None:
    """Work out amount, tax, rate, cost and bill of what was said. Raises DomainError, by field."""
    if expense.currency not in currencies():
        raise refuse("currency", f"“{expense.currency}” is not a known currency code, such as EUR or USD.")
    count_up(expense)
    check_unit(expense.amount, expense.currency)
    tax_apply(expense, tax)
    rate_settle(expense, book=book)
    if expense.paid_by == PaidBy.CARD:
        expense.is_reimbursable = False
    price(expense)


def check_spent(expense: Expense) -> None:
    """Raise DomainError when money cannot be booked there or then."""
    try:
        check_bookable(project=expense.project, task=expense.task, worked_on=expense.spent_on)
    except DomainError as error:
        fields = {"spent_on" if name == "worked_on" else name: said for name, said in error.fields.items()}
        raise type(error)(error.message.replace("been worked", "been spent"), fields=fields) from error


@transaction.atomic
def expense_save(
    *,
    expense: Expense,
    access: Entry,
    expected_version: int | None = None,
    tax: TaxSaid | None = None,
    receipts: Sequence[UploadedFile] = (),
) -> Expense:
    """Add an expense, or change a draft or rejected one, and put `receipts` to those it has.

    Without an exchange rate it gets the firm's of its day.

    Raises DomainError (by field), NotAllowed, StateError or StaleVersion.
    """
    stored = None if expense._state.adding else Expense.with_trash.filter(pk=expense.pk).first()
    require_open(
        project=expense.project, days=[row.booked_day for row in (stored, expense) if row], field="spent_on"
    )
    check_owner(
        entry=expense, access=access, log_permission="expenses.log", others_permission="expenses.approve"
    )
    check_spent(expense)
    _as_before(expense)
    if expense.amount is not None or expense.basis != ExpenseBasis.RECEIPT:
        expense_settle(expense, tax=tax)
    if expense.status == EntryState.REJECTED:
        expense.status = EntryState.DRAFT
    row_save(row=expense, actor=access.user, expected_version=expected_version)
    receipts_take(expense=expense, uploads=receipts, actor=access.user)
    return expense


@transaction.atomic
def expense_delete(*, expense: Expense, access: Entry, expected_version: int | None = None) -> None:
    """Throw a draft or rejected expense away.

    Raises NotAllowed or StateError.
    """
    require_open(project=expense.project, days=[expense.booked_day], field="spent_on")
    check_owner(
        entry=expense, access=access, log_permission="expenses.log", others_permission="expenses.approve"
    )
    row_delete(row=expense, actor=access.user, expected_version=expected_version)


@transaction.atomic
def expense_restore(*, expense: Expense, access: Entry) -> None:
    """Take an expense back out of the trash.

    Raises NotAllowed or StateError.
    """
    require_open(project=expense.project, days=[expense.booked_day], field="spent_on")
    check_owner(
        entry=expense, access=access, log_permission="expenses.log", others_permission="expenses.approve"
    )
    row_restore(row=expense, actor=access.user)


@transaction.atomic
def expense_settings_save(
    *, settings: ExpenseSettings, actor: User | None, expected_version: int | None = None
) -> ExpenseSettings:
    """Keep how a project treats expenses. What is entered already stays as it is.

    Raises DomainError, by field, or StaleVersion.
    """
    row_save(row=settings, actor=actor, expected_version=expected_version)
    return settings
