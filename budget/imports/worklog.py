"""The import of a whole work log: tasks with estimates, and hours per task and person, from two files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from budget.imports.worklogdraft import WorkLogDraft
from budget.sipfile import SipProject, read_sip_project, sip_project_codes
from implement.core.tabular import TabularError, read_table
from projects.kit.imports import Choice, Context, Draft, Importer, Question
from projects.kit.imports.tablefile import refused


@dataclass(frozen=True)
class ParsedLog:
    """A work log as read; `log` is None while nobody has said which of its projects is meant."""

    log: SipProject | None
    codes: tuple[str, ...]
    code: str
    warnings: tuple[str, ...]


class WorkLogImporter(Importer):
    """A finished or running project as another company kept it: tasks, estimates, people and hours."""

    kind: ClassVar[str] = "worklog.sip"
    label: ClassVar[str] = "Work log with estimates"
    permission: ClassVar[str] = "plan.import"
    also: ClassVar[tuple[str, ...]] = ("time.import", "time.approve", "budget.change")
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".txt", ".xlsx")
    icon: ClassVar[str] = "history"
    order: ClassVar[int] = 30
    file_label: ClassVar[str] = "Tasks and hours"
    companion_label: ClassVar[str] = "Dates"
    teach: ClassVar[str] = (
        "Two tables: tasks with estimated hours and each person's actual hours, and the tasks' dates. "
        "They become a plan with budget lines and approved hours."
    )

    def parse(self, context: Context) -> ParsedLog:
        """Read both tables. Raises ImportRefused with line, column and value."""
        try:
            tasks = read_table(context.content(), filename=context.run.filename)
            codes = sip_project_codes(tasks=tasks)
            chosen = context.answer("project_code", codes[0] if len(codes) == 1 else "")
            if not chosen:
                return ParsedLog(None, codes, "", tasks.warnings)
            context.progress(20, "Reading the dates")
            dates = read_table(context.companion(), filename=context.run.companion_name)
            log = read_sip_project(tasks=tasks, dates=dates, project_code=chosen)
        except TabularError as error:
            raise refused(error) from error
        return ParsedLog(log, codes, chosen, tuple(dict.fromkeys([*tasks.warnings, *dates.warnings])))

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare the log with the project; asks which of the log's projects is meant."""
        draft = Draft()
        draft.questions.append(
            Question(
                "project_code",
                "Which project of the file?",
                tuple(Choice(code, code) for code in parsed.codes),
                value=parsed.code,
                section="File",
                is_required=True,
            )
        )
        if parsed.log is None:
            return draft
        return WorkLogDraft(context, parsed.log, draft, parsed.warnings).draft()
