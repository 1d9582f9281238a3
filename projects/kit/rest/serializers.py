"""Rows as the API reads and writes them: bounded values, links narrowed to the project."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.relations import MANY_RELATION_KWARGS

from implement.core.db import TrashModel
from implement.core.rest import check_writable
from projects.kit.forms import narrowed

LARGEST = 2**31 - 1
LARGEST_KEY = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST_TEXT = 100_000
WHOLE_NUMBERS = [
    models.IntegerField,
    models.BigIntegerField,
    models.SmallIntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
]


class RowCharField(serializers.CharField):
    """A text; a number is none, as the schema says."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class RowIntegerField(serializers.IntegerField):
    """A whole number; a text with digits in it is none."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str | bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class RowBooleanField(serializers.BooleanField):
    """true or false; words and numbers that may mean either are neither."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class RowLinksField(serializers.ManyRelatedField):
    """The ids of several rows, as a list and nothing else that can be gone through."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class RowLinkField(serializers.PrimaryKeyRelatedField):
    """The id of another row, as a number."""

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> RowLinksField:
        shared = {name: value for name, value in kwargs.items() if name in MANY_RELATION_KWARGS}
        return RowLinksField(child_relation=cls(*args, **kwargs), **shared)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not 0 <= data <= LARGEST_KEY:
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$"})
class RowTimeField(serializers.TimeField):
    """A time of day on the clock of the place; it has no offset, so it is no `time` of the schema's."""


class YearsMixin:
    """Refuse years that no project has; arithmetic with them breaks far from the field."""

    def to_internal_value(self, value: Any) -> Any:
        moment: date | datetime = super().to_internal_value(value)  # type: ignore[misc]
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise exceptions.ValidationError(f"Years are from {FIRST_YEAR} to {LAST_YEAR}.")
        return moment


class RowDateField(YearsMixin, serializers.DateField):
    """A day of a year that projects have."""


class RowDateTimeField(YearsMixin, serializers.DateTimeField):
    """A moment of a year that projects have. Without an offset it is in the reader's time zone."""

    def enforce_timezone(self, value: datetime) -> datetime:
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            # Year 1 or 9999 moved across its edge by an offset; the year is refused right after.
            return value.replace(tzinfo=timezone.get_current_timezone())


class RowJSONField(serializers.JSONField):
    """JSON of which every text can be stored."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        check_writable(value)
        return value


def live(queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Return the rows that are not in the trash."""
    return queryset.filter(deleted_at=None) if issubclass(queryset.model, TrashModel) else queryset


class RowSerializer(serializers.ModelSerializer):
    """A row of a project: links are narrowed to the project's own rows; `version` is what ETag says."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        **dict.fromkeys([models.CharField, models.TextField], RowCharField),
        **dict.fromkeys(WHOLE_NUMBERS, RowIntegerField),
        models.BooleanField: RowBooleanField,
        models.DateField: RowDateField,
        models.DateTimeField: RowDateTimeField,
        models.JSONField: RowJSONField,
        models.TimeField: RowTimeField,
    }
    serializer_related_field = RowLinkField

    # Field -> grant: who has not the grant never sees the field nor may set it.
    hidden_without: ClassVar[dict[str, str]] = {}

    version = serializers.IntegerField(read_only=True)

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        kind, words = super().build_standard_field(field_name, model_field)
        if issubclass(kind, serializers.IntegerField) and "choices" not in words:
            # SQLite keeps 64 bits and PostgreSQL 32: the API promises what both keep.
            words["max_value"] = min(words.get("max_value") or LARGEST, LARGEST)
            words["min_value"] = max(words.get("min_value") or -LARGEST, -LARGEST)
            if isinstance(model_field, models.PositiveIntegerField | models.PositiveSmallIntegerField):
                words["min_value"] = 0
        if isinstance(model_field, models.TextField) and issubclass(kind, serializers.CharField):
            words.setdefault("max_length", LONGEST_TEXT)
        return kind, words

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        entry = getattr(self.context.get("view"), "entry", None)
        if entry is not None:
            for name, grant in self.hidden_without.items():
                if not entry.can(grant):
                    fields.pop(name, None)
        for field in fields.values():
            related = getattr(field, "child_relation", field)
            if entry is not None and getattr(related, "queryset", None) is not None:
                related.queryset = live(narrowed(related.queryset, entry))
        return fields
