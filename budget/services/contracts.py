"""Writing contracts, and the runs that hand over what is to be invoiced."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone, translation

from budget.choices import ContractKind, RunState
from budget.models import ChangeRequest, Contract, InvoiceLine, InvoiceRun
from budget.pdf import statement_pdf
from budget.selectors.invoices import collect, size_of
from budget.workflows import PDF_JOB
from implement.accounts.models import User
from implement.core.errors import DomainError, StateError
from implement.core.money import round_money
from projects.kit.access import Entry
from projects.kit.jobs import Running, enqueue
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_restore, row_save
from projects.models import Project

COLLECT_JOB = "invoice.collect"
# More than this is collected by a worker.
MOST_AT_ONCE = 2000


def check_contract(contract: Contract) -> None:
    """Raise DomainError, by field, for a contract that cannot be."""
    if contract.task is not None and (
        contract.task.project_id != contract.project_id or contract.task.deleted_at is not None
    ):
        raise DomainError("The task is not in the plan.", fields={"task": "Choose a task of this project."})
    if contract.kind != ContractKind.TIME and contract.amount is None:
        message = "A fixed price or a limit needs its amount."
        raise DomainError(message, fields={"amount": message})
    unit = contract.project.currency
    if contract.amount is not None and round_money(contract.amount, unit) != contract.amount:
        message = f"{unit} has no smaller unit: {contract.amount.normalize():f} cannot be paid."
        raise DomainError(message, fields={"amount": message})
    if contract.retention_share and contract.kind != ContractKind.FIXED:
        message = "Only a fixed price with milestones keeps something back."
        raise DomainError(message, fields={"retention_share": message})


@transaction.atomic
def contract_save(*, contract: Contract, actor: User | None, expected_version: int | None = None) -> Contract:
    """Add or change a contract. Its type and part of the plan stay once something was handed over.

    Raises DomainError, by field, StateError or StaleVersion.
    """
    check_contract(contract)
    stored = None if contract._state.adding else Contract.objects.get(pk=contract.pk)
    is_moved = stored is not None and (stored.kind, stored.task_id) != (contract.kind, contract.task_id)
    if is_moved and InvoiceRun.objects.filter(contract=contract, status=RunState.FINAL).exists():
        raise StateError(f"Something of “{contract}” was handed over: its type and part of the plan stay.")
    row_save(row=contract, actor=actor, expected_version=expected_version)
    return contract


@transaction.atomic
def contract_delete(*, contract: Contract, actor: User | None, expected_version: int | None = None) -> None:
    """Throw a contract away, unless there are invoice runs of it, or approved changes that amend it (StateError)."""
    if InvoiceRun.objects.filter(contract=contract).exists():
        raise StateError(f"There are invoice runs of “{contract}”: it stays.")
    amended = ChangeRequest.objects.agreed().filter(contract=contract).first()
    if amended is not None:
        raise StateError(f"{amended.key}, which the customer has approved, amends “{contract}”: it stays.")
    row_delete(row=contract, actor=actor, expected_version=expected_version)


@transaction.atomic
def contract_restore(*, contract: Contract, actor: User | None) -> None:
    """Take a contract back out of the trash."""
    check_contract(contract)
    row_restore(row=contract, actor=actor)


# --- Invoice runs ------------------------------------------------------------------------------------------
def check_draft(run: InvoiceRun) -> None:
    """Raise StateError unless a run may still change."""
    if run.status != RunState.DRAFT:
        raise StateError(f"{run.key} is {run.get_status_display().lower()}: it no longer changes.")


@transaction.atomic
def run_save(*, run: InvoiceRun, access: Entry, expected_version: int | None = None) -> InvoiceRun:
    """Add a run, with the project's next number, or change a draft; then collect what is on it.

    A large one is collected by a worker. Raises DomainError, by field, StateError or StaleVersion.
    """
    access.require("invoice.make")
    if run.contract_id is None or run.contract.project_id != run.project_id or run.contract.deleted_at:
        raise DomainError(
            "The contract is of another project.", fields={"contract": "Choose a contract of this project."}
        )
    if run._state.adding:
        Project.objects.select_for_update().get(pk=run.project_id)
        last = InvoiceRun.objects.filter(project=run.project).aggregate(last=Max("number"))["last"]
        run.number = (last or 0) + 1
    else:
        check_draft(InvoiceRun.objects.get(pk=run.pk))
    row_save(row=run, actor=access.user, expected_version=expected_version)
    run_collect(run=run, access=access)
    return run


@transaction.atomic
def run_collect(*, run: InvoiceRun, access: Entry) -> None:
    """Collect what a draft bills, afresh: at once, or, when it is a lot, as work for a worker.

    Raises StateError for a run that is no draft.
    """
    access.require("invoice.make")
    check_draft(run)
    if size_of(run) <= MOST_AT_ONCE:
        write_lines(run)
        return
    job = enqueue(
        kind=COLLECT_JOB,
        params={"run": run.pk, "version": run.version},
        actor=access.user,
        project=run.project,
    )
    InvoiceRun.objects.filter(pk=run.pk).update(job=job)
    run.job = job


def write_lines(run: InvoiceRun) -> None:
    """Put what can be billed now in the place of a draft's lines. Call it inside a transaction."""
    found = collect(run)
    run.lines.all().delete()
    InvoiceLine.objects.bulk_create(found.lines, batch_size=500)
    now = timezone.now()
    taken = InvoiceRun.objects.filter(pk=run.pk, status=RunState.DRAFT).update(
        total=found.total, collected_at=now, pdf=""
    )
    if not taken:
        raise StateError(f"{run.key} is no draft any more.")
    run.total, run.collected_at, run.pdf = found.total, now, ""


def run_collected(running: Running) -> None:
    """Do the collecting of a large run; a draft that changed meanwhile is left to the next job."""
    params = running.job.params
    run = InvoiceRun.objects.select_related("project", "contract").filter(pk=params["run"]).first()
    if run is None or run.status != RunState.DRAFT or run.version != params["version"]:
        raise DomainError("The run has changed since: it was collected again, or is no draft any more.")
    url = reverse("invoicerun_detail", args=[run.project.code, run.pk])
    with running.finishing(result_url=url):
        write_lines(run)


@transaction.atomic
def run_delete(*, run: InvoiceRun, access: Entry, expected_version: int | None = None) -> None:
    """Remove a draft. A final run is made void instead, and stays (StateError)."""
    access.require("invoice.make")
    if run.status != RunState.DRAFT:
        raise StateError(f"{run.key} is {run.get_status_display().lower()}: it stays as a record.")
    row_delete(row=run, actor=access.user, expected_version=expected_version)


@transaction.atomic
def statement_request(*, run: InvoiceRun, access: Entry) -> None:
    """Have a worker make the PDF of a run."""
    access.require("invoice.make")
    job = enqueue(kind=PDF_JOB, params={"run": run.pk}, actor=access.user, project=run.project)
    InvoiceRun.objects.filter(pk=run.pk).update(job=job)
    record(action="invoicerun.printed", target=run, actor=access.user, project=run.project)


def statement_make(running: Running) -> None:
    """Make the PDF of a run and file it, unless the run changed while it was drawn."""
    run = (
        InvoiceRun.objects.select_related("project__customer", "project__calendar", "contract")
        .filter(pk=running.job.params["run"])
        .first()
    )
    if run is None:
        raise DomainError("The run is no longer there.")
    with translation.override(run.language):
        pdf = statement_pdf(run)
    url = reverse("invoicerun_detail", args=[run.project.code, run.pk])
    with running.finishing(result_url=url):
        run.pdf.save("statement.pdf", ContentFile(pdf), save=False)
        filed = InvoiceRun.objects.filter(
            pk=run.pk, version=run.version, collected_at=run.collected_at
        ).update(pdf=run.pdf.name)
        if not filed:
            raise DomainError("The run changed while its PDF was made: make it again.")
