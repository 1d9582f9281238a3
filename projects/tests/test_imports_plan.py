"""A plan from Microsoft Project: what arrives, what a second import does, what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budget.models import RateCard
from implement.testkit.cast import Cast
from projects import mspdi
from projects.models import (
    Assignment,
    Baseline,
    BaselineTask,
    Dependency,
    ImportRun,
    JournalEntry,
    Membership,
    Person,
    Project,
    Task,
    WorkCalendar,
)
from projects.planning import to_local, working_calendar, zone_of
from projects.tests.importing import (
    answer,
    apply,
    empty_project,
    link_xml,
    opened,
    plan_xml,
    rows,
    shared,
    stored,
    task_xml,
    upload,
    work,
)

KIND = "plan.mspdi"
FILES = [
    "baselines.xml",
    "costratetable.xml",
    "duration.xml",
    "gp-holidays.xml",
    "relations.xml",
    "sample.xml",
]

RESOURCES = """<Resources>
<Resource><UID>1</UID><Name>Tom Team</Name><Type>1</Type>
<EmailAddress>TOM@example.test</EmailAddress></Resource>
<Resource><UID>2</UID><Name>Nina New</Name><Type>1</Type><StandardRate>90</StandardRate></Resource>
<Resource><UID>3</UID><Name>Cement</Name><Type>0</Type></Resource>
</Resources><Assignments>
<Assignment><UID>10</UID><TaskUID>2</TaskUID><ResourceUID>1</ResourceUID><Work>PT8H0M0S</Work></Assignment>
<Assignment><UID>11</UID><TaskUID>3</TaskUID><ResourceUID>2</ResourceUID><Units>0.5</Units><Work>PT4H30M0S</Work></Assignment>
</Assignments>"""
BASELINE = (
    "<Baseline><Number>0</Number><Start>2026-03-02T08:00:00</Start><Finish>2026-03-02T17:00:00</Finish>"
    "<Duration>PT8H0M0S</Duration><Work>PT8H0M0S</Work><Cost>72000</Cost></Baseline>"
)


def small(dig: str = "Dig", extra: str = "", lag: int = 0) -> bytes:
    """Return a summary with two linked tasks and a milestone."""
    tasks = (
        task_xml(1, "Ground works")
        + task_xml(
            2, dig, f"<Notes>Mind the pipe.</Notes><PercentComplete>50</PercentComplete>{BASELINE}", level=2
        )
        + task_xml(3, "Pour", link_xml(2, lag=lag), level=2)
        + task_xml(4, "Done", "<Milestone>1</Milestone>" + link_xml(3), hours=0)
        + extra
    )
    return plan_xml(tasks, RESOURCES)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def fresh(cast: Cast) -> Project:
    return empty_project(cast.nordwind.customer, cast.mara)


class SharedFilesTests:
    @pytest.mark.parametrize("name", FILES)
    def test_each_is_imported_and_a_second_time_changes_nothing(self, cast, fresh, name):
        content = shared("schedule", name)
        run = upload(cast.mara, fresh, KIND, content, name)
        if run.state == "needs_answer":
            assert opened(run) == {"money"}
            run = answer(cast.mara, run, money="project")
        run = apply(cast.mara, run)
        assert run.state == "applied", run.job.error
        assert fresh.tasks.count() == sum(
            not task.is_null and task.uid != 0 for task in mspdi.read(content).tasks
        )
        before = stored()
        again = upload(cast.mara, fresh, KIND, content, name)
        assert again.preview["counts"]["created"] == again.preview["counts"]["changed"] == 0
        assert apply(cast.mara, again).state == "applied"
        after = stored()
        assert after.pop("projects.journalentry") == before.pop("projects.journalentry") + 1
        assert after == before

    def test_relations_has_its_stored_dates_slacks_and_critical_flags(self, cast, fresh):
        content = shared("schedule", "relations.xml")
        # As of before it began: what nobody has begun since then would else stand after today.
        Project.objects.filter(pk=fresh.pk).update(data_date=mspdi.read(content).header.start.date())
        run = apply(cast.mara, upload(cast.mara, fresh, KIND, content, "relations.xml"))
        assert run.state == "applied"
        tasks = {task.external_uid: task for task in fresh.tasks.all()}
        zone = zone_of(fresh)
        fresh.refresh_from_db()
        calendar = working_calendar(fresh.calendar)
        said = [task for task in mspdi.read(content).tasks if task.uid]
        assert len(said) == 5
        for told in said:
            task = tasks[told.uid]
            # Friday 17:00 and Monday 8:00 are one instant of working time, and the file writes either.
            for moment, stored_moment in (
                (task.start, told.start),
                (task.finish, told.finish),
                (task.start, told.stored_early_start),
                (task.finish, told.stored_early_finish),
                (task.late_start, told.stored_late_start),
                (task.late_finish, told.stored_late_finish),
            ):
                assert calendar.position(to_local(moment, zone)) == calendar.position(stored_moment)
            assert task.total_float_minutes == told.stored_total_slack_minutes
            assert task.free_float_minutes == told.stored_free_slack_minutes
            assert task.is_critical == told.stored_critical


class ImportTests:
    def test_the_preview_writes_nothing_and_the_import_everything(self, cast, fresh):
        before = stored()
        run = upload(cast.mara, fresh, KIND, small(), "plan.xml")
        assert run.state == "previewed", run.preview.get("error")
        assert stored() == before
        run = apply(cast.mara, run)
        assert run.state == "applied", run.job.error
        fresh.refresh_from_db()
        assert str(fresh.starts_on) == "2026-03-02"
        assert fresh.calendar is not None
        assert fresh.calendar.project == fresh
        outline = list(fresh.tasks.values_list("wbs", "name", "is_summary", "is_milestone"))
        assert outline == [
            ("1", "Ground works", True, False),
            ("1.1", "Dig", False, False),
            ("1.2", "Pour", False, False),
            ("2", "Done", False, True),
        ]
        dig = fresh.tasks.get(name="Dig")
        assert dig.description == "Mind the pipe."
        assert dig.percent_complete == 50
        assert fresh.tasks.get(name="Pour").start > dig.start
        assert Assignment.objects.get(person=cast.tom.person, task=dig).planned_seconds == 8 * 3600
        nina = Assignment.objects.get(person__name="Nina New")
        assert (nina.planned_seconds, nina.units) == (16200, Decimal(50))
        assert Membership.objects.get(project=fresh, person=nina.person).role == "team"
        assert RateCard.objects.get(project=fresh, person=nina.person).cost_rate == 90
        taken = BaselineTask.objects.get(baseline__project=fresh)
        assert (taken.planned_seconds, taken.cost) == (28800, 720)
        assert JournalEntry.objects.filter(project=fresh, action="task.added").count() == 4
        assert any("material" in note["message"] for note in run.preview["notes"])

    def test_a_second_import_changes_what_differs_and_adds_what_is_new(self, cast, fresh):
        apply(cast.mara, upload(cast.mara, fresh, KIND, small(), "plan.xml"))
        kept = fresh.tasks.get(name="Dig").pk
        content = small("Dig deeper", task_xml(5, "Clean up", link_xml(4)), lag=60)
        run = upload(cast.mara, fresh, KIND, content, "plan.xml")
        assert [row["label"] for row in rows(run, "created", "task")] == ["Clean up"]
        assert rows(run, "changed", "task")[0]["message"] == "name: Dig → Dig deeper"
        assert apply(cast.mara, run).state == "applied"
        dig = Task.objects.get(pk=kept)
        assert dig.name == "Dig deeper"
        assert dig.version == 2
        assert fresh.tasks.count() == 5
        assert Dependency.objects.get(successor__name="Pour").lag_minutes == 60
        entry = JournalEntry.objects.get(action="task.changed", target_id=str(kept))
        assert entry.changes == {"name": ["Dig", "Dig deeper"]}
        assert Person.objects.filter(name="Nina New").count() == 1
        assert Baseline.objects.filter(project=fresh).count() == 1

    def test_what_is_gone_is_listed_and_goes_only_when_ticked(self, cast, fresh):
        apply(cast.mara, upload(cast.mara, fresh, KIND, small(extra=task_xml(5, "Extra")), "plan.xml"))
        own = Task.objects.create(project=fresh, name="By hand", position=99)
        run = upload(cast.mara, fresh, KIND, small(), "plan.xml")
        assert "no longer in the file" in rows(run, "unchanged", "task")[-1]["message"]
        apply(cast.mara, run)
        assert fresh.tasks.filter(name="Extra").exists()
        run = upload(cast.mara, fresh, KIND, small(), "plan.xml", remove_gone="yes")
        assert apply(cast.mara, run).state == "applied"
        assert not Task.objects.filter(project=fresh, name="Extra").exists()
        assert Task.with_trash.filter(project=fresh, name="Extra").exists()
        assert Task.objects.filter(pk=own.pk).exists()
        # And the file's own word brings it back.
        back = apply(cast.mara, upload(cast.mara, fresh, KIND, small(extra=task_xml(5, "Extra")), "plan.xml"))
        assert back.state == "applied"
        assert fresh.tasks.filter(name="Extra").exists()

    def test_links_and_assignments_that_are_gone_follow_the_tick(self, cast, fresh):
        apply(cast.mara, upload(cast.mara, fresh, KIND, small(), "plan.xml"))
        bare = plan_xml("".join(task_xml(uid, name) for uid, name in [(2, "Dig"), (3, "Pour"), (4, "Done")]))
        apply(cast.mara, upload(cast.mara, fresh, KIND, bare, "plan.xml"))
        assert Dependency.objects.filter(successor__project=fresh).count() == 2
        run = upload(cast.mara, fresh, KIND, bare, "plan.xml", remove_gone="yes")
        assert len(rows(run, "changed", "link")) == 2
        assert len(rows(run, "changed", "assignment")) == 2
        assert apply(cast.mara, run).state == "applied"
        assert not Dependency.objects.filter(successor__project=fresh).exists()
        assert not Assignment.objects.filter(task__project=fresh).exists()

    def test_a_plan_that_is_there_is_asked_for_start_and_calendar(self, cast):
        run = upload(
            cast.mara,
            cast.nordwind,
            KIND,
            plan_xml(task_xml(1, "A"), head="").replace(b"03-02", b"04-06"),
            "p.xml",
        )
        assert opened(run) == {"start"}
        assert run.state == "needs_answer"
        run = answer(cast.mara, run, start="keep")
        assert run.state == "previewed"
        assert apply(cast.mara, run).state == "applied"
        cast.nordwind.refresh_from_db()
        assert str(cast.nordwind.starts_on) == "2026-03-02"
        assert [task.name for task in Task.objects.filter(project=cast.nordwind)] == [
            "A",
            "Kick-off",
            "Set up",
            "Go-live",
        ]

    def test_elapsed_work_and_lags_run_round_the_clock(self, cast, fresh):
        link = (
            "<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>1</Type>"
            "<LinkLag>14400</LinkLag><LagFormat>8</LagFormat></PredecessorLink>"
        )
        content = plan_xml(
            task_xml(1, "Pour")
            + task_xml(2, "Next", link)
            + task_xml(3, "Dry", "<DurationFormat>8</DurationFormat>" + link_xml(1), hours=48)
        )
        assert apply(cast.mara, upload(cast.mara, fresh, KIND, content, "p.xml")).state == "applied"
        assert Dependency.objects.get(successor__name="Next").is_elapsed
        dry = fresh.tasks.get(name="Dry")
        assert (dry.finish - dry.start).total_seconds() == 48 * 3600

    def test_a_file_of_another_plan_is_noticed(self, cast, fresh):
        apply(cast.mara, upload(cast.mara, fresh, KIND, small(), "plan.xml"))
        other = plan_xml("".join(task_xml(uid, f"Other {uid}") for uid in range(1, 5)))
        run = upload(cast.mara, fresh, KIND, other, "other.xml")
        assert "other_file" in opened(run)

    def test_a_person_can_be_chosen_or_left_out(self, cast, fresh):
        run = upload(cast.mara, fresh, KIND, small(), "plan.xml")
        run = answer(cast.mara, run, person__1="skip", person__2=str(cast.mara.person.pk))
        assert apply(cast.mara, run).state == "applied"
        assert not Person.objects.filter(name="Nina New").exists()
        assigned = Assignment.objects.get(task__project=fresh)
        assert assigned.person == cast.mara.person

    def test_an_address_of_another_customer_is_never_taken(self, cast, fresh):
        content = small().replace(b"TOM@example.test", b"rolf@example.test")
        run = apply(cast.mara, upload(cast.mara, fresh, KIND, content, "plan.xml"))
        assert run.state == "applied", run.job.error
        assert not Membership.objects.filter(project=fresh, person=cast.rolf.person).exists()


class BadPlanTests:
    """Nothing of a bad file is kept, and the message names the place."""

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"   ", "The file is empty"),
            (b"%PDF-1.7 nothing", "no XML file"),
            (b"<html><body/></html>", "root element is html"),
            (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "refused for safety"),
            (b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>', "refused for safety"),
            (plan_xml(task_xml(1, "A")).replace(b"A</Name>", b"\xff\xfe</Name>"), "line 1"),
            (plan_xml(task_xml(1, "A", link_xml(2)) + task_xml(2, "B", link_xml(1))), "“A” → “B” → “A”"),
            (
                plan_xml(
                    task_xml(1, "A", link_xml(4)) + task_xml(2, "A1", level=2) + task_xml(3, "B", link_xml(1))
                    + task_xml(4, "B1", link_xml(2), level=2)
                ),
                "These tasks wait for each other: “A” → “B” → “B1” → “A”",
            ),
            (plan_xml(task_xml(1, "A", link_xml(1))), "waits for itself"),
            (plan_xml(task_xml(1, "A", link_xml(9))), "no task with the UID 9"),
            (plan_xml(task_xml(1, "A") + task_xml(1, "B")), "UID is used twice"),
            (plan_xml(task_xml(1, "A", hours=-8)), "is not a duration"),
            (plan_xml(task_xml(1, "A", hours=999999999)), "out of range"),
            (plan_xml(task_xml(99999999999, "A")), "out of range"),
            (plan_xml(task_xml(1, "A", "<Deadline>9999-01-01T08:00:00</Deadline>")), "year 9999"),
            (plan_xml(task_xml(1, "A", "<Deadline>01/02/2026</Deadline>")), "not a date and time"),
            (plan_xml(), "neither tasks nor people"),
        ],
    )  # fmt: skip
    def test_the_file_is_refused(self, cast, fresh, content, said):
        before = stored()
        run = upload(cast.mara, fresh, KIND, content, "plan.xml")
        assert run.state == "refused"
        assert said in run.preview["error"]["message"]
        assert stored() == before

    @pytest.mark.parametrize(("rate", "said"), [("-5", "negative"), ("99999999999999", "out of range")])
    def test_negative_money_is_refused_by_resource(self, cast, fresh, rate, said):
        before = stored()
        content = small().replace(b"<StandardRate>90<", f"<StandardRate>{rate}<".encode())
        run = upload(cast.mara, fresh, KIND, content, "plan.xml")
        assert run.state == "refused"
        assert said in run.preview["error"]["message"]
        assert "resource UID 2 “Nina New”" in run.preview["error"]["message"]
        assert stored() == before

    def test_an_unknown_currency_is_asked_about(self, cast, fresh):
        content = small().replace(b"<Tasks>", b"<CurrencyCode>XQZ</CurrencyCode><Tasks>", 1)
        run = upload(cast.mara, fresh, KIND, content, "plan.xml")
        assert opened(run) == {"money"}
        asked = next(one for one in run.preview["questions"] if one["key"] == "money")
        assert "“XQZ” (CurrencyCode) is not a known currency" in asked["label"]
        run = apply(cast.mara, answer(cast.mara, run, money="leave"))
        assert run.state == "applied"
        assert not RateCard.objects.filter(project=fresh).exists()
        assert BaselineTask.objects.get(baseline__project=fresh).cost is None

    def test_amounts_in_another_currency_are_never_mixed_in_silence(self, cast, fresh):
        content = small().replace(b"<Tasks>", b"<CurrencyCode>USD</CurrencyCode><Tasks>", 1)
        run = upload(cast.mara, fresh, KIND, content, "plan.xml")
        assert opened(run) == {"money"}
        asked = next(one for one in run.preview["questions"] if one["key"] == "money")
        assert asked["label"] == "The file's amounts are in USD, the project's in EUR"
        assert [choice[0] for choice in asked["choices"]] == ["leave", "as_is", "project"]
        run = apply(cast.mara, answer(cast.mara, run, money="leave"))
        assert not RateCard.objects.filter(project=fresh).exists()
        assert "All amounts are left out" in str(run.preview["notes"])
        fresh.refresh_from_db()
        assert fresh.currency == "EUR"

    def test_a_megabyte_of_text_is_shortened_aloud(self, cast, fresh):
        content = plan_xml(task_xml(1, "N" * 1_000_000, f"<Notes>{'n' * 1_000_000}</Notes>"))
        run = upload(cast.mara, fresh, KIND, content, "plan.xml")
        told = [note["message"] for note in run.preview["notes"]]
        assert "The name has 1,000,000 characters; the first 255 are kept." in told
        assert len(str(run.preview)) < 20_000
        assert apply(cast.mara, run).state == "applied"
        assert len(fresh.tasks.get().name) == 255

    def test_a_worker_that_dies_leaves_nothing_half_saved(self, cast, fresh, monkeypatch):
        run = upload(cast.mara, fresh, KIND, small(), "plan.xml")
        before = stored()

        def die(*, project: Project) -> None:
            raise SystemExit

        monkeypatch.setattr("projects.imports.plandraft.plan_schedule", die)
        with pytest.raises(SystemExit):
            apply(cast.mara, run)
        assert stored() == before
        monkeypatch.undo()
        run.refresh_from_db()
        assert run.state == "previewed"
        assert run.job.state == "running"
        type(run.job).objects.filter(pk=run.job_id).update(lease_until="2020-01-01T00:00:00Z")
        assert work(run).state == "applied"
        assert ImportRun.objects.get(pk=run.pk).outcome["counts"]["created"] == len(rows(run, "created"))


PART_TIME = """<Calendars>
<Calendar><UID>1</UID><Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar></Calendar>
<Calendar><UID>5</UID><Name>Tom</Name><BaseCalendarUID>1</BaseCalendarUID><WeekDays>
<WeekDay><DayType>2</DayType><DayWorking>0</DayWorking></WeekDay>
<WeekDay><DayType>3</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays></Calendar>
<Calendar><UID>6</UID><Name>Nina</Name><BaseCalendarUID>1</BaseCalendarUID></Calendar>
</Calendars>"""


def with_calendars(extra: str = "") -> bytes:
    """Return a plan in which Tom does not work on Mondays and Tuesdays, and Nina as the project does."""
    resources = RESOURCES.replace(
        "<Name>Tom Team</Name>", "<Name>Tom Team</Name><CalendarUID>5</CalendarUID>"
    ).replace("<Name>Nina New</Name>", "<Name>Nina New</Name><CalendarUID>6</CalendarUID>")
    tasks = (
        task_xml(1, "Phase") + task_xml(2, "Dig", extra, level=2) + task_xml(3, "Pour", link_xml(2), level=2)
    )
    return plan_xml(tasks, PART_TIME + resources)


class PeopleCalendarTests:
    def test_who_works_at_other_times_gets_a_calendar_and_the_plan_follows(self, cast, fresh):
        run = upload(cast.mara, fresh, KIND, with_calendars(), "plan.xml")
        assert "people_calendars" in {one["key"] for one in run.preview["questions"]}
        run = apply(cast.mara, run)
        assert run.state == "applied", run.job.error
        person = Person.objects.get(pk=cast.tom.person.pk)
        assert person.calendar.person == person
        assert person.weekly_hours == 24
        assert Person.objects.get(name="Nina New").calendar is None
        dig = fresh.tasks.get(name="Dig")
        # 2 March 2026 is a Monday.
        assert dig.start.astimezone(zone_of(fresh)).day == 4
        # The preview computed the same finish as was stored.
        finish = max(task.finish for task in fresh.tasks.all()).astimezone(zone_of(fresh))
        assert f"{finish:%d %b %Y %H:%M}" in str(run.preview["totals"])
        again = upload(cast.mara, fresh, KIND, with_calendars(), "plan.xml")
        assert again.preview["counts"]["created"] == again.preview["counts"]["changed"] == 0

    def test_it_may_be_left_out(self, cast, fresh):
        run = upload(cast.mara, fresh, KIND, with_calendars(), "plan.xml", people_calendars="keep")
        assert apply(cast.mara, run).state == "applied"
        assert Person.objects.get(pk=cast.tom.person.pk).calendar is None
        assert fresh.tasks.get(name="Dig").start.astimezone(zone_of(fresh)).day == 2

    def test_a_calendar_that_the_firm_gave_stays(self, cast, fresh):
        person = cast.tom.person
        person.calendar = WorkCalendar.objects.create(name="Firm's", week=[[[540, 780]]] * 7)
        person.save()
        run = apply(cast.mara, upload(cast.mara, fresh, KIND, with_calendars(), "plan.xml"))
        assert Person.objects.get(pk=person.pk).calendar.name == "Firm's"
        assert "works by “Firm's” already" in str(run.preview["notes"])

    def test_a_task_that_ignores_its_people(self, cast, fresh):
        content = with_calendars("<IgnoreResourceCalendar>1</IgnoreResourceCalendar>")
        apply(cast.mara, upload(cast.mara, fresh, KIND, content, "plan.xml"))
        dig = fresh.tasks.get(name="Dig")
        assert dig.ignores_people
        assert dig.start.astimezone(zone_of(fresh)).day == 2
