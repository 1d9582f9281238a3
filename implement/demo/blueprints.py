"""How the demo's CRM is designed: sixteen elements, five decisions, and what each quality must reach.

An element is (title, type, owner, part of, what it satisfies, purpose, description, diagram, notes); what became of it
is said below, everything else was reviewed and signed.
"""

from __future__ import annotations

from typing import NamedTuple


class Blueprint(NamedTuple):
    """One design element; `whole` is the title of what it is part of, `needs` are titles of requirements."""

    title: str
    kind: str
    owner: str
    whole: str
    needs: tuple[str, ...]
    purpose: str
    description: str
    diagram: str = ""
    notes: str = ""


B = Blueprint
GATEWAY = """// What asks the ERP, and how
subgraph cluster_crm { label="CRM"; quote; order; }
quote [label="Quote workbench"]
order [label="Order entry"]
gateway [label="ERP gateway"]
queue [label="Order queue"]
erp [label="ERP", shape=cylinder]
quote -> gateway [label="prices, discounts"]
order -> queue [label="accepted quotes"]
queue -> gateway
gateway -> erp [label="OData, one user a seller"]
"""
LANDSCAPE = """digraph {
  subgraph cluster_prod {
    label="Production, two halls"
    lb [label="Load balancer"]
    app1 [label="CRM 1"]
    app2 [label="CRM 2"]
    db [label="Database", shape=cylinder]
    standby [label="Standby", shape=cylinder]
  }
  subgraph cluster_test {
    label="Test"
    test [label="CRM"]
    copy [label="Copy without names", shape=cylinder]
  }
  lb -> app1; lb -> app2; app1 -> db; app2 -> db; test -> copy
  db -> standby [label="every second", style=dashed]
  db -> copy [label="each Sunday", style=dashed]
}
"""
ELEMENTS: tuple[Blueprint, ...] = (
    B("Lead list", "component", "tom", "",
      ("Leads from every channel", "Leads from fairs", "Duplicate leads"),
      "One list for every lead, whatever channel it comes from, with duplicates shown before they are saved.",
      "- Each lead has a **source**, an owner and a state.\n- A lead is compared by company name, e-mail address and "
      "telephone number; above a likeness of 85 % the known record is shown first.\n- Sheets of fairs are read with a "
      "mapping that is kept for each fair."),
    B("Web form connector", "integration", "tom", "Lead list", ("Web form leads",),
      "Takes the forms of the web shop over as leads, without anybody typing them.",
      "The shop calls the CRM with a signed request. What cannot be read waits in a queue and is shown to marketing; "
      "nothing is lost. A form is in the list within a minute."),
    B("Nightly price copy", "integration", "tess", "", ("Customer prices",),
      "Copies all prices and discounts of the ERP into the CRM every night.",
      "A file of about 400,000 rows is read at two o'clock; sellers quote with yesterday's prices."),
    B("ERP gateway", "integration", "tess", "", ("Customer prices", "Order from a quote", "Order status for sales"),
      "The one way from the CRM to the ERP: prices, orders and their states.",
      "- **Prices** are asked for when a quote is made, and kept with it.\n- **Orders** go through a queue: when the "
      "ERP is away, they wait in their order.\n- Each seller asks with their own user of the ERP, so that its rights "
      "hold.\n- A call that takes longer than 1.5 seconds is given up and shown as such.", GATEWAY,
      "The licence for OData is with Nordwind's IT until the end of the year; Tess asks in October."),
    B("Delivery promise", "integration", "tess", "ERP gateway", ("Delivery dates",),
      "Shows the delivery day that the ERP promises while an order is taken.",
      "The day is asked for with the first line of an order and again when a line changes."),
    B("Quote workbench", "component", "tom", "", ("Quotes", "Quote approval", "Quote validity"),
      "Where sellers make quotes, and sales managers release those with much discount.",
      "A quote above 12 % discount cannot be sent before it is released; the release names who and when. After its "
      "last day a quote is closed by a job of the night."),
    B("Quote print", "report", "tom", "Quote workbench", ("Quote as PDF",),
      "The quote as a PDF with letterhead, in the language of the customer.",
      "One template with texts in German and English; terms come from the library of the legal department."),
    B("Credit hold", "component", "tess", "ERP gateway", ("Credit limit check",),
      "Holds an order of a customer above the credit limit until finance has released it.",
      "The open amount is asked from the ERP when the order is taken. A held order is in a list of finance, who "
      "release it with a reason or send it back."),
    B("Complaint file", "component", "tess", "",
      ("Complaints", "Photos with a complaint", "Answer within a day"),
      "Everything about a complaint in one place, from the call to the answer.",
      "Delivery, article, batch, photos and who answers. After 24 hours of working days without an answer the service "
      "manager gets one message."),
    B("Batch index", "data", "tess", "Complaint file", ("Batch tracing",),
      "Which customer got which batch, ready to be asked within seconds.",
      "One row for each delivery line and batch, kept for 24 months, filled from the ERP's goods issues each hour."),
    B("Return with label", "component", "lena", "Complaint file", ("Returns",),
      "Makes a return from a complaint, with a number and a label.",
      "Released by the service desk; the label is printed at the customer or taken along by the driver. The ERP is "
      "told when the goods are back."),
    B("Pipeline report", "report", "tom", "",
      ("Pipeline by region", "Forecast against target", "Lost quotes"),
      "One pipeline for sales and finance: open quotes by region, seller and month, to the cent.",
      "Read from the quotes each hour; targets are valid from a day on. Every sum of regions is the sum of the "
      "sellers."),
    B("Sellers see their region", "role", "tom", "", ("Roles and rights",),
      "Who sees which customers and their prices.",
      "| role | customers | prices |\n|---|---|---|\n| seller | all | of their region |\n| sales manager | all | all "
      "|\n| service | all | none |"),
    B("Sign-in with the firm's account", "role", "ivo", "", ("Single sign-on",),
      "People sign in with the account that they have already; whoever leaves is locked out.",
      "OpenID Connect against Nordwind's directory. Sessions end after ten minutes when the account is blocked."),
    B("Servers and halls", "environment", "ivo", "", ("Availability", "Answer times"),
      "Where the CRM runs, so that a hall may fail.",
      "Two application servers behind a balancer, a database with a standby in the other hall, and a test system with "
      "a copy without names.", LANDSCAPE, "Sized for 150 people; the contract says 120."),
    B("Deletion run", "component", "lena", "", ("Deletion of personal data",),
      "Deletes the personal data of contacts 36 months after the last dealing.",
      "A run on the first of a month, with a list of what would go a week before."),
)  # fmt: skip
REVIEWERS = {"tom": "tess", "tess": "tom", "ivo": "tess", "lena": "tom"}
# Nothing of it is signed by the customer.
INTERNAL = ("Servers and halls",)
DRAFTS = ("Deletion run",)
IN_REVIEW = ("Return with label",)
AT_THE_CUSTOMER = ("Credit hold",)
# Sent back by one of us first, then put right: title -> (what the first version said of how it works, the comment).
SENT_BACK = {
    "Quote workbench": (
        "A quote above 12 % discount cannot be sent before it is released.",
        "Say who releases and what happens with a quote that nobody answers.",
    )
}
# title -> the comment with the approval, our answer.
NOTED = {
    "Quote print": (
        "Please put the terms on a page of their own; our customers file them apart.",
        "Done: the terms begin on a new page, with the number of the quote in the foot.",
    ),
    "Pipeline report": ("Finance would like to have the sums as a spreadsheet, too.", ""),
}
NOT_AGREED = {
    "Batch index": "The auditor asks for the supplier's batch beside ours. Please keep both, and for 36 months."
}
# (element, who of the customer, what was said, our answer): noted down by us in a meeting.
SAID = (
    ("Complaint file", "Drivers would like to take a photo themselves.",
     "They can, from the second release on: the app of the drivers is not part of this one."),
)  # fmt: skip
# title -> (new description, why): changed after both sides had approved it.
CHANGED = {
    "Delivery promise": (
        "The day **and the time window** are asked for with the first line of an order and again when a line changes.",
        "The requirement asks for the time window since the workshop of the warehouse",
    )
}
SUPERSEDED = ("Nightly price copy", "ERP gateway", "Quotes with yesterday's prices were refused in the pilot")


class Choice(NamedTuple):
    """One architecture decision; `needs` and `shapes` are titles of requirements and design elements."""

    title: str
    by: str
    needs: tuple[str, ...]
    shapes: tuple[str, ...]
    context: str
    options: str
    decision: str
    consequences: str


DECISIONS = (
    Choice("Copy prices from the ERP every night", "tess", ("Customer prices",), ("Nightly price copy",),
           "Sellers need the prices of their customer. The ERP is closed from 22:00 to 5:00.",
           "1. Copy every night: simple, a day old.\n2. Ask when needed: always right, needs the ERP.",
           "We copy every night.", "Prices of a quote may be a day old."),
    Choice("One lead list for all channels", "tom", ("Leads from every channel",), ("Lead list", "Web form connector"),
           "Leads stand in three lists today; two sellers called the same customer.",
           "1. One list with a source.\n2. A list a channel, compared each night.",
           "We keep one list; the source is a field of the lead.",
           "Every channel needs an owner who looks after its leads. Duplicates are found at once."),
    Choice("Ask the ERP for prices when they are needed", "tess", ("Customer prices", "Delivery dates"),
           ("ERP gateway", "Delivery promise", "Credit hold"),
           "In the pilot every seventh quote was refused: its prices were those of the day before.",
           "1. Copy every hour: 24 times the load, still an hour old.\n2. Ask when needed, and keep the answer with "
           "the quote.", "We ask the ERP while a quote is made, with a limit of 1.5 seconds.",
           "Without the ERP no new quote can be made. The gateway has to be watched like the CRM itself."),
    Choice("Sign in through the firm's directory", "ivo", ("Single sign-on",), ("Sign-in with the firm's account",),
           "People have six passwords. Whoever leaves must be locked out within 15 minutes.",
           "1. OpenID Connect.\n2. SAML: the directory can do it, the app of the field cannot.\n3. Own passwords.",
           "We take OpenID Connect.", "The directory has to be there for anybody to sign in."),
    Choice("Keep photos outside of the database", "lena", ("Photos with a complaint",), ("Complaint file",),
           "About 40,000 photos a year, 3 MB each.",
           "1. In the database: one backup.\n2. In an object store: cheap, a second backup.",
           "We keep them in an object store in the same two halls.", "Backups of both have to be taken together."),
)  # fmt: skip
# title of the one that was replaced, title of the one that took its place, why.
REPLACED = (
    "Copy prices from the ERP every night",
    "Ask the ERP for prices when they are needed",
    "The pilot has shown that prices of the day before are refused",
)
PROPOSED = ("Keep photos outside of the database",)
# (requirement, metric, at most or at least, target, threshold, unit, load profile, test, days from today, owner)
TARGETS = (
    ("Answer times", "Time to open a customer", "lte", "2", "3", "s", "120 people, Monday from 8 to 9",
     "Load test with the recorded steps of a Monday morning, 95th percentile of an hour.", 21, "ravi"),
    ("Answer times", "Time to save an order", "lte", "2", "2.5", "s", "120 people, Monday from 8 to 9",
     "The same load test; with the ERP of the test system behind it.", 21, "ravi"),
    ("Availability", "Available from 6 to 20 on working days", "gte", "99.5", "99.2", "%", "A month of working days",
     "Probe from outside every minute, read from the monitoring at the end of the pilot.", 35, "ivo"),
    ("Single sign-on", "Time until a blocked account is out", "lte", "10", "15", "min", "",
     "Block a test account while it is signed in, and measure on five clients.", 14, "ivo"),
    ("Roles and rights", "Prices of another region that can be seen", "lte", "0", "", "prices", "",
     "Read lists, search, exports and the API as a seller of each region.", None, "ravi"),
)  # fmt: skip
