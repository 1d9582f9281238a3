"""Every address of the product, read from the resolver and the router, with the grant it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post", "put", "patch", "delete")
# Names in addresses that are not a model's.
MODELS = {
    "answer": "projects.attachment",
    "calendar": "projects.calendarfeed",
    "delivery": "reports.reportdelivery",
    "import": "projects.importrun",
    "print": "projects.job",
    "portal": "reports.report",
    "portal_file": "projects.attachment",
    "portal_picture": "projects.attachment",
    "template": "projects.projecttemplate",
    "token": "accounts.apitoken",
}


@dataclass(frozen=True)
class Route:
    """One address: its template, the view behind it, and the names in it."""

    template: str
    name: str
    callback: Any
    params: tuple[str, ...]

    def __str__(self) -> str:
        return self.template

    @property
    def is_api(self) -> bool:
        return hasattr(self.callback, "cls") and hasattr(self.callback, "actions")

    @property
    def view(self) -> Any:
        """Return the class behind the address; None for a plain function."""
        return getattr(self.callback, "cls", None) or getattr(self.callback, "view_class", None)

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the methods that the view answers, in small letters."""
        if self.is_api:
            allowed = self.view.http_method_names
            return tuple(name for name in METHODS if name in self.callback.actions and name in allowed)
        names = getattr(self.view, "http_method_names", METHODS)
        return tuple(name for name in METHODS if name in names and hasattr(self.view, name))

    @property
    def pages(self) -> Any:
        """Return the ModelPages that a generic page works for; None for any other view."""
        given = getattr(self.callback, "view_initkwargs", {})
        return given.get("pages") or getattr(self.view, "pages", None)

    def permission(self, method: str) -> str:
        """Return the grant that a method asks for; empty when the view declares none."""
        if self.is_api:
            initkwargs = getattr(self.callback, "initkwargs", {})
            view = self.view(**initkwargs)
            return str(view.permission_of(self.callback.actions[method]))
        pages = self.pages
        if pages is not None:
            return str(pages.permission(self.view.verb))
        return str(getattr(self.view, "permission", ""))

    @property
    def model(self) -> type[models.Model] | None:
        """Return whose key `pk` in the address is; None when nothing tells."""
        if self.is_api and getattr(self.view, "queryset", None) is not None:
            return self.view.queryset.model  # type: ignore[no-any-return]
        pages = self.pages
        if pages is not None:
            return pages.model  # type: ignore[no-any-return]
        first = self.name.split("_")[0]
        named = MODELS.get(self.name) or MODELS.get(first)
        if named:
            return apps.get_model(named)
        return next((model for model in apps.get_models() if model._meta.model_name == first), None)


def routes() -> list[Route]:
    """Return every address of the product itself; those of libraries are theirs to guard."""
    found: dict[str, Route] = {}
    for route in walk(get_resolver().url_patterns, "/"):
        if is_ours(route):
            # Of two patterns alike the first answers.
            found.setdefault(route.template, route)
    return sorted(found.values(), key=lambda route: (route.template, route.name))


def is_ours(route: Route) -> bool:
    module = (route.view or route.callback).__module__
    return module.split(".")[0] in {"implement", "projects", "budget"}


def walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    """Yield the addresses below a prefix."""
    for pattern in patterns:
        text = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + text)
        elif isinstance(pattern, URLPattern):
            names = tuple(dict.fromkeys([*pattern.pattern.converters, *pattern.pattern.regex.groupindex]))
            yield Route(
                template=prefix + text, name=str(pattern.name or ""), callback=pattern.callback, params=names
            )
