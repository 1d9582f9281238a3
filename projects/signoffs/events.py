"""The names of what happens to requests and decisions, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("responserequest.sent", "asked the customer:"),
    Event("responserequest.reminded", "sent a reminder:"),
    Event("responserequest.withdrawn", "withdrew the request"),
    Event("responserequest.expired", "closed for want of an answer:"),
    Event("responserequest.outdated", "closed, for it was changed since:"),
    Event("responserequest.answered", "recorded the customer's answer:"),
    Event("decision.revoked", "revoked the answer to"),
    Event("milestone.accepted", "accepted the milestone", is_shared=True),
    Event("milestone.rejected", "did not accept the milestone", is_shared=True),
)
