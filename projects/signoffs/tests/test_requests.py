"""Asking a named contact, and answering once: what a link opens, for whom, and for how long."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from implement.core.db import AppendOnlyError
from implement.core.errors import DomainError, StateError
from implement.core.sealing import canonical, digest
from implement.reports.narrative import prefilled
from implement.testkit.cast import Cast
from projects.choices import Audience, DeliveryState
from projects.kit.access import enter
from projects.kit.notes import attachment_add
from projects.kit.rows import row_delete
from projects.models import Attachment, JournalEntry, Membership, Milestone, Task
from projects.signoffs import services
from projects.signoffs.choices import MailKind, RequestState
from projects.signoffs.mails import deliver_requests
from projects.signoffs.models import Decision, RequestMail, ResponseRequest
from projects.signoffs.purposes import ACCEPT, MILESTONE, REJECT
from projects.signoffs.selectors import link_of, signoffs_of, waiting_for

pytestmark = pytest.mark.django_db
AGES_AGO = timedelta(days=30)


@pytest.fixture(autouse=True)
def _no_guesses_yet() -> None:
    cache.clear()


@pytest.fixture
def reached(cast: Cast) -> Milestone:
    """Return the go-live, reached and shown to the customer."""
    Task.objects.filter(pk=cast.go_live.pk).update(
        percent_complete=100,
        actual_finish=timezone.now() - timedelta(days=1),
        acceptance_criteria="Orders run for a day.",
        customer_title="You are live",
    )
    return Milestone.objects.get(pk=cast.go_live.pk)


def ask(cast: Cast, row: Any, **more: Any) -> ResponseRequest:
    """Let Mara ask Carla."""
    words = {"person": cast.carla.person, "due_on": timezone.localdate() + timedelta(days=7)} | more
    return services.request_send(
        purpose=MILESTONE, rows=[row], entry=enter(cast.mara, "nordwind", "signoffs.change"), **words
    )


def give(request: ResponseRequest, verdict: str = ACCEPT, comment: str = "") -> list[Decision]:
    item = request.items.get()
    return services.request_answer(
        request=request, answers={item.pk: services.Answer(verdict, comment)}, user=None, proof="code"
    )


def body_for(request: ResponseRequest, verdict: str = ACCEPT, comment: str = "") -> dict[str, str]:
    item = request.items.get()
    return {f"verdict-{item.pk}": verdict, f"comment-{item.pk}": comment}


def url_of(request: ResponseRequest, more: str = "") -> str:
    return f"/answer/{link_of(request)}/{more}"


def pin(cast: Cast, row: Any, name: str, *, audience: str = Audience.CUSTOMER) -> Attachment:
    """Let Mara pin a file to a row."""
    upload = SimpleUploadedFile(name, f"What is in {name}".encode())
    entry = enter(cast.mara, "nordwind", "notes.change")
    return attachment_add(item=row, entry=entry, upload=upload, audience=audience)


class FileTests:
    @pytest.fixture(autouse=True)
    def _media(self, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path

    def test_what_is_signed_names_the_customers_files_and_no_other(
        self, cast: Cast, reached: Milestone
    ) -> None:
        plan = pin(cast, reached, "plan.pdf")
        pin(cast, reached, "rates.xlsx", audience=Audience.INTERNAL)
        request = ask(cast, reached)
        content = request.items.get().content
        assert content["files"] == [{"name": "plan.pdf", "size": plan.size, "sha256": plan.sha256}]
        assert "rates" not in str(content)
        (decision,) = give(request)
        assert decision.sha256 == digest(canonical(content))
        # What is pinned to it later is no part of it, and what is taken away ends no signature.
        pin(cast, reached, "photo.png")
        row_delete(row=plan, actor=cast.mara)
        (signed,) = signoffs_of(reached)
        assert not signed.is_stale

    def test_what_was_signed_before_there_were_files_still_holds(
        self, cast: Cast, reached: Milestone
    ) -> None:
        give(ask(cast, reached))
        pin(cast, reached, "plan.pdf")
        (signed,) = signoffs_of(reached)
        assert not signed.is_stale

    def test_nobody_signs_a_file_that_is_gone(self, cast: Cast, reached: Milestone) -> None:
        plan = pin(cast, reached, "plan.pdf")
        request = ask(cast, reached)
        row_delete(row=plan, actor=cast.mara)
        with pytest.raises(DomainError, match="changed after it was sent"):
            give(request)

    def test_who_reads_the_question_opens_its_files_and_nobody_else(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        plan, late = pin(cast, reached, "plan.pdf"), None
        secret = pin(cast, reached, "rates.xlsx", audience=Audience.INTERNAL)
        request = ask(cast, reached)
        late = pin(cast, reached, "late.pdf")
        url = url_of(request, f"files/{plan.pk}/")
        # The link alone opens nothing.
        assert client.get(url)["Location"] == url_of(request)
        client.force_login(cast.carla)
        page = client.get(url_of(request)).content.decode()
        assert url in page
        assert plan.sha256 in page
        file = client.get(url)
        assert b"".join(file) == b"What is in plan.pdf"
        assert file["Content-Disposition"].startswith("attachment")
        assert file["Content-Type"] == "application/octet-stream"
        for other in (secret, late):
            assert client.get(url_of(request, f"files/{other.pk}/")).status_code == 404
        services.request_withdraw(request=request, actor=cast.mara, reason="Sent too early")
        assert client.get(url).status_code == 404


class AskTests:
    def test_the_contact_gets_one_mail_with_the_link_and_no_content(
        self, cast: Cast, reached: Milestone
    ) -> None:
        request = ask(cast, reached, message="We hope you like it.")
        assert deliver_requests() == 1
        assert deliver_requests() == 0
        (sent,) = mail.outbox
        assert sent.to == ["carla@example.test"]
        assert sent.reply_to == ["mara@example.test"]
        assert url_of(request) in sent.body
        assert "Orders run for a day" not in sent.body

    def test_the_customer_reads_their_words_and_never_the_plans(self, cast: Cast, reached: Milestone) -> None:
        content = ask(cast, reached).items.get().content
        assert content["title"] == "You are live"
        assert "Go-live" not in str(content)

    def test_only_who_decides_for_the_customer_is_asked(self, cast: Cast, reached: Milestone) -> None:
        Membership.objects.filter(person=cast.carla.person).update(is_approver=False)
        for person in (cast.carla.person, cast.tom.person, cast.rolf.person, None):
            with pytest.raises(DomainError) as raised:
                ask(cast, reached, person=person)
            assert "person" in raised.value.fields
        assert not ResponseRequest.objects.exists()

    @pytest.mark.parametrize("days", [-1, 400])
    def test_the_day_of_the_answer_lies_ahead(self, cast: Cast, reached: Milestone, days: int) -> None:
        with pytest.raises(DomainError) as raised:
            ask(cast, reached, due_on=timezone.localdate() + timedelta(days=days))
        assert "due_on" in raised.value.fields

    def test_nothing_is_asked_about_twice_at_once(self, cast: Cast, reached: Milestone) -> None:
        ask(cast, reached)
        with pytest.raises(StateError, match="waits for an answer already"):
            ask(cast, reached)

    def test_what_is_not_reached_or_not_shown_is_not_asked_about(self, cast: Cast) -> None:
        with pytest.raises(StateError, match="not reached yet"):
            ask(cast, cast.go_live)
        with pytest.raises(StateError, match="Only a milestone"):
            ask(cast, cast.setup)

    def test_the_team_may_not_ask(self, cast: Cast, reached: Milestone, client: Client) -> None:
        client.force_login(cast.tom)
        assert client.post(f"/projects/nordwind/milestones/{reached.pk}/acceptance/").status_code == 403

    def test_the_page_asks_and_says_who_was_asked(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        client.force_login(cast.mara)
        address = f"/projects/nordwind/milestones/{reached.pk}/acceptance/"
        assert b"You are live" in client.get(address).content
        day = (timezone.localdate() + timedelta(days=3)).isoformat()
        answer = client.post(address, {"person": cast.carla.person.pk, "due_on": day}, follow=True)
        assert "Carla Customer is asked" in answer.content.decode()
        assert "Waiting for an answer" in answer.content.decode()
        detail = client.get(f"/projects/nordwind/milestones/{reached.pk}/").content.decode()
        assert "Asked Carla Customer" in detail
        assert "Ask for acceptance" not in detail


class LinkTests:
    def test_the_link_alone_shows_nothing(self, cast: Cast, reached: Milestone, client: Client) -> None:
        request = ask(cast, reached)
        answer = client.get(url_of(request))
        assert answer.status_code == 200
        assert "Orders run" not in answer.content.decode()
        assert "carla@" not in answer.content.decode()
        assert answer["Cache-Control"].startswith("max-age=0")

    def test_a_forwarded_link_is_useless(self, cast: Cast, reached: Milestone, client: Client) -> None:
        request = ask(cast, reached)
        for somebody in (cast.rolf, cast.mara, cast.ada):
            client.force_login(somebody)
            assert "Orders run" not in client.get(url_of(request)).content.decode()
            client.post(url_of(request), body_for(request))
        request.refresh_from_db()
        assert request.state == RequestState.OPEN
        assert not Decision.objects.exists()

    def test_an_altered_link_opens_nothing_and_guessing_is_throttled(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        request = ask(cast, reached)
        link = link_of(request)
        uid, _, seal = link.partition(":")
        for broken in (uid, f"{uid}:{seal[::-1]}", f"{'0' * 32}:{seal}", link[:-1], "x"):
            assert client.get(f"/answer/{broken}/").status_code == 410
        for _ in range(30):
            client.get("/answer/guess/")
        assert client.get("/answer/guess/").status_code == 429
        assert client.get(url_of(request)).status_code == 429

    def test_a_guesser_gains_nothing_by_making_addresses_up(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        """Without a proxy in front, X-Forwarded-For is whatever the caller likes to say."""
        for number in range(30):
            client.get("/answer/guess/", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        answer = client.get("/answer/guess/", headers={"X-Forwarded-For": "203.0.113.9"})
        assert answer.status_code == 429

    def test_who_has_proved_to_be_the_contact_answers_beside_a_guesser(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        request = ask(cast, reached)
        for _ in range(31):
            Client().get("/answer/guess/")
        assert client.get(url_of(request)).status_code == 429
        client.force_login(cast.carla)
        assert "Orders run for a day." in client.get(url_of(request)).content.decode()
        client.post(url_of(request), body_for(request))
        assert Decision.objects.count() == 1

    def test_a_used_link_that_is_tried_again_and_again_is_throttled(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        request = ask(cast, reached)
        carla = Client()
        carla.force_login(cast.carla)
        carla.post(url_of(request), body_for(request))
        for _ in range(15):
            assert client.get(url_of(request)).status_code == 410
            assert client.post(url_of(request), body_for(request)).status_code == 410
        assert client.get(url_of(request)).status_code == 429
        assert "Your answer is recorded" in carla.get(url_of(request)).content.decode()
        assert Decision.objects.count() == 1

    def test_the_contact_signed_in_answers_from_the_portal(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        request = ask(cast, reached)
        client.force_login(cast.carla)
        portal = client.get("/portal/nordwind/").content.decode()
        assert url_of(request) in portal.replace("&amp;", "&")
        assert "Orders run for a day." in client.get(url_of(request)).content.decode()
        done = client.post(url_of(request), body_for(request, comment="Well done"), follow=True)
        assert "Your answer is recorded" in done.content.decode()
        decision = Decision.objects.get()
        item = request.items.get()
        assert (decision.verdict, decision.name, decision.organisation) == (
            ACCEPT, "Carla Customer", "Nordwind Foods",
        )  # fmt: skip
        assert (decision.sha256, decision.subject_version, decision.proof) == (
            item.sha256, item.subject_version, "login",
        )  # fmt: skip
        reached.refresh_from_db()
        assert reached.accepted_at == decision.at

    def test_a_colleague_sees_on_the_portal_whom_it_waits_for(self, cast: Cast, reached: Milestone) -> None:
        ask(cast, reached)
        (mine,) = waiting_for(project=cast.nordwind, person=cast.carla.person)
        (theirs,) = waiting_for(project=cast.nordwind, person=cast.rolf.person)
        assert mine.link
        assert not theirs.link

    def test_the_code_opens_it_for_who_reads_the_contacts_mail(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        request = ask(cast, reached)
        client.post(url_of(request, "code/"))
        (sent,) = mail.outbox
        assert sent.to == ["carla@example.test"]
        code = re.search(r"\b\d{6}\b", sent.body)[0]  # type: ignore[index]
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        assert client.post(url_of(request, "prove/"), {"code": wrong}).status_code == 422
        opened = client.post(url_of(request, "prove/"), {"code": f" {code[:3]} {code[3:]} "}, follow=True)
        assert "Orders run for a day." in opened.content.decode()
        # Used up: the same code opens no second browser.
        assert Client().post(url_of(request, "prove/"), {"code": code}).status_code == 422
        client.post(url_of(request), body_for(request, REJECT, "Not yet: returns fail."))
        decision = Decision.objects.get()
        assert (decision.verdict, decision.proof) == (REJECT, "code")
        reached.refresh_from_db()
        assert reached.accepted_at is None

    def test_a_code_is_of_one_request_only(self, cast: Cast, reached: Milestone, client: Client) -> None:
        request = ask(cast, reached)
        other = Task.objects.create(
            project=cast.nordwind, name="Pilot", position=9, is_milestone=True, is_published=True,
            percent_complete=100, actual_finish=timezone.now(),
        )  # fmt: skip
        second = ask(cast, other)
        client.post(url_of(request, "code/"))
        code = re.search(r"\b\d{6}\b", mail.outbox[0].body)[0]  # type: ignore[index]
        assert client.post(url_of(second, "prove/"), {"code": code}).status_code == 422
        client.post(url_of(request, "prove/"), {"code": code})
        assert "Orders run" in client.get(url_of(request)).content.decode()
        assert "Is it you?" in client.get(url_of(second)).content.decode()

    def test_codes_end_after_five_guesses_ten_minutes_or_five_mails(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        request = ask(cast, reached)
        services.code_send(request=request)
        code = re.search(r"\b\d{6}\b", mail.outbox[0].body)[0]  # type: ignore[index]
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        for _ in range(5):
            with pytest.raises(DomainError):
                services.code_check(request=request, code=wrong)
        with pytest.raises(DomainError, match="no longer works"):
            services.code_check(request=request, code=code)
        services.code_send(request=request)
        code = re.search(r"\b\d{6}\b", mail.outbox[1].body)[0]  # type: ignore[index]
        ResponseRequest.objects.update(code_until=timezone.now() - timedelta(seconds=1))
        with pytest.raises(DomainError, match="no longer works"):
            services.code_check(request=request, code=code)
        for _ in range(3):
            services.code_send(request=request)
        assert client.post(url_of(request, "code/")).status_code == 429
        assert len(mail.outbox) == 5

    def test_the_code_is_stored_nowhere(self, cast: Cast, reached: Milestone) -> None:
        request = ask(cast, reached)
        services.code_send(request=request)
        code = re.search(r"\b\d{6}\b", mail.outbox[0].body)[0]  # type: ignore[index]
        request.refresh_from_db()
        assert code not in str(vars(request))


class ToldTests:
    def test_the_customer_reads_of_it_in_their_words(self, cast: Cast, reached: Milestone) -> None:
        give(ask(cast, reached))
        told = JournalEntry.objects.shared().get(action="milestone.accepted")
        assert told.target_label == "You are live"

    def test_a_report_tells_what_was_decided_not_how_it_was_asked(
        self, cast: Cast, reached: Milestone
    ) -> None:
        give(ask(cast, reached))
        today = timezone.localdate()
        for audience in Audience:
            found = prefilled(
                project=cast.nordwind, audience=audience, start=today, end=today + timedelta(days=1)
            )
            assert "ccepted the milestone “You are live”" in found["achievements"]
            assert "asked the customer" not in found["achievements"]


class OnceTests:
    def test_it_is_answered_once(self, cast: Cast, reached: Milestone) -> None:
        request = ask(cast, reached)
        replay = ResponseRequest.objects.get(pk=request.pk)
        give(request)
        with pytest.raises(StateError, match="answered, withdrawn or has expired"):
            give(replay, REJECT, "No")
        assert Decision.objects.get().verdict == ACCEPT

    def test_a_rejection_needs_a_reason_and_nothing_is_half_saved(
        self, cast: Cast, reached: Milestone
    ) -> None:
        request = ask(cast, reached)
        for verdict, comment in ((REJECT, "  "), ("perhaps", ""), (ACCEPT, "x" * 5000)):
            with pytest.raises(DomainError):
                give(request, verdict, comment)
        request.refresh_from_db()
        assert request.state == RequestState.OPEN
        assert not Decision.objects.exists()

    def test_what_was_changed_since_is_not_signed(
        self, cast: Cast, reached: Milestone, client: Client
    ) -> None:
        request = ask(cast, reached)
        Task.objects.filter(pk=reached.pk).update(acceptance_criteria="Orders run for a week.")
        client.force_login(cast.carla)
        answer = client.post(url_of(request), body_for(request))
        assert answer.status_code == 410
        assert "changed after it was sent" in answer.content.decode()
        request.refresh_from_db()
        assert request.state == RequestState.SUPERSEDED
        assert not Decision.objects.exists()

    def test_a_later_edit_makes_the_sign_off_stale(self, cast: Cast, reached: Milestone) -> None:
        give(ask(cast, reached))
        assert [one.is_stale for one in signoffs_of(Task.objects.get(pk=reached.pk))] == [False]
        Task.objects.filter(pk=reached.pk).update(acceptance_criteria="More.")
        assert [one.is_stale for one in signoffs_of(Task.objects.get(pk=reached.pk))] == [True]

    def test_an_expired_link_opens_nothing(self, cast: Cast, reached: Milestone, client: Client) -> None:
        request = ask(cast, reached)
        client.force_login(cast.carla)
        client.get(url_of(request))
        ResponseRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert client.get(url_of(request)).status_code == 410
        assert client.post(url_of(request), body_for(request)).status_code == 410
        assert services.requests_expire() == 1
        assert services.requests_expire() == 0
        request.refresh_from_db()
        assert request.state == RequestState.EXPIRED
        told = JournalEntry.objects.get(action="responserequest.expired")
        assert [row.user for row in told.deliveries.all()] == [cast.mara]

    def test_a_withdrawn_link_opens_nothing(self, cast: Cast, reached: Milestone, client: Client) -> None:
        request = ask(cast, reached)
        client.force_login(cast.mara)
        page = f"/projects/nordwind/sign-offs/{request.pk}/withdraw/"
        assert client.post(page, {"reason": ""}).status_code == 400
        client.post(page, {"reason": "A mistake"})
        client.force_login(cast.carla)
        answer = client.get(url_of(request))
        assert answer.status_code == 410
        assert "withdrawn" in answer.content.decode()
        with pytest.raises(StateError):
            give(ResponseRequest.objects.get(pk=request.pk))
        assert set(RequestMail.objects.values_list("kind", flat=True)) == {MailKind.ASK, MailKind.WITHDRAWN}

    def test_reminders_are_a_day_apart(self, cast: Cast, reached: Milestone) -> None:
        request = ask(cast, reached)
        entry = enter(cast.mara, "nordwind", "signoffs.change")
        with pytest.raises(StateError, match="24 hours"):
            services.request_remind(request=request, entry=entry)
        later = timezone.now() + timedelta(hours=25)
        services.request_remind(request=request, entry=entry, now=later)
        with pytest.raises(StateError, match="24 hours"):
            services.request_remind(request=request, entry=entry, now=later + timedelta(hours=1))
        assert RequestMail.objects.filter(kind=MailKind.REMINDER).count() == 1

    def test_one_reminder_comes_by_itself(self, cast: Cast, reached: Milestone) -> None:
        ask(cast, reached)
        now = timezone.now()
        assert services.reminders_due(now=now) == 0
        near = now + timedelta(days=5, hours=1)
        assert services.reminders_due(now=near) == 1
        assert services.reminders_due(now=near) == 0

    def test_a_decision_is_revoked_over_the_api_of_its_own_request_only(
        self, cast: Cast, reached: Milestone
    ) -> None:
        request = ask(cast, reached)
        give(request)
        decision = Decision.objects.get()
        api = APIClient()
        api.force_authenticate(cast.tom)
        page = f"/api/v1/projects/nordwind/sign-offs/{request.pk}/revoke/"
        said = {"decision": decision.pk, "reason": "Signed for the wrong site."}
        assert api.post(page, said, format="json").status_code == 403
        api.force_authenticate(cast.mara)
        assert api.post(page, said | {"reason": ""}, format="json").status_code == 400
        assert api.post(page, said | {"decision": decision.pk + 7}, format="json").status_code == 404
        answer = api.post(page, said, format="json")
        assert answer.status_code == 200, answer.content
        (item,) = answer.json()["items"]
        assert {row["revokes"] for row in item["decisions"]} == {None, decision.pk}
        reached.refresh_from_db()
        assert reached.accepted_at is None
        assert api.post(page, said, format="json").status_code == 409

    def test_records_are_never_changed_and_a_revocation_adds_one(
        self, cast: Cast, reached: Milestone
    ) -> None:
        (decision,) = give(ask(cast, reached))
        decision.verdict = REJECT
        for attempt in (decision.save, decision.delete, Decision.objects.all().delete):
            with pytest.raises(AppendOnlyError):
                attempt()
        decision.refresh_from_db()
        entry = enter(cast.mara, "nordwind", "signoffs.change")
        services.decision_revoke(decision=decision, entry=entry, reason="Carla called: too early.")
        with pytest.raises(StateError, match="revoked already"):
            services.decision_revoke(decision=decision, entry=entry, reason="Again")
        reached.refresh_from_db()
        assert reached.accepted_at is None
        assert Decision.objects.count() == 2
        assert not signoffs_of(reached)

    def test_only_the_latest_decision_is_revoked(self, cast: Cast, reached: Milestone) -> None:
        (no,) = give(ask(cast, reached), REJECT, "The labels are missing.")
        (yes,) = give(ask(cast, reached))
        entry = enter(cast.mara, "nordwind", "signoffs.change")
        with pytest.raises(StateError, match="decided anew since"):
            services.decision_revoke(decision=no, entry=entry, reason="It was a mistake")
        reached.refresh_from_db()
        assert reached.accepted_at is not None
        services.decision_revoke(decision=yes, entry=entry, reason="Carla called")
        reached.refresh_from_db()
        assert reached.accepted_at is None

    def test_the_receipt_names_version_and_hash(self, cast: Cast, reached: Milestone) -> None:
        (decision,) = give(ask(cast, reached), comment="Thank you")
        deliver_requests()
        receipt = mail.outbox[-1]
        assert decision.sha256 in receipt.body
        assert "Thank you" in receipt.body
        assert RequestMail.objects.exclude(state=DeliveryState.SENT).count() == 0
