"""What was asked and decided, for the team; and the page on which a room asks."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.kit.access import Entry
from projects.kit.pages import ExportPage, HistoryPage, ModelPages, ProjectView, SaveViewPage
from projects.kit.purposes import PURPOSES
from projects.models import Milestone
from projects.signoffs import services
from projects.signoffs.choices import RequestState
from projects.signoffs.filtersets import RequestFilterSet
from projects.signoffs.forms import AskForm
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.selectors import is_outdated
from projects.signoffs.tables import RequestTable


class RequestPages(ModelPages):
    """The requests of a project: asked from the thing itself, answered by the customer."""

    model, table, filterset, form = ResponseRequest, RequestTable, RequestFilterSet, AskForm
    room = "signoffs"
    fields = (
        "person",
        "address",
        "due_on",
        "expires_at",
        "opened_at",
        "reminded_at",
        "closed_at",
        "requested_by",
    )
    select_related = ("project", "person", "requested_by")
    detail_template = "signoffs/request.html"
    teach = "Ask the customer from the thing itself: a change request, or a milestone that is reached."

    @classmethod
    def slug(cls) -> str:
        return "sign-offs"

    @classmethod
    def permission(cls, verb: str) -> str:
        # Asked from the thing itself, and then never edited, whatever the role.
        return "nobody.may" if verb == "change" else super().permission(verb)

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return False

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        purpose = PURPOSES[item.purpose]
        items = list(item.items.prefetch_related("target"))
        decisions = list(
            Decision.objects.filter(item__request=item).select_related("item", "revoked_by").order_by("at")
        )
        return {
            "purpose": purpose,
            "parts": [
                {
                    "item": one,
                    "url": reverse(purpose.place, args=[entry.project.code, one.object_id]),
                    "is_outdated": is_outdated(one),
                    "decisions": [row for row in decisions if row.item_id == one.pk],
                }
                for one in items
            ],
            "mails": item.mails.all(),
            "is_open": item.state == RequestState.OPEN,
            "may_decide": entry.can("signoffs.change"),
        }

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/"
        return [
            path(root, cls.list_page.as_view(pages=cls), name="responserequest_list"),
            path(f"{root}export.<str:format>", ExportPage.as_view(pages=cls), name="responserequest_export"),
            path(f"{root}views/", SaveViewPage.as_view(pages=cls), name="responserequest_views"),
            path(f"{root}<int:pk>/", cls.detail_page.as_view(pages=cls), name="responserequest_detail"),
            path(f"{root}<int:pk>/remind/", RemindView.as_view(), name="responserequest_remind"),
            path(f"{root}<int:pk>/withdraw/", WithdrawView.as_view(), name="responserequest_withdraw"),
            path(f"{root}<int:pk>/history/", HistoryPage.as_view(pages=cls), name="responserequest_history"),
            path(f"{root}decisions/<int:pk>/revoke/", RevokeView.as_view(), name="decision_revoke"),
        ]


class RequestStep(ProjectView):
    """A button on a request."""

    permission = "signoffs.change"
    room = "signoffs"
    done: ClassVar[str]

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = get_object_or_404(RequestPages.visible(self.entry), pk=pk)
        self.act(item)
        messages.success(request, self.done)
        return HttpResponseRedirect(RequestPages.url("detail", self.project, pk=item.pk))

    def act(self, item: ResponseRequest) -> None:
        raise NotImplementedError


class RemindView(RequestStep):
    """Mail the contact once more."""

    done = "The reminder is on its way."

    def act(self, item: ResponseRequest) -> None:
        services.request_remind(request=item, entry=self.entry)


class WithdrawView(RequestStep):
    """Take the question back."""

    done = "The request is withdrawn; its link has stopped working."

    def act(self, item: ResponseRequest) -> None:
        services.request_withdraw(
            request=item, actor=self.entry.user, reason=self.request.POST.get("reason", ""), entry=self.entry
        )


class RevokeView(ProjectView):
    """Record that a decision no longer holds."""

    permission = "signoffs.change"
    room = "signoffs"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        decision = get_object_or_404(
            Decision.objects.filter(project=self.project).select_related("item__request"), pk=pk
        )
        services.decision_revoke(decision=decision, entry=self.entry, reason=request.POST.get("reason", ""))
        messages.success(request, "The decision is revoked; its record stays.")
        return HttpResponseRedirect(RequestPages.url("detail", self.project, pk=decision.item.request_id))


class AskView(ProjectView):
    """Ask the customer about one row: who, until when, and exactly what they will read. Rooms name the purpose."""

    permission = "signoffs.change"
    purpose_key: ClassVar[str]
    model: ClassVar[type[models.Model]]

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.answer(self.row(), AskForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        row = self.row()
        form = AskForm(request.POST, entry=self.entry)
        if not form.is_valid():
            return self.answer(row, form, status=422)
        try:
            asked = services.request_send(
                purpose=PURPOSES[self.purpose_key], rows=[row], entry=self.entry, **form.cleaned_data
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(row, form, status=error.status if error.status != 400 else 422)
        messages.success(request, f"{asked.person} is asked; the mail is on its way.")
        return HttpResponseRedirect(RequestPages.url("detail", self.project, pk=asked.pk))

    def row(self) -> Any:
        """Return the row of the address, or 404."""
        rows: models.QuerySet[Any] = self.entry.visible(self.model._default_manager.all())
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def answer(self, row: Any, form: AskForm, *, status: int = 200) -> HttpResponse:
        purpose = PURPOSES[self.purpose_key]
        context = {
            "form": form,
            "item": row,
            "purpose": purpose,
            "content": purpose.shown(row),
            "refusal": purpose.guard(row, self.entry),
            "back": reverse(purpose.place, args=[self.project.code, row.pk]),
        }
        return self.page("signoffs/ask.html", context, status=status)


class MilestoneAskView(AskView):
    """Ask the customer to accept a milestone."""

    room = "plan"
    purpose_key = "milestone.accept"
    model = Milestone
