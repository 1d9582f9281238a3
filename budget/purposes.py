"""What the budget asks the customer: to decide on a change; and what it holds of the plan and of the project."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from budget.choices import ChangeState, LineKind
from budget.models import (
    BudgetLine,
    BudgetSettings,
    ChangeLine,
    ChangeOption,
    ChangeRequest,
    Commitment,
    Contract,
    Expense,
    InvoiceLine,
    RateCard,
    ReserveRelease,
    TimeEntry,
)
from budget.selectors.changes import meant_option, priced, sums_of
from budget.selectors.contracts import contract_of_change, contracts_of
from budget.selectors.rates import rates_for
from implement.core.errors import StateError
from implement.core.money import day_text, format_money
from projects.choices import Audience
from projects.kit import holds
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.purposes import Answered, Purpose, Shown, Verdict, register
from projects.models import Project, Task
from projects.planning import today_of
from projects.signoffs.purposes import MILESTONE

APPROVE, REJECT, DEFER = "approved", "rejected", "deferred"


def days_words(days: int | None) -> str:
    """Return an effect on the finish in words."""
    if days is None:
        return "n/a"
    if not days:
        return "None"
    return f"{abs(days)} working day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'}"


def _facts(change: ChangeRequest, option: ChangeOption | None) -> list[list[str]]:
    sums = sums_of(change, option, rates_for(project=change.project))
    return [
        ["Price", format_money(sums.price, change.project.currency)],
        ["Effect on the finish", days_words(sums.days)],
    ]


def _new_texts(change: ChangeRequest) -> list[dict[str, Any]]:
    """Return what requirements will say, as a table; nothing without any."""
    rows = [[text.requirement.key, text.statement] for text in change.texts.select_related("requirement")]
    head = ["Requirement", "New text"]
    return [{"title": "What the requirements will say", "head": head, "rows": rows}] if rows else []


def change_shown(change: ChangeRequest) -> Shown:
    """Return a change as the customer reads it: its text, its price, its effect; no hours, no cost, no risk of ours."""
    options = list(change.options.all())
    facts = [["Why", str(change.get_reason_display())], ["Requested on", day_text(change.requested_on)]]
    if change.requester is not None:
        facts.append(["Requested by", change.requester.name])
    if change.requirements:
        facts.append(["Affected requirements", change.requirements])
    if not options:
        facts += _facts(change, None)
    texts = (
        ("What it does to the scope", change.scope_impact),
        ("What it does to the quality", change.quality_impact),
        ("If it is not done", change.cost_of_not_doing),
        ("What we recommend", change.recommendation),
    )
    return {
        "key": change.key,
        "title": change.title,
        "lead": change.description,
        "facts": facts,
        "sections": [{"title": title, "text": text} for title, text in texts if text.strip()],
        "tables": _new_texts(change),
        "options": [
            {
                "value": str(option.pk),
                "label": f"{option.label} (recommended)" if option.is_recommended else option.label,
                "text": option.description,
                "facts": _facts(change, option),
            }
            for option in options
        ],
    }


def change_guard(change: ChangeRequest, entry: Entry) -> str | None:
    """Refuse what is not reviewed, has no price or effect, or was worked out by the very person who asks."""
    if change.status != ChangeState.REVIEW:
        state = change.get_status_display()
        return f"{change.key} stands at “{state}”: the customer is asked after the internal review."
    if entry.user.pk in {change.analysed_by_id, change.figures_by_id}:
        return "Who worked the impact out does not send it to the customer: ask a colleague to review it."
    book = rates_for(project=change.project)
    for option in list(change.options.all()) or [None]:
        sums = sums_of(change, option, book)
        about = f" of “{option}”" if option else ""
        if sums.price is None:
            return f"The price{about} is not known: give it, or price the lines."
        if sums.days is None:
            return f"The effect{about} on the finish is not known: give it in working days, 0 for none."
    if change.contract_id is None and len(contracts_of(project=change.project)) > 1:
        return "There are several contracts: say which one it amends."
    return None


def change_asked(change: ChangeRequest, entry: Entry) -> None:
    """Lock it, its amounts and its contract for the decision. Raises StateError when somebody was faster."""
    book, day = rates_for(project=change.project), today_of(change.project)
    for line in change.lines.select_related("person"):
        cost, bill = priced(line, book, day)
        if (cost, bill) != (line.cost, line.bill):
            ChangeLine.objects.filter(pk=line.pk).update(cost=cost, bill=bill, version=F("version") + 1)
    # From here on it amends this contract, whichever others there will be.
    contract = contract_of_change(change)
    _move(change, ChangeState.REVIEW, ChangeState.DECISION, sent_by=entry.user, contract=contract)
    record(action="changerequest.asked", target=change, actor=entry.user, project=change.project)


def change_answered(change: ChangeRequest, given: Answered) -> None:
    """Take the customer's decision over, with the option they chose."""
    option = change.options.filter(pk=int(given.option)).first() if given.option else None
    if given.verdict == APPROVE and option is None:
        option = meant_option(change)
    price = sums_of(change, option, rates_for(project=change.project)).price
    _move(
        change, ChangeState.DECISION, ChangeState(given.verdict), decided_at=given.at,
        chosen=option if given.verdict == APPROVE else None,
        # What was agreed stays what it is, whatever rates do later.
        **({"price": price} if given.verdict == APPROVE and option is None else {}),
    )  # fmt: skip
    record(
        action=f"changerequest.{given.verdict}", target=change, actor=given.person.user, project=change.project,
        audience=Audience.CUSTOMER,
    )  # fmt: skip


def change_dropped(change: ChangeRequest, why: str) -> None:
    """Go back to the review when nobody will answer."""
    if change.status == ChangeState.DECISION:
        _move(change, ChangeState.DECISION, ChangeState.REVIEW)
        record(
            action="changerequest.recalled", target=change, actor=None, project=change.project,
            changes={"reason": (None, why)},
        )  # fmt: skip


def change_revoked(change: ChangeRequest, reason: str) -> None:
    """Go back to the review when an approval is revoked. Raises StateError once it is in plan and budget."""
    if change.status in {ChangeState.IMPLEMENTED, ChangeState.CLOSED}:
        raise StateError(f"{change.key} is in plan and budget already: raise another change request.")
    if change.status not in {ChangeState.APPROVED, ChangeState.REJECTED, ChangeState.DEFERRED}:
        raise StateError(
            f"{change.key} stands at “{change.get_status_display()}”: there is nothing to revoke."
        )
    _move(change, ChangeState(change.status), ChangeState.REVIEW, chosen=None, decided_at=None)
    record(
        action="changerequest.revoked", target=change, actor=None, project=change.project,
        changes={"reason": (None, reason[:255])},
    )  # fmt: skip


def _move(change: ChangeRequest, source: ChangeState, target: ChangeState, **more: Any) -> None:
    """Take one step, exactly once. Raises StateError when it is no longer there."""
    taken = ChangeRequest.objects.filter(pk=change.pk, status=source).update(
        status=target, updated_at=timezone.now(), version=F("version") + 1, **more
    )
    if not taken:
        raise StateError(f"{change.key} has moved on in the meantime.")
    change.refresh_from_db()


CHANGE = Purpose(
    key="change.decide",
    label=gettext_noop("Decision on a change"),
    question="Do you approve this change?",
    model=ChangeRequest,
    verdicts=(
        Verdict(APPROVE, "Approve", "good", takes_option=True),
        Verdict(REJECT, "Reject", "trouble", needs_comment=True),
        Verdict(DEFER, "Decide later", "watch", needs_comment=True),
    ),
    place="changerequest_detail",
    shown=change_shown,
    guard=change_guard,
    asked=change_asked,
    answered=change_answered,
    dropped=change_dropped,
    revoked=change_revoked,
)
register(CHANGE)


def handed_over(task: Task) -> str | None:
    """Return why the acceptance of a milestone stays: the customer was told to pay for it, on a final run."""
    line = (
        InvoiceLine.objects.filter(milestone=task, is_held=True, kind=LineKind.MILESTONE)
        .select_related("run")
        .first()
    )
    if line is None:
        return None
    return f"The payment of “{task}” is on {line.run.key}, which is final: make the run void first."


MILESTONE.holds.append(handed_over)


# What holds amounts in the project's currency, in words; also in the trash, from which it may come back.
IN_CURRENCY: tuple[tuple[str, type[models.Model]], ...] = (
    ("budget lines", BudgetLine),
    ("rates", RateCard),
    ("time entries", TimeEntry),
    ("expenses", Expense),
    ("contracts", Contract),
    ("change requests", ChangeRequest),
    ("orders", Commitment),
    ("releases from reserves", ReserveRelease),
)


@holds.on("currency")
def amounts_known(project: Project) -> str | None:
    """Return why the currency of a project stays: what is agreed, planned or booked is in it."""
    for words, model in IN_CURRENCY:
        if model._base_manager.filter(project=project).exists():
            return f"there are {words} in it."
    agreed = BudgetSettings.objects.filter(project=project, agreed_fees__isnull=False)
    if agreed.exists() or Task.objects.filter(project=project, payment_amount__isnull=False).exists():
        return "fees are agreed in it."
    return None
