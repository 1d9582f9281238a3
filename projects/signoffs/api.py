"""Sign-offs over the API: what was asked and decided; remind, withdraw and revoke."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from projects.kit.rest import (
    IDEMPOTENCY,
    LARGEST_KEY,
    PROJECT,
    ReadOnlyProjectViewSet,
    RowCharField,
    RowIntegerField,
    RowSerializer,
)
from projects.signoffs import services
from projects.signoffs.filtersets import RequestFilterSet
from projects.signoffs.models import Decision, RequestItem, ResponseRequest
from projects.signoffs.services import COMMENT_LENGTH


class DecisionSerializer(serializers.ModelSerializer):
    """Who decided what, on which version and hash."""

    class Meta:
        model = Decision
        fields = [
            "id", "verdict", "verdict_label", "option", "option_label", "comment", "name", "role",
            "organisation", "proof", "subject_version", "sha256", "at", "revokes",
        ]  # fmt: skip


class RequestItemSerializer(serializers.ModelSerializer):
    """What was asked, exactly as it was shown, and the decisions about it."""

    target = serializers.SerializerMethodField()
    decisions = DecisionSerializer(many=True, read_only=True)

    class Meta:
        model = RequestItem
        fields = ["id", "target", "label", "subject_version", "content", "sha256", "decisions"]

    def get_target(self, item: RequestItem) -> str:
        kind = ContentType.objects.get_for_id(item.content_type_id)
        return f"{kind.app_label}.{kind.model}:{item.object_id}"


class ResponseRequestSerializer(RowSerializer):
    """A question to one named contact. Its link is nowhere but in the contact's mail."""

    items = RequestItemSerializer(many=True, read_only=True)

    class Meta:
        model = ResponseRequest
        fields = [
            "id", "purpose", "title", "person", "address", "message", "due_on", "expires_at", "state",
            "created_at", "opened_at", "reminded_at", "reminders", "closed_at", "items", "version",
        ]  # fmt: skip
        read_only_fields = fields


class WithdrawSerializer(serializers.Serializer):
    """Why a question is taken back."""

    reason = RowCharField(max_length=255)


class RevokeSerializer(serializers.Serializer):
    """Which decision no longer holds, and why."""

    decision = RowIntegerField(
        min_value=1, max_value=LARGEST_KEY, help_text="The id of a decision of this request."
    )
    reason = RowCharField(max_length=COMMENT_LENGTH)


class ResponseRequestViewSet(ReadOnlyProjectViewSet):
    """What the customer was asked, and what they decided."""

    room = "signoffs"
    queryset = ResponseRequest.objects.prefetch_related("items__decisions")
    serializer_class = ResponseRequestSerializer
    filterset_class = RequestFilterSet
    ordering_fields = ("created_at", "due_on")
    ordering = ("-created_at", "-pk")
    permissions: ClassVar[dict[str, str]] = dict.fromkeys(("remind", "withdraw", "revoke"), "signoffs.change")

    @extend_schema(request=None, responses=ResponseRequestSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def remind(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mail the contact once more; at most once a day."""
        row = self.get_object()
        services.request_remind(request=row, entry=self.entry)
        return self.answer(row)

    @extend_schema(request=WithdrawSerializer, responses=ResponseRequestSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def withdraw(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take the question back; its link stops working at once."""
        row = self.get_object()
        asked = WithdrawSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.request_withdraw(
            request=row, actor=self.entry.user, reason=asked.validated_data["reason"], entry=self.entry
        )
        return self.answer(row)

    @extend_schema(request=RevokeSerializer, responses=ResponseRequestSerializer, parameters=[IDEMPOTENCY])
    @action(detail=True, methods=["post"], filter_backends=[])
    def revoke(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record that a decision no longer holds; the decision itself stays."""
        row = self.get_object()
        asked = RevokeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        decision = get_object_or_404(Decision, item__request=row, pk=said["decision"])
        services.decision_revoke(decision=decision, entry=self.entry, reason=said["reason"])
        return self.answer(self.get_object())


ROUTES = [(PROJECT + "sign-offs", ResponseRequestViewSet, "api-sign-off")]
