"""How healthy a project is, one word per dimension. What is not known is None and never good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from budget.choices import Measure
from budget.evm import health
from budget.models import AlertSettings, BudgetSettings
from budget.selectors.amounts import ONE
from budget.selectors.earned import EarnedFigures, earned_value, settings_of
from budget.selectors.yardstick import plan_of
from implement.core.asked import answered_once
from implement.core.money import format_number
from projects.models import Project
from projects.selectors import milestones_of

RANK = {"trouble": 0, "watch": 1, "good": 2}


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One dimension: `state` is good, watch, trouble or None (n/a), with its reason in a line."""

    key: str
    label: str
    state: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ProjectHealth:
    """All dimensions; `overall` is the worst known one, and good only when every one is known."""

    as_of: date
    overall: str | None
    dimensions: tuple[Dimension, ...]


def measure_for(project: Project, as_of: date) -> str:
    """Return cost when the baseline holds money, else hours."""
    plan = plan_of(project=project, as_of=as_of, measure=Measure.COST)
    return Measure.HOURS if plan.reason else Measure.COST


@answered_once
def project_health(*, project: Project, as_of: date) -> ProjectHealth:
    """Return schedule, budget and milestones at the end of a day."""
    figures = earned_value(project=project, as_of=as_of, measure=measure_for(project, as_of))
    settings = settings_of(project)
    dimensions = (
        _schedule(figures),
        _budget(figures, settings),
        _milestones(project, as_of),
    )
    known = [dimension.state for dimension in dimensions if dimension.state]
    worst = min(known, key=lambda state: RANK[state], default=None)
    overall = None if worst == "good" and len(known) < len(dimensions) else worst
    return ProjectHealth(as_of=as_of, overall=overall, dimensions=dimensions)


def _schedule(figures: EarnedFigures) -> Dimension:
    index = figures.value.spi
    reason = (
        f"SPI {format_number(index)}" if index is not None else figures.reason or _("Nothing was due yet.")
    )
    state = health(cpi=index, spi=index, limits=figures.schedule_limits)
    return Dimension(key="schedule", label=_("Schedule"), state=state, reason=reason)


def _budget(figures: EarnedFigures, settings: BudgetSettings) -> Dimension:
    value = figures.value
    state: str | None = health(cpi=value.cpi, spi=value.cpi, limits=figures.limits)
    reason = (
        f"CPI {format_number(value.cpi)}"
        if value.cpi is not None
        else figures.reason or _("Nothing was used yet.")
    )
    limit = ONE + settings.overrun_limit / 100
    if value.eac is not None and value.bac is not None and value.bac > 0:
        over = value.eac / value.bac
        if over > limit:
            state = "trouble"
        said = _("expected {share} % of the budget").format(share=format_number(over * 100, digits=0))
        reason += f", {said}"
    if state == "good" and figures.has_gaps:
        state, reason = None, _("Some hours have no cost rate.")
    return Dimension(key="budget", label=_("Budget"), state=state, reason=reason)


def _milestones(project: Project, as_of: date) -> Dimension:
    rows = milestones_of(project=project, as_of=as_of)
    slips = [row.slip_days for row in rows if row.slip_days is not None and row.reached_on is None]
    overdue = [row for row in rows if row.is_overdue]
    if not rows or (not slips and not overdue):
        known = any(row.slip_days is not None for row in rows)
        reason = _("All milestones reached.") if known else _("No milestone has a baseline date.")
        return Dimension(
            key="milestones", label=_("Milestones"), state="good" if known else None, reason=reason
        )
    late = max([*slips, 0])
    lines = AlertSettings.objects.filter(project=project).first() or AlertSettings(project=project)
    is_bad = bool(overdue) or late > lines.slip_trouble_days
    state = "trouble" if is_bad else "watch" if late > lines.slip_watch_days else "good"
    words = (
        ngettext("{days} working day late at most", "{days} working days late at most", late).format(
            days=late
        )
        if late > 0
        else _("On their baseline dates")
    )
    reason = _("{count} overdue").format(count=len(overdue)) if overdue else words
    return Dimension(key="milestones", label=_("Milestones"), state=state, reason=reason)
