"""Who and what the demo is about. All names are invented.

A task is (name, working days, [(person, hours)], what it waits for); a day count of 0 is a milestone.
`slip` stretches a task after the baseline was taken, `overrun` multiplies the hours it really takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from implement.dashboard.templatetags.demo import DEMO_PASSWORD

PASSWORD = DEMO_PASSWORD
FIRM_MAIL = "brightwater.example"


@dataclass(frozen=True)
class Who:
    """Somebody of the story; without a role they are no user of the product."""

    key: str
    name: str
    job_role: str
    role: str = "team"
    weekly_hours: int = 40
    cost: int = 70
    bill: int = 135


PEOPLE = (
    Who("mara", "Mara Lindqvist", "Project manager", "manager", cost=92, bill=175),
    Who("tom", "Tom Okafor", "Solution consultant", cost=78, bill=150),
    Who("tess", "Tess Moreau", "Solution consultant", weekly_hours=32, cost=76, bill=150),
    Who("ivo", "Ivo Brandt", "Developer", cost=68, bill=130),
    Who("lena", "Lena Fischer", "Developer", cost=71, bill=130),
    Who("sami", "Sami Iyer", "Data migration lead", cost=74, bill=145),
    Who("nia", "Nia Costa", "Trainer", weekly_hours=24, cost=62, bill=120),
    Who("ravi", "Ravi Menon", "Test lead", cost=70, bill=140),
    Who("fay", "Fay Adler", "Controller", "finance", weekly_hours=20, cost=80, bill=0),
)


# Who works part of the week, by the name of a calendar of the firm and its days (0: Monday).
PART_TIME = {"tess": ("Four days, Hamburg", (0, 1, 2, 3)), "nia": ("Three days, Hamburg", (1, 2, 3))}


@dataclass(frozen=True)
class Away:
    """Somebody's absence: days from this week's Monday to its first day, how many, and when on those days."""

    key: str
    kind: str
    begins: int
    days: int
    times: tuple[tuple[int, int], ...] = ()
    note: str = ""


AWAY = (
    Away("ivo", "holiday", 14, 12, note="Back for the integration tests"),
    Away("lena", "training", 8, 2, note="Certification for the new platform"),
    Away("ravi", "other", 9, 1, ((780, 1080),), "Moving house"),
    Away("sami", "sick", -6, 3),
    Away("mara", "holiday", 28, 5),
)


@dataclass(frozen=True)
class Work:
    """A leaf of the plan."""

    name: str
    days: float
    people: tuple[tuple[str, int], ...] = ()
    after: tuple[str, ...] = ()
    slip: float = 1.0
    overrun: float = 1.0
    shown: bool = False
    payment: int = 0
    title: str = ""


@dataclass(frozen=True)
class Phase:
    """A summary task with its work; work without `after` follows the one before it."""

    name: str
    works: tuple[Work, ...] = field(default_factory=tuple)


W = Work
PLAN: tuple[Phase, ...] = (
    Phase(
        "Mobilise",
        (
            W("Kick-off workshop", 1, (("mara", 8), ("tom", 8), ("tess", 8))),
            W("Project charter and governance", 3, (("mara", 20),)),
            W("Stakeholder and persona analysis", 4, (("tess", 24), ("mara", 6))),
            W("Set up environments", 3, (("ivo", 20),), ("Kick-off workshop",)),
            W("Risk workshop", 1, (("mara", 6), ("tom", 6)), ("Project charter and governance",)),
            W(
                "Charter signed",
                0,
                after=("Project charter and governance", "Stakeholder and persona analysis"),
                shown=True,
                title="Project charter agreed",
            ),
        ),
    ),
    Phase(
        "Requirements",
        (
            W("Workshop: leads and campaigns", 3, (("tom", 20), ("tess", 12)), ("Charter signed",)),
            W("Workshop: quotes and orders", 3, (("tom", 18), ("tess", 14))),
            W("Workshop: service and returns", 2, (("tess", 16),)),
            W("Workshop: reporting", 2, (("tom", 14),), ("Workshop: quotes and orders",)),
            W(
                "Write detailed requirements",
                8,
                (("tom", 36), ("tess", 40)),
                ("Workshop: service and returns", "Workshop: reporting"),
                overrun=1.2,
            ),
            W("Non-functional requirements", 3, (("ivo", 16), ("ravi", 8)), ("Workshop: reporting",)),
            W(
                "Validate with the customer",
                4,
                (("mara", 10), ("tom", 16)),
                ("Write detailed requirements", "Non-functional requirements"),
            ),
            W("Roadmap by release", 2, (("mara", 12), ("tom", 6))),
            W("Requirements validated", 0, shown=True, payment=60_000, title="Requirements validated"),
        ),
    ),
    Phase(
        "Design",
        (
            W("Process design: lead to order", 6, (("tom", 40),), ("Requirements validated",)),
            W("Process design: service", 5, (("tess", 32),), ("Requirements validated",)),
            W("Data model and roles", 5, (("lena", 34),), ("Requirements validated",)),
            W("Integration design: ERP", 6, (("ivo", 40),), ("Requirements validated",), overrun=1.25),
            W("Integration design: web shop", 4, (("ivo", 24),)),
            W("Report design", 3, (("tess", 18),), ("Process design: service",)),
            W(
                "Architecture review",
                2,
                (("ravi", 8), ("ivo", 8), ("lena", 8)),
                ("Data model and roles", "Integration design: web shop"),
            ),
            W(
                "Design review with the customer",
                3,
                (("mara", 8), ("tom", 14)),
                ("Process design: lead to order", "Report design", "Architecture review"),
            ),
            W("Design approved", 0, shown=True, payment=80_000, title="Solution design approved"),
        ),
    ),
    Phase(
        "Build",
        (
            W("Configure leads and campaigns", 7, (("tom", 48),), ("Design approved",)),
            W("Configure quotes and orders", 9, (("tom", 60),)),
            W("Configure service and returns", 8, (("tess", 48),), ("Design approved",)),
            W("Roles and permissions", 4, (("lena", 26),), ("Design approved",)),
            W(
                "Interface to the ERP",
                14,
                (("ivo", 100), ("lena", 24)),
                ("Design approved",),
                slip=1.45,
                overrun=1.4,
            ),
            W("Interface to the web shop", 8, (("lena", 56),), ("Roles and permissions",)),
            W("Dashboards and reports", 6, (("tess", 36),), ("Configure service and returns",)),
            W("Quote document", 4, (("lena", 26),), ("Interface to the web shop",)),
            W("Workflows and notifications", 5, (("tom", 30),), ("Configure quotes and orders",)),
            W(
                "Code and configuration review",
                3,
                (("ravi", 18),),
                ("Interface to the ERP", "Workflows and notifications"),
            ),
            W(
                "Build complete",
                0,
                after=("Code and configuration review", "Dashboards and reports", "Quote document"),
                shown=True,
                payment=90_000,
                title="System built",
            ),
        ),
    ),
    Phase(
        "Data migration",
        (
            W("Profile source data", 4, (("sami", 26),), ("Requirements validated",)),
            W("Cleaning rules with the customer", 5, (("sami", 28), ("tess", 8))),
            W("Field mapping", 6, (("sami", 38),), ("Design approved", "Cleaning rules with the customer")),
            W("Cleanse customer records", 10, (("sami", 60),), slip=1.7, overrun=1.3),
            W("Mock load 1", 3, (("sami", 20), ("ivo", 6)), ("Field mapping",)),
            W("Reconcile mock load 1", 2, (("sami", 12), ("ravi", 6))),
            W("Mock load 2", 3, (("sami", 18),), ("Cleanse customer records", "Reconcile mock load 1")),
            W("Dress rehearsal", 2, (("sami", 16), ("ivo", 8)), ("Mock load 2", "Build complete")),
            W("Migration proven", 0, shown=True, title="Data migration proven"),
        ),
    ),
    Phase(
        "Test",
        (
            W("Test plan", 3, (("ravi", 20),), ("Design approved",)),
            W("Write test cases", 8, (("ravi", 50),)),
            W("System test", 8, (("ravi", 44), ("tess", 20)), ("Build complete", "Write test cases")),
            W("Integration test", 6, (("ravi", 32), ("ivo", 20))),
            W("Fix and re-test", 6, (("ivo", 36), ("lena", 30))),
            W("Performance test", 3, (("ravi", 18), ("ivo", 10)), ("Integration test",)),
            W(
                "User acceptance test",
                8,
                (("ravi", 24), ("tom", 24)),
                ("Fix and re-test", "Migration proven"),
            ),
            W(
                "Acceptance signed",
                0,
                after=("User acceptance test", "Performance test"),
                shown=True,
                payment=70_000,
                title="Acceptance signed",
            ),
        ),
    ),
    Phase(
        "Change and training",
        (
            W("Change impact per persona", 5, (("tess", 30),), ("Requirements validated",)),
            W("Communication plan", 3, (("nia", 14), ("mara", 6))),
            W("Training concept", 4, (("nia", 20),), ("Design approved",)),
            W("Write guides", 12, (("nia", 56),)),
            W("Record training videos", 6, (("nia", 28),)),
            W("Train the trainers", 3, (("nia", 18), ("tess", 8)), ("Write guides", "System test")),
            W("Key user training", 5, (("nia", 24), ("tom", 10))),
            W("End user training", 8, (("nia", 36),), ("Key user training", "User acceptance test")),
            W("Users trained", 0, shown=True, title="All users trained"),
        ),
    ),
    Phase(
        "Go-live",
        (
            W("Readiness review", 2, (("mara", 12),), ("Acceptance signed", "Users trained")),
            W("Cutover rehearsal", 2, (("sami", 12), ("ivo", 12)), ("Acceptance signed",)),
            W(
                "Cutover",
                2,
                (("sami", 14), ("ivo", 14), ("lena", 10)),
                ("Readiness review", "Cutover rehearsal"),
            ),
            W("Go-live", 0, shown=True, payment=60_000, title="Go-live"),
            W("Hypercare", 15, (("tom", 50), ("ivo", 40), ("ravi", 20))),
            W("Handover to support", 3, (("mara", 14), ("tom", 8))),
            W("Project closed", 0, shown=True, payment=40_000, title="Project closed"),
        ),
    ),
)


@dataclass(frozen=True)
class Spent:
    """An expense of the story: on which day of the project, who, what, and how it was paid."""

    day: int
    who: str
    category: str
    text: str
    amount: str
    currency: str = "EUR"
    billable: bool = False
    tax: str | None = None
    card: bool = False
    km: str = ""
    days: str = ""
    rate: str = ""
    reason: str = ""
    recovered: bool = True


EXPENSES = (
    Spent(1, "mara", "travel", "Train Hamburg, kick-off", "148.60", billable=True, tax="7"),
    Spent(1, "tom", "travel", "Train Hamburg, kick-off", "148.60", billable=True, tax="7"),
    Spent(2, "mara", "travel", "Hotel, two nights", "264.00", billable=True, tax="7"),
    Spent(2, "tom", "travel", "Per diem, kick-off", "0", days="2"),
    Spent(12, "tess", "travel", "Workshop travel by car", "0", billable=True, km="214"),
    Spent(14, "tom", "expense", "Workshop catering", "318.25", tax="19"),
    Spent(30, "ivo", "licence", "Integration platform, sandbox", "1200.00", "USD", billable=True, card=True),
    Spent(44, "sami", "licence", "Address check service", "640.00", billable=True, tax="19", card=True),
    Spent(58, "mara", "travel", "Design review, flight", "312.90", billable=True, tax="19"),
    Spent(59, "mara", "travel", "Design review, hotel in Zurich", "198.00", "CHF", billable=True, tax="3.8",
          recovered=False),
    Spent(75, "ravi", "licence", "Test management seats", "540.00", tax="19", card=True),
    Spent(90, "ivo", "travel", "ERP vendor workshop, Boston", "864.30", "USD", billable=True, rate="0.9275",
          reason="as charged on the card"),
    Spent(92, "ivo", "travel", "On-site ERP interface", "428.15", billable=True, tax="19"),
    Spent(104, "lena", "subcontract", "Accessibility review of the web shop form", "1850.00", billable=True, tax="19"),
    Spent(112, "nia", "expense", "Microphone for training videos", "129.00", tax="19"),
    Spent(115, "tess", "travel", "Data workshop, hotel in Basel", "176.50", "CHF", billable=True, tax="3.8",
          recovered=False),
    Spent(116, "tom", "travel", "Steering committee, train", "148.60", billable=True, tax="7"),
)  # fmt: skip

# What 1 EUR was in other currencies, from the beginning of the project, a little different each week.
EXCHANGE = (("USD", "1.0842"), ("CHF", "0.9571"), ("GBP", "0.8412"))

OTHER_COSTS = (
    ("travel", "Travel", 3200),
    ("licence", "Tools and services", 4500),
    ("contingency", "Contingency", 6000),
)

SMALL = (
    ("alpina-erp", "Alpina ERP roll-out", "Alpina Sport AG", "CHF", "Europe/Zurich", "CH", "fees", 0.55),
    ("solara-hr", "Solara HR portal", "Solara Hotels", "EUR", "Europe/Madrid", "ES", "hours", 0.25),
)

# Task -> days after its planned finish that were promised; tasks that may not start earlier than planned.
DEADLINES = {"Migration proven": 3, "Acceptance signed": 14}
BOOKED = ("Key user training",)
