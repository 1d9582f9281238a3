"""The demo's build: thirty things that are configured and developed, on their way through DEV, TEST and UAT."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from budget.models import TimeEntry
from implement.accounts.models import User
from implement.demo.moments import as_if
from projects.builds.choices import BuildKind, BuildState, ReferenceKind, Verdict
from projects.builds.models import BuildItem, CodeReference, DoneCriterion, Environment, Promotion, key_of
from projects.builds.selectors.done import done_lines
from projects.builds.services.board import limit_set
from projects.builds.services.checks import check_record
from projects.builds.services.items import item_block, item_save, item_unblock, tick_set
from projects.builds.services.promotions import promotion_make
from projects.builds.services.references import reference_add
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.access import Entry, enter
from projects.kit.rows import row_save
from projects.kit.trace import ENDS, link_add
from projects.models import Membership, Person, Project, Task, TraceLink
from projects.planning import to_moment, today_of, zone_of

WRITTEN = -56


class B(NamedTuple):
    """A build item. `needs`: titles of requirements; `first`: the build that brought it in first, 0 for none yet."""

    title: str
    kind: str
    owner: str
    task: str
    hours: int
    needs: tuple[str, ...]
    first: int
    words: str = ""
    state: str = BuildState.BUILT
    priority: int = 3


CONF, REP, INT, CONV, ENH, FORM, FLOW, ROLE = (
    BuildKind.CONFIGURATION, BuildKind.REPORT, BuildKind.INTERFACE, BuildKind.CONVERSION, BuildKind.ENHANCEMENT,
    BuildKind.FORM, BuildKind.WORKFLOW, BuildKind.ROLE,
)  # fmt: skip
LEADS, QUOTES, SERVICE = (
    "Configure leads and campaigns",
    "Configure quotes and orders",
    "Configure service and returns",
)
ERP, SHOP, FLOWS = "Interface to the ERP", "Interface to the web shop", "Workflows and notifications"
REPORTS, PAPER, RIGHTS = "Dashboards and reports", "Quote document", "Roles and permissions"
# What was left when the build was closed is done beside the tests.
FIXES, TESTS, LOADS = "Fix and re-test", "System test", "Dress rehearsal"
ITEMS = (
    B("Lead list with source and owner", CONF, "tom", LEADS, 14, ("Leads from every channel",), 1,
      "Every lead stands in one list, with where it came from and who looks after it."),
    B("Import of leads from fairs", CONV, "tom", LEADS, 8, ("Leads from fairs",), 1,
      "Leads of a fair are read from your spreadsheet; rows without a company are listed with their line."),
    B("Check for known leads", CONF, "tom", LEADS, 6, ("Duplicate leads",), 1,
      "A lead whose company or e-mail address is known already is pointed out before it is saved."),
    B("Segments and regions", CONF, "tom", LEADS, 8, ("Campaigns by segment",), 2,
      "Campaigns can be sent to segments by assortment and to regions."),
    B("Web form leads", INT, "lena", SHOP, 16, ("Web form leads",), 2,
      "A lead from the web shop's form is in the list within a minute, without anybody typing it.", priority=2),
    B("Quote screen", FORM, "tom", QUOTES, 20, ("Quotes",), 1,
      "Quotes are written on one screen, with the customer's assortment at hand."),
    B("Customer prices from the ERP", INT, "ivo", ERP, 32, ("Customer prices",), 2,
      "Prices, discounts and scales come from the ERP on the day of the quote.", priority=1),
    B("Release of high discounts", FLOW, "tom", QUOTES, 10, ("Quote approval",), 3,
      "A quote with more than 12 % discount waits until a sales manager releases it."),
    B("Quote as PDF, German and English", REP, "lena", PAPER, 14, ("Quote as PDF",), 3,
      "Quotes are printed with your letterhead and terms, in German or English.", priority=2),
    B("Quotes close by themselves", FLOW, "tom", FLOWS, 4, ("Quote validity",), 4,
      "A quote that is not answered within its validity is closed, and its seller is told."),
    B("Order from a quote", CONF, "tom", QUOTES, 18, ("Order from a quote",), 2,
      "An accepted quote becomes an order with one press."),
    B("Delivery dates from the ERP", INT, "ivo", FIXES, 24, ("Delivery dates",), 0, state=BuildState.DOING, priority=1,
      words="The delivery day and the time window that the ERP promises are shown while an order is taken."),
    B("Order status for sales", CONF, "tess", QUOTES, 8, ("Order status for sales",), 4,
      "Sellers see how far each order is."),
    B("Credit limit check", ENH, "ivo", FIXES, 24, ("Credit limit check",), 0, state=BuildState.REVIEW, priority=2,
      words="An order above the customer's limit is held before it is picked."),
    B("Complaint form", FORM, "tess", SERVICE, 12, ("Complaints",), 2,
      "Complaints are taken on one form, with the order and the articles of the customer."),
    B("Batch tracing", ENH, "tess", SERVICE, 30, ("Batch tracing", "Complaints"), 3,
      "From every complaint the way leads to the batch, and from the batch to all who received it."),
    B("Photos with a complaint", CONF, "tess", SERVICE, 4, ("Photos with a complaint",), 2,
      "Up to ten photos can be added to a complaint, also from a phone."),
    B("Reminder before a day has passed", FLOW, "tess", FLOWS, 8, ("Answer within a day",), 0, state=BuildState.BUILT,
      words="Whoever has a complaint open is reminded before a day has passed."),
    B("Return with a number", FLOW, "tess", SERVICE, 20, ("Returns",), 3,
      "A return gets its number before the goods travel, and is decided by its kind."),
    B("Visit report on the phone", FORM, "tom", LEADS, 6, ("Visit reports",), 4,
      "Visit reports are written on the phone, with last orders at hand."),
    B("Calendar of the sellers", INT, "lena", FIXES, 6, ("Calendar",), 0, state=BuildState.TODO),
    B("Pipeline by region", REP, "tess", REPORTS, 10, ("Pipeline by region",), 4,
      "One pipeline by region, the same to the cent for sales and finance."),
    B("Forecast against target", REP, "tess", TESTS, 12, ("Forecast against target",), 0, state=BuildState.DOING),
    B("Lost quotes by reason", REP, "tess", TESTS, 4, ("Lost quotes",), 0, state=BuildState.TODO, priority=4),
    B("Roles of sales, service and finance", ROLE, "lena", RIGHTS, 16, ("Roles and rights",), 1,
      "Sales, service and finance see what belongs to them, and nothing else."),
    B("Single sign-on", CONF, "lena", RIGHTS, 10, ("Single sign-on",), 3,
      "Everybody signs in with the account of the firm."),
    B("Deletion of personal data", ENH, "lena", FIXES, 18, ("Deletion of personal data",), 0, state=BuildState.REVIEW,
      words="Personal data are deleted when their time is over, and what was deleted can be shown."),
    B("Load programs for customers", CONV, "ivo", LOADS, 40, ("Customers from the old system",), 0,
      state=BuildState.DOING, priority=2),
    B("Load programs for open quotes", CONV, "ivo", LOADS, 16, ("Open quotes from the old system",), 0,
      state=BuildState.TODO),
    B("Error list of the ERP interface", INT, "ivo", ERP, 12, ("Customer prices", "Delivery dates"), 0,
      state=BuildState.BUILT, words="What the ERP refuses stands in a list, with the reason, and can be sent again."),
)  # fmt: skip
# build id -> (environment, days from today): where each build went, in the order of the story.
BUILDS = (
    ("0.3.0", (("DEV", -36), ("TEST", -34))),
    ("0.4.0", (("DEV", -28), ("TEST", -26), ("UAT", -21))),
    ("0.5.0", (("DEV", -17), ("TEST", -15), ("UAT", -12))),
    ("0.6.0", (("DEV", -6), ("TEST", -4))),
)
# What somebody looked at in UAT and found right, and who: (title, who, build, comment).
CHECKED = (
    ("Lead list with source and owner", "tess", "0.4.0", "Leads of the web form, a fair and a call tried."),
    ("Import of leads from fairs", "tess", "0.4.0", "The autumn fair: 412 rows read, 9 refused with their line."),
    ("Check for known leads", "ravi", "0.4.0", ""),
    ("Quote screen", "ravi", "0.4.0", "Three quotes of last week written once more."),
    ("Roles of sales, service and finance", "mara", "0.4.0", "Signed in as each role; nothing too much."),
    ("Complaint form", "ravi", "0.5.0", ""),
    ("Order from a quote", "tess", "0.5.0", "Order reaches the ERP with all lines."),
)  # fmt: skip
DEVIATED = (
    "Quote as PDF, German and English",
    "ravi",
    "0.5.0",
    "The terms are missing on the second page of English quotes.",
)
BLOCKED = (
    ("Delivery dates from the ERP", -8, "The ERP's sandbox does not answer requests for time windows"),
    ("Calendar of the sellers", -3, "Waits for the address of the customer's mail server"),
)
# Linked before its requirement changed.
CHANGED_SINCE = "Delivery dates from the ERP"
WAS_BLOCKED = ("Customer prices from the ERP", -44, -38, "No test data for scale prices")
DONE = (
    ("", "Built as designed; what deviates is noted"),
    ("", "Looked at by somebody else"),
    ("", "Tried with real examples of the customer"),
    (INT, "Errors are listed and can be sent again"),
    (REP, "Figures compared with their source"),
)
COMMITS = (
    ("Customer prices from the ERP", "Read scale prices with their validity"),
    ("Customer prices from the ERP", "Ask the ERP again after a timeout"),
    ("Web form leads", "Take the consent over from the form"),
    ("Delivery dates from the ERP", "Ask for delivery days of all lines at once"),
    ("Credit limit check", "Hold an order above the limit before picking"),
    ("Batch tracing", "Follow a batch to every delivery"),
    ("Quote as PDF, German and English", "Print the terms in the customer's language"),
)


def write_builds(project: Project) -> None:
    """Write the items down and let them live: built, promoted, checked, one sent back, two blocked."""
    story = Story(project)
    story.write()
    for number, (build_id, ways) in enumerate(BUILDS, start=1):
        story.finish(number, ways[0][1])
        for place, days in ways:
            story.promote(number, build_id, place, days)
        story.check(build_id)
    story.rest()
    story.book()


class Story:
    """The build of a project, told day by day as it happened."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.people: dict[str, Person] = {
            row.person.email.split("@")[0]: row.person
            for row in Membership.objects.filter(project=project).select_related("person__user")
        }
        self.items: dict[str, BuildItem] = {}
        self.facts = {one.title: one for one in ITEMS}

    def on(self, days: int, act: Callable[[], Any], *, hour: int = 11) -> Any:
        """Do something as if it were another day: journal and moments are those of that day."""
        return as_if(self.project, days, act, hour=hour)

    def entry(self, name: str) -> Entry:
        """Return somebody of the team inside the project."""
        user = self.people[name].user
        assert isinstance(user, User)
        return enter(user, self.project.code, "builds.view")

    def step(self, item: BuildItem, name: str, days: int, who: str, reason: str = "") -> None:
        """Take a step on a day."""
        entry = self.entry(who)
        self.on(days, lambda: BUILD_WORKFLOW.perform(name=name, item=item, entry=entry, reason=reason))

    def write(self) -> None:
        """Write down what done means and every item, with what it serves."""
        mara = self.entry("mara")
        for position, (kind, text) in enumerate(DONE, start=1):
            row = DoneCriterion(project=self.project, kind=kind, text=text, position=position)
            self.on(WRITTEN, lambda row=row: row_save(row=row, actor=mara.user))
        tasks = {task.name: task for task in Task.objects.leaves().filter(project=self.project)}
        for fact in ITEMS:
            item = BuildItem(
                project=self.project, title=fact.title, kind=fact.kind, release_words=fact.words,
                owner=self.people[fact.owner], task=tasks.get(fact.task), estimate_seconds=fact.hours * 3600,
                priority=fact.priority, description=f"As designed for *{fact.needs[0]}*.",
            )  # fmt: skip
            tom = self.entry("tom")
            self.on(WRITTEN, lambda item=item, tom=tom: item_save(item=item, entry=tom))
            self.items[fact.title] = item
            self.tie(item, fact)

    def tie(self, item: BuildItem, fact: B) -> None:
        """Link an item to its requirements, and to the design of these; one has changed since."""
        entry = self.entry("tom")
        needs = list(ENDS["requirement"].rows(self.project).filter(title__in=fact.needs))
        satisfied = TraceLink.objects.filter(
            project=self.project, type="satisfies", target_id__in=[row.pk for row in needs]
        )
        designs = ENDS["design"].rows(self.project).filter(pk__in=satisfied.values("source_id"))
        for kind, rows in (("implements", needs), ("realises", designs.filter(status="approved")[:2])):
            for row in rows:
                self.link(entry, kind, item, row)
        if fact.title == CHANGED_SINCE:
            TraceLink.objects.filter(source_kind="build", source_id=item.pk, type="implements").update(
                target_revision=1, suspect_since=timezone.now()
            )

    def link(self, entry: Entry, kind: str, item: BuildItem, row: Any) -> None:
        """Link an item as it was written down."""
        self.on(WRITTEN, lambda: link_add(entry=entry, type=kind, source=item, target=row))

    def finish(self, number: int, days: int) -> None:
        """Bring what goes into a build from To do to Built, some days before it is made."""
        for fact in ITEMS:
            if fact.first == number:
                self.build(self.items[fact.title], fact, days)

    def build(self, item: BuildItem, fact: B, days: int) -> None:
        """Bring an item from To do to Built by a day."""
        self.step(item, "start", days - 8, fact.owner)
        if fact.title == WAS_BLOCKED[0]:
            _, begun, ended, why = WAS_BLOCKED
            owner = self.entry(fact.owner)
            self.on(begun, lambda: item_block(item=item, entry=owner, reason=why))
            self.on(ended, lambda: item_unblock(item=item, entry=owner))
        self.step(item, "submit", days - 3, fact.owner)
        self.tick(item, days - 2)
        self.step(item, "finish", days - 1, "ravi")

    def tick(self, item: BuildItem, days: int, most: int = 9) -> None:
        """Tick what done means."""
        entry = self.entry("ravi")
        for line in done_lines(item)[:most]:
            self.on(
                days, lambda line=line: tick_set(item=item, criterion=line.criterion, entry=entry, is_on=True)
            )

    def promote(self, number: int, build_id: str, place: str, days: int) -> Promotion:
        """Bring a build with everything that is in it by now into an environment."""
        rows = [
            self.items[fact.title]
            for fact in ITEMS
            if 0 < fact.first <= number and self.fresh(fact.title).status != BuildState.DOING
        ]
        environment = Environment.objects.get(project=self.project, name=place)
        ivo = self.entry("ivo")

        def make() -> Promotion:
            return promotion_make(
                environment=environment, build_id=build_id, items=rows, entry=ivo,
                notes="Nightly tests green." if place == "DEV" else "",
            )  # fmt: skip

        return self.on(days, make, hour=16)

    def fresh(self, title: str) -> BuildItem:
        """Return an item as it stands now."""
        self.items[title].refresh_from_db()
        return self.items[title]

    def check(self, build_id: str) -> None:
        """Let others look at a build in UAT."""
        uat = Environment.objects.get(project=self.project, name="UAT")
        made = Promotion.objects.filter(environment=uat, build_id=build_id).first()
        if made is None:
            return
        days = (made.at.date() - today_of(self.project)).days + 3
        for title, who, looked_at, comment in (*CHECKED, DEVIATED):
            if looked_at != build_id:
                continue
            verdict = Verdict.DEVIATES if title == DEVIATED[0] else Verdict.CONFORMS
            words = {"verdict": verdict, "environment": uat, "build_id": build_id, "comment": comment}
            item, entry = self.items[title], self.entry(who)
            self.on(
                days,
                lambda item=item, entry=entry, words=words: check_record(item=item, entry=entry, **words),
            )

    def rest(self) -> None:
        """Bring the others to where they are, block two, link commits, and limit the columns."""
        for fact in ITEMS:
            item = self.fresh(fact.title)
            if fact.first == 0 and fact.state == BuildState.BUILT:
                self.build(item, fact, -1)
            elif fact.first == 0 and fact.state != BuildState.TODO:
                self.step(item, "start", -14, fact.owner)
                if fact.state == BuildState.REVIEW:
                    self.step(item, "submit", -2, fact.owner)
                    self.tick(item, -1, most=2)
                item.remaining_seconds = (item.estimate_seconds or 0) * 2 // 5
                owner = self.entry(fact.owner)
                self.on(-1, lambda item=item, owner=owner: item_save(item=item, entry=owner))
        for title, days, why in BLOCKED:
            item, owner = self.fresh(title), self.entry(self.facts[title].owner)
            self.on(
                days, lambda item=item, owner=owner, why=why: item_block(item=item, entry=owner, reason=why)
            )
        for number, (title, words) in enumerate(COMMITS):
            self.commit(self.items[title], words, number)
        mara = self.entry("mara")
        self.on(WRITTEN, lambda: limit_set(entry=mara, state=BuildState.DOING, limit=6))
        self.on(WRITTEN, lambda: limit_set(entry=mara, state=BuildState.REVIEW, limit=3))

    def book(self) -> None:
        """Let the owners' hours on a task be those on its items, one item after the other as long as it took."""
        for item in BuildItem.objects.filter(project=self.project, task__isnull=False).exclude(status="todo"):
            free = TimeEntry.objects.filter(
                task=item.task, person=item.owner, build_item=None, reverses=None, reversal=None
            )
            left = (item.estimate_seconds or 0) - (item.remaining_seconds or 0)
            for entry in free.order_by("worked_on", "pk"):
                if left <= 0:
                    break
                TimeEntry.objects.filter(pk=entry.pk).update(build_item=item)
                left -= entry.seconds

    def commit(self, item: BuildItem, words: str, number: int) -> None:
        """Link a commit, as a hook would."""
        day = today_of(self.project) - timedelta(days=40 - 5 * number)
        sha = hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()
        entry = self.entry("ivo")
        reference = CodeReference(
            kind=ReferenceKind.COMMIT, external_id=sha, title=f"{words} ({key_of(item.number)})",
            author=str(item.owner),
            url=f"https://git.nordwind.example/crm/commit/{sha}",
            at=to_moment(datetime.combine(day, time(15, 20)), zone_of(self.project)),
        )  # fmt: skip
        self.on(-40 + 5 * number, lambda: reference_add(item=item, entry=entry, reference=reference))
