"""Reading Microsoft Project files: what is understood, what is reported, what is refused."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects import mspdi
from projects.mspdi import MspdiError, NoticeKind, ResourceType
from projects.schedule import ConstraintType, LinkType

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "schedule"
NAMESPACE = "http://schemas.microsoft.com/project"


def shared(name: str) -> bytes:
    if not SHARED.is_dir():
        pytest.skip(f"the shared data folder {SHARED} is missing")
    return (SHARED / name).read_bytes()


def document(inner: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Project xmlns="{NAMESPACE}">{inner}</Project>'.encode()


def read(inner: str = "") -> mspdi.MspdiProject:
    return mspdi.read(document(inner))


def with_tasks(*tasks: str) -> mspdi.MspdiProject:
    return read("<Tasks>" + "".join(f"<Task>{task}</Task>" for task in tasks) + "</Tasks>")


def one_task(inner: str) -> mspdi.MspdiTask:
    return with_tasks(f"<UID>1</UID><Name>Dig</Name>{inner}").tasks[0]


def with_calendar(inner: str) -> mspdi.MspdiProject:
    return read(
        f"<CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><Name>Std</Name>{inner}</Calendar></Calendars>"
    )


def refusal(data: bytes | str) -> MspdiError:
    with pytest.raises(MspdiError) as caught:
        mspdi.read(data if isinstance(data, bytes) else document(data))
    return caught.value


def told(project: mspdi.MspdiProject, kind: NoticeKind) -> list[mspdi.Notice]:
    return [notice for notice in project.warnings if notice.kind == kind]


class SharedFileTests:
    @pytest.mark.parametrize(
        ("name", "calendars", "tasks", "resources", "assignments"),
        [
            ("baselines.xml", 3, 2, 2, 1),
            ("costratetable.xml", 4, 1, 4, 0),
            ("duration.xml", 1, 11, 1, 10),
            ("gp-holidays.xml", 3, 1, 1, 1),
            ("relations.xml", 1, 6, 1, 5),
            ("sample.xml", 4, 20, 3, 17),
        ],
    )
    def test_every_file_is_read_and_nothing_in_it_is_unknown(
        self, name, calendars, tasks, resources, assignments
    ):
        project = mspdi.read(shared(name))
        assert (len(project.calendars), len(project.tasks)) == (calendars, tasks)
        assert (len(project.resources), len(project.assignments)) == (resources, assignments)
        assert not told(project, NoticeKind.UNKNOWN)
        assert all(notice.place and notice.element for notice in project.warnings)
        for calendar in project.calendars:
            assert mspdi.working_calendar(project, calendar.uid).name == calendar.name

    def test_baselines(self):
        project = mspdi.read(shared("baselines.xml"))
        baselines = project.tasks[1].baselines
        assert [baseline.number for baseline in baselines] == list(range(1, 11))
        assert (baselines[1].duration_minutes, baselines[1].work_minutes, baselines[1].cost) == (900, 120, 2)
        assert project.header.minutes_per_day == 450
        assert project.assignments[0].baselines[0].work_minutes == 450

    def test_rates_are_per_hour_whatever_the_unit_shown(self):
        rates = mspdi.read(shared("costratetable.xml")).resources[3].rates
        # The file shows these as 20 a minute, 50 a day and 80 a month.
        assert [rate.standard_rate for rate in rates if rate.table in "ABC"][1::2] == [
            1200,
            Decimal("6.25"),
            Decimal("0.5"),
        ]
        assert rates[0].effective_from is None
        assert rates[0].effective_to == rates[1].effective_from == datetime(2009, 6, 15, 8)
        assert rates[1].effective_to is None
        assert rates[0].cost_per_use == 15

    def test_holidays(self):
        project = mspdi.read(shared("gp-holidays.xml"))
        calendar = mspdi.working_calendar(project)
        assert list(calendar.exceptions) == [date(2010, 9, 16), date(2010, 9, 23), date(2010, 9, 24)]
        assert mspdi.working_calendar(project, 2).minutes_on(date(2010, 9, 16)) == 1440

    def test_links_and_slack(self):
        tasks = mspdi.read(shared("relations.xml")).tasks
        assert [link.type for task in tasks for link in task.links] == [
            LinkType.FS,
            LinkType.SS,
            LinkType.FF,
            LinkType.SF,
        ]
        assert tasks[3].links[0].lag_minutes == 480
        assert (tasks[5].stored_total_slack_minutes, tasks[5].stored_critical) == (480, False)
        assert [task.parent_uid for task in tasks] == [None, 0, 0, 0, 0, 0]

    def test_a_night_shift_and_the_calendars_on_top_of_it(self):
        project = mspdi.read(shared("sample.xml"))
        night = mspdi.working_calendar(project, 4)
        assert night.week[0] == ((1380, 1440),)
        assert night.week[1] == ((0, 180), (240, 480), (1380, 1440))


class HeaderTests:
    def test_all_of_it(self):
        header = read(
            """<Name>n</Name><Title>t</Title><ScheduleFromStart>1</ScheduleFromStart>
            <StartDate>2026-03-02T08:00:00</StartDate><FinishDate>2026-03-06T17:00:00</FinishDate>
            <StatusDate>2026-03-04T08:00:00</StatusDate><CriticalSlackLimit>2</CriticalSlackLimit>
            <CurrencySymbol>€</CurrencySymbol><CurrencyCode>EUR</CurrencyCode>
            <MinutesPerDay>450</MinutesPerDay><MinutesPerWeek>2250</MinutesPerWeek>
            <DaysPerMonth>21</DaysPerMonth>"""
        ).header
        assert (header.name, header.title, header.currency_code, header.currency_symbol) == (
            "n",
            "t",
            "EUR",
            "€",
        )
        assert (header.start, header.finish) == (datetime(2026, 3, 2, 8), datetime(2026, 3, 6, 17))
        assert header.status_date == datetime(2026, 3, 4, 8)
        assert (header.minutes_per_day, header.minutes_per_week, header.days_per_month) == (450, 2250, 21)
        assert header.critical_slack_minutes == 900

    def test_an_almost_empty_file(self):
        project = read()
        assert (project.header.minutes_per_day, project.header.calendar_uid) == (480, None)
        assert (project.tasks, project.resources, project.warnings) == ((), (), ())
        assert mspdi.working_calendar(project).minutes_on(date(2026, 3, 2)) == 480

    def test_planning_backwards_is_reported(self):
        project = read("<ScheduleFromStart>0</ScheduleFromStart>")
        assert not project.header.schedule_from_start
        assert "backwards" in told(project, NoticeKind.CHANGED)[0].message

    def test_a_day_without_minutes_is_refused(self):
        error = refusal("<MinutesPerDay>0</MinutesPerDay>")
        assert error.message == "“0” is not a number above zero."
        assert error.place == "project, MinutesPerDay (line 2)"


class TaskTests:
    def test_all_of_it(self):
        task = one_task(
            """<ID>7</ID><WBS>1.2</WBS><OutlineLevel>1</OutlineLevel><Duration>PT20H30M0S</Duration>
            <Estimated>1</Estimated><Milestone>0</Milestone><Summary>0</Summary>
            <Start>2026-03-02T08:00:00</Start><Finish>2026-03-04T12:30:00</Finish>
            <ConstraintType>4</ConstraintType><ConstraintDate>2026-03-02T08:00:00</ConstraintDate>
            <Deadline>2026-03-09T17:00:00</Deadline><PercentComplete>40</PercentComplete>
            <PhysicalPercentComplete>30</PhysicalPercentComplete>
            <ActualStart>2026-03-02T09:00:00</ActualStart><ActualFinish></ActualFinish>
            <Work>PT8H0M0S</Work><Notes>Mind the pipes.</Notes><Priority>700</Priority>
            <FixedCost>12345</FixedCost><CalendarUID>-1</CalendarUID>
            <TotalSlack>-4800</TotalSlack><FreeSlack>0</FreeSlack><Critical>1</Critical>
            <Baseline><Number>0</Number><Start>2026-03-01T08:00:00</Start><Cost>100.5</Cost></Baseline>"""
        )
        assert (task.uid, task.id, task.name, task.wbs) == (1, 7, "Dig", "1.2")
        assert (task.duration_minutes, task.is_estimated, task.is_elapsed) == (1230, True, False)
        assert (task.constraint, task.constraint_date) == (ConstraintType.SNET, datetime(2026, 3, 2, 8))
        assert task.deadline == datetime(2026, 3, 9, 17)
        assert (task.percent_complete, task.physical_percent_complete) == (40, 30)
        assert (task.actual_start, task.actual_finish) == (datetime(2026, 3, 2, 9), None)
        assert (task.work_minutes, task.notes, task.priority) == (480, "Mind the pipes.", 700)
        assert task.fixed_cost == Decimal("123.45")
        assert (task.stored_total_slack_minutes, task.stored_critical) == (-480, True)
        assert task.baselines[0].cost == Decimal("1.005")
        assert task.calendar_uid is None

    def test_a_bare_task(self):
        task = one_task("")
        assert (task.outline_level, task.priority, task.fixed_cost, task.stored_critical) == (1, 500, 0, None)
        assert task.is_active
        assert task.duration_minutes is None

    def test_the_outline_gives_parents_and_blank_rows_do_not_count(self):
        project = with_tasks(
            "<UID>0</UID>",
            "<UID>1</UID><OutlineLevel>1</OutlineLevel>",
            "<UID>2</UID><OutlineLevel>2</OutlineLevel>",
            "<UID>9</UID><IsNull>1</IsNull>",
            "<UID>3</UID><OutlineLevel>2</OutlineLevel>",
            "<UID>4</UID><OutlineLevel>1</OutlineLevel>",
        )
        assert [task.parent_uid for task in project.tasks] == [None, 0, 1, None, 1, 0]
        assert project.tasks[3].is_null
        assert project.tasks[3].name == ""
        assert not project.warnings

    def test_a_skipped_outline_level_is_reported(self):
        project = with_tasks("<UID>1</UID>", "<UID>2</UID><OutlineLevel>3</OutlineLevel>")
        assert project.tasks[1].parent_uid == 1
        assert "skips a level" in told(project, NoticeKind.CHANGED)[0].message
        assert told(with_tasks("<UID>1</UID><OutlineLevel>2</OutlineLevel>"), NoticeKind.CHANGED)

    @pytest.mark.parametrize("number", range(8))
    def test_constraints(self, number):
        task = one_task(
            f"<ConstraintType>{number}</ConstraintType><ConstraintDate>2026-03-02T08:00:00</ConstraintDate>"
        )
        assert task.constraint == ["ASAP", "ALAP", "MSO", "MFO", "SNET", "SNLT", "FNET", "FNLT"][number]
        assert (task.constraint_date is None) == (number < 2)

    @pytest.mark.parametrize(
        ("number", "elapsed"), [(7, False), (8, True), (39, False), (40, True), (53, False)]
    )
    def test_elapsed_durations_are_marked_and_reported(self, number, elapsed):
        project = with_tasks(f"<UID>1</UID><DurationFormat>{number}</DurationFormat>")
        assert project.tasks[0].is_elapsed is elapsed
        assert bool(told(project, NoticeKind.CHANGED)) is elapsed

    def test_an_unknown_unit_is_reported(self):
        project = with_tasks("<UID>1</UID><DurationFormat>99</DurationFormat>")
        assert "unknown unit 99" in told(project, NoticeKind.UNKNOWN)[0].message

    @pytest.mark.parametrize(
        ("inner", "message"),
        [
            ("<Manual>1</Manual>", "by hand"),
            ("<Active>0</Active>", "inactive"),
            ("<ExternalTask>1</ExternalTask>", "another file"),
            ("<IsSubproject>1</IsSubproject>", "whole other file"),
        ],
    )
    def test_oddities_are_reported_with_the_task(self, inner, message):
        notice = told(with_tasks(f"<UID>5</UID><Name>Odd</Name>{inner}"), NoticeKind.CHANGED)[0]
        assert message in notice.message
        assert notice.place.startswith("task UID 5 “Odd”")

    def test_seconds_and_parts_of_a_minute_are_rounded_and_reported(self):
        project = with_tasks(
            "<UID>1</UID><Duration>PT1H2M30S</Duration><Work>PT0H0M90.5S</Work><TotalSlack>15</TotalSlack>"
        )
        task = project.tasks[0]
        assert (task.duration_minutes, task.work_minutes, task.stored_total_slack_minutes) == (63, 2, 2)
        assert [notice.element for notice in told(project, NoticeKind.CHANGED)] == [
            "Duration",
            "Work",
            "TotalSlack",
        ]

    def test_custom_fields_are_kept_and_reported(self):
        project = read(
            """<ExtendedAttributes><ExtendedAttribute><FieldID>188743731</FieldID><FieldName>Text1</FieldName>
            <Alias>Owner</Alias></ExtendedAttribute></ExtendedAttributes><Tasks><Task><UID>1</UID>
            <ExtendedAttribute><FieldID>188743731</FieldID><Value>Ada</Value></ExtendedAttribute>
            <ExtendedAttribute><FieldID>188743734</FieldID><Value></Value></ExtendedAttribute>
            <ExtendedAttribute><FieldID>5</FieldID><Value>"""
            + "x" * 99
            + "</Value></ExtendedAttribute></Task></Tasks>"
        )
        assert project.tasks[0].custom_fields == (("Owner", "Ada"), ("field 5", "x" * 99))
        notices = told(project, NoticeKind.CUSTOM_FIELD)
        assert [notice.element for notice in notices] == ["Owner", "field 5"]
        assert "“Ada”" in notices[0].message

    def test_what_is_left_behind_is_counted_once_per_element(self):
        project = with_tasks(
            "<UID>1</UID><Contact>Ada</Contact><HideBar>0</HideBar>",
            "<UID>2</UID><Contact>Bob</Contact><Colour>red</Colour>",
        )
        left = told(project, NoticeKind.NOT_CARRIED)
        assert [(notice.element, notice.count) for notice in left] == [("Task/Contact", 2)]
        assert left[0].place.startswith("task UID 1")
        assert told(project, NoticeKind.UNKNOWN)[0].element == "Task/Colour"

    def test_strangers_in_lists_and_in_other_namespaces_are_reported(self):
        project = read('<Tasks><Chore/></Tasks><x:Extra xmlns:x="urn:x">1</x:Extra><y xmlns="">1</y>')
        assert [notice.element for notice in told(project, NoticeKind.UNKNOWN)] == [
            "Tasks/Chore",
            "Project/Extra (namespace urn:x)",
            "Project/y (no namespace)",
        ]

    def test_a_repeated_element_is_reported(self):
        project = with_tasks("<UID>1</UID><Name>One</Name><Name>Two</Name>")
        assert project.tasks[0].name == "One"
        assert "more than once" in told(project, NoticeKind.CHANGED)[0].message


class LinkTests:
    def linked(self, inner: str) -> mspdi.MspdiProject:
        return with_tasks(
            "<UID>1</UID><Duration>PT10H0M0S</Duration>",
            f"<UID>2</UID><PredecessorLink><PredecessorUID>1</PredecessorUID>{inner}</PredecessorLink>",
        )

    @pytest.mark.parametrize(("number", "kind"), list(enumerate(["FF", "FS", "SF", "SS"])))
    def test_types(self, number, kind):
        assert self.linked(f"<Type>{number}</Type>").tasks[1].links[0].type == kind

    def test_a_bare_link_is_finish_to_start(self):
        link = self.linked("").tasks[1].links[0]
        assert (link.type, link.lag_minutes, link.lag_elapsed, link.lag_percent) == (
            LinkType.FS,
            0,
            False,
            None,
        )

    def test_lags_are_tenths_of_a_minute(self):
        link = self.linked("<LinkLag>-4800</LinkLag><LagFormat>7</LagFormat>").tasks[1].links[0]
        assert (link.lag_minutes, link.lag_format) == (-480, 7)

    def test_an_elapsed_lag_is_marked_and_reported(self):
        project = self.linked("<LinkLag>14400</LinkLag><LagFormat>8</LagFormat>")
        assert project.tasks[1].links[0].lag_elapsed
        assert "elapsed lag" in told(project, NoticeKind.CHANGED)[0].message
        assert not self.linked("<LinkLag>0</LinkLag><LagFormat>8</LagFormat>").warnings

    @pytest.mark.parametrize(("number", "elapsed"), [(19, False), (20, True), (51, False)])
    def test_a_lag_in_percent_is_worked_out_and_reported(self, number, elapsed):
        project = self.linked(f"<LinkLag>25</LinkLag><LagFormat>{number}</LagFormat>")
        link = project.tasks[1].links[0]
        assert (link.lag_percent, link.lag_minutes, link.lag_elapsed) == (25, 150, elapsed)
        assert "25 percent" in told(project, NoticeKind.CHANGED)[0].message

    def test_a_link_to_another_file_is_left_out_and_reported(self):
        project = with_tasks(
            """<UID>2</UID><PredecessorLink><PredecessorUID>77</PredecessorUID><CrossProject>1</CrossProject>
            <CrossProjectName>other.mpp\\77</CrossProjectName></PredecessorLink>"""
        )
        assert project.tasks[0].links == ()
        assert any("another file" in notice.message for notice in told(project, NoticeKind.NOT_CARRIED))


class ResourceTests:
    def resource(self, inner: str) -> mspdi.MspdiResource:
        return read(
            f"<Resources><Resource><UID>3</UID><Name>Ada</Name>{inner}</Resource></Resources>"
        ).resources[0]

    def test_all_of_it(self):
        found = self.resource(
            """<ID>1</ID><Type>1</Type><Initials>AL</Initials><EmailAddress>ada@example.com</EmailAddress>
            <Group>Build</Group><MaxUnits>0.5</MaxUnits><StandardRate>80</StandardRate>
            <OvertimeRate>1.2e2</OvertimeRate><CostPerUse>1500</CostPerUse><CalendarUID>-1</CalendarUID>"""
        )
        assert (found.name, found.initials, found.email, found.group) == (
            "Ada",
            "AL",
            "ada@example.com",
            "Build",
        )
        assert (found.type, found.max_units) == (ResourceType.WORK, Decimal("0.5"))
        rate = found.rates[0]
        assert (rate.table, rate.standard_rate, rate.overtime_rate, rate.cost_per_use) == ("A", 80, 120, 15)
        assert (rate.effective_from, rate.effective_to) == (None, None)

    @pytest.mark.parametrize(
        ("inner", "kind"),
        [
            ("", "work"),
            ("<Type>0</Type>", "material"),
            ("<Type>2</Type>", "cost"),
            ("<Type>0</Type><IsCostResource>1</IsCostResource>", "cost"),
        ],
    )
    def test_types(self, inner, kind):
        assert self.resource(inner).type == kind

    def test_rates_by_table_and_date(self):
        rates = self.resource(
            """<Rates><Rate><RatesFrom>1984-01-01T00:00:00</RatesFrom><RatesTo>2026-01-01T00:00:00</RatesTo>
            <RateTable>0</RateTable><StandardRate>80</StandardRate></Rate><Rate><RateTable>4</RateTable>
            <RatesFrom>2026-01-01T00:00:00</RatesFrom><RatesTo>2049-12-31T23:59:06</RatesTo></Rate></Rates>"""
        ).rates
        assert [(rate.table, rate.effective_from, rate.effective_to) for rate in rates] == [
            ("A", None, datetime(2026, 1, 1)),
            ("E", datetime(2026, 1, 1), None),
        ]

    def test_a_calendar_that_is_not_there_is_reported(self):
        project = read("<Resources><Resource><UID>3</UID><CalendarUID>8</CalendarUID></Resource></Resources>")
        assert project.resources[0].calendar_uid is None
        assert "no calendar with the UID 8" in told(project, NoticeKind.CHANGED)[0].message


class AssignmentTests:
    def assigned(self, inner: str) -> mspdi.MspdiProject:
        return read(
            f"""<Tasks><Task><UID>1</UID></Task></Tasks><Resources><Resource><UID>3</UID></Resource></Resources>
            <Assignments><Assignment><UID>9</UID><TaskUID>1</TaskUID>{inner}</Assignment></Assignments>"""
        )

    def test_all_of_it(self):
        found = self.assigned(
            """<ResourceUID>3</ResourceUID><Units>0.75</Units><Work>PT6H0M0S</Work>
            <ActualWork>PT1H30M0S</ActualWork><Start>2026-03-02T08:00:00</Start>
            <Finish>2026-03-02T17:00:00</Finish><CostRateTable>1</CostRateTable>
            <Baseline><Number>0</Number><Work>PT4H0M0S</Work></Baseline>"""
        ).assignments[0]
        assert (found.uid, found.task_uid, found.resource_uid, found.units) == (9, 1, 3, Decimal("0.75"))
        assert (found.work_minutes, found.actual_work_minutes, found.cost_rate_table) == (360, 90, "B")
        assert (found.start, found.finish) == (datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 17))
        assert found.baselines[0].work_minutes == 240

    @pytest.mark.parametrize("inner", ["", "<ResourceUID>-65535</ResourceUID>"])
    def test_work_nobody_was_given_is_reported(self, inner):
        project = self.assigned(inner)
        assert project.assignments[0].resource_uid is None
        notice = told(project, NoticeKind.UNASSIGNED)[0]
        assert notice.place.startswith("assignment UID 9 on task UID 1")

    @pytest.mark.parametrize(
        ("inner", "message"),
        [
            ("<ResourceUID>4</ResourceUID>", "“4” is not the UID of a resource in this file."),
            ("<CostRateTable>5</CostRateTable>", "“5” is not a rate table from 0 (A) to 4 (E)."),
        ],
    )
    def test_refusals(self, inner, message):
        with pytest.raises(MspdiError) as caught:
            self.assigned(inner)
        assert caught.value.message == message

    def test_a_task_that_is_not_there_is_refused(self):
        error = refusal("<Assignments><Assignment><TaskUID>1</TaskUID></Assignment></Assignments>")
        assert "“1” is not the UID of a task" in error.message


TIMES = "<WorkingTimes><WorkingTime><FromTime>{}</FromTime><ToTime>{}</ToTime></WorkingTime></WorkingTimes>"
MORNING = TIMES.format("08:00:00", "12:00:00")
EVENING = TIMES.format("22:00:00", "00:00:00")
SUNDAY = "<WeekDays><WeekDay><DayType>1</DayType>{}</WeekDay></WeekDays>"


def period(first: str, last: str) -> str:
    return f"<TimePeriod><FromDate>{first}T00:00:00</FromDate><ToDate>{last}T23:59:00</ToDate></TimePeriod>"


def exception(first: str, last: str, more: str = "") -> str:
    return f"<Exceptions><Exception><Name>Fair</Name>{period(first, last)}{more}</Exception></Exceptions>"


class CalendarTests:
    def test_weekdays_begin_with_sunday_and_midnight_ends_a_day(self):
        project = with_calendar(
            f"""<IsBaseCalendar>1</IsBaseCalendar><WeekDays>
            <WeekDay><DayType>1</DayType><DayWorking>1</DayWorking>{EVENING}</WeekDay>
            <WeekDay><DayType>2</DayType><DayWorking>0</DayWorking>{MORNING}</WeekDay>
            <WeekDay><DayType>3</DayType><DayWorking>1</DayWorking>{MORNING}</WeekDay></WeekDays>"""
        )
        calendar = mspdi.working_calendar(project)
        assert calendar.week[6] == ((1320, 1440),)
        assert calendar.week[0] == ()
        assert calendar.week[1] == ((480, 720),)
        assert calendar.week[2] == ((480, 720), (780, 1020))

    def test_a_working_day_without_times_has_the_usual_ones_and_is_reported(self):
        project = with_calendar(
            """<WeekDays><WeekDay><DayType>7</DayType><DayWorking>1</DayWorking>
            <WorkingTimes><WorkingTime/></WorkingTimes></WeekDay></WeekDays>"""
        )
        assert mspdi.working_calendar(project).week[5] == ((480, 720), (780, 1020))
        assert "8-12 and 13-17" in told(project, NoticeKind.CHANGED)[0].message

    def test_old_and_new_exceptions(self):
        project = with_calendar(
            "<WeekDays><WeekDay><DayType>0</DayType><DayWorking>0</DayWorking>"
            + period("2026-03-02", "2026-03-04")
            + "</WeekDay></WeekDays>"
            + exception("2026-03-04", "2026-03-04", f"<Type>1</Type><DayWorking>1</DayWorking>{MORNING}")
        )
        calendar = mspdi.working_calendar(project)
        assert calendar.exceptions == {
            date(2026, 3, 2): (),
            date(2026, 3, 3): (),
            date(2026, 3, 4): ((480, 720),),
        }
        assert project.calendars[0].exceptions[1].name == "Fair"

    def test_exceptions_that_repeat(self):
        weekly = with_calendar(
            exception(
                "2026-03-01", "2026-03-14", "<Type>6</Type><Period>1</Period><DaysOfWeek>33</DaysOfWeek>"
            )
        )
        assert [day.isoformat() for day in weekly.calendars[0].exceptions[0].dates] == [
            "2026-03-01",
            "2026-03-06",
            "2026-03-08",
            "2026-03-13",
        ]
        yearly = with_calendar(
            exception("2026-01-01", "2028-12-31", "<Type>2</Type><Month>11</Month><MonthDay>25</MonthDay>")
        )
        assert [day.isoformat() for day in yearly.calendars[0].exceptions[0].dates] == [
            "2026-12-25",
            "2027-12-25",
            "2028-12-25",
        ]

    def test_a_repetition_that_is_not_supported_is_reported(self):
        project = with_calendar(exception("2026-03-01", "2026-12-31", "<Type>5</Type>"))
        assert project.calendars[0].exceptions[0].dates == ()
        notice = told(project, NoticeKind.NOT_CARRIED)[0]
        assert "“Fair” repeats by an unsupported rule (type 5, every 1)" in notice.message
        assert notice.place.startswith("calendar UID 1 “Std”")

    def test_a_calendar_builds_on_its_base(self):
        project = read(
            f"""<Calendars><Calendar><UID>1</UID><Name>Base</Name><BaseCalendarUID>0</BaseCalendarUID><WeekDays>
            <WeekDay><DayType>2</DayType><DayWorking>1</DayWorking>{MORNING}</WeekDay></WeekDays>
            {exception("2026-03-03", "2026-03-03")}</Calendar>
            <Calendar><UID>2</UID><Name>Ada</Name><BaseCalendarUID>1</BaseCalendarUID>
            {exception("2026-03-04", "2026-03-04")}</Calendar></Calendars>"""
        )
        ada = mspdi.working_calendar(project, 2)
        assert (ada.name, ada.week[0]) == ("Ada", ((480, 720),))
        assert list(ada.exceptions) == [date(2026, 3, 3), date(2026, 3, 4)]
        assert not project.warnings

    def test_unusable_calendars(self):
        project = read(
            """<Calendars><Calendar><UID>1</UID><BaseCalendarUID>2</BaseCalendarUID></Calendar>
            <Calendar><UID>2</UID><BaseCalendarUID>1</BaseCalendarUID></Calendar><Calendar><UID>3</UID>
            <BaseCalendarUID>9</BaseCalendarUID><WeekDays>"""
            + "".join(f"<WeekDay><DayType>{n}</DayType></WeekDay>" for n in range(1, 8))
            + "</WeekDays></Calendar></Calendars>"
        )
        assert "no calendar with the UID 9" in told(project, NoticeKind.CHANGED)[0].message
        for uid, message in (
            (1, "builds on itself"),
            (3, "no working time"),
            (7, "no calendar with the UID 7"),
        ):
            with pytest.raises(MspdiError, match=message):
                mspdi.working_calendar(project, uid)

    @pytest.mark.parametrize(
        ("inner", "message"),
        [
            ("<WeekDays><WeekDay><DayType>8</DayType></WeekDay></WeekDays>", "day type"),
            ("<WeekDays><WeekDay><DayType>0</DayType></WeekDay></WeekDays>", "one TimePeriod"),
            (exception("2026-03-05", "2026-03-04"), "ends before it starts"),
            (exception("1800-01-01", "2026-03-04"), "lasts 82"),
            (
                "<Exceptions><Exception><TimePeriod><FromDate>2026-03-04T00:00:00</FromDate></TimePeriod>"
                "</Exception></Exceptions>",
                "both FromDate and ToDate",
            ),
            (exception("2026-03-01", "2026-03-14", "<Type>6</Type>"), "DaysOfWeek is missing"),
            (
                SUNDAY.format(TIMES.format("12:00:00", "08:00:00")),
                "ends before it starts",
            ),
            (
                "<WeekDays><WeekDay><DayType>1</DayType><WorkingTimes><WorkingTime><FromTime>08:00:00</FromTime>"
                "</WorkingTime></WorkingTimes></WeekDay></WeekDays>",
                "both FromTime and ToTime",
            ),
            (
                "<WeekDays><WeekDay><DayType>1</DayType><WorkingTimes>"
                + 2 * "<WorkingTime><FromTime>08:00:00</FromTime><ToTime>09:00:00</ToTime></WorkingTime>"
                + "</WorkingTimes></WeekDay></WeekDays>",
                "overlap",
            ),
            (
                SUNDAY.format(TIMES.format("8am", "24:00:00")),
                "“8am” is not a time of day",
            ),
        ],
    )
    def test_refusals_name_the_calendar(self, inner, message):
        with pytest.raises(MspdiError) as caught:
            with_calendar(inner)
        assert message in str(caught.value)
        assert caught.value.place.startswith("calendar UID 1 “Std”")


class RefusalTests:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "The file is empty."),
            (b"\xef\xbb\xbf \n", "The file is empty."),
            (b"PK\x03\x04 not xml", "This is no XML file. In Microsoft Project choose"),
            (b"\0" * 5000, "This is no XML file."),
            (b"<Project", "not well-formed XML"),
            (b"<Project/>", "its root element is Project (no namespace)"),
            (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "its root element is html (namespace http"),
            (f'<Task xmlns="{NAMESPACE}"/>'.encode(), "its root element is Task, not Project"),
            (b'<!DOCTYPE Project SYSTEM "http://example.com/x.dtd"><Project/>', "refused for safety"),
            (b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;</p>', "refused for safety"),
            (b'<!DOCTYPE p [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><p>&b;</p>', "refused for safety"),
            (b'<?xml version="1.0" encoding="UTF-8"?><Project>\xff\xfe</Project>', "not well-formed XML"),
            (b'<?xml version="1.0" encoding="klingon"?><Project/>', "XML"),
            (b'<?xml version="1.0" encoding="big5"?><Project/>', "XML"),
            (b"<a>" * 100, "more than 60 deep"),
        ],
    )
    def test_what_is_no_project_file(self, data, message):
        assert message in str(refusal(data))

    def test_the_line_and_column_of_broken_xml(self):
        assert refusal(b"<a>\n <b>\n</a>").place == "line 3, column 3"
        assert refusal(b"<!--\n-->\n<!DOCTYPE p><p/>").place == "line 3"

    @pytest.mark.parametrize(
        ("inner", "message", "place"),
        [
            ("<Duration>8 hours</Duration>", "“8 hours” is not a duration like PT8H0M0S.", "Duration"),
            ("<Duration>PT8H</Duration>", "“PT8H” is not a duration like PT8H0M0S.", "Duration"),
            ("<Duration>-PT8H0M0S</Duration>", "“-PT8H0M0S” is not a duration like PT8H0M0S.", "Duration"),
            ("<ID>one</ID>", "“one” is not a whole number.", "ID"),
            ("<ID>٣</ID>", "“٣” is not a whole number.", "ID"),
            ("<FixedCost>NaN</FixedCost>", "“NaN” is not a number.", "FixedCost"),
            ("<Milestone>yes</Milestone>", "“yes” is not 0 or 1.", "Milestone"),
            (
                "<Start>13/15/2024</Start>",
                "“13/15/2024” is not a date and time like 2026-03-05T08:00:00.",
                "Start",
            ),
            (
                "<Start>2026-02-30T08:00:00</Start>",
                "“2026-02-30T08:00:00” is not a day and time that exists.",
                "Start",
            ),
            (
                "<PercentComplete>101</PercentComplete>",
                "“101” is not a percentage from 0 to 100.",
                "PercentComplete",
            ),
            ("<OutlineLevel>-1</OutlineLevel>", "“-1” is not an outline level of 0 or more.", "OutlineLevel"),
            (
                "<ConstraintType>8</ConstraintType>",
                "“8” is not a constraint type from 0 to 7.",
                "ConstraintType",
            ),
            (
                "<ConstraintType>2</ConstraintType>",
                "The constraint MSO has no ConstraintDate.",
                "ConstraintType",
            ),
            ("<Name><b/></Name>", "holds further elements where a plain value is expected.", "Name"),
        ],
    )
    def test_a_wrong_value_is_named_with_its_place(self, inner, message, place):
        name = "" if "<Name>" in inner else "<Name>Dig</Name>"
        error = refusal(f"<Tasks>\n<Task><UID>4</UID>{name}\n{inner}</Task></Tasks>")
        assert error.message == message
        owner = "task UID 4 “Dig”" if name else "task"
        assert error.place == f"{owner}, {place} (line 4)"

    def test_a_long_value_is_shortened(self):
        assert len(refusal(f"<Tasks><Task><UID>{'9' * 5000}</UID></Task></Tasks>").message) < 100

    @pytest.mark.parametrize(
        ("inner", "message"),
        [
            ("<Tasks><Task><Name>x</Name></Task></Tasks>", "UID is missing"),
            ("<Tasks><Task><UID>1</UID></Task><Task><UID>1</UID></Task></Tasks>", "used twice"),
            (
                "<Resources><Resource><UID>1</UID></Resource><Resource><UID>1</UID></Resource></Resources>",
                "twice",
            ),
            ("<Resources><Resource><UID>1</UID><Type>3</Type></Resource></Resources>", "a resource type"),
            (
                "<Resources><Resource><UID>1</UID><Rates><Rate><RateTable>5</RateTable></Rate></Rates>"
                "</Resource></Resources>",
                "a rate table",
            ),
            (
                "<Tasks><Task><UID>1</UID><PredecessorLink><PredecessorUID>8</PredecessorUID></PredecessorLink>"
                "</Task></Tasks>",
                "no task with the UID 8",
            ),
            (
                "<Tasks><Task><UID>1</UID><PredecessorLink><PredecessorUID>1</PredecessorUID><Type>4</Type>"
                "</PredecessorLink></Task></Tasks>",
                "a link type",
            ),
            (
                "<Tasks><Task><UID>1</UID><Baseline><Number>11</Number></Baseline></Task></Tasks>",
                "a baseline number",
            ),
            (
                "<Tasks><Task><UID>1</UID><Baseline/><Baseline/></Task></Tasks>",
                "Baseline 0 is given twice",
            ),
        ],
    )
    def test_what_does_not_hang_together(self, inner, message):
        assert message in str(refusal(inner))

    def test_a_stream_is_read_and_a_text_stream_refused(self):
        assert mspdi.read(BytesIO(document("<Name>n</Name>"))).header.name == "n"
        with pytest.raises(MspdiError, match="opened as text"):
            mspdi.read(StringIO("<Project/>"))

    def test_a_text_stream_of_the_wrong_encoding_is_refused_alike(self, tmp_path):
        path = tmp_path / "latin.xml"
        path.write_bytes("<Project>é</Project>".encode("latin-1"))
        with path.open(encoding="utf-8") as stream, pytest.raises(MspdiError, match="opened as text"):
            mspdi.read(stream)

    def test_other_encodings_are_read(self):
        text = document("<Name>Straße</Name>").decode().replace("UTF-8", "UTF-16")
        assert mspdi.read(text.encode("utf-16")).header.name == "Straße"


WHOLE = document(
    """<Name>n</Name><CalendarUID>1</CalendarUID><Calendars><Calendar><UID>1</UID><WeekDays><WeekDay>
    <DayType>2</DayType><DayWorking>1</DayWorking><WorkingTimes><WorkingTime><FromTime>08:00:00</FromTime>
    <ToTime>12:00:00</ToTime></WorkingTime></WorkingTimes></WeekDay></WeekDays><Exceptions><Exception>
    <TimePeriod><FromDate>2026-03-02T00:00:00</FromDate><ToDate>2026-03-02T23:59:00</ToDate></TimePeriod>
    <Type>1</Type></Exception></Exceptions></Calendar></Calendars><Tasks><Task><UID>1</UID>
    <Duration>PT8H0M0S</Duration></Task><Task><UID>2</UID><PredecessorLink><PredecessorUID>1</PredecessorUID>
    <Type>1</Type><LinkLag>4800</LinkLag><LagFormat>7</LagFormat></PredecessorLink></Task></Tasks>"""
)


class PropertyTests:
    @given(st.data())
    @settings(deadline=None, max_examples=300)
    def test_a_damaged_file_is_read_or_refused_and_never_breaks(self, data):
        at = data.draw(st.integers(0, len(WHOLE)))
        upto = data.draw(st.integers(at, min(len(WHOLE), at + 12)))
        put = data.draw(st.binary(max_size=8) | st.sampled_from([b"-1", b"99999999999999999999", b"<Task/>"]))
        # Anything but this error fails the test.
        with suppress(MspdiError):
            mspdi.working_calendar(mspdi.read(WHOLE[:at] + put + WHOLE[upto:]))

    @given(hours=st.integers(0, 10**6), minutes=st.integers(0, 59))
    @settings(deadline=None)
    def test_durations(self, hours, minutes):
        assert (
            one_task(f"<Duration>PT{hours}H{minutes}M0S</Duration>").duration_minutes == hours * 60 + minutes
        )
