"""The names of what happens to build items beyond the plain verbs, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("builditem.start", "started", is_reported=False),
    Event("builditem.submit", "sent to review", is_reported=False),
    Event("builditem.finish", "built"),
    Event("builditem.back", "sent back", is_reported=False),
    Event("builditem.reopen", "reopened"),
    Event("builditem.blocked", "blocked"),
    Event("builditem.unblocked", "unblocked"),
    Event("builditem.ticked", "ticked a criterion of done of", is_reported=False),
    Event("builditem.unticked", "took back a tick of", is_reported=False),
    Event("builditem.deployed", "deployed", is_reported=False),
    Event("builditem.verified", "verified"),
    Event("builditem.deviated", "found a deviation in"),
    Event("builditem.referenced", "linked code to", is_reported=False),
    Event("promotion.made", "promoted"),
    Event("inboundhook.revoked", "revoked the hook", is_reported=False),
)
