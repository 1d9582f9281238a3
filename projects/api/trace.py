"""The thread over the API: link, affirm, take away."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db import models
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.filters import BaseFilterSet
from projects.kit import trace
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    ReadOnlyProjectViewSet,
    RowCharField,
    RowIntegerField,
    RowSerializer,
)
from projects.kit.rest.viewsets import Writing
from projects.models import TraceLink


class TraceLinkSerializer(RowSerializer):
    """A later thing (source) that follows from an earlier one (target). `suspect_since`: an end changed then."""

    class Meta:
        model = TraceLink
        fields = [
            "id", "type", "source_kind", "source_id", "source_revision", "target_kind", "target_id", "target_revision",
            "suspect_since", "note", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = fields


class TraceLinkCreateSerializer(serializers.Serializer):
    """Which way to link, and the ids of both ends; their kinds follow from the type."""

    type = RowCharField(
        max_length=20, help_text="Such as satisfies (design to requirement) or delivers (task)."
    )
    source = RowIntegerField(min_value=1, max_value=LARGEST_KEY)
    target = RowIntegerField(min_value=1, max_value=LARGEST_KEY)
    note = RowCharField(max_length=255, required=False, allow_blank=True, default="")


class KeyFilter(django_filters.NumberFilter):
    """The id of a row, as a whole number."""

    field_class = forms.IntegerField


class TraceLinkFilterSet(BaseFilterSet):
    search_fields = ("note",)

    type = django_filters.CharFilter()
    suspect = django_filters.BooleanFilter(method="narrow")
    source_kind = django_filters.CharFilter()
    source_id = KeyFilter(min_value=0, max_value=LARGEST_KEY)
    target_kind = django_filters.CharFilter()
    target_id = KeyFilter(min_value=0, max_value=LARGEST_KEY)

    class Meta:
        model = TraceLink
        fields = ["type", "suspect", "source_kind", "source_id", "target_kind", "target_id"]

    def narrow(
        self, queryset: models.QuerySet[TraceLink], name: str, value: bool
    ) -> models.QuerySet[TraceLink]:
        """Return what is in doubt, or what is not."""
        return queryset.filter(suspect_since__isnull=not value)


@extend_schema_view(
    create=extend_schema(
        request=TraceLinkCreateSerializer, responses={201: TraceLinkSerializer}, parameters=[IDEMPOTENCY]
    )
)
class TraceLinkViewSet(Writing, ReadOnlyProjectViewSet, mixins.CreateModelMixin, mixins.DestroyModelMixin):
    """Links between what was asked for and what follows from it."""

    room = "trace"
    queryset = TraceLink.objects.all()
    serializer_class = TraceLinkSerializer
    filterset_class = TraceLinkFilterSet
    ordering_fields = ("created_at",)
    http_method_names = ["get", "post", "delete", "head", "options"]
    permissions: ClassVar[dict[str, str]] = {"affirm": "trace.change"}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = TraceLinkCreateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        way = trace.TYPES.get(said["type"])
        if way is None:
            raise serializers.ValidationError({"type": [f"One of: {', '.join(sorted(trace.TYPES))}."]})
        rows = {}
        for name, kind in (("source", way.source), ("target", way.target)):
            rows[name] = trace.ENDS[kind].rows(self.entry.project).filter(pk=said[name]).first()
            if rows[name] is None:
                label = trace.ENDS[kind].label.lower()
                raise serializers.ValidationError({name: [f"There is no {label} {said[name]} here."]})
        link = trace.link_add(
            entry=self.entry, type=way.key, source=rows["source"], target=rows["target"], note=said["note"]
        )
        return self.answer(link, code=status.HTTP_201_CREATED)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        trace.links_remove(links=[row], entry=self.entry)

    @extend_schema(request=None, responses=TraceLinkSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def affirm(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that a link in doubt holds as both ends stand now."""
        link = self.get_object()
        trace.links_affirm(links=[link], entry=self.entry)
        link.refresh_from_db()
        return self.answer(link)
