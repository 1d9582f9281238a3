"""The page of the baselines of requirements."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from implement.core.errors import DomainError
from implement.core.forms import show_errors
from projects.kit.pages import ProjectView
from projects.requirements.forms import BaselineForm
from projects.requirements.models import Requirement, RequirementBaseline
from projects.requirements.presenting import percent_text
from projects.requirements.selectors.figures import volatility_of
from projects.requirements.services.baselines import requirements_baseline
from projects.requirements.views.tabs import tabs_of


class BaselinesView(ProjectView):
    """The baselines that were taken, what has changed since the latest, and a new one."""

    permission = "requirements.view"
    room = "requirements"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(BaselineForm())

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = BaselineForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        try:
            baseline = requirements_baseline(entry=self.entry, name=form.cleaned_data["name"])
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=error.status if error.status != 400 else 422)
        messages.success(request, f"{baseline} is taken.")
        return HttpResponseRedirect(reverse("requirementbaseline_list", args=[self.project.code]))

    def answer(self, form: BaselineForm, *, status: int = 200) -> HttpResponse:
        volatility = volatility_of(project=self.project)
        rows = RequirementBaseline.objects.filter(project=self.project).annotate(count=Count("items"))
        context = {
            "rows": rows.select_related("by"),
            "form": form if self.entry.can("requirements.baseline") else None,
            "signed": Requirement.objects.filter(project=self.project).signed().count(),
            "volatility": volatility,
            "volatility_text": percent_text(volatility.percent) if volatility else "",
            "tabs": tabs_of(self.entry, "baselines"),
        }
        return self.page("requirements/baselines.html", context, status=status)
