"""Templates: the firm's list, saving a project as one, and starting a project from one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.filters import BaseFilterSet
from projects import services
from projects.api.project import ProjectCreateSerializer, ProjectSerializer
from projects.kit import parts
from projects.kit.rest import IDEMPOTENCY, FirmModelViewSet, ProjectScope, RowSerializer
from projects.kit.rest.serializers import RowBooleanField, RowCharField
from projects.models import Person, Project, ProjectTemplate


class TemplateFilterSet(BaseFilterSet):
    search_fields = ("name", "description")

    class Meta:
        model = ProjectTemplate
        fields = ["is_builtin"]


class TemplateSerializer(RowSerializer):
    class Meta:
        model = ProjectTemplate
        fields = [
            "id",
            "version",
            "name",
            "description",
            "content",
            "is_builtin",
            "source",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["is_builtin", "source"]


class TemplateTakeSerializer(serializers.Serializer):
    """What of a project goes into a template. The plan and its roles always do."""

    name = RowCharField(max_length=120)
    description = RowCharField(max_length=5000, required=False, allow_blank=True, default="")
    parts = serializers.MultipleChoiceField(
        choices=[], required=False, help_text="Left out: every part that you may save."
    )
    with_amounts = RowBooleanField(required=False, default=False, help_text="Amounts of money too.")

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["parts"].choices = [(part.key, part.label) for part in parts.in_order() if not part.is_needed]
        return fields


class StartSerializer(ProjectCreateSerializer):
    """A project's facts, who takes which role, and whether to keep it."""

    people = serializers.DictField(
        child=serializers.PrimaryKeyRelatedField(
            queryset=Person.objects.filter(is_active=True), allow_null=True
        ),
        required=False,
        write_only=True,
        help_text="Role key of the template: id of a person, or null.",
    )
    dry_run = RowBooleanField(
        required=False, default=False, write_only=True, help_text="Show what would be, and keep nothing."
    )

    class Meta(ProjectCreateSerializer.Meta):
        fields = [*ProjectCreateSerializer.Meta.fields, "people", "dry_run"]


class StartedRowSerializer(serializers.Serializer):
    wbs = serializers.CharField()
    name = serializers.CharField()
    level = serializers.IntegerField()
    is_summary = serializers.BooleanField()
    is_milestone = serializers.BooleanField()
    start = serializers.DateTimeField(allow_null=True)
    finish = serializers.DateTimeField(allow_null=True)


class StartedSerializer(serializers.Serializer):
    """What was created, or would be."""

    project = ProjectSerializer(allow_null=True, help_text="Null in a dry run.")
    finish = serializers.DateTimeField(allow_null=True)
    rows = StartedRowSerializer(many=True)
    made = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    )
    left = serializers.ListField(child=serializers.CharField())
    open_roles = serializers.ListField(child=serializers.CharField())


@extend_schema_view(list=extend_schema(description="The firm's templates; for administrators."))
class TemplateViewSet(FirmModelViewSet, viewsets.ModelViewSet):
    """Templates of the whole firm, for administrators. `content` is checked before it is stored."""

    queryset = ProjectTemplate.objects.all()
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilterSet
    ordering_fields = ("name", "created_at", "updated_at")
    permissions = {"start": "project.add"}

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.template_save(
            template=row, actor=self.request.user, expected_version=expected_version
        )

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.template_delete(template=row, actor=self.request.user, expected_version=expected_version)

    @extend_schema(request=StartSerializer, responses=StartedSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def start(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start a project from the template, or with `dry_run` show its dates and what stays open."""
        asked = StartSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        manager, people, is_trial = (
            said.pop("manager", None), said.pop("people", {}), said.pop("dry_run", False)
        )  # fmt: skip
        started = services.project_start(
            template=self.get_object(),
            project=Project(**said),
            manager=manager,
            people=people,
            actor=request.user,
            is_trial=is_trial,
        )
        shown = {name: getattr(started, name) for name in ("finish", "rows", "made", "left", "open_roles")}
        context = self.get_serializer_context()
        answer = StartedSerializer(
            shown | {"project": None if is_trial else started.project}, context=context
        )
        return Response(answer.data)


class ProjectTemplateViewSet(ProjectScope, viewsets.ViewSet):
    """Saving the project as a template."""

    permissions = {"create": "templates.make"}

    @extend_schema(
        operation_id="project_template_create",
        request=TemplateTakeSerializer,
        responses={201: TemplateSerializer},
        parameters=[IDEMPOTENCY],
    )
    def create(self, request: Request, project: str) -> Response:
        """Save the project as a template of the firm; people, hours worked and progress never go in."""
        asked = TemplateTakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        offered = {part.key for part in parts.in_order() if not part.is_needed and self.entry.can(part.grant)}
        template = services.template_take(
            entry=self.entry,
            name=said["name"],
            description=said["description"],
            keys=said.get("parts", offered),
            with_amounts=said["with_amounts"],
        )
        return Response(TemplateSerializer(template).data, status=status.HTTP_201_CREATED)
