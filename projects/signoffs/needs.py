"""What of the sign-offs needs somebody: answers that are overdue."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from projects.kit import needs
from projects.kit.access import Entry
from projects.kit.needs import Need
from projects.planning import today_of
from projects.signoffs.choices import RequestState
from projects.signoffs.models import ResponseRequest

LATELY = timedelta(days=14)


@needs.source
def unanswered(entry: Entry) -> list[Need]:
    """Return what the customer has not answered by its day, and what expired of late. One query."""
    if not entry.can("signoffs.change"):
        return []
    counts = ResponseRequest.objects.filter(project=entry.project).aggregate(
        late=Count("pk", filter=Q(state=RequestState.OPEN, due_on__lt=today_of(entry.project))),
        expired=Count("pk", filter=Q(state=RequestState.EXPIRED, closed_at__gt=timezone.now() - LATELY)),
    )
    url = reverse("responserequest_list", args=[entry.project.code])
    late, expired = counts["late"], counts["expired"]
    return [
        Need(
            "signoffs.late",
            f"answer{'s' if late != 1 else ''} of the customer overdue",
            "watch",
            late,
            f"{url}?state=open",
        ),
        Need(
            "signoffs.expired",
            f"request{'s' if expired != 1 else ''} expired without an answer",
            "trouble",
            expired,
            f"{url}?state=expired",
        ),
    ]
