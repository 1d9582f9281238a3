"""Making, approving and sending: what is promised to the project manager and to the customer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from implement.core.errors import DomainError, NotAllowed, StaleVersion, StateError
from implement.reports import services
from implement.reports.choices import ReportState
from implement.reports.mails import read_pdf, report_mail
from implement.reports.models import Report, ReportDelivery, ReportSchedule, Snapshot
from implement.reports.narrative import prefilled
from implement.reports.snapshots import snapshot_read
from implement.testkit.cast import Cast
from projects.choices import DeliveryState, JobState, ProjectStatus
from projects.kit import jobs
from projects.kit.access import Entry, enter
from projects.models import Delivery, JournalEntry, Membership, Person, Project, Task
from projects.services import baseline_take
from projects.signoffs.models import RequestItem, ResponseRequest
from projects.signoffs.purposes import MILESTONE

Make = Callable[..., Report]
START = date(2026, 10, 12)
END = START + timedelta(days=7)


@pytest.fixture(autouse=True)
def quick_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no real document here: test_pdf does."""
    monkeypatch.setattr(
        "implement.reports.services.making.render_pdf",
        lambda report, frozen: f"%PDF-1.7 {report.pk} {report.version} {report.summary}".encode(),
    )


def person(user: Any) -> Person:
    """Return a user's person."""
    return Person.objects.get(user=user)


def schedule_of(cast: Cast, **changes: Any) -> ReportSchedule:
    """Return an unsaved weekly schedule of Nordwind."""
    values = {
        "project": cast.nordwind,
        "kind": "status",
        "audience": "customer",
        "weekday": 0,
        "time": time(8),
        "time_zone": "Europe/Berlin",
        "anchor": date(2026, 3, 2),
    }
    return ReportSchedule(**(values | changes))


def started(cast: Cast, *, people: list[Person] | None = None, **changes: Any) -> ReportSchedule:
    """Return a saved schedule that began long ago."""
    schedule = schedule_of(cast, **changes)
    services.schedule_save(schedule=schedule, recipients=people or [], actor=cast.mara)
    ReportSchedule.objects.filter(pk=schedule.pk).update(active_from=datetime(2026, 1, 1, tzinfo=UTC))
    return schedule


class ScheduleTests:
    def test_two_ticks_make_one_report(self, cast: Cast) -> None:
        started(cast)
        now = datetime(2026, 3, 9, 8, tzinfo=UTC)
        assert services.reports_schedule_due(now=now) == 1
        assert services.reports_schedule_due(now=now + timedelta(minutes=1)) == 0
        report = Report.objects.get()
        assert (report.period_from, report.last_day) == (date(2026, 3, 2), date(2026, 3, 8))
        assert report.job is not None
        assert report.job.state == JobState.QUEUED

    def test_a_beat_that_lost_the_race_changes_nothing(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started(cast)
        now = datetime(2026, 3, 9, 8, tzinfo=UTC)
        services.reports_schedule_due(now=now)
        # The other beat looked before the first had committed: it sees nothing, and the constraint decides.
        monkeypatch.setattr(Report.objects, "filter", lambda **_: Report.objects.none())
        assert services.reports_schedule_due(now=now) == 0
        assert Report.objects.all().count() == 1

    def test_a_closed_project_and_a_paused_schedule_make_none(self, cast: Cast) -> None:
        started(cast, is_active=False)
        started(cast, kind="budget")
        Project.objects.filter(pk=cast.nordwind.pk).update(status=ProjectStatus.CLOSED)
        assert services.reports_schedule_due(now=datetime(2026, 3, 9, 8, tzinfo=UTC)) == 0

    def test_a_new_schedule_does_not_make_up_for_the_past(self, cast: Cast) -> None:
        services.schedule_save(schedule=schedule_of(cast), recipients=[], actor=cast.mara)
        assert services.reports_schedule_due() == 0

    def test_moving_a_schedule_starts_it_afresh_and_naming_people_does_not(self, cast: Cast) -> None:
        schedule = started(cast)
        schedule.refresh_from_db()
        began = schedule.active_from
        services.schedule_save(schedule=schedule, recipients=[person(cast.carla)], actor=cast.mara)
        schedule.refresh_from_db()
        assert schedule.active_from == began
        schedule.time = time(9)
        services.schedule_save(schedule=schedule, recipients=[], actor=cast.mara)
        assert schedule.active_from > began

    def test_an_edition_is_scheduled_once(self, cast: Cast) -> None:
        started(cast)
        with pytest.raises(DomainError, match="has a schedule already"):
            services.schedule_save(schedule=schedule_of(cast), recipients=[], actor=cast.mara)

    def test_an_internal_edition_is_never_scheduled_to_a_customer(self, cast: Cast) -> None:
        with pytest.raises(DomainError, match="Carla Customer: an internal edition never goes to a customer"):
            services.schedule_save(
                schedule=schedule_of(cast, audience="internal"),
                recipients=[person(cast.mara), person(cast.carla)],
                actor=cast.mara,
            )
        assert not ReportSchedule.objects.exists()

    @pytest.mark.parametrize(
        ("who", "audience", "reason"),
        [
            ("tom", "internal", "may not see cost"),
            ("rolf", "customer", "not on the project"),
            ("rita", "internal", "not on the project"),
        ],
    )
    def test_who_may_not_get_it_is_named_with_the_reason(
        self, cast: Cast, who: str, audience: str, reason: str
    ) -> None:
        with pytest.raises(DomainError, match=reason):
            services.check_recipients(
                project=cast.nordwind, audience=audience, people=[person(getattr(cast, who))]
            )

    def test_a_firm_person_in_a_customer_role_gets_nothing_internal(self, cast: Cast) -> None:
        Membership.objects.filter(project=cast.nordwind, person=person(cast.fay)).update(role="customer")
        with pytest.raises(DomainError, match="never goes to a customer"):
            services.check_recipients(project=cast.nordwind, audience="internal", people=[person(cast.fay)])

    def test_sent_at_once_says_that_nobody_reviewed_it(
        self, cast: Cast, sample_panels: object, work: Callable[[], None]
    ) -> None:
        started(cast, people=[person(cast.carla)], review_first=False)
        services.reports_schedule_due(now=datetime(2026, 3, 9, 8, tzinfo=UTC))
        work()
        services.deliver_reports()
        report = Report.objects.get()
        assert report.state == ReportState.SENT
        sent = [message for message in mail.outbox if "CRM: Status report" in message.subject]
        assert [message.to for message in sent] == [["carla@example.test"]]
        assert "was not reviewed by a person" in sent[0].body
        assert not report.is_text_reviewed

    def test_a_draft_that_a_schedule_made_is_announced_by_mail(
        self, cast: Cast, sample_panels: object, work: Callable[[], None]
    ) -> None:
        started(cast)
        services.reports_schedule_due(now=datetime(2026, 3, 9, 8, tzinfo=UTC))
        work()
        assert Report.objects.get().state == ReportState.DRAFT
        assert Delivery.objects.filter(user=cast.mara, channel="email").count() == 1


class MakingTests:
    def test_both_editions_are_drawn_from_one_snapshot(self, make: Make) -> None:
        inside, outside = make(audience="internal"), make(audience="customer")
        assert inside.snapshot_id == outside.snapshot_id
        assert Snapshot.objects.count() == 1

    def test_the_numbers_stay_as_they_were_frozen(
        self, cast: Cast, make: Make, sample_panels: dict[str, Any]
    ) -> None:
        report = make()
        assert report.snapshot is not None
        before = snapshot_read(report.snapshot).data(audience="customer")
        Project.objects.update(name="Renamed")
        Task.objects.update(percent_complete=100)
        again = snapshot_read(Snapshot.objects.get()).data(audience="customer")
        assert again == before
        assert json.loads(report.snapshot.data)["project"]["name"] == "Nordwind CRM"

    def test_changed_figures_are_never_drawn(
        self, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        Snapshot.objects.update(data=Snapshot.objects.get().data.replace("54 %", "99 %"))
        services.report_text_save(report=report, texts={"summary": "New"}, entry=entry)
        work()
        report.refresh_from_db()
        assert not report.is_pdf_current
        assert "changed after they were frozen" in report.error

    def test_a_failure_shows_its_reason_and_can_be_tried_again(
        self, cast: Cast, make: Make, entry: Entry, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> bytes:
            raise DomainError("The system library Pango is missing.")

        monkeypatch.setattr("implement.reports.services.making.render_pdf", broken)
        report = make()
        assert report.state == ReportState.FAILED
        assert report.error == "The system library Pango is missing."
        monkeypatch.undo()
        monkeypatch.setattr("implement.reports.services.making.render_pdf", lambda *_: b"%PDF-1.7 fine")
        services.report_retry(report=report, entry=entry)
        work()
        report.refresh_from_db()
        assert (report.state, report.error) == (ReportState.DRAFT, "")

    def test_cancelling_its_job_leaves_no_report_hanging(self, cast: Cast, entry: Entry) -> None:
        report = services.report_request(
            project=cast.nordwind, kind="status", audience="customer", start=START, end=END, actor=cast.mara
        )
        assert report.job is not None
        jobs.cancel(job=report.job)
        report.refresh_from_db()
        assert report.state == ReportState.FAILED
        assert "cancelled" in report.error

    def test_the_same_period_is_refused_and_replacing_keeps_the_old_one(
        self, cast: Cast, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        with pytest.raises(DomainError, match="made for this period already"):
            make()
        newer = services.report_supersede(report=report, entry=entry)
        work()
        newer.refresh_from_db()
        report.refresh_from_db()
        assert report.state == ReportState.SUPERSEDED
        assert newer.state == ReportState.DRAFT
        assert newer.snapshot_id != report.snapshot_id
        assert read_pdf(report).startswith(b"%PDF-")

    @pytest.mark.parametrize(
        ("start", "end", "message"),
        [
            (START, START, "empty"),
            (START, START + timedelta(days=200), "too long"),
            (date(2999, 1, 1), date(2999, 1, 8), "not over yet"),
        ],
    )
    def test_an_impossible_period_is_refused(self, cast: Cast, start: date, end: date, message: str) -> None:
        with pytest.raises(DomainError, match=message):
            services.report_request(
                project=cast.nordwind, kind="status", audience="customer", start=start, end=end, actor=None
            )

    def test_an_unknown_kind_is_refused(self, cast: Cast) -> None:
        with pytest.raises(DomainError, match="no such kind"):
            services.report_request(
                project=cast.nordwind, kind="gossip", audience="customer", start=START, end=END, actor=None
            )

    def test_done_twice_it_is_made_once(self, make: Make) -> None:
        report = make()
        assert report.job is not None
        assert not jobs.run(str(report.job_id))
        assert Snapshot.objects.count() == 1

    def test_a_former_draft_leaves_no_file_behind(
        self,
        make: Make,
        entry: Entry,
        work: Callable[[], None],
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        report = make()
        former = report.pdf.name
        services.report_text_save(report=report, texts={"summary": "Other words"}, entry=entry)
        with django_capture_on_commit_callbacks(execute=True):
            work()
        report.refresh_from_db()
        assert report.pdf.name != former
        assert not default_storage.exists(former)


class WordsTests:
    def test_the_first_words_come_from_the_plan(self, cast: Cast) -> None:
        finished = timezone.make_aware(datetime(2026, 10, 14, 12))
        Task.objects.filter(pk=cast.kickoff.pk).update(percent_complete=100, actual_finish=finished)
        Task.objects.filter(pk=cast.setup.pk).update(finish=finished + timedelta(days=8))
        Task.objects.filter(pk=cast.go_live.pk).update(
            finish=finished + timedelta(days=8), deadline=finished + timedelta(days=7)
        )
        words = prefilled(project=cast.nordwind, audience="internal", start=START, end=END)
        assert "Kick-off" in words["achievements"]
        assert "Set up, due 22 Oct 2026, Tom Team" in words["next_steps"]
        assert "after its deadline" in words["risks"]
        assert words["summary"].startswith("1 of 3 tasks and milestones are finished.")

    def test_a_plan_that_slips_is_not_told_as_if_nothing_were_wrong(self, cast: Cast) -> None:
        agreed = timezone.make_aware(datetime(2026, 11, 2, 12))
        Task.objects.filter(pk=cast.go_live.pk).update(finish=agreed)
        baseline_take(project=cast.nordwind, name="Agreed", actor=cast.mara, budgets={})
        Task.objects.filter(pk=cast.go_live.pk).update(finish=agreed + timedelta(days=2))
        for audience in ("internal", "customer"):
            summary = prefilled(project=cast.nordwind, audience=audience, start=START, end=END)["summary"]
            assert "1 milestone is expected later than agreed, by up to 2 working days." in summary

    def test_the_customer_reads_only_what_is_published(self, cast: Cast) -> None:
        finished = timezone.make_aware(datetime(2026, 10, 14, 12))
        Task.objects.update(percent_complete=100, actual_finish=finished)
        Task.objects.filter(pk=cast.go_live.pk).update(
            customer_title="You are live", acceptance_criteria="All works"
        )
        words = prefilled(project=cast.nordwind, audience="customer", start=START, end=END)
        assert words["achievements"] == "- Milestone reached: You are live"
        assert "Please accept the milestone You are live" in words["decisions"]
        assert "Kick-off" not in json.dumps(words)
        assert "Tom" not in json.dumps(words)

    def test_what_the_customer_was_asked_is_a_decision_that_is_needed(self, cast: Cast) -> None:
        """A question about a milestone stands there once, not beside the milestone again."""
        carla = Person.objects.get(user=cast.carla)
        own = {"project": cast.nordwind, "requested_by": cast.mara, "person": carla, "address": carla.email}
        days = {"due_on": date(2026, 10, 22), "expires_at": datetime(2026, 11, 1, tzinfo=UTC)}
        for title, purpose, asked_on in (
            ("Decide on CR-007 Label printing", "change.decide", 14),
            ("Accept You are live", MILESTONE.key, 15),
            ("Too late for this report", "change.decide", 20),
        ):
            request = ResponseRequest.objects.create(title=title, purpose=purpose, **own, **days)
            ResponseRequest.objects.filter(pk=request.pk).update(
                created_at=datetime(2026, 10, asked_on, 9, tzinfo=UTC)
            )
            if purpose == MILESTONE.key:
                RequestItem.objects.create(
                    request=request, target=cast.go_live, label="You are live", subject_version=1, content={},
                    sha256="0" * 64,
                )  # fmt: skip
        Task.objects.filter(pk=cast.go_live.pk).update(
            customer_title="You are live", percent_complete=100, actual_finish=datetime(2026, 10, 14, tzinfo=UTC),
            acceptance_criteria="It runs.",
        )  # fmt: skip
        said = [
            prefilled(project=cast.nordwind, audience=audience, start=START, end=END)["decisions"]
            for audience in ("customer", "internal")
        ]
        assert said == [
            "- Please answer by 22 Oct 2026: Decide on CR-007 Label printing\n"
            "- Please answer by 22 Oct 2026: Accept You are live",
            "- Carla Customer is to answer by 22 Oct 2026: Decide on CR-007 Label printing\n"
            "- Carla Customer is to answer by 22 Oct 2026: Accept You are live",
        ]

    def test_what_is_too_much_for_a_page_is_counted(self, cast: Cast) -> None:
        finish = timezone.make_aware(datetime(2026, 10, 22, 12))
        Task.objects.bulk_create(
            Task(project=cast.nordwind, name=f"Work {number}", finish=finish) for number in range(20)
        )
        words = prefilled(project=cast.nordwind, audience="internal", start=START, end=END)
        assert words["next_steps"].endswith("- and 12 more")

    def test_a_stale_save_loses_neither(self, make: Make, entry: Entry) -> None:
        report = make()
        seen = report.version
        services.report_text_save(report=report, texts={"summary": "First"}, entry=entry)
        other = Report.objects.get()
        with pytest.raises(StaleVersion):
            services.report_text_save(
                report=other, texts={"summary": "Second"}, entry=entry, expected_version=seen
            )
        assert Report.objects.get().summary == "First"

    def test_approved_words_are_settled_until_the_approval_is_taken_back(
        self, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        services.report_approve(report=report, entry=entry)
        with pytest.raises(StateError, match="settled"):
            services.report_text_save(report=report, texts={"summary": "Late"}, entry=entry)
        services.report_reopen(report=report, entry=entry)
        services.report_text_save(report=report, texts={"summary": "In time"}, entry=entry)
        assert Report.objects.get().summary == "In time"

    def test_words_saved_while_it_is_drawn_win(
        self, make: Make, entry: Entry, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report = make()
        drawn: list[int] = []

        def slowly(report: Report, frozen: object) -> bytes:
            if not drawn:
                Report.objects.filter(pk=report.pk).update(version=report.version + 1)
            drawn.append(report.version)
            return b"%PDF-1.7 " + str(len(drawn)).encode()

        monkeypatch.setattr("implement.reports.services.making.render_pdf", slowly)
        services.report_text_save(report=report, texts={"summary": "One"}, entry=entry)
        work()
        report.refresh_from_db()
        assert not report.is_pdf_current
        services.report_redraw(report=report, entry=entry)
        work()
        report.refresh_from_db()
        assert report.is_pdf_current
        assert read_pdf(report) == b"%PDF-1.7 2"


class SendingTests:
    def test_nothing_is_sent_before_the_final_pdf_is_drawn(
        self, cast: Cast, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        assert services.report_send(report=report, entry=entry, people=[person(cast.carla)]) == 1
        assert services.deliver_reports() == 0
        work()
        assert services.deliver_reports() == 1
        assert services.deliver_reports() == 0
        report.refresh_from_db()
        assert report.state == ReportState.SENT
        (message,) = [message for message in mail.outbox if message.to == ["carla@example.test"]]
        name, content, kind = message.attachments[0]
        assert (name, kind) == ("nordwind-status-report-2026-10-18.pdf", "application/pdf")
        assert content == read_pdf(report)
        assert JournalEntry.objects.shared().filter(action="report.published").count() == 1

    def test_nobody_gets_it_twice_and_others_can_be_added(
        self, cast: Cast, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        services.report_send(report=report, entry=entry, people=[person(cast.carla)])
        work()
        services.deliver_reports()
        report.refresh_from_db()
        with pytest.raises(StateError, match="already"):
            services.report_send(report=report, entry=entry, people=[person(cast.carla)])
        services.report_send(report=report, entry=entry, people=[person(cast.carla), person(cast.tom)])
        services.deliver_reports()
        assert sorted(message.to[0] for message in mail.outbox) == ["carla@example.test", "tom@example.test"]

    def test_without_anybody_to_send_it_to(self, make: Make, entry: Entry) -> None:
        report = make()
        with pytest.raises(DomainError, match="at least one person"):
            services.report_send(report=report, entry=entry)
        report.refresh_from_db()
        assert report.state == ReportState.DRAFT

    def test_an_internal_edition_cannot_be_sent_to_a_customer_by_any_way(
        self, cast: Cast, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make(audience="internal")
        with pytest.raises(DomainError, match="never goes to a customer"):
            services.report_send(report=report, entry=entry, people=[person(cast.carla)])
        # A row that came in by some other way, or a person who changed sides, is still refused at the end.
        services.report_send(report=report, entry=entry, people=[person(cast.fay)])
        work()
        Person.objects.filter(user=cast.fay).update(customer=cast.nordwind.customer)
        assert services.deliver_reports() == 0
        assert mail.outbox == []
        delivery = ReportDelivery.objects.get()
        assert "never goes to a customer" in delivery.error
        with pytest.raises(DomainError, match="never goes"):
            report_mail(delivery)

    def test_a_failed_mail_shows_its_reason_and_can_be_sent_again(
        self,
        cast: Cast,
        make: Make,
        entry: Entry,
        work: Callable[[], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        report = make()
        services.report_send(report=report, entry=entry, people=[person(cast.carla)])
        work()

        def refuse(*_: object) -> int:
            raise ConnectionRefusedError("nobody answers")

        monkeypatch.setattr(EmailBackend, "send_messages", refuse)
        for _ in range(6):
            ReportDelivery.objects.update(due_at=timezone.now())
            services.deliver_reports()
        delivery = ReportDelivery.objects.get()
        assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 6)
        assert "nobody answers" in delivery.error
        report.refresh_from_db()
        assert report.state == ReportState.APPROVED
        monkeypatch.undo()
        services.delivery_send_again(delivery=delivery, entry=entry)
        with pytest.raises(DomainError):
            services.delivery_send_again(delivery=delivery, entry=entry)
        services.deliver_reports()
        report.refresh_from_db()
        assert report.state == ReportState.SENT
        assert len(mail.outbox) == 1

    @pytest.mark.parametrize(
        ("error", "state"),
        [
            (SMTPServerDisconnected("Connection unexpectedly closed"), DeliveryState.UNCONFIRMED),
            (TimeoutError("timed out"), DeliveryState.UNCONFIRMED),
            (SMTPDataError(452, b"out of room"), DeliveryState.PENDING),
            (SMTPRecipientsRefused({}), DeliveryState.PENDING),
        ],
    )
    def test_a_mail_the_server_may_have_taken_is_not_tried_again_by_itself(
        self,
        cast: Cast,
        make: Make,
        entry: Entry,
        work: Callable[[], None],
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
        state: str,
    ) -> None:
        services.report_send(report=make(), entry=entry, people=[person(cast.carla)])
        work()
        monkeypatch.setattr(EmailBackend, "send_messages", Mock(side_effect=error))
        services.deliver_reports()
        delivery = ReportDelivery.objects.get()
        assert delivery.state == state
        assert type(error).__name__ in delivery.error
        monkeypatch.undo()
        ReportDelivery.objects.update(due_at=timezone.now())
        assert services.deliver_reports() == (state == DeliveryState.PENDING)

    def test_a_replaced_report_is_not_sent_any_more(
        self, cast: Cast, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        services.report_send(report=report, entry=entry, people=[person(cast.carla)])
        services.report_supersede(report=report, entry=entry)
        work()
        assert services.deliver_reports() == 0
        delivery = ReportDelivery.objects.get()
        assert delivery.state == DeliveryState.FAILED
        delivery.report.refresh_from_db()
        with pytest.raises(StateError):
            services.delivery_send_again(delivery=delivery, entry=entry)

    def test_a_pdf_that_was_changed_on_disk_is_not_sent(
        self, cast: Cast, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        report = make()
        services.report_send(report=report, entry=entry, people=[person(cast.carla)])
        work()
        report.refresh_from_db()
        with default_storage.open(report.pdf.name, "wb") as file:
            file.write(b"%PDF-1.7 forged")
        assert services.deliver_reports() == 0
        assert "not the one that was filed" in ReportDelivery.objects.get().error

    def test_finance_makes_reports_but_does_not_send_them(self, cast: Cast, make: Make) -> None:
        report = make()
        fay = enter(cast.fay, "nordwind", "reports.make")
        with pytest.raises(NotAllowed):
            services.report_send(report=report, entry=fay, people=[person(cast.carla)])


class PublishedTests:
    def test_the_customer_sees_it_from_approval_on(
        self, make: Make, entry: Entry, work: Callable[[], None]
    ) -> None:
        inside, outside = make(audience="internal"), make()
        assert not Report.objects.published().exists()
        services.report_approve(report=outside, entry=entry)
        services.report_approve(report=inside, entry=entry)
        assert not Report.objects.published().exists()
        work()
        assert list(Report.objects.published()) == [outside]
        services.report_supersede(report=Report.objects.get(pk=outside.pk), entry=entry)
        assert not Report.objects.published().exists()
