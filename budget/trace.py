"""Change requests on the thread: which requirements they change."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_noop as noop

from budget.choices import ChangeState
from budget.models import ChangeRequest
from projects.kit import trace
from projects.kit.trace import End, LinkType

trace.register_end(
    End(
        kind="change",
        model=ChangeRequest,
        label="Change request",
        plural=noop("Change requests"),
        place="changerequest_detail",
        permission="changes.view",
        order=90,
        # Most requirements are never changed: one without is no hole.
        is_wanted=False,
        done=Q(status__in=[ChangeState.IMPLEMENTED, ChangeState.CLOSED]),
        out=Q(status__in=[ChangeState.REJECTED, ChangeState.WITHDRAWN]),
        search=("title", "description"),
    )
)
trace.register_type(LinkType("changes", "change", "requirement", "changes", "is changed by"))
