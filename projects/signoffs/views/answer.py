"""The page behind the link: who is there, what is asked, the answer, its receipt.

Opening it uses nothing up and shows nothing: mail scanners open links, too, and people forward them. Only the
contact, signed in or with the code mailed to them, reads the question.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from rest_framework.throttling import SimpleRateThrottle

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.kit.notes import attachment_response
from projects.kit.previews import picture_response
from projects.kit.purposes import PURPOSES
from projects.models import Attachment
from projects.signoffs import services
from projects.signoffs.choices import RequestState
from projects.signoffs.forms import AnswerForm, CodeForm
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.selectors import RequestClosed, changed_of, files_of, request_of

PROVEN = "signoffs.proven"
PROVEN_FOR = timedelta(minutes=60)


class GuessThrottle(SimpleRateThrottle):
    """Wrong links, wrong codes and closed links from one address: so many an hour, then none for a while."""

    scope = "guess"
    rate = "30/hour"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"signoffs-guess-{self.get_ident(request)}"

    def is_over(self, request: HttpRequest) -> bool:
        """Return whether this address has guessed too often; counts nothing."""
        self.key, self.now = self.get_cache_key(request, None), self.timer()
        self.history = [at for at in self.cache.get(self.key, []) if at > self.now - self.duration]
        return len(self.history) >= self.num_requests

    def count(self, request: HttpRequest) -> None:
        """Count a wrong guess."""
        self.is_over(request)
        self.throttle_success()


@method_decorator([login_not_required, never_cache], name="dispatch")
class LinkView(View):
    """What the pages behind a link share."""

    asked: ResponseRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        guesses = GuessThrottle()
        stopped = services.TooMany("Too many wrong links or codes came from here. Try again in an hour.")
        try:
            self.asked = request_of(link=kwargs["link"])
        except RequestClosed as error:
            if guesses.is_over(request):
                return self.closed(stopped)
            guesses.count(request)
            return self.closed(error)
        # Who has proved to be the contact does not pay for what others do at the same address.
        if guesses.is_over(request) and not self.proof():
            return self.closed(stopped)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def proof(self) -> str:
        """Return how the person in front of the page has proved to be the contact; empty when not."""
        user = self.request.user
        if user.is_authenticated and self.asked.person.user_id == user.pk:
            return services.LOGIN
        until = self.request.session.get(PROVEN, {}).get(self.asked.uid.hex, 0)
        return services.CODE if timezone.now().timestamp() < until else ""

    def here(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("answer", args=[self.kwargs["link"]]))

    def closed(self, error: DomainError) -> HttpResponse:
        return render(self.request, "signoffs/closed.html", {"message": error.message}, status=error.status)

    def over(self, words: str) -> HttpResponse:
        """Say why a link opens nothing any more; to try it again and again without a proof counts as guessing."""
        if not self.proof():
            GuessThrottle().count(self.request)
        return self.closed(RequestClosed(words))

    def show(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        shared = {
            "asked": self.asked,
            "link": self.kwargs["link"],
            "purpose": PURPOSES[self.asked.purpose],
            "is_portal_reader": self.proof() == services.LOGIN,
        }
        return render(self.request, template, shared | context, status=status)


class AnswerView(LinkView):
    """The question and the form; after the answer, its receipt."""

    def get(self, request: HttpRequest, link: str) -> HttpResponse:
        if self.asked.state != RequestState.ANSWERED and not self.is_open:
            return self.over(self.why_closed)
        if not self.proof():
            if not self.is_open:
                return self.over("This has been answered. The answer was mailed to the contact.")
            return self.show("signoffs/knock.html", {"form": CodeForm()})
        if not self.is_open:
            return self.receipt()
        services.note_opened(request=self.asked)
        return self.question(self.form())

    def post(self, request: HttpRequest, link: str) -> HttpResponse:
        proof = self.proof()
        if not self.is_open:
            words = (
                "This has been answered already."
                if self.asked.state == RequestState.ANSWERED
                else self.why_closed
            )
            return self.over(words)
        if not proof:
            return self.here()
        form = self.form(request.POST)
        if not form.is_valid():
            return self.question(form, status=422)
        try:
            services.request_answer(
                request=self.asked,
                answers=form.answers(),
                user=request.user if request.user.is_authenticated and proof == services.LOGIN else None,
                proof=proof,
            )
        except RequestClosed as error:
            return self.closed(error)
        except DomainError as error:
            show_errors(form, error)
            return self.question(form, status=error.status if error.status != 400 else 422)
        return self.here()

    @property
    def is_open(self) -> bool:
        """Return whether it can still be answered."""
        return self.asked.state == RequestState.OPEN and self.asked.expires_at > timezone.now()

    @property
    def why_closed(self) -> str:
        """Return why it can no longer be answered, and what to do."""
        who = self.asked.requested_by
        return {
            RequestState.WITHDRAWN: "This request was withdrawn. Nothing needs to be done.",
            RequestState.SUPERSEDED: "What this was about has been changed. You will be asked anew.",
        }.get(
            RequestState(self.asked.state), f"This link has expired. Ask {who} for a new one."
        )  # fmt: skip

    def form(self, data: Any = None) -> AnswerForm:
        return AnswerForm(data, purpose=PURPOSES[self.asked.purpose], items=self.asked.items.all())

    def question(self, form: AnswerForm, *, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "parts": form.parts(),
            "files": files_of(self.asked),
            "changed": changed_of(self.asked),
        }
        return self.show("signoffs/answer.html", context, status=status)

    def receipt(self) -> HttpResponse:
        rows = (
            Decision.objects.filter(item__request=self.asked)
            .select_related("item")
            .order_by("at", "item__position")
        )
        return self.show("signoffs/receipt.html", {"decisions": rows})


class FileView(LinkView):
    """A file that the question names, as a download, to who reads the question."""

    def get(self, request: HttpRequest, link: str, pk: int) -> HttpResponseBase:
        return attachment_response(self.item()) if self.proof() else self.here()

    def item(self) -> Attachment:
        """Return the file of the address, or 404; what was withdrawn or has expired opens none."""
        is_readable = self.asked.expires_at > timezone.now() and self.asked.state in {
            RequestState.OPEN,
            RequestState.ANSWERED,
        }
        found = {file.pk: file for file in files_of(self.asked).values()} if is_readable else {}
        if self.kwargs["pk"] not in found:
            raise Http404
        return found[self.kwargs["pk"]]


class PictureView(FileView):
    """What such a file looks like, as the product drew it."""

    def get(self, request: HttpRequest, link: str, pk: int) -> HttpResponseBase:
        return picture_response(self.item()) if self.proof() else self.here()


class CodeView(LinkView):
    """Have a code mailed to the contact."""

    def post(self, request: HttpRequest, link: str) -> HttpResponse:
        try:
            services.code_send(request=self.asked)
        except RequestClosed:
            return self.here()
        except DomainError as error:
            return self.show(
                "signoffs/knock.html", {"form": CodeForm(), "error": error.message}, status=error.status
            )
        messages.success(request, "A code of six digits is on its way. It works for ten minutes.")
        return HttpResponseRedirect(f"{reverse('answer', args=[link])}?code=sent")


class ProveView(LinkView):
    """Take the code, and know the browser from then on, for this request only."""

    def post(self, request: HttpRequest, link: str) -> HttpResponse:
        form = CodeForm(request.POST)
        if form.is_valid():
            try:
                services.code_check(request=self.asked, code=form.cleaned_data["code"])
            except DomainError as error:
                GuessThrottle().count(request)
                show_errors(form, error)
            else:
                proven = request.session.get(PROVEN, {})
                # Another session id from here on: nobody can have planted this one.
                request.session.cycle_key()
                until = (timezone.now() + PROVEN_FOR).timestamp()
                request.session[PROVEN] = proven | {self.asked.uid.hex: until}
                return self.here()
        return self.show("signoffs/knock.html", {"form": form, "is_sent": True}, status=422)
