"""How much people have to do, against their working time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from budget.selectors.load import MOST_PERIODS, load_asked, people_on, people_seen, seen_load
from implement.core.errors import DomainError
from projects.kit.rest import PROJECT, OwnScope, ProjectScope
from projects.models import Person
from projects.planning import today_of
from projects.selectors import ZOOMS, Load

# Of so many people at a time: narrow the rest by `person`.
MOST_PEOPLE = 500

PARAMETERS = [
    OpenApiParameter("zoom", str, enum=list(ZOOMS), description="The length of a period; default: week."),
    OpenApiParameter(
        "start",
        {"type": "string", "format": "date", "pattern": "^(199[0-9]|20[0-9]{2}|2100)-"},
        description="A day of the first period; default: today.",
    ),
    OpenApiParameter(
        "count",
        {"type": "integer", "minimum": 1, "maximum": MOST_PERIODS},
        description="How many periods; default: 13 weeks, 6 months or 4 quarters.",
    ),
]


class LoadTaskSerializer(serializers.Serializer):
    """What of a task falls into a period."""

    project = serializers.CharField()
    task = serializers.IntegerField()
    name = serializers.CharField()
    seconds = serializers.IntegerField()
    finish = serializers.DateField()
    is_overdue = serializers.BooleanField()


class LoadCellSerializer(serializers.Serializer):
    """One person in one period, in seconds. `other`: of the planned work, what is on projects you do not see."""

    first = serializers.DateField()
    last = serializers.DateField()
    capacity = serializers.IntegerField(help_text="Working time of the whole period, less absences.")
    ahead = serializers.IntegerField(help_text="What of it is still to come.")
    planned = serializers.IntegerField(help_text="Work still to do in it, on all projects.")
    other = serializers.IntegerField()
    over = serializers.IntegerField(help_text="How much more there is to do than time ahead.")
    booked = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["past", "over", "full", "some", "free", "away"])
    tasks = LoadTaskSerializer(many=True)


class LoadPersonSerializer(serializers.Serializer):
    """A person's periods."""

    person = serializers.IntegerField()
    name = serializers.CharField()
    job_role = serializers.CharField()
    is_over = serializers.BooleanField()
    cells = LoadCellSerializer(many=True)


class LoadSerializer(serializers.Serializer):
    """Who has how much to do, from a day on."""

    as_of = serializers.DateField()
    zoom = serializers.ChoiceField(choices=list(ZOOMS))
    people = LoadPersonSerializer(many=True)


def answer(request: Request, people: Sequence[Person], today: date) -> Response:
    """Return the load that the query asks for. Raises DomainError for what cannot be read."""
    said = request.query_params
    for name in ("zoom", "start", "count"):
        if said.get(name) == "":
            raise DomainError(
                "Some values are not right.", fields={name: "Give it a value, or leave it out."}
            )
    asked = load_asked(
        zoom=said.get("zoom", ""), start=said.get("start", ""), count=said.get("count", ""), today=today
    )
    user: Any = request.user
    load = seen_load(people=people, asked=asked, as_of=today, user=user)
    return Response(load_json(load, asked.zoom))


def load_json(load: Load, zoom: str) -> dict[str, Any]:
    """Return the load as plain JSON."""
    return {
        "as_of": load.as_of.isoformat(),
        "zoom": zoom,
        "people": [
            {
                "person": row.person.pk,
                "name": row.person.name,
                "job_role": row.person.job_role,
                "is_over": row.is_over,
                "cells": [
                    {
                        "first": cell.period.first.isoformat(),
                        "last": cell.period.last.isoformat(),
                        **{
                            name: getattr(cell, name)
                            for name in ("capacity", "ahead", "planned", "other", "over", "booked", "state")
                        },
                        "tasks": [
                            {
                                "project": piece.project.code,
                                "task": piece.task,
                                "name": piece.name,
                                "seconds": piece.seconds,
                                "finish": piece.finish.isoformat(),
                                "is_overdue": piece.is_overdue,
                            }
                            for piece in cell.pieces
                        ],
                    }
                    for cell in row.cells
                ],
            }
            for row in load.people
        ],
    }


class LoadViewSet(OwnScope, viewsets.ViewSet):
    """The load of the people you manage, of everybody for an administrator, else your own."""

    room = "load"

    @extend_schema(
        operation_id="load", parameters=PARAMETERS, responses=forced_singular_serializer(LoadSerializer)
    )
    def list(self, request: Request) -> Response:
        """Return who has how much to do, by week, month or quarter."""
        people = list(people_seen(request.user)[: MOST_PEOPLE + 1])  # type: ignore[arg-type]
        if len(people) > MOST_PEOPLE:
            raise DomainError(f"More than {MOST_PEOPLE} people: ask project by project.")
        return answer(request, people, timezone.localdate())


class ProjectLoadViewSet(ProjectScope, viewsets.ViewSet):
    """The load of a project's people, on all their projects."""

    room = "load"

    @extend_schema(
        operation_id="project_load",
        parameters=PARAMETERS,
        responses=forced_singular_serializer(LoadSerializer),
    )
    def list(self, request: Request, project: str) -> Response:
        """Return who of the project has how much to do, by week, month or quarter."""
        return answer(request, list(people_on(self.entry.project)), today_of(self.entry.project))


ROUTES = [("load", LoadViewSet, "api-load"), (PROJECT + "load", ProjectLoadViewSet, "api-project-load")]
