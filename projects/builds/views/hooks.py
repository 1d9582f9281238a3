"""Hooks: making, trying and revoking them; and the address at which other tools knock."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.builds.forms import HookForm, HookTryForm
from projects.builds.models import BuildItem, InboundHook, key_of
from projects.builds.selectors.inbound import numbers_in
from projects.builds.services import hooks as services
from projects.builds.views.tabs import tabs_of
from projects.kit.pages import ProjectView
from projects.signoffs.views.answer import GuessThrottle

MOST_BYTES = 1024 * 1024
# GitHub and what follows it, then Gitea and Forgejo, which send the bare signature.
SIGNED_IN = ("X-Hub-Signature-256", "X-Forgejo-Signature", "X-Gitea-Signature", "X-Signature-256")


class HookGuesses(GuessThrottle):
    """Unsigned and wrongly signed calls from one address: so many an hour, then none for a while."""

    scope = "hook-guess"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"builds-hook-{self.get_ident(request)}"


class HookCalls(HookGuesses):
    """Signed calls to one hook: more than any repository sends."""

    scope = "hook-calls"
    rate = "600/hour"

    def __init__(self, uid: str) -> None:
        super().__init__()
        self.uid = uid

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"builds-hook-calls-{self.uid}"


@method_decorator([csrf_exempt, login_not_required, never_cache], name="dispatch")
class InboundView(View):
    """Take what another tool says. It has no session: the signature over the raw body is the key.

    What is unsigned, wrongly signed or sent to a hook that is not there gets the same answer.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest, uid: str) -> HttpResponse:
        guesses = HookGuesses()
        if guesses.is_over(request):
            return refusal(
                429, "Too many calls that were not signed rightly came from here. Try again in an hour."
            )
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return refusal(413, "At most 1 MB.")
        body = request.body
        signature = next((request.headers[name] for name in SIGNED_IN if request.headers.get(name)), "")
        if not signature:
            guesses.count(request)
            return refusal(401, "Sign the body with HMAC-SHA256 and send it in X-Hub-Signature-256.")
        hook = services.hook_of(uid=uid, body=body, signature=signature.removeprefix("sha256="))
        if hook is None:
            guesses.count(request)
            return refusal(403, "The signature is not right for this address.")
        calls = HookCalls(hook.uid.hex)
        if calls.is_over(request):
            return refusal(429, "This hook is called too often. Try again in an hour.")
        calls.count(request)
        try:
            received = services.hook_receive(hook=hook, body=body)
        except DomainError as error:
            services.note_result(hook, error.message)
            return refusal(400, error.message)
        linked = [{"item": one.item.key, "kind": one.kind, "id": one.external_id} for one in received.new]
        return JsonResponse({"told": received.told, "linked": linked}, status=202)


def refusal(status: int, words: str) -> JsonResponse:
    """Return an answer that says no, for a program."""
    return JsonResponse({"detail": words}, status=status)


@method_decorator(never_cache, name="dispatch")
class HooksView(ProjectView):
    """The hooks of a project; a new one's secret is on this answer only."""

    permission = "builds.hooks"
    room = "builds"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(HookForm())

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = HookForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            hook, secret = services.hook_make(entry=self.entry, name=form.cleaned_data["name"])
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422)
        return self.answer(HookForm(), made=hook, secret=secret, address=address_of(request, hook))

    def answer(self, form: HookForm, *, status: int = 200, **extra: Any) -> HttpResponse:
        hooks = InboundHook.objects.filter(project=self.project).select_related("created_by")
        context = {
            "form": form,
            "try_form": HookTryForm(),
            "hooks": [(hook, address_of(self.request, hook)) for hook in hooks],
            "tabs": tabs_of(self.entry, "hooks"),
            **extra,
        }
        return self.page("builds/hooks.html", context, status=status)


def address_of(request: HttpRequest, hook: InboundHook) -> str:
    """Return the whole address of a hook."""
    return request.build_absolute_uri(reverse("hook_builds", args=[hook.uid]))


class HookView(ProjectView):
    """Something about one hook."""

    permission = "builds.hooks"
    room = "builds"

    def hook(self) -> InboundHook:
        """Return the hook of the address, or 404."""
        rows = InboundHook.objects.filter(project=self.project).select_related("project")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def back(self) -> HttpResponseRedirect:
        """Return to the hooks."""
        return HttpResponseRedirect(reverse("inboundhook_list", args=[self.project.code]))


class HookRevokeView(HookView):
    """Let a hook stop working."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        if services.hook_revoke(hook=self.hook(), entry=self.entry):
            messages.success(request, "The hook no longer works.")
        return self.back()


class HookTryView(HookView):
    """Say what a hook would link of a message, without linking it; the signature is made and checked as usual."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        hook, form = self.hook(), HookTryForm(request.POST)
        message = form.cleaned_data["message"] if form.is_valid() else ""
        body = json.dumps({"commits": [{"id": "0" * 40, "message": message}]}).encode()
        signature = services.signature_of(services.secret_of(hook.uid), body)
        if services.hook_of(uid=hook.uid.hex, body=body, signature=signature) is None:
            messages.error(request, f"“{hook}” no longer works: make a new one.")
            return self.back()
        numbers = numbers_in(message)
        found = BuildItem.objects.filter(project=self.project, number__in=numbers).order_by("number")
        named = ", ".join(str(item) for item in found)
        missing = [key_of(number) for number in numbers if number not in {item.number for item in found}]
        words = (
            f"A commit with this message would be linked to {named}."
            if named
            else (
                "The signature is right. A commit with this message would be linked to nothing: it names no item."
            )
        )
        if missing:
            words += f" Not on this project: {', '.join(missing)}."
        messages.success(request, words)
        return self.back()
