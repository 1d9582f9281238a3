"""Figures of requirements as tiles and rows, for pages and panels alike."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from implement.core.money import day_text, format_number, hours_of, not_available
from projects.models import Project
from projects.planning import zone_of
from projects.requirements.choices import Priority
from projects.requirements.models import Requirement, SuccessCriterion
from projects.requirements.selectors.figures import (
    Figures,
    Volatility,
    figures_of,
    questions_of,
    share,
    volatility_of,
)
from projects.requirements.selectors.goals import GoalStanding
from projects.requirements.selectors.matrix import Thread
from projects.requirements.selectors.roadmap import Effort

Data = dict[str, Any]


def percent_text(value: Any) -> str:
    """Return a percentage without decimals; never 100 before all of it is."""
    if value is None:
        return not_available()
    return f"{format_number(int(value), digits=0)} %"


def tile(label: str, text: str, explanation: str, *, tone: str = "", note: str = "") -> Data:
    """Return one figure as tiles are drawn."""
    return {"label": label, "text": text, "explanation": explanation, "tone": tone, "note": note}


def tiles_of(*, project: Project, as_of: date) -> list[Data]:
    """Return the figures that say how far the requirements are, for the team; none without a requirement."""
    figures = figures_of(project=project)
    if not figures.total:
        return []
    must = next(row for row in figures.standings if row.priority == Priority.MUST)
    tiles = customer_tiles(figures)
    tiles.insert(
        1,
        tile(
            _("Must, validated"),
            percent_text(share(must.signed, must.total)),
            _("Signed requirements of priority Must / all of priority Must in scope."),
            note=_("{signed} of {total}").format(signed=must.signed, total=must.total),
            tone="good" if must.total and must.signed == must.total else "",
        ),
    )
    tiles.append(
        tile(
            _("Without a criterion"),
            str(figures.untestable),
            _("In scope without any acceptance criterion: they can be neither signed nor tested."),
            tone="watch" if figures.untestable else "",
        )
    )
    volatility, questions = volatility_of(project=project), questions_of(project=project, as_of=as_of)
    tiles.append(
        tile(
            _("Volatility"),
            percent_text(volatility.percent) if volatility else not_available(),
            _("Changed, or out of scope, since the latest baseline / all that is in it."),
            note=_("{changed} changed, {added} new since {baseline}").format(
                changed=volatility.changed, added=volatility.added, baseline=volatility.baseline.name
            )
            if volatility
            else _("No baseline yet"),
        )
    )
    tiles.append(
        tile(
            _("Open questions"),
            str(questions.open),
            _("Questions without an answer; overdue: the day on which it was needed is past."),
            note=_("{count} overdue").format(count=questions.late) if questions.late else "",
            tone="watch" if questions.late else "",
        )
    )
    return tiles


def customer_tiles(figures: Figures, volatility: Volatility | None = None) -> list[Data]:
    """Return the figures that the customer reads, too; how much changed once there is a baseline to compare with."""
    count = figures.total
    tiles = [
        tile(
            _("Validated"),
            percent_text(figures.signed_percent),
            _("Requirements that the customer has signed as they stand / all in scope."),
            note=ngettext(
                "{signed} of {count} requirement", "{signed} of {count} requirements", count
            ).format(signed=figures.signed, count=count),
            tone="good" if count and figures.signed == count else "",
        ),
        tile(
            _("Waiting for an answer"),
            str(figures.waiting),
            _("Requirements that the customer has been asked to validate."),
        ),
        tile(
            _("In rework"),
            str(figures.rework),
            _("Changed since they were signed, or not agreed with: to be validated again."),
            tone="watch" if figures.rework else "",
        ),
    ]
    if volatility is not None:
        taken = volatility.baseline
        tiles.append(
            tile(
                _("Volatility"),
                percent_text(volatility.percent),
                _("Changed, or out of scope, since the latest baseline / all that is in it."),
                note=_("{changed} of {count} changed since {day}").format(
                    changed=volatility.changed,
                    count=volatility.baselined,
                    day=day_text(timezone.localtime(taken.at, zone_of(taken.project)).date()),
                ),
            )
        )
    return tiles


def thread_tiles(thread: Thread, *, for_customer: bool = False) -> list[Data]:
    """Return how whole the thread is: a tile a kind, and for the team the requirements with a link in doubt."""
    tiles = [
        tile(
            _(column.end.plural),
            percent_text(column.percent),
            _(
                "Requirements from which something of this kind follows, itself or through another / all in scope."
            ),
            note=_("{covered} of {total}, {done} done").format(
                covered=column.covered, total=column.total, done=column.done
            ),
            tone="good" if column.total and not column.holes else "",
        )
        for column in thread.columns
    ]
    if not for_customer:
        tiles.append(
            tile(
                _("In doubt"),
                str(thread.suspect),
                _("Requirements of which a link, or one below it, was not looked at since an end changed."),
                tone="watch" if thread.suspect else "",
            )
        )
    return tiles


def priority_rows(figures: Figures) -> list[Data]:
    """Return a row per priority that occurs: total, signed, percent."""
    return [
        {
            "label": str(row.priority.label),
            "total": row.total,
            "signed": row.signed,
            "percent": percent_text(share(row.signed, row.total)),
        }
        for row in figures.standings
        if row.total
    ]


def estimate_text(seconds: int | None) -> str | None:
    """Return an estimate in hours."""
    return None if seconds is None else f"{format_number(hours_of(seconds))} h"


def source_of(requirement: Requirement) -> str:
    """Return where a requirement comes from, in words."""
    parts = [
        str(requirement.get_source_kind_display()) if requirement.source_kind else "",
        str(requirement.workshop or ""),
        str(requirement.source_person or ""),
        requirement.source,
    ]
    return " · ".join(part for part in parts if part)


def effort_bar(effort: Effort) -> list[Data]:
    """Return the effort by priority as the pieces of a bar of a thousand: label, hours, where it begins, how wide."""
    total, x, pieces = effort.total, 0, []
    for priority in Priority:
        seconds = effort.by_priority.get(priority, 0)
        if not seconds:
            continue
        width = round(1000 * seconds / total)
        pieces.append(
            {
                "key": str(priority),
                "label": str(priority.label),
                "hours": format_number(hours_of(seconds), digits=0),
                "x": x,
                "width": width,
            }
        )
        x += width
    return pieces


def measured(value: Decimal | None, unit: str = "") -> str:
    """Return a value with its unit, without zeros that say nothing; n/a without one."""
    if value is None:
        return not_available()
    digits = max(0, -int(value.normalize().as_tuple().exponent))
    return f"{format_number(value, digits=digits)} {unit}".strip()


def goal_words(goal: SuccessCriterion) -> Data:
    """Return a goal as both sides read it: from which value to which, until when, and how it is measured."""
    values = [measured(value, goal.unit) for value in (goal.baseline_value, goal.target_value)]
    told = ""
    if goal.target_value is not None:
        told = _("From {today} to {target}").format(today=values[0], target=values[1])
        if goal.baseline_value is None:
            told = _("Target: {target}").format(target=values[1])
    day = _("by {day}").format(day=day_text(goal.due_on)) if goal.due_on else ""
    told = ", ".join(filter(None, (told, day, goal.due_words)))
    return {"title": goal.title, "words": told, "measure": goal.measure, "owner": str(goal.owner or "")}


def goal_tiles(standing: GoalStanding) -> list[Data]:
    """Return how far the requirements are that serve a goal."""
    return [
        tile(
            "Requirements that serve it",
            str(standing.total),
            "In scope: not deferred, rejected or obsolete.",
        ),
        tile(
            "Validated",
            percent_text(standing.signed_percent),
            "Those that the customer has signed as they stand / all that serve it.",
            note=f"{standing.signed} of {standing.total}" if standing.total else "",
            tone="good" if standing.total and standing.signed == standing.total else "",
        ),
        tile(
            "Delivered",
            percent_text(standing.delivered_percent),
            "Those that are implemented, verified or accepted / all that serve it.",
            note=f"{standing.delivered} of {standing.total}" if standing.total else "",
        ),
    ]
