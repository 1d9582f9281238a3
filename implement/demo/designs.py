"""The demo's design, written, reviewed, signed and changed through the same services as any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from implement.accounts.models import User
from implement.demo import blueprints
from implement.demo.blueprints import Blueprint, Choice
from implement.demo.moments import as_if
from projects.design.choices import FeedbackState, ReviewVerdict
from projects.design.models import ArchitectureDecision, DesignElement, DesignFeedback, NfrTarget
from projects.design.purposes import APPROVE, APPROVE_DESIGN, APPROVE_NOTED, REJECT
from projects.design.services.decisions import decision_save, decision_supersede
from projects.design.services.elements import element_save
from projects.design.services.feedback import feedback_answer, feedback_save
from projects.design.services.reviews import element_supersede, review_ask, review_give
from projects.design.services.targets import target_save
from projects.design.workflows import DECISION_WORKFLOW
from projects.kit.access import Entry, enter
from projects.kit.trace import link_add, links_affirm
from projects.models import Membership, Person, Project, TraceLink
from projects.planning import today_of
from projects.requirements.models import Requirement
from projects.signoffs.models import ResponseRequest
from projects.signoffs.services import Answer, request_answer, request_send

# Days before today on which it happened.
FIRST, WRITTEN, REVIEWED, ASKED, ANSWERED, REPLIED, CHANGED = -80, -76, -72, -71, -67, -66, -8


def write_designs(project: Project) -> None:
    """Write the design down and let it live: signed, one changed since, one refused, one at the customer."""
    studio = Studio(project)
    studio.decide_first()
    studio.write()
    studio.review()
    studio.sign()
    studio.go_on()
    studio.measure()


class Studio:
    """The project with those who design, review and sign."""

    def __init__(self, project: Project) -> None:
        self.project = project
        members = Membership.objects.filter(project=project).select_related("person__user")
        self.people: dict[str, Person] = {row.person.email.split("@")[0]: row.person for row in members}
        self.carla = next(row.person for row in members if row.is_approver)
        self.needs = {row.title: row for row in Requirement.objects.filter(project=project)}
        self.elements: dict[str, DesignElement] = {}
        self.decisions: dict[str, ArchitectureDecision] = {}

    def on(self, days: int, act: Callable[[], Any]) -> Any:
        """Do something as if it were another day."""
        return as_if(self.project, days, act)

    def entry(self, name: str) -> Entry:
        """Return somebody of the team inside the project."""
        user = self.people[name].user
        assert isinstance(user, User)
        return enter(user, self.project.code, "design.view")

    # --- Decisions -------------------------------------------------------------------------------------------
    def decide_first(self) -> None:
        """Write all decisions down, and accept what is decided."""
        for choice in blueprints.DECISIONS:
            is_late = choice.title == blueprints.REPLACED[1]
            days = ANSWERED + 14 if is_late else FIRST
            row = self.on(days, lambda choice=choice, days=days: self.decision(choice, days + 1))
            self.decisions[choice.title] = row
            if choice.title not in blueprints.PROPOSED:
                self.on(days + 1, lambda row=row: self.step(row, "accept"))

    def decision(self, choice: Choice, days: int) -> ArchitectureDecision:
        """Write a decision down, with what it answers; what is decided, is decided on a day."""
        is_open = choice.title in blueprints.PROPOSED
        entry = self.entry(choice.by)
        row = ArchitectureDecision(
            project=self.project, title=choice.title, context=choice.context, options=choice.options,
            decision=choice.decision, consequences=choice.consequences,
            decided_on=None if is_open else today_of(self.project) + timedelta(days=days),
        )  # fmt: skip
        decision_save(decision=row, entry=entry)
        for title in choice.needs:
            link_add(entry=entry, type="answers", source=row, target=self.needs[title])
        return row

    def step(self, row: ArchitectureDecision, name: str) -> None:
        """Let Mara take a step with a decision."""
        DECISION_WORKFLOW.perform(name=name, item=row, entry=self.entry("mara"))

    # --- Elements --------------------------------------------------------------------------------------------
    def write(self) -> None:
        """Write the elements down, with what they satisfy and which decisions they follow."""
        for blueprint in blueprints.ELEMENTS:
            self.elements[blueprint.title] = self.on(WRITTEN, lambda one=blueprint: self.element(one))
        for choice in blueprints.DECISIONS:
            for title in choice.shapes:
                entry = self.entry(choice.by)
                source, target = self.elements[title], self.decisions[choice.title]
                self.on(
                    WRITTEN,
                    lambda entry=entry, source=source, target=target: link_add(
                        entry=entry, type="follows", source=source, target=target
                    ),
                )

    def element(self, one: Blueprint) -> DesignElement:
        """Write an element down."""
        is_internal = one.title in blueprints.INTERNAL
        entry = self.entry("mara" if is_internal else one.owner)
        first, _ = blueprints.SENT_BACK.get(one.title, (one.description, ""))
        row = DesignElement(
            project=self.project, title=one.title, kind=one.kind, purpose=one.purpose, description=first,
            diagram=one.diagram, notes=one.notes, owner=self.people[one.owner],
            parent=self.elements.get(one.whole), needs_customer=not is_internal,
        )  # fmt: skip
        element_save(element=row, entry=entry)
        for title in one.needs:
            link_add(entry=entry, type="satisfies", source=row, target=self.needs[title])
        return row

    def review(self) -> None:
        """Let colleagues review what is no draft; one is sent back and put right first."""
        for one in blueprints.ELEMENTS:
            row = self.elements[one.title]
            if one.title in (*blueprints.DRAFTS, *blueprints.IN_REVIEW):
                continue
            if one.title in blueprints.SENT_BACK:
                _, comment = blueprints.SENT_BACK[one.title]
                self.on(REVIEWED - 2, lambda row=row, one=one: self.submit(row, one))
                self.on(
                    REVIEWED - 1,
                    lambda row=row, one=one, comment=comment: self.judge(
                        row, one, ReviewVerdict.CHANGES, comment
                    ),
                )
                row.description = one.description
                entry = self.entry(one.owner)
                links = TraceLink.objects.touching("design", [row.pk])
                self.on(
                    REVIEWED - 1,
                    lambda row=row, entry=entry: element_save(
                        element=row, entry=entry, reason="As the review asked"
                    ),
                )
                self.on(
                    REVIEWED - 1,
                    lambda links=links, entry=entry: links_affirm(links=list(links), entry=entry),
                )
            self.on(REVIEWED - 1, lambda row=row, one=one: self.submit(row, one))
            self.on(REVIEWED, lambda row=row, one=one: self.judge(row, one, ReviewVerdict.APPROVED))

    def submit(self, row: DesignElement, one: Blueprint) -> None:
        """Send an element to its reviewer."""
        reviewer = self.people[blueprints.REVIEWERS[one.owner]]
        review_ask(element=row, entry=self.entry(one.owner), reviewer=reviewer)

    def judge(self, row: DesignElement, one: Blueprint, verdict: str, comment: str = "") -> None:
        """Let the reviewer say what they found."""
        entry = self.entry(blueprints.REVIEWERS[one.owner])
        review_give(element=row, entry=entry, revision=row.revision, verdict=verdict, comment=comment)
        row.refresh_from_db()

    # --- The customer ----------------------------------------------------------------------------------------
    def sign(self) -> None:
        """Ask Carla about what is reviewed, and let her answer: most approved, some with a word, one refused."""
        left = {
            *blueprints.DRAFTS, *blueprints.IN_REVIEW, *blueprints.AT_THE_CUSTOMER, *blueprints.INTERNAL,
        }  # fmt: skip
        rows = [row for title, row in self.elements.items() if title not in left]
        request = self.on(ASKED, lambda: self.send(rows))
        answers = {item.pk: self.answer(item.target.title) for item in request.items.all()}
        self.on(
            ANSWERED,
            lambda: request_answer(request=request, answers=answers, user=self.carla.user, proof="login"),
        )
        # The day until which an answer is asked for is never in the past when it is asked.
        ResponseRequest.objects.filter(pk=request.pk).update(
            due_on=today_of(self.project) + timedelta(days=ANSWERED + 3)
        )
        for row in self.elements.values():
            row.refresh_from_db()
        for title, (_, answer) in blueprints.NOTED.items():
            if answer:
                said = self.elements[title].feedback.get()
                self.on(
                    REPLIED,
                    lambda said=said, answer=answer: feedback_answer(
                        feedback=said, entry=self.entry("tom"), answer=answer, close=True
                    ),
                )

    def answer(self, title: str) -> Answer:
        """Return what Carla answers about an element."""
        if title in blueprints.NOT_AGREED:
            return Answer(REJECT, blueprints.NOT_AGREED[title])
        if title in blueprints.NOTED:
            return Answer(APPROVE_NOTED, blueprints.NOTED[title][0])
        return Answer(APPROVE)

    def send(self, rows: list[DesignElement], days_left: int = 7) -> ResponseRequest:
        """Ask Carla to approve."""
        return request_send(
            purpose=APPROVE_DESIGN, rows=rows, person=self.carla, entry=self.entry("mara"),
            due_on=today_of(self.project) + timedelta(days=days_left),
            message="The design as we went through it together.",
        )  # fmt: skip

    # --- What has happened since -----------------------------------------------------------------------------
    def go_on(self) -> None:
        """Change one, replace one, send one to a review and one to the customer; note what was said."""
        old, new, why = blueprints.REPLACED
        self.on(
            ANSWERED + 16,
            lambda: decision_supersede(
                decision=self.decisions[old],
                entry=self.entry("mara"),
                successor=self.decisions[new],
                reason=why,
            ),
        )
        old, new, why = blueprints.SUPERSEDED
        self.on(
            ANSWERED + 16,
            lambda: element_supersede(
                element=self.elements[old], entry=self.entry("mara"), successor=self.elements[new], reason=why
            ),
        )
        for title, (description, reason) in blueprints.CHANGED.items():
            row = self.elements[title]
            row.description = description
            self.on(
                CHANGED,
                lambda row=row, reason=reason: element_save(
                    element=row, entry=self.entry("tess"), reason=reason
                ),
            )
        for title, text, answer in blueprints.SAID:
            said = DesignFeedback(element=self.elements[title], person=self.carla, text=text)
            self.on(CHANGED, lambda said=said: feedback_save(feedback=said, entry=self.entry("tess")))
            self.on(
                CHANGED + 1,
                lambda said=said, answer=answer: feedback_answer(
                    feedback=said, entry=self.entry("tess"), answer=answer
                ),
            )
            assert said.state == FeedbackState.ANSWERED
        facts = {one.title: one for one in blueprints.ELEMENTS}
        for title in blueprints.IN_REVIEW:
            self.on(-2, lambda title=title: self.submit(self.elements[title], facts[title]))
        self.on(-3, lambda: self.send([self.elements[title] for title in blueprints.AT_THE_CUSTOMER], 9))

    def measure(self) -> None:
        """Set what the qualities must reach."""
        entry, today = self.entry("ravi"), today_of(self.project)
        for need, metric, operator, target, threshold, unit, load, test, days, owner in blueprints.TARGETS:
            row = NfrTarget(
                project=self.project, requirement=self.needs[need], metric=metric, operator=operator, unit=unit,
                target=Decimal(target), threshold=Decimal(threshold) if threshold else None, load_profile=load,
                test=test, due_on=None if days is None else today + timedelta(days=days), owner=self.people[owner],
            )  # fmt: skip
            self.on(WRITTEN, lambda row=row: target_save(target=row, entry=entry))
