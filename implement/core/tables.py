"""Columns that every list shares. One Table serves the page, the CSV and the XLSX."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from inspect import signature
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]

from implement.core.money import NOT_AVAILABLE, format_money, format_number, hours_of
from implement.core.templatetags.implement import status_badge

NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}


class Prepared:
    """A cell's renderer whose signature is looked up once for the table, not again for every cell."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__signature__ = signature(function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


class BaseTable(tables.Table):
    """A list of rows; the first column leads to the row's page. `can_pick` puts a box before every row."""

    can_pick = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in self.columns.columns.values():
            column.render, column.value = Prepared(column.render), Prepared(column.value)

    @tables.Table.order_by.setter
    def order_by(self, value: Any) -> None:
        """Order by these columns and, where they are alike, by key: or a row could be on two pages, or on none."""
        tables.Table.order_by.fset(self, value)
        rows = self.data.data
        if self.order_by and isinstance(rows, QuerySet):
            last = "-pk" if str(self.order_by[0]).startswith("-") else "pk"
            self.data.data = rows.order_by(*rows.query.order_by, last)

    class Meta:
        attrs = {"class": "table table-vcenter card-table"}
        default = NOT_AVAILABLE
        empty_text = ""


class DayColumn(tables.Column):
    """A day, or the day of a moment in the reader's time zone; exported as the date or moment that it is."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"td": {"class": "text-nowrap"}})
        super().__init__(**kwargs)

    def render(self, value: date) -> str:
        return date_format(template_localtime(value), "SHORT_DATE_FORMAT")

    def value(self, value: date | None) -> date | None:
        return value


class MomentColumn(tables.Column):
    """A moment in the reader's time zone; the export puts it there too."""

    def render(self, value: datetime) -> str:
        return date_format(template_localtime(value), "SHORT_DATETIME_FORMAT")

    def value(self, value: datetime | None) -> datetime | None:
        return value


class HoursColumn(tables.Column):
    """Seconds, shown and exported as hours."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NUMBER)
        super().__init__(**kwargs)

    def render(self, value: int) -> str:
        return format_number(hours_of(value))

    def value(self, value: int | None) -> Decimal | None:
        return None if value is None else hours_of(value)


class MinutesColumn(HoursColumn):
    """Minutes of working time, shown and exported as hours."""

    def render(self, value: int) -> str:
        return super().render(60 * value)

    def value(self, value: int | None) -> Decimal | None:
        return None if value is None else super().value(60 * value)


class MoneyColumn(tables.Column):
    """An amount in the currency found at `currency` on the row."""

    def __init__(self, *, currency: str = "project__currency", **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NUMBER)
        self.currency = tables.A(currency)
        super().__init__(**kwargs)

    def render(self, value: Decimal, record: Any) -> str:
        return format_money(value, str(self.currency.resolve(record)))

    def value(self, value: Decimal | None) -> Decimal | None:
        return value


class PercentColumn(tables.Column):
    """A percentage of 0 to 100."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", NUMBER)
        super().__init__(**kwargs)

    def render(self, value: Decimal) -> str:
        return f"{format_number(value, digits=0)} %"

    def value(self, value: Decimal | None) -> Decimal | None:
        return value


class StateColumn(tables.Column):
    """A state as icon and word; exported as its word."""

    def render(self, record: Any, bound_column: Any) -> str:
        return status_badge(record, bound_column.accessor)

    def value(self, record: Any, bound_column: Any) -> str:
        return getattr(record, f"get_{bound_column.accessor}_display")()


class YesColumn(tables.Column):
    """A tick with a word for true, nothing for false."""

    def render(self, value: bool) -> str:
        return format_html('<span class="tone tone-good">{}</span>', "Yes") if value else "–"

    def value(self, value: bool) -> bool:
        return value
