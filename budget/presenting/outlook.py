"""Where a project may end, in words: the forecast cone, the estimates side by side, the indices over time.

Plain JSON values, shared by page, panels, reports and API.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from budget.evm import EacAssumption
from budget.evm.cone import LEAST, SHARED, SIZES
from budget.models import BudgetSettings
from budget.presenting.earned import explanation_of, input_text
from budget.presenting.words import amount_text, number_of, percent_text, ratio_text, sign_tone, text_of, tile
from budget.selectors import EarnedFigures
from budget.selectors.forecast import EXPERIENCE, Forecast
from budget.selectors.trend import TrendPoint
from implement.core import charts
from implement.core.money import day_text, format_number, not_available

Data = dict[str, Any]
LIKELY, UNLIKELY = Decimal("0.8"), Decimal("0.5")
WHY_SPI_RETURNS = noop(
    "SPI compares money: when all work is done at last, everything planned is earned and SPI is 1 again, however late. "
    "SPI(t) compares time and stays where the delay has put it."
)


def forecast_data(found: Forecast) -> Data:
    """Return a forecast as plain JSON: amounts as exact text, shares 0 to 1."""
    learned = found.learned
    return {
        "as_of": found.as_of.isoformat(),
        "unit": found.unit,
        "reason": found.reason,
        "basis": found.basis,
        "bac": text_of(found.bac),
        "agreed_on": found.agreed_on.isoformat() if found.agreed_on else None,
        "within_budget": text_of(found.within_budget),
        "in_time": text_of(found.in_time),
        "levels": [
            {
                "percent": level.percent,
                "cost": text_of(level.cost),
                "finishes_on": level.finishes_on.isoformat() if level.finishes_on else None,
            }
            for level in found.levels
        ],
        "runs": found.runs,
        "learned_on": learned.day.isoformat() if learned else None,
        "projects": learned.projects if learned else 0,
        "tasks": learned.bands.whole.count if learned else 0,
        "bands": [
            {"count": band.count, "median": f"{band.ratios[50]:.2f}" if band.ratios else None}
            for band in (learned.bands.sizes if learned else ())
        ],
    }


def chance_tone(share: Decimal | None) -> str:
    """Return the tone of a probability: less likely than not is trouble."""
    if share is None:
        return ""
    return "good" if share >= LIKELY else "watch" if share >= UNLIKELY else "trouble"


def _day(text: str | None) -> str:
    return day_text(date.fromisoformat(text)) if text else not_available()


def forecast_tiles(data: Data) -> list[Data]:
    """Return the spread as tiles: what four of five runs keep to, and how likely budget and date are kept."""
    if data["reason"]:
        return []
    level = next(row for row in data["levels"] if row["percent"] == 80)
    middle = next(row for row in data["levels"] if row["percent"] == 50)
    within, in_time = number_of(data["within_budget"]), number_of(data["in_time"])
    basis = basis_words(data)
    unit = data["unit"]
    most = _("In 80 of 100 runs it costs no more.")
    latest = _("In 80 of 100 runs it ends no later.")
    half = _("P50 {amount}")
    return [
        tile(
            "cost_p80",
            _("Final cost, P80"),
            amount_text(number_of(level["cost"]), unit, digits=0),
            explanation=f"{most} {basis}",
            note=half.format(amount=amount_text(number_of(middle["cost"]), unit, digits=0)),
            amount=level["cost"],
        ),
        tile(
            "finish_p80",
            _("Finish, P80"),
            _day(level["finishes_on"]),
            explanation=f"{latest} {basis}",
            note=half.format(amount=_day(middle["finishes_on"])),
            amount=level["finishes_on"],
        ),
        tile(
            "within_budget",
            _("Chance to keep the budget"),
            percent_text(within),
            explanation=_("Share of the runs whose final cost is not above BAC.") + f" {basis}",
            tone=chance_tone(within),
            note=_("BAC {amount}").format(amount=amount_text(number_of(data["bac"]), unit, digits=0)),
            amount=data["within_budget"],
        ),
        tile(
            "in_time",
            _("Chance to keep the date"),
            percent_text(in_time),
            explanation=_("Share of the runs that end by the agreed finish.") + f" {basis}",
            tone=chance_tone(in_time),
            note=_("Agreed {day}").format(day=_day(data["agreed_on"])),
            amount=data["in_time"],
        ),
    ]


def basis_words(data: Data) -> str:
    """Return in a sentence or two what a forecast was drawn from."""
    if data["basis"] == EXPERIENCE:
        said = ngettext(
            "Drawn from what {count} finished task took against its estimate, by size, up to {day}.",
            "Drawn from what {count} finished tasks of the firm took against their estimates, by size, up to {day}.",
            data["tasks"],
        ).format(count=format_number(Decimal(data["tasks"]), digits=0), day=_day(data["learned_on"]))
    else:
        said = _(
            "Drawn from a triangle over the three computed estimates, for the firm has only {count} finished tasks "
            "with hours ({least} are needed)."
        ).format(count=data["tasks"], least=LEAST)
    runs = _("{runs} runs, as of {date}.").format(
        runs=format_number(Decimal(data["runs"]), digits=0), date=_day(data["as_of"])
    )
    return f"{said} {runs}"


def assumption_words(data: Data) -> list[str]:
    """Return what the forecast assumes, a sentence each."""
    if data["reason"]:
        return [data["reason"]]
    words = [basis_words(data)]
    if data["basis"] == EXPERIENCE:
        words.append(
            _(
                "Only work that remains is stretched; tasks of one project go well or badly together "
                "(correlation {shared})."
            ).format(shared=format_number(Decimal(str(SHARED)), digits=1))
        )
        words.append(
            _(
                "Time stretches with the critical tasks, as the same people do them; level of effort lasts as long as "
                "the rest."
            )
        )
        thin = [
            name for name, band in zip(size_names(), data["bands"], strict=False) if band["count"] < LEAST
        ]
        if thin:
            words.append(
                _(
                    "Too few finished tasks of a size ({sizes}): those are drawn from all sizes together."
                ).format(sizes=", ".join(thin))
            )
    return words


def size_names() -> list[str]:
    """Return the bands of size in words."""
    limits = [format_number(Decimal(str(size)), digits=0) for size in SIZES]
    first = _("up to {to} h").format(to=limits[0])
    between = [_("{start} to {to} h").format(start=start, to=to) for start, to in pairwise(limits)]
    return [first, *between, _("over {start} h").format(start=limits[-1])]


def forecast_lines(data: Data) -> list[Data]:
    """Return the levels in words, as a table shows them."""
    bac, unit = number_of(data["bac"]), data["unit"]
    lines = []
    for row in data["levels"]:
        cost = number_of(row["cost"])
        over = None if cost is None or bac is None else bac - cost
        lines.append(
            {
                "name": f"P{row['percent']}",
                "words": _("{percent} of 100").format(percent=row["percent"]),
                "cost": amount_text(cost, unit, digits=0),
                "variance": amount_text(over, unit, digits=0),
                "tone": sign_tone(over),
                "finish": _day(row["finishes_on"]),
            }
        )
    return lines


def assumption_rows(figures: EarnedFigures) -> list[Data]:
    """Return the estimate at completion under each assumption, by its name; the project's own is marked."""
    found = []
    for assumption in EacAssumption:
        value = figures.assuming(assumption)
        said = value.explain("eac")
        inputs = ", ".join(
            f"{symbol} {input_text(symbol, amount, figures.unit)}" for symbol, amount in said.inputs
        )
        found.append(
            {
                "key": assumption.value,
                "label": _(assumption.label),
                "formula": _(said.formula),
                "inputs": inputs,
                "is_chosen": assumption == figures.value.assumption,
                "eac": amount_text(value.eac, figures.unit),
                "etc": amount_text(value.etc, figures.unit),
                "vac": amount_text(value.vac, figures.unit),
                "tone": sign_tone(value.vac),
                "tcpi": format_number(value.tcpi_eac),
            }
        )
    return found


def tcpi_words(figures: EarnedFigures) -> str:
    """Return the to-complete index on the budget, or that no efficiency reaches it."""
    if figures.value.tcpi_attainable is False:
        return _("not attainable")
    return format_number(figures.value.tcpi_bac)


def tcpi_explanation(figures: EarnedFigures) -> str:
    """Return how it came about."""
    return explanation_of(figures, "tcpi_bac")


def trend_data(points: Sequence[TrendPoint], *, as_of: date, settings: BudgetSettings) -> Data:
    """Return the indices over time, and the warning lines of CPI and SPI, as plain JSON."""
    return {
        "as_of": as_of.isoformat(),
        "limit": text_of(settings.index_limit),
        "schedule_limit": text_of(settings.schedule_limit),
        "points": trend_points(points),
    }


def trend_points(points: Sequence[TrendPoint]) -> list[list[str | None]]:
    """Return [day, CPI, SPI, SPI(t), SV(t) in weeks] of each point."""
    return [
        [point.day.isoformat(), *map(ratio_text, (point.cpi, point.spi, point.spi_t, point.sv_t))]
        for point in points
    ]


def trend_chart(data: Data, *, key: str = "") -> charts.Chart:
    """Return the drawn indices of `trend_data`."""
    columns = list(zip(*(row[1:4] for row in data["points"]), strict=True)) or [(), (), ()]
    return charts.index_trend(
        title=_("CPI, SPI and SPI(t) over time"),
        days=[date.fromisoformat(row[0]) for row in data["points"]],
        lines=[
            charts.IndexLine(label=label, values=[number_of(text) for text in column])
            for label, column in zip(("CPI", "SPI", "SPI(t)"), columns, strict=True)
        ],
        # What was frozen while both indices had one line holds only that.
        warnings=[
            number_of(text)
            for text in dict.fromkeys((data["limit"], data.get("schedule_limit", data["limit"])))
        ],
        key=key,
    )
