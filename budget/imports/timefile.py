"""The import of worked time from Clockify, Toggl, Harvest or any table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import NoReverseMatch, reverse

from budget.imports.timedraft import TimeDraft
from budget.timeformats import TIME_COLUMNS, TimeFile, TimeLayout, detect_layout, read_time_rows
from implement.core.tabular import (
    ColumnSpec,
    DateOrder,
    Table,
    guess_mapping,
    signature,
)
from projects.kit.imports import Context, Draft, Question, remembered
from projects.kit.imports.tablefile import (
    TableImporter,
    column_questions,
    date_order_question,
    sheet_question,
)

LABELS = {
    TimeLayout.TOGGL: "Toggl",
    TimeLayout.CLOCKIFY: "Clockify",
    TimeLayout.HARVEST: "Harvest",
    TimeLayout.GENERAL: "Table with columns of its own",
}
DURATION_KEYS = {"duration", "duration_decimal", "end_time", "end_date"}


@dataclass(frozen=True)
class ParsedTime:
    """A file as read with the answers so far. `file` is None while a column that it needs is not chosen."""

    table: Table
    layout: TimeLayout
    mapping: dict[str, int]
    file: TimeFile | None
    questions: tuple[Question, ...]
    signature: str


class TimeImporter(TableImporter):
    """Hours of other tools, as drafts for approval or as approved history."""

    kind: ClassVar[str] = "time.file"
    label: ClassVar[str] = "Time from a file"
    permission: ClassVar[str] = "time.import"
    icon: ClassVar[str] = "clock"
    order: ClassVar[int] = 20
    teach: ClassVar[str] = (
        "A detailed export of Clockify, Toggl or Harvest, or any CSV or Excel table with a date and a "
        "duration. Importing the same file again adds nothing twice."
    )

    def read(self, context: Context, table: Table) -> ParsedTime:
        """Settle the columns and the order of day and month. Raises TabularError."""
        shape = signature(table.headers)
        kept = remembered(project=context.project, kind=self.kind, signature=shape)
        questions: list[Question] = []
        if len(table.sheets) > 1:
            questions.append(sheet_question(table))
        layout = detect_layout(table.headers) or TimeLayout.GENERAL
        mapping = guess_mapping(table.headers, TIME_COLUMNS[layout])
        if layout == TimeLayout.GENERAL:
            mapping, asked = column_questions(
                context,
                table,
                TIME_COLUMNS[TimeLayout.GENERAL],
                proposal=kept.get("mapping") or mapping,
                needs=self._needs,
            )
            questions.extend(asked)
            if any(question.is_open for question in asked):
                return ParsedTime(table, layout, mapping, None, tuple(questions), shape)
        given = context.answer("date_order")
        order = DateOrder(given) if given in set(DateOrder) else None
        file = read_time_rows(table=table, layout=layout, mapping=mapping, date_order=None)
        if file.needs_date_order:
            questions.append(date_order_question(file.date_example or "", given, kept.get("date_order", "")))
            if order is not None:
                file = read_time_rows(table=table, layout=layout, mapping=mapping, date_order=order)
        return ParsedTime(table, layout, mapping, file, tuple(questions), shape)

    def _needs(self, spec: ColumnSpec, mapping: Mapping[str, int]) -> bool:
        """Return whether nothing can be read without a column: a day, and some way to tell how long."""
        return spec.key == "date" or (spec.key == "duration" and not DURATION_KEYS & mapping.keys())

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the rows with what is booked. Nothing is compared while columns or dates are open."""
        draft = Draft(questions=list(parsed.questions), totals=[("Format", LABELS[parsed.layout])])
        if parsed.file is None or draft.is_waiting:
            return draft
        return TimeDraft(context, parsed, draft).draft()

    def applied(self, context: Context) -> str:
        """Return the address of the time entries, or of the project while there is no such page."""
        try:
            return reverse("timeentry_list", kwargs={"project": context.project.code})
        except NoReverseMatch:
            return super().applied(context)
