"""A plan for other programs: nothing that is shown gets lost on the way out and in again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budget.models import RateCard
from implement.testkit.cast import Cast
from projects import mspdi, services
from projects.kit.access import enter
from projects.models import (
    Absence,
    Assignment,
    Baseline,
    Dependency,
    ImportRun,
    Membership,
    Project,
    Task,
    WorkCalendar,
)
from projects.planfile import ROUND_THE_CLOCK, plan_file
from projects.planning import local_start, to_moment, zone_of
from projects.schedule import UNDATED, ConstraintType, LinkType
from projects.tests.importing import answer, apply, empty_project, plan_xml, shared, task_xml, upload
from projects.tests.planshown import shown
from projects.tests.test_imports_plan import FILES, KIND, small

pytestmark = pytest.mark.django_db
COSTLY = ("StandardRate", "<Cost>", "CostPerUse")


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def fresh(cast: Cast) -> Project:
    return empty_project(cast.nordwind.customer, cast.mara)


@pytest.fixture
def second(cast: Cast) -> Project:
    return empty_project(cast.nordwind.customer, cast.mara, code="second")


def exported(project: Project, *, with_cost: bool = True) -> bytes:
    return b"".join(plan_file(project=Project.objects.get(pk=project.pk), with_cost=with_cost))


def imported(cast: Cast, project: Project, content: bytes, **answers: str) -> ImportRun:
    run = upload(cast.mara, project, KIND, content, "plan.xml", **answers)
    if run.state == "needs_answer":
        run = answer(cast.mara, run, money="project")
    run = apply(cast.mara, run)
    assert run.state == "applied", (run.preview.get("questions"), run.preview.get("error"), run.job.error)
    return run


class WriterTests:
    @pytest.mark.parametrize("name", FILES)
    def test_a_file_that_is_read_and_written_says_the_same(self, name):
        project = mspdi.read(shared("schedule", name))
        assert bare(mspdi.read(b"".join(mspdi.write(project)))) == bare(project)

    @pytest.mark.parametrize(
        "name", ["<Dig> & “pour”", "a\tb", "Größe 🏗", "]]>", "<!DOCTYPE x>", "&amp;", "x" * 255, "'\""]
    )
    def test_whatever_a_task_is_called_is_a_name(self, name):
        project = mspdi.read(plan_xml(task_xml(1, "Dig")))
        named = replace(project, tasks=(replace(project.tasks[0], name=name, notes=f"{name}\r\n\n{name}"),))
        task = mspdi.read(b"".join(mspdi.write(named))).tasks[0]
        assert (task.name, task.notes) == (name, f"{name}\r\n\n{name}")

    @pytest.mark.parametrize("name", [*FILES, "ours"])
    def test_every_element_stands_where_the_format_wants_it(self, cast, name):
        """Readers that check a file against its schema refuse one with two elements in the wrong order."""
        if name == "ours":
            Task.objects.filter(pk=cast.setup.pk).update(
                ignores_people=True, constraint="SNET", constraint_at=cast.setup.start, deadline=cast.setup.finish,
                description="With care", code="ERP-7", is_billable=False, actual_start=cast.setup.start,
                percent_complete=10,
            )  # fmt: skip
            services.baseline_take(project=cast.nordwind, name="Contract", actor=cast.mara, budgets={})
            content = exported(cast.nordwind)
            assert all(name in content for name in (b"<IgnoreResourceCalendar>", b"<Deadline>", b"<Notes>"))
        else:
            content = b"".join(mspdi.write(mspdi.read(shared("schedule", name))))
        for parent in ElementTree.fromstring(content).iter():
            named = parent.tag.partition("}")[2]
            children = list(dict.fromkeys(child.tag.partition("}")[2] for child in parent))
            if named in ORDER:
                wanted = ORDER[named].split()
                assert children == sorted(children, key=wanted.index), named

    def test_what_no_xml_may_hold_is_left_out(self):
        project = mspdi.read(plan_xml(task_xml(1, "Dig")))
        named = replace(project, tasks=(replace(project.tasks[0], name="D\x00i\x0bg\ufffe\ud800"),))
        assert mspdi.read(b"".join(mspdi.write(named))).tasks[0].name == "Dig"

    def test_ten_thousand_tasks(self):
        project = mspdi.read(plan_xml(task_xml(1, "Dig")))
        tasks = tuple(replace(project.tasks[0], uid=uid, id=uid) for uid in range(1, 10_001))
        found = mspdi.read(b"".join(mspdi.write(replace(project, tasks=tasks))))
        assert [task.uid for task in found.tasks] == list(range(1, 10_001))

    def test_days_that_follow_each_other_are_one_exception(self):
        days = tuple(date(2026, 12, 24) + timedelta(days=number) for number in range(9))
        calendar = mspdi.MspdiCalendar(
            uid=1,
            name="Works",
            is_base=True,
            base_uid=None,
            weekdays=(),
            exceptions=(mspdi.MspdiException(name="Closed", dates=(*days, date(2027, 1, 6)), intervals=()),),
        )
        project = replace(mspdi.read(plan_xml(task_xml(1, "Dig"))), calendars=(calendar,))
        content = b"".join(mspdi.write(project))
        assert content.count(b"<Exception>") == 2
        assert len({day for one in mspdi.read(content).calendars[0].exceptions for day in one.dates}) == 10

    def test_more_fields_of_its_own_than_the_format_has_are_refused(self):
        project = mspdi.read(plan_xml(task_xml(1, "Dig")))
        fields = tuple((f"Field {number}", "x") for number in range(31))
        with pytest.raises(ValueError, match="31 fields"):
            list(mspdi.write(replace(project, tasks=(replace(project.tasks[0], custom_fields=fields),))))


# In which order Microsoft's schema (mspdi_pj12, mspdi_pj15) has the elements that we write.
ORDER = {
    "Project": "SaveVersion Name Title ScheduleFromStart StartDate FinishDate CriticalSlackLimit CurrencyDigits"
    " CurrencySymbol CurrencyCode CurrencySymbolPosition CalendarUID DefaultStartTime DefaultFinishTime"
    " MinutesPerDay MinutesPerWeek DaysPerMonth DefaultTaskType DurationFormat WorkFormat HonorConstraints"
    " NewTasksEstimated WeekStartDay StatusDate CurrentDate ExtendedAttributes Calendars Tasks Resources"
    " Assignments",
    "ExtendedAttributes": "ExtendedAttribute",
    "Calendar": "UID GUID Name IsBaseCalendar IsBaselineCalendar BaseCalendarUID WeekDays Exceptions WorkWeeks",
    "WeekDay": "DayType DayWorking TimePeriod WorkingTimes",
    "Exception": "EnteredByOccurrences TimePeriod Occurrences Name Type Period DaysOfWeek MonthItem MonthPosition"
    " Month MonthDay DayWorking WorkingTimes",
    "TimePeriod": "FromDate ToDate",
    "WorkingTime": "FromTime ToTime",
    "Task": "UID GUID ID Name Active Manual Type IsNull CreateDate Contact WBS WBSLevel OutlineNumber"
    " OutlineLevel Priority Start Finish Duration ManualStart ManualFinish ManualDuration DurationFormat"
    " Work Stop Resume ResumeValid EffortDriven Recurring OverAllocated Estimated Milestone Summary"
    " DisplayAsSummary Critical IsSubproject EarlyStart EarlyFinish LateStart LateFinish StartVariance"
    " FinishVariance WorkVariance FreeSlack TotalSlack FixedCost FixedCostAccrual PercentComplete"
    " PercentWorkComplete Cost OvertimeCost OvertimeWork ActualStart ActualFinish ActualDuration"
    " ActualCost ActualOvertimeCost ActualWork ActualOvertimeWork RegularWork RemainingDuration"
    " RemainingCost RemainingWork ACWP CV ConstraintType CalendarUID ConstraintDate Deadline"
    " LevelAssignments LevelingCanSplit LevelingDelay LevelingDelayFormat PreLeveledStart PreLeveledFinish"
    " Hyperlink HyperlinkAddress HyperlinkSubAddress IgnoreResourceCalendar Notes HideBar Rollup BCWS BCWP"
    " PhysicalPercentComplete EarnedValueMethod PredecessorLink ActualWorkProtected ExtendedAttribute"
    " Baseline OutlineCode IsPublished TimephasedData",
    "PredecessorLink": "PredecessorUID Type CrossProject CrossProjectName LinkLag LagFormat",
    "Baseline": "TimephasedData Number Interim Start Finish Duration DurationFormat EstimatedDuration Work Cost",
    "Resource": "UID GUID ID Name Type IsNull Initials Phonetics NTAccount MaterialLabel Code Group WorkGroup"
    " EmailAddress Hyperlink MaxUnits PeakUnits OverAllocated AvailableFrom AvailableTo Start Finish"
    " CanLevel AccrueAt Work RegularWork OvertimeWork ActualWork RemainingWork PercentWorkComplete"
    " StandardRate StandardRateFormat Cost OvertimeRate OvertimeRateFormat OvertimeCost CostPerUse"
    " ActualCost CalendarUID Notes BCWS BCWP IsGeneric IsInactive BookingType ExtendedAttribute Baseline"
    " OutlineCode AvailabilityPeriods Rates TimephasedData",
    "Rate": "RatesFrom RatesTo RateTable StandardRate StandardRateFormat OvertimeRate OvertimeRateFormat"
    " CostPerUse",
    "Assignment": "UID GUID TaskUID ResourceUID PercentWorkComplete ActualCost ActualFinish ActualStart ActualWork ACWP"
    " Confirmed Cost CostRateTable CV Delay Finish FinishVariance Milestone Notes RegularWork"
    " RemainingWork Start Stop Resume Summary Units UpdateNeeded Work WorkContour ExtendedAttribute"
    " Baseline TimephasedData",
}


def bare(project: mspdi.MspdiProject) -> mspdi.MspdiProject:
    """Return the project without what the writer says it leaves out."""
    none: dict[str, Any] = {"baselines": (), "custom_fields": ()}
    return replace(
        project,
        warnings=(),
        resources=tuple(replace(one, **none) for one in project.resources),
        assignments=tuple(replace(one, **none) for one in project.assignments),
    )


class RoundTripTests:
    @pytest.mark.parametrize("name", FILES)
    def test_import_export_import_loses_nothing_that_is_shown(self, cast, fresh, second, name):
        imported(cast, fresh, shared("schedule", name))
        content = exported(fresh)
        again = upload(cast.mara, fresh, KIND, content, name)
        assert again.state == "previewed", again.preview
        # Who was no person of the first file is known by number now; all else is as it is.
        assert [
            row for row in again.preview["rows"] if row["outcome"] != "unchanged" and row["what"] != "person"
        ] == []
        imported(cast, second, content)
        assert shown(second) == shown(fresh)

    def test_a_person_s_working_time_is_in_the_file_and_known_again(self, cast, second):
        person = cast.tom.person
        person.calendar = WorkCalendar.objects.create(
            name="Four days", week=[[[540, 780], [840, 1080]]] * 4 + [[], [], []], country="DE"
        )
        services.person_save(person=person, actor=cast.ada)
        away = Absence(person=person, first=date(2026, 3, 4), last=date(2026, 3, 5), note="Secret")
        services.absence_save(absence=away, actor=cast.tom)
        content = exported(cast.nordwind)
        assert b"Secret" not in content
        found = mspdi.read(content)
        tom = next(one for one in found.resources if one.name == person.name)
        calendar = mspdi.working_calendar(found, tom.calendar_uid)
        assert [bool(day) for day in calendar.week] == [True] * 4 + [False] * 3
        # Who is away when is no matter of the file.
        assert calendar.is_working_day(date(2026, 3, 4))
        run = imported(cast, second, content)
        assert "people_calendars" not in {one["key"] for one in run.preview["questions"]}
        assert "already" not in str(run.preview["notes"])

    def test_a_plan_made_here_is_known_again(self, cast, second):
        Task.objects.filter(pk=cast.setup.pk).update(
            code="ERP-7", percent_complete=Decimal("33.33"), actual_start=cast.setup.start
        )
        Assignment.objects.filter(task=cast.setup).update(planned_seconds=36)
        services.calendar_week_set(
            project=cast.nordwind,
            week=[((540, 780), (840, 1080))] * 4 + [((540, 780),), (), ()],
            country="DE",
            subdivision="HH",
            actor=cast.mara,
        )
        cast.nordwind.refresh_from_db()
        outing = services.Days(first=date(2031, 3, 4), last=date(2031, 3, 5), times=(), name="Company outing")
        services.calendar_days_set(project=cast.nordwind, days=outing, actor=cast.mara)
        services.baseline_take(project=cast.nordwind, name="Contract", actor=cast.mara, budgets={})
        content = exported(cast.nordwind)
        again = upload(cast.mara, cast.nordwind, KIND, content, "plan.xml")
        assert again.state == "previewed", again.preview
        differs = [row for row in again.preview["rows"] if row["outcome"] != "unchanged"]
        # People are known by number from now on; all else is as it is.
        assert {row["what"] for row in differs} == {"person"}, differs
        apply(cast.mara, again)
        assert Task.objects.filter(project=cast.nordwind).count() == 3
        cast.setup.refresh_from_db()
        assert (cast.setup.code, cast.setup.percent_complete) == ("ERP-7", Decimal("33.33"))
        assert cast.setup.external_uid is not None
        edited = exported(cast.nordwind).replace(b"<Name>Set up</Name>", b"<Name>Set up all</Name>")
        assert imported(cast, cast.nordwind, edited).outcome["counts"]["changed"] == 1
        cast.setup.refresh_from_db()
        assert cast.setup.name == "Set up all"
        imported(cast, second, edited)
        second.refresh_from_db()
        named = second.calendar.day_names
        assert named["2031-03-04"] == named["2031-03-05"] == "Company outing"
        one, other = shown(cast.nordwind), shown(second)
        assert other["links"] == one["links"]
        assert other["work"] == one["work"]
        assert other["baselines"] == one["baselines"]
        assert [task["finish"] for task in other["tasks"]] == [task["finish"] for task in one["tasks"]]
        assert [task["code"] for task in other["tasks"]] == ["", "ERP-7", ""]

    def test_what_is_billed_and_how_progress_is_measured_travel_along(self, cast, second):
        Task.objects.filter(pk=cast.kickoff.pk).update(is_billable=False, progress_rule="effort")
        Task.objects.filter(pk=cast.setup.pk).update(
            progress_rule="50_50", percent_complete=50, actual_start=cast.setup.start
        )
        content = exported(cast.nordwind)
        # A percentage that the rule cannot give was typed elsewhere.
        typed = content.replace(b"PercentComplete>50<", b"PercentComplete>30<")
        for file, rules in (
            (content, ["effort", "50_50", "physical"]),
            (typed, ["effort", "physical", "physical"]),
        ):
            imported(cast, second, file)
            tasks = second.tasks.order_by("position")
            assert [task.is_billable for task in tasks] == [False, True, True]
            assert [task.rule for task in tasks] == rules
            Task.with_trash.filter(project=second).delete()

    def test_a_rule_whose_steps_are_not_in_the_file_is_said_to_be_left(self, cast, second):
        Task.objects.filter(pk=cast.setup.pk).update(progress_rule="steps")
        run = imported(cast, second, exported(cast.nordwind))
        assert "weighted milestones, which the file does not hold" in str(run.preview["notes"])
        assert second.tasks.get(name="Set up").rule == "physical"

    def test_a_number_of_another_project_is_nobody_here(self, cast, second):
        content = exported(cast.nordwind).replace(b"nordwind:", b"second:")
        imported(cast, second, content)
        assert set(second.tasks.values_list("name", flat=True)) == {"Kick-off", "Set up", "Go-live"}
        assert not Task.objects.filter(project=cast.nordwind, external_uid__isnull=False).exists()

    def test_baselines_of_a_file_keep_their_numbers(self, cast, fresh):
        content = shared("schedule", "baselines.xml")
        imported(cast, fresh, content)
        one, other = (
            {base.number: base for task in mspdi.read(source).tasks for base in task.baselines}
            for source in (content, exported(fresh))
        )
        assert other == one

    def test_the_latest_eleven_of_many_baselines_go_out_with_the_current_one_first(self, cast):
        for number in range(13):
            services.baseline_take(project=cast.nordwind, name=f"Plan {number}", actor=cast.mara, budgets={})
            services.task_save(task=Task(project=cast.nordwind, name=f"More {number}"), actor=cast.mara)
        tasks = {task.name: task for task in mspdi.read(exported(cast.nordwind)).tasks}
        assert [one.number for one in tasks["Kick-off"].baselines] == list(range(11))
        # In the current one, number 12, there was all but the last task.
        assert [one.number for one in tasks["More 11"].baselines] == [0]
        assert [one.number for one in tasks["More 10"].baselines] == [0, 10]
        assert Baseline.objects.filter(project=cast.nordwind).count() == 13

    @given(data=st.data())
    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_any_plan(self, cast, data):
        codes = [f"{name}-{Project.objects.count()}" for name in ("any", "copy")]
        one, other = (empty_project(cast.nordwind.customer, cast.mara, code=code) for code in codes)
        draw_plan(data.draw, one, [cast.tom.person, cast.tess.person, cast.mara.person])
        content = exported(one)
        imported(cast, other, content)
        before, after = shown(one), shown(other)
        assert after == before
        again = upload(cast.mara, other, KIND, exported(other), "plan.xml")
        assert {row["outcome"] for row in again.preview["rows"]} <= {"unchanged"}, again.preview


def draw_plan(draw: Any, project: Project, people: list[Any]) -> None:
    """Fill a project with any plan that the product can hold and compute."""
    project.refresh_from_db()
    zone = zone_of(project)
    text = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=12).map(
        str.strip
    )
    minutes = st.integers(0, 5 * 480)
    moments = st.integers(0, 90 * 24 * 60).map(
        lambda count: to_moment(local_start(project.starts_on) + timedelta(minutes=count), zone)
    )
    calendars = [
        WorkCalendar.objects.create(
            project=project,
            name=f"Calendar {number}",
            week=[[[480, 720], [780, 1020 + 30 * number]]] * 5 + [[], []],
            exceptions={"2026-02-02": [], "2026-02-03": [[600, 660]], "2026-02-07": [[0, 1440]]},
        )
        for number in range(2)
    ]
    calendars.append(
        WorkCalendar.objects.create(
            project=project, name="Round the clock", week=[[[0, 1440]]] * 7, external_uid=ROUND_THE_CLOCK
        )
    )
    project.calendar = calendars[0]
    project.save()
    tasks: list[Task] = []
    for number in range(draw(st.integers(1, 8))):
        parents = [None, *[task for task in tasks if task.level < 3 and not task.is_milestone]]
        tasks.append(
            Task(
                project=project,
                position=number + 1,
                name=draw(text) or "Task",
                description=draw(text),
                code=draw(st.sampled_from(["", f"KEY-{number}"])),
                duration_minutes=draw(minutes),
                is_milestone=draw(st.booleans()) and number % 3 == 2,
                is_estimated=draw(st.booleans()),
                priority=draw(st.integers(0, 1000)),
                deadline=draw(st.none() | moments),
                calendar=draw(st.sampled_from([None, *calendars[1:]])),
            )
        )
        tasks[-1].parent = draw(st.sampled_from(parents))
        tasks[-1].save()
        services.tree_renumber(project)
        for task in tasks:
            task.refresh_from_db()
    for task in tasks:
        if task.is_summary:
            task.calendar = None
        else:
            task.constraint = draw(st.sampled_from(list(ConstraintType)))
            task.constraint_at = None if task.constraint in UNDATED else draw(moments)
            task.percent_complete = Decimal(draw(st.integers(0, 100)))
            if task.percent_complete:
                task.actual_start = draw(moments)
            if task.percent_complete == 100:
                task.actual_finish = task.actual_start + timedelta(minutes=draw(minutes))
        if task.is_milestone:
            task.duration_minutes = 0
        task.save()
    leaves = [task for task in tasks if not task.is_summary]
    for before, after in pairwise(leaves):
        lag = draw(st.integers(-480, 480))
        if draw(st.booleans()):
            Dependency.objects.create(
                predecessor=before,
                successor=after,
                type=draw(st.sampled_from(list(LinkType))),
                lag_minutes=lag,
                is_elapsed=bool(lag) and draw(st.booleans()),
            )
    on_it = draw(st.lists(st.sampled_from(people), unique=True, max_size=2))
    for person in on_it:
        Membership.objects.get_or_create(project=project, person=person, defaults={"role": "team"})
        Assignment.objects.create(
            task=draw(st.sampled_from(leaves)),
            person=person,
            planned_seconds=draw(st.integers(0, 10**6)),
            units=Decimal(draw(st.integers(0, 20_000))) / 100,
        )
        RateCard.objects.create(
            project=project,
            person=person,
            effective_from=date(2026, 1, 1),
            cost_rate=Decimal(draw(st.integers(1, 20_000))) / 100,
        )
    services.plan_schedule(project=project)
    budgets = {
        task.pk: services.TaskBudget(
            planned_seconds=draw(st.integers(0, 10**6)),
            cost=draw(st.none() | st.integers(0, 10**7).map(lambda cents: Decimal(cents) / 100)),
            bill=None,
        )
        for task in leaves
    }
    for number in range(draw(st.integers(0, 2))):
        services.baseline_take(project=project, name=f"Plan {number}", actor=None, budgets=budgets)
        moved = leaves[number % len(leaves)]
        Task.objects.filter(pk=moved.pk).update(duration_minutes=60 * (number + 1) * (not moved.is_milestone))
        services.plan_schedule(project=project)


class DownloadTests:
    def test_a_summary_sums_up_what_is_below_it(self, cast):
        phase = services.task_save(task=Task(project=cast.nordwind, name="Phase"), actor=cast.mara)
        for task, percent in ((cast.kickoff, 100), (cast.setup, 0)):
            task.refresh_from_db()
            task.parent, task.percent_complete = phase, Decimal(percent)
            if percent:
                task.actual_start, task.actual_finish = task.start, task.finish
            services.task_save(task=task, actor=cast.mara)
        phase.refresh_from_db()
        tasks = {task.name: task for task in mspdi.read(exported(cast.nordwind)).tasks}
        # A day of six is done, and Tom works 40 hours.
        assert (tasks["Phase"].percent_complete, tasks["Phase"].work_minutes) == (17, 2400)
        assert tasks["Phase"].duration_minutes == 2880
        assert tasks["Nordwind CRM"].percent_complete == 17
        assert tasks["Set up"].parent_uid == tasks["Phase"].uid

    def test_cost_goes_only_to_who_may_see_it(self, cast, login, api):
        imported(cast, cast.nordwind, small(), start="keep", calendar="keep")
        for user, sees in ((cast.mara, True), (cast.fay, True), (cast.ada, True), (cast.tom, False)):
            page = login(user).get("/projects/nordwind/plan/export/")
            assert page.status_code == 200
            assert page["Content-Disposition"] == 'attachment; filename="nordwind-plan.xml"'
            content = b"".join(page.streaming_content).decode()
            for word in COSTLY:
                assert (word in content) is sees, (user, word)
            answered = b"".join(api(user).get("/api/v1/projects/nordwind/plan/export/").streaming_content)
            assert answered.decode() == content
        assert "<StandardRate>80</StandardRate>" in exported(cast.nordwind).decode()

    def test_a_file_without_cost_makes_no_second_baseline_of_one_with_it(self, cast, fresh):
        imported(cast, fresh, small())
        content = exported(fresh, with_cost=False)
        run = imported(cast, fresh, content)
        assert run.outcome["counts"]["created"] == 0
        assert Baseline.objects.filter(project=fresh).count() == 1

    def test_strangers_and_customers_get_nothing(self, cast, login):
        assert login(cast.carla).get("/projects/nordwind/plan/export/").status_code == 403
        assert login(cast.rita).get("/projects/nordwind/plan/export/").status_code == 404

    def test_an_empty_plan_is_a_file_all_the_same(self, cast, fresh):
        content = exported(fresh)
        project = mspdi.read(content)
        assert [task.uid for task in project.tasks] == [0]
        assert project.header.title == "Fresh"

    def test_what_is_in_the_trash_stays_behind(self, cast):
        services.task_delete(task=cast.setup, actor=cast.mara)
        found = mspdi.read(exported(cast.nordwind))
        assert [task.name for task in found.tasks if task.uid] == ["Kick-off", "Go-live"]
        assert all(link.predecessor_uid != 2 for task in found.tasks for link in task.links)
        assert not found.assignments

    def test_a_role_and_a_project_rate_are_whose_they_are(self, cast, fresh):
        day = date(2026, 5, 1)
        RateCard.objects.create(
            project=cast.nordwind, job_role="Consultant", effective_from=day, cost_rate=Decimal("95.50")
        )
        rates = {one.name: one.rates for one in mspdi.read(exported(cast.nordwind)).resources}
        assert [rate.standard_rate for rate in rates["Tom Team"]] == [80, Decimal("95.5")]
        assert [rate.effective_from for rate in rates["Tom Team"]][1] == datetime.combine(day, time())
        assert [rate.standard_rate for rate in rates["Mara Manager"]] == [80]
        before = RateCard.objects.filter(project=cast.nordwind).count()
        imported(cast, cast.nordwind, exported(cast.nordwind))
        assert RateCard.objects.filter(project=cast.nordwind).count() == before

    def test_the_number_of_queries_does_not_grow(self, cast, django_assert_num_queries):
        with django_assert_num_queries(9):
            exported(cast.nordwind)
        for number in range(20):
            task = Task.objects.create(project=cast.nordwind, name=f"More {number}", position=10 + number)
            Dependency.objects.create(predecessor=cast.kickoff, successor=task)
            Assignment.objects.create(task=task, person=cast.tess.person)
        with django_assert_num_queries(9):
            exported(cast.nordwind)

    def test_moments_are_the_clock_of_the_project(self, cast):
        Project.objects.filter(pk=cast.nordwind.pk).update(time_zone="America/New_York")
        at = datetime(2026, 7, 1, 16, 30, tzinfo=UTC)
        Task.objects.filter(pk=cast.setup.pk).update(deadline=at)
        tasks = {task.name: task for task in mspdi.read(exported(cast.nordwind)).tasks}
        assert tasks["Set up"].deadline == datetime(2026, 7, 1, 12, 30)
        assert enter(cast.mara, "nordwind", "plan.export").project.time_zone == "America/New_York"
