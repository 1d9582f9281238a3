"""The demo's expenses: other currencies, tax, mileage, a company card, what is paid back and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from budget.choices import EntryState, ExpenseBasis, PaidBy, ReimbursementState
from budget.models import ExchangeRate, Expense, ExpenseSettings, Receipt
from budget.services.exchange import exchange_rate_save
from budget.services.expenses import TaxSaid, expense_settle
from implement.accounts.models import User
from implement.core.money import format_money
from implement.demo import story
from implement.demo.receipts import receipt_picture
from projects.choices import PreviewState
from projects.models import Person, Project

WEEK = timedelta(days=7)
APPROVED_AFTER = timedelta(days=21)
# On which days of the project what has been paid back was spent, and what is in the run of the month.
PAID_UNTIL, RUN_UNTIL = 80, 91
# The last but one has no receipt yet: somebody has to ask for it.
WITHOUT_RECEIPT = "Data workshop, hotel in Basel"


def write_exchange_rates(starts_on: date, today: date, actor: User | None) -> None:
    """Write a rate of each week, the last one of this week through the service, as the finances do."""
    rows = []
    day, number = starts_on - WEEK, 0
    while day < today - WEEK:
        for quote, rate in story.EXCHANGE:
            drift = Decimal(number * 7 % 11 - 5) / 1000
            rows.append(
                ExchangeRate(
                    base="EUR", quote=quote, effective_on=day, rate=Decimal(rate) + drift, source="ECB"
                )
            )
        day, number = day + WEEK, number + 1
    ExchangeRate.objects.bulk_create(rows)
    for quote, rate in story.EXCHANGE:
        exchange_rate_save(base="EUR", quote=quote, on=day, rate=Decimal(rate), source="ECB", actor=actor)


def write_expenses(project: Project, people: Mapping[str, Person], starts_on: date, today: date) -> None:
    """Write the expenses: the first are paid back, some are in the payment run, the last wait for approval."""
    ExpenseSettings.objects.create(
        project=project, mileage_rate=Decimal("0.30"), per_diem_rate=Decimal("28"), markup_percent=Decimal(5)
    )
    for number, said in enumerate(story.EXPENSES):
        spent_on = min(starts_on + timedelta(days=said.day), today)
        basis = (
            ExpenseBasis.MILEAGE if said.km else ExpenseBasis.PER_DIEM if said.days else ExpenseBasis.RECEIPT
        )
        expense = Expense(
            project=project,
            person=people[said.who],
            spent_on=spent_on,
            category=said.category,
            description=said.text,
            basis=basis,
            quantity=Decimal(said.km or said.days) if said.km or said.days else None,
            amount=Decimal(said.amount),
            currency=said.currency,
            rate_reason=said.reason,
            is_billable=said.billable,
            is_tax_recoverable=said.recovered,
            paid_by=PaidBy.CARD if said.card else PaidBy.PERSON,
        )
        if said.rate:
            expense.exchange_rate = Decimal(said.rate)
        expense_settle(expense, tax=TaxSaid(rate=Decimal(said.tax)) if said.tax else None)
        expense.status = EntryState.SUBMITTED
        expense.submitted_at = datetime.combine(spent_on, time(18), tzinfo=UTC)
        if spent_on < today - APPROVED_AFTER:
            expense.status = EntryState.APPROVED
            # Nobody approves their own.
            expense.decided_by = people["fay" if said.who == "mara" else "mara"].user
            expense.decided_at = datetime.combine(spent_on, time(12), tzinfo=UTC) + timedelta(days=4)
        pay_back(expense, said.day, today)
        expense.save()
        if basis == ExpenseBasis.RECEIPT and said.text != WITHOUT_RECEIPT:
            attach(expense, number)


def pay_back(expense: Expense, spent_day: int, today: date) -> None:
    """Let the money be back, on its way, or still owed, as its age suggests."""
    if not expense.is_reimbursable or expense.status != EntryState.APPROVED:
        return
    if spent_day < PAID_UNTIL:
        paid_on = (
            expense.spent_on.replace(day=28) if expense.spent_on.day < 20 else expense.spent_on + 2 * WEEK
        )
        expense.reimbursement, expense.reimbursed_on = ReimbursementState.PAID, paid_on
        expense.payment_reference = f"Run {paid_on:%Y-%m}"
    elif spent_day < RUN_UNTIL:
        expense.reimbursement = ReimbursementState.IN_RUN
        expense.payment_reference = f"Run {today:%Y-%m}"


def attach(expense: Expense, number: int) -> None:
    """Draw a receipt; the picture of its first page is the receipt itself."""
    total = format_money(expense.amount, expense.currency, locale="en")
    lines = [(expense.description[:26], total)]
    if expense.taxes:
        tax = format_money(expense.tax_amount, expense.currency, locale="en")
        lines.append((f"of it {expense.taxes[0]['rate']} % tax", tax))
    shop = expense.description.split(",")[0][:24]
    drawn = receipt_picture(shop=shop, day=expense.spent_on, number=number, lines=lines, total=total)
    name = f"receipt-{number + 1:02d}.png"
    receipt = Receipt(expense=expense, name=name, preview_state=PreviewState.READY)
    receipt.file.save(name, ContentFile(drawn), save=False)
    receipt.preview.save("page.png", ContentFile(drawn), save=False)
    receipt.save()
