"""The thread over the API: how whole it is, and what a change of a requirement touches."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.kit.rest import PROJECT, ProjectScope
from projects.requirements.models import Requirement
from projects.requirements.selectors.impact import impact_of
from projects.requirements.selectors.matrix import columns_for, thread_of


class CoverageSerializer(serializers.Serializer):
    """Of the requirements in scope: from how many something of a kind follows, and for how many all of it is done."""

    kind = serializers.CharField(source="end.kind")
    total = serializers.IntegerField()
    covered = serializers.IntegerField()
    done = serializers.IntegerField()


class ThreadSerializer(serializers.Serializer):
    """`suspect`: requirements with a link in doubt, their own or one below."""

    coverage = CoverageSerializer(source="columns", many=True)
    suspect = serializers.IntegerField()


class TouchedSerializer(serializers.Serializer):
    """One thing that follows; `through`: what lies between, empty when it is linked itself."""

    kind = serializers.CharField(source="item.kind")
    id = serializers.IntegerField(source="item.row.pk")
    label = serializers.CharField(source="item.row")
    through = serializers.CharField()
    is_done = serializers.BooleanField(source="item.is_done")
    is_suspect = serializers.BooleanField(source="item.is_suspect")


class EndingSerializer(serializers.Serializer):
    """A signature that a change of the text ends."""

    verdict = serializers.CharField(source="decision.verdict_label")
    name = serializers.CharField(source="decision.name")
    at = serializers.DateTimeField(source="decision.at")


class OwningSerializer(serializers.Serializer):
    """Whose things are touched, and how many."""

    person = serializers.IntegerField()
    name = serializers.CharField()
    count = serializers.IntegerField()


class RequirementImpactSerializer(serializers.Serializer):
    """What a change touches: parts of the requirement, and all that follows from it and from these.

    `targets`: the NFR targets that it is held to; `signoffs` and `baselines` hold this version; `request`: the open
    question at the customer. Null or empty, too, for what the reader may not see.
    """

    parts = serializers.ListField(child=serializers.IntegerField())
    touched = TouchedSerializer(many=True)
    targets = serializers.ListField(child=serializers.IntegerField())
    signoffs = EndingSerializer(many=True)
    baselines = serializers.ListField(child=serializers.IntegerField())
    request = serializers.IntegerField(allow_null=True)
    release = serializers.IntegerField(allow_null=True)
    people = OwningSerializer(many=True)


class ThreadViewSet(ProjectScope, viewsets.ViewSet):
    """From requirement to build."""

    queryset = Requirement.objects.select_related("project", "owner", "release")
    permissions = {"list": "trace.view", "impact": "trace.view"}
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(operation_id="thread", responses=forced_singular_serializer(ThreadSerializer))
    def list(self, request: Request, project: str) -> Response:
        """Return how far the requirements in scope have come, by kind, as of now."""
        kinds = tuple(end.kind for end in columns_for(self.entry))
        return Response(ThreadSerializer(thread_of(project=self.entry.project, kinds=kinds)).data)

    @extend_schema(operation_id="thread_impact", responses=RequirementImpactSerializer)
    @action(detail=True, methods=["get"])
    def impact(self, request: Request, project: str, pk: str) -> Response:
        """Return what a change of a requirement touches."""
        impact = impact_of(get_object_or_404(self.entry.visible(self.queryset.all()), pk=pk), self.entry)
        found: dict[str, Any] = {
            "parts": [row.pk for row in impact.parts],
            "touched": [item for _end, items in impact.groups for item in items],
            "targets": [row.pk for row in impact.targets],
            "signoffs": impact.signoffs,
            "baselines": [row.pk for row in impact.baselines],
            "request": impact.request.pk if impact.request else None,
            "release": impact.release.pk if impact.release else None,
            "people": [
                {"person": person.pk, "name": person.name, "count": count} for person, count in impact.people
            ],
        }
        return Response(RequirementImpactSerializer(found).data)


ROUTES = [(PROJECT + "thread", ThreadViewSet, "api-thread")]
