"""Taking a baseline of what is signed."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from implement.core.errors import DomainError, StateError
from projects.kit.access import Entry
from projects.kit.journal import record, record_many
from projects.models import Project
from projects.requirements.choices import RequirementState
from projects.requirements.models import BaselinedRequirement, Requirement, RequirementBaseline


@transaction.atomic
def requirements_baseline(*, entry: Entry, name: str) -> RequirementBaseline:
    """Note every signed requirement in the version that was signed; what was validated is baselined from then on.

    Raises NotAllowed, DomainError without a name, StateError when nothing is signed.
    """
    entry.require("requirements.baseline")
    name = name.strip()[:120]
    if not name:
        raise DomainError("A baseline needs a name.", fields={"name": "Give it a name."})
    project = entry.project
    # One after the other, and nothing is signed or changed meanwhile.
    Project.objects.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=project.pk)
    signed = list(Requirement.objects.filter(project=project).signed().select_for_update(of=("self",)))
    if not signed:
        raise StateError("Nothing is validated yet: a baseline holds what the customer has signed.")
    last = RequirementBaseline.objects.filter(project=project).aggregate(last=Max("number"))["last"]
    now = timezone.now()
    baseline = RequirementBaseline.objects.create(
        project=project, number=(last or 0) + 1, name=name, by=entry.user, at=now
    )
    BaselinedRequirement.objects.bulk_create(
        BaselinedRequirement(baseline=baseline, requirement=row, revision=row.revision) for row in signed
    )
    newly = [row for row in signed if row.status == RequirementState.VALIDATED]
    Requirement.objects.filter(project=project, status=RequirementState.VALIDATED).update(
        status=RequirementState.BASELINED, version=F("version") + 1, updated_at=now
    )
    record(
        action="requirementbaseline.taken", target=baseline, actor=entry.user, project=project,
        changes={"requirements": (None, len(signed))},
    )  # fmt: skip
    record_many(
        actor=entry.user, project=project,
        entries=(
            ("requirement.baselined", row, {
                "status": (row.status, RequirementState.BASELINED), "baseline": (None, baseline),
            })
            for row in newly
        ),
    )  # fmt: skip
    return baseline
