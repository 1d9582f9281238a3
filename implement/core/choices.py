"""Choices that know the tone in which they are shown, and the column that holds one."""

from __future__ import annotations

from typing import Any

from django.db import models


class TonedChoices(models.TextChoices):
    """Members are written `value, tone, label`; tones: quiet, moving, good, done, watch, trouble."""

    tone: str

    def __new__(cls, value: str, tone: str = "quiet") -> TonedChoices:
        member = str.__new__(cls, value)
        member._value_ = value
        member.tone = tone
        return member


class StateField(models.CharField):
    """One state of a TonedChoices. Changed by a transition only, so it stands in no form and no serializer."""

    def __init__(self, *args: Any, states: type[TonedChoices] | None = None, **kwargs: Any) -> None:
        self.states = states
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("editable", False)
        kwargs.setdefault("db_index", True)
        if states is not None:
            kwargs.setdefault("choices", states.choices)
        super().__init__(*args, **kwargs)

    def tone(self, value: str) -> str:
        """Return the tone of a stored value."""
        return self.states(value).tone if self.states is not None else "quiet"
