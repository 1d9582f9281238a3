"""The import of worked time from Clockify, Toggl, Harvest or any table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import NoReverseMatch, reverse

from budget.imports.timedraft import TimeDraft
from budget.timeformats import TIME_COLUMNS, TimeFile, TimeLayout, detect_layout, read_time_rows
from implement.core.tabular import DateOrder, Table, TabularError, guess_mapping, read_table, signature
from projects.kit.imports import Choice, Context, Draft, Importer, ImportRefused, Question, remembered

LABELS = {
    TimeLayout.TOGGL: "Toggl",
    TimeLayout.CLOCKIFY: "Clockify",
    TimeLayout.HARVEST: "Harvest",
    TimeLayout.GENERAL: "Table with columns of its own",
}
NO_COLUMN = "none"
DURATION_KEYS = {"duration", "duration_decimal", "end_time", "end_date"}


def refused(error: TabularError) -> ImportRefused:
    """Return a reader's error as the import's, with its place."""
    return ImportRefused(str(error), line=error.line, column=error.column, value=error.value)


@dataclass(frozen=True)
class ParsedTime:
    """A file as read with the answers so far. `file` is None while a column that it needs is not chosen."""

    table: Table
    layout: TimeLayout
    mapping: dict[str, int]
    file: TimeFile | None
    questions: tuple[Question, ...]
    signature: str


class TimeImporter(Importer):
    """Hours of other tools, as drafts for approval or as approved history."""

    kind: ClassVar[str] = "time.file"
    label: ClassVar[str] = "Time from a file"
    permission: ClassVar[str] = "time.import"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
    icon: ClassVar[str] = "clock"
    order: ClassVar[int] = 20
    teach: ClassVar[str] = (
        "A detailed export of Clockify, Toggl or Harvest, or any CSV or Excel table with a date and a "
        "duration. Importing the same file again adds nothing twice."
    )

    def parse(self, context: Context) -> ParsedTime:
        """Read the table, settle its columns and its order of day and month. Raises ImportRefused."""
        try:
            return self._parse(context)
        except TabularError as error:
            raise refused(error) from error

    def _parse(self, context: Context) -> ParsedTime:
        sheet = context.answer("sheet") or None
        table = read_table(context.content(), filename=context.run.filename, sheet=sheet)
        shape = signature(table.headers)
        kept = remembered(project=context.project, kind=self.kind, signature=shape)
        questions: list[Question] = []
        if len(table.sheets) > 1:
            questions.append(
                Question(
                    "sheet",
                    "Sheet to read",
                    tuple(Choice(name, name) for name in table.sheets),
                    value=table.sheet or "",
                    section="File",
                )
            )
        layout = detect_layout(table.headers) or TimeLayout.GENERAL
        mapping = guess_mapping(table.headers, TIME_COLUMNS[layout])
        if layout == TimeLayout.GENERAL:
            mapping, asked = self._columns(context, table, mapping, kept.get("mapping", {}))
            questions.extend(asked)
            if any(question.is_open for question in asked):
                return ParsedTime(table, layout, mapping, None, tuple(questions), shape)
        given = context.answer("date_order")
        order = DateOrder(given) if given in set(DateOrder) else None
        file = read_time_rows(table=table, layout=layout, mapping=mapping, date_order=None)
        if file.needs_date_order:
            questions.append(self._date_order(file.date_example or "", given, kept.get("date_order", "")))
            if order is not None:
                file = read_time_rows(table=table, layout=layout, mapping=mapping, date_order=order)
        return ParsedTime(table, layout, mapping, file, tuple(questions), shape)

    def _columns(
        self, context: Context, table: Table, guess: dict[str, int], kept: dict[str, int]
    ) -> tuple[dict[str, int], list[Question]]:
        """Ask which column is what; proposed by the last file of this shape, else by the headings."""
        proposal = {key: at for key, at in (kept or guess).items() if 0 <= at < len(table.headers)}
        columns = tuple(Choice(str(at), header) for at, header in enumerate(table.headers))
        mapping: dict[str, int] = {}
        questions: list[Question] = []
        specs = TIME_COLUMNS[TimeLayout.GENERAL]
        for spec in specs:
            proposed = str(proposal[spec.key]) if spec.key in proposal else NO_COLUMN
            chosen = context.answer(f"column:{spec.key}", proposed)
            if chosen.isdecimal() and int(chosen) < len(table.headers):
                mapping[spec.key] = int(chosen)
        for spec in specs:
            needs = spec.key == "date" or (spec.key == "duration" and not DURATION_KEYS & mapping.keys())
            value = str(mapping[spec.key]) if spec.key in mapping else "" if needs else NO_COLUMN
            choices = columns if needs else (Choice(NO_COLUMN, "Not in the file"), *columns)
            questions.append(
                Question(
                    f"column:{spec.key}",
                    spec.label,
                    choices,
                    value=value,
                    section="Columns",
                    is_required=needs,
                )
            )
        return mapping, questions

    def _date_order(self, example: str, given: str, kept: str) -> Question:
        choices = (
            Choice(DateOrder.DMY, "day, month, year"),
            Choice(DateOrder.MDY, "month, day, year"),
            Choice(DateOrder.YMD, "year, month, day"),
        )
        before = next((choice.label for choice in choices if choice.value == kept), "")
        return Question(
            "date_order",
            f"In which order is a date such as {example[:40]} written?",
            choices,
            value=given if given in set(DateOrder) else "",
            section="File",
            help=f"The last file of this shape was read as {before}." if before else "",
            is_required=True,
        )

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
