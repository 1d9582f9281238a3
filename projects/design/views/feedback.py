"""The pages of the customer's feedback on the design."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.design.choices import FeedbackState
from projects.design.filtersets import FeedbackFilterSet
from projects.design.forms import AnswerForm, FeedbackForm
from projects.design.models import DesignFeedback
from projects.design.services import feedback as services
from projects.design.tables import FeedbackTable
from projects.design.views.approval import status_of
from projects.design.views.tabs import tabs_of
from projects.kit.access import Entry
from projects.kit.pages import ModelPages, ProjectView


class FeedbackPages(ModelPages):
    """What the customer said about the design."""

    model, table, filterset, form = DesignFeedback, FeedbackTable, FeedbackFilterSet, FeedbackForm
    room = "design"
    select_related = ("element__project", "person", "answered_by")
    fields = ("element", "revision", "person", "at", "source")
    detail_template = "design/feedback.html"
    teach = "Comments in the customer's answers come here by themselves; note down what they say elsewhere."

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return cls.model()

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return super().visible(entry).filter(element__deleted_at=None)

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {"tabs": tabs_of(entry, "feedback")}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        return super().may_change(item, entry) and services.why_fixed(item) is None

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        must = "Yes" if item.is_must_fix else "No"
        return [*super().detail_fields(item, entry), ("must be put right", must)]

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        may = entry.can("design.change")
        is_closed = item.state == FeedbackState.CLOSED
        return {
            "form": AnswerForm(initial={"answer": item.answer}) if may and not is_closed else None,
            "can_reopen": may and item.state != FeedbackState.OPEN,
            "can_close": may and item.state == FeedbackState.ANSWERED,
        }

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return services.feedback_save(feedback=row, entry=entry, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.feedback_delete(feedback=row, entry=entry)

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/<int:pk>/"
        return [
            *super().urls(prefix),
            path(f"{root}answer/", AnswerView.as_view(), name="designfeedback_answer"),
            path(f"{root}close/", CloseView.as_view(), name="designfeedback_close"),
            path(f"{root}reopen/", ReopenView.as_view(), name="designfeedback_reopen"),
        ]


class FeedbackStep(ProjectView):
    """Something that is done with feedback."""

    permission = "design.change"
    room = "design"
    done = ""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item(pk)
        self.act(item)
        messages.success(request, self.done)
        return HttpResponseRedirect(FeedbackPages.url("detail", self.project, pk=pk))

    def item(self, pk: int) -> DesignFeedback:
        """Return the feedback of the address, or 404."""
        found: models.QuerySet[Any] = FeedbackPages.visible(self.entry)
        return get_object_or_404(found, pk=pk)

    def act(self, item: DesignFeedback) -> None:
        """Hand over to the service."""
        raise NotImplementedError


class CloseView(FeedbackStep):
    """Close what is answered."""

    done = "The feedback is closed."

    def act(self, item: DesignFeedback) -> None:
        services.feedback_close(feedback=item, entry=self.entry)


class ReopenView(FeedbackStep):
    """Open it again."""

    done = "The feedback is open again."

    def act(self, item: DesignFeedback) -> None:
        services.feedback_reopen(feedback=item, entry=self.entry)


class AnswerView(FeedbackStep):
    """Write our answer down."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item(pk)
        return self.answer(item, AnswerForm(initial={"answer": item.answer}))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item, form = self.item(pk), AnswerForm(request.POST)
        if not form.is_valid():
            return self.answer(item, form, status=422)
        try:
            services.feedback_answer(feedback=item, entry=self.entry, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(item, form, status=status_of(error))
        messages.success(request, "The answer is kept.")
        return HttpResponseRedirect(FeedbackPages.url("detail", self.project, pk=pk))

    def answer(self, item: DesignFeedback, form: AnswerForm, *, status: int = 200) -> HttpResponse:
        return self.page("design/answer.html", {"item": item, "form": form}, status=status)
