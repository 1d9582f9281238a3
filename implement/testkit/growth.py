"""A project with much of everything: the same house at three rows and at thirty, to see what grows with them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils import timezone

from budget.choices import (
    AlertRule,
    AlertState,
    Category,
    ChangeState,
    ContractKind,
    EntryState,
    LineKind,
    ReserveKind,
    Severity,
    Verdict,
)
from budget.models import (
    Alert,
    AlertSettings,
    Approver,
    BaselineShare,
    BudgetLine,
    BudgetSettings,
    ChangeLine,
    ChangeOption,
    ChangeRequest,
    ChangeText,
    ClosedPeriod,
    Commitment,
    CommitmentPart,
    Contract,
    Difference,
    EntryDecision,
    Estimate,
    ExchangeRate,
    Expense,
    InvoiceLine,
    InvoiceRun,
    RateCard,
    ReserveRelease,
    StandIn,
    TimeEntry,
    Timer,
    TimeRules,
    WhatIf,
)
from budget.services.corrections import below_zero
from implement.accounts.models import ApiToken, User
from implement.core.sealing import canonical, digest
from implement.reports.choices import ReportKind, ReportState
from implement.reports.models import Report, ReportBatch, ReportDelivery, ReportSchedule, Snapshot
from implement.testkit.cast import STARTS_ON, Cast
from projects import services
from projects.builds.choices import LIMITED, BuildState
from projects.builds.models import (
    Blockage,
    BuildItem,
    CodeReference,
    ConformanceCheck,
    DoneCriterion,
    DoneTick,
    Environment,
    InboundHook,
    PromotedItem,
    Promotion,
    WipLimit,
)
from projects.choices import Audience, Channel, ProgressRule, ProjectStatus, Role
from projects.design.choices import ElementState, FeedbackSource, ReviewVerdict
from projects.design.models import (
    ArchitectureDecision,
    DesignElement,
    DesignFeedback,
    DesignReview,
    DesignVersion,
    NfrTarget,
)
from projects.kit.purposes import PURPOSES
from projects.models import (
    Absence,
    Assignment,
    Attachment,
    Baseline,
    CalendarFeed,
    Comment,
    Customer,
    Delivery,
    Dependency,
    ImportRun,
    Job,
    JournalEntry,
    MeasureChange,
    Membership,
    Milestone,
    Person,
    ProgressCount,
    ProgressStep,
    Project,
    ProjectTemplate,
    SavedView,
    Task,
    TraceLink,
    WorkCalendar,
)
from projects.requirements.choices import Priority, RequirementKind, RequirementState
from projects.requirements.models import (
    AcceptanceCriterion,
    BaselinedRequirement,
    GlossaryTerm,
    OpenQuestion,
    Release,
    Requirement,
    RequirementBaseline,
    RequirementVersion,
    SuccessCriterion,
    TaskReason,
    Verification,
    Workshop,
)
from projects.signoffs.choices import MailKind, RequestState
from projects.signoffs.models import Decision, RequestItem, RequestMail, ResponseRequest

NOON = datetime(2026, 3, 4, 12, tzinfo=ZoneInfo("UTC"))
STATES = (EntryState.SUBMITTED, EntryState.APPROVED, EntryState.REJECTED, EntryState.DRAFT)
EDITIONS = list(product(ReportKind, Audience))


def grow(cast: Cast, rounds: int) -> None:
    """Add a row to every list of Nordwind, and a project to the portfolio of everybody on it, `rounds` times."""
    done = Baseline.objects.filter(project=cast.nordwind).count()
    for number in range(done + 1, done + rounds + 1):
        person = add_person(cast, number)
        task = add_plan(cast, person, number)
        add_time_and_money(cast, person, task, number)
        add_hours_rules(cast, person, number)
        add_talk(cast, person, task, number)
        add_work_of_workers(cast, number)
        add_reports(cast, person, number)
        add_alerts(cast, person, number)
        add_changes(cast, person, task, number)
        add_whatifs(cast, person, task, number)
        add_contracts(cast, person, task, number)
        add_requirements(cast, person, number)
        add_design(cast, person, number)
        add_builds(cast, person, task, number)
        add_project(cast, number)
        baseline = services.baseline_take(
            project=cast.nordwind, name=f"Plan {number}", actor=cast.mara, budgets={}
        )
        BaselineShare.objects.create(baseline=baseline, task=task, person=person, category=Category.LABOUR)
    services.tree_renumber(cast.nordwind)
    services.plan_schedule(project=cast.nordwind)


def viewers(cast: Cast) -> list[User]:
    """Return everybody who looks at Nordwind."""
    return [cast.ada, cast.mara, cast.tom, cast.fay, cast.carla]


def add_person(cast: Cast, number: int) -> Person:
    """Add somebody with a login to the team."""
    user = User.objects.create_user(f"colleague{number}@example.test", full_name=f"Colleague {number}")
    person = Person.objects.create(
        name=user.full_name, email=user.email, user=user, job_role=f"Role {number}"
    )
    Membership.objects.create(project=cast.nordwind, person=person, role=Role.TEAM)
    Customer.objects.create(name=f"Customer {number}")
    ProjectTemplate.objects.create(name=f"Template {number}", source=cast.nordwind)
    add_own_time(cast, person, number)
    return person


def add_own_time(cast: Cast, person: Person, number: int) -> None:
    """Let them work by a calendar of the firm, and be away; as others of the project are."""
    WorkCalendar.objects.create(name=f"Calendar of the firm {number}")
    person.calendar = WorkCalendar.objects.create(name=f"Hours of {person}", person=person)
    person.save()
    for who in (person, *(user.person for user in viewers(cast) if hasattr(user, "person"))):
        day = timezone.localdate() + timedelta(weeks=number)
        Absence.objects.create(person=who, first=day, last=day)


def add_plan(cast: Cast, person: Person, number: int) -> Task:
    """Add a phase with a task, who does it and what it waits for, and a milestone."""
    calendar = WorkCalendar.objects.create(project=cast.nordwind, name=f"Calendar {number}")
    phase = Task.objects.create(project=cast.nordwind, name=f"Phase {number}", position=10 * number)
    task = Task.objects.create(
        project=cast.nordwind,
        name=f"Task {number}",
        parent=phase,
        position=10 * number + 1,
        duration_minutes=480,
        percent_complete=Decimal(50),
        calendar=calendar,
    )
    Task.objects.create(
        project=cast.nordwind,
        name=f"Milestone {number}",
        parent=phase,
        position=10 * number + 2,
        is_milestone=True,
        is_published=True,
    )
    add_measures(cast, number, task)
    thrown = Task.objects.create(project=cast.nordwind, name=f"Thrown {number}", position=10 * number + 3)
    Task.with_trash.filter(pk=thrown.pk).update(deleted_at=NOON)
    Dependency.objects.create(predecessor=cast.kickoff, successor=task)
    Assignment.objects.create(task=task, person=person, planned_seconds=8 * 3600)
    for user in (cast.mara, cast.tom):
        Assignment.objects.create(task=task, person=user.person, planned_seconds=3600)
    return task


def add_measures(cast: Cast, number: int, task: Task) -> None:
    """Add a task measured by steps and one measured by units, otherwise than before; and steps of one task."""
    for offset, rule in ((4, ProgressRule.STEPS), (5, ProgressRule.UNITS), (6, ProgressRule.EFFORT)):
        ruled = Task.objects.create(
            project=cast.nordwind,
            name=f"{rule.label} {number}",
            parent=task.parent,
            position=10 * number + offset,
            duration_minutes=480,
            progress_rule=rule,
            units_total=Decimal(10),
            measured_since=STARTS_ON,
        )
        ProgressStep.objects.create(task=ruled, name="Step", weight=Decimal(100), done_on=STARTS_ON)
        ProgressCount.objects.create(task=ruled, counted_on=STARTS_ON, done=Decimal(number), at=NOON)
    # One task's steps, counts and changes grow, too.
    Task.objects.filter(pk=cast.kickoff.pk).update(progress_rule=ProgressRule.STEPS, measured_since=STARTS_ON)
    ProgressStep.objects.create(task=cast.kickoff, name=f"Step {number}", weight=Decimal(1))
    ProgressCount.objects.create(task=cast.kickoff, counted_on=STARTS_ON, done=Decimal(number), at=NOON)
    MeasureChange.objects.create(
        task=cast.kickoff, since=STARTS_ON, at=NOON, by=cast.mara, before=ProgressRule.PHYSICAL,
        after=ProgressRule.STEPS, reason="More exact",
    )  # fmt: skip


def add_time_and_money(cast: Cast, person: Person, task: Task, number: int) -> None:
    """Add budget, rates, hours and expenses in every state, some of them in the trash."""
    BudgetLine.objects.create(project=cast.nordwind, task=task, person=person, planned_seconds=8 * 3600)
    RateCard.objects.create(
        project=cast.nordwind, person=person, effective_from=STARTS_ON, cost_rate=Decimal(70), bill_rate=140
    )
    day = timezone.localdate() - timedelta(days=number % 3)
    for status in STATES:
        for whose in (person, cast.tom.person, cast.mara.person):
            worked = {"project": cast.nordwind, "task": task, "person": whose, "status": status}
            decided = {} if status == EntryState.DRAFT else {"decided_by": cast.mara, "decided_at": NOON}
            priced = {"cost": Decimal(70), "bill": Decimal(140)}
            TimeEntry.objects.create(**worked, **decided, **priced, worked_on=day, seconds=900)
            Expense.objects.create(
                **worked,
                **decided,
                **priced,
                spent_on=day,
                description="Train",
                amount=Decimal(20),
                currency="EUR",
            )
    # An older one was taken back.
    taken = Expense.objects.create(
        project=cast.nordwind, task=task, person=person, spent_on=day - timedelta(days=9), description="Taxi",
        amount=Decimal(20), currency="EUR", cost=Decimal(20), bill=Decimal(0), status=EntryState.APPROVED,
    )  # fmt: skip
    back = below_zero(taken)
    back.posted_on, back.reverses, back.correction_reason = day, taken, "Twice"
    back.save()
    ExchangeRate.objects.create(
        base="EUR", quote="USD", effective_on=STARTS_ON + timedelta(days=number), rate=Decimal("1.08")
    )
    # As many again are in the trash.
    for model, more in (
        (TimeEntry, {"worked_on": day, "seconds": 60}),
        (Expense, {"spent_on": day, "amount": 1, "currency": "EUR"}),
    ):
        model.objects.create(  # type: ignore[attr-defined]
            project=cast.nordwind, task=task, person=cast.mara.person, deleted_at=NOON, **more
        )
    BudgetLine.objects.create(project=cast.nordwind, task=task, person=person, deleted_at=NOON)


def add_hours_rules(cast: Cast, person: Person, number: int) -> None:
    """Add an approver, a stand-in, a closed period long ago, a decision, a correction, and a running timer."""
    project = cast.nordwind
    Approver.objects.create(project=project, person=person, approver=cast.mara.person)
    today = timezone.localdate()
    StandIn.objects.create(
        project=project, approver=cast.mara.person, delegate=person, starts_on=today, ends_on=today
    )
    begin = date(2020, 1, 6) + timedelta(weeks=number)
    for whose in (project, None):
        ClosedPeriod.objects.create(
            project=whose,
            starts_on=begin,
            ends_on=begin + timedelta(days=6),
            closed_at=NOON,
            closed_by=cast.fay,
        )
    for user in (cast.mara, cast.tom):
        entry = TimeEntry.objects.filter(
            project=project, person=user.person, status=EntryState.APPROVED
        ).last()
        assert entry is not None
        EntryDecision.objects.create(
            project=project, time_entry=entry, level=1, levels=1, verdict=Verdict.APPROVED, actor=cast.fay,
            actor_name=str(cast.fay), role=Role.FINANCE, at=NOON,
        )  # fmt: skip
    Timer.objects.get_or_create(
        person=cast.tom.person, defaults={"project": project, "task": cast.setup, "started_at": NOON}
    )
    # There are two rows to see at most: the project's own, and later the firm's.
    TimeRules.objects.get_or_create(project=project if number < 5 else None)
    # There is never more than one row of these: with more in the project, more is set in it.
    AlertSettings.objects.update_or_create(
        project=project, defaults={"off": [] if number < 5 else [AlertRule.SLIP]}
    )
    BudgetSettings.objects.update_or_create(
        project=project, defaults={"agreed_hours": None if number < 5 else Decimal(1000)}
    )


def add_talk(cast: Cast, person: Person, task: Task, number: int) -> None:
    """Add comments and files on one task, history, and a notification for everybody."""
    assert person.user is not None
    add_notes(cast, cast.kickoff, person.user, number)
    for target in (task, cast.kickoff):
        entry = JournalEntry.objects.create(
            project=cast.nordwind,
            at=NOON + timedelta(minutes=number),
            actor=person.user,
            actor_name=person.name,
            action="task.changed",
            target_type=target._meta.label_lower,
            target_id=str(target.pk),
            target_label=target.name,
            changes={"percent_complete": ["0", "50"]},
            audience=Audience.CUSTOMER,
        )
    for user in viewers(cast):
        Delivery.objects.create(entry=entry, user=user, channel=Channel.IN_APP, due_at=NOON)
        SavedView.objects.create(user=user, page="task", name=f"View {number}")
        CalendarFeed.objects.create(
            user=user, project=cast.nordwind, digest=f"{user.pk}-{number}", hint="abc"
        )
        ApiToken.issue(
            user=user, name=f"Token {number}", scopes=["read"], expires_at=NOON + timedelta(days=999)
        )


def add_notes(cast: Cast, row: Model, author: User, number: int) -> None:
    """Pin a comment and a file for the customer to a row."""
    note: dict[str, Any] = {
        "project": cast.nordwind,
        "content_type": ContentType.objects.get_for_model(row),
        "object_id": row.pk,
        "author": author,
        "audience": Audience.CUSTOMER,
    }
    Comment.objects.create(**note, body=f"Remark {number}")
    Attachment.objects.create(
        **note, file=ContentFile(b"%PDF-1.7", name="note.pdf"), name=f"{number}.pdf", size=1, sha256="0" * 64
    )


def add_work_of_workers(cast: Cast, number: int) -> None:
    """Add a job and an import."""
    job = Job.objects.create(kind="plan.schedule", project=cast.nordwind, created_by=cast.mara)
    ImportRun.objects.create(
        project=cast.nordwind, kind="time.file", filename="time.csv", size=1, job=job, created_by=cast.mara
    )


def add_reports(cast: Cast, person: Person, number: int) -> None:
    """Add both editions of a report, a schedule while there is one to add, and somebody who gets them all."""
    if number <= len(EDITIONS):
        kind, audience = EDITIONS[number - 1]
        ReportSchedule.objects.create(
            project=cast.nordwind,
            kind=kind,
            audience=audience,
            time=time(8),
            time_zone="UTC",
            anchor=STARTS_ON,
        )
    # The first stays the newest: it is the one that is looked at.
    begin = date(2025, 1, 6) - timedelta(weeks=number)
    period = {"project": cast.nordwind, "period_from": begin, "period_to": begin + timedelta(days=7)}
    text = canonical(
        {
            "as_of": NOON.isoformat(),
            "figures_on": begin.isoformat(),
            "project": {"name": "Nordwind", "customer": "Nordwind", "currency": "EUR", "time_zone": "UTC"},
            "panels": [],
        }
    )
    frozen = Snapshot.objects.create(
        **period, kind=ReportKind.STATUS, as_of=NOON, data=text, sha256=digest(text)
    )
    for audience in Audience:
        Report.objects.create(
            **period,
            kind=ReportKind.STATUS,
            audience=audience,
            state=ReportState.SENT,
            snapshot=frozen,
            pdf=ContentFile(b"%PDF-1.7", name="report.pdf"),
            is_pdf_current=True,
            approved_by=cast.mara,
            sent_at=NOON,
        )
    batch = ReportBatch.objects.create(
        created_by=cast.mara,
        kind=ReportKind.STATUS,
        audience=Audience.CUSTOMER,
        **{name: period[name] for name in ("period_from", "period_to")},
    )
    batch.reports.add(*Report.objects.filter(project=cast.nordwind, audience=Audience.CUSTOMER))
    for schedule in ReportSchedule.objects.filter(project=cast.nordwind):
        schedule.recipients.add(person)
    for report in Report.objects.filter(project=cast.nordwind)[:2]:
        ReportDelivery.objects.create(report=report, person=person, address=person.email, due_at=NOON)


def add_alerts(cast: Cast, person: Person, number: int) -> None:
    """Add an alert about a person, with an action."""
    Alert.objects.create(
        project=cast.nordwind,
        rule=AlertRule.TIMESHEET,
        subject=f"person-{person.pk}",
        person=person,
        severity=Severity.WATCH,
        value=Decimal(40),
        limit=Decimal(80),
        state=AlertState.PLANNED,
        first_seen=NOON,
        last_seen=NOON,
        owner=person,
        action="Ask for the hours",
        due_on=STARTS_ON,
    )


def add_changes(cast: Cast, person: Person, task: Task, number: int) -> None:
    """Add a change with lines, options and texts that the customer is asked about, and the answer to another one."""
    requirement = Requirement.objects.create(
        project=cast.nordwind, number=9000 + number, title=f"Changed {number}", statement="Less", revision=1
    )
    for status in (ChangeState.DECISION, ChangeState.APPROVED):
        change = ChangeRequest.objects.create(
            project=cast.nordwind,
            number=2 * number + (status == ChangeState.APPROVED),
            title=f"Change {number}",
            description="More",
            requested_on=STARTS_ON,
            owner=person,
            requester=cast.carla.person,
            schedule_days=2,
            status=status,
        )
        change.tasks.add(task)
        option = ChangeOption.objects.create(change=change, label=f"Option {number}", price=Decimal(100))
        for chosen in (None, option):
            ChangeLine.objects.create(
                change=change, option=chosen, task=task, person=person, planned_seconds=3600
            )
        first = ChangeRequest.objects.filter(project=cast.nordwind).earliest("number")
        for one in {change, first}:
            ChangeText.objects.get_or_create(change=one, requirement=requirement, statement=f"More {number}.")
        # All of them are about the first change, and about one milestone, whose pages must not grow with them.
        for row in (first, cast.go_live):
            add_request(cast, row, is_answered=status == ChangeState.APPROVED)


def add_whatifs(cast: Cast, person: Person, task: Task, number: int) -> None:
    """Add a what-if with a difference of every kind, and as many to the first, whose page must not grow with them."""
    own = WhatIf.objects.create(project=cast.nordwind, name=f"What if {number}", owner=cast.mara)
    line = BudgetLine.objects.create(project=cast.nordwind, task=task, category="travel", cost=Decimal(100))
    gone = Task.objects.create(project=cast.nordwind, name=f"Left out {number}", position=10 * number + 4)
    BudgetLine.objects.create(project=cast.nordwind, task=gone, person=person, planned_seconds=3600)
    base = {"duration_minutes": 480, "constraint": "ASAP", "constraint_at": None}
    for what_if in {own, WhatIf.objects.filter(project=cast.nordwind).earliest("pk")}:
        write = partial(Difference.objects.create, what_if=what_if)
        added = write(kind="added", name=f"New {number}", duration_minutes=480, task=task)
        write(kind="task", task=task, duration_minutes=960, base=base)
        write(kind="link", predecessor=task, added=added)
        write(kind="unlink", predecessor=cast.kickoff, task=task)
        write(kind="hours", task=task, person=person, planned_seconds=7200, base={"planned_seconds": 0})
        write(kind="money", line=line, cost=Decimal(90), planned_seconds=0)
        write(kind="removed", task=gone)


def add_request(cast: Cast, row: ChangeRequest | Task, *, is_answered: bool) -> None:
    """Add a question to Carla about a row, open or answered."""
    request = ResponseRequest.objects.create(
        project=cast.nordwind,
        purpose="change.decide" if isinstance(row, ChangeRequest) else "milestone.accept",
        title=str(row),
        person=cast.carla.person,
        address="carla@example.test",
        due_on=STARTS_ON,
        expires_at=timezone.now() + timedelta(days=30),
        requested_by=cast.mara,
        state=RequestState.ANSWERED if is_answered else RequestState.OPEN,
    )
    RequestMail.objects.create(request=request, kind=MailKind.ASK, address=request.address, due_at=NOON)
    content = PURPOSES[request.purpose].shown(row)
    about = {
        "content_type": ContentType.objects.get_for_model(row),
        "object_id": row.pk,
        "subject_version": 1,
    }
    item = RequestItem.objects.create(
        request=request, **about, label=str(row), content=content, sha256=digest(canonical(content))
    )
    if is_answered:
        Decision.objects.create(
            project=cast.nordwind,
            item=item,
            **about,
            purpose=request.purpose,
            verdict="approved",
            verdict_label="Approve",
            person=cast.carla.person,
            name="Carla Customer",
            sha256=item.sha256,
            at=NOON,
            proof="code",
        )


def add_contracts(cast: Cast, person: Person, task: Task, number: int) -> None:
    """Add a contract about a part of the plan, a run of the first one, an order, an estimate and a release."""
    assert task.parent is not None
    # What was made to be looked at has the first numbers.
    key = 500 + number
    Contract.objects.create(
        project=cast.nordwind,
        name=f"Contract {number}",
        task=task.parent,
        kind=ContractKind.CAPPED,
        amount=1000,
    )
    first = Contract.objects.filter(project=cast.nordwind).earliest("pk")
    run = InvoiceRun.objects.create(
        project=cast.nordwind,
        number=key,
        contract=first,
        period_from=STARTS_ON,
        period_to=timezone.localdate(),
        finalised_by=person.user,
    )
    earliest = InvoiceRun.objects.filter(project=cast.nordwind).earliest("pk")
    for position, row in enumerate((earliest, run)):
        InvoiceLine.objects.create(
            run=row,
            position=10 * number + position,
            kind=LineKind.TIME,
            task_name=str(task),
            seconds=900,
            amount=35,
        )
    milestone = {"is_milestone": True, "is_published": True, "payment_amount": Decimal(100)}
    Task.objects.create(
        project=cast.nordwind,
        name=f"Paid {number}",
        parent=task.parent,
        position=10 * number + 4,
        **milestone,
    )
    order = {"project": cast.nordwind, "supplier": "Bureau", "description": "Texts", "currency": "EUR"}
    Commitment.objects.create(
        **order, number=key, task=task, amount=100, cost=100, ordered_on=STARTS_ON, expected_on=STARTS_ON
    )
    bought = Expense.objects.filter(project=cast.nordwind, commitment_part=None).earliest("pk")
    CommitmentPart.objects.create(
        commitment=Commitment.objects.filter(project=cast.nordwind).earliest("pk"), expense=bought
    )
    Estimate.objects.create(
        project=cast.nordwind,
        task=task,
        person=person,
        estimated_on=STARTS_ON,
        seconds=3600,
        made_by=person.user,
    )
    ReserveRelease.objects.create(
        project=cast.nordwind, number=key, reserve=ReserveKind.MANAGEMENT, amount=10, task=task,
        reason="More", requested_by=person.user,
    )  # fmt: skip
    BudgetLine.objects.create(project=cast.nordwind, category=Category.CONTINGENCY, cost=Decimal(100))
    Commitment.objects.create(
        **order, number=500 + key, amount=1, cost=1, ordered_on=STARTS_ON, deleted_at=NOON
    )
    thrown = Contract(project=cast.nordwind, name="Thrown", task=task, deleted_at=NOON)
    thrown.save()


def add_project(cast: Cast, number: int) -> None:
    """Add another project on which everybody is what they are on Nordwind."""
    customer = Customer.objects.create(name=f"Client {number}")
    project = Project.objects.create(
        code=f"more-{number}",
        name=f"More {number}",
        customer=customer,
        starts_on=STARTS_ON,
        status=ProjectStatus.ACTIVE,
    )
    for membership in Membership.objects.filter(project=cast.nordwind, person__user__in=viewers(cast)):
        Membership.objects.create(project=project, person=membership.person, role=membership.role)
    task = Task.objects.create(project=project, name="Task", position=1, duration_minutes=480)
    Task.objects.create(project=project, name="Done", position=2, is_milestone=True, is_published=True)
    RateCard.objects.create(
        project=project, effective_from=STARTS_ON, cost_rate=Decimal(80), bill_rate=Decimal(150)
    )
    for user in (cast.mara, cast.tom):
        Assignment.objects.create(task=task, person=user.person, planned_seconds=3600)
        TimeEntry.objects.create(
            project=project,
            task=task,
            person=user.person,
            worked_on=STARTS_ON,
            seconds=900,
            status="submitted",
        )
    services.plan_schedule(project=project)
    services.baseline_take(project=project, name="Plan", actor=cast.mara, budgets={})


def add_requirements(cast: Cast, person: Person, number: int) -> None:
    """Add a requirement with a part, criterion, question and versions; a workshop, a term, a goal, a baseline."""
    workshop = Workshop.objects.create(project=cast.nordwind, title=f"Workshop {number}", held_on=STARTS_ON)
    workshop.attendees.set([person])
    GlossaryTerm.objects.create(project=cast.nordwind, term=f"Term {number}", definition="What it means")
    goal = SuccessCriterion.objects.create(
        project=cast.nordwind, title=f"Goal {number}", owner=person, audience="customer"
    )
    first = Requirement.objects.filter(project=cast.nordwind).first()
    row = Requirement.objects.create(
        project=cast.nordwind, number=number, title=f"Need {number}", statement="The product shall print.",
        owner=person, workshop=workshop, parent=first, revision=1, signed_revision=1, success_criterion=goal,
        status=RequirementState.VALIDATED if number % 2 else RequirementState.REWORK,
    )  # fmt: skip
    for one, version in ((row, 1), (first or row, number + 1)):
        AcceptanceCriterion.objects.create(requirement=one, text=f"Criterion {number}")
        content = {"title": f"Need {number}", "statement": "x", "priority": "must", "criteria": []}
        RequirementVersion.objects.create(
            requirement=one, number=version, content=content, sha256="0" * 64, by=cast.mara, at=NOON
        )
    Verification.objects.create(
        requirement=first or row, revision=1, verdict="met", method="inspection", held_on=STARTS_ON, evidence="Seen",
        by=cast.mara, at=NOON,
    )  # fmt: skip
    for due_on in (STARTS_ON, None):
        OpenQuestion.objects.create(
            project=cast.nordwind,
            text="Why?",
            requirement=first or row,
            workshop=workshop,
            owner=person,
            due_on=due_on,
        )
    baseline = RequirementBaseline.objects.create(
        project=cast.nordwind, number=number, name="Agreed", at=NOON
    )
    BaselinedRequirement.objects.create(baseline=baseline, requirement=row, revision=1)
    add_roadmap(cast, row, first or row, number)
    add_notes(cast, row, cast.mara, number)
    # The first one, and one task, are linked with ever more.
    links = [("delivers", "task", cast.setup.pk, row.pk)]
    if first is not None:
        links.append(("relates", "requirement", row.pk, first.pk))
    for kind, source_kind, source, target in links:
        TraceLink.objects.create(
            project=cast.nordwind, type=kind, source_kind=source_kind, source_id=source, target_kind="requirement",
            target_id=target, source_revision=1, target_revision=1, suspect_since=NOON,
        )  # fmt: skip


def add_roadmap(cast: Cast, row: Requirement, first: Requirement, number: int) -> None:
    """Add a release with a milestone and a requirement in it, tasks that deliver some, and a task that needs none."""
    milestone = Milestone.objects.filter(project=cast.nordwind).last()
    release = Release.objects.create(
        project=cast.nordwind, number=number, position=number, name=f"Release {number}", title="What it brings",
        milestone=milestone, is_published=True,
    )  # fmt: skip
    Requirement.objects.filter(pk=row.pk).update(release=release, shown_revision=1, estimate_seconds=3600)
    # One release grows, too.
    Requirement.objects.filter(pk=first.pk).update(release=Release.objects.first(), shown_revision=1)
    waiting = Task.objects.filter(project=cast.nordwind, own_reason=None, is_milestone=False)
    task = waiting.order_by("pk").last()
    assert task is not None
    TaskReason.objects.create(task=task, reason=f"Overhead {number}")


def add_builds(cast: Cast, person: Person, task: Task, number: int) -> None:
    """Add an item in each column, an environment with a promotion, ticks, checks, blockages, references, a hook."""
    project = cast.nordwind
    environment = Environment.objects.create(
        project=project, name=f"Place {number}", position=number, is_shown=True
    )
    promotion = Promotion.objects.create(
        environment=environment, build_id=f"1.{number}", at=NOON, by=cast.mara
    )
    first_place = Environment.objects.filter(project=project).first() or environment
    another = Promotion.objects.create(environment=first_place, build_id=f"2.{number}", at=NOON, by=cast.mara)
    criterion = DoneCriterion.objects.create(project=project, text=f"Reviewed {number}", position=number)
    hook = InboundHook.objects.create(project=project, name=f"Repository {number}", created_by=cast.mara)
    # There are three columns to limit.
    state = LIMITED[min(number // 5, len(LIMITED) - 1)]
    WipLimit.objects.get_or_create(project=project, state=state, defaults={"limit": 500})
    for offset, state in enumerate(BuildState, start=1):
        is_deployed = state in (BuildState.DEPLOYED, BuildState.VERIFIED)
        row = BuildItem.objects.create(
            project=project, number=10 * number + offset, title=f"Screen {number}", status=state, status_since=NOON,
            owner=person, task=task, worked_by=cast.tom, environment=environment if is_deployed else None,
            estimate_seconds=3600, remaining_seconds=1800,
        )  # fmt: skip
        add_to_build(cast, row, number, criterion, (promotion, another), hook)
        add_notes(cast, row, cast.mara, number)
    first = BuildItem.objects.filter(project=project, status=BuildState.DEPLOYED).first()
    if first is not None and number > 1:
        add_to_build(cast, first, 100 + number, criterion, (promotion, another), hook)


def add_to_build(
    cast: Cast,
    row: BuildItem,
    number: int,
    criterion: DoneCriterion,
    promotions: tuple[Promotion, ...],
    hook: InboundHook,
) -> None:
    """Add what belongs to a build item."""
    DoneTick.objects.create(item=row, criterion=criterion, by=cast.tom, at=NOON)
    CodeReference.objects.create(item=row, external_id=f"{number:040d}", title="Change", at=NOON, hook=hook)
    Blockage.objects.create(item=row, reason="Waits", since=NOON, until=NOON, by=cast.tom)
    if row.environment_id is None:
        return
    for promotion in promotions:
        PromotedItem.objects.create(promotion=promotion, item=row)
    ConformanceCheck.objects.create(
        item=row,
        verdict="conforms",
        environment=promotions[0].environment,
        build_id="1.1",
        by=cast.mara,
        at=NOON,
    )


def add_design(cast: Cast, person: Person, number: int) -> None:
    """Add an element with a part, versions, reviews and feedback; a decision, and a target for a quality."""
    first = DesignElement.objects.filter(project=cast.nordwind).first()
    row = DesignElement.objects.create(
        project=cast.nordwind, number=number, title=f"Component {number}", purpose="It prints.", owner=person,
        parent=first, reviewer=person, revision=1, reviewed_revision=1, shown_revision=1, signed_revision=1,
        status=ElementState.APPROVED if number % 2 else ElementState.REVIEW,
    )  # fmt: skip
    for one, version in ((row, 1), (first or row, number + 1)):
        content = {"title": f"Component {number}", "kind": "component", "purpose": "It prints."}
        DesignVersion.objects.create(
            element=one, number=version, content=content, sha256="0" * 64, by=cast.mara, at=NOON
        )
        DesignReview.objects.create(
            element=one, revision=version, sha256="0" * 64, reviewer=cast.tom, name="Tom",
            verdict=ReviewVerdict.APPROVED, at=NOON,
        )  # fmt: skip
        DesignFeedback.objects.create(
            element=one, revision=version, person=cast.carla.person, text="Why?", at=NOON,
            source=FeedbackSource.SIGNOFF, is_must_fix=bool(number % 2),
        )  # fmt: skip
    add_notes(cast, row, cast.mara, number)
    decision = ArchitectureDecision.objects.create(
        project=cast.nordwind,
        number=number,
        title=f"Decision {number}",
        context="Two ways",
        decided_by=person,
    )
    TraceLink.objects.create(
        project=cast.nordwind, type="follows", source_kind="design", source_id=(first or row).pk, source_revision=1,
        target_kind="decision", target_id=decision.pk, target_revision=1,
    )  # fmt: skip
    quality = Requirement.objects.create(
        project=cast.nordwind, number=1000 + number, title=f"Quality {number}", statement="It shall be quick.",
        kind=RequirementKind.PERFORMANCE, priority=Priority.MUST,
    )  # fmt: skip
    NfrTarget.objects.create(
        project=cast.nordwind, requirement=quality, metric=f"Time {number}", unit="s", target=2, owner=person
    )
