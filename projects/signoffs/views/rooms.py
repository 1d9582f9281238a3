"""What was asked and decided, for the team; and the page on which a room asks."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.kit.access import Entry
from projects.kit.pages import (
    BULK_LIMIT,
    ExportPage,
    HistoryPage,
    ModelPages,
    ProjectView,
    SaveViewPage,
    chosen_rows,
)
from projects.kit.purposes import PURPOSES, Purpose
from projects.models import Milestone
from projects.signoffs import services
from projects.signoffs.choices import RequestState
from projects.signoffs.filtersets import RequestFilterSet
from projects.signoffs.forms import AskForm
from projects.signoffs.models import Decision, ResponseRequest
from projects.signoffs.selectors import is_outdated, papers_of
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
    teach = (
        "Ask the customer from the thing itself: requirements, design, a change, a milestone that is reached."
    )

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
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [row for row in super().detail_fields(item, entry) if row[1] is not None]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        purpose = PURPOSES[item.purpose]
        items = list(item.items.prefetch_related("target"))
        decisions = list(
            Decision.objects.filter(item__request=item).select_related("item", "revoked_by").order_by("at")
        )
        answered = {row.item_id for row in decisions}
        return {
            "purpose": purpose,
            "parts": [
                {
                    "item": one,
                    "url": reverse(purpose.place, args=[entry.project.code, one.object_id]),
                    "is_outdated": is_outdated(one),
                    "kept": purpose.held(one.target) if one.target and one.pk in answered else None,
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

    def get(self, request: HttpRequest, project: str, pk: int | None = None) -> HttpResponse:
        return self.answer(self.rows(), AskForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str, pk: int | None = None) -> HttpResponse:
        rows = self.rows()
        form = AskForm(request.POST, entry=self.entry)
        if not form.is_valid():
            return self.answer(rows, form, status=422)
        try:
            asked = services.request_send(
                purpose=self.purpose, rows=self.asked_of(rows), entry=self.entry, **form.cleaned_data
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(rows, form, status=error.status if error.status != 400 else 422)
        messages.success(request, f"{asked.person} is asked; the mail is on its way.")
        return HttpResponseRedirect(RequestPages.url("detail", self.project, pk=asked.pk))

    @property
    def purpose(self) -> Purpose:
        """Return what is asked."""
        return PURPOSES[self.purpose_key]

    def rows(self) -> list[Any]:
        """Return the row of the address, or 404."""
        return [get_object_or_404(self.choice(), pk=self.kwargs["pk"])]

    def choice(self) -> models.QuerySet[Any]:
        """Return the rows that can be asked about at all."""
        return self.entry.visible(self.model._default_manager.all())

    def asked_of(self, rows: list[Any]) -> list[Any]:
        """Return which of the rows are asked about: of one alone the service says why not."""
        return rows

    def back(self, rows: list[Any]) -> tuple[str, str]:
        """Return the name and the address of the page from which it is asked."""
        return str(rows[0]), reverse(self.purpose.place, args=[self.project.code, rows[0].pk])

    def answer(self, rows: list[Any], form: AskForm, *, status: int = 200) -> HttpResponse:
        shown = papers_of(purpose=self.purpose, rows=rows, project=self.project)
        papers = [
            {"row": row, "content": content, "refusal": self.purpose.guard(row, self.entry)}
            for row, content in zip(rows, shown, strict=True)
        ]
        back_name, back = self.back(rows)
        context = {
            "form": form,
            "purpose": self.purpose,
            "papers": [paper for paper in papers if not paper["refusal"] or len(papers) == 1],
            "refusals": [paper["refusal"] for paper in papers if paper["refusal"]],
            "can_ask": any(not paper["refusal"] for paper in papers),
            "back": back,
            "back_name": back_name,
        }
        return self.page("signoffs/ask.html", context, status=status)


class AskManyView(AskView):
    """Ask about the chosen rows of a list in one request; what cannot be asked about is left out, and says why."""

    list_name: ClassVar[str]

    def rows(self) -> list[Any]:
        said = self.request.POST.getlist("rows") or self.request.GET.getlist("rows")
        return list(self.choice().filter(pk__in=chosen_rows(said))[:BULK_LIMIT])

    def asked_of(self, rows: list[Any]) -> list[Any]:
        return [row for row in rows if self.purpose.guard(row, self.entry) is None]

    def back(self, rows: list[Any]) -> tuple[str, str]:
        name = self.model._meta.verbose_name_plural
        return capfirst(str(name)), reverse(self.list_name, args=[self.project.code])


class MilestoneAskView(AskView):
    """Ask the customer to accept a milestone."""

    room = "plan"
    purpose_key = "milestone.accept"
    model = Milestone
