"""The import of exchange rates: the euro reference rates of the ECB as it publishes them, or any table of rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone

from budget.models import ExchangeRate, Expense
from budget.models.exchange import LARGEST_RATE, SMALLEST_RATE
from budget.selectors.exchange import EURO, rate_text
from budget.services.exchange import expenses_reprice
from implement.core.db import update_rows
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
    parse_date,
    parse_decimal,
    signature,
)
from projects.kit.imports import (
    Choice,
    Context,
    Draft,
    ImportRefused,
    Outcome,
    PreviewRow,
    Question,
    remember,
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
from projects.kit.journal import record_many
from projects.models import Project

COLUMNS = (
    ColumnSpec(
        key="date", label="Date", required=True, aliases=("Day", "Effective on", "Valid from"), kind="date"
    ),
    ColumnSpec(key="base", label="From", required=True, aliases=("Base", "Currency", "From currency")),
    ColumnSpec(key="quote", label="To", required=True, aliases=("Quote", "To currency", "Target currency")),
    ColumnSpec(key="rate", label="Rate", required=True, aliases=("Exchange rate", "Value"), kind="decimal"),
    ColumnSpec(key="source", label="Source", aliases=("Note", "Who says so")),
)
WHAT = "exchange rate"
ECB = "ECB"
# A cell of the ECB for a currency that had no rate on a day.
NO_RATE = {"", "N/A", "-"}
LAST_YEAR = timedelta(days=366)
EARLIEST = date(1990, 1, 1)
SOURCE_LENGTH = 120
FEWEST_CURRENCIES = 5


@dataclass(frozen=True)
class SaidRate:
    """One rate of a file, and where it stands."""

    line: int
    column: str
    base: str
    quote: str
    on: date
    rate: Decimal
    source: str


@dataclass
class ParsedRates:
    """A file as read with the answers so far: rates, the rows that are none, and what is asked."""

    table: Table
    is_ecb: bool
    questions: list[Question] = field(default_factory=list)
    rates: list[SaidRate] = field(default_factory=list)
    refusals: list[PreviewRow] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)


def is_ecb_table(table: Table) -> bool:
    """Return whether a table is the ECB's: a date, then one column per currency."""
    names = [header.strip().upper() for header in table.headers]
    known = [name for name in names[1:] if name in currencies()]
    return names[0] == "DATE" and len(known) >= FEWEST_CURRENCIES and "RATE" not in names


class ExchangeImporter(TableImporter):
    """Exchange rates of the firm; the same file again changes nothing."""

    kind: ClassVar[str] = "exchange.file"
    label: ClassVar[str] = "Exchange rates from a file"
    permission: ClassVar[str] = "exchange.change"
    icon: ClassVar[str] = "cash"
    order: ClassVar[int] = 26
    teach: ClassVar[str] = (
        "The ECB's euro reference rates (eurofxref.csv or eurofxref-hist.csv), or a table with date, from, to and "
        "rate. They are the whole firm's; importing the same file again changes nothing."
    )

    def read(self, context: Context, table: Table) -> ParsedRates:
        """Settle its columns, dates and numbers. Raises TabularError."""
        parsed = ParsedRates(table, is_ecb_table(table))
        kept = remembered(project=context.project, kind=self.kind, signature=signature(table.headers))
        if len(table.sheets) > 1:
            parsed.questions.append(sheet_question(table))
        for row in table.bad_rows:
            parsed.refusals.append(refusal(WHAT, row.line, "", "", row.problem or ""))
        if parsed.is_ecb:
            mapping = {"date": 0}
            cells = [cell for row in table.good_rows for cell in row.values[1:] if is_said(cell)]
        else:
            guess = kept.get("mapping") or guess_mapping(table.headers, COLUMNS)
            mapping, asked = column_questions(context, table, COLUMNS, proposal=guess, needs=needs)
            parsed.questions += asked
            if any(question.is_open for question in asked):
                return parsed
            cells = [row.values[mapping["rate"]] for row in table.good_rows]
        order, asked_order = settled_order(
            context, (row.values[mapping["date"]] for row in table.good_rows), kept
        )
        mark, question = settled_mark(cells, context.answer("decimal_mark"))
        parsed.questions += [one for one in (asked_order, question) if one is not None]
        if order is None or (question is not None and question.is_open):
            return parsed
        parsed.options = {"mapping": mapping, "date_order": context.answer("date_order")}
        for row in table.good_rows:
            reader = ecb_rates if parsed.is_ecb else table_rates
            try:
                parsed.rates += reader(row, table, mapping, order=order, mark=mark or "auto")
            except Unreadable as error:
                parsed.refusals.append(refusal(WHAT, row.line, error.column, error.value, str(error)))
        return parsed

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the rates with the firm's table."""
        label = "Euro reference rates of the ECB" if parsed.is_ecb else "Table of rates"
        draft = Draft(
            questions=list(parsed.questions), rows=list(parsed.refusals), totals=[("Format", label)]
        )
        if draft.is_waiting:
            return draft
        if not parsed.rates and not parsed.refusals:
            raise ImportRefused("The file holds no exchange rates.")
        wanted = self._chosen(context, parsed, draft)
        return compare(context, parsed, draft, wanted)

    def _chosen(self, context: Context, parsed: ParsedRates, draft: Draft) -> list[SaidRate]:
        """Return the rates that are taken: of the ECB's decades and thirty currencies few are needed."""
        if not parsed.is_ecb:
            return parsed.rates
        used = currencies_in_use()
        words = ", ".join(sorted(used))
        choices = (Choice("used", f"Those in use: {words}"), Choice("all", "All of the file"))
        question = Question("currencies", "Which currencies?", choices, "used", "Rates")
        which = draft.ask(question, context=context)
        newest = max((rate.on for rate in parsed.rates), default=EARLIEST)
        choices = (Choice("year", "The latest year of the file"), Choice("all", "All of the file"))
        days = draft.ask(Question("days", "Which days?", choices, "year", "Rates"), context=context)
        first = newest - LAST_YEAR if days == "year" else EARLIEST
        return [rate for rate in parsed.rates if rate.on >= first and (which == "all" or rate.quote in used)]

    def applied(self, context: Context) -> str:
        """Return the address of the firm's rates."""
        return reverse("exchange_rates", kwargs={"project": context.project.code})


def needs(spec: ColumnSpec, mapping: Mapping[str, int]) -> bool:
    """Return whether a table of rates cannot be read without a column."""
    return spec.required


def is_said(cell: Cell) -> bool:
    """Return whether a cell of the ECB's table holds a rate."""
    return not isinstance(cell, str) or cell.strip().upper() not in NO_RATE


def day_of(row: Row, table: Table, at: int, order: DateOrder) -> date:
    """Return a row's day. Raises Unreadable."""
    value = row.values[at]
    try:
        day = parse_date(value, order)
    except (ValueParseError, DateOrderError) as error:
        raise Unreadable(error.message, column=table.headers[at], value=value) from error
    if not EARLIEST <= day <= timezone.localdate() + LAST_YEAR:
        raise Unreadable(f"{day} is no day of a rate.", column=table.headers[at], value=value)
    return day


def rate_of(value: Cell, column: str, mark: Any) -> Decimal:
    """Return a rate with the decimals that are stored. Raises Unreadable."""
    try:
        rate = parse_decimal(value, decimal_mark=mark)
    except ValueParseError as error:
        raise Unreadable(error.message, column=column, value=value) from error
    # Before it is rounded: a number of thirty digits cannot be.
    rate = rate.quantize(SMALLEST_RATE) if 0 < rate < LARGEST_RATE else Decimal(0)
    if not rate:
        raise Unreadable(
            "An exchange rate is more than 0, and less than a hundred million.",
            column=column,
            value=value,
        )
    return rate


def currency_of(row: Row, table: Table, at: int) -> str:
    """Return a cell's currency code. Raises Unreadable."""
    code = str(row.values[at]).strip().upper()
    if code not in currencies():
        message = f"“{code[:20]}” is not a known currency code, such as EUR or USD."
        raise Unreadable(message, column=table.headers[at], value=row.values[at])
    return code


def ecb_rates(
    row: Row, table: Table, mapping: Mapping[str, int], *, order: DateOrder, mark: Any
) -> Iterator[SaidRate]:
    """Yield the rates of one day of the ECB: 1 EUR is so much of each currency."""
    day = day_of(row, table, 0, order)
    for at, header in enumerate(table.headers):
        code = header.strip().upper()
        if at and code in currencies() and is_said(row.values[at]):
            rate = rate_of(row.values[at], header, mark)
            yield SaidRate(row.line, header, EURO, code, day, rate, ECB)


def table_rates(
    row: Row, table: Table, mapping: Mapping[str, int], *, order: DateOrder, mark: Any
) -> Iterator[SaidRate]:
    """Yield the one rate of a row."""
    day = day_of(row, table, mapping["date"], order)
    base, quote = (currency_of(row, table, mapping[name]) for name in ("base", "quote"))
    column = table.headers[mapping["rate"]]
    if base == quote:
        header = table.headers[mapping["quote"]]
        raise Unreadable("A rate is between two different currencies.", column=header, value=quote)
    source = str(row.values[mapping["source"]]).strip() if "source" in mapping else ""
    rate = rate_of(row.values[mapping["rate"]], column, mark)
    yield SaidRate(row.line, column, base, quote, day, rate, source.replace("\x00", "")[:SOURCE_LENGTH])


def currencies_in_use() -> set[str]:
    """Return the currencies of the firm's projects and expenses; two queries."""
    return {
        *Project.objects.order_by().values_list("currency", flat=True).distinct(),
        *Expense.objects.order_by().values_list("currency", flat=True).distinct(),
    } - {EURO}


def compare(context: Context, parsed: ParsedRates, draft: Draft, wanted: list[SaidRate]) -> Draft:
    """Return the draft with every rate beside what the table says for its day."""
    days = [rate.on for rate in wanted]
    stored = {
        (row.base, row.quote, row.effective_on): row
        for row in ExchangeRate.objects.filter(
            effective_on__range=(min(days), max(days)), base__in={rate.base for rate in wanted}
        )
    } if days else {}  # fmt: skip
    new: dict[tuple[str, str, date], ExchangeRate] = {}
    changed: dict[tuple[str, str, date], ExchangeRate] = {}
    for said in wanted:
        key = (said.base, said.quote, said.on)
        label, told = f"1 {said.base} in {said.quote}, {said.on}", rate_text(said.rate)
        row = stored.get(key)
        if key in new or key in changed:
            message = "The file says this day's rate twice."
            outcome = Outcome.REFUSED
        elif row is None:
            new[key] = ExchangeRate(
                base=said.base, quote=said.quote, effective_on=said.on, rate=said.rate, source=said.source
            )
            outcome, message = Outcome.CREATED, told
        elif row.rate == said.rate:
            outcome, message = Outcome.UNCHANGED, told
        else:
            outcome, message = Outcome.CHANGED, f"{rate_text(row.rate)} → {told}"
            row.rate, row.source = said.rate, said.source
            row.version += 1
            changed[key] = row
        value = told if outcome == Outcome.REFUSED else ""
        draft.rows.append(PreviewRow(outcome, "exchange rate", label, message, said.line, said.column, value))

    def write() -> None:
        ExchangeRate.objects.bulk_create(new.values(), batch_size=500)
        update_rows(list(changed.values()), ["rate", "source", "version"])
        entries = [
            *(("exchangerate.added", row, {"rate": (None, row.rate)}) for row in new.values()),
            *(("exchangerate.changed", row, {"rate": (None, row.rate)}) for row in changed.values()),
        ]
        record_many(actor=context.entry.user, project=None, entries=entries)
        expenses_reprice(currencies={name for said in wanted for name in (said.base, said.quote)})
        remember(
            project=context.project,
            kind=context.run.kind,
            signature=signature(parsed.table.headers),
            options=parsed.options,
        )

    draft.write = write
    return draft
