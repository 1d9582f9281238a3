"""The firm's exchange rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget.models import ExchangeRate
from budget.selectors.exchange import rate_on
from budget.services.exchange import exchange_rate_delete, exchange_rate_save
from implement.core.errors import DomainError
from implement.core.money import currencies
from projects.kit.rest import (
    IDEMPOTENCY,
    PROJECT,
    DeclaredOrderingFilter,
    ProjectScope,
    RowDateField,
    RowSerializer,
)


class ExchangeRateSerializer(RowSerializer):
    """1 `base` is `rate` `quote` from a day on."""

    class Meta:
        model = ExchangeRate
        fields = [
            "id",
            "version",
            "base",
            "quote",
            "effective_on",
            "rate",
            "source",
            "created_at",
            "updated_at",
        ]
        # Entered again for the same day, a rate replaces the one that stands there.
        validators: tuple[Any, ...] = ()


class FoundRateSerializer(serializers.Serializer):
    """The rate in force on a day; `rate` null: there is none."""

    base = serializers.CharField()
    quote = serializers.CharField()
    on = serializers.DateField()
    rate = serializers.CharField(allow_null=True)
    effective_on = serializers.DateField(allow_null=True)
    way = serializers.ChoiceField(choices=["direct", "inverse", "cross"], allow_null=True)
    words = serializers.CharField(allow_blank=True)


CODE = {"type": "string", "enum": sorted(currencies())}


class AskedSerializer(serializers.Serializer):
    """Which two currencies, and on which day; default: today."""

    base = serializers.CharField(max_length=3)
    quote = serializers.CharField(max_length=3)
    on = RowDateField(required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is no currency, by field."""
        for name in ("base", "quote"):
            if said[name] not in currencies():
                raise serializers.ValidationError({name: [f"“{said[name]}” is not a known currency code."]})
        return said


class GoneSerializer(serializers.Serializer):
    """Which rate is taken out."""

    base = serializers.CharField(max_length=3)
    quote = serializers.CharField(max_length=3)
    effective_on = RowDateField()


class ExchangeRateViewSet(ProjectScope, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Rates of the whole firm, the newest first; the finances add to them, replace them, take them out.

    A rate is named by its currencies and its day: the rows belong to no project.
    """

    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    ordering_fields = ("effective_on", "created_at")
    ordering = ("-effective_on", "base", "quote", "pk")
    filter_backends = (DeclaredOrderingFilter,)
    permissions = {
        "list": "exchange.view",
        "create": "exchange.change",
        "remove": "exchange.change",
        "found": "exchange.view",
    }

    @extend_schema(
        parameters=[IDEMPOTENCY], responses={200: ExchangeRateSerializer, 201: ExchangeRateSerializer}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Enter a rate from a day on; the one that stands there for the same currencies and day is replaced."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        row, is_new = exchange_rate_save(
            base=said["base"],
            quote=said["quote"],
            on=said["effective_on"],
            rate=Decimal(said["rate"]),
            source=said.get("source", ""),
            actor=self.entry.user,
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.get_serializer(row).data, status=code)

    @extend_schema(request=GoneSerializer, responses={204: None}, parameters=[IDEMPOTENCY])
    @action(detail=False, methods=["post"], url_path="remove", filter_backends=[], pagination_class=None)
    def remove(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a rate out of the table; approved expenses keep it."""
        asked = GoneSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row = ExchangeRate.objects.filter(**asked.validated_data).first()
        if row is None:
            message = "There is no rate of these currencies for this day."
            raise DomainError(message, fields={"effective_on": message})
        exchange_rate_delete(row=row, actor=self.entry.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="exchange_rate_found",
        parameters=[
            OpenApiParameter("base", CODE, required=True),
            OpenApiParameter("quote", CODE, required=True),
            OpenApiParameter(
                "on", {"type": "string", "format": "date", "pattern": "^(19[0-9]{2}|2[01][0-9]{2})-"}
            ),
        ],
        responses=FoundRateSerializer,
    )
    @action(detail=False, methods=["get"], url_path="found", filter_backends=[], pagination_class=None)
    def found(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the rate in force on a day, and how it was found."""
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        base, quote = asked.validated_data["base"], asked.validated_data["quote"]
        on = asked.validated_data.get("on") or timezone.localdate()
        found = rate_on(base=base, quote=quote, on=on)
        return Response(
            {
                "base": base,
                "quote": quote,
                "on": on.isoformat(),
                "rate": format(found.rate, "f") if found else None,
                "effective_on": found.on.isoformat() if found else None,
                "way": found.way if found else None,
                "words": found.words if found else "",
            }
        )


ROUTES = [(PROJECT + "exchange-rates", ExchangeRateViewSet, "api-exchange-rate")]
