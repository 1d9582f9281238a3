"""The names of what happens to hours and money, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("alert.raised", "raised the alert"),
    Event("alert.found", "found a figure beyond its line:"),
    Event("alert.cleared", "cleared the alert"),
    Event("alert.reopened", "found again, within a day, the alert"),
    Event("alert.escalated", "escalated the alert"),
    # Of each of them it is told already.
    Event("alert.escalated_many", "escalated alerts that nobody acknowledged, on", is_reported=False),
    Event("alert.planned", "planned an action for the alert"),
    Event("alert.acknowledge", "acknowledged the alert"),
    Event("alert.resolve", "resolved the alert"),
    *(
        Event(f"changerequest.{step}", f"{verb} the change request", is_reported=False)
        for step, verb in (
            ("analyse", "began to work out"),
            ("review", "handed in for review"),
            ("rework", "took back to the analysis"),
            ("close", "closed"),
            ("recalled", "took back from the customer"),
        )
    ),
    *(
        Event(name, verb, is_reported=False)
        for name, verb in (
            ("whatif.added", "began the what-if"),
            ("whatif.changed", "changed the what-if"),
            ("whatif.trashed", "threw away the what-if"),
            ("whatif.restored", "took back the what-if"),
            ("whatif.discard", "discarded the what-if"),
            ("whatif.resume", "took up again the what-if"),
            ("whatif.turned", "made a change request of the what-if"),
            ("whatif.levelled", "had the plan levelled as the what-if"),
            ("difference.added", "wrote down in a what-if"),
            ("difference.changed", "changed in a what-if"),
            ("difference.deleted", "took back in a what-if"),
        )
    ),
    Event("whatif.accepted", "accepted into the plan the what-if"),
    Event("changerequest.submit", "submitted the change request"),
    Event("changerequest.asked", "asked the customer to decide the change request"),
    Event("changerequest.withdraw", "withdrew the change request"),
    Event("changerequest.implemented", "implemented the change request"),
    Event("changerequest.revoked", "reopened the change request, its approval was revoked:"),
    Event("changerequest.approved", "approved the change request", is_shared=True),
    Event("changerequest.rejected", "rejected the change request", is_shared=True),
    Event("changerequest.deferred", "deferred the change request", is_shared=True),
    *(
        Event(f"{model}.{verb}", f"{verb} the {noun}", is_reported=False)
        for model, noun in (
            ("invoicerun", "invoice run"),
            ("commitment", "order"),
            ("commitmentpart", "invoice of an order:"),
            ("costcontrol", "lines of"),
            ("reserverelease", "wish for a release"),
            ("contract", "contract"),
        )
        for verb in ("added", "changed", "deleted")
    ),
    Event("estimate.added", "said what remains:", is_reported=False),
    Event("commitment.close", "settled the order"),
    Event("commitment.cancel", "cancelled the order"),
    Event("commitment.reopen", "reopened the order", is_reported=False),
    Event("reserverelease.released", "released from a reserve:"),
    Event("reserverelease.declined", "declined the release", is_reported=False),
    Event("invoicerun.finalise", "handed over to be invoiced"),
    Event("invoicerun.void", "made void"),
    Event("invoicerun.printed", "had the statement made of", is_reported=False),
    Event("timesheet.submitted", "submitted a week of hours of"),
    Event("time.approved", "approved hours of"),
    Event("time.rejected", "rejected hours of"),
    Event("time.passed", "approved at the first level hours of"),
    Event("expenses.passed", "approved at the first level expenses of"),
    Event("timesheet.missing", "asks for the missing hours of", is_reported=False),
    Event("timesheet.waiting", "asks for a decision on hours that wait:", is_reported=False),
    Event("timeentry.reversed", "reversed the time entry"),
    Event("timeentry.replaced", "booked the right hours in place of the time entry"),
    Event("expense.reversed", "reversed the expense"),
    Event("expense.replaced", "booked the right expense in place of"),
    Event("timeentry.split", "split the time entry", is_reported=False),
    Event("closedperiod.closed", "closed the period"),
    Event("closedperiod.reopened", "reopened the period"),
    Event("timerules.changed", "changed the time rules", is_reported=False),
    Event("timerules.added", "set the time rules", is_reported=False),
    Event("expenses.approved", "approved expenses of"),
    Event("expenses.rejected", "rejected expenses of"),
    Event("expenses.in_run", "put into a payment run expenses of", is_reported=False),
    Event("expenses.out_of_run", "took out of a payment run expenses of", is_reported=False),
    Event("expenses.reimbursed", "reimbursed expenses of", is_reported=False),
    *(
        Event(f"{model}.{step}", f"{verb} the {noun}")
        for model, noun in (("timeentry", "time entry"), ("expense", "expense"))
        for step, verb in (
            ("submit", "submitted"),
            ("withdraw", "withdrew"),
            ("approve", "approved"),
            ("reject", "rejected"),
            ("reopen", "reopened"),
        )
    ),
)
