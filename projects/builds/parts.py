"""What the build puts into a project template: how it is done, and nothing of what was built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from projects.builds.choices import LIMITED, BuildKind
from projects.builds.models import DoneCriterion, Environment, WipLimit
from projects.builds.services.habits import habits_begin
from projects.kit.parts import Part, Starting, Taking, register, wrong

MOST = 100


class EnvironmentShape(serializers.Serializer):
    """An environment; its place is its position."""

    name = serializers.CharField(max_length=40)
    is_production = serializers.BooleanField(default=False)
    is_shown = serializers.BooleanField(default=False)


class CriterionShape(serializers.Serializer):
    """A line of the definition of done; without a kind it is for every kind."""

    text = serializers.CharField(max_length=255)
    kind = serializers.ChoiceField(choices=BuildKind.choices, allow_blank=True, default="")


class LimitShape(serializers.Serializer):
    """How many items a column takes."""

    state = serializers.ChoiceField(choices=[(state.value, state.label) for state in LIMITED])
    limit = serializers.IntegerField(min_value=1, max_value=999)


class HabitsShape(serializers.Serializer):
    """How a project builds."""

    environments = EnvironmentShape(many=True, max_length=MOST, default=list)
    done = CriterionShape(many=True, max_length=MOST, default=list)
    limits = LimitShape(many=True, max_length=MOST, default=list)


def take_habits(taking: Taking) -> dict[str, Any] | None:
    """Return the environments, the definition of done and the limits; None when there are none of these."""
    here = {"project": taking.project}
    value: dict[str, Any] = {
        "environments": list(Environment.objects.filter(**here).values("name", "is_production", "is_shown")),
        "done": list(DoneCriterion.objects.filter(**here).values("text", "kind")),
        "limits": list(WipLimit.objects.filter(**here).values("state", "limit")),
    }
    return value if any(value.values()) else None


def check_habits(value: Any, parts: Mapping[str, Any]) -> None:
    """Refuse what stands twice: an environment's name, a criterion of a kind, a column."""
    names: dict[str, tuple[str, ...]] = {
        "environments": ("name",), "done": ("kind", "text"), "limits": ("state",),
    }  # fmt: skip
    for key, columns in names.items():
        seen: set[tuple[str, ...]] = set()
        for place, row in enumerate(value[key]):
            said = tuple(str(row[name]).casefold() for name in columns)
            if said in seen:
                raise wrong(f"builds.{key}[{place}].{columns[-1]}: this stands there twice.")
            seen.add(said)


def apply_habits(starting: Starting, value: Any) -> None:
    """Write how the project builds."""
    habits_begin(
        project=starting.project,
        actor=starting.actor,
        environments=[dict(row) for row in value["environments"]],
        criteria=[dict(row) for row in value["done"]],
        limits=[dict(row) for row in value["limits"]],
    )
    starting.made += [
        ("Environments", str(len(value["environments"]))),
        ("Criteria of done", str(len(value["done"]))),
    ]


register(
    Part(
        key="builds",
        label="How things are built",
        help_text="Environments, the definition of done and the limits of the board; nothing of what was built.",
        order=70,
        shape=HabitsShape,
        take=take_habits,
        check=check_habits,
        apply=apply_habits,
        grant="builds.decide",
    )
)
