"""How many queries an address may take, and that none takes more when a project has ten times as much in it.

Made from the resolver and the router: a new room is under the same promise without a line here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from implement.testkit.cast import Cast
from implement.testkit.contract import Answer, address, read
from implement.testkit.growth import grow
from implement.testkit.routes import Route, routes
from projects.choices import Role

pytestmark = [pytest.mark.django_db, pytest.mark.walk]
# The few are enough that nothing is empty; there are four editions of reports to schedule.
FEW, MANY = 4, 30
ROLES = ["administrator", Role.MANAGER, Role.TEAM, Role.FINANCE, Role.CUSTOMER]

# Session, user, membership and (for an administrator) person; the bell; then the rows, their count, what they show
# and what the filters offer.
PAGE_BUDGET = 10
API_BUDGET = 6
# What takes more: exactly as many as the person for whom it takes most, and for what.
BUDGETS = {
    "project": (
        99,
        "the panels, the station, the needs and the first steps of every room, people's working time",
    ),
    "budget": (
        33,
        "plan, progress, actuals by task, person and day, baseline, changes, orders, estimates, and people",
    ),
    "api-budget-figures-list": (34, "the figures of the budget page, on the working time of the plan"),
    "budget_export": (34, "the figures of the budget page, in all its views"),
    "commitment_detail": (12, "what was invoiced of it, what can be, comments, files and history"),
    "contract_list": (
        40,
        "the budget's figures, changes, what is billable, paid and handed over, per contract",
    ),
    "contract_detail": (42, "the same for one, its runs, comments, files and history"),
    "payments": (38, "the figures of the contracts, and what was handed over"),
    "payments_export": (37, "the figures of the contracts, and what was handed over"),
    "api-payment-plan-list": (37, "the figures of the contracts, and what was handed over"),
    "api-contract-figures-list": (
        36,
        "the budget's figures, changes, what is billable, paid and handed over",
    ),
    "invoicerun_list": (11, "a filter that offers contracts, and whether there is one"),
    "invoicerun_detail": (18, "its lines, what was left out of it, comments, files and history"),
    "estimates": (37, "the budget in hours and in money, tasks and people to choose"),
    "estimates_export": (34, "the budget in hours and in money, and every estimate"),
    "reserves": (13, "today's budget, both reserves and their releases"),
    "reserves_export": (12, "today's budget, both reserves and their releases"),
    "reserve_release_add": (14, "what is left of both reserves, and the tasks to choose"),
    "api-reserves-list": (12, "today's budget, both reserves and their releases"),
    "project_rail": (25, "how far every room is"),
    "home": (19, "standing and alerts of every project, one's tasks and one's week against working time"),
    "earned_value": (20, "plan, baseline, what progress is measured by, actuals, experience"),
    "earned_export": (18, "the figures of the earned value page"),
    "task_measure": (11, "a task, its steps, whether it has begun, and how it was measured before"),
    "api-task-measure": (8, "its steps and counts"),
    "api-earned-value-list": (18, "the figures of the earned value page"),
    "task_detail": (
        16,
        "links both ways, what it delivers, people, progress, comments, files and history of one task",
    ),
    "milestone_list": (12, "where they stand against the baseline"),
    "api-milestone-list": (9, "where they stand against the baseline"),
    "api-milestone-detail": (9, "where it stands against the baseline"),
    "milestone_detail": (19, "a task's detail, its baseline, and what the customer was asked and decided"),
    "report_detail": (13, "who gets it and who got it, the narrative, comments and history"),
    "portal_project": (
        57,
        "the customer's panels, with how far the work is, what changed since the baseline, the figures of the "
        "contracts, and what waits for them",
    ),
    "reportschedule_detail": (12, "who gets it, comments, files and history"),
    "baseline_detail": (13, "the plan then and now, and the baselines to compare with"),
    "baseline_export": (11, "the plan then and now"),
    "changerequest_list": (15, "changes with their parts, the agreed fees, and a filter that offers people"),
    "changerequest_detail": (
        22,
        "its parts, texts, links, what-if, the plan with and without it, what was asked and decided, comments, history",
    ),
    "changerequest_ask": (
        18,
        "what the customer would read, with its parts, texts and files, and who decides",
    ),
    "changerequest_edit": (13, "five fields offer rows, and the requirements that it affects"),
    "responserequest_detail": (
        15,
        "what was asked, as it is today, what follows from it, the answers, mails, comments and history",
    ),
    "whatif_detail": (
        22,
        "plan, hours, budget and rates then and now, people's other work, its differences and forms",
    ),
    "api-what-if-compared": (21, "the figures of the what-if's page"),
    "api-change-request-list": (7, "the tasks that they affect"),
    "api-change-request-detail": (7, "the tasks that it affects"),
    "api-sign-off-list": (8, "what was asked, and the answers"),
    "api-sign-off-detail": (8, "what was asked, and the answers"),
    "api-baseline-compared": (11, "the plan then and now"),
    "budget_entries": (11, "hours and expenses, their sums, tasks and the tree below the row"),
    "requirement_list": (18, "how far they are, with baseline and questions, and filters that offer rows"),
    "roadmap": (19, "requirements, releases with their days, the work that delivers them, orphans, filters"),
    "roadmap_orphans": (13, "requirements, the tasks of the plan, who is on them, links, and reasons"),
    "release_detail": (
        21,
        "the roadmap, of which it is a part, the plan's summaries, comments, files and history",
    ),
    "api-roadmap-list": (16, "the roadmap with its orphans"),
    "requirement_detail": (
        21,
        "its criteria, parts, questions, versions, verifications, what was asked and decided, a query a kind that it "
        "is linked with, comments, files and history",
    ),
    "requirement_impact": (
        15,
        "its parts a level, what follows a kind, signatures, baselines, targets, the question",
    ),
    "trace_matrix": (12, "coverage in one, a page of requirements, what follows from them a step and a kind"),
    "requirement_edit": (13, "its criteria, and five fields that offer rows"),
    "requirement_add": (11, "five fields that offer rows"),
    "successcriterion_detail": (11, "what serves it, comments, files and history"),
    "requirementbaseline_list": (11, "the baselines, what is signed, and what has changed since"),
    "workshop_detail": (13, "who was there, what was captured, questions, comments, files and history"),
    "designelement_list": (
        14,
        "how far it is, with the gate and the feedback, and two filters that offer people",
    ),
    "designelement_detail": (
        18,
        "its versions, reviews, parts, feedback, links, what was asked and decided, comments, files and history",
    ),
    "designelement_review": (12, "its versions and files, what it has to meet, and who may review it"),
    "architecturedecision_detail": (13, "what it replaces, its links, comments, files and history"),
    "design_gate": (11, "requirements, links, elements and targets, and how many of each are there"),
    "nfrtarget_list": (11, "two filters offer rows"),
    "api-design-element-versions": (7, "its versions"),
    "api-design-element-reviews": (7, "its reviews"),
    "api-design-gate-list": (9, "requirements, links, elements and targets"),
    "builditem_list": (12, "its filters offer people, environments and tasks"),
    "builditem_detail": (
        23,
        "its definition of done, where it stands, checks, code, hours, links, comments, files and history",
    ),
    "builditem_check": (11, "where it stands, and the versions of what it serves"),
    "promotion_detail": (13, "what is in it and what that serves, comments, files and history"),
    "promotion_notes": (11, "what is new and what that serves, and the builds before"),
    "promotion_make": (11, "the items that can be in it, and where they stand"),
    "timeentry_edit": (11, "fields that offer people, tasks and build items"),
    "api-build-item-checks": (7, "its checks"),
    "api-build-item-references": (7, "what is linked to it"),
    "api-promotion-list": (7, "what is in them"),
    "api-promotion-detail": (7, "what is in it"),
    "api-promotion-notes": (10, "what is new, and what that serves"),
    "api-thread-impact": (14, "its parts a level, what follows a step and a kind, targets, the question"),
    "api-requirement-list": (7, "their criteria"),
    "api-requirement-detail": (7, "its criteria"),
    "api-requirement-versions": (8, "its versions"),
    "api-requirement-verifications": (8, "how it was looked at"),
    "api-requirement-baseline-list": (7, "what is in them"),
    "api-requirement-baseline-detail": (7, "what is in it"),
    "api-workshop-list": (7, "who was there"),
    "api-workshop-detail": (7, "who was there"),
    "expense_edit": (11, "its receipts, and fields that offer tasks and people"),
    "api-alert-settings-list": (7, "that there is a row"),
    "api-alert-settings-detail": (7, "that there is a row"),
    "api-budget-settings-list": (7, "that there is a row"),
    "api-budget-settings-detail": (7, "that there is a row"),
    "alert_list": (12, "how promptly they are dealt with, and a filter that offers people"),
    "alert_detail": (11, "who may own the action, comments, files and history"),
    "timesheet": (14, "a week over all projects, against working time, and the running timer"),
    "timeentry_detail": (12, "decisions, what corrects it, comments, files and history"),
    "timeentry_split": (11, "the tasks that four parts offer, and whether the day is closed"),
    "approvals": (14, "hours and expenses with their settings and receipts, and the chain that decides them"),
    "time_rules": (13, "rules, approvers and stand-ins, and four fields that offer people"),
    "load": (
        15,
        "people, their calendars and absences, their work, its projects and calendars, what is booked",
    ),
    "load_export": (11, "the same"),
    "api-load-list": (11, "the same"),
    "project_load": (16, "the same for a project"),
    "project_load_export": (14, "the same for a project"),
    "api-project-load-list": (14, "the same for a project"),
    "plan": (11, "tasks, links, baseline, calendars and filters"),
    "plan_data": (11, "the whole plan: tasks, links, people on them, the team, the baseline with its rows"),
    "plan_export": (14, "a whole plan: tasks, links, people, calendars, baselines and rates, once each"),
    "api-plan-export-list": (14, "the same file"),
    "api-requirement-reqif": (8, "requirements, their criteria and links, in one file"),
    "api-requirement-reqifz": (9, "the same, and what is attached"),
    "timeentry_list": (13, "two filters offer rows, and who approves, for the tabs"),
    "expense_list": (
        13,
        "a filter that offers people, and from which amount a receipt is asked for, and who approves, for the tabs",
    ),
    "expense_detail": (
        14,
        "comments, files, history, receipts, decisions, what corrects it, and from which amount a receipt is asked for",
    ),
    "api-expense-list": (7, "receipts"),
    "api-expense-detail": (7, "receipts"),
    "api-milestone-trend-list": (8, "milestones, baselines, what was expected when, and the calendar"),
    "budgetline_list": (11, "two filters offer rows"),
    "assignment_list": (11, "two filters offer rows"),
    "api-report-detail": (9, "its deliveries and who approved it"),
    "api-report-schedule-list": (7, "recipients"),
    "api-report-schedule-detail": (7, "recipients"),
    "api-report-list": (7, "deliveries"),
    "api-baseline-detail": (7, "its tasks"),
}
# The figures of each project are kept under its last journal entry: once they are, the second look counts.
WARM = {"home"}

READ = [route for route in routes() if "get" in route.methods]
Answers = dict[tuple[str, Route], tuple[Answer, Answer]]


def walked(cast: Cast) -> Iterator[tuple[tuple[str, Route], Answer]]:
    """Yield each role's answer from each address."""
    # What a process remembers for ever is no query of the page.
    ContentType.objects.get_for_models(*apps.get_models())
    paths = {
        (role, route): address(route, project=cast.nordwind, user=cast.user_of(role))
        for role in ROLES
        for route in READ
    }
    for role in ROLES:
        client = Client()
        client.force_login(cast.user_of(role))
        # The first look of a browser notes that it was seen.
        client.get(reverse("account"))
        for route in READ:
            if route.name in WARM:
                client.get(paths[role, route])
            yield (role, route), read(client, paths[role, route])


class QueryBudgetTests:
    def test_every_address_keeps_its_budget_whatever_the_size(self, cast: Cast) -> None:
        grow(cast, FEW)
        few = dict(walked(cast))
        grow(cast, MANY - FEW)
        answers = {key: (few[key], many) for key, many in walked(cast)}
        faults = [*growing(answers), *over_budget(answers), *slack(answers), *unproven(answers)]
        assert not faults, "\n" + "\n".join(faults)


def growing(answers: Answers) -> Iterator[str]:
    """Yield who is asked more when there is more, with the statement that is repeated."""
    for (role, route), (few, many) in answers.items():
        if len(many.queries) > len(few.queries):
            counts = f"{len(few.queries)} queries, then {len(many.queries)}"
            yield f"{role} {route}: {counts}: {many.more_than(few)}"


def over_budget(answers: Answers) -> Iterator[str]:
    """Yield the addresses that take more than they may."""
    for route, count in most(answers).items():
        if count > budget_of(route):
            yield f"{route.name} ({route}): {count} queries, budget {budget_of(route)}"


def slack(answers: Answers) -> Iterator[str]:
    """Yield the named budgets that are larger than need be, or of no address: what was won is kept."""
    found = {route.name: count for route, count in most(answers).items()}
    for name, (budget, _) in BUDGETS.items():
        if found.get(name, 0) < budget:
            yield f"{name}: {found.get(name, 0)} queries, so its budget is not {budget}"


def unproven(answers: Answers) -> Iterator[str]:
    """Yield what breaks, and the lists that stay as they are: give them rows in implement/testkit/growth.py."""
    grown = {route for (_, route), (few, many) in answers.items() if many.size > few.size}
    for route in READ:
        if is_list(route) and route not in grown:
            yield f"{route.name} ({route}): not longer with more rows"
    for (role, route), pair in answers.items():
        if any(answer.status >= 500 for answer in pair):
            yield f"{role} {route}: {[answer.status for answer in pair]}"


def most(answers: Answers) -> dict[Route, int]:
    """Return how many queries each address takes for the person for whom it takes most."""
    found: dict[Route, int] = {}
    for (_, route), (_, many) in answers.items():
        found[route] = max(found.get(route, 0), len(many.queries))
    return found


def budget_of(route: Route) -> int:
    """Return how many queries an address may take."""
    return BUDGETS[route.name][0] if route.name in BUDGETS else API_BUDGET if route.is_api else PAGE_BUDGET


def is_list(route: Route) -> bool:
    """Return whether an address shows many rows."""
    return route.name.endswith("_list") or (route.is_api and route.callback.actions["get"] == "list")
