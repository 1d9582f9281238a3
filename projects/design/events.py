"""The names of what happens in the design beyond the plain verbs, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("designelement.submitted", "asked for a review of", is_reported=False),
    Event("designelement.recall", "took back to the draft", is_reported=False),
    Event("designelement.reviewed", "reviewed and approved"),
    Event("designelement.returned", "wants changes in"),
    Event("designelement.asked", "asked the customer to approve", is_reported=False),
    Event("designelement.signed", "approved", is_shared=True),
    Event("designelement.rejected", "did not agree with", is_shared=True),
    Event("designelement.recalled", "took back from the customer", is_reported=False),
    Event("designelement.revoked", "revoked the approval of"),
    Event("designelement.approved", "completed the approval of"),
    Event("designelement.superseded", "superseded"),
    Event("designelement.resume", "took up again"),
    Event("architecturedecision.accept", "accepted"),
    Event("architecturedecision.reject", "rejected"),
    Event("architecturedecision.reopen", "proposed again"),
    Event("architecturedecision.superseded", "superseded"),
    Event("designfeedback.received", "commented on the design", is_reported=False),
    Event("designfeedback.answered", "answered the feedback"),
    Event("designfeedback.closed", "closed the feedback"),
    Event("designfeedback.reopened", "opened again the feedback"),
)
