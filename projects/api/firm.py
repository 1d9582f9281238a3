"""Customers and people of the whole firm."""

from __future__ import annotations

from typing import Any

from rest_framework import viewsets

from implement.core.filters import BaseFilterSet
from projects import services
from projects.api.calendars import CalendarFilterSet, WeekSerializer
from projects.kit.rest import FirmModelViewSet, RowSerializer
from projects.models import Customer, Person, WorkCalendar


class CustomerFilterSet(BaseFilterSet):
    search_fields = ("name",)

    class Meta:
        model = Customer
        fields: list[str] = []


class PersonFilterSet(BaseFilterSet):
    search_fields = ("name", "email", "job_role")

    class Meta:
        model = Person
        fields = ["customer", "is_active"]


class CustomerSerializer(RowSerializer):
    class Meta:
        model = Customer
        fields = ["id", "version", "name", "website", "notes", "created_at", "updated_at"]


class PersonSerializer(RowSerializer):
    class Meta:
        model = Person
        fields = [
            "id",
            "version",
            "name",
            "email",
            "customer",
            "job_role",
            "calendar",
            "weekly_hours",
            "is_active",
            "created_at",
            "updated_at",
        ]


class CustomerViewSet(FirmModelViewSet, viewsets.ModelViewSet):
    """Organisations for which projects are run; for administrators."""

    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilterSet
    ordering_fields = ("name", "created_at")


class PersonViewSet(FirmModelViewSet, viewsets.ModelViewSet):
    """People of the firm and of its customers; for administrators."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    filterset_class = PersonFilterSet
    ordering_fields = ("name", "created_at")

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.person_save(person=row, actor=self.request.user, expected_version=expected_version)


class FirmCalendarViewSet(FirmModelViewSet, viewsets.ModelViewSet):
    """Working calendars that every project and person may use; for administrators. A change reschedules plans."""

    queryset = WorkCalendar.objects.of_firm()
    serializer_class = WeekSerializer
    filterset_class = CalendarFilterSet
    ordering_fields = ("name", "created_at")

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.firm_calendar_save(
            calendar=row, actor=self.request.user, expected_version=expected_version
        )
