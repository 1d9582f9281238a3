"""Every form of the workspace with what nobody should type: a clear answer, nothing half-saved, never an error page.

The forms are not listed here: they are those of every ModelPages the resolver knows, and their fields are read
from the form that the page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.test import Client

from implement.testkit.cast import Cast
from implement.testkit.routes import Route, routes
from implement.testkit.rows import any_row
from projects.kit.access import project_lookup
from projects.models import Person

Login = Callable[..., Client]
MEGABYTE = "x" * 1_000_000
NASTY = [
    MEGABYTE, "\x00", "🦄 ' \" <b> {{ x }} %s \u202e", "9" * 400, "-1", "1e999", "NaN", "Infinity", "0",
    "2026-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59", "25:00", " ", "=1+1",
]  # fmt: skip
# 302: it was taken (a text may well be a unicorn). The others refuse, beside the field or on a page of their own.
ANSWERS = {302, 400, 403, 409, 413, 422}
FORMS = [route for route in routes() if route.pages is not None and route.name.endswith("_edit")]


def filled(form: forms.ModelForm) -> dict[str, Any]:
    """Return what a browser would send of a form that nobody touched."""
    values = {field.name: field.value() for field in form}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value not in (None, False, "")
        and not isinstance(value, (UploadedFile, models.fields.files.FieldFile))
    }


def address(route: Route, project: str, pk: int) -> str:
    return route.template.replace("<slug:project>", project).replace("<int:pk>", str(pk))


@pytest.fixture
def opened(cast: Cast, login: Login, request: pytest.FixtureRequest) -> tuple[Client, str, Any, models.Model]:
    """A form on a row of Nordwind, opened by its manager: browser, address, form, row."""
    route: Route = request.param
    row = any_row(route.pages.model, project=cast.nordwind, user=cast.mara)
    browser = login(cast.mara)
    url = address(route, "nordwind", row.pk)
    page = browser.get(url)
    assert page.status_code == 200, (url, page.status_code)
    return browser, url, page.context["form"], row


def foreign_rows(field: forms.ModelChoiceField, cast: Cast) -> Iterator[models.Model]:
    """Yield what the field must not take: the rival's customer, or a row of the rival's project."""
    model = field.queryset.model  # type: ignore[union-attr]
    if model is Person:
        yield cast.rolf.person
    elif project_lookup(model).split("__")[0] in {one.name for one in model._meta.concrete_fields}:
        yield any_row(model, project=cast.rival, user=cast.rita)


@pytest.mark.walk
@pytest.mark.parametrize("opened", FORMS, indirect=True, ids=lambda route: route.name)
class FormTests:
    def test_no_value_in_any_field_breaks_it(self, opened: Any) -> None:
        browser, url, form, _ = opened
        browser.raise_request_exception = False
        data = filled(form)
        broken = []
        for name in [field.name for field in form]:
            for value in NASTY:
                status = browser.post(url, data | {name: value}).status_code
                if status not in ANSWERS:
                    broken.append(f"{name}={value[:20]!r} ({len(value)}): {status}")
        assert not broken, f"{url}: " + "; ".join(broken)

    def test_bytes_that_are_no_text_are_refused_or_replaced(self, opened: Any) -> None:
        browser, url, form, _ = opened
        data = filled(form)
        body = urlencode(data).encode()
        for field in form:
            answer = browser.post(
                url,
                body + f"&{field.name}=".encode() + b"%ED%A0%80%FF",
                content_type="application/x-www-form-urlencoded",
            )
            assert answer.status_code in ANSWERS, field.name

    def test_a_row_of_another_project_is_never_taken(self, opened: Any, cast: Cast) -> None:
        browser, url, form, row = opened
        data = filled(form)
        for name, field in form.fields.items():
            if not isinstance(field, forms.ModelChoiceField):
                continue
            for foreign in foreign_rows(field, cast):
                answer = browser.post(url, data | {name: str(foreign.pk)})
                assert answer.status_code == 422, (name, answer.status_code)
                assert name in answer.context["form"].errors
                stored = type(row)._base_manager.get(pk=row.pk)
                assert getattr(stored, f"{name}_id", None) != foreign.pk

    def test_a_stale_form_changes_nothing(self, opened: Any) -> None:
        browser, url, form, row = opened
        type(row)._base_manager.filter(pk=row.pk).update(version=models.F("version") + 1)
        answer = browser.post(url, filled(form))
        assert answer.status_code in {403, 409, 422}
        assert type(row)._base_manager.get(pk=row.pk).version == row.version + 1  # type: ignore[attr-defined]
