"""Earned value in words, and its curve drawn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from budget.evm import EarnedSchedule
from budget.presenting.words import (
    amount_text,
    cents_text,
    index_tone,
    number_of,
    percent_text,
    ratio_text,
    sign_tone,
    text_of,
    tile,
)
from budget.selectors import EarnedFigures, SCurve
from budget.selectors.earned_rows import EarnedRow
from budget.selectors.forecast import Forecast
from implement.core import charts
from implement.core.money import day_text, format_number, not_available

# name of the figure, short label
EARNED_TILES = (
    ("bac", "BAC"),
    ("pv", "PV"),
    ("ev", "EV"),
    ("ac", "AC"),
    ("cv", "CV"),
    ("sv", "SV"),
    ("cpi", "CPI"),
    ("spi", "SPI"),
    ("eac", "EAC"),
    ("etc", "ETC"),
    ("vac", "VAC"),
    ("tcpi_bac", "TCPI"),
    ("tcpi_eac", "TCPI(EAC)"),
)


BRIEF_TIMES = {"spi_t"}


BRIEF = {"bac", "ev", "ac", "cpi", "spi", "eac", "vac"}


def explanation_of(figures: EarnedFigures, name: str) -> str:
    """Return formula, inputs, date, baseline and assumption of one figure in a line of words."""
    said = figures.value.explain(name)
    inputs = ", ".join(f"{symbol} {input_text(symbol, value, figures.unit)}" for symbol, value in said.inputs)
    parts = [f"{_(said.label)} = {_(said.formula)}"]
    if inputs:
        parts.append(inputs)
    if name in {"eac", "etc", "vac"}:
        parts.append(_("Assumption: {name}").format(name=_(figures.value.assumption.label)))
    if said.note:
        parts.append(figures.reason or _(said.note))
    if figures.baseline is not None and name not in {"ac"}:
        used = figures.baseline
        words = _("Baseline {number} of {day}")
        parts.append(words.format(number=used.number, day=day_text(used.taken_on)))
    parts.append(_("As of {date}").format(date=day_text(figures.as_of)))
    return ". ".join(part.rstrip(".") for part in parts) + "."


def input_text(symbol: str, value: Decimal | None, unit: str) -> str:
    """Return what goes into a formula: an index with three digits, else an amount."""
    if symbol in {"CPI", "SPI"}:
        return format_number(value, digits=3)
    return amount_text(value, unit)


def earned_tiles(figures: EarnedFigures, *, brief: bool = False) -> list[dict[str, Any]]:
    """Return the figures of earned value as tiles; `brief`: those that a manager asks first."""
    tiles = []
    limits = {"cpi": figures.limits, "spi": figures.schedule_limits}
    for name, short in EARNED_TILES:
        if brief and name not in BRIEF:
            continue
        said = figures.value.explain(name)
        value = said.value
        is_index = said.unit == "index"
        text = format_number(value) if is_index else amount_text(value, figures.unit, digits=0)
        tone = index_tone(value, limits[name]) if name in limits else ""
        if name in {"cv", "sv", "vac"}:
            tone = sign_tone(value)
        if name == "tcpi_bac" and figures.value.tcpi_attainable is False:
            text, tone = _("not attainable"), "trouble"
        tiles.append(
            tile(
                name,
                short,
                text,
                explanation=explanation_of(figures, name),
                tone=tone,
                note=_note(figures, name, _(said.label)),
                amount=text_of(value),
            )
        )
    if brief:
        return [*tiles, *(item for item in time_tiles(figures) if item["key"] in BRIEF_TIMES)]
    return [*tiles, _done_tile(figures)]


def _note(figures: EarnedFigures, name: str, label: str) -> str:
    """Return what a figure is; of the estimate at completion, which of the several it is."""
    return f"{label}: {_(figures.value.assumption.label)}" if name == "eac" else label


def _done_tile(figures: EarnedFigures) -> dict[str, Any]:
    """Return the share of the budget that is earned."""
    ev, bac = figures.value.ev, figures.value.bac
    done = ev / bac if bac and ev is not None else None
    return tile(
        "done",
        _("Done"),
        percent_text(done),
        explanation=f"EV / BAC. {_('As of {date}').format(date=day_text(figures.as_of))}.",
        note=_("Of the budget, earned"),
        amount=text_of(done),
    )


def time_tiles(figures: EarnedFigures) -> list[dict[str, Any]]:
    """Return earned schedule: performance in time, which a late finish keeps below 1."""
    schedule = figures.schedule or EarnedSchedule(es=None, at=None)
    said = _("As of {date}, in weeks from {start}").format(
        date=day_text(figures.as_of), start=day_text(figures.starts_on)
    )
    inputs = f"ES {format_number(schedule.es)}, AT {format_number(schedule.at)}"
    planned = _("PD {count} weeks").format(count=format_number(figures.planned_weeks, digits=0))
    return [
        tile(
            "sv_t",
            "SV(t)",
            _weeks(schedule.sv_t),
            explanation=f"{_('Earned schedule − actual time = ES − AT')}. {inputs}. {said}.",
            tone=sign_tone(schedule.sv_t),
            note=_("Ahead or behind, in time"),
            amount=text_of(schedule.sv_t),
        ),
        tile(
            "spi_t",
            "SPI(t)",
            format_number(schedule.spi_t),
            explanation=f"{_('Earned schedule / actual time = ES / AT')}. {inputs}. {said}.",
            tone=index_tone(schedule.spi_t, figures.schedule_limits),
            note=_("Pace in time"),
            amount=text_of(schedule.spi_t),
        ),
        tile(
            "planned_weeks",
            _("Planned duration"),
            _weeks(figures.planned_weeks),
            explanation=f"{_('From start to finish of the baseline, in weeks')}. {inputs}. {said}.",
            note="PD",
            amount=text_of(figures.planned_weeks),
        ),
        tile(
            "finish",
            _("Finish at this pace"),
            day_text(figures.finishes_on),
            explanation=f"{_('Start + planned duration / SPI(t), in working time')}. {planned}, {inputs}. {said}.",
            note=_("Forecast from earned schedule"),
            amount=figures.finishes_on.isoformat() if figures.finishes_on else None,
        ),
    ]


def _weeks(count: Decimal | None) -> str:
    return (
        not_available() if count is None else _("{count} weeks").format(count=format_number(count, digits=1))
    )


def earned_data(rows: Iterable[EarnedRow]) -> list[dict[str, Any]]:
    """Return earned value rows as plain JSON."""
    return [
        {
            "key": row.key,
            "name": row.label,
            "level": row.level,
            "is_rollup": row.is_rollup,
            "task": row.task_id,
            "person": row.person_id,
            **{name: cents_text(getattr(row, name)) for name in ("bac", "pv", "ev", "ac")},
            **{name: cents_text(getattr(row.value, name)) for name in ("cv", "sv")},
            **{name: ratio_text(getattr(row.value, name)) for name in ("cpi", "spi")},
            "physical": ratio_text(row.physical),
        }
        for row in rows
    ]


def curve_data(curve: SCurve, ahead: Forecast | None = None) -> dict[str, Any]:
    """Return an S-curve as plain JSON, with the cone of a forecast."""
    return {
        "as_of": curve.as_of.isoformat(),
        "unit": curve.unit,
        "reason": curve.reason,
        "baseline": curve.baseline.number if curve.baseline else None,
        "bac": cents_text(curve.bac),
        "eac": cents_text(curve.eac),
        "eac_low": cents_text(curve.eac_low),
        "eac_high": cents_text(curve.eac_high),
        "finishes_on": curve.finishes_on.isoformat() if curve.finishes_on else None,
        "points": [
            [point.day.isoformat(), *map(cents_text, (point.pv, point.ev, point.ac))]
            for point in curve.points
        ],
        "fan": [
            [point.day.isoformat(), *map(text_of, (point.low, point.middle, point.high))]
            for point in (ahead.fan if ahead else ())
        ],
    }


def _fan_of(rows: list[list[str]], points: list[charts.CurvePoint]) -> list[charts.FanPoint]:
    """Return the cone; none where it reaches so far that the curve would be squeezed into a corner."""
    fan = [
        charts.FanPoint(
            day=date.fromisoformat(day), low=Decimal(low), middle=Decimal(middle), high=Decimal(high)
        )
        for day, low, middle, high in rows
    ]
    if not fan or not points:
        return []
    first, last = min(point.day for point in points), max(point.day for point in points)
    return fan if fan[-1].day <= last + (last - first) else []


def curve_chart(data: dict[str, Any], *, key: str = "") -> charts.Chart:
    """Return the drawn S-curve of `curve_data`."""
    points = [
        charts.CurvePoint(
            day=date.fromisoformat(day), planned=number_of(pv), earned=number_of(ev), actual=number_of(ac)
        )
        for day, pv, ev, ac in data["points"]
    ]
    eac, finish = number_of(data["eac"]), data["finishes_on"]
    forecast = None
    # A report that was frozen before there was a cone has none.
    fan = _fan_of(data.get("fan") or [], points)
    if fan:
        forecast = charts.Forecast(day=fan[-1].day, amount=fan[-1].middle, fan=fan, name="P50")
    elif eac is not None and finish and points and any(point.actual is not None for point in points):
        day = max(date.fromisoformat(finish), date.fromisoformat(data["as_of"]))
        # A forecast far beyond the plan would squeeze the whole curve into a corner.
        longest = max(point.day for point in points)
        span = longest - min(point.day for point in points)
        if day <= longest + span:
            forecast = charts.Forecast(
                day=day, amount=eac, low=number_of(data["eac_low"]), high=number_of(data["eac_high"])
            )
    return charts.s_curve(
        title=_("Planned, earned and actual"),
        points=points,
        as_of=date.fromisoformat(data["as_of"]),
        budget=number_of(data["bac"]),
        forecast=forecast,
        unit=data["unit"],
        key=key,
    )
