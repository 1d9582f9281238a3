"""Pages of the rules of hours, of who approves, and of closed periods: of a project, and of the whole firm."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from budget.forms.hours import (
    ApproverForm,
    PeriodForm,
    ReasonForm,
    StandInForm,
    TimeRulesForm,
    last_month,
)
from budget.models import Approver, ClosedPeriod, StandIn, TimeRules
from budget.selectors.periods import closed_periods, undecided
from budget.selectors.pricing import rules_of
from budget.services import periods, rules
from budget.views.tabs import tabs_of
from implement.core.errors import DomainError
from implement.core.forms import is_id, show_errors
from projects.kit.access import Entry, require_firm
from projects.kit.forms import show_refusal
from projects.kit.pages import ProjectView
from projects.models import Project
from projects.planning import today_of

LEFT_SHOWN = 50
PERIODS_SHOWN = 60


def rules_for_form(project: Project | None) -> TimeRules:
    """Return the rules that a form edits: a project's own, or new ones that begin as the firm's are."""
    own = TimeRules.objects.filter(project=project).first()
    if own is not None:
        return own
    firm = rules_of(project=project)
    fresh = TimeRules(project=project)
    for field in TimeRules._meta.concrete_fields:
        if field.editable and not field.primary_key:
            setattr(fresh, field.attname, getattr(firm, field.attname))
    return fresh


def save_rules(form: TimeRulesForm, *, access: Entry | None, user: Any) -> int:
    """Save the rules of a valid form; return 0, or the status of the refusal that it shows now."""
    try:
        rules.rules_save(
            rules=form.save(commit=False), access=access, user=user,
            expected_version=form.cleaned_data.get("version"),
        )  # fmt: skip
    except DomainError as error:
        return show_refusal(form, error)
    return 0


class TimeRulesView(ProjectView):
    """A project's rules of hours, its approvers and who stands in for them."""

    permission = "time.rules"
    room = "time"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer()

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        do = request.POST.get("do", "rules")
        if do in {"remove-approver", "remove-stand-in"}:
            return self.remove(do)
        if do in {"approver", "stand-in"}:
            return self.add(do)
        form = TimeRulesForm(request.POST, instance=rules_for_form(self.project), entry=self.entry)
        status = save_rules(form, access=self.entry, user=self.entry.user) if form.is_valid() else 422
        return self.answer(form=form, status=status) if status else self.done("The rules are saved.")

    def add(self, do: str) -> HttpResponse:
        is_approver = do == "approver"
        kind: Any = ApproverForm if is_approver else StandInForm
        model: Any = Approver if is_approver else StandIn
        form = kind(
            self.request.POST, instance=model(project=self.project), entry=self.entry, auto_id=f"{do}-%s"
        )
        if form.is_valid():
            save: Any = rules.approver_save if is_approver else rules.stand_in_save
            try:
                save(row=form.save(commit=False), access=self.entry)
            except DomainError as error:
                show_errors(form, error)
            else:
                return self.done("The approver is named." if is_approver else "The stand-in is noted.")
        return self.answer(**{"approver" if is_approver else "stand_in": form}, status=422)

    def remove(self, do: str) -> HttpResponse:
        said = self.request.POST.get("row", "")
        pk = int(said) if is_id(said) else 0
        if do == "remove-approver":
            rules.approver_delete(
                row=get_object_or_404(Approver, project=self.project, pk=pk), access=self.entry
            )
            return self.done("The approver is taken out.")
        rules.stand_in_delete(row=get_object_or_404(StandIn, project=self.project, pk=pk), access=self.entry)
        return self.done("The stand-in is taken out.")

    def done(self, said: str) -> HttpResponse:
        messages.success(self.request, said)
        return HttpResponseRedirect(reverse("time_rules", args=[self.project.code]))

    def answer(
        self,
        *,
        form: TimeRulesForm | None = None,
        approver: ApproverForm | None = None,
        stand_in: StandInForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        own = rules_for_form(self.project)
        context = {
            "form": form or TimeRulesForm(instance=own, entry=self.entry),
            "is_own": own.pk is not None,
            "approver_form": approver
            or ApproverForm(instance=Approver(project=self.project), entry=self.entry),
            "stand_in_form": stand_in
            or StandInForm(instance=StandIn(project=self.project), entry=self.entry),
            "approvers": Approver.objects.filter(project=self.project).select_related("person", "approver"),
            "stand_ins": StandIn.objects.filter(
                project=self.project, ends_on__gte=today_of(self.project)
            ).select_related("approver", "delegate"),
            "tabs": tabs_of(self.entry, "rules"),
        }
        return self.page("budget/time_rules.html", context, status=status)


def period_context(project: Project | None, form: PeriodForm | None, today: date) -> dict[str, Any]:
    """Return what the pages of closed periods show: what keeps the proposed days from being closed, and the closed."""
    starts_on, ends_on = last_month(today)
    if form is not None and form.is_bound and form.is_valid():
        starts_on, ends_on = form.cleaned_data["starts_on"], form.cleaned_data["ends_on"]
    hours, spent = undecided(project=project, starts_on=starts_on, ends_on=ends_on)
    return {
        "form": form or PeriodForm(initial={"starts_on": starts_on, "ends_on": ends_on}),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "hours": hours[:LEFT_SHOWN],
        "spent": spent[:LEFT_SHOWN],
        "is_closed": closed_periods(project=project)
        .filter(reopened_at=None, starts_on__lte=starts_on, ends_on__gte=ends_on)
        .exists(),
        "left": hours.count() + spent.count(),
        "left_shown": LEFT_SHOWN,
        "periods": closed_periods(project=project).select_related("closed_by", "reopened_by")[:PERIODS_SHOWN],
    }


class PeriodsView(ProjectView):
    """Close a project's month or week, and open it again."""

    permission = "time.lock"
    room = "time"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        # Other days are looked at before they are closed.
        form = PeriodForm(request.GET) if "starts_on" in request.GET else None
        return self.answer(form)

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        if request.POST.get("do") == "reopen":
            return self.reopen()
        form = PeriodForm(request.POST)
        if form.is_valid():
            try:
                period = periods.period_close(**form.cleaned_data, access=self.entry)
            except DomainError as error:
                show_errors(form, error)
                return self.answer(form, status=422 if error.status == 400 else error.status)
            messages.success(request, f"{period} is closed.")
            return HttpResponseRedirect(reverse("time_periods", args=[self.project.code]))
        return self.answer(form, status=422)

    def reopen(self) -> HttpResponse:
        said = self.request.POST.get("period", "")
        period = get_object_or_404(closed_periods(project=self.project), pk=int(said) if is_id(said) else 0)
        form = ReasonForm(self.request.POST)
        message = "Opening a closed period needs a reason of at most 255 characters."
        if form.is_valid():
            try:
                periods.period_reopen(period=period, reason=form.cleaned_data["reason"], access=self.entry)
            except DomainError as error:
                return self.answer(None, message=error.message, status=error.status)
            messages.success(self.request, f"{period} is open again.")
            return HttpResponseRedirect(reverse("time_periods", args=[self.project.code]))
        return self.answer(None, message=message, status=422)

    def answer(self, form: PeriodForm | None, *, message: str = "", status: int = 200) -> HttpResponse:
        context = period_context(self.project, form, today_of(self.project)) | {
            "message": message,
            "tabs": tabs_of(self.entry, "periods"),
            "is_firm": False,
        }
        return self.page("budget/time_periods.html", context, status=status)


class FirmTimeView(View):
    """The firm's rules of hours, for projects without their own, and periods closed on all projects at once."""

    permission = "firm.change"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require_firm(request.user, self.permission)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(period=PeriodForm(request.GET) if "starts_on" in request.GET else None)

    def post(self, request: HttpRequest) -> HttpResponse:
        do = request.POST.get("do", "rules")
        if do == "rules":
            form = TimeRulesForm(request.POST, instance=rules_for_form(None))
            status = save_rules(form, access=None, user=request.user) if form.is_valid() else 422
            return self.answer(form=form, status=status) if status else self.done("The rules are saved.")
        if do == "reopen":
            said = request.POST.get("period", "")
            found = get_object_or_404(closed_periods(project=None), pk=int(said) if is_id(said) else 0)
            try:
                periods.period_reopen(period=found, reason=request.POST.get("reason", ""), user=request.user)  # type: ignore[arg-type]
            except DomainError as error:
                return self.answer(message=error.message, status=error.status)
            return self.done(f"{found} is open again.")
        form_ = PeriodForm(request.POST)
        if form_.is_valid():
            try:
                period: ClosedPeriod = periods.period_close(**form_.cleaned_data, user=request.user)  # type: ignore[arg-type]
            except DomainError as error:
                show_errors(form_, error)
                return self.answer(period=form_, status=422 if error.status == 400 else error.status)
            return self.done(f"{period} is closed on all projects.")
        return self.answer(period=form_, status=422)

    def done(self, said: str) -> HttpResponse:
        messages.success(self.request, said)
        return HttpResponseRedirect(reverse("firm_time"))

    def answer(
        self,
        *,
        form: TimeRulesForm | None = None,
        period: PeriodForm | None = None,
        message: str = "",
        status: int = 200,
    ) -> HttpResponse:
        context = period_context(None, period, timezone.localdate()) | {
            "rules_form": form or TimeRulesForm(instance=rules_for_form(None)),
            "message": message,
            "is_firm": True,
            "room": "firm",
        }
        return render(self.request, "budget/firm_time.html", context, status=status)
