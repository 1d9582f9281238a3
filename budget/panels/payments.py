"""The payment plan: the team's, and the published part of it that the customer reads."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop

from budget.choices import ContractKind
from budget.panels.shared import ONLY_CUSTOMER, ONLY_TEAM, Data
from budget.presenting import MOST_ROWS, amount_text, cell, largest, number_of, percent_text, shown, text_of
from budget.selectors.amounts import ZERO
from budget.selectors.payments import Payment, PaymentPlan, payment_plan
from implement.core import charts
from implement.core.tabular import SheetOut
from projects.choices import CustomerBudget
from projects.kit import panels
from projects.kit.panels import Panel
from projects.models import Project

PAYMENT_WORDS = {
    "planned": (noop("Planned"), "quiet"),
    "late": (noop("Overdue"), "trouble"),
    "reached": (noop("Done, not accepted"), "watch"),
    "accepted": (noop("Accepted"), "good"),
    "handed_over": (noop("Accepted, handed over"), "done"),
    "revoked": (noop("Handed over, acceptance taken back"), "trouble"),
}


# Where the customer's words are not the team's; they are not told how we keep our books.
CUSTOMER_WORDS = {
    "late": noop("Later than planned"),
    "reached": noop("Done, waits for your acceptance"),
    "handed_over": noop("Accepted"),
    "revoked": noop("Acceptance taken back"),
}


# --- Payments ---
def payment_data(plan: PaymentPlan, rows: list[Payment], *, for_customer: bool) -> Data:
    """Return payments as plain JSON, in the words of who reads them."""
    found = []
    for row in rows:
        words, tone = PAYMENT_WORDS[row.state]
        if for_customer:
            words = CUSTOMER_WORDS.get(row.state, words)
        found.append(
            {
                "name": row.customer_name if for_customer else row.name,
                "amount": text_of(row.amount),
                "share": text_of(row.share),
                "expected_on": row.expected_on.isoformat() if row.expected_on else None,
                "reached_on": row.reached_on.isoformat() if row.reached_on else None,
                "accepted_on": row.accepted_on.isoformat() if row.accepted_on else None,
                "due_on": row.due_on.isoformat() if row.due_on else None,
                "state": row.state,
                "words": _(words),
                "tone": tone,
                "run": "" if for_customer else row.run,
            }
        )
    return {
        "unit": plan.currency,
        "rows": found,
        "total": text_of(sum((row.amount for row in rows), ZERO)),
        "warnings": [] if for_customer else gap_words(plan),
        "for_customer": for_customer,
    }


def gap_words(plan: PaymentPlan) -> list[str]:
    """Return a sentence for each fixed price whose payments are not what is agreed."""
    above = _("The payments of “{contract}” are {amount} above what is agreed.")
    below = _("The payments of “{contract}” are {amount} below what is agreed.")
    return [
        (above if gap > 0 else below).format(
            contract=one.contract.name, amount=amount_text(abs(gap), plan.currency)
        )
        for one, gap in plan.gaps
    ]


def payments_panel(project: Project, as_of: date) -> Data | None:
    """Return the payment plan; None without a payment."""
    plan = payment_plan(project=project, as_of=as_of)
    return payment_data(plan, list(plan.rows), for_customer=False) if plan.rows else None


def customer_payments_panel(project: Project, as_of: date) -> Data | None:
    """Return the published milestones with their payments, where the contract shows fees; None without any."""
    if project.customer_budget != CustomerBudget.FEES:
        return None
    plan = payment_plan(project=project, as_of=as_of)
    fixed = [
        row
        for row in plan.rows
        if row.is_published and row.contract is not None and row.contract.kind == ContractKind.FIXED
    ]
    return payment_data(plan, fixed, for_customer=True) if fixed else None


def present_payments(data: Data, *, most: int = MOST_ROWS) -> Data:
    """Return the largest payments with amounts in words and days as days; the sum is of all."""
    unit = data["unit"]
    kept, more = largest(data["rows"], "amount", most=most)
    days = ("expected_on", "reached_on", "accepted_on", "due_on")
    rows = [
        row
        | {name: date.fromisoformat(row[name]) if row[name] else None for name in days}
        | {
            "amount_text": cell(number_of(row["amount"]), unit),
            "share_text": percent_text(number_of(row["share"])),
        }
        for row in kept
    ]
    sums: dict[str, Any] = dict.fromkeys(("done", "watch", "rest"), ZERO)
    for row in data["rows"]:
        key = {"accepted": "done", "handed_over": "done", "reached": "watch"}.get(row["state"], "rest")
        sums[key] += number_of(row["amount"]) or ZERO
    segments = [
        charts.Segment(label=_("Accepted"), value=sums["done"], tone="good"),
        charts.Segment(label=_("Done, not accepted"), value=sums["watch"], tone="watch"),
        charts.Segment(label=_("To come"), value=sums["rest"], tone="neutral"),
    ]
    chart = charts.stacked_bar(title=_("Payments"), segments=segments, unit=unit)
    total = cell(number_of(data["total"]), unit)
    return shown(data | {"rows": rows, "chart": chart, "total_text": total, "more": more})


def payment_things(data: Data) -> panels.Figures:
    """Return how each payment stands, the new ones and those that are gone, too."""
    return [(_("Payment: {name}").format(name=row["name"]), row["words"]) for row in data["rows"]]


def payment_sheets(data: Data) -> list[SheetOut]:
    """Return the payments as a table."""
    headers = (
        _("Milestone"), _("Amount in {unit}").format(unit=data["unit"]), _("Share of the contract"), _("Expected"),
        _("Done"), _("Accepted"), _("Payable until"), _("State"),
    )  # fmt: skip
    rows = [
        (
            row["name"],
            number_of(row["amount"]),
            number_of(row["share"]),
            *(
                date.fromisoformat(row[name]) if row[name] else None
                for name in ("expected_on", "reached_on", "accepted_on", "due_on")
            ),
            row["words"],
        )
        for row in data["rows"]
    ]
    return [SheetOut(name=_("Payments"), headers=headers, rows=rows)]


PAYMENTS_PANELS = (
    Panel(
        key="payments",
        title=lazy("Payments"),
        template="panels/payments.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget", "status"}),
        order=67,
        permission="contract.view",
        data=payments_panel,
        present=present_payments,
        things=payment_things,
        sheets=payment_sheets,
        is_wide=True,
    ),
    Panel(
        key="customer_payments",
        title=lazy("Payments"),
        template="panels/payments.html",
        audiences=ONLY_CUSTOMER,
        places=frozenset({"portal", "budget", "status"}),
        order=35,
        data=customer_payments_panel,
        present=present_payments,
        things=payment_things,
        sheets=payment_sheets,
        is_wide=True,
    ),
)
