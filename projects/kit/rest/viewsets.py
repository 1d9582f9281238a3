"""Viewsets on a project's rows, through the same services as the pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db import models
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.rest import DeclaredOrderingFilter, etag_of, expected_version
from projects.kit import rows
from projects.kit.forms import narrowed
from projects.kit.rest.scope import DeclaredPermissions, FirmScope, ProjectScope
from projects.kit.rest.serializers import RowCharField
from projects.kit.workflow import Workflow

# How the router writes an address below a project: PROJECT + "tasks".
PROJECT = r"projects/(?P<project>[a-z0-9][a-z0-9-]*)/"

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag you read; a newer version is 412.",
)
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Repeat a POST safely with the same key.",
)


# How a filter of yes and no is said in an address.
TRUTHS = {"true", "false"}


class NarrowedFilterBackend(DjangoFilterBackend):
    """Filters whose choices are the project's rows only: another project's id is a wrong value.

    What cannot be read is refused: a form would take it for "any", and answer with more than was asked for.
    """

    def get_filterset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = super().get_filterset(request, queryset, view)
        entry = getattr(view, "entry", None)
        for name, field in filterset.form.fields.items() if filterset is not None else ():
            if entry is not None and getattr(field, "queryset", None) is not None:
                field.queryset = narrowed(field.queryset, entry)
            said = request.query_params.get(name)
            if said == "" and type(field) is not forms.CharField:
                raise exceptions.ValidationError({name: ["Give it a value, or leave it out."]})
            if said and isinstance(field, forms.NullBooleanField) and said.lower() not in TRUTHS:
                raise exceptions.ValidationError({name: ["Say true or false."]})
            if isinstance(field, forms.DateField):
                field.input_formats = ["%Y-%m-%d"]
        return filterset


class Reading(DeclaredPermissions, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Rows to list and to retrieve, with their ETag."""

    lookup_value_regex = r"\d{1,18}"
    ordering_fields: ClassVar[tuple[str, ...]] = ()
    filter_backends = (NarrowedFilterBackend, DeclaredOrderingFilter)

    def get_queryset(self) -> models.QuerySet[Any]:
        rows_ = super().get_queryset()
        return rows_.none() if getattr(self, "swagger_fake_view", False) else self.visible(rows_)

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the rows that this person may see."""
        return queryset

    def answer(self, row: Any, *, code: int = status.HTTP_200_OK) -> Response:
        """Return a row with its ETag."""
        headers = {"ETag": etag_of(row)} if hasattr(row, "version") else None
        return Response(self.get_serializer(row).data, status=code, headers=headers)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())


class Writing:
    """Create, update and delete over a service; `save` and `remove` say which."""

    def blank(self) -> Any:
        """Return the row that a POST fills."""
        return self.get_queryset().model()  # type: ignore[attr-defined]

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        """Hand the row to its service."""
        return rows.row_save(row=row, actor=self.request.user, expected_version=expected_version)  # type: ignore[attr-defined]

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        """Hand the row to its service."""
        rows.row_delete(row=row, actor=self.request.user, expected_version=expected_version)  # type: ignore[attr-defined]

    def fill(self, row: Any, serializer: Any) -> Any:
        """Set the validated values on the row."""
        for name, value in serializer.validated_data.items():
            setattr(row, name, value)
        return row

    @extend_schema(parameters=[IDEMPOTENCY])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)  # type: ignore[attr-defined]
        serializer.is_valid(raise_exception=True)
        row = self.save(row=self.fill(self.blank(), serializer), expected_version=None)
        return self.answer(row, code=status.HTTP_201_CREATED)  # type: ignore[attr-defined]

    @extend_schema(parameters=[IF_MATCH])
    def update(self, request: Request, *args: Any, partial: bool = False, **kwargs: Any) -> Response:
        row = self.get_object()  # type: ignore[attr-defined]
        version = expected_version(request, row)
        serializer = self.get_serializer(row, data=request.data, partial=partial)  # type: ignore[attr-defined]
        serializer.is_valid(raise_exception=True)
        return self.answer(self.save(row=self.fill(row, serializer), expected_version=version))  # type: ignore[attr-defined]

    @extend_schema(parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.update(request, *args, partial=True, **kwargs)

    @extend_schema(parameters=[IF_MATCH])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()  # type: ignore[attr-defined]
        self.remove(row=row, expected_version=expected_version(request, row))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReadOnlyProjectViewSet(ProjectScope, Reading):
    """Rows of a project to read."""

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return self.entry.visible(queryset)


class ProjectModelViewSet(Writing, ReadOnlyProjectViewSet):
    """Rows of a project to read and write, through the same services as the pages."""

    workflow: ClassVar[Workflow | None] = None

    def blank(self) -> Any:
        return self.get_queryset().model(project=self.entry.project)


class FirmModelViewSet(FirmScope, Writing, Reading):
    """Rows of the whole firm, for administrators."""


class StepSerializer(serializers.Serializer):
    """A step of a workflow, and why it is taken."""

    reason = RowCharField(max_length=255, required=False, allow_blank=True, default="")


def step_serializer(workflow: Workflow) -> type[StepSerializer]:
    """Return the serializer that knows a workflow's steps by name."""
    steps = serializers.ChoiceField(choices=workflow.choices)
    words = {"step": steps, "__doc__": StepSerializer.__doc__}
    return type(f"{workflow.model.__name__}StepSerializer", (StepSerializer,), words)


class WorkflowActions:
    """POST …/steps/ takes a step of the row's workflow. Each step asks for its own permission, too."""

    step_serializer: ClassVar[type[StepSerializer]]

    def __init_subclass__(cls, **words: Any) -> None:
        super().__init_subclass__(**words)
        if workflow := getattr(cls, "workflow", None):
            cls.step_serializer = step_serializer(workflow)
            said = extend_schema(request=cls.step_serializer, parameters=[IDEMPOTENCY])
            extend_schema_view(steps=said)(cls)

    @action(detail=True, methods=["post"], url_path="steps", filter_backends=[])
    def steps(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()  # type: ignore[attr-defined]
        asked = self.step_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self.workflow.perform(  # type: ignore[attr-defined]
            name=asked.validated_data["step"],
            item=row,
            entry=self.entry,  # type: ignore[attr-defined]
            reason=asked.validated_data["reason"],
        )
        return self.answer(row)  # type: ignore[attr-defined]
