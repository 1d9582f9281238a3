"""The names of what happens to requirements beyond the plain verbs, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("requirement.asked", "asked the customer to validate", is_reported=False),
    Event("requirement.validated", "validated", is_shared=True),
    Event("requirement.rejected", "did not agree with", is_shared=True),
    Event("requirement.recalled", "took back from the customer", is_reported=False),
    Event("requirement.revoked", "revoked the validation of"),
    Event("requirementbaseline.taken", "took the"),
)
