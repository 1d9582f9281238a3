"""Getting in, staying safe: login, invitations, tokens, second factor, and what the demo shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from implement.accounts import services
from implement.accounts.models import ApiToken, Invitation, User
from implement.core.errors import DomainError
from implement.testkit.cast import PASSWORD, Cast

Login = Callable[..., Client]
WORDS = "a-long-fresh-password"


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    cache.clear()


@pytest.fixture
def newcomer(db: None) -> User:
    return User.objects.create_user("new@example.test", full_name="Nora New")


def link_in_mail() -> str:
    match = re.search(r"/invitation/\S+", str(mail.outbox[-1].body))
    assert match
    return match.group()


@pytest.mark.django_db
class LoginTests:
    def sign_in(self, client: Client, email: str, password: str = PASSWORD) -> object:
        return client.post("/account/login/", {"login": email, "password": password})

    def test_the_right_password_opens_the_portfolio(self, cast: Cast, client: Client) -> None:
        response = self.sign_in(client, "Mara@Example.test")
        assert response.status_code == 302
        assert response["Location"] == "/"

    def test_the_sixth_wrong_password_is_refused_even_if_right(self, cast: Cast, client: Client) -> None:
        for _ in range(5):
            assert "not correct" in self.sign_in(client, cast.mara.email, "wrong").content.decode()  # type: ignore[attr-defined]
        refused = self.sign_in(client, cast.mara.email)
        assert refused.status_code == 200
        assert "_auth_user_id" not in client.session
        assert "Too many failed" in refused.content.decode()  # type: ignore[attr-defined]

    def test_the_answer_does_not_tell_who_has_an_account(self, cast: Cast) -> None:
        pages = []
        for email in (cast.mara.email, "nobody@example.test"):
            cache.clear()
            page = self.sign_in(Client(), email, "wrong").content.decode()  # type: ignore[attr-defined]
            pages.append(re.sub(r'value="[^"]*"|X-CSRFToken": "[^"]*"', "", page).replace(email, ""))
        assert pages[0] == pages[1]

    def test_nor_does_the_password_reset(self, cast: Cast) -> None:
        answers = [
            Client().post("/account/password/reset/", {"email": email})["Location"]
            for email in (cast.mara.email, "nobody@example.test")
        ]
        assert answers[0] == answers[1]

    def test_nobody_signs_up_by_themselves(self, client: Client) -> None:
        page = client.get("/account/signup/").content.decode()
        assert "by invitation" in page
        assert "<form" not in page

    def test_the_way_in_is_labelled(self, client: Client) -> None:
        page = client.get("/account/login/").content.decode()
        assert 'for="id_login"' in page
        assert 'for="id_password"' in page
        assert page.count("<h1") == 1


@pytest.mark.django_db
class DemoUsersTests:
    def ready(self) -> None:
        User.objects.create_superuser("ada@brightwater.example", "x", full_name="Ada Novak")

    def test_the_demo_names_its_ready_users(self, client: Client, settings: object) -> None:
        settings.DEMO = True  # type: ignore[attr-defined]
        self.ready()
        User.objects.create_user("real@customer.com", "x", full_name="Real", is_administrator=True)
        page = client.get("/account/login/").content.decode()
        assert "ada@brightwater.example" in page
        assert "real@customer.com" not in page

    @pytest.mark.parametrize(("demo", "production"), [(False, False), (True, True), (False, True)])
    def test_production_never_does(
        self, client: Client, settings: object, demo: bool, production: bool
    ) -> None:
        settings.DEMO, settings.PRODUCTION = demo, production  # type: ignore[attr-defined]
        self.ready()
        page = client.get("/account/login/").content.decode()
        assert "brightwater" not in page
        assert "implement-demo" not in page

    def test_the_switch_cannot_be_on_in_production(self) -> None:
        source = (django_settings.BASE_DIR / "implement" / "settings.py").read_text()
        assert "DEMO = not PRODUCTION and" in source


@pytest.mark.django_db
class InvitationTests:
    def test_the_link_sets_the_password_once(self, newcomer: User, client: Client) -> None:
        services.invitation_send(user=newcomer, invited_by=None)
        assert mail.outbox[-1].to == ["new@example.test"]
        link = link_in_mail()
        assert client.get(link).status_code == 200
        assert client.get(link).status_code == 200, "opening it uses nothing up"
        done = client.post(link, {"password": WORDS, "again": WORDS})
        assert done.status_code == 302
        assert client.session["_auth_user_id"] == str(newcomer.pk)
        newcomer.refresh_from_db()
        assert newcomer.check_password(WORDS)
        again = Client().post(link, {"password": "another-long-password", "again": "another-long-password"})
        assert again.status_code == 410
        assert "has been used" in again.content.decode()
        newcomer.refresh_from_db()
        assert newcomer.check_password(WORDS)

    def test_the_secret_is_not_stored(self, newcomer: User) -> None:
        services.invitation_send(user=newcomer, invited_by=None)
        secret = link_in_mail().split("/")[2].split(":")[0]
        assert secret not in str(Invitation.objects.values().get())

    def test_an_old_link_says_it_expired(self, newcomer: User, client: Client) -> None:
        invitation = services.invitation_send(user=newcomer, invited_by=None)
        assert timedelta(days=6, hours=23) < invitation.expires_at - timezone.now() <= timedelta(days=7)
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        page = client.get(link_in_mail())
        assert page.status_code == 410
        assert "expired" in page.content.decode()

    def test_a_changed_link_opens_nothing(self, newcomer: User, client: Client) -> None:
        services.invitation_send(user=newcomer, invited_by=None)
        link = link_in_mail()
        assert client.get(link[:-3] + "xx/").status_code == 410
        assert client.post(link[:-3] + "xx/", {"password": WORDS, "again": WORDS}).status_code == 410

    def test_a_newer_invitation_replaces_the_older(self, newcomer: User, client: Client) -> None:
        services.invitation_send(user=newcomer, invited_by=None)
        first = link_in_mail()
        services.invitation_send(user=newcomer, invited_by=None)
        assert client.get(first).status_code == 410
        assert client.get(link_in_mail()).status_code == 200

    def test_a_withdrawn_one_is_closed(self, newcomer: User, client: Client) -> None:
        services.invitation_send(user=newcomer, invited_by=None)
        assert services.invitation_withdraw(user=newcomer) == 1
        assert "withdrawn" in client.get(link_in_mail()).content.decode()

    def test_a_forwarded_link_names_whom_it_is_for(self, newcomer: User, cast: Cast, login: Login) -> None:
        services.invitation_send(user=newcomer, invited_by=cast.ada)
        page = login(cast.tom).get(link_in_mail()).content.decode()
        assert "new@example.test" in page
        assert "forwarded" in page

    @pytest.mark.parametrize(
        ("password", "again", "said"),
        [
            ("short", "short", "too short"),
            (WORDS, WORDS + "x", "differ"),
            ("123456789012345", "123456789012345", "numeric"),
        ],
    )
    def test_a_weak_password_is_refused(
        self, newcomer: User, client: Client, password: str, again: str, said: str
    ) -> None:
        services.invitation_send(user=newcomer, invited_by=None)
        response = client.post(link_in_mail(), {"password": password, "again": again})
        assert response.status_code == 422
        assert said in response.content.decode()
        newcomer.refresh_from_db()
        assert not newcomer.has_usable_password()

    def test_who_signs_in_already_is_not_invited(self, cast: Cast) -> None:
        with pytest.raises(DomainError, match="signs in already"):
            services.invitation_send(user=cast.tom, invited_by=cast.ada)

    def test_a_mail_server_that_refuses_leaves_no_open_link(self, newcomer: User, settings: object) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
        settings.EMAIL_PORT = 1  # type: ignore[attr-defined]
        with pytest.raises(DomainError, match="mail server"):
            services.invitation_send(user=newcomer, invited_by=None)
        assert not Invitation.objects.get().is_open


@pytest.mark.django_db
class TokenTests:
    def test_the_secret_is_shown_once(self, cast: Cast, login: Login) -> None:
        browser = login(cast.mara)
        made = browser.post(
            "/me/tokens/", {"name": "Import", "scopes": ["read"], "rooms": "write:time", "days": "30"}
        )
        secret = re.search(r"imp_[\w-]{20,}", made.content.decode())
        assert secret
        assert "no-store" in made["Cache-Control"]
        assert secret.group() not in browser.get("/me/tokens/").content.decode()
        token = ApiToken.objects.get()
        assert token.scopes == ["read", "write:time"]
        assert token.is_usable
        assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)

    @pytest.mark.parametrize(
        "data",
        [
            {"name": "", "scopes": ["read"], "days": "30"},
            {"name": "x", "days": "30"},
            {"name": "x", "rooms": "delete:all", "days": "30"},
            {"name": "x", "scopes": ["read"], "days": "4000"},
        ],
    )
    def test_nonsense_makes_no_token(self, cast: Cast, login: Login, data: dict[str, object]) -> None:
        assert login(cast.mara).post("/me/tokens/", data).status_code == 422
        assert not ApiToken.objects.exists()

    def test_only_the_owner_revokes(self, cast: Cast, login: Login) -> None:
        token, _ = services.token_issue(user=cast.mara, name="x", scopes=["read"], days=1)
        login(cast.rita).post(f"/me/tokens/{token.pk}/revoke/")
        token.refresh_from_db()
        assert token.is_usable
        login(cast.mara).post(f"/me/tokens/{token.pk}/revoke/")
        token.refresh_from_db()
        assert not token.is_usable

    def test_there_is_an_end_to_tokens(self, cast: Cast) -> None:
        for number in range(services.TOKENS_AT_MOST):
            services.token_issue(user=cast.mara, name=f"{number}", scopes=["read"], days=1)
        with pytest.raises(DomainError, match="Revoke one"):
            services.token_issue(user=cast.mara, name="more", scopes=["read"], days=1)

    @pytest.mark.parametrize(
        ("name", "scopes", "days"), [(" ", ["read"], 1), ("x", [], 1), ("x", ["no"], 1), ("x", ["read"], 0)]
    )
    def test_the_service_refuses_by_field(self, cast: Cast, name: str, scopes: list[str], days: int) -> None:
        with pytest.raises(DomainError):
            services.token_issue(user=cast.mara, name=name, scopes=scopes, days=days)


@pytest.mark.django_db
class OwnPageTests:
    @pytest.mark.parametrize("who", ["ada", "mara", "carla", "rita"])
    @pytest.mark.parametrize(
        "page", ["/me/", "/me/tokens/", "/account/password/change/", "/account/2fa/", "/account/sessions/"]
    )
    def test_everybody_opens_their_pages(self, cast: Cast, login: Login, who: str, page: str) -> None:
        response = login(getattr(cast, who)).get(page)
        assert response.status_code == 200
        assert response.content.decode().count("<h1") == 1

    def test_name_and_zone_are_changed(self, cast: Cast, login: Login) -> None:
        login(cast.tom).post("/me/", {"full_name": "Tom Tailor", "time_zone": "Europe/Berlin"})
        cast.tom.refresh_from_db()
        assert (cast.tom.full_name, cast.tom.time_zone) == ("Tom Tailor", "Europe/Berlin")

    @pytest.mark.parametrize(
        "data", [{"full_name": "", "time_zone": "UTC"}, {"full_name": "T", "time_zone": "Mars/X"}]
    )
    def test_nonsense_is_refused(self, cast: Cast, login: Login, data: dict[str, str]) -> None:
        assert login(cast.tom).post("/me/", data).status_code == 422
        with pytest.raises(DomainError):
            services.account_change(user=cast.tom, **data)

    def test_a_second_factor_is_asked_for(self, cast: Cast, client: Client) -> None:
        secret = generate_totp_secret()
        TOTP.activate(cast.tom, secret)
        asked = client.post("/account/login/", {"login": cast.tom.email, "password": PASSWORD})
        assert "2fa/authenticate" in asked["Location"]
        assert "_auth_user_id" not in client.session
        page = client.get(asked["Location"]).content.decode()
        assert "recovery codes" in page
        code = f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"
        assert client.post(asked["Location"], {"code": code}).status_code == 302
        assert client.session["_auth_user_id"] == str(cast.tom.pk)
        assert Authenticator.objects.filter(user=cast.tom).exists()

    def test_setting_it_up_asks_for_the_password_first(self, cast: Cast, client: Client) -> None:
        client.post("/account/login/", {"login": cast.tom.email, "password": PASSWORD})
        asked = client.get("/account/2fa/totp/activate/")
        assert asked["Location"].startswith("/account/reauthenticate/")
        assert "Confirm it is you" in client.get(asked["Location"]).content.decode()
        opened = client.post(asked["Location"], {"password": PASSWORD}, follow=True)
        page = opened.content.decode()
        assert "authenticator app" in page
        assert 'alt="QR code' in page


@pytest.mark.django_db
def test_createsuperuser_makes_an_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", WORDS)
    call_command(
        "createsuperuser",
        interactive=False,
        email="Boss@Example.test",
        full_name="The Boss",
        stdout=StringIO(),
    )
    boss = User.objects.get(email="boss@example.test")
    assert boss.is_administrator
    assert boss.check_password(WORDS)


@pytest.mark.django_db
class SeenBrowserTests:
    def test_a_browser_is_noted_once_a_minute_and_a_new_place_at_once(
        self, cast: Cast, login: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, clock = login(cast.mara), Clock()
        monkeypatch.setattr("implement.core.middleware.time", clock)
        client.get("/me/", REMOTE_ADDR="192.0.2.1")
        noted = UserSession.objects.get(user=cast.mara)
        clock.now += 59
        client.get("/me/", REMOTE_ADDR="192.0.2.1")
        assert UserSession.objects.get(user=cast.mara).last_seen_at == noted.last_seen_at
        client.get("/me/", REMOTE_ADDR="192.0.2.2")
        moved = UserSession.objects.get(user=cast.mara)
        assert (moved.pk, moved.ip) == (noted.pk, "192.0.2.2")
        clock.now += 61
        client.get("/me/", REMOTE_ADDR="192.0.2.2")
        assert UserSession.objects.get(user=cast.mara).last_seen_at > moved.last_seen_at


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.django_db
class ErrorPagesTests:
    def test_a_page_that_is_not_there(self, client: Client, cast: Cast, login: Login) -> None:
        page = login(cast.tom).get("/nothing/here/")
        assert page.status_code == 404
        assert "Nothing here" in page.content.decode()

    def test_a_page_that_is_not_mine(self, cast: Cast, login: Login) -> None:
        page = login(cast.tom).get("/customers/")
        assert page.status_code == 403
        assert "Not allowed" in page.content.decode()
