"""What of the budget is found from anywhere."""

from __future__ import annotations

from budget.models import ChangeRequest
from projects.kit import search

search.register(
    search.Searched(
        key="changes", label="Change requests", model=ChangeRequest, fields=("title", "description"),
        icon="arrows-exchange", permission="changes.view", place="changerequest_detail", order=45, prefix="CR",
    ),
)  # fmt: skip
