"""The demo's requirements, written, asked about and signed through the same services as any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from implement.accounts.models import User
from implement.demo import needs
from implement.demo.moments import as_if
from projects.choices import Audience
from projects.kit.access import Entry, enter
from projects.kit.purposes import Purpose
from projects.kit.rows import row_save
from projects.models import Membership, Person, Project
from projects.planning import today_of
from projects.requirements.choices import SourceKind
from projects.requirements.models import GlossaryTerm, OpenQuestion, Requirement, SuccessCriterion, Workshop
from projects.requirements.purposes import ACCEPT, APPROVE, APPROVE_NOTED, REJECT, VALIDATE
from projects.requirements.services.baselines import requirements_baseline
from projects.requirements.services.goals import goal_save
from projects.requirements.services.requirements import requirement_save
from projects.requirements.services.verification import requirements_verify
from projects.requirements.workflows import QUESTION_WORKFLOW, REQUIREMENT_WORKFLOW
from projects.signoffs.models import ResponseRequest
from projects.signoffs.services import Answer, request_answer, request_send

WRITTEN_AFTER, SIGNED_AFTER = 30, 42


def write_requirements(project: Project) -> None:
    """Write the needs down and let them live: signed and baselined, one changed since, some at the customer."""
    people = {
        row.person.email.split("@")[0]: row.person
        for row in Membership.objects.filter(project=project).select_related("person")
    }
    room = Room(project, people)
    rows = room.on(WRITTEN_AFTER, room.write)
    out = {
        *needs.REJECTED, *needs.DEFERRED, *needs.OBSOLETE, *needs.AT_THE_CUSTOMER, *needs.NOT_AGREED, *needs.DRAFTS,
        *needs.SIGNED_LATER,
    }  # fmt: skip
    room.ask([row for title, row in rows.items() if title not in out], APPROVE)
    room.on(SIGNED_AFTER + 1, lambda: requirements_baseline(entry=room.mara, name="Release 1, as signed"))
    for title, why in needs.NOT_AGREED.items():
        room.ask([rows[title]], REJECT, comment=why, days=SIGNED_AFTER + 4)
    room.ask([rows[title] for title in needs.SIGNED_LATER], APPROVE, days=SIGNED_AFTER + 18)
    for name, fates in (("reject", needs.REJECTED), ("defer", needs.DEFERRED), ("retire", needs.OBSOLETE)):
        for title, why in fates.items():
            room.on(SIGNED_AFTER + 5, partial(room.step, name, rows[title], why))
    asked = [rows[title] for title in needs.AT_THE_CUSTOMER]
    as_if(project, -3, lambda: room.send(asked, days_left=7))


def change_requirements(project: Project) -> None:
    """See some implemented, and let a signed text change that is half built: its links are in doubt from then on."""
    room = Room(project, {})
    for row in Requirement.objects.filter(project=project, title__in=needs.IMPLEMENTED):
        step = partial(REQUIREMENT_WORKFLOW.perform, name="implement", item=row, entry=room.mara)
        as_if(project, -8, step)
    verify_requirements(project, room)
    for title, (statement, why) in needs.CHANGED.items():
        row = Requirement.objects.get(project=project, title=title)
        row.statement = statement
        as_if(project, -6, partial(requirement_save, requirement=row, entry=room.tom, reason=why))
        words = (
            "The workshop of the warehouse asked for the time window, too. Does it still say what you need?"
        )
        as_if(project, -2, partial(room.send, [row], days_left=6, message=words))


def verify_requirements(project: Project, room: Room) -> None:
    """Let Ravi look at what is implemented, and let the customer accept some of what was met."""
    rows = {
        row.title: row for row in Requirement.objects.filter(project=project, title__in=needs.IMPLEMENTED)
    }
    ravi, today = room.inside("ravi"), today_of(project)
    for verdict, seen in (("met", needs.LOOKED_AT), ("not_met", needs.NOT_MET)):
        for title, (method, evidence) in seen.items():
            look = partial(
                requirements_verify, requirements=[rows[title]], entry=ravi, verdict=verdict, method=method,
                held_on=today - timedelta(days=7), evidence=evidence,
            )  # fmt: skip
            as_if(project, -7, look)
    offered = list(Requirement.objects.filter(project=project, title__in=needs.ACCEPTED))
    send = partial(room.send, offered, days_left=4, purpose=ACCEPT, message="As you saw them in UAT.")
    request = as_if(project, -6, send)
    answers, titles = {}, {row.pk: row.title for row in offered}
    for item in request.items.all():
        comment = needs.ACCEPTED[titles[item.object_id]]
        answers[item.pk] = Answer(APPROVE_NOTED if comment else APPROVE, comment)
    answer = partial(request_answer, request=request, answers=answers, user=room.carla.user, proof="login")
    as_if(project, -4, answer)


class Room:
    """The project with those who write and sign."""

    def __init__(self, project: Project, people: dict[str, Person]) -> None:
        self.project, self.people = project, people
        self.today = today_of(project)
        self.carla = Membership.objects.get(project=project, is_approver=True).person
        self.mara, self.tom = self.inside("mara"), self.inside("tom")

    def inside(self, name: str) -> Entry:
        """Return somebody of the team inside the project."""
        user = User.objects.get(person__memberships__project=self.project, email__startswith=f"{name}@")
        return enter(user, self.project.code, "requirements.view")

    def on(self, days: int, act: Callable[[], Any]) -> Any:
        """Do something some days after the project began."""
        begun = (self.project.starts_on - self.today).days
        return as_if(self.project, begun + days, act)

    def step(self, name: str, row: Requirement, why: str) -> None:
        """Take a step that Mara decides."""
        REQUIREMENT_WORKFLOW.perform(name=name, item=row, entry=self.mara, reason=why)

    def write(self) -> dict[str, Requirement]:
        """Write workshops, terms, requirements and questions down; return the requirements by title."""
        workshops = {title: self.workshop(title, *facts) for title, *facts in needs.WORKSHOPS}
        by_group = {facts[3]: workshops[facts[0]] for facts in needs.WORKSHOPS}
        for term, definition, synonyms in needs.TERMS:
            word = GlossaryTerm(project=self.project, term=term, definition=definition, synonyms=synonyms)
            row_save(row=word, actor=self.tom.user)
        goals, today = self.goals(), self.today
        rows: dict[str, Requirement] = {}
        for number, need in enumerate(needs.NEEDS):
            owner = self.people[("tom", "tess", "ivo")[number % 3]]
            held = by_group.get(need.group)
            row = Requirement(
                project=self.project, title=need.title, statement=need.statement, kind=need.kind,
                priority=need.priority, fit=need.fit, category=need.group, parent=rows.get(need.whole), owner=owner,
                workshop=held, source_kind=SourceKind.WORKSHOP if held else SourceKind.CONTRACT,
                source="" if held else f"Annex B, clause {number % 7 + 1}",
                source_person=self.carla if held else None, success_criterion=goals.get(need.group),
                criticality="high" if need.priority == "must" else "medium",
                estimate_seconds=need.hours * 3600 if need.hours else None,
            )  # fmt: skip
            rows[need.title] = requirement_save(requirement=row, entry=self.tom, criteria=need.criteria)
        for text, who, days, workshop, requirement, answer in needs.QUESTIONS:
            question = OpenQuestion(
                project=self.project, text=text, owner=self.carla if who == "carla" else self.people[who],
                due_on=today + timedelta(days=days), workshop=workshops[workshop],
                requirement=rows[requirement], answer=answer,
            )  # fmt: skip
            row_save(row=question, actor=self.tom.user)
            if answer:
                QUESTION_WORKFLOW.perform(name="close", item=question, entry=self.tom)
        return rows

    def goals(self) -> dict[str, SuccessCriterion]:
        """Write the agreed goals down; return them by the group of requirements that serves each."""
        by_group = {}
        for title, measure, today, target, unit, words, who, groups in needs.GOALS:
            row = SuccessCriterion(
                project=self.project, title=title, measure=measure, baseline_value=today, target_value=target,
                unit=unit, due_words=words, owner=self.carla if who == "carla" else self.people[who],
                audience=Audience.CUSTOMER if groups else Audience.INTERNAL,
            )  # fmt: skip
            goal_save(goal=row, entry=self.tom)
            by_group |= dict.fromkeys(groups, row)
        return by_group

    def workshop(self, title: str, days: int, keys: Iterable[str], group: str, notes: str) -> Workshop:
        """Write a workshop down, with who was there."""
        attendees = [self.people[key] for key in keys]
        row = Workshop(
            project=self.project, title=f"Workshop: {title.lower()}", place="Hamburg, room Alster", lead=attendees[0],
            held_on=self.project.starts_on + timedelta(days=days), notes=notes, guests="J. Petersen (warehouse)",
        )  # fmt: skip
        row_save(row=row, actor=self.tom.user)
        row.attendees.set([*attendees, self.carla])
        return row

    def send(
        self,
        rows: list[Requirement],
        *,
        days_left: int,
        purpose: Purpose = VALIDATE,
        message: str = "As we wrote them down after the workshops.",
    ) -> ResponseRequest:
        """Ask Carla to validate, or to accept."""
        return request_send(
            purpose=purpose,
            rows=rows,
            person=self.carla,
            entry=self.mara,
            due_on=today_of(self.project) + timedelta(days=days_left),
            message=message,
        )

    def ask(
        self, rows: list[Requirement], verdict: str, *, comment: str = "", days: int = SIGNED_AFTER
    ) -> None:
        """Ask Carla, and let her answer all alike, some weeks after the project began."""
        request = self.on(days - 3, lambda: self.send(rows, days_left=7))
        answers = {item.pk: Answer(verdict, comment) for item in request.items.all()}
        self.on(
            days,
            lambda: request_answer(request=request, answers=answers, user=self.carla.user, proof="login"),
        )
