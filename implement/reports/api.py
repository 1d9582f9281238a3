"""The reports over the API: the same verbs, steps and PDF as the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.reports import services
from implement.reports.choices import LANGUAGES, ReportKind
from implement.reports.files import XLSX, pdf_response, xlsx_response
from implement.reports.filtersets import ReportFilterSet, ScheduleFilterSet
from implement.reports.models import NARRATIVE, Report, ReportBatch, ReportDelivery, ReportSchedule
from implement.reports.selectors import BatchProgress, batch_projects, batches_progress, visible_reports
from projects.choices import Audience
from projects.kit.rest import (
    IDEMPOTENCY,
    IF_MATCH,
    LARGEST_KEY,
    PROJECT,
    OwnScope,
    ProjectModelViewSet,
    ReadOnlyProjectViewSet,
    RowCharField,
    RowDateField,
    RowIntegerField,
    RowSerializer,
    etag_of,
    expected_version,
)
from projects.kit.rest.viewsets import Reading
from projects.models import Person

STEPS = [(name, name) for name in ("approve", "send", "reopen", "retry", "supersede")]


class DeliverySerializer(serializers.ModelSerializer):
    """One mail of a report, with its attempts."""

    class Meta:
        model = ReportDelivery
        fields = ["id", "person", "address", "state", "attempts", "due_at", "sent_at", "error"]
        read_only_fields = fields


class ReportSerializer(RowSerializer):
    """One edition of a report for one period. `last_day` is the last day that belongs to it."""

    last_day = serializers.DateField(read_only=True)
    snapshot_sha256 = serializers.CharField(
        source="snapshot.sha256", read_only=True, default=None, allow_null=True
    )
    progress = serializers.IntegerField(source="job.progress", read_only=True, default=None, allow_null=True)
    deliveries = DeliverySerializer(many=True, read_only=True)

    class Meta:
        model = Report
        fields = [
            "id",
            "kind",
            "audience",
            "period_from",
            "last_day",
            "language",
            "state",
            "progress",
            "error",
            *NARRATIVE,
            "is_text_reviewed",
            "is_pdf_current",
            "pdf_sha256",
            "snapshot_sha256",
            "approved_at",
            "sent_at",
            "deliveries",
            "version",
        ]
        read_only_fields = fields


class ReportRequestSerializer(serializers.Serializer):
    """What to make: kind, edition and period, both days included."""

    kind = serializers.ChoiceField(choices=ReportKind.choices)
    audience = serializers.ChoiceField(choices=Audience.choices)
    period_from = RowDateField()
    last_day = RowDateField()
    language = serializers.ChoiceField(
        choices=LANGUAGES, required=False, help_text="Default: the language of the edition's schedule."
    )


class ReportTextSerializer(serializers.Serializer):
    """The words of a draft, in Markdown; what is left out stays as it is."""

    summary = RowCharField(max_length=5000, required=False, allow_blank=True)
    achievements = RowCharField(max_length=5000, required=False, allow_blank=True)
    next_steps = RowCharField(max_length=5000, required=False, allow_blank=True)
    risks = RowCharField(max_length=5000, required=False, allow_blank=True)
    decisions = RowCharField(max_length=5000, required=False, allow_blank=True)


class ReportStepSerializer(serializers.Serializer):
    """A step of a report; `recipients` (ids of people) only with send: default is the schedule's."""

    step = serializers.ChoiceField(choices=STEPS)
    recipients = serializers.ListField(
        child=RowIntegerField(min_value=1, max_value=LARGEST_KEY), required=False
    )


class ReportViewSet(ReadOnlyProjectViewSet):
    """Reports: read, make, write the text, take steps, download the PDF."""

    room = "reports"
    queryset = Report.objects.all()
    serializer_class = ReportSerializer
    filterset_class = ReportFilterSet
    ordering_fields = ("period_to", "created_at", "state")
    permissions: ClassVar[dict[str, str]] = {
        "create": "reports.make",
        "text": "reports.change",
        "steps": "reports.make",
        "pdf": "reports.view",
        "figures": "reports.view",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Report.objects.none()
        rows = visible_reports(self.entry).select_related(
            "project__customer", "snapshot", "job", "schedule", "approved_by"
        )
        return rows if self.action in {"pdf", "figures"} else rows.prefetch_related("deliveries")

    def answer(self, report: Report, *, code: int = status.HTTP_200_OK) -> Response:
        """Return the report as it is stored now."""
        row = self.get_queryset().get(pk=report.pk)
        return Response(self.get_serializer(row).data, status=code, headers={"ETag": etag_of(row)})

    @extend_schema(
        request=ReportRequestSerializer, responses={201: ReportSerializer}, parameters=[IDEMPOTENCY]
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for a report; a worker makes it. Read it again until `state` is draft or failed."""
        asked = ReportRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        if said["audience"] == Audience.INTERNAL:
            self.entry.require("cost.view")
        report = services.report_request(
            project=self.entry.project,
            kind=said["kind"],
            audience=said["audience"],
            start=said["period_from"],
            end=said["last_day"] + timedelta(days=1),
            actor=self.entry.user,
            language=said.get("language", ""),
        )
        return self.answer(report, code=status.HTTP_201_CREATED)

    @extend_schema(
        request=ReportTextSerializer, responses=ReportSerializer, parameters=[IF_MATCH], methods=["PATCH"]
    )
    @action(detail=True, methods=["patch"], url_path="text")
    def text(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write the words of a draft; saving them means that a person has reviewed them."""
        report = self.get_object()
        version = expected_version(request, report)
        asked = ReportTextSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.report_text_save(
            report=report, texts=asked.validated_data, entry=self.entry, expected_version=version
        )
        return self.answer(report)

    @extend_schema(
        request=ReportStepSerializer, responses=ReportSerializer, parameters=[IDEMPOTENCY], methods=["POST"]
    )
    @action(detail=True, methods=["post"], url_path="steps")
    def steps(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a step: approve, send, reopen, retry, supersede (answers with the new report)."""
        report = self.get_object()
        asked = ReportStepSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        step, ids = asked.validated_data["step"], asked.validated_data.get("recipients")
        if step == "send":
            services.report_send(report=report, entry=self.entry, people=self._people(ids))
        elif step == "approve":
            services.report_approve(report=report, entry=self.entry)
        elif step == "reopen":
            services.report_reopen(report=report, entry=self.entry)
        elif step == "retry":
            services.report_retry(report=report, entry=self.entry)
        else:
            report = services.report_supersede(report=report, entry=self.entry)
        return self.answer(report)

    def _people(self, ids: list[int] | None) -> list[Person] | None:
        """Return the people behind ids; only members are known here, so a stranger's id is just wrong."""
        if ids is None:
            return None
        members = Person.objects.filter(memberships__project=self.entry.project, pk__in=ids).distinct()
        found = {person.pk: person for person in members}
        missing = [str(pk) for pk in ids if pk not in found]
        if missing:
            raise serializers.ValidationError(
                {"recipients": [f"Nobody on the project has the id {', '.join(missing)}."]}
            )
        return [found[pk] for pk in dict.fromkeys(ids)]

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="pdf")
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """Download the PDF."""
        report = self.get_object()
        if not report.pdf:
            raise Http404
        return pdf_response(report, as_attachment=True)

    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="figures")
    def figures(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """Download the raw figures as XLSX."""
        report = self.get_object()
        if report.snapshot is None:
            raise Http404
        return xlsx_response(report)


class ScheduleSerializer(RowSerializer):
    """When an edition is made, and to whom it goes."""

    class Meta:
        model = ReportSchedule
        fields = [
            "id",
            "kind",
            "audience",
            "language",
            "frequency",
            "weekday",
            "time",
            "time_zone",
            "anchor",
            "recipients",
            "review_first",
            "is_active",
            "version",
        ]


class ScheduleViewSet(ProjectModelViewSet):
    """The schedules of a project's reports."""

    room = "reports"
    queryset = ReportSchedule.objects.prefetch_related("recipients").select_related("project")
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilterSet
    ordering_fields = ("kind", "audience")

    def fill(self, row: Any, serializer: Any) -> Any:
        values = dict(serializer.validated_data)
        self.chosen = values.pop("recipients", None)
        for name, value in values.items():
            setattr(row, name, value)
        return row

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        people = self.chosen
        if people is None:
            people = [] if row._state.adding else list(row.recipients.all())
        services.schedule_save(
            schedule=row, recipients=people, actor=self.entry.user, expected_version=expected_version
        )
        return self.get_queryset().get(pk=row.pk)


class BatchSerializer(serializers.ModelSerializer):
    """Reports of many projects, with how far they are. `last_day` belongs to the period."""

    last_day = serializers.DateField(read_only=True)
    made = serializers.SerializerMethodField()
    failed = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()

    class Meta:
        model = ReportBatch
        fields = [
            "id",
            "kind",
            "audience",
            "period_from",
            "last_day",
            "created_at",
            "made",
            "failed",
            "waiting",
        ]
        read_only_fields = fields

    def _progress(self, batch: ReportBatch) -> BatchProgress:
        known = self.context.setdefault("progress", {})
        if batch.pk not in known:
            rows = [batch] if self.parent is None else list(self.parent.instance)
            known |= batches_progress(rows, user=self.context["request"].user)
        return known[batch.pk]

    def get_made(self, batch: ReportBatch) -> int:
        return self._progress(batch).made

    def get_failed(self, batch: ReportBatch) -> int:
        return self._progress(batch).failed

    def get_waiting(self, batch: ReportBatch) -> int:
        return self._progress(batch).waiting


class BatchCreateSerializer(serializers.Serializer):
    """One edition of one period for many projects, named by their codes."""

    kind = serializers.ChoiceField(choices=ReportKind.choices)
    audience = serializers.ChoiceField(choices=Audience.choices)
    period_from = RowDateField()
    last_day = RowDateField(help_text="The last day that belongs to the period.")
    projects = serializers.ListField(child=RowCharField(max_length=40), min_length=1, max_length=500)


@extend_schema_view(create=extend_schema(request=BatchCreateSerializer, responses={201: BatchSerializer}))
class BatchViewSet(OwnScope, Reading, mixins.RetrieveModelMixin, mixins.CreateModelMixin):
    """The reports that you asked for on many projects at once."""

    room = "reports"
    permissions: ClassVar[dict[str, str]] = {"create": "reports.make"}
    queryset = ReportBatch.objects.all()
    serializer_class = BatchSerializer
    ordering = ("-pk",)

    def visible(self, queryset: Any) -> Any:
        return queryset.filter(created_by=self.request.user)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for the reports; asked again it is the same batch, and nothing is made twice."""
        asked = BatchCreateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        known = dict(
            batch_projects(request.user, audience=said["audience"])
            .filter(code__in=said["projects"])
            .values_list("code", "pk")
        )
        unknown = [code for code in said["projects"] if code not in known]
        if unknown:
            raise serializers.ValidationError({"projects": [f"“{unknown[0]}” is not open to you."]})
        batch = services.batch_request(
            user=request.user,
            kind=said["kind"],
            audience=said["audience"],
            start=said["period_from"],
            end=said["last_day"] + timedelta(days=1),
            project_ids=known.values(),
        )
        return Response(self.get_serializer(batch).data, status=status.HTTP_201_CREATED)


ROUTES = [
    ("report-batches", BatchViewSet, "api-report-batch"),
    (PROJECT + "reports", ReportViewSet, "api-report"),
    (PROJECT + "report-schedules", ScheduleViewSet, "api-report-schedule"),
]
