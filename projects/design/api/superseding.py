"""What takes something's place, as the API asks for it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.kit.rest import LARGEST_KEY, RowCharField, RowIntegerField


def key_field(**words: Any) -> RowIntegerField:
    """Return a field for the id of a row."""
    return RowIntegerField(min_value=1, max_value=LARGEST_KEY, **words)


class SupersedeSerializer(serializers.Serializer):
    """What takes its place, and why; an element may also be superseded by nothing, with a reason."""

    successor = key_field(required=False, allow_null=True, default=None)
    reason = RowCharField(max_length=255, required=False, allow_blank=True, default="")


class Superseding:
    """Find the successor that a request names."""

    def successor_of(self, said: dict[str, Any]) -> Any:
        """Return the row that takes another's place. Raises ValidationError when it is not here."""
        if said["successor"] is None:
            return None
        found = self.get_queryset().filter(pk=said["successor"]).first()  # type: ignore[attr-defined]
        if found is None:
            raise serializers.ValidationError({"successor": ["There is no such row here."]})
        return found
