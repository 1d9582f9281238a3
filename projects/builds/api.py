"""Build items over the API: write, move; environments, the definition of done."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers, viewsets

from projects.builds.filtersets import BuildItemFilterSet, DoneCriterionFilterSet, EnvironmentFilterSet
from projects.builds.models import BuildItem, DoneCriterion, Environment
from projects.builds.services import environments as environment_services
from projects.builds.services import items as services
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.rest import PROJECT, ProjectModelViewSet, RowSerializer, WorkflowActions


class BuildItemSerializer(RowSerializer):
    """A build item. It moves by steps, by promotions and by conformance checks alone."""

    key = serializers.CharField(read_only=True)

    class Meta:
        model = BuildItem
        fields = [
            "id", "key", "title", "kind", "description", "release_words", "owner", "task", "estimate_seconds",
            "remaining_seconds", "priority", "status", "status_since", "blocked_since", "blocked_reason",
            "environment", "external_id", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = [
            "status", "status_since", "blocked_since", "blocked_reason", "environment", "external_id",
        ]  # fmt: skip


class BuildItemViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """What is configured and developed."""

    room = "builds"
    workflow = BUILD_WORKFLOW
    queryset = BuildItem.objects.select_related("project", "environment")
    serializer_class = BuildItemSerializer
    filterset_class = BuildItemFilterSet
    ordering_fields = ("number", "created_at", "updated_at", "priority")
    ordering = ("number",)

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.item_save(item=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.item_delete(item=row, entry=self.entry, expected_version=expected_version)


class EnvironmentSerializer(RowSerializer):
    """An environment."""

    class Meta:
        model = Environment
        fields = ["id", "name", "position", "is_production", "is_shown", "version"]


class EnvironmentViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """Where builds stand, in their order."""

    room = "builds"
    queryset = Environment.objects.select_related("project")
    serializer_class = EnvironmentSerializer
    filterset_class = EnvironmentFilterSet
    ordering_fields = ("position",)
    ordering = ("position",)
    permissions = dict.fromkeys(("create", "update", "partial_update", "destroy"), "builds.decide")

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return environment_services.environment_save(
            environment=row, entry=self.entry, expected_version=expected_version
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        environment_services.environment_delete(
            environment=row, entry=self.entry, expected_version=expected_version
        )


class DoneCriterionSerializer(RowSerializer):
    """A line of the definition of done."""

    class Meta:
        model = DoneCriterion
        fields = ["id", "text", "kind", "position", "version"]


class DoneCriterionViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """When an item is done."""

    room = "builds"
    queryset = DoneCriterion.objects.all()
    serializer_class = DoneCriterionSerializer
    filterset_class = DoneCriterionFilterSet
    ordering_fields = ("position",)
    ordering = ("position",)
    permissions = dict.fromkeys(("create", "update", "partial_update", "destroy"), "builds.decide")


ROUTES = [
    (PROJECT + "build-items", BuildItemViewSet, "api-build-item"),
    (PROJECT + "environments", EnvironmentViewSet, "api-environment"),
    (PROJECT + "definition-of-done", DoneCriterionViewSet, "api-done-criterion"),
]
