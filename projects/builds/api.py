"""Build items over the API: write, move; environments, the definition of done."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.core.errors import DomainError
from projects.builds.choices import BuildState, Verdict
from projects.builds.filtersets import (
    BuildItemFilterSet,
    DoneCriterionFilterSet,
    EnvironmentFilterSet,
    PromotionFilterSet,
)
from projects.builds.models import (
    BuildItem,
    CodeReference,
    ConformanceCheck,
    DoneCriterion,
    Environment,
    Promotion,
    WipLimit,
)
from projects.builds.selectors.releases import release_notes
from projects.builds.services import environments as environment_services
from projects.builds.services import items as services
from projects.builds.services.board import card_move
from projects.builds.services.checks import check_record
from projects.builds.services.promotions import MOST_ITEMS, promotion_make
from projects.builds.services.references import reference_add
from projects.builds.workflows import BUILD_WORKFLOW
from projects.kit.access import Entry
from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ProjectModelViewSet,
    ReadOnlyProjectViewSet,
    RowBooleanField,
    RowCharField,
    RowIntegerField,
    RowSerializer,
    WorkflowActions,
)


class BuildItemSerializer(RowSerializer):
    """A build item. It moves by steps, by promotions and by conformance checks alone."""

    key = serializers.CharField(read_only=True)

    class Meta:
        model = BuildItem
        fields = [
            "id", "key", "title", "kind", "description", "release_words", "owner", "task", "estimate_seconds",
            "remaining_seconds", "priority", "status", "status_since", "blocked_since", "blocked_reason",
            "environment", "external_id", "revision", "created_at", "updated_at", "version",
        ]  # fmt: skip
        read_only_fields = [
            "status", "status_since", "blocked_since", "blocked_reason", "environment", "external_id", "revision",
        ]  # fmt: skip


class CodeReferenceSerializer(RowSerializer):
    """A commit, ticket or request of another tool. Its title is plain text."""

    class Meta:
        model = CodeReference
        fields = ["id", "kind", "external_id", "url", "title", "author", "at", "version"]
        # Saying it again is no error: it answers with what is linked already.
        validators: ClassVar[list[Any]] = []


class BlockSerializer(serializers.Serializer):
    """Why an item cannot go on."""

    reason = RowCharField(max_length=255)


class TickSerializer(serializers.Serializer):
    """Whether an item meets a criterion of the definition of done."""

    criterion = RowIntegerField(min_value=1, max_value=LARGEST_KEY)
    is_met = RowBooleanField(default=True)


class MoveSerializer(serializers.Serializer):
    """Where a card goes: from the column in which it was seen to another, before a card or at the end."""

    seen = serializers.ChoiceField(choices=BuildState.choices)
    target = serializers.ChoiceField(choices=BuildState.choices)
    before = RowIntegerField(
        min_value=1, max_value=LARGEST_KEY, required=False, allow_null=True, default=None
    )
    reason = RowCharField(max_length=255, required=False, allow_blank=True, default="")


class ConformanceCheckSerializer(serializers.ModelSerializer):
    """Whether what stands in an environment is what was designed and asked for."""

    class Meta:
        model = ConformanceCheck
        fields = [
            "id", "verdict", "environment", "build_id", "designs", "requirements", "comment", "by", "at",
        ]  # fmt: skip
        read_only_fields = fields


class CheckSerializer(serializers.Serializer):
    """What was looked at, and whether it conforms. What deviates needs a comment."""

    verdict = serializers.ChoiceField(choices=Verdict.choices)
    environment = RowIntegerField(min_value=1, max_value=LARGEST_KEY)
    build_id = RowCharField(max_length=80)
    comment = RowCharField(max_length=4000, required=False, allow_blank=True, default="")


class BuildItemViewSet(WorkflowActions, ProjectModelViewSet, viewsets.ModelViewSet):
    """What is configured and developed."""

    room = "builds"
    workflow = BUILD_WORKFLOW
    queryset = BuildItem.objects.select_related("project", "environment")
    serializer_class = BuildItemSerializer
    filterset_class = BuildItemFilterSet
    ordering_fields = ("number", "created_at", "updated_at", "priority")
    ordering = ("number",)
    permissions: ClassVar[dict[str, str]] = {
        "references": "builds.view",
        "link": "builds.change",
        "checks": "builds.view",
        "check": "builds.check",
    }

    def save(self, *, row: Any, expected_version: int | None) -> Any:
        return services.item_save(item=row, entry=self.entry, expected_version=expected_version)

    def remove(self, *, row: Any, expected_version: int | None) -> None:
        services.item_delete(item=row, entry=self.entry, expected_version=expected_version)

    def asked(self, kind: type[serializers.Serializer]) -> dict[str, Any]:
        """Return what a request says."""
        found = kind(data=self.request.data)
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    def again(self, row: BuildItem) -> Response:
        """Return an item as it stands by now."""
        return self.answer(self.get_queryset().get(pk=row.pk))

    @extend_schema(request=BlockSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def block(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that an item cannot go on, and why."""
        row = self.get_object()
        services.item_block(item=row, entry=self.entry, reason=self.asked(BlockSerializer)["reason"])
        return self.again(row)

    @extend_schema(request=None, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def unblock(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let an item go on; how long it could not is kept."""
        row = self.get_object()
        services.item_unblock(item=row, entry=self.entry)
        return self.again(row)

    @extend_schema(request=TickSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def tick(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say whether an item meets a criterion of the definition of done."""
        row, said = self.get_object(), self.asked(TickSerializer)
        line = DoneCriterion.objects.filter(project=self.entry.project, pk=said["criterion"]).first()
        if line is None:
            raise DomainError(
                "Choose a criterion of this project.", fields={"criterion": "There is no such one."}
            )
        services.tick_set(item=row, criterion=line, entry=self.entry, is_on=said["is_met"])
        return self.again(row)

    @extend_schema(request=MoveSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def move(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move a card on the board; 409 when somebody else has moved it meanwhile."""
        row = self.get_object()
        return self.again(card_move(item=row, entry=self.entry, **self.asked(MoveSerializer)))

    @extend_schema(responses=CodeReferenceSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def references(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The commits, tickets and requests that are linked to an item."""
        rows = self.get_object().references.all()
        return Response(CodeReferenceSerializer(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(
        request=CodeReferenceSerializer,
        responses={200: CodeReferenceSerializer, 201: CodeReferenceSerializer},
        parameters=[IDEMPOTENCY],
    )
    @references.mapping.post
    def link(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Link a commit, ticket or request to an item: 201 when it is new, 200 when it was linked already."""
        row, context = self.get_object(), self.get_serializer_context()
        asked = CodeReferenceSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        reference, is_new = reference_add(
            item=row, entry=self.entry, reference=CodeReference(**asked.validated_data)
        )
        told = CodeReferenceSerializer(reference, context=context).data
        return Response(told, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(responses=ConformanceCheckSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def checks(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The conformance checks of an item, the latest first."""
        return Response(ConformanceCheckSerializer(self.get_object().checks.all(), many=True).data)

    @extend_schema(
        request=CheckSerializer, responses={201: ConformanceCheckSerializer}, parameters=[IDEMPOTENCY]
    )
    @checks.mapping.post
    def check(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record a conformance check of the build that stands in an environment."""
        row, said = self.get_object(), self.asked(CheckSerializer)
        said["environment"] = environment_of(self.entry, said["environment"])
        made = check_record(item=row, entry=self.entry, **said)
        return Response(ConformanceCheckSerializer(made).data, status=status.HTTP_201_CREATED)


def environment_of(entry: Entry, pk: int) -> Environment:
    """Return an environment of the project. Raises DomainError for any other."""
    found = Environment.objects.filter(project=entry.project, pk=pk).select_related("project").first()
    if found is None:
        message = "Choose an environment of this project."
        raise DomainError(message, fields={"environment": message})
    return found


class PromotionSerializer(serializers.ModelSerializer):
    """A build that was brought into an environment, with the ids of the items in it."""

    items = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Promotion
        fields = ["id", "environment", "build_id", "at", "by", "notes", "skip_reason", "items"]
        read_only_fields = fields


class PromoteSerializer(serializers.Serializer):
    """Which build goes where, with which items: all of them or none."""

    environment = RowIntegerField(min_value=1, max_value=LARGEST_KEY)
    build_id = RowCharField(max_length=80)
    items = serializers.ListField(
        child=RowIntegerField(min_value=1, max_value=LARGEST_KEY), min_length=1, max_length=MOST_ITEMS
    )
    notes = RowCharField(max_length=10_000, required=False, allow_blank=True, default="")
    skip_reason = RowCharField(max_length=255, required=False, allow_blank=True, default="")


class ReleaseLineSerializer(serializers.Serializer):
    """One thing that is new, in the customer's words, with the keys of the requirements that it serves."""

    item = serializers.IntegerField()
    key = serializers.CharField()
    kind = serializers.CharField()
    words = serializers.CharField()
    requirements = serializers.ListField(child=serializers.CharField())


class PromotionViewSet(ReadOnlyProjectViewSet):
    """The builds that were brought into environments; never changed."""

    room = "builds"
    queryset = Promotion.objects.select_related("environment__project").prefetch_related("items")
    serializer_class = PromotionSerializer
    filterset_class = PromotionFilterSet
    ordering_fields = ("at",)
    ordering = ("-at",)
    permissions: ClassVar[dict[str, str]] = {"create": "builds.promote", "notes": "builds.view"}

    @extend_schema(request=PromoteSerializer, responses={201: PromotionSerializer}, parameters=[IDEMPOTENCY])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring a build into an environment."""
        asked = PromoteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        said["environment"] = environment_of(self.entry, said["environment"])
        wanted = set(said["items"])
        said["items"] = list(BuildItem.objects.filter(project=self.entry.project, pk__in=wanted))
        if len(said["items"]) < len(wanted):
            message = "Choose items of this project."
            raise DomainError(message, fields={"items": message})
        made = promotion_make(entry=self.entry, **said)
        return self.answer(made, code=status.HTTP_201_CREATED)

    @extend_schema(responses=ReleaseLineSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None, url_path="release-notes")
    def notes(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What is new in a build, in the customer's words."""
        found = release_notes(until=self.get_object())
        lines = [
            {
                "item": line.item.pk,
                "key": line.item.key,
                "kind": line.item.kind,
                "words": line.words,
                "requirements": list(line.requirements),
            }
            for group in found.groups
            for line in group.lines
        ]
        return Response(ReleaseLineSerializer(lines, many=True).data)


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


class WipLimitSerializer(RowSerializer):
    """How many items a column of the board takes."""

    class Meta:
        model = WipLimit
        fields = ["id", "state", "limit", "version"]


class WipLimitViewSet(ProjectModelViewSet, viewsets.ModelViewSet):
    """The limits of the board's columns."""

    room = "builds"
    queryset = WipLimit.objects.all()
    serializer_class = WipLimitSerializer
    ordering_fields = ("state",)
    ordering = ("state",)
    permissions = dict.fromkeys(("create", "update", "partial_update", "destroy"), "builds.decide")


ROUTES = [
    (PROJECT + "build-items", BuildItemViewSet, "api-build-item"),
    (PROJECT + "environments", EnvironmentViewSet, "api-environment"),
    (PROJECT + "promotions", PromotionViewSet, "api-promotion"),
    (PROJECT + "wip-limits", WipLimitViewSet, "api-wip-limit"),
    (PROJECT + "definition-of-done", DoneCriterionViewSet, "api-done-criterion"),
]
