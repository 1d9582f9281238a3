"""Real workers, killed in the middle: still exactly one report, and one mail per recipient."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from implement.reports import services
from implement.reports.choices import ReportState
from implement.reports.models import Report, ReportDelivery, ReportSchedule, Snapshot
from implement.testkit.cast import Cast, build_cast
from implement.testkit.workers import Inbox, Stage, wait_until
from projects.choices import DeliveryState, JobState
from projects.kit import jobs
from projects.kit.access import enter
from projects.models import Job, Person

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SUBJECT = "Status report"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that other programs see it."""
    return build_cast()


def due_schedule(cast: Cast, *, review_first: bool) -> ReportSchedule:
    """Return a weekly schedule whose last period became due a while ago."""
    now = timezone.now()
    today = now.date()
    schedule = ReportSchedule(
        project=cast.nordwind,
        kind="status",
        audience="customer",
        weekday=today.weekday(),
        time=time(0, 0),
        time_zone="UTC",
        anchor=today - timedelta(days=7),
        review_first=review_first,
    )
    people = Person.objects.filter(user__in=[cast.carla, cast.mara])
    services.schedule_save(schedule=schedule, recipients=people, actor=cast.mara)
    ReportSchedule.objects.filter(pk=schedule.pk).update(active_from=datetime(2020, 1, 1, tzinfo=UTC))
    return schedule


def sent_off(cast: Cast) -> Report:
    """Return an approved report whose two mails wait to be sent."""
    today = timezone.now().date()
    report = services.report_request(
        project=cast.nordwind,
        kind="status",
        audience="customer",
        start=today - timedelta(days=7),
        end=today,
        actor=cast.mara,
    )
    assert jobs.run(str(report.job_id))
    report.refresh_from_db()
    entry = enter(cast.mara, "nordwind", "reports.send")
    services.report_send(
        report=report, entry=entry, people=Person.objects.filter(user__in=[cast.carla, cast.mara])
    )
    for job in Job.objects.filter(state=JobState.QUEUED):
        assert jobs.run(str(job.pk))
    return report


class KilledWorkerTests:
    def test_two_beats_and_two_workers_make_one_report_and_mail_each_person_once(
        self, cast: Cast, tmp_path: Path
    ) -> None:
        due_schedule(cast, review_first=False)
        with Inbox.serving() as inbox:
            stage = Stage(folder=tmp_path, mail_port=inbox.port)
            with stage.worker(), stage.worker(), stage.beat(), stage.beat():
                report = wait_until(
                    Report.objects.filter(state=ReportState.SENT).first, what="the report is sent"
                )
                # Some more ticks of both beats change nothing.
                ticked = timezone.now() + timedelta(seconds=3)
                wait_until(lambda: timezone.now() > ticked, what="three more seconds")
        assert Report.objects.count() == 1
        assert Snapshot.objects.count() == 1
        assert Job.objects.filter(kind="reports.generate").count() == 1
        assert inbox.received(SUBJECT) == {"carla@example.test": 1, "mara@example.test": 1}
        assert report.deliveries.filter(state=DeliveryState.SENT, attempts=1).count() == 2

    def test_killed_while_making_it_and_the_broker_forgets_everything(
        self, cast: Cast, tmp_path: Path
    ) -> None:
        due_schedule(cast, review_first=True)
        stage = Stage(folder=tmp_path)
        with stage.beat():
            with stage.worker() as first:
                report = wait_until(
                    Report.objects.filter(state=ReportState.GENERATING).first, what="the report is being made"
                )
                first.kill()
            assert report.pdf.name == ""
            stage.lose_broker_data()
            with stage.worker():
                wait_until(
                    Report.objects.filter(state=ReportState.DRAFT).exists, what="the next worker makes it"
                )
        made = Report.objects.get()
        assert made.pk == report.pk
        assert made.pdf.read(5) == b"%PDF-"
        assert made.job is not None
        assert made.job.attempts == 2
        assert Snapshot.objects.count() == 1

    @pytest.mark.parametrize("place", ["greeting", "data"])
    def test_killed_while_sending_nobody_gets_it_twice(self, cast: Cast, tmp_path: Path, place: str) -> None:
        report = sent_off(cast)
        with Inbox.serving(stall_at=place, stall_on=SUBJECT) as inbox:
            stage = Stage(folder=tmp_path, mail_port=inbox.port)
            with stage.beat():
                with stage.worker() as first:
                    wait_until(inbox.stalled.is_set, what="the mail server hesitates")
                    first.kill()
                stage.lose_broker_data()
                inbox.release.set()
                ended = {DeliveryState.SENT, DeliveryState.UNCONFIRMED}
                with stage.worker():
                    wait_until(
                        lambda: set(report.deliveries.values_list("state", flat=True)) <= ended,
                        what="every mail has ended",
                    )
                    if place == "greeting":
                        wait_until(
                            Report.objects.filter(state=ReportState.SENT).exists, what="the report is sent"
                        )
        assert inbox.received(SUBJECT) == {"carla@example.test": 1, "mara@example.test": 1}
        report.refresh_from_db()
        unsure = ReportDelivery.objects.filter(state=DeliveryState.UNCONFIRMED)
        if place == "greeting":
            # Nothing had been handed over, so it was simply sent by the next worker.
            assert report.state == ReportState.SENT
            assert not unsure.exists()
        else:
            # The server has it but the worker never heard so: a person is asked, nothing is sent again.
            assert unsure.count() == 1
            assert "Ask the receiver" in unsure.get().error
            assert report.state == ReportState.APPROVED
