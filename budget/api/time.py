"""Hours and the rates they are priced at."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import viewsets

from budget.filtersets import time as filtersets
from budget.models import RateCard, TimeEntry
from budget.services import rates as rate_services
from budget.services import time as time_services
from budget.workflows import TIME_WORKFLOW
from implement.core.errors import DomainError
from projects.kit.rest import PROJECT, ProjectModelViewSet, RowSerializer, WorkflowActions

DECIDED = ["status", "submitted_at", "decided_at", "decision_note"]


class WorkedSerializer(RowSerializer):
    """What hours and expenses share. Without a person it is the sender's own."""

    hidden_without = {
        "cost": "cost.view",
        "cost_rate": "cost.view",
        "bill": "money.view",
        "bill_rate": "money.view",
    }

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["person"].required = False
        return fields


class TimeEntrySerializer(WorkedSerializer):
    class Meta:
        model = TimeEntry
        fields = [
            "id",
            "version",
            "person",
            "task",
            "worked_on",
            "seconds",
            "started_at",
            "is_billable",
            "note",
            *DECIDED,
            "cost_rate",
            "bill_rate",
            "cost",
            "bill",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [*DECIDED, "cost_rate", "bill_rate", "cost", "bill"]


class RateCardSerializer(RowSerializer):
    hidden_without = {"cost_rate": "cost.view", "bill_rate": "money.view"}

    class Meta:
        model = RateCard
        fields = [
            "id",
            "version",
            "person",
            "job_role",
            "effective_from",
            "cost_rate",
            "bill_rate",
            "created_at",
            "updated_at",
        ]


class WorkedViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """One's own rows; everybody's with the grant to see all."""

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        rows = super().visible(queryset)
        return rows if self.entry.can(f"{self.room}.view_all") else rows.filter(person__user=self.entry.user)

    def permission_of(self, action_name: str | None) -> str:
        # A step asks for its own permission; who may see the row may knock.
        if action_name == "steps":
            return f"{self.room}.view"
        verb = "view" if action_name in {"list", "retrieve"} else "log"
        return f"{self.room}.{verb}"

    def blank(self) -> Any:
        model = self.get_queryset().model
        return (
            model(project=self.entry.project, person=self.entry.person)
            if self.entry.person
            else model(project=self.entry.project)
        )

    def own(self, row: Any) -> Any:
        """Return the row; raise DomainError when it is nobody's."""
        if row.person_id is None:
            raise DomainError(
                "Say whose this is.", fields={"person": "You are not on the project yourself: name a person."}
            )
        return row


class TimeEntryViewSet(WorkedViewSet):
    """Time worked by one person on one day, in seconds."""

    queryset = TimeEntry.objects.select_related("project", "person", "task")
    serializer_class = TimeEntrySerializer
    filterset_class = filtersets.TimeEntryFilterSet
    ordering_fields = ("worked_on", "seconds", "created_at")
    ordering = ("-worked_on", "-pk")
    room = "time"
    workflow = TIME_WORKFLOW

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return time_services.time_save(
            entry=self.own(row), access=self.entry, expected_version=expected_version
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        time_services.time_delete(entry=row, access=self.entry, expected_version=expected_version)


class RateCardViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Cost and bill rates from a date on. A change reprices what is not approved."""

    queryset = RateCard.objects.select_related("project", "person")
    serializer_class = RateCardSerializer
    filterset_class = filtersets.RateCardFilterSet
    ordering_fields = ("effective_from", "created_at")
    room = "rates"

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return rate_services.rate_save(card=row, actor=self.request.user, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        rate_services.rate_delete(card=row, actor=self.request.user, expected_version=expected_version)


ROUTES = [
    (PROJECT + "time-entries", TimeEntryViewSet, "api-time-entry"),
    (PROJECT + "rate-cards", RateCardViewSet, "api-rate-card"),
]
