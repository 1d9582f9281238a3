"""What is owed to whom: the finances' list by person, and everybody's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from budget.choices import ReimbursementState
from budget.forms.expenses import PaymentForm
from budget.models import Expense
from budget.selectors.expenses import owed_by_person, reimbursable, reimbursement_words, sums_of
from budget.services.reimbursements import reimbursements_move
from budget.views.tabs import tabs_of
from implement.core.errors import DomainError
from implement.core.forms import is_id, show_errors
from projects.kit.access import visible_projects
from projects.kit.pages import ProjectView

MOST_SHOWN = 500
PAGE_SIZE = 50
# What is settled by a correction is owed to nobody.
SHOWN = {state.value: str(state.label) for state in ReimbursementState if state != ReimbursementState.SETTLED}


class ReimbursementsView(ProjectView):
    """Approved expenses of people's own money, by person with the sum per currency; pay many at once."""

    permission = "expenses.view_all"
    room = "expenses"

    def state(self) -> str:
        """Return which state is looked at."""
        said = self.request.GET.get("state", "")
        return said if said in SHOWN else ReimbursementState.OPEN.value

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer(PaymentForm(initial={"paid_on": timezone.localdate()}))

    def answer(self, form: PaymentForm, *, status: int = 200) -> HttpResponse:
        state = self.state()
        rows = list(
            reimbursable(Expense.objects.filter(project=self.project, reimbursement=state))
            .select_related("person", "project")
            .order_by("person__name", "person_id", "spent_on", "pk")[: MOST_SHOWN + 1]
        )
        own = self.entry.person.pk if self.entry.person else None
        chosen = {int(key) for key in self.request.POST.getlist("rows") if is_id(key)}
        context = {
            "tabs": tabs_of(self.entry, "reimbursements"),
            "states": [
                {"value": value, "label": label, "is_current": value == state}
                for value, label in SHOWN.items()
            ],
            "state": state,
            "groups": [
                {"owed": owed, "is_own": owed.person.pk == own} for owed in owed_by_person(rows[:MOST_SHOWN])
            ],
            "sums": sums_of(rows[:MOST_SHOWN]),
            "is_cut": len(rows) > MOST_SHOWN,
            "most": MOST_SHOWN,
            "form": form,
            "chosen": chosen,
        }
        return self.page("budget/reimbursements.html", context, status=status)

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        self.entry.require("expenses.pay")
        form = PaymentForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        step = request.POST.get("step", "")
        try:
            count = reimbursements_move(
                ids=[int(key) for key in request.POST.getlist("rows") if is_id(key)],
                step=step,
                access=self.entry,
                on=form.cleaned_data["paid_on"] if step == "paid" else None,
                reference=form.cleaned_data["reference"],
            )
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, status=422 if error.status == 400 else error.status)
        done = {
            "run": "put into the payment run",
            "paid": "reimbursed",
            "back": "taken out of the payment run",
        }
        messages.success(request, f"{count} expense{'' if count == 1 else 's'} {done[step]}.")
        return HttpResponseRedirect(
            f"{reverse('reimbursements', args=[self.project.code])}?state={self.state()}"
        )


class MyReimbursementsView(View):
    """What one gets back oneself, over all projects one is on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        projects = visible_projects(user, permission="expenses.view")
        rows = (
            Expense.objects.filter(person__user=user, project__in=projects, is_reimbursable=True)
            .select_related("person", "project")
            .order_by("reimbursement", "-spent_on", "-pk")
        )
        on_its_way = (ReimbursementState.OPEN, ReimbursementState.IN_RUN)
        due = list(reimbursable(rows.filter(reimbursement__in=on_its_way)))
        page = Paginator(rows.order_by("-spent_on", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
        lines = []
        for row in page:
            words, tone = reimbursement_words(row)
            lines.append({"row": row, "words": words, "tone": tone})
        in_run = [row for row in due if row.reimbursement == ReimbursementState.IN_RUN]
        waiting = [row for row in due if row.reimbursement == ReimbursementState.OPEN]
        tiles = [("To reimburse", sums_of(waiting)), ("In a payment run", sums_of(in_run))]
        context = {"page": page, "lines": lines, "tiles": tiles, "room": "reimbursements"}
        return render(request, "budget/my_reimbursements.html", context)
