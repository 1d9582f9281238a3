"""The import of requirements from ReqIF: which specification, which attribute is what, what becomes of headings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from django.urls import reverse

from implement.core.tabular import ColumnSpec, Table, ValueParseError, guess_mapping, parse_decimal, signature
from projects.kit.imports import (
    Choice,
    Context,
    Draft,
    Importer,
    ImportRefused,
    Note,
    PreviewRow,
    Question,
    remembered,
)
from projects.kit.imports.rowfile import MOST_HOURS
from projects.kit.imports.tablefile import Unreadable, column_questions, refusal
from projects.requirements import reqif
from projects.requirements.imports.draft import WHAT, WORDS, Found
from projects.requirements.imports.reqifdraft import ReqifDraft
from projects.requirements.imports.reqifsource import ALL, Source, Thing, Tree
from projects.requirements.imports.tablefile import LONGEST, title_of
from projects.requirements.selectors.texts import criteria_of
from projects.requirements.specfile import SHOWN

COLUMNS = (
    ColumnSpec(
        key="statement", label="Statement", required=True,
        aliases=("ReqIF.Text", "Object Text", "Text", "Description", "Requirement", "Requirement text"),
    ),
    ColumnSpec(
        key="title", label="Title", aliases=("ReqIF.Name", "Name", "Summary", "Object Short Text", "Short text"),
    ),
    ColumnSpec(key="heading", label="Heading", aliases=("ReqIF.ChapterName", "Object Heading", "Chapter name")),
    ColumnSpec(key="rationale", label="Rationale", aliases=("Why", "Reason", "Justification")),
    ColumnSpec(
        key="criteria", label="Acceptance criteria",
        aliases=("Acceptance criterion", "Acceptance", "Criteria", "Fit criterion", "Verification criteria"),
    ),
    ColumnSpec(key="kind", label="Type", aliases=("ReqType", "Requirement type", "Class", "Kind", "ReqIF.Category")),
    ColumnSpec(key="priority", label="Priority", aliases=("MoSCoW", "Prio", "Importance", "Need", "ReqIF.Priority")),
    ColumnSpec(key="criticality", label="Criticality", aliases=("Business criticality", "Severity")),
    ColumnSpec(key="fit", label="Fit", aliases=("Fit gap", "How it is met")),
    ColumnSpec(key="owner", label="Owner", aliases=("Assigned to", "Responsible", "Assignee")),
    ColumnSpec(key="category", label="Category", aliases=("Group", "Area", "Module", "Component", "Tags")),
    ColumnSpec(
        key="source", label="Source", aliases=("Origin", "ReqIF.ForeignID", "Object Identifier", "Absolute Number"),
    ),
    ColumnSpec(key="success_criterion", label="Success criterion", aliases=("Business goal", "Objective")),
    ColumnSpec(key="estimate", label="Estimate (h)", aliases=("Estimate", "Effort", "Effort (h)"), kind="decimal"),
)  # fmt: skip
KEEP, SKIP, FIRST = "keep", "skip", "first"


@dataclass
class ParsedReqif:
    """A file as read with the answers so far."""

    source: Source
    names: list[str] = field(default_factory=list)
    mapping: dict[str, int] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    rows: list[Found] = field(default_factory=list)
    refusals: list[PreviewRow] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    # Identifier -> the files that it shows.
    files: dict[str, list[str]] = field(default_factory=dict)

    def ask(self, question: Question, context: Context) -> str:
        """Add a question; return the answer in force."""
        draft = Draft()
        value = draft.ask(question, context=context)
        self.questions += draft.questions
        return value


class ReqifImporter(Importer):
    """Requirements of DOORS, Polarion, StrictDoc and every other tool that writes ReqIF."""

    kind: ClassVar[str] = "requirements.reqif"
    label: ClassVar[str] = "Requirements from ReqIF"
    permission: ClassVar[str] = "requirements.import"
    also: ClassVar[tuple[str, ...]] = ("requirements.change", "notes.change", "trace.change")
    suffixes: ClassVar[tuple[str, ...]] = (".reqif", ".reqifz")
    icon: ClassVar[str] = "list-check"
    order: ClassVar[int] = 9
    teach: ClassVar[str] = (
        "The exchange format of DOORS, Polarion and others, with the tree, relations and attached files. Which "
        "attribute is what is asked once. Identifiers are kept: a second import of the same file changes nothing."
    )

    def parse(self, context: Context) -> ParsedReqif:
        """Read the file, settle what is taken and which attribute is what. Raises ImportRefused."""
        try:
            parsed = ParsedReqif(Source.of(context.content(), context.run.filename))
        except reqif.ReqifError as error:
            raise ImportRefused(str(error), line=error.line) from error
        tree = self._tree(context, parsed)
        if not tree.things:
            raise ImportRefused("The file holds no requirements (SPEC-OBJECT).")
        parsed.names = tree.names()
        kept = remembered(project=context.project, kind=self.kind, signature=signature(parsed.names))
        proposal = kept.get("mapping") or self._proposal(parsed.names, tree)
        table = Table(headers=tuple(parsed.names), rows=(), header_line=0)
        parsed.mapping, asked = column_questions(
            context, table, COLUMNS, proposal=proposal,
            needs=lambda spec, mapping: spec.required and not {"title", "heading"} & mapping.keys(),
        )  # fmt: skip
        parsed.questions += [replace(question, section="Attributes") for question in asked]
        if not any(question.is_open for question in asked):
            self._rows(context, parsed, tree)
        return parsed

    def _tree(self, context: Context, parsed: ParsedReqif) -> Tree:
        """Ask which specification is taken, when there are several."""
        source, chosen = parsed.source, ALL
        names = source.specifications()
        # Numbered, as an answer must be short and an identifier may be long.
        keys = {str(number): key for number, key in enumerate(names, start=1)}
        if len(names) > 1:
            choices = (
                Choice(ALL, "All of them"),
                *(Choice(at, names[key][:120]) for at, key in keys.items()),
            )
            question = Question("specification", "Specification to take", choices, ALL, section="File")
            chosen = keys.get(parsed.ask(question, context), ALL)
        tree = Tree(source, chosen)
        parsed.notes += [Note(one.message, f"line {one.line}") for one in source.warnings]
        if source.more_warnings:
            parsed.notes.append(Note("Further references that lead nowhere.", count=source.more_warnings))
        if tree.repeated:
            told = "A requirement stands in more than one place of the tree: the first one counts."
            parsed.notes.append(Note(told, count=tree.repeated))
        if tree.too_deep:
            told = "The tree is deeper than can be shown here: the rest stands on the deepest level."
            parsed.notes.append(Note(told, count=tree.too_deep))
        if tree.outside and names:
            told = (
                "They stand in no specification and come at the end."
                if chosen == ALL
                else "Not in the chosen one."
            )
            parsed.notes.append(Note(told, count=tree.outside))
        return tree

    def _proposal(self, names: list[str], tree: Tree) -> dict[str, int]:
        """Return which attribute is probably what: by its name, or the longest text for the statement."""
        found = guess_mapping(names, COLUMNS)
        if not {"statement", "title", "heading"} & found.keys():
            free = [(at, name) for at, name in enumerate(names) if at not in found.values()]
            kinds = {reqif.Kind.STRING, reqif.Kind.XHTML}
            lengths = {
                at: sum(
                    len(one.line_of(name))
                    for one in tree.things
                    if name in one.values and one.values[name].kind in kinds
                )
                for at, name in free
            }
            longest = max(lengths, key=lambda at: lengths[at], default=None)
            if longest is not None and lengths[longest]:
                found["statement"] = longest
        return found

    def _rows(self, context: Context, parsed: ParsedReqif, tree: Tree) -> None:
        """Read what each thing says."""
        reading = ThingReading(parsed)
        headings = {one.identifier for one in tree.things if reading.is_heading(one)}
        way = KEEP
        if headings:
            choices = (
                Choice(KEEP, "Requirements of their own: the tree stays as it is"),
                Choice(SKIP, "Nothing: what stands below them moves up"),
            )
            label = f"What becomes of headings without a text ({len(headings)})"
            way = parsed.ask(Question("headings", label, choices, KEEP, section="File"), context)
        parents = {one.identifier: one.parent for one in tree.things}
        for one in tree.things:
            if way == SKIP and one.identifier in headings:
                continue
            parent = one.parent
            while way == SKIP and parent in headings:
                parent = parents[parent]
            try:
                parsed.rows.append(reading.found(one, parent))
            except Unreadable as error:
                parsed.refusals.append(refusal(WHAT, one.line, error.column, error.value, str(error)))
        if way == SKIP and headings:
            parsed.notes.append(Note("Headings without a text are left out.", count=len(headings)))
        for what, count in reading.lost.items():
            parsed.notes.append(Note(f"Formatting that has no place here is left out: {what}.", count=count))
        if reading.shortened:
            parsed.notes.append(Note(f"Titles of more than {LONGEST['title']} characters are shortened.",
                                     count=reading.shortened))  # fmt: skip
        unused = [
            name
            for at, name in enumerate(parsed.names)
            if at not in parsed.mapping.values() and name != SHOWN
        ]
        if unused:
            told = f"Attributes that are not taken: {', '.join(name[:40] for name in unused)}."
            parsed.notes.append(Note(told, count=len(unused)))
        self._files(context, parsed, tree)

    def _files(self, context: Context, parsed: ParsedReqif, tree: Tree) -> None:
        """Settle which requirement gets which file of the archive."""
        taken = {row.external_id for row in parsed.rows}
        for one in tree.things:
            for path in one.files:
                if path.startswith("?"):
                    if parsed.source.is_archive:
                        told = f"The file “{path[1:80]}” is shown, but is not in the archive."
                    else:
                        told = f"The file “{path[1:80]}” is shown; only a .reqifz holds files."
                    parsed.notes.append(Note(told, f"line {one.line}"))
                elif one.identifier in taken:
                    parsed.files.setdefault(one.identifier, []).append(path)
        named = {path for one in tree.things for path in one.files}
        orphans = [path for path in parsed.source.files if path not in named]
        if orphans and parsed.rows:
            first = parsed.rows[0]
            choices = (
                Choice(FIRST, f"Attached to the first requirement, “{first.title[:60]}”"),
                Choice(SKIP, "Nothing: they are left out"),
            )
            label = (
                f"What becomes of files that no requirement shows ({len(orphans)}, such as {orphans[0][:60]})"
            )
            if parsed.ask(Question("orphans", label, choices, FIRST, section="File"), context) == FIRST:
                parsed.files.setdefault(first.external_id, []).extend(orphans)

    def plan(self, context: Context, parsed: Any) -> Draft:
        """Compare with what is written down. Nothing is compared while it is open which attribute is what."""
        draft = Draft(questions=list(parsed.questions), rows=list(parsed.refusals), notes=list(parsed.notes))
        if draft.is_waiting:
            return draft
        headers = {key: parsed.names[at] for key, at in parsed.mapping.items()}
        made = ReqifDraft(context, parsed.rows, draft, headers=headers, remembered_as=signature(parsed.names))
        made.shown, made.files = parsed.files, parsed.source.files
        made.relations = parsed.source.relations()
        return made.draft(mapping=parsed.mapping, warnings=())

    def applied(self, context: Context) -> str:
        """Return the address of the tree."""
        return reverse("requirement_tree", kwargs={"project": context.project.code})


class ThingReading:
    """One pass over the things of a file."""

    def __init__(self, parsed: ParsedReqif) -> None:
        self.names = {key: parsed.names[at] for key, at in parsed.mapping.items()}
        self.lost: Counter[str] = Counter()
        self.shortened = 0

    def text(self, thing: Thing, key: str) -> str:
        """Return a field as Markdown."""
        if key not in self.names:
            return ""
        text = thing.text(self.names[key])
        self.lost.update(text.lost)
        return text.markdown

    def line(self, thing: Thing, key: str) -> str:
        """Return a field as words on one line."""
        return thing.line_of(self.names[key]) if key in self.names else ""

    def is_heading(self, thing: Thing) -> bool:
        """Return whether a thing has a title and no text."""
        has_text = "statement" in self.names and bool(thing.text(self.names["statement"]).markdown)
        return not has_text and bool(self.title(thing))

    def title(self, thing: Thing) -> str:
        """Return what a thing is called."""
        return self.line(thing, "title") or self.line(thing, "heading") or thing.name

    def found(self, thing: Thing, parent: str) -> Found:
        """Return what a thing says. Raises Unreadable."""
        title = self.title(thing)
        statement = self.text(thing, "statement") or title
        if not statement:
            column = self.names.get("statement", "")
            raise Unreadable("It has neither a text nor a title.", column=column, value=thing.identifier)
        if len(title) > LONGEST["title"]:
            title, self.shortened = title[: LONGEST["title"] - 2].rstrip() + " …", self.shortened + 1
        said = {key: self.line(thing, key) for key in ("category", "source", "success_criterion", "owner")}
        for key, value in said.items():
            if len(value) > LONGEST.get(key, 200):
                message = f"{len(value):,} characters; at most {LONGEST.get(key, 200)} fit."
                raise Unreadable(message, column=self.names[key], value=value)
        words = {key: self.line(thing, key) for key in WORDS}
        title = title or title_of(thing.line_of(self.names["statement"], is_first=True))
        return Found(
            line=thing.line,
            statement=statement,
            title=title,
            external_id=thing.identifier,
            label=title,
            rationale=self.text(thing, "rationale"),
            criteria=self.criteria(thing),
            words=words,
            parent=parent,
            owner=said["owner"],
            category=said["category"] if "category" in self.names else words["kind"][: LONGEST["category"]],
            source=said["source"],
            success_criterion=said["success_criterion"],
            estimate_seconds=self.hours(thing),
        )

    def criteria(self, thing: Thing) -> list[str] | None:
        """Return the acceptance criteria, one a paragraph or one an item of a list; None when the file has none."""
        if "criteria" not in self.names:
            return None
        text = self.text(thing, "criteria")
        value = thing.values.get(self.names["criteria"])
        if value is not None and value.kind == reqif.Kind.XHTML:
            text = re.sub(r"\n(?=- |\d+\. )", "\n\n", text)
        return criteria_of(text)

    def hours(self, thing: Thing) -> int | None:
        """Return the estimate in seconds, None where there is none. Raises Unreadable."""
        value = self.line(thing, "estimate")
        if not value:
            return None
        try:
            hours = parse_decimal(value, decimal_mark=".")
        except ValueParseError as error:
            raise Unreadable(error.message, column=self.names["estimate"], value=value) from error
        if not 0 <= hours <= MOST_HOURS:
            raise Unreadable(f"{hours} hours are no estimate.", column=self.names["estimate"], value=value)
        return round(hours * 3600)
