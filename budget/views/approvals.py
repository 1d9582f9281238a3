"""Deciding what waits for approval, by person and week."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from budget.models import Expense, TimeEntry
from budget.selectors.chain import Chain, chain_of
from budget.selectors.expenses import expense_settings, lacks_receipt
from budget.services import time as services
from budget.services.deciding import entries_decide
from budget.views.tabs import tabs_of
from implement.core.errors import DomainError
from implement.core.forms import is_id
from projects.kit.pages import ProjectView

WAITING_SIZE = 500


class ApprovalView(ProjectView):
    """What waits for approval, by person and week; decide some or all at once."""

    permission = "time.decide"
    room = "time"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        return self.answer()

    def answer(self, message: str = "", status: int = 200) -> HttpResponse:
        chain = chain_of(project=self.project)
        hours = self.entry.visible(TimeEntry.objects.waiting()).select_related("person", "task", "project")
        expenses = (
            self.entry.visible(Expense.objects.waiting())
            .select_related("person", "task", "project")
            .prefetch_related("receipts")
        )
        hour_groups = self.grouped(hours, "worked_on", chain)
        expense_groups = self.grouped(expenses, "spent_on", chain)
        usual = expense_settings(project=self.project) if expense_groups else None
        for row in (row for group in expense_groups for row in group["rows"]):
            row.lacks_receipt = usual is not None and lacks_receipt(row, usual)
        chosen = {
            kind: {int(value) for value in self.request.POST.getlist(kind) if is_id(value)}
            for kind in ("time", "expenses")
        }
        context = {
            "kinds": [
                {"name": "time", "title": "Hours", "groups": hour_groups, "chosen": chosen["time"]},
                {
                    "name": "expenses",
                    "title": "Expenses",
                    "groups": expense_groups,
                    "chosen": chosen["expenses"],
                },
            ],
            "is_named": not self.entry.can("time.approve"),
            "nothing": not hour_groups and not expense_groups,
            "shown": WAITING_SIZE,
            "tabs": tabs_of(self.entry, "approvals"),
            "message": message,
            "reason": self.request.POST.get("reason", "")[:1000],
        }
        return self.page("budget/approvals.html", context, status=status)

    def grouped(self, waiting: Any, day: str, chain: Chain) -> list[dict[str, Any]]:
        """Return the rows by person, week and level, with their sums and who decides them; one query.

        Who approves nobody's but those named for them sees only these.
        """
        sees_all = self.entry.can("time.approve")
        own = self.entry.person.pk if self.entry.person else None
        groups: dict[tuple[int, date, int], dict[str, Any]] = {}
        for row in waiting.order_by("person__name", "person_id", day, "pk")[:WAITING_SIZE]:
            monday = services.monday_of(getattr(row, day))
            refusal = chain.refusal(row, self.entry)
            if refusal and not sees_all:
                continue
            level = chain.level_of(row)
            group = groups.setdefault(
                (row.person_id, monday, level),
                {
                    "key": f"{row.person_id}-{monday.isoformat()}-{level}",
                    "level": chain.level_words(row) if chain.levels > 1 else "",
                    "next": chain.next_words(row),
                    "refusal": refusal,
                    "person": row.person,
                    "monday": monday,
                    "last": monday + services.WEEK - services.DAY,
                    "is_own": row.person_id == own,
                    "rows": [],
                    "seconds": 0,
                    "cost": 0,
                },
            )
            group["rows"].append(row)
            if isinstance(row, TimeEntry):
                group["seconds"] += row.seconds
            else:
                group["cost"] += row.cost or 0
        return list(groups.values())

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        said = request.POST.get("decision", "")
        kind, _, verb = said.partition("-")
        if kind not in {"time", "expenses"} or verb not in {"approve", "reject"}:
            raise DomainError("Say whether to approve or to reject.")
        try:
            count = entries_decide(
                model=TimeEntry if kind == "time" else Expense,
                ids=[int(value) for value in request.POST.getlist(kind) if is_id(value)],
                access=self.entry,
                approve=verb == "approve",
                reason=request.POST.get("reason", ""),
            )
        except DomainError as error:
            return self.answer(error.message, status=error.status)
        noun = "time entries" if kind == "time" else "expenses"
        singular = "time entry" if kind == "time" else "expense"
        done = "approved" if verb == "approve" else "rejected"
        if verb == "approve" and chain_of(project=self.project).levels > 1:
            done = "approved at their level"
        messages.success(request, f"{count} {singular if count == 1 else noun} {done}.")
        return HttpResponseRedirect(reverse("approvals", args=[self.project.code]))
