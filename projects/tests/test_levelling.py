"""Levelling as pure arithmetic: the published optimum, promises that hold for every problem, plain words at the end."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from implement.bootstrap import ROOT
from implement.core.calendars import WorkingCalendar
from projects.levelling import (
    FULL,
    LevellingError,
    Outcome,
    Piece,
    Problem,
    Resource,
    Wait,
    Work,
    day_loads,
    level,
    line_up,
    overloads,
)
from projects.schedule import LinkType

PSPLIB = ROOT.parent / "shared" / "data" / "schedule" / "j301_1.sm"


def psplib(path: Path) -> Problem:
    """Return a single-mode problem of the library PSPLIB."""
    text = path.read_text()
    numbers = [
        [int(word) for word in line.split()] for line in text.splitlines() if re.fullmatch(r"[\d ]+", line)
    ]
    jobs = int(re.search(r"jobs \(incl.*?:\s*(\d+)", text).group(1))  # type: ignore[union-attr]
    horizon = int(re.search(r"horizon\s*:\s*(\d+)", text).group(1))  # type: ignore[union-attr]
    rows = [row for row in numbers if row]
    begin = next(place for place, row in enumerate(rows) if row[:2] == [1, 1] and len(row) == 3 + row[2])
    waits = [Wait(before=row[0], after=after) for row in rows[begin : begin + jobs] for after in row[3:]]
    asked = rows[begin + jobs : begin + 2 * jobs]
    works = [
        Work(id=row[0], slots=row[2], needs={place: need for place, need in enumerate(row[3:]) if need})
        for row in asked
    ]
    capacities = rows[begin + 2 * jobs]
    resources = [Resource(id=place, capacity=amount) for place, amount in enumerate(capacities)]
    return Problem(works=works, waits=waits, resources=resources, horizon=horizon)


def faults_of(problem: Problem, starts: dict) -> list[str]:
    """Return what a plan breaks: waits, dates, or what there is of a resource in some slot."""
    faults, used = [], {name: [0] * problem.horizon for name in problem.capacities}
    ends = {}
    for work in problem.works:
        end = problem.ends_of(work)[starts[work.id]]
        if end is None:
            faults.append(f"{work.id} cannot start at {starts[work.id]}")
            continue
        ends[work.id] = end
        for name, need in problem.needs_of(work).items():
            for slot in range(starts[work.id], end):
                if problem.presences[name][slot]:
                    used[name][slot] += need
    for wait in problem.waits:
        at = (ends if wait.type.from_finish else starts)[wait.before] + wait.lag
        if (ends if wait.type.to_finish else starts)[wait.after] < at:
            faults.append(f"{wait.after} does not wait for {wait.before}")
    for name, slots in used.items():
        faults += [
            f"{name} in slot {slot}: {amount}"
            for slot, amount in enumerate(slots)
            if amount > problem.capacities[name][slot]
        ]
    return faults


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A handful of works that share two people, one of them away for a while."""
    count = draw(st.integers(1, 6))
    horizon = 60
    away = draw(st.integers(0, 20))
    resources = [
        Resource(
            id="a",
            capacity=[FULL * (slot not in {7, 8}) for slot in range(horizon)],
            present=[True] * horizon,
        ),
        Resource(
            id="b",
            capacity=[
                0 if away <= slot < away + 4 else FULL - 200 * (slot % 9 == 0) for slot in range(horizon)
            ],
        ),
    ]
    works = []
    for number in range(count):
        needs = draw(st.dictionaries(st.sampled_from("ab"), st.integers(100, 1400), max_size=2))
        skips = draw(st.integers(2, 9))
        rests = tuple(bool(slot % skips) for slot in range(horizon))
        works.append(
            Work(
                id=number, slots=draw(st.integers(0, 5)), needs=needs, earliest=draw(st.integers(0, 6)),
                working=draw(st.sampled_from([None, rests])),
            )
        )  # fmt: skip
    pairs = [(a, b) for b in range(count) for a in range(b)]
    waits = [
        Wait(
            before=a, after=b, type=draw(st.sampled_from(list(LinkType))), lag=draw(st.integers(-2, 3))
        )
        for a, b in draw(st.lists(st.sampled_from(pairs), max_size=5, unique=True) if pairs else st.just([]))
    ]  # fmt: skip
    return Problem(works=works, waits=waits, resources=resources, horizon=horizon)


class LevelTests:
    def test_the_published_optimum_of_a_psplib_network(self) -> None:
        if not PSPLIB.exists():
            pytest.skip(f"{PSPLIB} is not here: the published optimum is not checked.")
        problem = psplib(PSPLIB)
        found = level(problem, seconds=60)
        assert (found.outcome, found.finish) == (Outcome.OPTIMAL, 43)
        assert not faults_of(problem, dict(found.starts))
        assert level(problem, seconds=60).starts == found.starts

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(problems())
    def test_no_plan_breaks_a_promise_and_none_is_worse_than_lining_up(self, problem: Problem) -> None:
        lined_up = line_up(problem)
        found = level(problem, seconds=5)
        if found.is_plan:
            assert not faults_of(problem, dict(found.starts))
        if lined_up is not None:
            assert found.is_plan
            assert not faults_of(problem, lined_up)
            ends = [problem.ends_of(work)[lined_up[work.id]] or 0 for work in problem.works]
            assert found.finish <= max(ends)

    def test_two_who_share_a_person_come_one_after_the_other_and_others_stay(self) -> None:
        works = [
            Work(id="a", slots=4, needs={"tom": FULL}),
            Work(id="b", slots=4, needs={"tom": FULL}),
            Work(id="c", slots=3, needs={"tess": FULL}),
        ]
        problem = Problem(
            works=works,
            resources=[Resource(id="tom", capacity=FULL), Resource(id="tess", capacity=FULL)],
            horizon=20,
        )
        found = level(problem)
        assert sorted([found.starts["a"], found.starts["b"]]) == [0, 4]
        assert (found.starts["c"], found.finish) == (0, 8)

    def test_a_work_rests_while_its_person_is_away(self) -> None:
        there = [slot not in {2, 3} for slot in range(20)]
        work = Work(id="a", slots=4, needs={"tom": FULL}, working=there)
        capacity = [FULL if is_there else 0 for is_there in there]
        problem = Problem(works=[work], resources=[Resource(id="tom", capacity=capacity)], horizon=20)
        assert level(problem).finish == 6

    def test_a_work_does_not_run_while_its_person_is_there_and_taken(self) -> None:
        work = Work(id="a", slots=4, needs={"tom": FULL})
        taken = Resource(
            id="tom", capacity=[0 if slot in {2, 3} else FULL for slot in range(20)], present=[True] * 20
        )
        assert level(Problem(works=[work], resources=[taken], horizon=20)).starts == {"a": 4}

    def test_a_work_is_not_put_where_somebody_it_needs_is_away_all_the_time(self) -> None:
        away = [FULL if slot >= 6 else 0 for slot in range(20)]
        resources = [Resource(id="tom", capacity=FULL), Resource(id="tess", capacity=away)]
        work = Work(id="a", slots=4, needs={"tom": 500, "tess": 500}, hours={"tess": 2})
        assert level(Problem(works=[work], resources=resources, horizon=20)).starts == {"a": 4}
        never = Work(id="a", slots=4, hours={"tess": 9})
        assert level(Problem(works=[never], resources=resources, horizon=20)).starts == {"a": 0}

    def test_what_alone_is_too_much_does_not_make_everything_impossible(self) -> None:
        work = Work(id="a", slots=2, needs={"tom": 1500})
        problem = Problem(works=[work], resources=[Resource(id="tom", capacity=FULL)], horizon=9)
        assert level(problem).starts == {"a": 0}

    def test_dates_that_cannot_be_kept_are_said(self) -> None:
        works = [Work(id=name, slots=4, needs={"tom": FULL}, latest_finish=5) for name in "ab"]
        problem = Problem(works=works, resources=[Resource(id="tom", capacity=FULL)], horizon=20)
        assert level(problem).outcome is Outcome.INFEASIBLE
        late = [Work(id="a", slots=4, latest_finish=3)]
        assert level(Problem(works=late, horizon=9)).outcome is Outcome.INFEASIBLE

    def test_whoever_asks_may_stop_it(self) -> None:
        class Stopped(Exception):
            pass

        def stop(share: float, finish: int | None) -> None:
            raise Stopped

        with pytest.raises(Stopped):
            level(hard_problem(), seconds=60, progress=stop)

    def test_when_the_time_runs_out_the_best_plan_is_kept(self) -> None:
        problem = hard_problem()
        found = level(problem, seconds=0.2)
        assert found.outcome is Outcome.FOUND
        assert not faults_of(problem, dict(found.starts))

    @pytest.mark.parametrize(
        ("words", "works", "waits"),
        [
            ("same id", [Work(id=1, slots=1), Work(id=1, slots=1)], []),
            ("negative", [Work(id=1, slots=-1)], []),
            ("unknown work", [Work(id=1, slots=1)], [Wait(before=1, after=2)]),
            ("unknown resource", [Work(id=1, slots=1, needs={"tom": 1})], []),
            ("every slot", [Work(id=1, slots=1, working=[True])], []),
        ],
    )
    def test_a_problem_that_cannot_be_stated_says_why(self, words: str, works: list, waits: list) -> None:
        with pytest.raises(LevellingError, match=words):
            Problem(works=works, waits=waits, horizon=5)


def hard_problem() -> Problem:
    """Return a problem that nobody proves the best plan of within a second."""
    works = [
        Work(
            id=number,
            slots=3 + number * 7 % 11,
            needs={number % 5: 300 + number * 37 % 500, 5: 150 + number % 90},
        )
        for number in range(70)
    ]
    waits = [Wait(before=a, after=b) for a, b in pairwise(range(0, 70, 3))]
    resources = [Resource(id=name, capacity=FULL) for name in range(6)]
    return Problem(works=works, waits=waits, resources=resources, horizon=700)


OFFICE = WorkingCalendar.standard()


def office_day(person: object, day: date) -> int:
    return OFFICE.minutes_on(day) * 60


class LoadTests:
    def test_work_lies_on_the_days_that_somebody_works(self) -> None:
        friday = date(2026, 3, 6)
        piece = Piece(
            person="tom", start=datetime(2026, 3, 6, 9), finish=datetime(2026, 3, 9, 18), seconds=36_000,
            calendars=(OFFICE,),
        )  # fmt: skip
        loads = day_loads([piece], office_day)["tom"]
        assert {day: load.planned for day, load in loads.items()} == {
            friday: 18_000,
            friday + timedelta(days=3): 18_000,
        }
        assert not overloads({"tom": loads}, since=friday)

    def test_too_much_is_named_by_its_worst_day(self) -> None:
        pieces = [
            Piece(
                person="tom", start=datetime(2026, 3, day, 9), finish=datetime(2026, 3, 5, 18), seconds=57_600,
                calendars=(OFFICE,),
            )
            for day in (4, 5)
        ]  # fmt: skip
        [row] = overloads(day_loads(pieces, office_day), since=date(2026, 3, 1))
        assert (row.worst, row.worst_planned, row.worst_capacity, row.days) == (
            date(2026, 3, 5),
            86_400,
            28_800,
            1,
        )

    def test_nothing_to_do_is_no_load(self) -> None:
        assert day_loads([], office_day) == {}
