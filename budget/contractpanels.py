"""What contracts, payments, orders and reserves show elsewhere. Reserves and orders never reach a customer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop as noop

from budget.choices import ContractKind, ReleaseState
from budget.presenting import amount_text, cell, number_of, percent_text, shown, sign_tone, text_of, tile
from budget.selectors.amounts import ZERO
from budget.selectors.contracts import ContractFigures, contract_figures, whole_of
from budget.selectors.payments import Payment, PaymentPlan, payment_plan
from budget.selectors.reserves import Reserve, reserves_of
from budget.selectors.rest import orders_of
from implement.core import charts
from implement.core.money import day_text, not_available
from implement.core.tabular import SheetOut
from projects.choices import CustomerBudget
from projects.kit import panels
from projects.kit.panels import CUSTOMER, TEAM, Panel
from projects.models import Project

Data = dict[str, Any]
ONLY_TEAM, ONLY_CUSTOMER = frozenset({TEAM}), frozenset({CUSTOMER})
MOST_STEPS = 24

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


# --- Contracts ---
def contract_rows(figures: tuple[ContractFigures, ...]) -> list[Data]:
    """Return contracts as plain JSON; nothing that is the firm's own."""
    return [
        {
            "name": one.contract.name,
            "kind": one.contract.kind,
            "kind_words": str(one.contract.get_kind_display()),
            "part": str(one.contract.task) if one.contract.task else "",
            **{
                name: text_of(getattr(one, name))
                for name in (
                    "original", "changes", "agreed", "billable", "waiting", "accepted", "earned", "over", "left",
                    "used", "handed_over",
                )
            },
        }
        for one in figures
    ]  # fmt: skip


def contract_tiles(project: Project, figures: tuple[ContractFigures, ...]) -> list[Data]:
    """Return the sums over all contracts as tiles."""
    unit = project.currency
    agreed, earned = whole_of(figures, "agreed"), whole_of(figures, "earned")
    handed = whole_of(figures, "handed_over")
    over = sum((one.over for one in figures), ZERO)
    return [
        tile(
            "contracted",
            _("Agreed"),
            amount_text(agreed, unit, digits=0),
            explanation=_("What the contracts agree, and the approved changes."),
            amount=text_of(agreed),
        ),
        tile(
            "earned",
            _("Earned"),
            amount_text(earned, unit, digits=0),
            explanation=_(
                "Billable hours and expenses up to the agreed limit; of a fixed price the share of the work that is "
                "done, or the accepted milestones, as the contract says."
            ),
            note=_("{amount} over the limit, not billed").format(amount=amount_text(over, unit, digits=0))
            if over
            else "",
            tone="trouble" if over else "",
            amount=text_of(earned),
        ),
        tile(
            "handed_over",
            _("Handed over"),
            amount_text(handed, unit, digits=0),
            explanation=_("On final invoice runs."),
            amount=text_of(handed),
        ),
        tile(
            "not_handed_over",
            _("Not handed over"),
            amount_text(None if earned is None or handed is None else earned - handed, unit, digits=0),
            explanation=_("Earned − handed over."),
        ),
    ]


def margin_tiles(project: Project, figures: tuple[ContractFigures, ...]) -> list[Data]:
    """Return cost and margin so far, for who may see cost."""
    unit = project.currency
    earned, cost = whole_of(figures, "earned"), whole_of(figures, "cost")
    margin = None if earned is None or cost is None else earned - cost
    share = margin / earned if margin is not None and earned else None
    return [
        tile(
            "margin_so_far",
            _("Margin so far"),
            amount_text(margin, unit, digits=0),
            explanation=_("Earned − what it has cost."),
            note=_("{share} of what is earned").format(share=percent_text(share)),
            tone=sign_tone(margin),
            amount=text_of(margin),
        )
    ]


def contracts_panel(project: Project, as_of: date) -> Data | None:
    """Return the contracts with what is agreed, earned and handed over; None without any."""
    figures = contract_figures(project=project, as_of=as_of)
    if not figures:
        return None
    return {
        "unit": project.currency,
        "tiles": contract_tiles(project, figures) + margin_tiles(project, figures),
        "rows": contract_rows(figures),
    }


AMOUNTS = ("agreed", "earned", "over", "left", "handed_over")


def present_contracts(data: Data) -> Data:
    """Return the contracts with their amounts in words."""
    unit = data["unit"]
    rows = [
        row
        | {f"{name}_text": cell(number_of(row[name]), unit) for name in AMOUNTS}
        | {
            "used_text": percent_text(number_of(row["used"])),
            "is_over": number_of(row["over"]) not in (None, ZERO),
        }
        for row in data["rows"]
    ]
    return shown(data | {"rows": rows, "with_over": any(row["is_over"] for row in rows)})


def contract_sheets(data: Data) -> list[SheetOut]:
    """Return the contracts as a table."""
    names = (
        "original",
        "changes",
        "agreed",
        "billable",
        "accepted",
        "earned",
        "over",
        "left",
        "used",
        "handed_over",
    )
    heads = (
        _("Original"), _("Approved changes"), _("Agreed"), _("Billable"), _("Accepted"), _("Earned"),
        _("Over the limit"), _("Left"), _("Used %"), _("Handed over"),
    )  # fmt: skip
    rows = [
        (row["name"], row["kind_words"], row["part"], *(number_of(row[name]) for name in names))
        for row in data["rows"]
    ]
    first = _("Contract ({unit})").format(unit=data["unit"])
    return [
        SheetOut(name=_("Contracts"), headers=(first, _("Type"), _("Part of the plan"), *heads), rows=rows)
    ]


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


def present_payments(data: Data) -> Data:
    """Return the payments with amounts in words and days as days."""
    unit = data["unit"]
    days = ("expected_on", "reached_on", "accepted_on", "due_on")
    rows = [
        row
        | {name: date.fromisoformat(row[name]) if row[name] else None for name in days}
        | {
            "amount_text": cell(number_of(row["amount"]), unit),
            "share_text": percent_text(number_of(row["share"])),
        }
        for row in data["rows"]
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
    return shown(data | {"rows": rows, "chart": chart, "total_text": total})


def payment_figures(data: Data) -> panels.Figures:
    """Return how each payment stands, to be compared with the period before."""
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


# --- Reserves and orders: the firm's own ---
def _reserve_tile(key: str, label: str, reserve: Reserve, unit: str, explanation: str) -> Data:
    words = _("of {amount}, {share} released")
    note = words.format(
        amount=amount_text(reserve.set_aside, unit, digits=0), share=percent_text(reserve.share)
    )
    if reserve.requested:
        asked = _("{amount} asked for").format(amount=amount_text(reserve.requested, unit, digits=0))
        note = f"{note}; {asked}"
    return tile(
        key, label, amount_text(reserve.left, unit, digits=0), explanation=explanation,
        note=note if reserve.set_aside is not None else "", amount=text_of(reserve.left),
    )  # fmt: skip


def reserves_data(project: Project, as_of: date) -> Data | None:
    """Return both reserves, what makes up the project's whole money, and how they burned down; None without any."""
    found = reserves_of(project=project, as_of=as_of)
    if found.contingency.set_aside is None and found.management.set_aside is None and not found.releases:
        return None
    unit = found.currency
    return {
        "unit": unit,
        "tiles": [
            _reserve_tile(
                "contingency_left", _("Contingency left"), found.contingency, unit,
                _("Inside the budget: its contingency lines less what was released from them."),
            ),
            _reserve_tile(
                "management_left", _("Management reserve left"), found.management, unit,
                _("Outside the budget: what was set aside less what was released."),
            ),
            tile(
                "baseline_budget", _("Budget"), amount_text(found.budget, unit, digits=0),
                explanation=_("Today's budget lines, contingency included."), amount=text_of(found.budget),
            ),
            tile(
                "whole_money", _("Budget and management reserve"), amount_text(found.total, unit, digits=0),
                explanation=_("A release moves money within it and never changes it."),
                amount=text_of(found.total),
            ),
        ],
        "burn": [
            [step.day.isoformat(), text_of(step.contingency), text_of(step.management)] for step in found.burn
        ][-MOST_STEPS:],
        "rows": [
            {
                "key": row.key,
                "reserve": str(row.get_reserve_display()),
                "amount": text_of(row.amount),
                "task": str(row.task) if row.task else "",
                "reason": row.reason,
                "state": str(row.get_status_display()),
                "tone": ReleaseState(row.status).tone,
                "decided_on": row.decided_at.date().isoformat() if row.decided_at else None,
            }
            for row in found.releases
        ],
    }  # fmt: skip


def present_reserves(data: Data) -> Data:
    """Return the reserves with the drawn burn-down."""
    steps = data["burn"]
    chart = charts.stacked_columns(
        title=_("What was left of the reserves"),
        categories=[day_text(date.fromisoformat(day)) for day, *rest in steps],
        series=[
            charts.Series(
                label=_("Contingency"), values=[number_of(row[1]) for row in steps], tone="series-1"
            ),
            charts.Series(
                label=_("Management reserve"), values=[number_of(row[2]) for row in steps], tone="series-2"
            ),
        ],
        unit=data["unit"],
    )
    rows = [row | {"amount_text": cell(number_of(row["amount"]), data["unit"])} for row in data["rows"]]
    return shown(data | {"chart": chart if len(steps) > 1 else None, "rows": rows})


def reserve_sheets(data: Data) -> list[SheetOut]:
    """Return releases and burn-down as tables."""
    unit = data["unit"]
    rows = [
        (
            row["key"], row["reserve"], number_of(row["amount"]), row["task"], row["reason"], row["state"],
            date.fromisoformat(row["decided_on"]) if row["decided_on"] else None,
        )
        for row in data["rows"]
    ]  # fmt: skip
    burn = [(date.fromisoformat(day), number_of(one), number_of(two)) for day, one, two in data["burn"]]
    return [
        SheetOut(
            name=_("Releases"),
            headers=(
                _("Key"), _("Reserve"), _("Amount in {unit}").format(unit=unit), _("Task"), _("Reason"), _("State"),
                _("Decided"),
            ),
            rows=rows,
        ),
        SheetOut(
            name=_("Left"),
            headers=(_("Day"), _("Contingency"), _("Management reserve")),
            rows=burn,
        ),
    ]  # fmt: skip


def orders_panel(project: Project, as_of: date) -> Data | None:
    """Return what is ordered and not invoiced yet, by order; None without any."""
    orders = orders_of(project=project, as_of=as_of)
    if not orders:
        return None
    names = {row.pk: row for row in project.commitments.filter(pk__in=[one.pk for one in orders])}
    unit = project.currency
    ordered = sum((one.ordered for one in orders), ZERO)
    booked = sum((one.booked for one in orders), ZERO)
    left = sum((one.open for one in orders), ZERO)
    return {
        "unit": unit,
        "tiles": [
            tile("ordered", _("Ordered"), amount_text(ordered, unit, digits=0), amount=text_of(ordered)),
            tile("invoiced", _("Invoiced"), amount_text(booked, unit, digits=0), amount=text_of(booked)),
            tile(
                "committed", _("Committed"), amount_text(left, unit, digits=0),
                explanation=_("Ordered and not invoiced yet."), amount=text_of(left),
            ),
        ],
        "rows": [
            {
                "name": f"{names[one.pk]}: {names[one.pk].description}",
                "ordered": text_of(one.ordered),
                "booked": text_of(one.booked),
                "open": text_of(one.open),
                "expected_on": one.expected_on.isoformat() if one.expected_on else None,
            }
            for one in orders
        ],
    }  # fmt: skip


def present_orders(data: Data) -> Data:
    """Return the orders with amounts in words."""
    unit = data["unit"]
    rows = [
        row
        | {f"{name}_text": cell(number_of(row[name]), unit) for name in ("ordered", "booked", "open")}
        | {
            "expected_text": day_text(date.fromisoformat(row["expected_on"]))
            if row["expected_on"]
            else not_available()
        }
        for row in data["rows"]
    ]
    return shown(data | {"rows": rows})


def order_sheets(data: Data) -> list[SheetOut]:
    """Return the orders as a table."""
    headers = (
        _("Order ({unit})").format(unit=data["unit"]), _("Ordered"), _("Invoiced"), _("Committed"), _("Expected"),
    )  # fmt: skip
    rows = [
        (
            row["name"], number_of(row["ordered"]), number_of(row["booked"]), number_of(row["open"]),
            date.fromisoformat(row["expected_on"]) if row["expected_on"] else None,
        )
        for row in data["rows"]
    ]  # fmt: skip
    return [SheetOut(name=_("Orders"), headers=headers, rows=rows)]


CONTRACT_PANELS = (
    Panel(
        key="contracts",
        title=lazy("Contracts"),
        template="panels/contracts.html",
        audiences=ONLY_TEAM,
        places=frozenset({"home", "budget", "status"}),
        order=66,
        # With the margin.
        permission="cost.view",
        data=contracts_panel,
        present=present_contracts,
        sheets=contract_sheets,
        is_wide=True,
    ),
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
        figures=payment_figures,
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
        figures=payment_figures,
        sheets=payment_sheets,
        is_wide=True,
    ),
    Panel(
        key="orders",
        title=lazy("Orders"),
        template="panels/orders.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=82,
        permission="cost.view",
        data=orders_panel,
        present=present_orders,
        sheets=order_sheets,
        is_wide=True,
    ),
    Panel(
        key="reserves",
        title=lazy("Reserves"),
        template="panels/reserves.html",
        audiences=ONLY_TEAM,
        places=frozenset({"budget"}),
        order=84,
        permission="cost.view",
        data=reserves_data,
        present=present_reserves,
        sheets=reserve_sheets,
        is_wide=True,
    ),
)
