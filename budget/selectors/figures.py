"""Budget against actual by task, person, role, category and month, from the same pieces: all add up alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from budget.choices import Category, Measure
from budget.selectors.actuals import Actual, actuals_by_day, actuals_by_person, actuals_by_task
from budget.selectors.amounts import ZERO, total
from budget.selectors.changes import pending_of
from budget.selectors.figure_months import months_of
from budget.selectors.figure_rows import ESTIMATED, FigureRow, Scale, Tally, row_of, settle, unpriced_notes
from budget.selectors.figure_sources import Scoped, Sources, tallies_of
from budget.selectors.frozen import Frozen, baselines_of, frozen_of
from budget.selectors.planned import planned_of
from budget.selectors.reached import reached_today
from budget.selectors.rest import orders_of, rest_of
from budget.selectors.tasks import tasks_of
from implement.core.asked import answered_once
from implement.core.money import format_number
from projects.models import Person, Project

NO_TASK, NO_PERSON, NO_ROLE = gettext_noop("No task"), gettext_noop("No person"), gettext_noop("No role")


@dataclass(frozen=True, kw_only=True)
class BudgetFigures:
    """Where the budget stands at the end of a day; the rows of each view add up to `total`."""

    as_of: date
    measure: str
    currency: str
    total: FigureRow
    notes: tuple[str, ...]
    sources: Sources

    @cached_property
    def by_task(self) -> tuple[FigureRow, ...]:
        """Return the tree of the plan; like the other views it is worked out when somebody looks."""
        return _by_task(self.sources, self.sources.scale)

    @cached_property
    def by_person(self) -> tuple[FigureRow, ...]:
        """Return a row for each person."""
        return _by_person(self.sources, self.sources.scale)

    @cached_property
    def by_role(self) -> tuple[FigureRow, ...]:
        """Return a row for each role in the firm; what people booked counts for the role that they have today."""
        return _by_role(self.sources, self.sources.scale)

    @cached_property
    def by_category(self) -> tuple[FigureRow, ...]:
        """Return a row for each category that has something."""
        return _by_category(self.sources, self.sources.scale)

    @cached_property
    def by_month(self) -> tuple[FigureRow, ...]:
        """Return a row for each month, and one for what has no date."""
        return months_of(self.sources, self.sources.scale)

    @property
    def unit(self) -> str:
        """Return what the amounts are counted in: a currency code, or h."""
        return "h" if self.measure == Measure.HOURS else self.currency


@answered_once
def budget_figures(*, project: Project, as_of: date, measure: str = Measure.HOURS) -> BudgetFigures:
    """Return budget against actual at the end of a day; a fixed number of queries for any number of rows.

    Estimate to complete: as somebody estimated it, else the budget of the work that is not physically done, so
    the rest is assumed to go to plan. Labour that has no task is assumed to be used evenly over the project's
    working time, purchases that have none in full; contingency not at all. Orders have no hours.
    """
    baselines = baselines_of(project=project)
    sources = Sources(
        project=project,
        as_of=as_of,
        measure=measure,
        planned=planned_of(project=project),
        actuals=actuals_by_task(project=project, as_of=as_of),
        by_person=actuals_by_person(project=project, as_of=as_of),
        by_day=actuals_by_day(project=project, as_of=as_of),
        pending=pending_of(project=project),
        tasks=tasks_of(project),
        reached=reached_today(project=project, as_of=as_of, measure=measure),
        rest=rest_of(project=project, as_of=as_of, measure=measure),
        orders=[] if measure == Measure.HOURS else orders_of(project=project, as_of=as_of),
        original=frozen_of(project=project, baseline=baselines[0]) if baselines else Frozen(),
    )
    (whole,) = tallies_of(sources, lambda row: None).values() or [Tally()]
    settle([whole], sources.scale)
    is_known = measure == Measure.HOURS or not sources.original.unpriced
    if whole.original is None and baselines and is_known:
        # A baseline of nothing is a budget of nothing.
        whole.original = ZERO
    return BudgetFigures(
        as_of=as_of,
        measure=measure,
        currency=project.currency,
        total=row_of(whole, sources.scale, key="total", label=_("Project"), is_rollup=True),
        notes=_notes(sources),
        sources=sources,
    )


def figures_known(*, project: Project, as_of: date) -> BudgetFigures:
    """Return the figures in money, or in hours where no money is planned."""
    figures = budget_figures(project=project, as_of=as_of, measure=Measure.COST)
    if figures.total.current is not None:
        return figures
    return budget_figures(project=project, as_of=as_of, measure=Measure.HOURS)


def _by_task(sources: Sources, scale: Scale) -> tuple[FigureRow, ...]:
    """Return the tree with summaries rolled up; what is booked on a summary itself has a row of its own."""
    own = tallies_of(sources, lambda row: row.task_id)
    own = {task_id: tally for task_id, tally in own.items() if not tally.is_empty}
    settle(list(own.values()), scale)
    rolled: dict[int | None, Tally] = {}
    live = [task for task in sources.tasks.values() if task.deleted_at is None]
    for task in reversed(live):
        tally = rolled.setdefault(task.pk, Tally())
        if task.pk in own:
            tally.join(own[task.pk])
        if task.parent_id:
            rolled.setdefault(task.parent_id, Tally()).join(tally)
    rows: list[FigureRow] = []
    for task in live:
        if task.is_milestone and rolled[task.pk].is_empty:
            continue
        rows.append(
            row_of(
                rolled[task.pk],
                scale,
                physical=None if task.is_milestone else sources.reached.tasks.get(task.pk),
                key=f"task-{task.pk}",
                label=str(task),
                level=task.level,
                is_rollup=task.is_summary,
                task_id=task.pk,
            )
        )
        if task.is_summary and task.pk in own:
            rows.append(
                row_of(
                    own[task.pk],
                    scale,
                    key=f"own-{task.pk}",
                    label=_("On the summary itself"),
                    level=task.level + 1,
                    task_id=task.pk,
                )
            )
    for task in sources.tasks.values():
        if task.deleted_at is not None and task.pk in own:
            label = _("{task} (in the trash)").format(task=task)
            rows.append(row_of(own[task.pk], scale, key=f"task-{task.pk}", label=label, task_id=task.pk))
    if None in own:
        rows.append(row_of(own[None], scale, key="task-none", label=_(NO_TASK)))
    return tuple(rows)


def _by_person(sources: Sources, scale: Scale) -> tuple[FigureRow, ...]:
    found = tallies_of(sources, lambda row: row.person_id, sources.by_person)
    tallies = {key: tally for key, tally in found.items() if not tally.is_empty}
    settle(list(tallies.values()), scale)
    names = dict(Person.objects.filter(pk__in=[key for key in tallies if key]).values_list("pk", "name"))
    ordered = sorted(tallies, key=lambda key: (key is None, names.get(key, "").casefold(), key or 0))
    return tuple(
        row_of(
            tallies[key],
            scale,
            key=f"person-{key or 'none'}",
            label=names.get(key, _(NO_PERSON)),
            person_id=key,
        )
        for key in ordered
    )


def _by_role(sources: Sources, scale: Scale) -> tuple[FigureRow, ...]:
    people = {row.person_id for row in sources.by_person if row.person_id}
    roles = dict(Person.objects.filter(pk__in=people).values_list("pk", "job_role"))

    def role_of(row: Scoped) -> str:
        return roles.get(row.person_id or 0, "") if isinstance(row, Actual) else row.job_role

    found = tallies_of(sources, role_of, sources.by_person)
    tallies = {key: tally for key, tally in found.items() if not tally.is_empty}
    settle(list(tallies.values()), scale)
    ordered = sorted(tallies, key=lambda role: (not role, role.casefold()))
    return tuple(
        row_of(tallies[role], scale, key=f"role-{role}", label=role or _(NO_ROLE)) for role in ordered
    )


def _by_category(sources: Sources, scale: Scale) -> tuple[FigureRow, ...]:
    tallies = {k: t for k, t in tallies_of(sources, lambda row: row.category).items() if not t.is_empty}
    settle(list(tallies.values()), scale)
    return tuple(
        row_of(tallies[category], scale, key=f"category-{category}", label=str(label), category=category)
        for category, label in Category.choices
        if category in tallies
    )


def _notes(sources: Sources) -> tuple[str, ...]:
    """Return what a reader must know before trusting the figures."""
    notes: list[str] = []
    if sources.measure != Measure.HOURS:
        notes.extend(unpriced_notes(sources.planned, sources.actuals))
    if sources.original.baseline_id is None:
        notes.append(_("No baseline has been taken, so the original budget is n/a."))
    notes.extend(_uncontrolled(sources))
    notes.extend(_estimated(sources))
    if sources.reached.is_estimated:
        notes.append(_(ESTIMATED))
    return tuple(notes)


def _uncontrolled(sources: Sources) -> list[str]:
    """Return a sentence when today's budget is not the original and the approved changes, but something else."""
    if sources.original.baseline_id is None:
        return []
    original = total(piece.amount(sources.measure) for piece in sources.original.pieces) or ZERO
    current = total(piece.amount(sources.measure) for piece in sources.planned) or ZERO
    changes = (
        total(piece.amount(sources.measure) for piece in sources.planned if piece.is_change or piece.reserve)
        or ZERO
    )
    other = current - original - changes
    if not other:
        return []
    unit = "h" if sources.measure == Measure.HOURS else sources.project.currency
    amount = f"{format_number(abs(sources.scale(other) or ZERO))} {unit}"
    words = (
        _(
            "The budget is {amount} above the original with its approved changes: that came without a change request."
        )
        if other > 0
        else _(
            "The budget is {amount} below the original with its approved changes: that came without a change request."
        )
    )
    return [words.format(amount=amount)]


def _estimated(sources: Sources) -> list[str]:
    """Return a sentence when some of the rest is as people estimated it."""
    typed = {rest.task_id for rest in sources.rest if rest.is_typed}
    if not typed:
        return []
    words = ngettext(
        "What remains of {count} task is as it was estimated; the rest is assumed to go to plan.",
        "What remains of {count} tasks is as it was estimated; the rest is assumed to go to plan.",
        len(typed),
    )
    return [words.format(count=len(typed))]
