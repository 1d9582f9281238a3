"""How every operation of the API describes itself."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from implement.core.rest import PROBLEM_TYPE, ProblemSerializer

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# A key in an address, by the pattern that the router knows it by.
KEYS: dict[str, dict[str, Any]] = {
    r"^\d{1,18}$": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
    "^[0-9a-f-]{36}$": {"type": "string", "format": "uuid"},
}
PRINTABLE = r"^[^\u0000]*$"
VERBS = {
    "list": "List {many}",
    "retrieve": "Read {one}",
    "create": "Add {one}",
    "update": "Replace {one}",
    "partial_update": "Change {one}",
    "destroy": "Delete {one}",
    "steps": "Take a step with {one}",
}


ONE_AT_A_TIME = threading.Lock()


class GuardedGenerator(SchemaGenerator):
    """Describes the API to one reader after the other.

    The library looks its extensions up when it is first asked, and two threads that do so break each other.
    """

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        with ONE_AT_A_TIME:
            return super().get_schema(*args, **kwargs)


def one_of(many: str) -> str:
    """Return the word for one of a resource: "time entry" of "time entries"."""
    if many == "people":
        return "person"
    return f"{many.removesuffix('ies')}y" if many.endswith("ies") else many.removesuffix("s")


class ProblemSchema(AutoSchema):
    """The schema of an operation, with the problems it may answer, its resource and its keys typed."""

    def get_filter_backends(self) -> list[Any]:
        # The paginator and the filters belong to lists of rows only.
        return super().get_filter_backends() if self._is_list_view() else []

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._get_filter_parameters()
        for parameter in found:
            schema = parameter["schema"]
            if schema.get("type") == "string" and not {"format", "enum", "pattern"} & schema.keys():
                # What a database does not store is nowhere to be found, and refused.
                schema["pattern"] = PRINTABLE
        return found

    def get_tags(self) -> list[str]:
        # What is below a project is told apart by its own name, not by "projects".
        words = self._tokenize_path()
        return words[1:2] if words[0] == "projects" and len(words) > 1 else words[:1]

    def get_summary(self) -> str | None:
        """Return a line for the list of operations: what is done with what."""
        name = getattr(self.view, "action", "")
        if name in VERBS and getattr(self.view, "queryset", None) is not None:
            many = self.get_tags()[0].replace("-", " ")
            return VERBS[name].format(one=one_of(many), many=many)
        said = getattr(self.view, name, None)
        return (said.__doc__ or "").strip().split("\n")[0].rstrip(".") or None

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, serializers.DecimalField) and direction == "request" and "pattern" in schema:
            # Answers are exact text; a JSON number is taken, too, digit by digit as it was written.
            exact = {name: schema.pop(name) for name in ("type", "format", "pattern")}
            schema["oneOf"] = [exact, {"type": "number"}]
        return schema

    def _postprocess_serializer_schema(self, schema: Any, serializer: Any, direction: str) -> Any:
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)
        if not serializer.__class__.__doc__:
            # What a base class says of itself describes no resource.
            schema.pop("description", None)
        # What is hidden from some readers is not promised to all.
        hidden = getattr(serializer, "hidden_without", {})
        if hidden and "required" in schema:
            schema["required"] = [name for name in schema["required"] if name not in hidden]
        return schema

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        own = [name for name in variables if name == "project"]
        found = [
            {
                "in": "path",
                "name": name,
                "required": True,
                "description": "The project's code.",
                "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$", "maxLength": 20},
            }
            for name in own
        ]
        rest = super()._resolve_path_parameters([name for name in variables if name not in own])
        for parameter in rest:
            parameter["schema"] = KEYS.get(parameter["schema"].get("pattern", ""), parameter["schema"])
        return [*found, *rest]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)  # type: ignore[arg-type]
        codes = [400, 401, 403, 404, 406, 429, 500]
        if self.method in UNSAFE:
            codes += [409, 413, 415]
        if self.method in {"PUT", "PATCH", "DELETE"}:
            codes.append(412)
        for code in sorted(codes):
            if str(code) not in bodies:
                body = self._get_response_for_code(ProblemSerializer, str(code), [PROBLEM_TYPE], direction)
                bodies[str(code)] = {**body, "description": HTTPStatus(code).phrase}
        return bodies
