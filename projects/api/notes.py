"""Comments and attachments on anything of a project, each with its audience."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.filters import BaseFilterSet
from projects.choices import Audience
from projects.kit.notes import attachment_add, comment_add, note_target
from projects.kit.rest import IDEMPOTENCY, ReadOnlyProjectViewSet, RowCharField, RowSerializer
from projects.kit.rest.viewsets import Writing
from projects.models import Attachment, Comment

TARGET_HELP = "What it is pinned to, as app.model:id, such as projects.task:12."


class NoteSerializer(RowSerializer):
    target = serializers.SerializerMethodField(help_text=TARGET_HELP)
    author_name = serializers.CharField(source="author.full_name", read_only=True)

    def get_target(self, row: Any) -> str:
        return f"{row.content_type.app_label}.{row.content_type.model}:{row.object_id}"


class CommentSerializer(NoteSerializer):
    class Meta:
        model = Comment
        fields = ["id", "version", "target", "author_name", "audience", "body", "created_at", "updated_at"]
        read_only_fields = fields


class CommentCreateSerializer(serializers.Serializer):
    target = RowCharField(max_length=120, help_text=TARGET_HELP)
    body = RowCharField(max_length=20_000)
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.INTERNAL)


class AttachmentSerializer(NoteSerializer):
    class Meta:
        model = Attachment
        fields = [
            "id",
            "version",
            "target",
            "author_name",
            "audience",
            "name",
            "size",
            "sha256",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class AttachmentCreateSerializer(serializers.Serializer):
    target = RowCharField(max_length=120, help_text=TARGET_HELP)
    file = serializers.FileField()
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.INTERNAL)


class CommentFilterSet(BaseFilterSet):
    search_fields = ("body",)

    class Meta:
        model = Comment
        fields = ["audience"]


class AttachmentFilterSet(BaseFilterSet):
    search_fields = ("name",)

    class Meta:
        model = Attachment
        fields = ["audience"]


class NoteViewSet(Writing, ReadOnlyProjectViewSet, mixins.DestroyModelMixin):
    """What comments and attachments share: read by audience, thrown away by their author."""

    ordering_fields = ("created_at",)
    room = "notes"
    http_method_names = ["get", "post", "delete", "head", "options"]

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return super().visible(queryset).filter(audience__in=self.entry.audiences)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        if row.author_id != self.request.user.pk:
            self.entry.require("trash.change")
        super().remove(row=row, expected_version=expected_version)


@extend_schema_view(
    create=extend_schema(
        request=CommentCreateSerializer, responses={201: CommentSerializer}, parameters=[IDEMPOTENCY]
    )
)
class CommentViewSet(NoteViewSet, mixins.CreateModelMixin):
    """Remarks in Markdown."""

    queryset = Comment.objects.select_related("author", "content_type")
    serializer_class = CommentSerializer
    filterset_class = CommentFilterSet

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = CommentCreateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        item = note_target(entry=self.entry, said=said["target"])
        row = comment_add(item=item, entry=self.entry, body=said["body"], audience=said["audience"])
        return self.answer(row, code=status.HTTP_201_CREATED)


@extend_schema_view(
    create=extend_schema(
        request={"multipart/form-data": AttachmentCreateSerializer},
        responses={201: AttachmentSerializer},
        parameters=[IDEMPOTENCY],
    )
)
class AttachmentViewSet(NoteViewSet, mixins.CreateModelMixin):
    """Files: sent as multipart/form-data, handed out as downloads."""

    queryset = Attachment.objects.select_related("author", "content_type")
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilterSet
    parser_classes = (MultiPartParser,)
    permissions = {"download": "notes.view"}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = AttachmentCreateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        item = note_target(entry=self.entry, said=said["target"])
        row = attachment_add(item=item, entry=self.entry, upload=said["file"], audience=said["audience"])
        return self.answer(row, code=status.HTTP_201_CREATED)

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "The file.")}
    )
    @action(detail=True, methods=["get"], filter_backends=[])
    def download(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """Hand out the file, never as a page."""
        row = self.get_object()
        return FileResponse(
            row.file.open("rb"),
            as_attachment=True,
            filename=row.name,
            content_type="application/octet-stream",
        )
