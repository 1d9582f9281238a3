"""A project's requirements as a ReqIF file, alone or with what is attached to them."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from django.http import FileResponse, HttpResponse
from django.utils import timezone, translation

from projects.kit.access import Entry
from projects.kit.notes import content_type_of
from projects.kit.trace import TYPES
from projects.models import Attachment, Project, TraceLink
from projects.requirements import reqif
from projects.requirements.choices import Criticality, Fit, Priority, RequirementKind
from projects.requirements.models import Requirement
from projects.requirements.reqif.model import XHTML
from projects.requirements.reqif.xhtml import UNWRITABLE, write_text
from projects.requirements.selectors.matrix import ROOT
from projects.requirements.selectors.outline import OutlineRow, outline_of
from projects.requirements.selectors.texts import criteria_text

PREFIX = "reqif:"
SHOWN = "Attachments"
XML, ZIP = "application/xml", "application/zip"
OWN = "_implement-"
WORDS: dict[str, tuple[str, Any]] = {
    "kind": ("Type", RequirementKind),
    "priority": ("Priority", Priority),
    "criticality": ("Criticality", Criticality),
    "fit": ("Fit", Fit),
}
TEXTS: dict[str, tuple[str, Callable[[Requirement], str]]] = {
    "key": ("ReqIF.ForeignID", lambda row: row.key),
    "title": ("ReqIF.Name", lambda row: row.title),
    "criteria": ("Acceptance criteria", lambda row: criteria_text(row.criteria_texts)),
    "category": ("Category", lambda row: row.category),
    "source": ("Source", lambda row: row.source),
    "goal": ("Success criterion", lambda row: str(row.success_criterion or "")),
    "owner": ("Owner", lambda row: str(row.owner or "")),
    "status": ("Status", lambda row: str(row.get_status_display())),
}
RICH: dict[str, tuple[str, Callable[[Requirement], str]]] = {
    "text": ("ReqIF.Text", lambda row: row.statement),
    "rationale": ("Rationale", lambda row: row.rationale),
}
Files = list[tuple[str, Attachment]]


def identifier_of(requirement: Requirement) -> str:
    """Return what a requirement is called in a file: as the file it came from has it, else a name that no other
    installation gives.
    """
    if requirement.external_id.startswith(PREFIX):
        return requirement.external_id.removeprefix(PREFIX)
    return _name(requirement.pk, requirement.created_at)


def _name(pk: int, created_at: datetime) -> str:
    return f"_{hashlib.sha256(f'{pk} {created_at.isoformat()}'.encode()).hexdigest()[:32]}"


def document_of(
    project: Project, rows: Sequence[OutlineRow], files: dict[int, Files], links: Sequence[TraceLink] = ()
) -> reqif.Reqif:
    """Return requirements in the order of their tree as a ReqIF document, in English whoever reads it."""
    with translation.override("en"):
        name = _name(project.pk, project.created_at)
        related = _relations({row.requirement.pk: row.requirement for row in rows}, links)
        objects = tuple(_object(row.requirement, files.get(row.requirement.pk, [])) for row in rows)
        return reqif.Reqif(
            identifier=f"_header{name}",
            title=f"Requirements of {project.name}",
            tool="Implement",
            created=timezone.now().isoformat(timespec="seconds"),
            datatypes=_datatypes(),
            types=(
                reqif.SpecType(f"{OWN}requirement", "SPEC-OBJECT-TYPE", "Requirement", _attributes()),
                reqif.SpecType(f"{OWN}specification", "SPECIFICATION-TYPE", "Specification"),
                *dict.fromkeys(related.values()),
            ),
            objects=objects,
            specifications=(
                reqif.Specification(
                    f"_specification{name}", project.name, f"{OWN}specification", _places(rows)
                ),
            ),
            relations=tuple(related),
        )


def _relations(
    live: dict[int, Requirement], links: Sequence[TraceLink]
) -> dict[reqif.Relation, reqif.SpecType]:
    """Return each relation with its type, which is called as the file that it came from called it."""
    found = {}
    for link in links:
        if link.source_id in live and link.target_id in live:
            name = link.note if link.type == "relates" and link.note else TYPES[link.type].forward
            kind = f"{OWN}relation-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
            ends = identifier_of(live[link.source_id]), identifier_of(live[link.target_id])
            relation = reqif.Relation(_name(link.pk, link.created_at), *ends, kind)
            found[relation] = reqif.SpecType(kind, "SPEC-RELATION-TYPE", name)
    return found


def _datatypes() -> tuple[reqif.Datatype, ...]:
    lists = (
        reqif.Datatype(
            f"{OWN}words-{key}", reqif.Kind.ENUMERATION, name,
            tuple(reqif.EnumValue(f"{OWN}{key}-{value}", str(label)) for value, label in choices.choices),
        )
        for key, (name, choices) in WORDS.items()
    )  # fmt: skip
    plain = (reqif.Kind.STRING, reqif.Kind.XHTML, reqif.Kind.REAL)
    return (*(reqif.Datatype(f"{OWN}{kind.lower()}", kind, kind.capitalize()) for kind in plain), *lists)


def _attributes() -> tuple[reqif.AttributeDefinition, ...]:
    def plain(key: str, name: str, kind: reqif.Kind) -> reqif.AttributeDefinition:
        return reqif.AttributeDefinition(f"{OWN}{key}", kind, f"{OWN}{kind.lower()}", name)

    return (
        *(plain(key, name, reqif.Kind.STRING) for key, (name, _) in TEXTS.items()),
        *(plain(key, name, reqif.Kind.XHTML) for key, (name, _) in RICH.items()),
        *(
            reqif.AttributeDefinition(f"{OWN}{key}", reqif.Kind.ENUMERATION, f"{OWN}words-{key}", name)
            for key, (name, _) in WORDS.items()
        ),
        plain("estimate", "Estimate (h)", reqif.Kind.REAL),
        plain("files", SHOWN, reqif.Kind.XHTML),
    )


def _object(row: Requirement, files: Files) -> reqif.SpecObject:
    values = {
        f"{OWN}{key}": reqif.Value(reqif.Kind.STRING, UNWRITABLE.sub("", said(row)))
        for key, (_, said) in TEXTS.items()
    }
    # An empty text is written, too: it says that there is none.
    values |= {
        f"{OWN}{key}": reqif.Value(reqif.Kind.XHTML, write_text(said(row))) for key, (_, said) in RICH.items()
    }
    for key in WORDS:
        value = getattr(row, key)
        values[f"{OWN}{key}"] = reqif.Value(
            reqif.Kind.ENUMERATION, chosen=(f"{OWN}{key}-{value}",) if value else ()
        )
    if row.estimate_seconds is not None:
        hours = (Decimal(row.estimate_seconds) / 3600).quantize(Decimal("0.000001"))
        values[f"{OWN}estimate"] = reqif.Value(reqif.Kind.REAL, format(hours, "f"))
    if files:
        shown = "".join(
            f"<html:p><html:object data={quoteattr(quote(path))} type={quoteattr(_type(one.name))}>"
            f"{escape(UNWRITABLE.sub('', one.name))}</html:object></html:p>"
            for path, one in files
        )
        values[f"{OWN}files"] = reqif.Value(
            reqif.Kind.XHTML, f'<html:div xmlns:html="{XHTML}">{shown}</html:div>'
        )
    changed = row.updated_at.isoformat(timespec="seconds")
    return reqif.SpecObject(identifier_of(row), f"{OWN}requirement", "", values, changed)


def _type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _places(rows: Sequence[OutlineRow]) -> tuple[reqif.Hierarchy, ...]:
    """Return the tree, built from below: what follows on a deeper level stands below."""
    below: dict[int, list[reqif.Hierarchy]] = defaultdict(list)
    for row in reversed(rows):
        name = identifier_of(row.requirement)
        inner = tuple(reversed(below.pop(row.level + 1, [])))
        below[row.level].append(reqif.Hierarchy(f"_place-{name}", name, inner))
    return tuple(reversed(below[1]))


def attachments_of(entry: Entry) -> dict[int, Files]:
    """Return requirement -> (path in the archive, attachment), of what the person may read. One query."""
    found: dict[int, Files] = defaultdict(list)
    rows = Attachment.objects.filter(
        project=entry.project, content_type=content_type_of(Requirement()), audience__in=entry.audiences
    )
    for one in rows:
        name = re.sub(r"[^\w.() -]", "_", one.name).strip(". ") or "file"
        found[one.object_id].append((f"files/{one.pk}/{name}", one))
    return found


def reqif_response(entry: Entry, *, with_files: bool) -> HttpResponse | FileResponse:
    """Return all requirements of a project as a download: .reqif, or .reqifz with what is attached to them."""
    project = entry.project
    rows = outline_of(project=project, is_whole=True, with_criteria=True)
    files = attachments_of(entry) if with_files else {}
    links = TraceLink.objects.filter(project=project, source_kind=ROOT, target_kind=ROOT)
    content = reqif.write(document_of(project, rows, files, list(links)))
    name = f"{project.code}-requirements"
    if not with_files:
        response = HttpResponse(content, content_type=XML)
        response["Content-Disposition"] = f'attachment; filename="{name}.reqif"'
        return response
    live = {row.requirement.pk for row in rows}
    # An archive can be sent once it is closed: it waits on the disk. Closed by the response.
    target = tempfile.TemporaryFile()  # noqa: SIM115
    reqif.write_archive(
        target,
        name=f"{name}.reqif",
        document=content,
        files=_opened((path, one) for pk, shown in files.items() if pk in live for path, one in shown),
    )
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{name}.reqifz", content_type=ZIP)


def _opened(files: Iterable[tuple[str, Attachment]]) -> Iterable[tuple[str, Callable[[], IO[bytes]]]]:
    for path, one in files:
        yield path, lambda one=one: one.file.open("rb")  # type: ignore[misc]
