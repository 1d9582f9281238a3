"""Projects, who is on them, what happened in them, and the work that workers do for them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import models
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.filters import BaseFilterSet, DateFromFilter, DateToFilter
from projects import services
from projects.choices import JobState, Phase, ProjectStatus
from projects.filtersets import MembershipFilterSet
from projects.kit import jobs
from projects.kit.access import require_firm, visible_projects
from projects.kit.rest import (
    IDEMPOTENCY,
    IF_MATCH,
    ProjectModelViewSet,
    ProjectScope,
    ReadOnlyProjectViewSet,
    RowSerializer,
)
from projects.kit.rest.viewsets import Reading, Writing
from projects.models import Job, JournalEntry, Membership, Person, Project


class ProjectFilterSet(BaseFilterSet):
    search_fields = ("name", "code", "customer__name")

    status = django_filters.ChoiceFilter(choices=ProjectStatus.choices)
    phase = django_filters.ChoiceFilter(choices=Phase.choices)

    class Meta:
        model = Project
        fields = ["status", "phase"]


class ProjectSerializer(RowSerializer):
    customer_name = serializers.CharField(source="customer.name", read_only=True)

    class Meta:
        model = Project
        fields = [
            "id",
            "version",
            "code",
            "name",
            "customer",
            "customer_name",
            "description",
            "phase",
            "status",
            "starts_on",
            "ends_on",
            "currency",
            "time_zone",
            "calendar",
            "customer_budget",
            "progress_rule",
            "data_date",
            "scheduled_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["status", "scheduled_at"]


class ProjectChangeSerializer(ProjectSerializer):
    """Code and customer are chosen once: addresses and access hang on them."""

    class Meta(ProjectSerializer.Meta):
        read_only_fields = [*ProjectSerializer.Meta.read_only_fields, "code", "customer"]


class ProjectCreateSerializer(ProjectSerializer):
    manager = serializers.PrimaryKeyRelatedField(
        queryset=Person.objects.filter(customer=None, is_active=True),
        write_only=True,
        required=False,
        help_text="The project manager, who becomes the first member.",
    )

    class Meta(ProjectSerializer.Meta):
        fields = [*ProjectSerializer.Meta.fields, "manager"]


@extend_schema_view(
    create=extend_schema(
        request=ProjectCreateSerializer, responses={201: ProjectSerializer}, parameters=[IDEMPOTENCY]
    ),
    update=extend_schema(request=ProjectChangeSerializer, responses=ProjectSerializer, parameters=[IF_MATCH]),
    partial_update=extend_schema(
        request=ProjectChangeSerializer, responses=ProjectSerializer, parameters=[IF_MATCH]
    ),
)
class ProjectViewSet(
    Writing, ProjectScope, Reading, mixins.CreateModelMixin, mixins.UpdateModelMixin, viewsets.GenericViewSet
):
    """Projects: the list holds those in which you are; a new one is an administrator's."""

    queryset = Project.objects.select_related("customer")
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilterSet
    ordering_fields = ("name", "code", "starts_on", "created_at")
    lookup_field = "code"
    lookup_url_kwarg = "project"
    lookup_value_regex = r"[a-z0-9][a-z0-9-]*"
    room = "project"
    permissions = {"create": "project.add"}

    def knock(self, request: Request, permission: str, kwargs: dict[str, Any]) -> None:
        if "project" in kwargs:
            super().knock(request, permission, kwargs)
        elif permission != "project.view":
            require_firm(request.user, permission)

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(pk__in=visible_projects(self.request.user).values("pk"))

    def get_serializer_class(self) -> Any:
        if self.action == "create" and self.request.method == "POST":
            return ProjectCreateSerializer
        return ProjectChangeSerializer if self.action in {"update", "partial_update"} else ProjectSerializer

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.project_change(
            project=row, actor=self.request.user, expected_version=expected_version
        )

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        manager = asked.validated_data.pop("manager", None)
        project = services.project_create(
            project=Project(**asked.validated_data), manager=manager, actor=request.user
        )
        return Response(
            ProjectSerializer(project, context=self.get_serializer_context()).data,
            status=status.HTTP_201_CREATED,
            headers={"ETag": f'"{project.version}"'},
        )


class MemberSerializer(RowSerializer):
    name = serializers.CharField(source="person.name", read_only=True)
    email = serializers.EmailField(source="person.email", read_only=True)

    class Meta:
        model = Membership
        fields = [
            "id",
            "version",
            "person",
            "name",
            "email",
            "role",
            "title",
            "is_approver",
            "is_active",
            "created_at",
            "updated_at",
        ]

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        entry = getattr(self.context.get("view"), "entry", None)
        if entry is not None:
            # Who may join: the firm's people and this customer's, not another customer's.
            ours = models.Q(customer=None) | models.Q(customer=entry.project.customer_id)
            fields["person"].queryset = Person.objects.filter(ours, is_active=True)
        return fields


class MemberViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Who is on the project, and what they may do there."""

    queryset = Membership.objects.select_related("person")
    serializer_class = MemberSerializer
    filterset_class = MembershipFilterSet
    ordering_fields = ("role", "created_at")
    room = "members"


class JournalFilterSet(django_filters.FilterSet):
    action = django_filters.CharFilter(max_length=60)
    target_type = django_filters.CharFilter(max_length=60)
    target_id = django_filters.CharFilter(max_length=40)
    since = DateFromFilter(field_name="at__date", label="From")
    until = DateToFilter(field_name="at__date", label="To")

    class Meta:
        model = JournalEntry
        fields = ["action", "target_type", "target_id"]


class JournalSerializer(serializers.ModelSerializer):
    changes = serializers.DictField(
        child=serializers.ListField(), read_only=True, help_text="Field: [before, after]."
    )

    class Meta:
        model = JournalEntry
        fields = [
            "id",
            "at",
            "actor_name",
            "action",
            "target_type",
            "target_id",
            "target_label",
            "changes",
            "audience",
        ]
        read_only_fields = fields


class JournalViewSet(ReadOnlyProjectViewSet):
    """Everything that happened, newest first. Nothing in it can be changed."""

    queryset = JournalEntry.objects.all()
    serializer_class = JournalSerializer
    filterset_class = JournalFilterSet
    ordering_fields = ("at",)
    ordering = ("-at", "-pk")
    room = "journal"

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return super().visible(queryset).filter(audience__in=self.entry.audiences)


class JobFilterSet(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=JobState.choices)

    class Meta:
        model = Job
        fields = ["kind", "state"]


class JobSerializer(serializers.ModelSerializer):
    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "state",
            "progress",
            "message",
            "error",
            "result_url",
            "attempts",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class JobViewSet(ReadOnlyProjectViewSet):
    """Long work, with its progress and, when it failed, the reason."""

    queryset = Job.objects.all()
    serializer_class = JobSerializer
    filterset_class = JobFilterSet
    ordering_fields = ("created_at",)
    ordering = ("-created_at", "-pk")
    lookup_value_regex = r"[0-9a-f-]{36}"
    room = "jobs"

    def job(self) -> Job:
        """Return the job, if it is the person's own or they lead the project."""
        job: Job = self.get_object()
        if job.created_by_id != self.request.user.pk:
            self.entry.require("project.change")
        return job

    @extend_schema(request=None, responses=JobSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stop work that waits or runs; one's own, or as project manager anybody's."""
        job = self.job()
        jobs.cancel(job=job)
        job.refresh_from_db()
        return self.answer(job)

    @extend_schema(request=None, responses=JobSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue failed work again; one's own, or as project manager anybody's."""
        job = self.job()
        jobs.retry(job=job, actor=request.user)
        job.refresh_from_db()
        return self.answer(job)
