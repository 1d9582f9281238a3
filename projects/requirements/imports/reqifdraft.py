"""A ReqIF file beside what is written down: by identifiers alone, and with the files that are attached."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from implement.core.errors import DomainError
from projects.kit.imports import ImportRefused, Note, Outcome, PreviewRow
from projects.kit.notes import attachment_add, content_type_of
from projects.kit.trace import TYPES, link_add
from projects.models import Attachment, TraceLink
from projects.requirements.imports.draft import Found, RequirementDraft
from projects.requirements.imports.reqifsource import Related
from projects.requirements.models import Requirement
from projects.requirements.reqif.xhtml import UNWRITABLE, plain_text
from projects.requirements.selectors.matrix import ROOT
from projects.requirements.selectors.texts import criteria_of, criteria_text
from projects.requirements.specfile import PREFIX, identifier_of

FILE, RELATION = "attachment", "relation"


class ReqifDraft(RequirementDraft):
    """The comparison of a ReqIF file with a project: by identifiers alone, and with the files that are attached."""

    # Identifier -> paths of the files that it shows, and path -> bytes.
    shown: Mapping[str, Sequence[str]]
    files: Mapping[str, bytes]
    relations: Sequence[Related]

    def known(self, stored: list[Requirement]) -> tuple[dict[str, Requirement], dict[str, Requirement]]:
        """Return what is stored by its identity: what came from another file goes out under a name of ours."""
        return {}, {PREFIX + identifier_of(row): row for row in stored}

    def key(self, said: str) -> str:
        """Return an identifier; capitals count."""
        return said

    def identity(self, found: Found) -> str:
        """Return the identifier of the object."""
        return PREFIX + found.external_id

    def goal_key(self, title: str) -> str:
        """Return a goal's title as it is compared: as it would be written to a file."""
        return super().goal_key(UNWRITABLE.sub("", title))

    def told(self, stored: str, said: str, *, is_line: bool = False) -> str:
        """Return a text; what is stored stays when it would be written to a file as it stands in this one."""
        if stored == said:
            return stored
        would_be = " ".join(UNWRITABLE.sub("", stored).split()) if is_line else plain_text(stored)
        return stored if would_be == said else said

    def told_criteria(self, stored: list[str], said: list[str]) -> list[str]:
        """Return acceptance criteria; what is stored stays when it would be written as it stands in the file."""
        return stored if criteria_of(UNWRITABLE.sub("", criteria_text(stored)).strip()) == said else said

    def compare(self) -> None:
        """Compare the requirements, then what is attached to them."""
        super().compare()
        self.attach: list[tuple[Requirement, str]] = []
        here = Attachment.objects.filter(project=self.project, content_type=content_type_of(Requirement()))
        there = set(here.values_list("object_id", "sha256"))
        for found in self.rows:
            row = self.by_key.get(found.external_id)
            if row is not None:
                for path in self.shown.get(found.external_id, ()):
                    self.file(found, row, path, there)
        self.compare_relations()

    def compare_relations(self) -> None:
        """Decide about the relations, each once; what was taken away here comes back with its file."""
        self.relate: list[tuple[str, Requirement, Requirement, str]] = []
        stored = TraceLink.objects.filter(project=self.project, source_kind=ROOT, target_kind=ROOT)
        there = set(stored.values_list("type", "source_id", "target_id"))
        left, seen = 0, set()
        for one in self.relations:
            source, target = self.by_key.get(one.source), self.by_key.get(one.target)
            if source is None or target is None or source is target or source.deleted_at or target.deleted_at:
                left += 1
                continue
            type, note = type_of(one.name)
            if (type, one.source, one.target) in seen:
                continue
            seen.add((type, one.source, one.target))
            outcome = Outcome.UNCHANGED
            if (type, source.pk, target.pk) not in there:
                outcome = Outcome.CREATED
                self.relate.append((type, source, target, note))
            label = f"{source.title[:60]} → {target.title[:60]}"
            self.result.rows.append(PreviewRow(outcome, RELATION, label, one.name[:120], None))
        if left:
            told = "Relations to themselves, or with what is not taken, are left out."
            self.result.notes.append(Note(told, count=left))

    def file(self, found: Found, row: Requirement, path: str, there: set[tuple[int, str]]) -> None:
        """Decide about one file of one requirement."""
        content, label = self.files[path], path.rpartition("/")[2]
        where = f"For “{found.title[:60]}”."
        outcome = Outcome.CREATED
        if (row.pk, hashlib.sha256(content).hexdigest()) in there:
            outcome = Outcome.UNCHANGED
        elif not content or len(content) > settings.UPLOAD_MAX_BYTES:
            outcome = Outcome.REFUSED
            where = (
                f"It has more than {settings.UPLOAD_MAX_BYTES // (1024 * 1024)} MB."
                if content
                else "It is empty."
            )
        else:
            self.attach.append((row, path))
        self.result.rows.append(PreviewRow(outcome, FILE, label, where, found.line, value=path))

    def write(self) -> None:
        """Write the requirements, then attach the files to them."""
        super().write()
        for row, path in self.attach:
            name = path.rpartition("/")[2]
            upload = SimpleUploadedFile(name, self.files[path])
            attachment_add(item=row, entry=self.context.entry, upload=upload)
        for type, source, target, note in self.relate:
            try:
                link_add(entry=self.context.entry, type=type, source=source, target=target, note=note)
            except DomainError as error:
                raise ImportRefused(f"{source.title[:60]} → {target.title[:60]}: {error.message}") from error


def type_of(name: str) -> tuple[str, str]:
    """Return the type of link that a file's relation is here, and the note that keeps the file's word for it."""
    if name.casefold() == TYPES["refines"].forward:
        return "refines", ""
    return "relates", "" if name.casefold() == TYPES["relates"].forward else name[:255]
