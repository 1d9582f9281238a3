"""Prints of every room: one way to ask, one address, and nobody opens what they may not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from implement.core.errors import DomainError, NotAllowed
from implement.testkit.cast import Cast
from projects.choices import JobState
from projects.kit import jobs, prints
from projects.kit.access import enter
from projects.models import Job

Login = Callable[..., Client]


@pytest.fixture
def margins() -> Iterator[prints.Print]:
    """A print that only who sees cost may read."""

    def html(project: object, wishes: prints.Wishes) -> str:
        if wishes.get("is_empty"):
            raise DomainError("There is nothing to print.")
        return f"<!doctype html><html lang='en'><title>Margins</title><h1>{project}</h1></html>"

    made = prints.register(
        prints.Print("test.margins", "Margins", "cost.view", html, lambda wishes: "margins")
    )
    yield made
    del prints.PRINTS[made.kind], jobs.HANDLERS[made.kind]


def asked(cast: Cast, made: prints.Print, **wishes: object) -> Job:
    """Let Mara ask, and a worker work."""
    job = prints.ask(made, entry=enter(cast.mara, "nordwind", "project.view"), wishes=wishes)
    jobs.run(str(job.pk))
    job.refresh_from_db()
    return job


@pytest.mark.django_db
class PrintTests:
    def test_who_may_not_read_the_room_neither_asks_nor_opens(
        self, cast: Cast, login: Login, margins: prints.Print
    ) -> None:
        job = asked(cast, margins)
        answer = login(cast.mara).get(job.result_url)
        assert answer["Content-Type"] == "application/pdf"
        assert "nordwind-margins.pdf" in answer["Content-Disposition"]
        for name, status in (("tom", 403), ("carla", 403), ("rita", 404)):
            assert login(getattr(cast, name)).get(job.result_url).status_code == status
        with pytest.raises(NotAllowed):
            prints.ask(margins, entry=enter(cast.tom, "nordwind", "project.view"), wishes={})

    def test_a_print_of_one_project_is_none_of_another(
        self, cast: Cast, login: Login, margins: prints.Print
    ) -> None:
        job = asked(cast, margins)
        elsewhere = job.result_url.replace("nordwind", cast.rival.code)
        assert login(cast.rita).get(elsewhere).status_code == 404

    def test_nothing_to_print_is_said_and_nothing_is_offered(
        self, cast: Cast, login: Login, margins: prints.Print
    ) -> None:
        job = asked(cast, margins, is_empty=True)
        assert (job.state, job.error, job.result_url) == (JobState.FAILED, "There is nothing to print.", "")
        address = f"/projects/nordwind/prints/{job.pk}.pdf"
        assert login(cast.mara).get(address).status_code == 404

    def test_other_work_is_no_print(self, cast: Cast, login: Login) -> None:
        job = Job.objects.create(
            kind="import.read", project=cast.nordwind, state=JobState.DONE, result={"file": "x"}
        )
        assert login(cast.mara).get(f"/projects/nordwind/prints/{job.pk}.pdf").status_code == 404
