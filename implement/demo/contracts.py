"""The demo's contracts, orders, estimates, reserves and invoice runs, made through the same services as any other."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.utils import timezone, translation

from budget.choices import Category, ContractKind, EntryState, Recognition, ReserveKind, RunGrouping
from budget.models import (
    Commitment,
    Contract,
    CostControl,
    Estimate,
    Expense,
    InvoiceRun,
    ReserveRelease,
)
from budget.pdf import statement_pdf
from budget.services.contracts import contract_save, run_save
from budget.services.control import (
    commitment_book,
    commitment_save,
    control_save,
    estimate_add,
    release_decide,
    release_request,
)
from budget.workflows import RUN_WORKFLOW
from implement.accounts.models import User
from projects.kit.access import Entry, enter
from projects.models import Milestone, Project, Task
from projects.planning import today_of

WITHIN = Decimal("5000.00")


def agree_contracts(project: Project, *, with_pdf: bool = True) -> None:
    """Agree a fixed price with payments and a limited support contract; order, estimate, release and hand over."""

    def inside(name: str) -> Entry:
        user = User.objects.get(person__memberships__project=project, email__startswith=f"{name}@")
        return enter(user, project.code, "budget.view")

    mara, fay = inside("mara"), inside("fay")
    today = today_of(project)
    main, support = _contracts(project, fay)
    _orders(project, mara, fay, today)
    _reserves(project, mara, fay)
    _estimates(project, mara, today)
    _runs(project, fay, main, support, today, with_pdf=with_pdf)


def _contracts(project: Project, fay: Entry) -> tuple[Contract, Contract]:
    """Write the fixed price with its payment plan, and time and material with a limit for the first phase."""
    paid = Milestone.objects.filter(project=project, payment_amount__isnull=False)
    amount = sum((row.payment_amount for row in paid), Decimal(0))
    main = Contract(
        project=project, name="Roll-out at a fixed price", reference="NF-2041", kind=ContractKind.FIXED,
        amount=amount, recognition=Recognition.PERCENT, payment_days=30, signed_on=project.starts_on,
    )  # fmt: skip
    phase = Task.objects.filter(project=project, is_summary=True, parent=None).order_by("position").first()
    support = Contract(
        project=project, name="Mobilisation by effort", reference="NF-2041-A", kind=ContractKind.CAPPED, task=phase,
        amount=Decimal("20000.00"), payment_days=14, signed_on=project.starts_on,
    )  # fmt: skip
    for contract in (main, support):
        contract_save(contract=contract, actor=fay.user)
    return main, support


def _task(project: Project, text: str) -> Task | None:
    return Task.objects.filter(project=project, name__startswith=text).first()


def _orders(project: Project, mara: Entry, fay: Entry, today: date) -> None:
    """Order a bureau's translations, partly invoiced, and a load test in another currency."""
    bureau = Commitment(
        project=project, supplier="Lingua Nord", reference="4500-17", description="Translation of guides and screens",
        task=_task(project, "System test"), category=Category.SUBCONTRACT, amount=Decimal("9600.00"),
        currency=project.currency, ordered_on=today - timedelta(days=46), expected_on=today + timedelta(days=40),
    )  # fmt: skip
    commitment_save(commitment=bureau, actor=fay.user)
    assert fay.person is not None
    invoice = Expense(
        project=project, person=fay.person, task=bureau.task, spent_on=today - timedelta(days=24),
        category=Category.SUBCONTRACT, description="Lingua Nord, first part of the translation",
        amount=Decimal("3200.00"), currency=project.currency, cost=Decimal("3200.00"), bill=Decimal(0),
        is_reimbursable=False, status=EntryState.APPROVED, decided_by=mara.user, decided_at=timezone.now(),
    )  # fmt: skip
    invoice.save()
    commitment_book(commitment=bureau, expense=invoice, access=fay)
    load = Commitment(
        project=project, supplier="Peakline Inc.", reference="Q-8812", description="Load test of the order process",
        task=_task(project, "Performance test") or _task(project, "System test"), category=Category.SUBCONTRACT,
        amount=Decimal("5400.00"), currency="USD", exchange_rate=Decimal("0.92"),
        ordered_on=today - timedelta(days=12), expected_on=today + timedelta(days=25),
    )  # fmt: skip
    commitment_save(commitment=load, actor=fay.user)


def _reserves(project: Project, mara: Entry, fay: Entry) -> None:
    """Set both reserves aside, release twice, and ask for a third release that waits."""
    control_save(
        control=CostControl(
            project=project, management_reserve=Decimal("25000.00"), release_limit=WITHIN, stale_weeks=4
        ),
        actor=fay.user,
    )
    within = ReserveRelease(
        project=project, reserve=ReserveKind.CONTINGENCY, amount=Decimal("2400.00"),
        task=_task(project, "Interface to the ERP"),
        reason="The ERP answers in another format than its maker had documented.",
    )  # fmt: skip
    release_request(release=within, access=mara)
    above = ReserveRelease(
        project=project, reserve=ReserveKind.MANAGEMENT, amount=Decimal("6500.00"),
        task=_task(project, "Interface to the ERP"),
        reason="A second developer until the interface has caught up.",
    )  # fmt: skip
    release_request(release=above, access=mara)
    release_decide(release=above, is_approved=True, access=fay, note="Agreed in the project board.")
    waits = ReserveRelease(
        project=project, reserve=ReserveKind.MANAGEMENT, amount=Decimal("8000.00"),
        task=_task(project, "Cleanse customer records"), reason="Twice as many duplicates as the sample had shown.",
    )  # fmt: skip
    release_request(release=waits, access=mara)


def _estimates(project: Project, mara: Entry, today: date) -> None:
    """Say what some open tasks still take; one of them so long ago that it is old by now."""
    tasks = list(
        Task.objects.filter(project=project, is_summary=False, is_milestone=False)
        .filter(percent_complete__gt=0, percent_complete__lt=100)
        .order_by("position")[:3]
    )
    for number, task in enumerate(tasks):
        said = Estimate(
            project=project,
            task=task,
            estimated_on=today - timedelta(days=(44, 6, 3)[number]),
            seconds=(46, 30, 18)[number] * 3600,
            note=("After the first test", "With what is still open on the list", "")[number],
        )
        estimate_add(estimate=said, access=mara)


def _runs(
    project: Project, fay: Entry, main: Contract, support: Contract, today: date, *, with_pdf: bool
) -> None:
    """Hand the first phase over, and collect what was accepted since as a draft."""
    until = today.replace(day=1) - timedelta(days=1)
    until = max(until, project.starts_on)
    done = InvoiceRun(
        project=project, contract=support, period_from=project.starts_on, period_to=until, grouping=RunGrouping.TASK,
        note="As agreed, by effort, up to the limit of the contract.",
    )  # fmt: skip
    run_save(run=done, access=fay)
    if done.lines.exists():
        RUN_WORKFLOW.perform(name="finalise", item=done, entry=fay)
        if with_pdf:
            with translation.override(done.language):
                done.pdf.save("statement.pdf", ContentFile(statement_pdf(done)), save=False)
            InvoiceRun.objects.filter(pk=done.pk).update(pdf=done.pdf.name, job=None)
    draft = InvoiceRun(project=project, contract=main, period_from=project.starts_on, period_to=today)
    run_save(run=draft, access=fay)
