"""From build items to the estimate of their task."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from budget.services.builds import estimate_from_items
from implement.core.money import format_number, hours_of
from projects.kit.pages import ProjectView
from projects.models import Task


class EstimateFromItemsView(ProjectView):
    """Take what the items of a task still take over as its estimate to complete."""

    permission = "budget.estimate"
    room = "plan"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        task = get_object_or_404(Task.objects.select_related("project"), project=self.project, pk=pk)
        estimate = estimate_from_items(task=task, access=self.entry)
        hours = format_number(hours_of(estimate.seconds or 0))
        messages.success(request, f"“{task}” still takes {hours} h, as its build items say.")
        return HttpResponseRedirect(reverse("task_detail", args=[self.project.code, task.pk]))
