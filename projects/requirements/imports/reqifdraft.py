"""A ReqIF file beside what is written down: by identifiers alone, and with the files that are attached."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from projects.kit.imports import Outcome, PreviewRow
from projects.kit.notes import attachment_add, content_type_of
from projects.models import Attachment
from projects.requirements.imports.draft import Found, RequirementDraft
from projects.requirements.models import Requirement
from projects.requirements.reqif.xhtml import UNWRITABLE, plain_text
from projects.requirements.selectors.texts import criteria_of, criteria_text
from projects.requirements.specfile import PREFIX, identifier_of

FILE = "attachment"


class ReqifDraft(RequirementDraft):
    """The comparison of a ReqIF file with a project: by identifiers alone, and with the files that are attached."""

    # Identifier -> paths of the files that it shows, and path -> bytes.
    shown: Mapping[str, Sequence[str]]
    files: Mapping[str, bytes]

    def known(self, stored: list[Requirement]) -> tuple[dict[str, Requirement], dict[str, Requirement]]:
        """Return what is stored by its identity: what came from another file goes out under a name of ours."""
        return {}, {PREFIX + identifier_of(row): row for row in stored}

    def key(self, said: str) -> str:
        """Return an identifier; capitals count."""
        return said

    def identity(self, found: Found) -> str:
        """Return the identifier of the object."""
        return PREFIX + found.external_id

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
