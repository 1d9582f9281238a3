"""Reads time exports of Toggl, Clockify, Harvest and any table with a column mapping into rows of worked
time.

A row is taken whole or not at all: what cannot be read becomes a problem with its line, column and value.
The order of day, month and year is settled once for the file. Nothing is looked up and nothing is stored
here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from budget.timeformats.columns import TIME_COLUMNS, TimeLayout, detect_layout
from budget.timeformats.reading import Reading
from budget.timeformats.rows import PersonSeen, ProjectSeen, RowProblem, TimeFile, TimeRow
from implement.core.tabular.errors import TabularError
from implement.core.tabular.mapping import guess_mapping
from implement.core.tabular.model import Table
from implement.core.tabular.parse import DateOrder

__all__ = [
    "TIME_COLUMNS",
    "PersonSeen",
    "ProjectSeen",
    "RowProblem",
    "TimeFile",
    "TimeLayout",
    "TimeRow",
    "detect_layout",
    "read_time_rows",
]


def read_time_rows(
    *,
    table: Table,
    layout: TimeLayout | None = None,
    mapping: Mapping[str, int] | None = None,
    date_order: DateOrder | None = None,
) -> TimeFile:
    """Read a table of worked time.

    `layout` is found out from the headers when it is not given; a file of no known program is read as
    GENERAL. `mapping` (field key -> 0-based header index, keys of TIME_COLUMNS) replaces the proposed one.
    `date_order` answers the question of an earlier reading; rows that do not fit it are refused one by one.

    Raises TabularError when a needed column is missing or the mapping points outside the table. Everything
    wrong with single rows, contradicting dates included, is in `problems`.
    """
    layout = layout or detect_layout(table.headers) or TimeLayout.GENERAL
    specs = TIME_COLUMNS[layout]
    columns = dict(mapping) if mapping is not None else guess_mapping(table.headers, specs)
    _check_mapping(columns, table=table, layout=layout)
    reading = Reading(table=table, columns=columns)
    reading.settle_dates(date_order)
    rows = reading.read() if reading.order is not None else []
    return TimeFile(
        layout=layout,
        mapping=columns,
        rows=tuple(rows),
        problems=tuple(sorted(reading.problems, key=lambda problem: problem.line)),
        date_order=reading.order,
        needs_date_order=reading.example is not None,
        date_example=reading.example,
        people=_people(rows),
        projects=_projects(rows),
    )


def _check_mapping(columns: Mapping[str, int], *, table: Table, layout: TimeLayout) -> None:
    labels = {spec.key: spec.label for spec in TIME_COLUMNS[layout]}
    for key, index in columns.items():
        if key not in labels:
            raise TabularError(f"There is no field {key!r} in this layout.", value=key)
        if not 0 <= index < len(table.headers):
            raise TabularError(
                f"The column chosen for {labels[key]} does not exist in the file.", value=str(index)
            )
    if "date" not in columns:
        raise TabularError(f"No column holds the date ({labels['date']}).", line=table.header_line)
    if not columns.keys() & {"duration", "duration_decimal", "end_time", "end_date"}:
        raise TabularError("No column holds a duration or an end.", line=table.header_line)


def _people(rows: list[TimeRow]) -> tuple[PersonSeen, ...]:
    count: Counter[tuple[str, str]] = Counter((row.person_name, row.person_email) for row in rows)
    total: Counter[tuple[str, str]] = Counter()
    for row in rows:
        total[row.person_name, row.person_email] += row.seconds
    return tuple(
        PersonSeen(name=name, email=email, rows=count[name, email], seconds=total[name, email])
        for name, email in sorted(count)
    )


def _projects(rows: list[TimeRow]) -> tuple[ProjectSeen, ...]:
    count: Counter[tuple[str, str]] = Counter((row.project_name, row.client_name) for row in rows)
    total: Counter[tuple[str, str]] = Counter()
    for row in rows:
        total[row.project_name, row.client_name] += row.seconds
    return tuple(
        ProjectSeen(name=name, client=client, rows=count[name, client], seconds=total[name, client])
        for name, client in sorted(count)
    )
