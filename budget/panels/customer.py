"""What the customer reads of progress and budget, in the form that the contract shows; never cost."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop

from budget.choices import Measure
from budget.panels.shared import ONLY_CUSTOMER, Data
from budget.presenting import amount_text, number_of, percent_text, shown, text_of, tile
from budget.selectors.customer import CustomerBudgetFigures, customer_budget
from budget.selectors.earned import earned_parts
from implement.core import charts
from implement.core.money import day_text
from projects.kit.panels import Panel
from projects.models import Project

FEES, HOURS_WORD = noop("Fees"), noop("Billable hours")


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
            tile(
                "used",
                _("Accepted"),
                amount_text(figures.used, unit),
                note=share,
                explanation=_("The payments of the milestones that you have accepted."),
            ),
            tile(
                "in_approval",
                _("Waits for your acceptance"),
                amount_text(figures.in_approval, unit),
                note=_("Done, and not due before it is accepted"),
                explanation=_("The payments of the milestones that are done and not accepted yet."),
            ),
            tile(
                "remaining",
                _("Still to come"),
                amount_text(figures.remaining, unit),
                explanation=_("Agreed − accepted."),
            ),
        ]
    used, waiting = (
        _("Approved billable hours."),
        _("Billable hours that are handed in and not approved yet."),
    )
    if figures.form != "hours":
        used = _(
            "Approved billable hours and expenses, and the payments of milestones that you have accepted."
        )
        waiting = _("Handed in and not approved yet, and milestones that wait for your acceptance.")
    over = _("{amount} beyond the agreed limit is not billed").format(amount=amount_text(figures.over, unit))
    return [
        agreed,
        tile(
            "used",
            _("Used"),
            amount_text(figures.used, unit),
            note=over if figures.over else share,
            explanation=used,
        ),
        tile(
            "in_approval",
            _("In approval"),
            amount_text(figures.in_approval, unit),
            note=_("Not in “used” yet"),
            explanation=waiting,
        ),
        tile(
            "remaining",
            _("Remaining"),
            amount_text(figures.remaining, unit),
            explanation=_("Agreed − used."),
        ),
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


CUSTOMER_PANELS = (
    Panel(
        key="work_done",
        title=lazy("Progress"),
        template="panels/tiles.html",
        audiences=ONLY_CUSTOMER,
        places=frozenset({"portal", "budget", "status"}),
        order=25,
        data=work_done,
        present=shown,
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
