"""A person's own page, their API tokens, and the way in by invitation."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from implement.accounts import services
from implement.accounts.forms import AcceptForm, ProfileForm, TokenForm
from implement.core.errors import DomainError
from implement.core.forms import show_errors

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class AccountView(View):
    """Name, time zone, and where password, second factor, sessions and tokens are changed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        return self.answer(ProfileForm(initial={"full_name": user.full_name, "time_zone": user.time_zone}))  # type: ignore[union-attr]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            services.account_change(user=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        messages.success(request, "Your details are saved.")
        return HttpResponseRedirect(reverse("account"))

    def answer(self, form: ProfileForm, *, status: int = 200) -> HttpResponse:
        user = self.request.user
        context = {
            "form": form,
            "room": "account",
            "has_second_factor": is_mfa_enabled(user),
            "session_count": UserSession.objects.filter(user=user).count(),
            "token_count": user.api_tokens.filter(revoked_at=None).count(),  # type: ignore[union-attr]
        }
        return render(self.request, "account/profile.html", context, status=status)


@method_decorator(never_cache, name="dispatch")
class TokensView(View):
    """The person's API tokens; a new one's secret is on this answer only."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(TokenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            token, secret = services.token_issue(
                user=request.user,  # type: ignore[arg-type]
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["all_scopes"],
                days=form.cleaned_data["days"],
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        return self.answer(TokenForm(), secret=secret, made=token)

    def answer(self, form: TokenForm, *, status: int = 200, **extra: object) -> HttpResponse:
        tokens = self.request.user.api_tokens.select_related("user")  # type: ignore[union-attr]
        context = {"form": form, "tokens": tokens, "room": "account", **extra}
        return render(self.request, "account/tokens.html", context, status=status)


class TokenRevokeView(View):
    """Let a token stop working at once."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if services.token_revoke(user=request.user, pk=pk):  # type: ignore[arg-type]
            messages.success(request, "The token no longer works.")
        return HttpResponseRedirect(reverse("tokens"))


@method_decorator([login_not_required, never_cache], name="dispatch")
class InvitationView(View):
    """Choose the first password. Opening the page uses nothing up: mail scanners open links too."""

    def get(self, request: HttpRequest, link: str) -> HttpResponse:
        return self.answer(link, AcceptForm())

    def post(self, request: HttpRequest, link: str) -> HttpResponse:
        form = AcceptForm(request.POST)
        if not form.is_valid():
            return self.answer(link, form, status=422)
        try:
            user = services.invitation_accept(link=link, password=form.cleaned_data["password"])
        except services.InvitationClosed as error:
            return self.closed(error)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(link, form, status=422)
        if request.user.is_authenticated:
            logout(request)
        login(request, user, backend=BACKEND)
        messages.success(request, "Welcome. Your password is set.")
        return HttpResponseRedirect(reverse("home"))

    def answer(self, link: str, form: AcceptForm, *, status: int = 200) -> HttpResponse:
        try:
            invitation = services.invitation_of(link=link)
        except services.InvitationClosed as error:
            return self.closed(error)
        context = {"form": form, "invitation": invitation}
        return render(self.request, "account/invitation.html", context, status=status)

    def closed(self, error: services.InvitationClosed) -> HttpResponse:
        return render(
            self.request, "account/invitation_closed.html", {"message": error.message}, status=error.status
        )
