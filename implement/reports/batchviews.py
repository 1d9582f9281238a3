"""The pages on which one person makes the reports of many projects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import View

from implement.core.errors import DomainError, NotAllowed
from implement.reports import forms, services
from implement.reports.models import ReportBatch
from implement.reports.selectors import batch_projects, batch_reports, batches_progress
from projects.choices import Audience

PAGE_SIZE = 25


def own_batches(request: HttpRequest) -> models.QuerySet[ReportBatch]:
    """Return the batches that the person asked for."""
    return ReportBatch.objects.filter(created_by=request.user)  # type: ignore[misc]


def url_of(batch: ReportBatch) -> str:
    """Return the address of a batch's page."""
    return reverse("reportbatch_detail", kwargs={"pk": batch.pk})


class BatchListView(View):
    """One's batches, and the form for the next one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not batch_projects(request.user, audience=Audience.CUSTOMER).exists():  # type: ignore[arg-type]
            raise NotAllowed("There is no project whose reports you may make.")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request, forms.BatchForm(user=request.user))  # type: ignore[arg-type]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.BatchForm(request.POST, user=request.user)  # type: ignore[arg-type]
        if not form.is_valid():
            return self.answer(request, form, status=422)
        asked = form.cleaned_data
        try:
            batch = services.batch_request(
                user=request.user,  # type: ignore[arg-type]
                kind=asked["kind"],
                audience=asked["audience"],
                start=asked["first"],
                end=asked["last"] + timedelta(days=1),
                project_ids=[project.pk for project in asked["projects"]],
            )
        except DomainError as error:
            names = {"period_to": "last"}
            for name, text in (error.fields or {None: error.message}).items():
                form.add_error(names.get(name or "", name), text)  # type: ignore[arg-type]
            return self.answer(request, form, status=422)
        return HttpResponseRedirect(url_of(batch))

    def answer(self, request: HttpRequest, form: Any, *, status: int = 200) -> HttpResponse:
        page = Paginator(own_batches(request).order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
        found = batches_progress(list(page.object_list), user=request.user)  # type: ignore[arg-type]
        rows = [(batch, found[batch.pk]) for batch in page.object_list]
        return render(
            request, "reports/batches.html", {"form": form, "page": page, "rows": rows}, status=status
        )


class BatchView(View):
    """How far a batch is, project by project; its piece is asked for again while a worker is at it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(own_batches(request), pk=pk)
        user: Any = request.user
        reports = batch_reports(batch, user=user)
        context = {
            "batch": batch,
            "progress": batches_progress([batch], user=user)[batch.pk],
            "page": Paginator(reports, 100).get_page(request.GET.get("page")),
        }
        piece = "reports/batch_progress.html" if request.htmx else "reports/batch.html"  # type: ignore[attr-defined]
        return render(request, piece, context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(own_batches(request), pk=pk)
        count = services.batch_retry(batch=batch, user=request.user)  # type: ignore[arg-type]
        messages.success(request, f"{count} tried again." if count else "None of them has failed.")
        return HttpResponseRedirect(url_of(batch))
