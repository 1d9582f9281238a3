"""The way to an approval: sent to one of us, reviewed, sent to the customer; and what takes something's place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.design.choices import DecisionState, ElementState
from projects.design.forms import ReviewForm, SubmitForm, SupersedeForm
from projects.design.models import ArchitectureDecision, DesignElement
from projects.design.purposes import APPROVE_DESIGN
from projects.design.selectors.texts import differences_of
from projects.design.services import reviews
from projects.design.services.decisions import decision_supersede
from projects.kit.pages import BULK_LIMIT, ProjectView, chosen_rows
from projects.kit.trace import links_of
from projects.signoffs.selectors import papers_of
from projects.signoffs.views.rooms import AskManyView


def status_of(error: DomainError) -> int:
    """Return the status of a page that shows a service's refusal beside its form."""
    return 422 if error.status == DomainError.status else error.status


class SubmitView(ProjectView):
    """Send drafts to the review by one of us: all of them or none."""

    permission = "design.change"
    room = "design"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(SubmitForm(entry=self.entry))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = SubmitForm(request.POST, entry=self.entry)
        rows = self.rows()
        sent = [row for row in rows if reviews.why_not_submitted(row) is None]
        if not form.is_valid() or not sent:
            return self.answer(form, status=422)
        try:
            with transaction.atomic():
                for row in sent:
                    reviews.review_ask(element=row, entry=self.entry, reviewer=form.cleaned_data["reviewer"])
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=status_of(error))
        messages.success(
            request, f"{len(sent)} design element{'s' if len(sent) != 1 else ''} sent to review."
        )
        if len(rows) == 1:
            return HttpResponseRedirect(reverse("designelement_detail", args=[project, rows[0].pk]))
        return HttpResponseRedirect(reverse("designelement_list", args=[project]))

    def rows(self) -> list[DesignElement]:
        """Return the chosen elements."""
        said = self.request.POST.getlist("rows") or self.request.GET.getlist("rows")
        found = self.entry.visible(DesignElement.objects.all())
        return list(found.filter(pk__in=chosen_rows(said))[:BULK_LIMIT])

    def answer(self, form: SubmitForm, *, status: int = 200) -> HttpResponse:
        rows = self.rows()
        refusals = [why for row in rows if (why := reviews.why_not_submitted(row))]
        context = {
            "form": form,
            "rows": [row for row in rows if reviews.why_not_submitted(row) is None],
            "refusals": refusals,
            "back": reverse("designelement_detail", args=[self.project.code, rows[0].pk])
            if len(rows) == 1
            else reverse("designelement_list", args=[self.project.code]),
        }
        return self.page("design/submit.html", context, status=status)


class ReviewView(ProjectView):
    """What one of us reviews: the text, what changed since it was approved last, and the verdict."""

    permission = "design.review"
    room = "design"

    def item(self, pk: int) -> DesignElement:
        """Return the element of the address, or 404."""
        return get_object_or_404(
            self.entry.visible(DesignElement.objects.select_related("owner", "reviewer")), pk=pk
        )

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item(pk)
        return self.answer(item, ReviewForm(initial={"revision": item.revision}))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item(pk)
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return self.answer(item, form, status=422)
        try:
            review = reviews.review_give(element=item, entry=self.entry, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(item, form, status=status_of(error))
        messages.success(request, f"{item.key}: {str(review.get_verdict_display()).lower()}.")
        return HttpResponseRedirect(reverse("designelement_detail", args=[project, pk]))

    def answer(self, item: DesignElement, form: ReviewForm, *, status: int = 200) -> HttpResponse:
        refusal = reviews.why_not_reviewed(item, self.entry, writer_id=reviews.writer_of(item))
        seen = {
            one.number: one
            for one in item.versions.filter(number__in=[item.revision, item.reviewed_revision or 0])
        }
        before, after = seen.get(item.reviewed_revision or 0), seen.get(item.revision)
        context = {
            "item": item,
            "form": form,
            "refusal": refusal,
            "content": papers_of(purpose=APPROVE_DESIGN, rows=[item], project=self.project)[0],
            "links": links_of(item, self.entry),
            "before": before,
            "differences": differences_of(before.content, after.content) if before and after else [],
        }
        return self.page("design/review.html", context, status=status)


class ApprovalAskView(AskManyView):
    """Ask the customer to approve the chosen elements, all in one request."""

    room = "design"
    purpose_key = APPROVE_DESIGN.key
    model = DesignElement
    list_name = "designelement_list"

    def choice(self) -> models.QuerySet[Any]:
        return self.entry.visible(DesignElement.objects.with_blocking())


class SupersedeView(ProjectView):
    """Say what takes the place of an element."""

    permission = "design.decide"
    room = "design"
    place = "designelement_detail"
    list_name = "designelement_list"
    empty_label = "Nothing: it is no longer needed"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item(pk)
        return self.answer(item, self.form(item))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item(pk)
        form = self.form(item, request.POST)
        if not form.is_valid():
            return self.answer(item, form, status=422)
        try:
            self.act(item, **form.cleaned_data)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(item, form, status=status_of(error))
        messages.success(request, f"{item.key} is superseded; its history and its links stay.")
        return HttpResponseRedirect(reverse(self.place, args=[project, pk]))

    def item(self, pk: int) -> Any:
        """Return the row of the address, or 404."""
        return get_object_or_404(self.choice(), pk=pk)

    def choice(self) -> models.QuerySet[Any]:
        """Return the rows of the project."""
        return self.entry.visible(DesignElement.objects.all())

    def successors(self) -> models.QuerySet[Any]:
        """Return what can take something's place."""
        return self.choice().exclude(status=ElementState.SUPERSEDED)

    def act(self, item: Any, *, successor: Any, reason: str) -> None:
        """Hand over to the service."""
        reviews.element_supersede(element=item, entry=self.entry, successor=successor, reason=reason)

    def refusal(self, item: Any) -> str | None:
        """Return why nothing can take its place now."""
        return reviews.why_not_superseded(item)

    def form(self, item: Any, data: Any = None) -> SupersedeForm:
        return SupersedeForm(data, rows=self.successors().exclude(pk=item.pk), empty_label=self.empty_label)

    def answer(self, item: Any, form: SupersedeForm, *, status: int = 200) -> HttpResponse:
        context = {
            "item": item,
            "form": form,
            "refusal": self.refusal(item),
            "list_label": item._meta.verbose_name_plural,
            "list_url": reverse(self.list_name, args=[self.project.code]),
            "back": reverse(self.place, args=[self.project.code, item.pk]),
        }
        return self.page("design/supersede.html", context, status=status)


class DecisionSupersedeView(SupersedeView):
    """Say which accepted decision takes the place of an accepted one."""

    place = "architecturedecision_detail"
    list_name = "architecturedecision_list"
    empty_label = "Choose a decision"

    def choice(self) -> models.QuerySet[Any]:
        return self.entry.visible(ArchitectureDecision.objects.all())

    def successors(self) -> models.QuerySet[Any]:
        return self.choice().filter(status=DecisionState.ACCEPTED)

    def act(self, item: Any, *, successor: Any, reason: str) -> None:
        decision_supersede(decision=item, entry=self.entry, successor=successor, reason=reason)

    def refusal(self, item: Any) -> str | None:
        if item.status == DecisionState.ACCEPTED:
            return None
        return f"{item.key} is {str(item.get_status_display()).lower()}: only an accepted decision is superseded."
