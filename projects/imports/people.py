"""Whose name in a file is whom: by e-mail, then by the number of an earlier import, then by name."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from implement.accounts.models import User
from projects.choices import Role
from projects.kit.rows import row_save
from projects.models import Membership, Person, Project

KEY_DIGITS = 12


def folded(name: str) -> str:
    """Return a name as it is compared: without case and spare blanks."""
    return " ".join(name.casefold().split())


def key_of(*parts: str) -> str:
    """Return a short key of a name in a file, the same whenever the file is read."""
    text = "\x1f".join(folded(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:KEY_DIGITS]


@dataclass
class PeopleBook:
    """The people a project's file may mean: the firm's own and this customer's. Read once, two queries."""

    project: Project
    members: dict[int, Membership] = field(default_factory=dict)
    by_uid: dict[int, Person] = field(default_factory=dict)
    by_email: dict[str, Person] = field(default_factory=dict)
    by_name: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[int, Person] = field(default_factory=dict)
    foreign_emails: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, project: Project, *, emails: Iterable[str] = ()) -> PeopleBook:
        """Return the book; `emails` are those of the file, to notice one that is another customer's."""
        book = cls(project=project)
        for member in Membership.objects.filter(project=project).select_related("person"):
            book.members[member.person_id] = member
            if member.external_uid is not None:
                book.by_uid[member.external_uid] = member.person
        ours = Q(customer=None) | Q(customer=project.customer_id) | Q(pk__in=book.members)
        for person in Person.objects.filter(ours).order_by("pk"):
            book.by_id[person.pk] = person
            book.by_name[folded(person.name)].append(person)
            if person.email:
                book.by_email[person.email.casefold()] = person
        wanted = {email.casefold() for email in emails if email} - book.by_email.keys()
        if wanted:
            book.foreign_emails = {
                email.casefold()
                for email in Person.objects.exclude(email="").exclude(ours).values_list("email", flat=True)
                if email.casefold() in wanted
            }
        return book

    def matches(self, *, name: str, email: str = "", uid: int | None = None) -> list[Person]:
        """Return who may be meant: one when it is clear, several namesakes when it is not, or nobody.

        A member of the project goes before somebody of the same name who is not.
        """
        if email and email.casefold() in self.by_email:
            return [self.by_email[email.casefold()]]
        if uid is not None and uid in self.by_uid:
            return [self.by_uid[uid]]
        named = self.by_name.get(folded(name), []) if name.strip() else []
        if email:
            # A namesake with another address of their own is somebody else.
            named = [person for person in named if not person.email]
        on_project = [person for person in named if person.pk in self.members]
        return on_project if len(on_project) == 1 else named

    def members_first(self) -> list[Person]:
        """Return the project's members, by name, for a list to choose from."""
        return sorted(
            (member.person for member in self.members.values()), key=lambda person: folded(person.name)
        )


def join(
    *, project: Project, person: Person, book: PeopleBook, actor: User | None, uid: int | None = None
) -> None:
    """Put a person on the project as team member, or note the number they have in the file."""
    member = book.members.get(person.pk)
    if member is None:
        member = Membership(project=project, person=person, role=Role.TEAM, external_uid=uid)
        row_save(row=member, actor=actor)
        book.members[person.pk] = member
    elif uid is not None and member.external_uid != uid:
        member.external_uid = uid
        member.save_version(fields=["external_uid"])
