"""The names of what happens to requests and decisions, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("responserequest.sent", "asked the customer:", is_reported=False),
    Event("responserequest.reminded", "sent a reminder:", is_reported=False),
    Event("responserequest.withdrawn", "withdrew the request", is_reported=False),
    Event("responserequest.expired", "closed for want of an answer:", is_reported=False),
    Event("responserequest.outdated", "closed, for it was changed since:", is_reported=False),
    Event("responserequest.answered", "recorded the customer's answer:", is_reported=False),
    Event("decision.revoked", "revoked the answer to", is_reported=False),
    Event("milestone.accepted", "accepted the milestone", is_shared=True),
    Event("milestone.rejected", "did not accept the milestone", is_shared=True),
)
