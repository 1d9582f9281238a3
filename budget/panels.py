"""What the budget shows elsewhere, and its place on the rail. Cost stays with those who may see cost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext

from budget.choices import CHANGE_PENDING, CHANGE_SHOWN, ChangeState, Measure, Severity
from budget.contractpanels import CONTRACT_PANELS
from budget.models import Alert
from budget.outlook import (
    WHY_SPI_RETURNS,
    assumption_rows,
    assumption_words,
    forecast_data,
    forecast_lines,
    forecast_tiles,
    trend_chart,
    trend_data,
)
from budget.presenting import (
    FIGURE_COLUMNS,
    HEALTH_WORDS,
    amount_text,
    budget_tiles,
    cell,
    curve_chart,
    curve_data,
    earned_tiles,
    figure_data,
    number_of,
    percent_text,
    shown,
    text_of,
    tile,
)
from budget.selectors import budget_figures, earned_value, s_curve
from budget.selectors.alerts import promptness_of, sentence_of, title_of
from budget.selectors.burn import burn_by_week
from budget.selectors.changes import agreed_changes, changes_of, meant_option, sums_of
from budget.selectors.contracts import original_fees
from budget.selectors.customer import CustomerBudgetFigures, customer_budget
from budget.selectors.earned import earned_parts, settings_of
from budget.selectors.forecast import forecast
from budget.selectors.health import measure_for, project_health
from budget.selectors.rates import RateBook, rates_for
from budget.selectors.trend import index_trend
from implement.core import charts
from implement.core.money import day_text, format_number, not_available
from implement.core.tabular import SheetOut
from projects.choices import CustomerBudget
from projects.kit import panels, places
from projects.kit.panels import CUSTOMER, TEAM, Panel
from projects.models import Project
from projects.planning import end_of_day, zone_of

Data = dict[str, Any]
TOP_LEVEL = 1
MOST_OVER = 12
MOST_ALERTS = 12
MOST_CHANGES = 30
RECENT = (ChangeState.IMPLEMENTED, ChangeState.CLOSED, ChangeState.REJECTED, ChangeState.DEFERRED)
FEES, HOURS_WORD = noop("Fees"), noop("Billable hours")


COLUMN_WORDS = {
    "original": noop("Original"),
    "changes": noop("Approved changes"),
    "released": noop("Released from reserves"),
    "current": noop("Current"),
    "pending": noop("Pending changes"),
    "actual": noop("Actual"),
    "unapproved": noop("Not approved"),
    "committed": noop("Committed"),
    "remaining": noop("Remaining"),
    "etc": "ETC",
    "eac": "EAC",
    "variance": noop("Variance"),
    "consumed": noop("Used %"),
    "physical": noop("Done %"),
}


# --- data: plain JSON, from one selector each ---


def cost_tiles(project: Project, as_of: date) -> Data:
    """Return the budget's total in money, or in hours where no money is planned."""
    figures = budget_figures(project=project, as_of=as_of, measure=Measure.COST)
    if figures.total.current is None:
        figures = budget_figures(project=project, as_of=as_of, measure=Measure.HOURS)
    return {
        "unit": figures.unit,
        "tiles": budget_tiles(figures.total, figures.unit, as_of),
        "notes": list(figures.notes),
    }


def hour_tiles(project: Project, as_of: date) -> Data:
    """Return the budget's total in hours."""
    figures = budget_figures(project=project, as_of=as_of, measure=Measure.HOURS)
    return {
        "unit": "h",
        "tiles": budget_tiles(figures.total, "h", as_of),
        "notes": list(figures.notes),
    }


def _earned(project: Project, as_of: date, measure: str) -> Data:
    figures = earned_value(project=project, as_of=as_of, measure=measure)
    return {
        "unit": figures.unit,
        "reason": figures.reason,
        "baseline": figures.baseline.number if figures.baseline else None,
        "tiles": earned_tiles(figures, brief=True),
        "notes": list(figures.notes),
    }


def earned_cost(project: Project, as_of: date) -> Data:
    """Return earned value in money, or in hours where the baseline holds no money."""
    return _earned(project, as_of, measure_for(project, as_of))


def earned_hours(project: Project, as_of: date) -> Data:
    """Return earned value in hours."""
    return _earned(project, as_of, Measure.HOURS)


def curve_cost(project: Project, as_of: date) -> Data | None:
    """Return the S-curve in money, or in hours where the baseline holds no money; None without a baseline."""
    return _curve(project, as_of, measure_for(project, as_of))


def curve_hours(project: Project, as_of: date) -> Data | None:
    """Return the S-curve in hours; None without a baseline."""
    return _curve(project, as_of, Measure.HOURS)


def _curve(project: Project, as_of: date, measure: str) -> Data | None:
    curve = s_curve(project=project, as_of=as_of, measure=measure)
    if not curve.points:
        return None
    return curve_data(curve, forecast(project=project, as_of=as_of, measure=measure))


def outlook_cost(project: Project, as_of: date) -> Data | None:
    """Return where it may end, in money or, where the baseline holds none, in hours; None without a forecast."""
    return _outlook(project, as_of, measure_for(project, as_of))


def outlook_hours(project: Project, as_of: date) -> Data | None:
    """Return where it may end, in hours; None without a forecast."""
    return _outlook(project, as_of, Measure.HOURS)


def _outlook(project: Project, as_of: date, measure: str) -> Data | None:
    figures = earned_value(project=project, as_of=as_of, measure=measure)
    found = forecast_data(forecast(project=project, as_of=as_of, measure=measure))
    if found["reason"]:
        return None
    rows = assumption_rows(figures)
    return found | {
        "tiles": forecast_tiles(found),
        "lines": forecast_lines(found),
        "words": assumption_words(found),
        "estimates": rows,
    }


def trend_cost(project: Project, as_of: date) -> Data | None:
    """Return the indices over time, in money or, where the baseline holds none, in hours."""
    return _trend(project, as_of, measure_for(project, as_of))


def _trend(project: Project, as_of: date, measure: str) -> Data | None:
    points = index_trend(project=project, as_of=as_of, measure=measure)
    if not points:
        return None
    return trend_data(points, as_of=as_of, limit=settings_of(project).index_limit)


def work_done(project: Project, as_of: date) -> Data | None:
    """Return how much of the work is done and how much was planned by the day, weighed by hours; no amount."""
    parts = earned_parts(project=project, as_of=as_of, measure=Measure.HOURS)
    whole = parts.plan.bac
    if parts.plan.reason or not whole:
        return None
    done, planned = sum(parts.ev.values()) / whole, sum(parts.pv.values()) / whole
    how = _("The tasks of the plan, weighed by their planned hours. As of {date}.").format(
        date=day_text(as_of)
    )
    return {
        "done": text_of(done),
        "planned": text_of(planned),
        "tiles": [
            tile("work_done", _("Work done"), percent_text(done), explanation=how, amount=text_of(done)),
            tile(
                "work_planned",
                _("Planned by now"),
                percent_text(planned),
                explanation=how,
                amount=text_of(planned),
            ),
        ],
    }


def _figures(project: Project, as_of: date) -> Any:
    figures = budget_figures(project=project, as_of=as_of, measure=Measure.COST)
    if figures.total.current is None:
        figures = budget_figures(project=project, as_of=as_of, measure=Measure.HOURS)
    return figures


def by_task(project: Project, as_of: date) -> Data | None:
    """Return the top level of the plan, and the tasks below that are or will be over their budget."""
    figures = _figures(project, as_of)
    top = [row for row in figures.by_task if row.level == TOP_LEVEL and (row.current or row.actual)]
    over = [row for row in figures.by_task if row.level > TOP_LEVEL and not row.is_rollup and row.is_over]
    over.sort(key=lambda row: (row.variance is None, row.variance))
    if not top:
        return None
    return {
        "unit": figures.unit,
        "rows": figure_data(top),
        "total": figure_data([figures.total])[0],
        "over": figure_data(over[:MOST_OVER]),
        "over_count": len(over),
    }


def by_person(project: Project, as_of: date) -> Data | None:
    """Return budget against actual by person."""
    figures = _figures(project, as_of)
    if not figures.by_person:
        return None
    return {
        "unit": figures.unit,
        "rows": figure_data(figures.by_person),
        "total": figure_data([figures.total])[0],
        "over": [],
        "over_count": 0,
    }


def burn(project: Project, as_of: date) -> Data | None:
    """Return planned and worked hours per week."""
    weeks = burn_by_week(project=project, as_of=as_of)
    if not weeks:
        return None
    return {
        "as_of": as_of.isoformat(),
        "weeks": [[week.monday.isoformat(), text_of(week.planned), text_of(week.actual)] for week in weeks],
    }


def health_panel(project: Project, as_of: date) -> Data:
    """Return the verdict per dimension; `health` is what a report's cover says, None for n/a."""
    found = project_health(project=project, as_of=as_of)
    health = None
    if found.overall:
        label, tone = HEALTH_WORDS[found.overall]
        worst = next(item for item in found.dimensions if item.state == found.overall)
        health = {"label": _(label), "tone": tone, "reason": f"{worst.label}: {worst.reason}."}
    return {
        "health": health,
        "rows": [
            {
                "name": item.label,
                "state": item.state,
                "words": _(HEALTH_WORDS[item.state][0]) if item.state else not_available(),
                "tone": HEALTH_WORDS[item.state][1] if item.state else "quiet",
                "reason": item.reason,
            }
            for item in found.dimensions
        ],
    }


def customer_panel(project: Project, as_of: date) -> Data | None:
    """Return agreed, used and in approval in the form the contract shows; None when it shows none."""
    figures = customer_budget(project=project, as_of=as_of)
    if figures is None:
        return None
    unit = figures.unit
    return {
        "form": figures.form,
        "unit": unit,
        "original": text_of(figures.original),
        "changes": text_of(figures.changes),
        "pending": text_of(figures.pending),
        "agreed": text_of(figures.agreed),
        "used": text_of(figures.used),
        "in_approval": text_of(figures.in_approval),
        "share": text_of(figures.share),
        "is_fixed": figures.is_fixed,
        "tiles": customer_tiles(figures),
    }


def customer_tiles(figures: CustomerBudgetFigures) -> list[Data]:
    """Return what is agreed and used as tiles: by work done, or by milestones where the price is fixed."""
    unit = figures.unit
    share = _("{share} of what is agreed").format(share=percent_text(figures.share))
    agreed = tile(
        "agreed",
        _("Agreed"),
        amount_text(figures.agreed, unit),
        note=_agreed_words(figures),
        explanation=_("The contract and the changes that you have approved."),
    )
    if figures.is_fixed:
        return [
            agreed,
            tile("used", _("Accepted"), amount_text(figures.used, unit), note=share),
            tile(
                "in_approval",
                _("Waits for your acceptance"),
                amount_text(figures.in_approval, unit),
                note=_("Done, and not due before it is accepted"),
            ),
            tile("remaining", _("Still to come"), amount_text(figures.remaining, unit)),
        ]
    over = _("{amount} beyond the agreed limit is not billed").format(amount=amount_text(figures.over, unit))
    return [
        agreed,
        tile("used", _("Used"), amount_text(figures.used, unit), note=over if figures.over else share),
        tile(
            "in_approval",
            _("In approval"),
            amount_text(figures.in_approval, unit),
            note=_("Not in “used” yet"),
        ),
        tile("remaining", _("Remaining"), amount_text(figures.remaining, unit)),
    ]


def _agreed_words(figures: CustomerBudgetFigures) -> str:
    """Return in which form it is agreed, and how much of it are changes."""
    if not figures.changes:
        return _form_words(figures.form)
    words = _("{form}: {original} + changes {changes}")
    return words.format(
        form=_form_words(figures.form),
        original=amount_text(figures.original, figures.unit),
        changes=amount_text(figures.changes, figures.unit),
    )


def _form_words(form: str) -> str:
    return _(HOURS_WORD if form == "hours" else FEES)


def hours_words(spread: tuple[Decimal, Decimal] | None) -> tuple[str, str]:
    """Return the median in words, and the worst as a note; a day or more is said in days."""

    def said(hours: Decimal) -> str:
        if hours >= 48:
            return _("{count} days").format(count=format_number(hours / 24, digits=1))
        return _("{count} h").format(count=format_number(hours, digits=1))

    if spread is None:
        return not_available(), ""
    return said(spread[0]), _("At worst {span}").format(span=said(spread[1]))


def promptness_tiles(project: Project, as_of: date, *, needs_cost: bool) -> list[Data]:
    """Return how promptly alerts are dealt with, as tiles."""
    found = promptness_of(project=project, as_of=as_of, needs_cost=needs_cost)
    over = _("Alerts first seen in the {days} days up to {day}: {count}.").format(
        days=found.days, day=day_text(as_of), count=found.count
    )
    tiles = []
    for key, label, spread, words in (
        (
            "acknowledged",
            _("Until acknowledged"),
            found.acknowledged,
            _("Median time from first seen to acknowledged."),
        ),
        (
            "planned",
            _("Until an action"),
            found.planned,
            _("Median time from first seen to a planned action."),
        ),
        ("closed", _("Until closed"), found.closed, _("Median time from first seen to cleared or resolved.")),
    ):
        text, note = hours_words(spread)
        tiles.append(tile(key, label, text, explanation=f"{words} {over}", note=note))
    share = _(
        "Share that had an action, or was gone, within {hours} hours; of those for which that time is over."
    )
    tiles.append(
        tile(
            "in_time",
            _("Dealt with in time"),
            percent_text(found.in_time),
            explanation=f"{share.format(hours=found.target)} {over}",
            note=_("Within {hours} hours").format(hours=found.target),
            amount=text_of(found.in_time),
        )
    )
    return tiles


def _alerts(project: Project, as_of: date, *, needs_cost: bool) -> Data | None:
    end = end_of_day(project, as_of)
    rows = (
        Alert.objects.filter(project=project, first_seen__lt=end)
        .filter(Q(closed_at=None) | Q(closed_at__gte=end))
        .select_related("task", "person", "owner")
        .order_by("severity", "first_seen", "pk")
    )
    if not needs_cost:
        rows = rows.filter(needs_cost=False)
    tiles = promptness_tiles(project, as_of, needs_cost=needs_cost)
    found = list(rows)
    if not found and all(one["text"] == not_available() for one in tiles):
        return None
    return {
        "tiles": tiles,
        "count": len(found),
        "rows": [
            {
                "title": title_of(alert),
                "found": sentence_of(alert),
                "severity": str(alert.get_severity_display()),
                "tone": Severity(alert.severity).tone,
                "since": alert.first_seen.astimezone(zone_of(project)).date().isoformat(),
                "state": str(alert.get_state_display()),
                "owner": alert.owner.name if alert.owner else "",
                "action": alert.action,
                "due_on": alert.due_on.isoformat() if alert.due_on else None,
            }
            for alert in found[:MOST_ALERTS]
        ],
    }


def alerts_panel(project: Project, as_of: date) -> Data | None:
    """Return the open alerts, the worst first, and how promptly they are dealt with; None without any."""
    return _alerts(project, as_of, needs_cost=True)


def alerts_plain_panel(project: Project, as_of: date) -> Data | None:
    """Return the same without what is about cost."""
    return _alerts(project, as_of, needs_cost=False)


def change_tiles(project: Project, *, only_shown: bool) -> list[Data]:
    """Return original + approved changes = agreed, and pending apart, in the project's currency."""
    found = agreed_changes(project=project, only_shown=only_shown)
    original = original_fees(project=project)
    unit = project.currency

    def many(count: int) -> str:
        return ngettext("{count} change request", "{count} change requests", count).format(count=count)

    return [
        tile("original", _("Original"), amount_text(original, unit), note=_("The fees of the contract")),
        tile(
            "approved",
            _("Approved changes"),
            amount_text(found.price, unit),
            note=many(found.count),
            explanation=_("The price of what the customer has approved."),
            amount=text_of(found.price),
        ),
        tile(
            "agreed_now",
            _("Agreed now"),
            amount_text(None if original is None else original + found.price, unit),
            explanation=_("Original + approved changes."),
        ),
        tile(
            "pending",
            _("Pending changes"),
            amount_text(found.pending_price, unit),
            note=many(found.pending_count),
            explanation=_("The price of what is not decided yet; in no other figure."),
            amount=text_of(found.pending_price),
        ),
    ]


def _change_rows(project: Project, *, only_shown: bool, with_price: bool) -> list[Data]:
    states = CHANGE_SHOWN if only_shown else (*CHANGE_PENDING, *RECENT)
    rows = [change for change in changes_of(project=project) if change.status in states][:MOST_CHANGES]
    book = rates_for(project=project) if rows else RateBook(currency=project.currency)
    found = []
    for change in rows:
        sums = sums_of(change, meant_option(change), book)
        found.append(
            {
                "key": change.key,
                "title": change.title,
                "state": str(change.get_status_display()),
                "tone": ChangeState(change.status).tone,
                "price": text_of(sums.price) if with_price else None,
                "days": sums.days,
            }
        )
    return found


def changes_panel(project: Project, as_of: date) -> Data | None:
    """Return the changes that are pending or agreed, with what they do to the agreed fees; None without any."""
    rows = _change_rows(project, only_shown=False, with_price=True)
    if not rows:
        return None
    return {"unit": project.currency, "tiles": change_tiles(project, only_shown=False), "rows": rows}


def customer_changes_panel(project: Project, as_of: date) -> Data | None:
    """Return the changes that the customer was asked about; the price where the contract shows fees."""
    with_price = project.customer_budget == CustomerBudget.FEES
    rows = _change_rows(project, only_shown=True, with_price=with_price)
    if not rows:
        return None
    tiles = change_tiles(project, only_shown=True) if with_price else []
    return {"unit": project.currency, "tiles": tiles, "rows": rows}


def present_changes(data: Data) -> Data:
    """Return the changes with price and effect in words."""
    unit = data["unit"]
    rows = [
        row
        | {
            "price_text": amount_text(number_of(row["price"]), unit),
            "days_text": not_available() if row["days"] is None else format_number(row["days"], digits=0),
        }
        for row in data["rows"]
    ]
    return shown(data | {"rows": rows, "with_price": any(row["price"] is not None for row in rows)})


def change_figures(data: Data) -> panels.Figures:
    """Return the sums, and how each change stands, to be compared with the period before."""
    said = [(row["label"], row["text"]) for row in data["tiles"]]
    return said + [(f"{row['key']} {row['title']}", row["state"]) for row in data["rows"]]


def change_sheets(data: Data) -> list[SheetOut]:
    """Return the changes as a table."""
    headers = (
        _("Key"),
        _("Change"),
        _("State"),
        _("Price in {unit}").format(unit=data["unit"]),
        _("Effect on the finish (working days)"),
    )
    rows = [
        (row["key"], row["title"], row["state"], number_of(row["price"]), row["days"]) for row in data["rows"]
    ]
    return [SheetOut(name=_("Changes"), headers=headers, rows=rows)]


def present_alerts(data: Data) -> Data:
    """Return the alerts with their days as days again."""
    rows = [
        row
        | {
            "since": date.fromisoformat(row["since"]),
            "due_on": date.fromisoformat(row["due_on"]) if row["due_on"] else None,
        }
        for row in data["rows"]
    ]
    return shown(data | {"rows": rows})


# --- present: what the templates draw of it ---


def present_curve(data: Data) -> Data:
    """Return the drawn S-curve."""
    return shown(data, chart=curve_chart(data))


def health_figures(data: Data) -> panels.Figures:
    """Return the verdict over all and per dimension, to be compared with the period before."""
    overall = data["health"]["label"] if data["health"] else not_available()
    said = _("Health: {dimension}")
    return [
        (_("Health"), overall),
        *((said.format(dimension=row["name"]), row["words"]) for row in data["rows"]),
    ]


def _numbers(row: Data, names: Iterable[str]) -> tuple[Any, ...]:
    # A report that was frozen before a column was there has none.
    return tuple(number_of(row.get(name)) for name in names)


def row_sheets(data: Data) -> list[SheetOut]:
    """Return budget rows with all their columns as exact numbers."""
    names = (*FIGURE_COLUMNS, "consumed", "physical")
    heads = tuple(_(COLUMN_WORDS[name]) for name in names)
    rows = [(row["name"], *_numbers(row, names)) for row in [*data["rows"], data["total"]]]
    over = [(row["name"], *_numbers(row, names)) for row in data["over"]]
    sheets = [SheetOut(name=_("All"), headers=(_("In {unit}").format(unit=data["unit"]), *heads), rows=rows)]
    if over:
        sheets.append(
            SheetOut(
                name=_("Over budget"), headers=(_("In {unit}").format(unit=data["unit"]), *heads), rows=over
            )
        )
    return sheets


def curve_sheets(data: Data) -> list[SheetOut]:
    """Return the points of the S-curve."""
    rows = [(date.fromisoformat(day), *map(number_of, values)) for day, *values in data["points"]]
    headers = (_("Day"), *(f"{name} ({data['unit']})" for name in ("PV", "EV", "AC")))
    return [SheetOut(name=_("Curve"), headers=headers, rows=rows)]


def burn_sheets(data: Data) -> list[SheetOut]:
    """Return planned and worked hours per week."""
    rows = [
        (date.fromisoformat(day), number_of(planned), number_of(actual))
        for day, planned, actual in data["weeks"]
    ]
    return [
        SheetOut(name=_("Weeks"), headers=(_("Week from"), _("Planned hours"), _("Worked hours")), rows=rows)
    ]


def present_tiles(data: Data) -> Data:
    """Return tiles as they are."""
    return shown(data)


def present_rows(data: Data) -> Data:
    """Return the table with its amounts in words, and its bars."""
    unit = data["unit"]

    def words(row: Data) -> Data:
        amounts = {
            name: cell(number_of(row[name]), unit)
            for name in ("current", "actual", "unapproved", "remaining", "eac", "variance")
        }
        variance = number_of(row["variance"])
        return {
            "name": row["name"],
            "is_over": variance is not None and variance < 0,
            **amounts,
            "consumed": percent_text(number_of(row["consumed"])),
            "physical": percent_text(number_of(row["physical"])),
        }

    bars = [
        charts.BudgetRow(
            label=row["name"],
            budget=number_of(row["current"]),
            actual=number_of(row["actual"]),
            forecast=number_of(row["eac"]),
        )
        for row in data["rows"][:20]
    ]
    return shown(
        data,
        lines=[words(row) for row in data["rows"]],
        sum=words(data["total"]),
        over_lines=[words(row) for row in data["over"]],
        chart=charts.budget_bars(title=_("Budget and actual"), rows=bars, unit=unit),
    )


def present_burn(data: Data) -> Data:
    """Return the drawn weeks."""
    weeks = [
        charts.WeekBurn(start=date.fromisoformat(day), planned=number_of(planned), actual=number_of(actual))
        for day, planned, actual in data["weeks"]
    ]
    as_of = date.fromisoformat(data["as_of"])
    return shown(data, chart=charts.burn_columns(title=_("Hours per week"), weeks=weeks, as_of=as_of))


def present_customer(data: Data) -> Data:
    """Return the customer's tiles with a bar of what is used."""
    agreed, used, waiting = (number_of(data[name]) for name in ("agreed", "used", "in_approval"))
    chart = None
    if agreed is not None and used is not None:
        segments = [charts.Segment(label=_("Used"), value=used, tone="info")]
        if waiting:
            segments.append(charts.Segment(label=_("In approval"), value=waiting, tone="watch"))
        rest = agreed - used - (waiting or 0)
        if rest > 0:
            segments.append(charts.Segment(label=_("Left"), value=rest, tone="neutral"))
        chart = charts.stacked_bar(title=_("Agreed budget"), segments=segments, unit=data["unit"])
    return shown(data, chart=chart)


def present_trend(data: Data) -> Data:
    """Return the drawn indices with the words that explain them."""
    return shown(data, chart=trend_chart(data), note=_(WHY_SPI_RETURNS))


def trend_sheets(data: Data) -> list[SheetOut]:
    """Return the indices as a table."""
    rows = [(date.fromisoformat(day), *map(number_of, values)) for day, *values in data["points"]]
    headers = (_("Day"), "CPI", "SPI", "SPI(t)", _("SV(t) in weeks"))
    return [SheetOut(name=_("Indices"), headers=headers, rows=rows)]


def outlook_sheets(data: Data) -> list[SheetOut]:
    """Return the levels of the forecast as exact numbers."""
    rows = [
        (
            row["percent"],
            number_of(row["cost"]),
            date.fromisoformat(row["finishes_on"]) if row["finishes_on"] else None,
        )
        for row in data["levels"]
    ]
    headers = (
        _("Runs that stay below in %"),
        _("Final cost in {unit}").format(unit=data["unit"]),
        _("Finish"),
    )
    return [SheetOut(name=_("Forecast"), headers=headers, rows=rows)]


ONLY_TEAM, ONLY_CUSTOMER = frozenset({TEAM}), frozenset({CUSTOMER})
EVERYWHERE = frozenset({"home", "budget", "status"})
REPORTS_AND_HOME = frozenset({"home", "budget"})

panels.register(
    Panel(
        key="health",
        title=lazy("Health"),
        template="panels/health.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=10,
        permission="cost.view",
        data=health_panel,
        figures=health_figures,
        present=present_tiles,
    ),
    Panel(
        key="alerts",
        title=lazy("Alerts"),
        template="panels/alerts.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=15,
        permission="cost.view",
        data=alerts_panel,
        present=present_alerts,
        is_wide=True,
    ),
    Panel(
        key="alerts_plain",
        title=lazy("Alerts"),
        template="panels/alerts.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=15,
        permission="alerts.view",
        unless="cost.view",
        data=alerts_plain_panel,
        present=present_alerts,
        is_wide=True,
    ),
    Panel(
        key="budget_tiles",
        title=lazy("Budget"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=20,
        permission="cost.view",
        data=cost_tiles,
        present=present_tiles,
        is_wide=True,
    ),
    Panel(
        key="budget_tiles_hours",
        title=lazy("Hours"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=20,
        permission="budget.view",
        unless="cost.view",
        data=hour_tiles,
        present=present_tiles,
        is_wide=True,
    ),
    Panel(
        key="earned_value",
        title=lazy("Earned value"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=30,
        permission="cost.view",
        data=earned_cost,
        present=present_tiles,
        is_wide=True,
    ),
    Panel(
        key="earned_value_hours",
        title=lazy("Earned value in hours"),
        template="panels/tiles.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=30,
        permission="budget.view",
        unless="cost.view",
        data=earned_hours,
        present=present_tiles,
        is_wide=True,
    ),
    Panel(
        key="s_curve",
        title=lazy("Planned, earned and actual"),
        template="panels/chart.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=40,
        permission="cost.view",
        data=curve_cost,
        present=present_curve,
        sheets=curve_sheets,
        is_wide=True,
    ),
    Panel(
        key="s_curve_hours",
        title=lazy("Planned, earned and actual hours"),
        template="panels/chart.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=40,
        permission="budget.view",
        unless="cost.view",
        data=curve_hours,
        present=present_curve,
        sheets=curve_sheets,
        is_wide=True,
    ),
    Panel(
        key="outlook",
        title=lazy("Where it may end"),
        template="panels/outlook.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=42,
        permission="cost.view",
        data=outlook_cost,
        present=present_tiles,
        sheets=outlook_sheets,
        is_wide=True,
    ),
    Panel(
        key="outlook_hours",
        title=lazy("Where it may end, in hours"),
        template="panels/outlook.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home"}),
        order=42,
        permission="budget.view",
        unless="cost.view",
        data=outlook_hours,
        present=present_tiles,
        sheets=outlook_sheets,
        is_wide=True,
    ),
    Panel(
        key="index_trend",
        title=lazy("CPI, SPI and SPI(t) over time"),
        template="panels/trend.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget", "status"}),
        order=44,
        permission="cost.view",
        data=trend_cost,
        present=present_trend,
        sheets=trend_sheets,
        is_wide=True,
    ),
    Panel(
        key="work_done",
        title=lazy("Progress"),
        template="panels/tiles.html",
        audiences=ONLY_CUSTOMER,
        places=frozenset({"portal", "budget", "status"}),
        order=25,
        data=work_done,
        present=present_tiles,
        is_wide=True,
    ),
    Panel(
        key="changes",
        title=lazy("Change requests"),
        template="panels/changes.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=65,
        permission="money.view",
        data=changes_panel,
        present=present_changes,
        figures=change_figures,
        sheets=change_sheets,
        is_wide=True,
    ),
    Panel(
        key="customer_changes",
        title=lazy("Change requests"),
        template="panels/changes.html",
        audiences=ONLY_CUSTOMER,
        places=frozenset({"portal", "budget", "status"}),
        order=40,
        data=customer_changes_panel,
        present=present_changes,
        figures=change_figures,
        sheets=change_sheets,
        is_wide=True,
    ),
    Panel(
        key="budget_by_task",
        title=lazy("Budget by task"),
        template="panels/budget_rows.html",
        audiences=ONLY_TEAM,
        places=REPORTS_AND_HOME,
        order=70,
        permission="cost.view",
        data=by_task,
        present=present_rows,
        sheets=row_sheets,
        is_wide=True,
    ),
    Panel(
        key="budget_by_person",
        title=lazy("Budget by person"),
        template="panels/budget_rows.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=80,
        permission="cost.view",
        data=by_person,
        present=present_rows,
        sheets=row_sheets,
        is_wide=True,
    ),
    Panel(
        key="burn",
        title=lazy("Hours per week"),
        template="panels/chart.html",
        audiences=ONLY_TEAM,
        places=EVERYWHERE,
        order=50,
        permission="budget.view",
        data=burn,
        present=present_burn,
        sheets=burn_sheets,
        is_wide=True,
    ),
    Panel(
        key="customer_budget",
        title=lazy("Budget"),
        template="panels/customer_budget.html",
        audiences=ONLY_CUSTOMER,
        places=frozenset({"portal", "budget", "status"}),
        order=30,
        data=customer_panel,
        present=present_customer,
        is_wide=True,
    ),
)

panels.register(*CONTRACT_PANELS)

places.register(
    places.Place("time", "Time", "clock", "timeentry_list", "time.view", 70),
    places.Place("expenses", "Expenses", "receipt", "expense_list", "expenses.view", 75),
    places.Place("budget", "Budget", "coin", "budget", "budget.view", 90),
    places.Place("whatif", "What-ifs", "arrows-split", "whatif_list", "whatif.view", 22),
    places.Place("contract", "Contracts", "certificate", "contract_list", "contract.view", 91),
    places.Place("changes", "Changes", "arrows-exchange", "changerequest_list", "changes.view", 93),
    places.Place("alerts", "Alerts", "alert-triangle", "alert_list", "alerts.view", 95),
)
