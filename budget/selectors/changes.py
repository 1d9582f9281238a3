"""What change requests would take and give: hours, cost, price, and what they do to the plan."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch

from budget.choices import CHANGE_AGREED, CHANGE_PENDING, Category, ChangeState
from budget.models import ChangeLine, ChangeOption, ChangeRequest
from budget.selectors.amounts import ZERO, total
from budget.selectors.planned import Planned
from budget.selectors.rates import RateBook, priced, rates_for
from budget.selectors.whatif import LivePlan, Sketch, computed, live_plan, sketch_of
from implement.core.asked import answered_once
from projects.models import Dependency, Project, Task, TraceLink
from projects.models.trace import TraceLinkQuerySet
from projects.planning import today_of, working_calendar, zone_of

DAY_MINUTES = 480
# New tasks of differences have the ids of these below zero; those of plain lines are out of their way.
BELOW_DIFFERENCES = -(2**40)


@dataclass(frozen=True, kw_only=True)
class ChangeSums:
    """What a change, or one of its options, takes. Money is None where no rate or amount says it."""

    seconds: int
    cost: Decimal | None
    bill: Decimal | None
    price: Decimal | None
    days: int | None

    @property
    def margin(self) -> Decimal | None:
        """Return price less cost."""
        return None if self.price is None or self.cost is None else self.price - self.cost


def lines_of(change: ChangeRequest, option: ChangeOption | None) -> list[ChangeLine]:
    """Return the lines of a change in one of its options: those of every option, and the option's own."""
    wanted = {None, option.pk if option else None}
    return [line for line in change.lines.all() if line.option_id in wanted]


@answered_once
def changes_of(*, project: Project) -> list[ChangeRequest]:
    """Return a project's changes with their options and lines, the latest first; three queries."""
    lines = ChangeLine.objects.select_related("person", "task", "option")
    rows = ChangeRequest.objects.filter(project=project).select_related("chosen").order_by("-number")
    found = list(rows.prefetch_related("options", Prefetch("lines", queryset=lines)))
    for row in found:
        row.project = project
    return found


def links_to_requirements(change: ChangeRequest) -> TraceLinkQuerySet:
    """Return the links of a change to the requirements that it affects."""
    return TraceLink.objects.filter(type="changes", source_kind="change", source_id=change.pk)


def meant_option(change: ChangeRequest) -> ChangeOption | None:
    """Return the option that counts: the customer's choice, else the recommended one, else the first."""
    if change.chosen is not None:
        return change.chosen
    options = list(change.options.all())
    return next((one for one in options if one.is_recommended), options[0] if options else None)


def _known(amounts: list[Decimal | None], lines: list[ChangeLine]) -> Decimal | None:
    """Return the sum; None when hours of it have no rate: what a change costs is known, or not."""
    if any(amount is None and line.planned_seconds for amount, line in zip(amounts, lines, strict=True)):
        return None
    return total(amounts)


def sums_of(change: ChangeRequest, option: ChangeOption | None, book: RateBook) -> ChangeSums:
    """Return what a change takes in an option. The price: the option's, else the change's, else what is billed."""
    lines = lines_of(change, option)
    day = today_of(change.project)
    amounts = [priced(line, book, day) for line in lines]
    bill = _known([bill for _, bill in amounts], lines)
    price = option.price if option is not None and option.price is not None else change.price
    days = (
        option.schedule_days
        if option is not None and option.schedule_days is not None
        else change.schedule_days
    )
    return ChangeSums(
        seconds=sum(line.planned_seconds for line in lines),
        cost=_known([cost for cost, _ in amounts], lines),
        bill=bill,
        price=bill if price is None else price,
        days=days,
    )


@answered_once
def sums_by_change(*, project: Project) -> dict[int, ChangeSums]:
    """Return change id -> what it takes in the option that counts; a query beside those of the changes."""
    rows = changes_of(project=project)
    book = rates_for(project=project) if rows else RateBook(currency=project.currency)
    return {row.pk: sums_of(row, meant_option(row), book) for row in rows}


@answered_once
def pending_of(*, project: Project) -> list[Planned]:
    """Return the pieces that pending changes would bring, each in the option that counts; four queries."""
    pending = [change for change in changes_of(project=project) if change.status in CHANGE_PENDING]
    if not pending:
        return []
    book, day = rates_for(project=project), today_of(project)
    pieces = []
    for change in pending:
        for line in lines_of(change, meant_option(change)):
            cost, bill = priced(line, book, day)
            # A task that is only to be added has no row of its own yet.
            task_id = None if line.new_task else line.task_id
            role = line.job_role if line.person is None else line.person.job_role
            pieces.append(
                Planned(
                    task_id, line.person_id, line.category, line.planned_seconds, cost, bill, job_role=role
                )
            )
    return pieces


@dataclass(frozen=True, kw_only=True)
class AgreedChanges:
    """What changes do to what the contract agrees. Approved ones count from the customer's approval on."""

    count: int
    price: Decimal
    seconds: int
    pending_count: int
    pending_price: Decimal | None
    pending_seconds: int


@answered_once
def agreed_changes(*, project: Project, only_shown: bool) -> AgreedChanges:
    """Return the sums of approved and of pending changes; `only_shown`: pending are those the customer decides on.

    A pending change without a price makes the pending price n/a.
    """
    pending_states = {ChangeState.DECISION} if only_shown else set(CHANGE_PENDING) - {ChangeState.APPROVED}
    rows, known = changes_of(project=project), sums_by_change(project=project)
    agreed = [known[row.pk] for row in rows if row.status in CHANGE_AGREED]
    pending = [known[row.pk] for row in rows if row.status in pending_states]
    prices = [sums.price for sums in pending]
    return AgreedChanges(
        count=len(agreed),
        price=sum((sums.price for sums in agreed if sums.price is not None), start=ZERO),
        seconds=sum(sums.seconds for sums in agreed),
        pending_count=len(pending),
        pending_price=None
        if any(price is None for price in prices)
        else sum((p for p in prices if p), start=ZERO),
        pending_seconds=sum(sums.seconds for sums in pending),
    )


@dataclass(frozen=True, kw_only=True)
class MovedMilestone:
    """A milestone that a change moves."""

    name: str
    before: date
    after: date
    days: int


@dataclass(frozen=True, kw_only=True)
class PlanEffect:
    """What the working time of a change does to the plan: its finish then and now, which milestones move."""

    finish_before: date | None
    finish_after: date | None
    days: int | None
    milestones: tuple[MovedMilestone, ...]
    reason: str = ""


NO_EFFECT = PlanEffect(finish_before=None, finish_after=None, days=None, milestones=())


def plan_effect(*, project: Project, lines: Sequence[ChangeLine]) -> PlanEffect:
    """Compute the plan with the lines' working time and new tasks, in memory, beside the plan as it stands.

    Nothing is stored. Working days are the project calendar's. Where it cannot be computed `reason` says why.
    """
    tasks = list(Task.objects.filter(project=project).select_related("calendar"))
    zone = zone_of(project)
    before = {task.pk: task.finish.astimezone(zone).date() for task in tasks if task.finish}
    if not before:
        return NO_EFFECT
    after = before
    if any(line.new_task or line.duration_days or line.difference_id for line in lines):
        live = live_plan(project=project)
        schedule, reason = computed(live=live, sketch=with_lines(live, lines))
        if schedule is None:
            return replace(NO_EFFECT, reason=reason)
        after = {int(str(pk)): activity.finish.date() for pk, activity in schedule.activities.items()}
    calendar = working_calendar(project.calendar)
    moved = [
        MovedMilestone(
            name=str(task),
            before=before[task.pk],
            after=after[task.pk],
            days=calendar.working_days_between(before[task.pk], after[task.pk]),
        )
        for task in tasks
        if task.is_milestone and task.pk in before and before[task.pk] != after[task.pk]
    ]
    first, last = max(before.values()), max(after.values())
    return PlanEffect(
        finish_before=first,
        finish_after=last,
        days=calendar.working_days_between(first, last),
        milestones=tuple(sorted(moved, key=lambda row: row.after)),
    )


def with_lines(live: LivePlan, lines: Sequence[ChangeLine]) -> Sketch:
    """Return the plan as the lines would make it; new tasks have negative ids.

    A line with a difference of a what-if does what that says, and nothing else to the plan.
    """
    by_id = {task.pk: copy(task) for task in live.tasks}
    links, hours, people = list(live.links), dict(live.hours), dict(live.people)
    for number, line in enumerate(lines, start=1):
        if line.difference is not None:
            continue
        minutes = int((line.duration_days or ZERO) * DAY_MINUTES)
        task = behind = by_id.get(line.task_id or 0)
        if line.new_task:
            task = Task(
                pk=BELOW_DIFFERENCES - number,
                name=line.new_task,
                project_id=live.project.pk,
                parent_id=behind.parent_id if behind else None,
                duration_minutes=max(minutes, 0),
            )
            by_id[task.pk] = task
            if behind is not None:
                links.append(Dependency(predecessor_id=behind.pk, successor_id=task.pk))
        elif behind is not None and minutes:
            behind.duration_minutes = max(behind.duration_minutes + minutes, 0)
        if (
            task is not None
            and line.person is not None
            and line.category == Category.LABOUR
            and line.planned_seconds
        ):
            key = (task.pk, line.person.pk)
            hours[key] = max(hours.get(key, 0) + line.planned_seconds, 0)
            people[line.person.pk] = line.person
    differences = list({line.difference.pk: line.difference for line in lines if line.difference}.values())
    plan = replace(live, tasks=list(by_id.values()), links=links, hours=hours, people=people)
    return sketch_of(live=plan, differences=differences)
