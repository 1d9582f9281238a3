"""The names of what happens to requirements beyond the plain verbs, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("requirement.asked", "asked the customer to validate", is_reported=False),
    Event("requirement.validated", "validated", is_shared=True),
    Event("requirement.rejected", "did not agree with", is_shared=True),
    Event("requirement.recalled", "took back from the customer", is_reported=False),
    Event("requirement.revoked", "revoked the validation of"),
    Event("requirement.baselined", "baselined", is_reported=False),
    Event("requirement.implement", "marked as implemented"),
    Event("requirement.unmake", "found not to be implemented after all:"),
    Event("requirement.verify", "marked as verified"),
    Event("requirement.unprove", "found not to be verified after all:"),
    Event("requirement.found_met", "checked, and found met:"),
    Event("requirement.found_unmet", "checked, and found not met:"),
    Event("requirement.offered", "asked the customer to accept", is_reported=False),
    Event("requirement.accepted", "accepted", is_shared=True),
    Event("requirement.refused", "did not accept", is_shared=True),
    Event("requirementbaseline.taken", "took the"),
    Event("requirement.placed", "placed the requirement", is_reported=False),
    Event("release.begin", "began the release"),
    Event("release.release", "handed over the release"),
    Event("release.drop", "dropped the release"),
    Event("release.reopen", "opened again the release", is_reported=False),
    Event("release.resume", "planned again the release", is_reported=False),
    Event("release.moved", "moved the release", is_reported=False),
    Event("taskreason.added", "said why a task needs no requirement:", is_reported=False),
    Event("taskreason.changed", "said anew why a task needs no requirement:", is_reported=False),
    Event("taskreason.deleted", "took back why a task needs no requirement:", is_reported=False),
)
