"""The first words of a report, written from the plan and the journal; the project manager makes them theirs.

What a customer's edition may say is narrowed in the query: published tasks under their customer's title, and
journal entries that are shared. Nobody's name, hours or money appear in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch, Q
from django.utils.translation import get_language, gettext, ngettext

from implement.core.money import day_text, format_number
from projects.choices import Audience
from projects.kit.journal import EVENTS
from projects.models import Assignment, JournalEntry, Project, Task
from projects.selectors import milestones_of
from projects.signoffs.models import RequestItem
from projects.signoffs.purposes import MILESTONE
from projects.signoffs.selectors import waited_at_end_of

NEXT_DAYS = 14
MOST_LINES = 8


@dataclass(frozen=True)
class Window:
    """The period in the project's own days and as moments."""

    start: date
    end: date
    zone: ZoneInfo

    def moment(self, day: date) -> datetime:
        """Return the first instant of a day."""
        return datetime.combine(day, time(), tzinfo=self.zone)

    def day(self, moment: datetime) -> str:
        """Return a moment's day as people write it, such as 3 Mar 2026."""
        return day_text(moment.astimezone(self.zone).date())


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a Markdown list; what is too much for one page is counted, not shown."""
    found = list(lines)
    more = (
        [gettext("and {count} more").format(count=len(found) - MOST_LINES)]
        if len(found) > MOST_LINES + 1
        else []
    )
    shown = found[:MOST_LINES] if more else found
    return "\n".join(f"- {line}" for line in [*shown, *more])


def prefilled(*, project: Project, audience: str, start: date, end: date) -> dict[str, str]:
    """Return the first words of each part of a report's text (Markdown); an empty part has nothing to say.

    `start` is the first day of the period, `end` the first day after it.
    """
    window = Window(start=start, end=end, zone=ZoneInfo(project.time_zone))
    work = Task.objects.filter(project=project).leaves().with_promise()
    if audience == Audience.CUSTOMER:
        work = work.filter(is_published=True)
    tasks = list(
        work.order_by("finish", "position").prefetch_related(
            Prefetch("assignments", Assignment.objects.select_related("person"))
        )
    )
    return {
        "summary": _summary(tasks, audience, window),
        "achievements": bullets(_achievements(project, tasks, audience, window)),
        "next_steps": bullets(_next_steps(tasks, audience, window)),
        "risks": bullets(_risks(tasks, audience, window)),
        "decisions": bullets(_decisions(project, tasks, audience, window)),
    }


def _title(task: Task, audience: str) -> str:
    return task.title_for_customer if audience == Audience.CUSTOMER else task.name


def _finished(task: Task, *, before: datetime) -> bool:
    return task.actual_finish is not None and task.actual_finish < before


def _is_late(task: Any, end: datetime) -> bool:
    due = task.due_at(task.promised)
    return due is not None and due < end and not _finished(task, before=end)


def _summary(tasks: list[Task], audience: str, window: Window) -> str:
    if not tasks:
        return ""
    end = window.moment(window.end)
    done = sum(_finished(task, before=end) for task in tasks)
    late = sum(_is_late(task, end) for task in tasks)
    if audience == Audience.CUSTOMER:
        words = gettext("{done} of {count} milestones and tasks shared with you are finished.")
    else:
        words = gettext("{done} of {count} tasks and milestones are finished.")
    said = [words.format(done=done, count=len(tasks))]
    overdue = ngettext("{late} is overdue.", "{late} are overdue.", late)
    said.append(overdue.format(late=late) if late else gettext("None is overdue."))
    standings = [
        row
        for row in milestones_of(
            project=tasks[0].project,
            as_of=window.end - timedelta(days=1),
            only_published=audience == Audience.CUSTOMER,
        )
        if row.reached_on is None
    ]
    slipping = [row.slip_days for row in standings if row.slip_days is not None and row.slip_days > 0]
    if slipping:
        words = ngettext(
            "{count} milestone is expected later than agreed, by up to {days} working days.",
            "{count} milestones are expected later than agreed, by up to {days} working days.",
            len(slipping),
        )
        said.append(words.format(count=len(slipping), days=max(slipping)))
    coming = next((row for row in standings if row.forecast_on and row.forecast_on >= window.end), None)
    if coming is not None:
        name = coming.customer_name if audience == Audience.CUSTOMER else coming.name
        words = gettext("The next milestone is {name} on {day}.")
        said.append(words.format(name=name, day=day_text(coming.forecast_on)))
    return " ".join(said)


def _achievements(project: Project, tasks: list[Task], audience: str, window: Window) -> list[str]:
    start, end = window.moment(window.start), window.moment(window.end)
    done = [task for task in tasks if task.actual_finish and start <= task.actual_finish < end]
    reached = gettext("Milestone reached: {name}")
    lines = [
        (reached if task.is_milestone else "{name}").format(name=_title(task, audience))
        for task in sorted(done, key=lambda task: not task.is_milestone)
    ]
    reported = [action for action, event in EVENTS.items() if event.is_reported]
    told = JournalEntry.objects.filter(project=project, at__gte=start, at__lt=end, action__in=reported)
    # Hours are counted in the figures and reports do not report on themselves.
    told = told.exclude(Q(action__startswith="time") | Q(action__startswith="report"))
    if audience == Audience.CUSTOMER:
        told = told.filter(audience=Audience.CUSTOMER)
    for entry in told.order_by("at", "pk")[:MOST_LINES]:
        actor = "" if audience == Audience.CUSTOMER else f"{entry.actor_name} "
        verb = gettext(EVENTS[entry.action].verb)
        if verb == EVENTS[entry.action].verb and get_language() != settings.LANGUAGE_CODE:
            # Better nothing than half a sentence in another language.
            continue
        words = f"{actor}{verb} “{entry.target_label}”"
        lines.append(words[:1].upper() + words[1:])
    return lines


def _next_steps(tasks: list[Task], audience: str, window: Window) -> list[str]:
    end = window.moment(window.end)
    horizon = window.moment(window.end + timedelta(days=NEXT_DAYS))
    lines = []
    for task in tasks:
        if task.finish is None or _finished(task, before=end) or not end <= task.finish < horizon:
            continue
        people = ", ".join(row.person.name for row in task.assignments.all())
        who = f", {people}" if people and audience == Audience.INTERNAL else ""
        words = gettext("Milestone: {name}, due {day}") if task.is_milestone else gettext("{name}, due {day}")
        lines.append(words.format(name=_title(task, audience), day=window.day(task.finish)) + who)
    return lines


def _risks(tasks: list[Task], audience: str, window: Window) -> list[str]:
    end = window.moment(window.end)
    lines = []
    for task in tasks:
        due = task.due_at(task.promised)  # type: ignore[attr-defined]
        if _is_late(task, end) and due is not None:
            done = format_number(task.percent_complete, digits=0)
            words = gettext("{name} was due {day} and is {done} % done")
            lines.append(words.format(name=_title(task, audience), day=window.day(due), done=done))
        elif (
            task.deadline is not None
            and task.finish is not None
            and task.finish > task.deadline
            and not _finished(task, before=end)
        ):
            words = gettext("{name} is expected {day}, after its deadline of {deadline}")
            lines.append(
                words.format(
                    name=_title(task, audience),
                    day=window.day(task.finish),
                    deadline=window.day(task.deadline),
                )
            )
    return lines


def _decisions(project: Project, tasks: list[Task], audience: str, window: Window) -> list[str]:
    """Return what was asked and waits for an answer, then the milestones whose acceptance nobody asked for yet."""
    end = window.moment(window.end)
    asked = list(waited_at_end_of(project=project, day=window.end - timedelta(days=1)))
    if audience == Audience.CUSTOMER:
        words = gettext("Please accept the milestone {name}")
        question = gettext("Please answer by {day}: {title}")
    else:
        words = gettext("The customer is to accept the milestone {name}")
        question = gettext("{person} is to answer by {day}: {title}")
    items = RequestItem.objects.filter(request__in=asked, request__purpose=MILESTONE.key)
    known = set(items.values_list("object_id", flat=True))
    lines = [
        question.format(person=row.person.name, day=day_text(row.due_on), title=row.title) for row in asked
    ]
    return lines + [
        words.format(name=_title(task, audience))
        for task in tasks
        if task.is_milestone
        and task.pk not in known
        and task.percent_complete == 100
        and _finished(task, before=end)
        and task.acceptance_criteria
        and (task.accepted_at is None or task.accepted_at >= end)
    ]
