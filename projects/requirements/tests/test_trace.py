"""The thread: what follows from a requirement, and what an edit does to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from implement.core.errors import DomainError, NotAllowed
from implement.testkit.cast import Cast
from projects.kit import trace
from projects.kit.access import Entry, enter
from projects.models import JournalEntry, Task, TraceLink
from projects.requirements.models import Requirement
from projects.requirements.services.requirements import requirement_save
from projects.requirements.tests.factories import write
from projects.services import PlanChange, plan_change, task_save
from projects.tests.importing import apply, empty_project, plan_xml, task_xml, upload

pytestmark = pytest.mark.django_db
Login = Callable[..., Client]


@pytest.fixture
def tom(cast: Cast) -> Entry:
    return enter(cast.tom, "nordwind", "trace.change")


def deliver(entry: Entry, task: Task, row: Requirement) -> TraceLink:
    return trace.link_add(entry=entry, type="delivers", source=task, target=row)


def doubt_of(link: TraceLink, entry: Entry) -> str:
    """Return what is said to have changed, as the page of the task shows it."""
    (group,) = trace.links_of(Task.objects.get(pk=link.source_id), entry)
    return group.items[0].changed


def change(row: Requirement, entry: Entry) -> None:
    row.statement = "The product shall import an order within 3 seconds."
    requirement_save(requirement=row, entry=entry)


class LinkTests:
    def test_a_link_notes_the_versions_and_both_ends_tell_it(self, cast: Cast, tom: Entry) -> None:
        row = write(cast)
        link = deliver(tom, cast.setup, row)
        assert (link.source_revision, link.target_revision) == (1, 1)
        told = {
            (entry.target_type, entry.changes["link"][1])
            for entry in JournalEntry.objects.filter(action__endswith=".linked")
        }
        assert told == {
            ("requirements.requirement", f"is delivered by {cast.setup}"),
            ("projects.task", f"delivers {row}"),
        }

    def test_the_same_link_twice_the_wrong_way_round_or_of_no_type_is_refused(
        self, cast: Cast, tom: Entry
    ) -> None:
        row = write(cast)
        deliver(tom, cast.setup, row)
        for kind, source, target in (
            ("delivers", cast.setup, row),
            ("delivers", row, cast.setup),
            ("nothing", cast.setup, row),
        ):
            with pytest.raises(DomainError):
                trace.link_add(entry=tom, type=kind, source=source, target=target)
        assert TraceLink.objects.count() == 1

    def test_nothing_of_another_project_or_of_the_trash_is_linked(self, cast: Cast, tom: Entry) -> None:
        row = write(cast)
        with pytest.raises(DomainError, match="not on this project"):
            deliver(tom, cast.rival_task, row)
        gone = write(cast, "Export orders")
        gone.deleted_at = gone.created_at
        gone.save()
        with pytest.raises(DomainError, match="not on this project"):
            deliver(tom, cast.setup, gone)

    def test_a_circle_is_refused(self, cast: Cast, tom: Entry) -> None:
        one, two, three = (write(cast, title) for title in ("One", "Two", "Three"))
        trace.link_add(entry=tom, type="refines", source=two, target=one)
        trace.link_add(entry=tom, type="refines", source=three, target=two)
        with pytest.raises(DomainError, match="circle"):
            trace.link_add(entry=tom, type="refines", source=one, target=three)
        with pytest.raises(DomainError, match="itself"):
            trace.link_add(entry=tom, type="refines", source=one, target=one)

    def test_finance_reads_the_thread_and_writes_none(self, cast: Cast) -> None:
        row = write(cast)
        with pytest.raises(NotAllowed):
            deliver(enter(cast.fay, "nordwind", "trace.view"), cast.setup, row)


class SuspectTests:
    def test_an_edit_of_the_text_puts_every_link_in_doubt_until_it_is_affirmed(
        self, cast: Cast, tom: Entry
    ) -> None:
        row = write(cast)
        link = deliver(tom, cast.setup, row)
        change(row, tom)
        link.refresh_from_db()
        assert link.suspect_since is not None
        (group,) = trace.links_of(row, tom)
        assert group.items[0].changed == f"{row.key} is in version 2 now, was 1"
        assert JournalEntry.objects.filter(action="task.suspect", target_id=str(cast.setup.pk)).count() == 1

        assert trace.links_affirm(links=[link], entry=tom) == 1
        link.refresh_from_db()
        assert (link.suspect_since, link.target_revision) == (None, 2)
        assert trace.links_affirm(links=[link], entry=tom) == 0

    def test_what_is_not_read_by_the_customer_puts_nothing_in_doubt(self, cast: Cast, tom: Entry) -> None:
        row = write(cast)
        link = deliver(tom, cast.setup, row)
        row.category = "Orders"
        requirement_save(requirement=row, entry=tom)
        link.refresh_from_db()
        assert link.suspect_since is None

    def test_a_task_that_says_something_else_puts_its_links_in_doubt(self, cast: Cast, tom: Entry) -> None:
        link, task = deliver(tom, cast.setup, write(cast)), cast.setup
        task.duration_minutes += 480
        task_save(task=task, actor=cast.tom)
        assert doubt_of(link, tom) == ""
        task.name = "Set up and load"
        task_save(task=task, actor=cast.tom)
        assert doubt_of(link, tom) == f"{task} is in version 2 now, was 1"
        # Over the plan's own page, too, where several edits are saved together.
        trace.links_affirm(links=[link], entry=tom)
        task.description = "With the prices of May."
        plan_change(project=cast.nordwind, change=PlanChange(tasks=[(task, task.version)]), actor=cast.tom)
        assert doubt_of(link, tom) == f"{task} is in version 3 now, was 2"

    def test_a_plan_that_comes_in_again_doubts_what_it_renames(
        self, cast: Cast, settings: Any, tmp_path: Path, django_assert_max_num_queries: Any
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        uids = range(1, 31)

        def bring(words: str) -> Any:
            plan = plan_xml("".join(task_xml(uid, f"{words if uid % 2 else 'Dig'} {uid}") for uid in uids))
            return upload(cast.mara, fresh, "plan.mspdi", plan, "plan.xml")

        fresh = empty_project(cast.nordwind.customer, cast.mara)
        apply(cast.mara, bring("Dig"))
        entry = enter(cast.mara, fresh.code, "trace.change")
        need = Requirement(project=fresh, title="A hole", statement="There shall be a hole.")
        requirement_save(requirement=need, entry=entry)
        links = [deliver(entry, task, need) for task in Task.objects.filter(project=fresh)]
        run = bring("Drill")
        with django_assert_max_num_queries(85):
            apply(cast.mara, run)
        assert [link.pk for link in links if doubt_of(link, entry)] == [link.pk for link in links[::2]]
        assert JournalEntry.objects.filter(action="requirement.suspect", target_id=str(need.pk)).count() == 15

    def test_what_fails_afterwards_leaves_the_link_as_it_was(self, cast: Cast, tom: Entry) -> None:
        row = write(cast)
        link = deliver(tom, cast.setup, row)
        with transaction.atomic():
            change(row, tom)
            transaction.set_rollback(True)
        link.refresh_from_db()
        assert link.suspect_since is None

    def test_a_link_taken_away_stays_in_the_history(self, cast: Cast, tom: Entry) -> None:
        row = write(cast)
        link = deliver(tom, cast.setup, row)
        assert trace.links_remove(links=[link], entry=tom) == 1
        entry = JournalEntry.objects.get(action="requirement.unlinked")
        assert entry.changes["link"] == [f"is delivered by {cast.setup}", None]


class PageTests:
    def test_the_page_of_either_end_shows_the_other_and_links_more(self, cast: Cast, login: Login) -> None:
        browser, row = login(cast.tom), write(cast)
        here = f"/projects/nordwind/links/add/?from=requirement:{row.pk}&way=delivers:from"
        assert "Set up" in browser.get(here).content.decode()
        data = {
            "from": f"requirement:{row.pk}",
            "way": "delivers:from",
            "rows": [cast.setup.pk, cast.kickoff.pk],
        }
        answer = browser.post("/projects/nordwind/links/add/", data, follow=True).content.decode()
        assert "2 links made." in answer
        assert "Is delivered by" in answer
        assert row.title in browser.get(f"/projects/nordwind/tasks/{cast.setup.pk}/").content.decode()
        # What is linked is offered no more.
        rows = browser.get(here).context["page"].object_list
        assert cast.setup not in rows

    def test_a_key_finds_its_requirement(self, cast: Cast, login: Login) -> None:
        write(cast, "One")
        two = write(cast, "Two")
        url = f"/projects/nordwind/links/add/?from=task:{cast.setup.pk}&q={two.key}"
        assert list(login(cast.tom).get(url).context["page"]) == [two]

    def test_choosing_nothing_or_what_is_linked_already_is_told_and_nothing_is_half_saved(
        self, cast: Cast, login: Login, tom: Entry
    ) -> None:
        row = write(cast)
        deliver(tom, cast.setup, row)
        data = {"from": f"requirement:{row.pk}", "way": "delivers:from"}
        browser = login(cast.tom)
        assert browser.post("/projects/nordwind/links/add/", data).status_code == 422
        both = data | {"rows": [cast.kickoff.pk, cast.setup.pk]}
        answer = browser.post("/projects/nordwind/links/add/", both)
        assert answer.status_code == 422
        assert "linked so already" in answer.content.decode()
        assert TraceLink.objects.count() == 1

    def test_suspect_links_stand_in_one_list_and_are_affirmed_together(
        self, cast: Cast, login: Login, tom: Entry
    ) -> None:
        row = write(cast)
        links = [deliver(tom, task, row) for task in (cast.setup, cast.kickoff)]
        change(row, tom)
        browser = login(cast.tom)
        page = browser.get("/projects/nordwind/links/")
        assert len(page.context["rows"]) == 2
        assert "is in version 2 now, was 1" in page.content.decode()
        browser.post("/projects/nordwind/links/affirm/", {"rows": [link.pk for link in links]})
        assert not TraceLink.objects.suspect().exists()

    def test_a_rival_gets_not_found_and_changes_nothing(self, cast: Cast, login: Login, tom: Entry) -> None:
        row = write(cast)
        link = deliver(tom, cast.setup, row)
        rita = login(cast.rita)
        assert rita.get(f"/projects/nordwind/links/add/?from=requirement:{row.pk}").status_code == 404
        assert rita.post("/projects/nordwind/links/remove/", {"rows": link.pk}).status_code == 404
        own = login(cast.mara).post("/projects/rival/links/remove/", {"rows": link.pk})
        assert own.status_code == 404
        assert TraceLink.objects.count() == 1


class ApiTests:
    def test_link_affirm_and_take_away(self, cast: Cast, login: Login, tom: Entry) -> None:
        browser, row = login(cast.tom), write(cast)
        data = {"type": "delivers", "source": cast.setup.pk, "target": row.pk}
        root = "/api/v1/projects/nordwind/trace-links/"
        made = browser.post(root, data, content_type="application/json")
        assert made.status_code == 201, made.content
        assert browser.post(root, data, content_type="application/json").status_code == 400
        change(row, tom)
        assert len(browser.get(f"{root}?suspect=true").json()["results"]) == 1
        url = f"{root}{made.json()['id']}/"
        assert browser.post(f"{url}affirm/").json()["suspect_since"] is None
        assert browser.delete(url).status_code == 204

    @pytest.mark.parametrize(
        ("change_of", "field"),
        [({"type": "x"}, "type"), ({"source": 10**15}, "source"), ({"target": 10**15}, "target")],
    )
    def test_what_is_wrong_is_named(
        self, cast: Cast, login: Login, change_of: dict[str, object], field: str
    ) -> None:
        data = {"type": "delivers", "source": cast.setup.pk, "target": write(cast).pk} | change_of
        root = "/api/v1/projects/nordwind/trace-links/"
        answer = login(cast.tom).post(root, data, content_type="application/json")
        assert answer.status_code == 400
        assert field in str(answer.json()["errors"])
