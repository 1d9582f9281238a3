"""One's own things: notifications, and the tokens of one's integrations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db import models
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from implement.accounts.models import ApiToken, validate_scopes
from projects.choices import Channel
from projects.kit.rest import OwnScope, RowCharField, RowDateTimeField
from projects.kit.rest.viewsets import Reading
from projects.models import Delivery

LONGEST_LIFE = timedelta(days=366)


class NotificationFilterSet(django_filters.FilterSet):
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label="Unread")

    class Meta:
        model = Delivery
        fields: list[str] = []


class NotificationSerializer(serializers.ModelSerializer):
    at = serializers.DateTimeField(source="entry.at", read_only=True)
    project = serializers.CharField(
        source="entry.project.code", read_only=True, default=None, allow_null=True
    )
    actor_name = serializers.CharField(source="entry.actor_name", read_only=True)
    event = serializers.CharField(source="entry.action", read_only=True)
    target_type = serializers.CharField(source="entry.target_type", read_only=True)
    target_id = serializers.CharField(source="entry.target_id", read_only=True)
    target_label = serializers.CharField(source="entry.target_label", read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "at",
            "project",
            "actor_name",
            "event",
            "target_type",
            "target_id",
            "target_label",
            "read_at",
        ]
        read_only_fields = fields


class NotificationViewSet(OwnScope, Reading, mixins.RetrieveModelMixin):
    """What you were told of in the product."""

    queryset = Delivery.objects.filter(channel=Channel.IN_APP).select_related("entry__project")
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilterSet
    ordering = ("-pk",)
    room = "notifications"

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(user=self.request.user)

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"], filter_backends=[])
    def read(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mark it as read; a second time changes nothing."""
        row = self.get_object()
        Delivery.objects.filter(pk=row.pk, read_at=None).update(read_at=timezone.now())
        row.refresh_from_db(fields=["read_at"])
        return self.answer(row)


class TokenSerializer(serializers.ModelSerializer):
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ApiToken
        fields = ["id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]
        read_only_fields = fields


class TokenCreateSerializer(serializers.Serializer):
    name = RowCharField(max_length=80)
    scopes = serializers.ListField(
        child=RowCharField(max_length=40),
        min_length=1,
        max_length=40,
        help_text="read, write, or one room's: read:time, write:time.",
    )
    expires_at = RowDateTimeField(help_text="At most a year from now.")

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        validate_scopes(scopes)
        return sorted(set(scopes))

    def validate_expires_at(self, at: datetime) -> datetime:
        if not timezone.now() < at <= timezone.now() + LONGEST_LIFE:
            raise exceptions.ValidationError("Choose a moment in the next 366 days.")
        return at


class NewTokenSerializer(TokenSerializer):
    """A token with its secret, which is told this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "secret"]
        read_only_fields = fields


def check_not_wider(*, by: ApiToken, scopes: list[str], expires_at: datetime) -> None:
    """Raise PermissionDenied when a token would make one that may do more, or lives longer, than itself."""
    own = set(by.scopes)
    for scope in scopes:
        verb, _, room = scope.partition(":")
        enough = {"write"} | ({"read"} if verb == "read" else set())
        if room:
            enough |= {f"write:{room}"} | ({f"read:{room}"} if verb == "read" else set())
        if not enough & own:
            raise exceptions.PermissionDenied(f"This token has not the scope “{scope}” itself.")
    if expires_at > by.expires_at:
        raise exceptions.PermissionDenied("This token ends earlier than the one it would make.")


@extend_schema_view(
    create=extend_schema(request=TokenCreateSerializer, responses={201: NewTokenSerializer}),
    destroy=extend_schema(description="Revoke a token; it stays in the list."),
)
class TokenViewSet(OwnScope, Reading, mixins.CreateModelMixin, mixins.DestroyModelMixin):
    """The keys of your integrations."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    ordering = ("-pk",)
    room = "tokens"

    def visible(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(user=self.request.user)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = TokenCreateSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        if request.user.token is not None:
            check_not_wider(by=request.user.token, scopes=said["scopes"], expires_at=said["expires_at"])
        token, secret = ApiToken.issue(user=request.user, **said)
        return Response(TokenSerializer(token).data | {"secret": secret}, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        ApiToken.objects.filter(pk=self.get_object().pk, revoked_at=None).update(revoked_at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
