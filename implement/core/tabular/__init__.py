"""CSV and XLSX in and out, exactly and safely. Pure: knows nothing of the product's rooms or of the web."""

from implement.core.tabular.errors import AmbiguousNumberError, DateOrderError, TabularError, ValueParseError
from implement.core.tabular.mapping import ColumnSpec, guess_mapping, missing_required, signature
from implement.core.tabular.model import Cell, Limits, Row, Table
from implement.core.tabular.parse import (
    DateOrder,
    DateOrders,
    detect_date_order,
    detect_decimal_mark,
    parse_bool,
    parse_clock,
    parse_date,
    parse_decimal,
    parse_duration_seconds,
    split_datetime,
)
from implement.core.tabular.reader import read_table
from implement.core.tabular.write import (
    SheetOut,
    Value,
    as_it_was,
    iter_csv,
    write_csv,
    write_workbook,
    write_xlsx,
)

__all__ = [
    "AmbiguousNumberError",
    "Cell",
    "ColumnSpec",
    "DateOrder",
    "DateOrderError",
    "DateOrders",
    "Limits",
    "Row",
    "SheetOut",
    "Table",
    "TabularError",
    "Value",
    "ValueParseError",
    "as_it_was",
    "detect_date_order",
    "detect_decimal_mark",
    "guess_mapping",
    "iter_csv",
    "missing_required",
    "parse_bool",
    "parse_clock",
    "parse_date",
    "parse_decimal",
    "parse_duration_seconds",
    "read_table",
    "signature",
    "split_datetime",
    "write_csv",
    "write_workbook",
    "write_xlsx",
]
