"""Linking commits, tickets and requests of other tools to items."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from implement.accounts.models import User
from projects.builds.models import BuildItem, CodeReference, InboundHook
from projects.builds.selectors.inbound import Told, numbers_in
from projects.kit.access import Entry
from projects.kit.journal import record
from projects.kit.rows import row_delete, row_save
from projects.models import Project


@transaction.atomic
def reference_add(*, item: BuildItem, entry: Entry, reference: CodeReference) -> tuple[CodeReference, bool]:
    """Link a commit, ticket or request to an item; return it and whether it is new. Saying it again changes nothing.

    Raises DomainError by field.
    """
    entry.require("builds.change")
    reference.item = item
    reference.external_id = reference.external_id.strip()
    # Held, so that two calls at once link it once.
    BuildItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    known = CodeReference.objects.filter(
        item=item, kind=reference.kind, external_id=reference.external_id
    ).first()
    if known is not None:
        return known, False
    row_save(row=reference, actor=entry.user)
    _tell(reference, entry.user, item.project)
    return reference, True


@transaction.atomic
def reference_remove(*, reference: CodeReference, entry: Entry, expected_version: int | None = None) -> None:
    """Take a link away; the item's history keeps that it was there."""
    entry.require("builds.change")
    row_delete(row=reference, actor=entry.user, expected_version=expected_version)


@transaction.atomic
def references_link(
    *, project: Project, told: Iterable[Told], hook: InboundHook | None
) -> list[CodeReference]:
    """Link what another tool says to the items of this project that it names; return what is new.

    What is linked already stays as it is, so the same may be told any number of times.
    """
    said = [(one, numbers_in(one.text)) for one in told]
    wanted = {number for _, numbers in said for number in numbers}
    rows = BuildItem.objects.select_for_update(of=("self",)).select_related("project")
    items = {row.number: row for row in rows.filter(project=project, number__in=wanted).order_by("pk")}
    known = set(
        CodeReference.objects.filter(item__in=items.values()).values_list("item_id", "kind", "external_id")
    )
    new = []
    for one, numbers in said:
        for item in (items[number] for number in numbers if number in items):
            key = (item.pk, one.kind.value, one.external_id)
            if key in known:
                continue
            known.add(key)
            reference = CodeReference(
                item=item, kind=one.kind, external_id=one.external_id, url=one.url, title=one.title,
                author=one.author, at=one.at, hook=hook,
            )  # fmt: skip
            reference.save(force_insert=True)
            _tell(reference, None, project)
            new.append(reference)
    return new


def _tell(reference: CodeReference, actor: User | None, project: Project) -> None:
    """Write into the item's history what was linked to it."""
    told = f"{reference.short_id} {reference.title}".strip()
    record(
        action="builditem.referenced",
        target=reference.item,
        actor=actor,
        project=project,
        changes={str(reference.get_kind_display()).lower(): (None, told)},
    )
