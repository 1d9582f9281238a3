"""Commits and tickets that are told by a signed hook or over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from implement.core.errors import NotAllowed
from implement.testkit.cast import Cast
from projects.builds.models import BuildItem, CodeReference, InboundHook
from projects.builds.selectors.inbound import address_of, numbers_in, told_in
from projects.builds.services.hooks import hook_make, hook_revoke, secret_of, signature_of
from projects.builds.services.items import item_save
from projects.builds.tests.factories import build, mara, tom
from projects.kit.access import enter
from projects.models import JournalEntry

pytestmark = pytest.mark.django_db
SHA = "4f2a" * 10
PUSH: dict[str, Any] = {
    "repository": {"full_name": "nordwind/crm"},
    "commits": [
        {
            "id": SHA,
            "message": "Read scale prices (BLD-1)\n\nAlso for bld-002.",
            "url": f"https://git.example/nordwind/crm/commit/{SHA}",
            "author": {"name": "Tom Team", "email": "tom@example.test"},
            "timestamp": "2026-05-12T10:00:00+02:00",
        }
    ],
}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def hook(cast: Cast) -> InboundHook:
    return hook_make(entry=mara(cast), name="nordwind/crm")[0]


def send(
    hook: InboundHook | str,
    payload: Any,
    *,
    header: str = "X-Hub-Signature-256",
    signature: str | None = None,
) -> Any:
    """Send a payload as a forge does: without a session, checked for CSRF like everybody."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    uid = hook if isinstance(hook, str) else str(hook.uid)
    if signature is None and isinstance(hook, InboundHook):
        signature = ("sha256=" if header.startswith("X-Hub") else "") + signature_of(
            secret_of(hook.uid), body
        )
    words = {"headers": {header: signature}} if signature else {}
    return Client(enforce_csrf_checks=True).post(
        reverse("hook_builds", args=[uid]), body, content_type="application/json", **words
    )


class ReadingTests:
    def test_keys_are_found_however_they_are_written(self) -> None:
        assert numbers_in("BLD-12, bld-007 (BLD-12) and Bld-1.") == [12, 7, 1]
        for text in ("XBLD-12", "BLD-12a", "BLD-0", "BLD12", "BLD-1234567890", "BLD-12_x"):
            assert numbers_in(text) == []

    def test_only_addresses_of_the_web_are_linked_to(self) -> None:
        assert address_of("https://git.example/x") == "https://git.example/x"
        for text in (
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://x.example/",
            "//x",
            "https://" + "x" * 600,
            7,
            None,
        ):
            assert address_of(text) == ""

    def test_requests_and_tickets_of_the_forges_are_read(self) -> None:
        numbered = {
            "number": 12,
            "title": "Prices BLD-1",
            "html_url": "https://g.example/12",
            "user": {"login": "tom"},
        }
        github = {"pull_request": numbered, "repository": {"full_name": "nordwind/crm"}}
        gitlab = {
            "object_kind": "merge_request",
            "project": {"path_with_namespace": "nordwind/crm"},
            "object_attributes": {
                "iid": 4,
                "title": "Prices",
                "description": "For BLD-1",
                "url": "https://l.example/4",
            },
        }
        ours = {"references": [{"kind": "ticket", "id": "CRM-9", "title": "Prices", "text": "BLD-1"}]}
        for payload, kind, external_id in (
            (github, "pull", "nordwind/crm#12"),
            ({"issue": numbered}, "ticket", "#12"),
            (gitlab, "merge", "nordwind/crm!4"),
            (ours, "ticket", "CRM-9"),
        ):
            (told,) = told_in(payload)
            assert (told.kind, told.external_id) == (kind, external_id)
            assert numbers_in(told.text) == [1]

    def test_nothing_of_any_other_shape_breaks(self) -> None:
        for value in (None, 1, "x", [], {}, [None], {"id": {}}, True):
            for key in ("commits", "pull_request", "issue", "references", "object_attributes", "repository"):
                assert told_in({key: value, "object_kind": "issue"}) == []


class HookTests:
    def test_a_commit_is_linked_to_the_items_that_it_names(self, cast: Cast, hook: InboundHook) -> None:
        build(cast), build(cast, "Price list")
        answer = send(hook, PUSH)
        assert answer.status_code == 202
        assert [one["item"] for one in answer.json()["linked"]] == ["BLD-001", "BLD-002"]
        reference = CodeReference.objects.get(item__number=1)
        assert (reference.title, reference.author, reference.short_id) == (
            "Read scale prices (BLD-1)", "Tom Team", SHA[:10],
        )  # fmt: skip
        hook.refresh_from_db()
        assert hook.last_result == "1 told, 2 newly linked"
        assert JournalEntry.objects.filter(action="builditem.referenced").count() == 2

    def test_a_delivery_that_comes_again_links_nothing_twice(self, cast: Cast, hook: InboundHook) -> None:
        build(cast)
        send(hook, PUSH)
        again = send(hook, PUSH)
        assert (again.status_code, again.json()["linked"]) == (202, [])
        assert CodeReference.objects.count() == 1

    def test_items_of_other_projects_are_never_touched(self, cast: Cast, hook: InboundHook) -> None:
        rival = BuildItem(project=cast.rival, title="Secret")
        item_save(item=rival, entry=enter(cast.rita, "rival", "builds.change"))
        assert send(hook, PUSH).json() == {"told": 1, "linked": []}
        assert not CodeReference.objects.exists()

    @pytest.mark.parametrize("header", ["X-Gitea-Signature", "X-Forgejo-Signature", "X-Hub-Signature-256"])
    def test_each_forge_signs_in_its_own_header(self, cast: Cast, hook: InboundHook, header: str) -> None:
        assert send(hook, {"zen": "Keep it simple"}, header=header).status_code == 202

    def test_unsigned_and_wrongly_signed_calls_learn_nothing(self, cast: Cast, hook: InboundHook) -> None:
        build(cast)
        assert send(hook, PUSH, signature="").status_code == 401
        revoked, _ = hook_make(entry=mara(cast), name="old")
        hook_revoke(hook=revoked, entry=mara(cast))
        wrong = "sha256=" + "0" * 64
        answers = [
            send(hook, PUSH, signature=wrong),
            send(hook, PUSH, signature="sha256=ü"),
            send("00000000-0000-4000-8000-000000000000", PUSH, signature=wrong),
            send("nothing", PUSH, signature=wrong),
            send(revoked, PUSH),
        ]
        assert {answer.status_code for answer in answers} == {403}
        assert len({answer.content for answer in answers}) == 1
        assert not CodeReference.objects.exists()

    def test_who_guesses_too_often_is_not_heard(self, cast: Cast, hook: InboundHook) -> None:
        for _ in range(30):
            send(hook, PUSH, signature="sha256=0")
        assert send(hook, PUSH).status_code == 429

    def test_what_is_no_json_object_or_too_long_is_refused(self, cast: Cast, hook: InboundHook) -> None:
        for body in (b"", b"payload=%7B%7D", b"[]", b"\xff", b"[" * 100_000):
            assert send(hook, body).status_code == 400
        assert send(hook, b"x" * (1024 * 1024 + 1)).status_code == 413
        hook.refresh_from_db()
        assert "application/json" in hook.last_result

    def test_texts_are_plain_and_fit(self, cast: Cast, hook: InboundHook) -> None:
        row = build(cast)
        commit = {
            "id": "a\x00b",
            "message": "BLD-1 <script>alert(1)</script>" + "x" * 500,
            "url": "javascript:alert(1)",
        }
        assert send(hook, {"commits": [commit]}).status_code == 202
        client = Client()
        client.force_login(cast.tom)
        page = client.get(reverse("builditem_detail", args=["nordwind", row.pk])).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "javascript:alert" not in page

    def test_the_secret_is_shown_once_and_kept_nowhere(self, cast: Cast) -> None:
        client = Client()
        client.force_login(cast.mara)
        address = reverse("inboundhook_list", args=["nordwind"])
        page = client.post(address, {"name": "crm"}).content.decode()
        hook = InboundHook.objects.get()
        secret = secret_of(hook.uid)
        assert secret in page
        assert secret not in client.get(address).content.decode()
        assert secret not in json.dumps(list(InboundHook.objects.values()), default=str)
        assert secret not in json.dumps(list(JournalEntry.objects.values("changes")), default=str)

    def test_a_new_key_of_the_server_leaves_hooks_working(self, cast: Cast, hook: InboundHook) -> None:
        body = json.dumps(PUSH).encode()
        signature = signature_of(secret_of(hook.uid), body)
        with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
            assert send(hook, body, signature=signature).status_code == 403

    def test_a_hook_is_tried_without_linking_anything(self, cast: Cast, hook: InboundHook) -> None:
        build(cast)
        client = Client()
        client.force_login(cast.mara)
        address = reverse("inboundhook_try", args=["nordwind", hook.pk])
        page = client.post(address, {"message": "For BLD-1 and BLD-99"}, follow=True).content.decode()
        assert "would be linked to BLD-001 Order screen" in page
        assert "BLD-099" in page
        assert not CodeReference.objects.exists()

    def test_hooks_are_the_managers(self, cast: Cast, hook: InboundHook) -> None:
        with pytest.raises(NotAllowed):
            hook_make(entry=tom(cast), name="mine")
        client = Client()
        client.force_login(cast.tom)
        assert client.get(reverse("inboundhook_list", args=["nordwind"])).status_code == 403
        client.force_login(cast.rita)
        assert client.post(reverse("inboundhook_revoke", args=["rival", hook.pk])).status_code == 404


class ApiTests:
    @pytest.fixture
    def client(self, cast: Cast) -> Client:
        client = Client()
        client.force_login(cast.tom)
        return client

    def post(self, client: Client, address: str, data: Any) -> Any:
        return client.post(f"/api/v1/projects/nordwind/{address}", data, content_type="application/json")

    def test_a_reference_is_linked_once_however_often_it_is_told(self, cast: Cast, client: Client) -> None:
        row = build(cast)
        told = {"kind": "commit", "external_id": SHA, "url": "https://git.example/1", "title": "Prices"}
        first = self.post(client, f"build-items/{row.pk}/references/", told)
        again = self.post(client, f"build-items/{row.pk}/references/", told)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        listed = client.get(f"/api/v1/projects/nordwind/build-items/{row.pk}/references/").json()
        assert [one["external_id"] for one in listed] == [SHA]

    def test_addresses_that_are_not_of_the_web_are_refused(self, cast: Cast, client: Client) -> None:
        row = build(cast)
        told = {"external_id": "1", "url": "javascript:alert(1)"}
        answer = self.post(client, f"build-items/{row.pk}/references/", told)
        assert answer.status_code == 400
        assert "url" in answer.json()["errors"]

    def test_an_item_goes_its_way_over_the_api(self, cast: Cast, client: Client) -> None:
        made = self.post(client, "build-items/", {"title": "Order screen", "owner": cast.tom.person.pk})
        pk = made.json()["id"]
        assert made.json()["key"] == "BLD-001"
        for name in ("start", "submit", "finish"):
            assert self.post(client, f"build-items/{pk}/steps/", {"step": name}).status_code == 200
        place = client.get("/api/v1/projects/nordwind/environments/").json()["results"][0]["id"]
        build_of = {"environment": place, "build_id": "1.0", "items": [pk]}
        assert self.post(client, "promotions/", build_of).status_code == 201
        looked_at = {"verdict": "conforms", "environment": place, "build_id": "1.0"}
        assert self.post(client, f"build-items/{pk}/checks/", looked_at).status_code == 403
        client.force_login(cast.tess)
        assert self.post(client, f"build-items/{pk}/checks/", looked_at).status_code == 201
        assert client.get(f"/api/v1/projects/nordwind/build-items/{pk}/").json()["status"] == "verified"

    def test_no_state_is_set_by_hand(self, cast: Cast, client: Client) -> None:
        row = build(cast)
        said = {"title": "Order screen", "status": "verified", "environment": 1, "round": 7}
        address = f"/api/v1/projects/nordwind/build-items/{row.pk}/"
        assert client.patch(address, said, content_type="application/json").status_code == 200
        row.refresh_from_db()
        assert (row.status, row.round, row.environment) == ("todo", 1, None)

    def test_blocking_ticking_and_moving(self, cast: Cast, client: Client) -> None:
        row = build(cast)
        root = f"build-items/{row.pk}/"
        assert (
            self.post(client, root + "block/", {"reason": "No test data"}).json()["blocked_reason"]
            == "No test data"
        )
        moved = {"seen": "todo", "target": "doing"}
        assert self.post(client, root + "move/", moved).status_code == 409
        assert self.post(client, root + "unblock/", {}).json()["blocked_since"] is None
        assert self.post(client, root + "move/", moved).json()["status"] == "doing"
        assert self.post(client, root + "move/", moved).status_code == 409
        assert self.post(client, root + "tick/", {"criterion": 99}).status_code == 400
