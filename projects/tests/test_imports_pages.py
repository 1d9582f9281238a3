"""The pages and the API of imports, as people and integrations use them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from implement.core.errors import DomainError, StateError
from implement.testkit.cast import Cast
from projects.imports.uploads import LimitHandler
from projects.kit import imports, jobs
from projects.kit.access import enter
from projects.models import ImportRun, Job, JournalEntry, Task
from projects.tests.importing import apply, link_xml, plan_xml, stored, task_xml, upload, work

KIND = "plan.mspdi"
ROOT = "/projects/nordwind/imports/"
API = "/api/v1/projects/nordwind/imports/"
PLAN = plan_xml(task_xml(1, "Dig") + task_xml(2, "Pour", link_xml(1))).replace(b"03-02", b"04-06")


@pytest.fixture(autouse=True)
def _media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def send(browser: Client, kind: str = KIND, **files: bytes):
    data = {name: SimpleUploadedFile("plan.xml", content) for name, content in files.items()}
    return browser.post(f"{ROOT}add/{kind}/", data)


class ImportPagesTests:
    def test_the_whole_way(self, cast: Cast, login):
        browser = login(cast.mara)
        page = browser.get(ROOT).content.decode()
        assert "Plan from Microsoft Project" in page
        assert browser.get(f"{ROOT}add/{KIND}/").status_code == 200
        response = send(browser, file=PLAN)
        assert response.status_code == 302
        run = ImportRun.objects.get()
        waiting = browser.get(response["Location"]).content.decode()
        assert "Waiting for a worker" in waiting
        assert 'http-equiv="refresh"' in waiting
        progress = browser.get(f"{ROOT}{run.pk}/progress/")
        assert "hx-get" in progress.content.decode()
        run = work(run)
        assert browser.get(f"{ROOT}{run.pk}/progress/")["HX-Redirect"] == response["Location"]
        page = browser.get(response["Location"]).content.decode()
        assert "Before this can be imported" in page
        assert browser.post(f"{ROOT}{run.pk}/apply/").status_code == 409
        answered = browser.post(f"{ROOT}{run.pk}/answers/", {"start": "keep"})
        assert answered.status_code == 302
        run = work(run)
        page = browser.get(f"{ROOT}{run.pk}/?show=created").content.decode()
        assert "Import now" in page
        assert "Dig" in page
        assert browser.post(f"{ROOT}{run.pk}/apply/").status_code == 302
        assert browser.post(f"{ROOT}{run.pk}/apply/").status_code == 302
        assert Job.objects.filter(kind="import.apply").count() == 1
        work(run)
        assert Task.objects.filter(project=cast.nordwind, name="Pour").count() == 1
        page = browser.get(f"{ROOT}{run.pk}/").content.decode()
        assert "Open what was imported" in page
        assert JournalEntry.objects.filter(action="importrun.applied", actor=cast.mara).count() == 1
        assert browser.post(f"{ROOT}{run.pk}/apply/").status_code == 302
        assert Job.objects.filter(kind="import.apply").count() == 1
        assert browser.post(f"{ROOT}{run.pk}/discard/").status_code == 409
        send(browser, file=PLAN)
        again = work(ImportRun.objects.first())
        assert "The very same file was imported" in browser.get(f"{ROOT}{again.pk}/").content.decode()
        assert "Imported" in browser.get(ROOT).content.decode()

    def test_a_refused_file_says_why_and_can_be_discarded(self, cast: Cast, login):
        browser = login(cast.mara)
        send(browser, file=b"<html/>")
        run = work(ImportRun.objects.get())
        page = browser.get(f"{ROOT}{run.pk}/").content.decode()
        assert "This file cannot be imported" in page
        assert browser.post(f"{ROOT}{run.pk}/discard/").status_code == 302
        assert not ImportRun.objects.exists()

    def test_read_again(self, cast: Cast, login):
        browser = login(cast.mara)
        send(browser, file=PLAN)
        run = work(ImportRun.objects.get())
        assert browser.post(f"{ROOT}{run.pk}/read/").status_code == 302
        assert work(run).state == "needs_answer"
        assert browser.get(f"{ROOT}{run.pk}/answers/").status_code == 302
        assert browser.post(f"{ROOT}{run.pk}/nonsense/").status_code == 404

    def test_an_answer_that_is_none_is_refused_beside_its_question(self, cast: Cast, login):
        browser = login(cast.mara)
        send(browser, file=PLAN)
        run = work(ImportRun.objects.get())
        response = browser.post(f"{ROOT}{run.pk}/answers/", {"start": "42"})
        assert response.status_code == 422
        assert "Choose one of the answers offered." in response.content.decode()

    @pytest.mark.parametrize(
        ("content", "name", "said"),
        [(b"", "plan.xml", "is empty"), (b"x", "plan.pdf", "is not a .xml file")],
    )
    def test_a_wrong_file_stays_on_the_form(self, cast: Cast, login, content, name, said):
        response = login(cast.mara).post(f"{ROOT}add/{KIND}/", {"file": SimpleUploadedFile(name, content)})
        assert response.status_code == 422
        assert said in response.content.decode()
        assert not ImportRun.objects.exists()

    def test_a_missing_file_and_a_missing_second_file(self, cast: Cast, login):
        browser = login(cast.mara)
        assert "Choose a file." in browser.post(f"{ROOT}add/{KIND}/").content.decode()
        data = {"file": SimpleUploadedFile("tasks.csv", b"x")}
        response = browser.post(f"{ROOT}add/worklog.sip/", data)
        assert "Dates is missing." in response.content.decode()

    def test_a_hundred_megabytes_are_refused_before_they_are_read(self, cast: Cast, login):
        class Untouched:
            def read(self, *args: object) -> bytes:
                raise AssertionError("The body was read.")

            readline = read

        browser = login(cast.mara)
        response = browser.generic(
            "POST",
            f"{ROOT}add/{KIND}/",
            content_type="multipart/form-data; boundary=x",
            CONTENT_LENGTH=str(100 * 1024 * 1024),
            **{"wsgi.input": Untouched()},
        )
        assert response.status_code == 413
        assert "at most 20 MB" in response.content.decode()
        assert not ImportRun.objects.exists()

    def test_a_false_length_is_noticed_while_it_is_read(self):
        handler = LimitHandler(SimpleNamespace(), 10)
        assert handler.receive_data_chunk(b"12345678", 0) == b"12345678"
        assert handler.file_complete(8) is None
        with pytest.raises(imports.TooLarge):
            handler.receive_data_chunk(b"12345678", 8)

    def test_a_file_over_the_limit_is_refused(self, cast: Cast, login, settings):
        settings.UPLOAD_MAX_BYTES = 100
        response = send(login(cast.mara), file=b"x" * 200)
        assert response.status_code == 413
        assert not ImportRun.objects.exists()

    def test_without_the_token_of_the_form_it_is_refused(self, cast: Cast):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(cast.mara)
        assert send(browser, file=PLAN).status_code == 403

    def test_who_may_what(self, cast: Cast, login):
        for user, status in [(cast.rita, 404), (cast.carla, 403), (cast.tom, 403), (cast.fay, 200)]:
            assert login(user).get(ROOT).status_code == status
        assert login(cast.fay).get(f"{ROOT}add/{KIND}/").status_code == 403
        assert login(cast.fay).get(f"{ROOT}add/time.file/").status_code == 200
        run = upload(cast.mara, cast.nordwind, KIND, PLAN, "plan.xml")
        assert login(cast.fay).get(f"{ROOT}{run.pk}/").status_code == 404
        assert login(cast.mara).get(f"{ROOT}add/nothing/").status_code == 404

    def test_queries_of_the_list_do_not_grow(self, cast: Cast, login, django_assert_max_num_queries):
        for _ in range(6):
            upload(cast.mara, cast.nordwind, KIND, PLAN, "plan.xml")
        browser = login(cast.mara)
        browser.get(ROOT)
        with django_assert_max_num_queries(12):
            browser.get(ROOT)


class ImportServicesTests:
    def test_a_stale_job_does_nothing(self, cast: Cast):
        run = upload(cast.mara, cast.nordwind, KIND, PLAN, "plan.xml")
        entry = enter(cast.mara, "nordwind", "plan.import")
        run = work(imports.import_answer(run=run, entry=entry, answers={"start": "keep"}))
        applying = imports.import_apply(run=run, entry=entry)
        old = applying.job_id
        imports.import_answer(run=run, entry=entry, answers={"start": "take"})
        before = stored()
        assert jobs.run(str(old))
        assert stored() == before
        assert Job.objects.get(pk=old).state == "done"
        assert ImportRun.objects.get(pk=run.pk).state == "uploaded"

    def test_a_plan_that_breaks_meanwhile_is_not_imported_by_halves(self, cast: Cast):
        run = upload(cast.mara, cast.nordwind, KIND, PLAN, "plan.xml", start="keep")
        assert run.state == "previewed", run.preview
        Task.objects.create(project=cast.nordwind, name="Late", position=9, constraint="ASAP")
        cast.mara.person.memberships.update(is_active=False)
        before = stored()
        entry = enter(cast.ada, "nordwind", "plan.import")
        run = imports.import_apply(run=run, entry=entry)
        Job.objects.filter(pk=run.job_id).update(created_by=cast.mara)
        run = work(run)
        assert run.state == "previewed"
        assert run.job.error == "Who asked for this import is no longer on the project."
        assert stored() == before

    def test_what_is_applied_cannot_be_read_or_answered_again(self, cast: Cast):
        run = apply(cast.mara, upload(cast.mara, cast.nordwind, KIND, PLAN, "p.xml", start="keep"))
        entry = enter(cast.mara, "nordwind", "plan.import")
        with pytest.raises(StateError):
            imports.import_preview(run=run, entry=entry)
        with pytest.raises(StateError):
            imports.import_answer(run=run, entry=entry, answers={})

    def test_an_answer_to_nothing_is_refused(self, cast: Cast):
        run = upload(cast.mara, cast.nordwind, KIND, PLAN, "plan.xml")
        entry = enter(cast.mara, "nordwind", "plan.import")
        with pytest.raises(DomainError):
            imports.import_answer(run=run, entry=entry, answers={"nonsense": "1"})


class ImportApiTests:
    def test_upload_answer_apply_and_rows(self, cast: Cast):
        client = APIClient()
        client.force_authenticate(cast.mara)
        sent = client.post(
            API, {"kind": KIND, "file": SimpleUploadedFile("plan.xml", PLAN)}, format="multipart"
        )
        assert sent.status_code == 201, sent.content
        run = work(ImportRun.objects.get())
        said = client.get(f"{API}{run.pk}/").json()
        assert said["state"] == "needs_answer"
        assert "rows" not in said["preview"]
        wrong = client.post(f"{API}{run.pk}/answers/", {"answers": {"start": "x"}}, format="json")
        assert wrong.status_code == 400
        assert wrong.json()["errors"] == {"start": ["Choose one of the answers offered."]}
        assert client.post(f"{API}{run.pk}/apply/").status_code == 409
        answered = client.post(f"{API}{run.pk}/answers/", {"answers": {"start": "keep"}}, format="json")
        assert answered.status_code == 202
        work(run)
        listed = client.get(f"{API}{run.pk}/rows/?outcome=created").json()
        assert [row["label"] for row in listed["results"] if row["what"] == "task"] == ["Dig", "Pour"]
        assert client.post(f"{API}{run.pk}/apply/").status_code == 202
        assert work(run).state == "applied"
        assert client.get(f"{API}{run.pk}/").json()["outcome"]["counts"]["created"] > 0
        assert client.get(API).json()["results"][0]["state"] == "applied"

    def test_discard_and_read(self, cast: Cast):
        client = APIClient()
        client.force_authenticate(cast.mara)
        run = upload(cast.mara, cast.nordwind, KIND, PLAN, "plan.xml")
        assert client.post(f"{API}{run.pk}/read/").status_code == 202
        assert client.delete(f"{API}{run.pk}/").status_code == 204
        assert not ImportRun.objects.exists()

    def test_too_much_and_not_allowed(self, cast: Cast):
        client = APIClient()
        client.force_authenticate(cast.mara)
        announced = client.generic(
            "POST", API, b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="200000000"
        )
        assert announced.status_code == 413
        for user, status in [(cast.tom, 403), (cast.rita, 404), (cast.carla, 403)]:
            client.force_authenticate(user)
            data = {"kind": KIND, "file": SimpleUploadedFile("plan.xml", PLAN)}
            assert client.post(API, data, format="multipart").status_code == status
