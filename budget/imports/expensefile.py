"""The import of expenses from another tool or a spreadsheet."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse

from budget.imports.expensedraft import ExpenseDraft, ExpenseRow
from implement.core.money import currencies
from implement.core.tabular import (
    Cell,
    ColumnSpec,
    DateOrder,
    DateOrderError,
    Row,
    Table,
    ValueParseError,
    guess_mapping,
    parse_bool,
    parse_date,
    parse_decimal,
    signature,
    split_datetime,
)
from projects.imports.people import folded
from projects.kit.imports import (
    Context,
    Draft,
    ImportRefused,
    PreviewRow,
    Question,
    remembered,
)
from projects.kit.imports.tablefile import (
    TableImporter,
    Unreadable,
    column_questions,
    refusal,
    settled_mark,
    settled_order,
    sheet_question,
)

COLUMNS = (
    ColumnSpec(
        key="date", label="Date", required=True, aliases=("Day", "Spent on", "Expense date"), kind="date"
    ),
    ColumnSpec(
        key="amount", label="Amount", required=True, aliases=("Gross", "Total", "Total cost", "Cost"), kind="decimal"
    ),
    ColumnSpec(key="currency", label="Currency", aliases=("Currency code",)),
    ColumnSpec(key="description", label="Description", aliases=("Notes", "Note", "What", "Merchant", "Text")),
    ColumnSpec(key="category", label="Category", aliases=("Expense category", "Type")),
    ColumnSpec(key="person_name", label="Person", aliases=("Name", "Employee", "User", "Full name")),
    ColumnSpec(key="person_email", label="Email", aliases=("E-mail address", "User email")),
    ColumnSpec(key="first_name", label="First name"),
    ColumnSpec(key="last_name", label="Last name", aliases=("Surname",)),
    ColumnSpec(key="exchange_rate", label="Exchange rate", aliases=("Rate",), kind="decimal"),
    ColumnSpec(key="tax_rate", label="Tax rate", aliases=("VAT rate", "VAT %", "Tax %"), kind="decimal"),
    ColumnSpec(key="reimbursable", label="Reimbursable", aliases=("To be reimbursed", "Reimbursable?"), kind="bool"),
    ColumnSpec(key="billable", label="Billable", aliases=("Is billable", "Billable?"), kind="bool"),
    ColumnSpec(key="task_name", label="Task", aliases=("Task name", "Activity")),
    ColumnSpec(key="external_id", label="External id", aliases=("Id", "Expense id", "Reference")),
)  # fmt: skip
WHAT = "expense"
NUMBERS = ("amount", "exchange_rate", "tax_rate")
LARGEST = Decimal(10) ** 13


@dataclass
class ParsedExpenses:
    """A file as read with the answers so far."""

    table: Table
    mapping: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    rows: list[ExpenseRow] = field(default_factory=list)
    refusals: list[PreviewRow] = field(default_factory=list)
    signature: str = ""


class ExpenseImporter(TableImporter):
    """Expenses of other tools, as drafts for approval or as approved history."""

    kind: ClassVar[str] = "expenses.file"
    label: ClassVar[str] = "Expenses from a file"
    permission: ClassVar[str] = "expenses.import"
    icon: ClassVar[str] = "receipt"
    order: ClassVar[int] = 25
    teach: ClassVar[str] = (
        "Any CSV or Excel table with a date and an amount. Other currencies get the firm's exchange rate of their "
        "day. Importing the same file again adds nothing twice."
    )

    def read(self, context: Context, table: Table) -> ParsedExpenses:
        """Settle its columns, dates and numbers. Raises TabularError."""
        parsed = ParsedExpenses(table, signature=signature(table.headers))
        kept = remembered(project=context.project, kind=self.kind, signature=parsed.signature)
        if len(table.sheets) > 1:
            parsed.questions.append(sheet_question(table))
        proposal = kept.get("mapping") or guess_mapping(table.headers, COLUMNS)
        parsed.mapping, asked = column_questions(
            context, table, COLUMNS, proposal=proposal, needs=lambda spec, _: spec.required
        )
        parsed.questions += asked
        if any(question.is_open for question in asked):
            return parsed
        for row in table.bad_rows:
            parsed.refusals.append(refusal(WHAT, row.line, "", "", row.problem or ""))
        order, asked_order = settled_order(
            context, (row.values[parsed.mapping["date"]] for row in table.good_rows), kept
        )
        cells = [
            row.values[parsed.mapping[name]]
            for name in NUMBERS
            if name in parsed.mapping
            for row in table.good_rows
        ]
        mark, question = settled_mark(cells, context.answer("decimal_mark"))
        parsed.questions += [one for one in (asked_order, question) if one is not None]
        if order is None or (question is not None and question.is_open):
            return parsed
        reading = Reading(table, parsed.mapping, order, mark or "auto")
        for row in table.good_rows:
            try:
                parsed.rows.append(reading.row(row))
            except Unreadable as error:
                parsed.refusals.append(refusal(WHAT, row.line, error.column, error.value, str(error)))
        return parsed

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the rows with what is booked. Nothing is compared while columns, dates or numbers are open."""
        draft = Draft(questions=list(parsed.questions), rows=list(parsed.refusals))
        if draft.is_waiting:
            return draft
        if not parsed.rows and not parsed.refusals:
            raise ImportRefused("The file holds no expenses.")
        return ExpenseDraft(context, parsed, draft).draft()

    def applied(self, context: Context) -> str:
        """Return the address of the expenses."""
        return reverse("expense_list", kwargs={"project": context.project.code})


@dataclass
class Reading:
    """One pass over one table of expenses."""

    table: Table
    mapping: Mapping[str, int]
    order: DateOrder
    mark: Any
    seen: Counter[str] = field(default_factory=Counter)
    own_ids: dict[str, int] = field(default_factory=dict)

    def cell(self, row: Row, key: str) -> Cell:
        """Return a field's cell, "" where it has no column."""
        value = row.values[self.mapping[key]] if key in self.mapping else ""
        return value.strip() if isinstance(value, str) else value

    def text(self, row: Row, key: str) -> str:
        """Return a field as one line of text."""
        return " ".join(str(self.cell(row, key)).replace("\x00", "").split())

    def refuse(self, key: str, value: object, message: str) -> Unreadable:
        """Return the refusal of a row for the value of a field."""
        column = self.table.headers[self.mapping[key]] if key in self.mapping else ""
        return Unreadable(message, column=column, value=value)

    def row(self, row: Row) -> ExpenseRow:
        """Return what a row says. Raises Unreadable."""
        first_last = f"{self.text(row, 'first_name')} {self.text(row, 'last_name')}".strip()
        amount = self.number(row, "amount")
        if amount is None:
            raise self.refuse("amount", "", "The amount is missing.")
        if not 0 < amount < LARGEST:
            raise self.refuse("amount", amount, f"{amount} is no amount that can be spent.")
        currency = self.text(row, "currency").upper()
        if currency and currency not in currencies():
            message = f"“{currency[:20]}” is not a known currency code, such as EUR or USD."
            raise self.refuse("currency", currency, message)
        found = {
            "date": self.day(row),
            "amount": amount,
            "currency": currency,
            "description": self.text(row, "description"),
            "category": self.text(row, "category"),
            "person_name": self.text(row, "person_name") or first_last,
            "person_email": self.text(row, "person_email").lower(),
            "exchange_rate": self.number(row, "exchange_rate"),
            "tax_rate": self.number(row, "tax_rate"),
            "is_reimbursable": self.truth(row, "reimbursable"),
            "is_billable": self.truth(row, "billable"),
            "task_name": self.text(row, "task_name"),
        }
        return ExpenseRow(line=row.line, external_id=self.identify(row, found), **found)

    def day(self, row: Row) -> date:
        """Return a row's day. Raises Unreadable."""
        value, _ = split_datetime(self.cell(row, "date"))
        if value == "":
            raise self.refuse("date", "", "The date is missing.")
        try:
            return parse_date(value, self.order)
        except (ValueParseError, DateOrderError) as error:
            raise self.refuse("date", value, error.message) from error

    def number(self, row: Row, key: str) -> Decimal | None:
        """Return a field's number, None where it is empty. Raises Unreadable."""
        value = self.cell(row, key)
        if isinstance(value, str):
            value = value.removesuffix("%").strip()
        if value == "":
            return None
        try:
            return parse_decimal(value, decimal_mark=self.mark)
        except ValueParseError as error:
            raise self.refuse(key, value, error.message) from error

    def truth(self, row: Row, key: str) -> bool | None:
        """Return yes or no, None where the file does not say. Raises Unreadable."""
        value = self.cell(row, key)
        if value == "":
            return None
        try:
            return parse_bool(value)
        except ValueParseError as error:
            raise self.refuse(key, value, error.message) from error

    def identify(self, row: Row, found: Mapping[str, Any]) -> str:
        """Return a key that is the same whenever the same content is read; equal rows are numbered."""
        own = self.text(row, "external_id")
        if own:
            first = self.own_ids.setdefault(own, row.line)
            if first != row.line:
                raise self.refuse("external_id", own, f"The id “{own[:40]}” is already used on line {first}.")
            return digest(["id", own])
        names = ("person_email", "person_name", "date", "category", "description", "amount", "currency")
        content = digest([str(found[name]) for name in names])
        self.seen[content] += 1
        return digest([content, str(self.seen[content])])


def digest(parts: Sequence[str]) -> str:
    """Return 64 hex digits of some texts, without case and spare blanks."""
    text = "\x1f".join(folded(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
