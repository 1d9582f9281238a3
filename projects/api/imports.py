"""Imports: upload a file, read its preview, answer what it asks, apply it, watch it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from projects.imports.uploads import limit_upload
from projects.kit import imports
from projects.kit.imports import Outcome
from projects.kit.rest import IDEMPOTENCY, ReadOnlyProjectViewSet, RowCharField, RowSerializer
from projects.models import ImportRun

ROWS_PER_PAGE = 200
LEFT_OUT = "rows"


class ImportRunSerializer(RowSerializer):
    """An import. `preview` is its dry run without the rows, which `rows/` pages through."""

    version = None
    is_busy = serializers.SerializerMethodField(help_text="A worker reads or imports it, or is about to.")
    progress = serializers.IntegerField(source="job.progress", read_only=True, default=None, allow_null=True)
    job = serializers.UUIDField(source="job_id", read_only=True, allow_null=True)
    job_error = serializers.CharField(source="job.error", read_only=True, default="")
    preview = serializers.SerializerMethodField()
    uploaded_by = serializers.CharField(source="created_by.full_name", read_only=True)

    class Meta:
        model = ImportRun
        fields = [
            "id",
            "kind",
            "filename",
            "companion_name",
            "size",
            "sha256",
            "state",
            "is_busy",
            "job",
            "progress",
            "job_error",
            "preview",
            "outcome",
            "uploaded_by",
            "created_at",
            "applied_at",
        ]
        read_only_fields = fields

    def get_is_busy(self, run: ImportRun) -> bool:
        return imports.is_busy(run)

    def get_preview(self, run: ImportRun) -> dict[str, Any]:
        return {name: value for name, value in run.preview.items() if name != LEFT_OUT}


class ImportUploadSerializer(serializers.Serializer):
    kind = serializers.CharField(max_length=40, help_text="plan.mspdi, time.file or worklog.sip.")
    file = serializers.FileField(allow_empty_file=True)
    companion = serializers.FileField(
        required=False, allow_empty_file=True, help_text="The second file of a kind that has two."
    )


class ImportAnswersSerializer(serializers.Serializer):
    answers = serializers.DictField(
        child=RowCharField(allow_blank=True, max_length=200),
        help_text="Question key -> answer; an empty answer takes one back.",
    )


class ImportRowsQuerySerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=[one.value for one in Outcome], required=False)
    page = serializers.IntegerField(
        min_value=1, max_value=1_000_000, default=1, help_text="After the last, the last is answered."
    )


class ImportRowsSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    pages = serializers.IntegerField()
    page = serializers.IntegerField()
    results = serializers.ListField(child=serializers.DictField())


@extend_schema_view(
    create=extend_schema(
        request={"multipart/form-data": ImportUploadSerializer},
        responses={201: ImportRunSerializer},
        parameters=[IDEMPOTENCY],
    )
)
class ImportViewSet(ReadOnlyProjectViewSet):
    """Files on their way in. Nothing is written before `apply`; applying twice imports once."""

    queryset = ImportRun.objects.select_related("job", "created_by")
    serializer_class = ImportRunSerializer
    parser_classes = (MultiPartParser,)
    ordering_fields = ("created_at",)
    ordering = ("-created_at", "-pk")
    permissions = dict.fromkeys(
        ["list", "retrieve", "create", "destroy", "answers", "apply", "read", "rows"], "project.view"
    )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything reads the body.
        largest = max((importer.max_bytes for importer in imports.IMPORTERS.values()), default=0)
        limit_upload(request._request, limit=largest * 2)
        super().initial(request, *args, **kwargs)

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        # Everybody sees the imports of the kinds they may import themselves.
        return imports.runs_for(self.entry)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Upload a file; its preview is made by a worker."""
        asked = ImportUploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        run = imports.import_upload(
            entry=self.entry, kind=said["kind"], upload=said["file"], companion=said.get("companion")
        )
        return self.answer(run, code=status.HTTP_201_CREATED)

    @extend_schema(
        request=ImportAnswersSerializer, responses={202: ImportRunSerializer}, parameters=[IDEMPOTENCY]
    )
    @action(detail=True, methods=["post"], filter_backends=[], parser_classes=[JSONParser])
    def answers(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer questions of the preview; it is made anew."""
        run = self.get_object()
        asked = ImportAnswersSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run = imports.import_answer(run=run, entry=self.entry, answers=asked.validated_data["answers"])
        return self.answer(run, code=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: ImportRunSerializer}, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[], parser_classes=[JSONParser])
    def read(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make the preview anew, compared with what is stored now."""
        run = imports.import_preview(run=self.get_object(), entry=self.entry)
        return self.answer(run, code=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: ImportRunSerializer}, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[], parser_classes=[JSONParser])
    def apply(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Import what the preview shows, all or nothing."""
        run = imports.import_apply(run=self.get_object(), entry=self.entry)
        return self.answer(run, code=status.HTTP_202_ACCEPTED)

    @extend_schema(
        responses=ImportRowsSerializer,
        parameters=[ImportRowsQuerySerializer],
    )
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def rows(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Page through the rows of the preview: outcome, what, label, line, column, value, message."""
        rows = self.get_object().preview.get(LEFT_OUT, [])
        asked = ImportRowsQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        if outcome := asked.validated_data.get("outcome"):
            rows = [row for row in rows if row["outcome"] == outcome]
        page = Paginator(rows, ROWS_PER_PAGE).get_page(asked.validated_data["page"])
        return Response(
            {
                "count": len(rows),
                "pages": page.paginator.num_pages,
                "page": page.number,
                "results": list(page),
            }
        )

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Discard an upload that was not imported."""
        imports.import_discard(run=self.get_object(), entry=self.entry)
        return Response(status=status.HTTP_204_NO_CONTENT)
