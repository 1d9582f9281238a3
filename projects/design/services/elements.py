"""Writing design elements: every change of what the customer reads is a new version, and ends what was approved."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from implement.core.diagrams import why_broken
from implement.core.errors import DomainError, StateError
from projects.design.choices import ElementState
from projects.design.models import DesignElement, DesignVersion
from projects.design.selectors.texts import content_of
from projects.kit.access import Entry
from projects.kit.rows import row_delete, row_restore, row_save
from projects.kit.texts import seal_of
from projects.kit.trace import mark_suspect
from projects.models import Project

DEEPEST = 12


def why_locked(element: DesignElement) -> str | None:
    """Return why what it says cannot be changed as it stands, or None."""
    if element.with_customer:
        return f"{element.key} waits for the customer's answer: withdraw that request first."
    if element.status == ElementState.REVIEW:
        return f"{element.key} is in review: take it back to the draft first."
    if element.status == ElementState.SUPERSEDED:
        return f"{element.key} is superseded: take it up again first."
    return None


@transaction.atomic
def element_save(
    *, element: DesignElement, entry: Entry, expected_version: int | None = None, reason: str = ""
) -> DesignElement:
    """Add a design element with the project's next number, or edit one.

    When what the customer reads differs, a version is kept; what was approved goes back to the draft, its
    links are in doubt, and `reason` must say why. Raises DomainError by field, NotAllowed, StateError or StaleVersion.
    """
    entry.require("design.change")
    _check_links(element)
    reason = reason.strip()[:255]
    if element._state.adding:
        element.number = next_number(element.project)
        stored = None
    else:
        # Held, so that it is not reviewed or sent to the customer while it changes.
        stored = DesignElement.with_trash.select_for_update(of=("self",)).get(pk=element.pk)
        locked = why_locked(stored)
        if locked:
            raise StateError(locked)
        _keep_standing(element, stored)
    if stored is None or stored.needs_customer != element.needs_customer:
        _check_signing(element, entry)
    if element.diagram and (stored is None or element.diagram != stored.diagram):
        broken = why_broken(element.diagram)
        if broken:
            raise DomainError(broken, fields={"diagram": broken})
    content = content_of(element)
    changed = stored is None or content != content_of(stored)
    if changed:
        element.revision = (stored.revision if stored else 0) + 1
        if stored is not None and stored.status == ElementState.APPROVED:
            if not reason:
                message = f"{element.key} is approved: say why it changes."
                raise DomainError(message, fields={"reason": message})
            element.status, element.status_reason = ElementState.DRAFT, reason
    elif element.status == ElementState.APPROVED and element.needs_customer and not element.is_signed:
        # From now on the customer signs it, too: what one of us has approved waits for them.
        element.status = ElementState.REVIEW
    row_save(row=element, actor=entry.user, expected_version=expected_version)
    if changed:
        DesignVersion.objects.create(
            element=element, number=element.revision, content=content, sha256=seal_of(content), reason=reason,
            by=entry.user, at=timezone.now(),
        )  # fmt: skip
        if stored is not None:
            mark_suspect(rows=[element], actor=entry.user)
    return element


def _keep_standing(element: DesignElement, stored: DesignElement) -> None:
    """Take over how it stands now: a form that was opened earlier says nothing about that."""
    for name in (
        "status", "status_reason", "revision", "reviewed_revision", "shown_revision", "signed_revision",
        "with_customer", "reviewer_id", "superseded_by_id",
    ):  # fmt: skip
        setattr(element, name, getattr(stored, name))


def _check_signing(element: DesignElement, entry: Entry) -> None:
    """Raise DomainError when somebody without the right says that the customer need not sign it."""
    if not element.needs_customer and not entry.can("design.decide"):
        message = "Only who decides about the design can leave the customer's signature away."
        raise DomainError(message, fields={"needs_customer": message})


def next_number(project: Project) -> int:
    """Return the project's next number; one after the other, or two would get the same."""
    Project.with_trash.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=project.pk)
    last = DesignElement.with_trash.filter(project=project).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _check_links(element: DesignElement) -> None:
    """Raise DomainError, by field, for what points out of the project, around in a circle, or at the wrong side."""
    if element.owner is not None and element.owner.customer_id is not None:
        raise DomainError("The owner is one of us.", fields={"owner": "Choose somebody of the firm."})
    seen, above = {element.pk} - {None}, element.parent
    while above is not None:
        message = ""
        if above.project_id != element.project_id or above.deleted_at:
            message = "Choose a design element of this project."
        elif above.pk in seen:
            message = f"{above.key} is part of this one already: it would be part of itself."
        elif len(seen) > DEEPEST:
            message = f"The tree is at most {DEEPEST} levels deep."
        if message:
            raise DomainError(message, fields={"parent": message})
        seen.add(above.pk)
        above = above.parent


def why_kept(element: DesignElement) -> str | None:
    """Return why it cannot be thrown away, or None."""
    if element.status != ElementState.DRAFT or element.shown_revision is not None:
        return f"{element.key} is no mere draft: supersede it instead, and say by what."
    if element.supersedes.exists():
        return f"{element.key} takes the place of another element: take that one up again first."
    if element.children.exists():
        return f"{element.key} has parts: throw these away, or move them, first."
    return None


@transaction.atomic
def element_delete(*, element: DesignElement, entry: Entry, expected_version: int | None = None) -> None:
    """Throw a draft away. What the customer has read is superseded instead (StateError)."""
    entry.require("design.change")
    kept = why_kept(element)
    if kept:
        raise StateError(kept)
    row_delete(row=element, actor=entry.user, expected_version=expected_version)


@transaction.atomic
def element_restore(*, element: DesignElement, entry: Entry) -> None:
    """Take a draft back out of the trash; what it was part of may be gone."""
    entry.require("design.change")
    if element.parent is not None and element.parent.deleted_at is not None:
        element.parent = None
        element.save_version(fields=["parent_id"])
    row_restore(row=element, actor=entry.user)
