"""The demo's changes and sign-offs, made through the same services as any other: each state is there once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from budget.choices import Category
from budget.models import ChangeLine, ChangeOption, ChangeRequest, ChangeText
from budget.purposes import APPROVE, CHANGE, REJECT
from budget.services.changes import change_implement, change_save, part_save
from budget.workflows import CHANGE_WORKFLOW
from implement.accounts.models import User
from projects.kit.access import Entry, enter
from projects.kit.purposes import Purpose
from projects.models import Membership, Milestone, Person, Project, Task
from projects.planning import today_of
from projects.requirements.models import Requirement
from projects.signoffs.models import ResponseRequest
from projects.signoffs.purposes import ACCEPT, MILESTONE
from projects.signoffs.services import Answer, request_answer, request_send

WORKED_OUT = ("submit", "analyse", "review")
ACCEPTED_AFTER, ASKED_BEFORE = timedelta(days=4), timedelta(days=2)


@dataclass
class Room:
    """The project with everybody who has a say in a change."""

    project: Project
    mara: Entry
    fay: Entry
    tom: Entry
    carla: Person


def raise_changes(project: Project) -> None:
    """Raise six changes in all states, and have the reached milestones accepted but the last one."""

    def inside(name: str) -> Entry:
        user = User.objects.get(person__memberships__project=project, email__startswith=f"{name}@")
        return enter(user, project.code, "changes.view")

    carla = Membership.objects.get(project=project, is_approver=True).person
    room = Room(project, inside("mara"), inside("fay"), inside("tom"), carla)
    _implemented(room)
    _approved(room)
    _rejected(room)
    _at_the_customer(room)
    _in_analysis(room)
    raised(
        room, "Print labels at the packing station", "Drivers ask for labels printed where they pack.", "new"
    )
    _acceptances(room)


def raised(room: Room, title: str, text: str, reason: str, *, days_ago: int = 3) -> ChangeRequest:
    """Raise a change as Tom, for Carla."""
    today = today_of(room.project)
    change = ChangeRequest(
        project=room.project,
        title=title,
        description=text,
        reason=reason,
        requester=room.carla,
        requested_on=today - timedelta(days=days_ago),
        needed_by=today + timedelta(days=12),
        owner=room.fay.person,
    )
    change_save(change=change, entry=room.tom)
    return change


def _line(room: Room, change: ChangeRequest, text: str, hours: int, task: Task | None, **more: Any) -> None:
    row = ChangeLine(change=change, description=text, planned_seconds=hours * 3600, task=task, **more)
    part_save(row=row, entry=room.fay)


def _step(room: Room, change: ChangeRequest, *names: str) -> None:
    for name in names:
        CHANGE_WORKFLOW.perform(name=name, item=change, entry=room.fay)


def _worked_out(room: Room, change: ChangeRequest, *, recommendation: str, **texts: object) -> None:
    for name, text in {"recommendation": recommendation, **texts}.items():
        setattr(change, name, text)
    change_save(change=change, entry=room.fay)
    _step(room, change, *WORKED_OUT)


def _ask(room: Room, purpose: Purpose, row: Any, message: str = "") -> ResponseRequest:
    return request_send(
        purpose=purpose,
        rows=[row],
        person=room.carla,
        entry=room.mara,
        due_on=today_of(room.project) + timedelta(days=6),
        message=message,
    )


def _decide(
    room: Room, purpose: Purpose, row: Any, verdict: str, comment: str = "", *, at: datetime | None = None
) -> None:
    """Ask Carla about a row and let her answer; `at`: long ago, two days after she was asked."""
    request = _ask(room, purpose, row)
    item = request.items.get()
    answers = {item.pk: Answer(verdict, comment)}
    request_answer(request=request, answers=answers, user=room.carla.user, proof="login", now=at)
    if at is not None:
        ResponseRequest.objects.filter(pk=request.pk).update(
            created_at=at - ASKED_BEFORE, due_on=at.date() + ASKED_BEFORE, closed_at=at
        )
    row.refresh_from_db()


def _task(room: Room, text: str) -> Task | None:
    """Return an open task of the plan whose name begins so."""
    return Task.objects.filter(project=room.project, name__startswith=text, percent_complete__lt=100).first()


def _implemented(room: Room) -> None:
    change = raised(
        room,
        "Credit limit check before an order is released",
        "Orders of customers above their credit limit are to wait for **release by finance**, not only be marked.",
        "changed",
        days_ago=40,
    )
    needs = Requirement.objects.filter(project=room.project, title="Credit limit check")
    change_save(change=change, entry=room.tom, requirements=needs)
    _line(
        room,
        change,
        "Configure the check and its release",
        24,
        _task(room, "Fix and re-test"),
        duration_days=Decimal(2),
        person=room.tom.person,
    )
    _worked_out(
        room,
        change,
        recommendation="Do it with the current release: the order process is being built anyway.",
        scope_impact="One more state of an order, one role, one notice.",
        quality_impact="Fewer orders that are delivered and never paid.",
        cost_of_not_doing="About 40,000 EUR a year in written-off receivables.",
    )
    _decide(room, CHANGE, change, APPROVE, "As discussed in the steering committee.")
    change_implement(change=change, entry=room.mara)


def _approved(room: Room) -> None:
    change = raised(
        room,
        "Second language for quotes",
        "Quotes for the branch in Malmö are to be printed in Swedish.",
        "new",
        days_ago=16,
    )
    follows = _task(room, "System test")
    _line(
        room, change, "Templates and translation", 32, follows,
        new_task="Quotes in Swedish", duration_days=Decimal(4), person=room.tom.person,
    )  # fmt: skip
    _line(
        room,
        change,
        "Translation bureau",
        0,
        None,
        category=Category.SUBCONTRACT,
        cost=Decimal(1800),
        bill=Decimal(2160),
    )
    _worked_out(
        room,
        change,
        recommendation="Do it behind the German templates; a proof by the branch is included.",
        scope_impact="Two templates and their texts.",
        cost_of_not_doing="The branch goes on writing quotes by hand.",
    )
    _decide(room, CHANGE, change, APPROVE)


def _rejected(room: Room) -> None:
    change = raised(
        room, "Chat with the service desk", "Customers are to chat with the service desk.", "new", days_ago=25
    )
    _line(
        room,
        change,
        "Licence of the chat",
        0,
        None,
        category=Category.LICENCE,
        cost=Decimal(9000),
        bill=Decimal(10800),
    )
    _worked_out(
        room, change, recommendation="Wait until after go-live: nobody is planned to answer.", schedule_days=0
    )
    _decide(room, CHANGE, change, REJECT, "Not in this year's budget.")


def _at_the_customer(room: Room) -> None:
    change = raised(
        room,
        "Returns are booked in the warehouse",
        "Returns are to be booked **where they arrive**, with a scanner, and be seen by the service desk at once.",
        "unclear",
        days_ago=9,
    )
    task = _task(room, "User acceptance test")
    options = [
        ChangeOption(
            change=change, label="Scanner app", price=Decimal("14800.00"), schedule_days=5, is_recommended=True,
            description="A small app on the scanners that are there already.",
        ),
        ChangeOption(
            change=change, label="Form in the browser", price=Decimal("6200.00"), schedule_days=0,
            description="The clerk types the number; no scanner.",
        ),
    ]  # fmt: skip
    for option in options:
        part_save(row=option, entry=room.fay)
    _line(room, change, "Returns process", 16, task, person=room.tom.person)
    _line(
        room,
        change,
        "App and its test",
        56,
        task,
        person=room.tom.person,
        duration_days=Decimal(5),
        option=options[0],
    )
    _line(room, change, "Form", 12, task, person=room.tom.person, option=options[1])
    returns = Requirement.objects.filter(project=room.project, title="Returns").first()
    if returns is not None:
        said = (
            "The product shall make a return with its label from a complaint, and book it where it arrives."
        )
        part_save(row=ChangeText(change=change, requirement=returns, statement=said), entry=room.fay)
    _worked_out(
        room,
        change,
        recommendation="The scanner app: it pays for itself within a year by the time that is saved.",
        scope_impact="A new way into the returns process; the rest of it stays as designed.",
        quality_impact="No wrong numbers by hand.",
        cost_of_not_doing="Returns wait a day until somebody types them in.",
        resource_impact="Ivo is needed for a week in June.",
        risk_impact="The scanners' firmware has not been looked at.",
    )
    _ask(room, CHANGE, change, "Both options are worked out below. We can talk on Thursday.")


def _in_analysis(room: Room) -> None:
    change = raised(
        room,
        "Dunning letters by e-mail",
        "Reminders are to go out by e-mail where there is an address.",
        "new",
    )
    _line(room, change, "Template and sending", 20, _task(room, "System test"), person=room.tom.person)
    _step(room, change, "submit", "analyse")


def _acceptances(room: Room) -> None:
    """Have the reached milestones accepted, the last of them only asked about."""
    reached = list(
        Milestone.objects.filter(
            project=room.project, percent_complete=100, is_published=True, actual_finish__isnull=False
        ).order_by("finish")
    )
    for number, milestone in enumerate(reached, start=1):
        if number < len(reached) and milestone.actual_finish is not None:
            _decide(room, MILESTONE, milestone, ACCEPT, at=milestone.actual_finish + ACCEPTED_AFTER)
        else:
            _ask(room, MILESTONE, milestone)
