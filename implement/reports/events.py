"""The names of what happens to reports, and their sentences."""

from __future__ import annotations

from projects.kit.journal import Event, register

register(
    Event("report.requested", "asked for the"),
    Event("report.made", "made the"),
    Event("report.failed", "could not make the"),
    Event("report.text_changed", "edited the text of the"),
    Event("report.approve", "approved the"),
    Event("report.reopen", "took back the approval of the"),
    Event("report.retry", "asked again for the"),
    Event("report.supersede", "replaced the"),
    Event("report.published", "published the", is_shared=True),
    Event("report.sending", "sent out the"),
    Event("report.delivered", "delivered the"),
    Event("reportdelivery.again", "sent again the"),
)
