"""The figures of the thread and the cells of its matrix say the same, whatever lies between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from implement.core.errors import StateError
from implement.testkit.cast import Cast
from projects.builds.models import BuildItem
from projects.design.models import ArchitectureDecision, DesignElement, NfrTarget
from projects.design.services.decisions import decision_save, decision_supersede
from projects.design.services.elements import element_save
from projects.design.services.targets import target_save
from projects.design.tests.factories import element
from projects.design.workflows import DECISION_WORKFLOW
from projects.kit import trace
from projects.kit.access import Entry, enter
from projects.models import TraceLink
from projects.requirements.filtersets import MatrixFilterSet
from projects.requirements.models import Release, Requirement
from projects.requirements.selectors.matrix import columns_for, matrix_rows, thread_of
from projects.requirements.tests.factories import answer, ask, validated, write
from projects.requirements.views.trace import line_of
from projects.requirements.workflows import REQUIREMENT_WORKFLOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara(cast: Cast) -> Entry:
    return enter(cast.mara, "nordwind", "requirements.decide")


def told(entry: Entry) -> tuple[dict[str, int], int]:
    """Return what the figures say: covered by kind, and in doubt."""
    columns = columns_for(entry)
    thread = thread_of(project=entry.project, kinds=tuple(end.kind for end in columns))
    return {one.end.kind: one.covered for one in thread.columns}, thread.suspect


def shown(entry: Entry) -> tuple[dict[str, int], int]:
    """Return the same, counted in the cells of the matrix."""
    columns = columns_for(entry)
    everything = Requirement.objects.filter(project=entry.project)
    rows = matrix_rows(project=entry.project, requirements=everything, columns=columns)
    covered = {end.kind: sum(bool(row.cells[at]) for row in rows) for at, end in enumerate(columns)}
    doubted = MatrixFilterSet(
        {"gap": "suspect"}, queryset=everything, project=entry.project, columns=columns
    ).qs
    assert {row.requirement for row in rows if row.is_suspect} == set(doubted)
    return covered, sum(row.is_suspect for row in rows)


def item(cast: Cast, status: str = "doing") -> BuildItem:
    return BuildItem.objects.create(
        project=cast.nordwind, number=1, title="Import", status=status, status_since=timezone.now()
    )


def test_a_decision_in_between_designs_and_builds_nothing(cast: Cast, mara: Entry) -> None:
    row, design, built = validated(cast, fit="standard"), element(cast), item(cast)
    decision = ArchitectureDecision.objects.create(project=cast.nordwind, number=1, title="Ask the ERP")
    trace.link_add(entry=mara, type="answers", source=decision, target=row)
    trace.link_add(entry=mara, type="follows", source=design, target=decision)
    trace.link_add(entry=mara, type="realises", source=built, target=design)
    assert told(mara) == shown(mara) == ({"design": 0, "task": 0, "build": 0}, 0)
    # What only shares a decision with it holds it up no longer.
    REQUIREMENT_WORKFLOW.perform(name="implement", item=row, entry=mara)


def test_a_superseded_element_hands_nothing_on(cast: Cast, mara: Entry) -> None:
    row, design, built = validated(cast, fit="configure"), element(cast), item(cast, "built")
    trace.link_add(entry=mara, type="satisfies", source=design, target=row)
    trace.link_add(entry=mara, type="realises", source=built, target=design)
    assert told(mara) == shown(mara) == ({"design": 1, "task": 0, "build": 1}, 0)
    DesignElement.objects.update(status="superseded", status_reason="Replaced")
    assert told(mara) == shown(mara) == ({"design": 0, "task": 0, "build": 0}, 0)
    with pytest.raises(StateError, match="Nothing was built"):
        REQUIREMENT_WORKFLOW.perform(name="implement", item=row, entry=mara)


def test_a_doubt_below_is_told_and_shown_alike(cast: Cast, mara: Entry) -> None:
    row, design, built = validated(cast), element(cast), item(cast)
    trace.link_add(entry=mara, type="satisfies", source=design, target=row)
    trace.link_add(entry=mara, type="realises", source=built, target=design)
    TraceLink.objects.filter(type="realises").update(suspect_since=timezone.now())
    assert told(mara) == shown(mara) == ({"design": 1, "task": 0, "build": 1}, 1)


def test_a_decision_that_says_something_else_or_is_superseded_puts_its_links_in_doubt(
    cast: Cast, mara: Entry
) -> None:
    row, design = validated(cast), element(cast)
    first, second = (
        decision_save(decision=ArchitectureDecision(project=cast.nordwind, **text), entry=mara)
        for text in (
            {"title": "Ask the ERP", "context": "Prices change daily.", "decision": "Ask it."},
            {"title": "Copy the prices", "context": "The ERP is slow.", "decision": "Copy them."},
        )
    )
    answers = trace.link_add(entry=mara, type="answers", source=first, target=row)
    trace.link_add(entry=mara, type="follows", source=design, target=first)
    first.decision = "Ask it every hour."
    decision_save(decision=first, entry=mara)
    assert changed(design, mara) == f"{first.key} is in version 2 now, was 1"
    trace.links_affirm(links=list(TraceLink.objects.all()), entry=mara)
    for one in (first, second):
        DECISION_WORKFLOW.perform(name="accept", item=one, entry=mara)
    decision_supersede(decision=first, entry=mara, successor=second)
    assert changed(design, mara) == f"{first.key} is superseded"
    # It is told in the list of doubts, but what shows no cell of it is not coloured in the matrix.
    answers.refresh_from_db()
    assert answers.suspect_since is not None
    assert told(mara) == shown(mara) == ({"design": 0, "task": 0, "build": 0}, 0)


def changed(design: DesignElement, entry: Entry) -> str:
    """Return what is said to have changed of the decision that an element follows."""
    (group,) = trace.links_of(design, entry)
    return group.items[0].changed


def test_a_doubt_on_the_longer_of_two_ways_shows_in_a_cell_of_page_and_table(
    cast: Cast, mara: Entry, login: Callable[..., Client]
) -> None:
    row, design, built = validated(cast), element(cast), item(cast)
    trace.link_add(entry=mara, type="satisfies", source=design, target=row)
    trace.link_add(entry=mara, type="implements", source=built, target=row)
    trace.link_add(entry=mara, type="realises", source=built, target=design)
    TraceLink.objects.filter(type="realises").update(suspect_since=timezone.now())
    (line,) = matrix_rows(project=cast.nordwind, requirements=[row], columns=columns_for(mara))
    assert line.doubt == "In doubt"
    assert f"{built.key} (in doubt)" in line_of(line)
    page = login(cast.mara).get("/projects/nordwind/requirements/matrix/").content.decode()
    assert page.count(" In doubt</span>") == 1


def test_what_is_gone_doubts_nothing_and_a_doubt_without_a_cell_says_with_what(
    cast: Cast, mara: Entry
) -> None:
    row, other, design = validated(cast), validated(cast, "Export orders"), element(cast)
    for kind, source in (("satisfies", design), ("refines", other)):
        trace.link_add(entry=mara, type=kind, source=source, target=row)
    TraceLink.objects.update(suspect_since=timezone.now())
    assert told(mara)[1] == shown(mara)[1] == 2
    DesignElement.objects.update(status="superseded", status_reason="Replaced")
    lines = matrix_rows(project=cast.nordwind, requirements=[row, other], columns=columns_for(mara))
    assert {line.doubt for line in lines} == {"In doubt: link with a requirement"}
    other.deleted_at = timezone.now()
    other.save()
    assert told(mara)[1] == shown(mara)[1] == 0


def test_nothing_is_implemented_on_a_link_in_doubt(cast: Cast, mara: Entry) -> None:
    row, design, built = validated(cast), element(cast), item(cast, "built")
    trace.link_add(entry=mara, type="satisfies", source=design, target=row)
    trace.link_add(entry=mara, type="realises", source=built, target=design)
    design.purpose = "It brings orders in, and sends them out."
    element_save(element=design, entry=mara)
    with pytest.raises(StateError, match=f"{built.key}: a link on the way is in doubt"):
        REQUIREMENT_WORKFLOW.perform(name="implement", item=row, entry=mara)
    trace.links_affirm(links=list(TraceLink.objects.all()), entry=mara)
    REQUIREMENT_WORKFLOW.perform(name="implement", item=row, entry=mara)


def test_what_a_change_touches_names_targets_release_and_the_open_question(
    cast: Cast, mara: Entry, login: Callable[..., Client]
) -> None:
    row = write(cast, kind="performance", owner=cast.tom.person)
    release = Release.objects.create(project=cast.nordwind, number=1, position=1, name="R1", title="First")
    Requirement.objects.filter(pk=row.pk).update(release=release)
    target = NfrTarget(
        project=cast.nordwind,
        requirement=row,
        metric="Time to open",
        unit="s",
        target=2,
        owner=cast.tom.person,
    )
    target_save(target=target, entry=mara)
    asked = ask(cast, row)
    browser = login(cast.mara)
    page = browser.get(f"/projects/nordwind/requirements/{row.pk}/impact/").content.decode()
    for said in ("Time to open", "Carla Customer is reading it now", "R1"):
        assert said in page
    url = f"/api/v1/projects/nordwind/thread/{row.pk}/impact/"
    found = browser.get(url).json()
    assert (found["targets"], found["request"], found["release"]) == ([target.pk], asked.pk, release.pk)
    assert found["people"] == [{"person": cast.tom.person.pk, "name": "Tom Team", "count": 1}]
    answer(asked)
    found = browser.get(url).json()
    assert (found["request"], [one["name"] for one in found["signoffs"]]) == (None, ["Carla Customer"])
