"""What the demo's customer needs: forty requirements, in the words of a food wholesaler that gets a new CRM.

A requirement is (title, type, priority, fit, group, part of, hours, statement, criteria). What became of it is said by
`FATES`; everything else was validated and baselined.
"""

from __future__ import annotations

from typing import NamedTuple


class Need(NamedTuple):
    """One requirement; `whole` is the title of what it is part of, `criteria` has one a paragraph."""

    title: str
    kind: str
    priority: str
    fit: str
    group: str
    whole: str
    hours: int
    statement: str
    criteria: tuple[str, ...]


N = Need
NEEDS: tuple[Need, ...] = (
    N("Leads from every channel", "functional", "must", "configure", "Leads", "", 0,
      "The product shall keep every lead in one list, wherever it comes from.",
      ("A lead from the web form, a fair or a call stands in the list within a minute.",)),
    N("Web form leads", "interface", "must", "configure", "Leads", "Leads from every channel", 16,
      "The product shall take a lead from the web form of the shop without anybody typing it.",
      ("Given a form that is sent, when a minute has passed, then the lead is in the list with its source.",)),
    N("Leads from fairs", "functional", "should", "configure", "Leads", "Leads from every channel", 8,
      "The product shall read the leads of a fair from a spreadsheet.",
      ("A sheet of 500 rows is read; rows without a company are refused with their line.",)),
    N("Duplicate leads", "data", "must", "standard", "Leads", "Leads from every channel", 6,
      "The product shall point out a lead whose company or e-mail address is known already.",
      ("Given a known address, when the lead is saved, then the known record is shown first.",)),
    N("Lead scoring", "functional", "could", "customise", "Leads", "Leads from every channel", 40,
      "The product shall order leads by how likely they are to buy.",
      ("The score and what it is made of stand beside each lead.",)),
    N("Campaigns by segment", "functional", "should", "standard", "Leads", "", 12,
      "The product shall send a campaign to customers of chosen segments and regions.",
      ("A campaign to one segment reaches nobody of another.", "Whoever has objected gets nothing.")),
    N("Quotes", "functional", "must", "configure", "Quotes and orders", "", 0,
      "The product shall make a quote from the price list of the customer.",
      ("The prices of a quote are those of the ERP on the day it is made.",)),
    N("Customer prices", "interface", "must", "customise", "Quotes and orders", "Quotes", 32,
      "The product shall read the prices and discounts of a customer from the ERP.",
      ("Given a customer with a scale price, when 120 units are quoted, then the scale's price is used.",)),
    N("Quote approval", "functional", "must", "configure", "Quotes and orders", "Quotes", 10,
      "The product shall hold a quote with more than 12 % discount until a sales manager has released it.",
      ("A quote at 12 % goes out; one at 12.1 % waits.", "Who released it, and when, can be read.")),
    N("Quote as PDF", "report", "must", "configure", "Quotes and orders", "Quotes", 14,
      "The product shall print a quote as a PDF in German or English.",
      ("The PDF carries the letterhead, the terms and the language of the customer.",)),
    N("Quote validity", "functional", "should", "standard", "Quotes and orders", "Quotes", 4,
      "The product shall close a quote that is not answered within its validity.",
      ("After the last day the quote is closed, and the seller is told.",)),
    N("Order from a quote", "functional", "must", "configure", "Quotes and orders", "", 18,
      "The product shall turn an accepted quote into an order of the ERP without typing it again.",
      ("The order in the ERP has the lines, prices and delivery day of the quote.",)),
    N("Delivery dates", "interface", "must", "customise", "Quotes and orders", "Order from a quote", 24,
      "The product shall show the delivery day that the ERP promises while an order is taken.",
      ("The day is shown within 2 seconds for 95 of 100 orders.",)),
    N("Order status for sales", "functional", "should", "configure", "Quotes and orders", "Order from a quote", 8,
      "The product shall show the state of every open order of a customer.",
      ("States: taken, picked, under way, delivered.",)),
    N("Credit limit check", "functional", "must", "customise", "Quotes and orders", "Order from a quote", 24,
      "The product shall hold an order of a customer above the credit limit until finance has released it.",
      ("Given a limit of 10,000 EUR and 9,500 EUR open, when 600 EUR are ordered, then the order waits.",)),
    N("Complaints", "functional", "must", "configure", "Service", "", 0,
      "The product shall keep every complaint from the call to its answer.",
      ("A complaint names the delivery, the article, the batch and who answers it.",)),
    N("Batch tracing", "functional", "must", "customise", "Service", "Complaints", 30,
      "The product shall list every customer who got an article of a batch.",
      ("For a batch of last month the list is complete within 10 seconds.",)),
    N("Photos with a complaint", "functional", "should", "standard", "Service", "Complaints", 4,
      "The product shall take up to 10 photos with a complaint.",
      ("A photo from a phone is kept with the day on which it was taken.",)),
    N("Answer within a day", "functional", "should", "configure", "Service", "Complaints", 8,
      "The product shall warn the service manager when a complaint is not answered within 24 hours.",
      ("After 24 hours on working days the service manager gets one message.",)),
    N("Returns", "functional", "must", "process", "Service", "", 20,
      "The product shall make a return with its label from a complaint.",
      ("A return that is released has a label with its number.",)),
    N("Returns by the driver", "functional", "could", "workaround", "Service", "Returns", 16,
      "The product shall let a driver take a return along without a label.",
      ("The driver's note is found by the number of the delivery.",)),
    N("Service level by customer", "report", "could", "configure", "Service", "", 12,
      "The product shall report how quickly the complaints of a customer are answered.",
      ("The report has the median and the slowest answer of a month.",)),
    N("Visit reports", "functional", "should", "standard", "Field sales", "", 6,
      "The product shall take a visit report on a phone, without a connection, too.",
      ("A report that was written in a cold store is there once the phone is connected again.",)),
    N("Route of the day", "functional", "could", "rejected", "Field sales", "", 48,
      "The product shall plan the route of a seller's visits of a day.",
      ("The order of the visits follows the traffic.",)),
    N("Calendar", "interface", "should", "standard", "Field sales", "", 6,
      "The product shall show visits in the sellers' calendars.",
      ("A visit that is moved in one is moved in the other within 5 minutes.",)),
    N("Pipeline by region", "report", "must", "configure", "Reporting", "", 10,
      "The product shall show the value of open quotes by region, seller and month.",
      ("The sum of the regions is the sum of the sellers, to the cent.",)),
    N("Forecast against target", "report", "should", "configure", "Reporting", "", 12,
      "The product shall show each seller's forecast beside the target of the quarter.",
      ("A target that is changed is used from its first day.",)),
    N("Lost quotes", "report", "should", "standard", "Reporting", "", 4,
      "The product shall report why quotes were lost.",
      ("Every lost quote has one of eight reasons.",)),
    N("Answer times", "performance", "must", "standard", "Qualities", "", 16,
      "The product shall answer 95 of 100 requests within 2 seconds while 120 people work with it.",
      ("Measured over an hour with the load profile of a Monday morning.",)),
    N("Availability", "reliability", "must", "standard", "Qualities", "", 8,
      "The product shall be available 99.5 % of the time from 6:00 to 20:00 on working days.",
      ("Measured by month; announced maintenance counts as not available.",)),
    N("Roles and rights", "security", "must", "configure", "Qualities", "", 16,
      "The product shall show the prices of a customer to that customer's sellers and their managers only.",
      ("A seller of another region finds the customer without its prices.",)),
    N("Single sign-on", "security", "must", "configure", "Qualities", "", 10,
      "The product shall sign people in with their account of the firm.",
      ("Whoever leaves the firm is locked out within 15 minutes.",)),
    N("Deletion of personal data", "constraint", "must", "customise", "Qualities", "", 18,
      "The product shall delete the personal data of a contact 36 months after the last dealing.",
      ("A log tells what was deleted, without the data itself.",)),
    N("Keyboard and contrast", "interaction", "should", "standard", "Qualities", "", 6,
      "The product shall meet WCAG 2.2 AA on the pages of sales and service.",
      ("An audit of 20 pages finds no fault of level A or AA.",)),
    N("Customers from the old system", "migration", "must", "customise", "Migration", "", 40,
      "The product shall hold all active customers and contacts of the old system.",
      ("10,000 records less those left out with a reason are there; every sum by region is equal.",)),
    N("Open quotes from the old system", "migration", "should", "customise", "Migration", "", 16,
      "The product shall hold all quotes that are open on the day of the go-live.",
      ("Number and value by seller are equal on both sides.",)),
    N("History of orders", "migration", "wont", "", "Migration", "", 30,
      "The product shall hold the orders of the last ten years.",
      ("The sum of each year is equal on both sides.",)),
    N("Guides by role", "training", "should", "standard", "Training", "", 12,
      "Every role shall have a guide of at most ten pages in German.",
      ("A seller who has read it takes an order without help.",)),
    N("Chat with the service desk", "functional", "could", "", "Service", "", 36,
      "The product shall be easy to use for chats and fast.",
      ()),
    N("Second language for quotes", "report", "should", "configure", "Quotes and orders", "Quotes", 10,
      "The product shall print quotes in French for customers of the Swiss region.",
      ("A customer of the Swiss region with the language French gets the French PDF.",)),
)  # fmt: skip
# What was not simply validated and baselined.
REJECTED = {
    "Route of the day": "The routes stay in the transport system; an interface would cost more than it saves."
}
DEFERRED = {"History of orders": "Not for this release: the old system stays readable until 2029."}
AT_THE_CUSTOMER = ("Service level by customer", "Returns by the driver", "Second language for quotes")
NOT_AGREED = {
    "Lead scoring": "We do not want a score that nobody can explain to a seller. Please describe how it is made."
}
DRAFTS = ("Chat with the service desk",)
# Signed after the baseline, so that they stand in none yet.
SIGNED_LATER = ("Keyboard and contrast",)
OBSOLETE = {"Guides by role": "The guides are part of the training plan, one for each session."}
IMPLEMENTED = (
    "Leads from every channel", "Leads from fairs", "Duplicate leads", "Web form leads", "Quotes", "Quote approval",
    "Photos with a complaint", "Complaints", "Single sign-on",
)  # fmt: skip
# What somebody looked at in UAT, and how: title -> what they saw.
LOOKED_AT = {
    "Leads from every channel": (
        "demonstration",
        "Build 0.5.0 in UAT: web form, fair and call, all in the list.",
    ),
    "Leads from fairs": (
        "test",
        "Build 0.5.0 in UAT: the autumn fair's 412 rows, 403 in the list, 9 refused by line.",
    ),
    "Duplicate leads": (
        "test",
        "Build 0.5.0 in UAT: twelve known companies and addresses, each pointed out.",
    ),
    "Quotes": (
        "demonstration",
        "Build 0.5.0 in UAT: three quotes of last week written once more by J. Petersen.",
    ),
    "Complaints": ("demonstration", "Build 0.5.0 in UAT: five complaints of last month taken again."),
    "Single sign-on": (
        "inspection",
        "Report of the customer's IT: sign-in and lock-out of two test accounts.",
    ),
}
NOT_MET = {
    "Quote approval": (
        "test",
        "Build 0.5.0 in UAT: a quote with 12.4 % went out unreleased; the limit is rounded up.",
    )
}
# What the customer has accepted since, and with which words.
ACCEPTED = {
    "Leads from every channel": "", "Duplicate leads": "",
    "Leads from fairs": "Please keep the spreadsheet's column order in the guide.",
}  # fmt: skip
# title -> (new statement, why): changed after the customer had signed, and to be signed again.
CHANGED = {
    "Delivery dates": (
        "The product shall show the delivery day and the time window that the ERP promises while an order is taken.",
        "Asked for in the workshop of the warehouse",
    ),
}
WORKSHOPS = (
    ("Leads and campaigns", 20, ("tom", "tess"), "Leads",
     "- Leads come from the shop, from fairs and by phone; three lists today.\n- The fairs' lists are spreadsheets.\n"
     "- Nobody wants to type an address twice.\n- Marketing asks for segments by *assortment*, not by size."),
    ("Quotes and orders", 24, ("tom", "tess"), "Quotes and orders",
     "- Prices live in the ERP and stay there.\n- Discounts above 12 % are released by e-mail today.\n"
     "- Orders above the credit limit are found too late, at picking.\n- Swiss customers ask for French quotes."),
    ("Service and returns", 27, ("tess",), "Service",
     "- Every complaint must lead to the batch; the auditor asks for it.\n"
     "- Drivers take returns along without papers.\n- Photos come by messenger today."),
    ("Reporting", 29, ("tom",), "Reporting",
     "- One pipeline for sales and finance, to the cent.\n- Targets change within a quarter."),
)  # fmt: skip
TERMS = (
    (
        "Batch",
        "All units of an article that were packed on one line on one day; printed on every carton.",
        "Lot",
    ),
    ("Assortment", "The articles that a customer has agreed to buy, with their prices.", "Listing"),
    ("Active customer", "A customer with an order within the last 24 months.", ""),
    ("Return", "Goods that come back with a number, before it is decided what becomes of them.", "RMA"),
    ("Seller", "Whoever of the field or of the inside sales looks after a customer.", "Account manager"),
)
# (goal, how it is measured, today, target, unit, when, who answers for it, groups of requirements that serve it)
GOALS = (
    ("No lead waits longer than a day", "Share of leads with a first call within 24 hours, over a month.",
     41, 95, "%", "three months after go-live", "carla", ("Leads",)),
    ("A quote goes out within the hour", "Median from the request to the quote that is sent, in working hours.",
     390, 60, "minutes", "three months after go-live", "mara", ("Quotes and orders",)),
    ("Complaints are answered the same day", "Share of complaints with an answer before the day ends.",
     58, 90, "%", "six months after go-live", "carla", ("Service", "Field sales")),
    ("One pipeline that everybody believes", "Sales and finance report the same figure at the end of a month.",
     None, None, "", "the first close after go-live", "tess", ("Reporting",)),
    ("The old system is switched off", "Users who still signed in to it within the last 30 days.",
     164, 0, "users", "the end of the year", "mara", ("Migration", "Training")),
    ("A follow-up order for the warehouse", "Signed within a year of go-live.",
     None, 1, "order", "", "mara", ()),
)  # fmt: skip
# (question, who answers, days from today, workshop, requirement, answer)
QUESTIONS = (
    ("Which roles may see purchase prices?", "carla", -3, "Quotes and orders", "Roles and rights", ""),
    ("Does the French quote need the terms in French, too?", "carla", 5, "Quotes and orders",
     "Second language for quotes", ""),
    ("How many photos does a complaint have at most today?", "tess", -60, "Service and returns",
     "Photos with a complaint", "Never more than six in the last year."),
)  # fmt: skip
