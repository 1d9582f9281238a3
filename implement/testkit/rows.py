"""A row of any model in a given project: found, or made from nothing but the model's own declaration."""

from __future__ import annotations

import uuid
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from implement.accounts.models import User
from projects.kit.access import project_lookup
from projects.models import (
    Absence,
    Customer,
    Dependency,
    ImportRun,
    Person,
    Project,
    ProjectTemplate,
    Task,
    WorkCalendar,
)


def any_row(
    model: type[models.Model], *, project: Project, user: User, of_firm: bool = False
) -> models.Model:
    """Return a row of the model in the project, of this user's person where rows have one.

    `of_firm`: of what both the firm and its projects have, the firm's.
    """
    if of_firm and model is WorkCalendar:
        return WorkCalendar.objects.of_firm().first() or WorkCalendar.objects.create(name="Firm")
    names = names_of(model)
    if model is Project:
        return project
    path = project_lookup(model)
    wanted: dict[str, Any] = {path: project} if path.split("__")[0] in names else {}
    for name in ("user", "created_by", "author"):
        if name in names and not wanted.get("user"):
            wanted[name] = user
    person = Person.objects.filter(user=user).first()
    has_person = model._meta.app_label == "budget" or model is Absence
    if "person" in names and has_person and person is not None:
        wanted["person"] = person
    if "channel" in names:
        wanted["channel"] = "in_app"
    if model is ImportRun:
        wanted["kind"] = "time.file"
    if model is ProjectTemplate:
        # What the product brings is not for everybody to change.
        wanted["is_builtin"] = False
    found = model._default_manager.filter(**wanted).first() if wanted or model is Customer else None
    if found is not None and getattr(found, "deleted_at", None) is None:
        return found
    return make_row(model, project=project, user=user, wanted=wanted)


def make_row(
    model: type[models.Model], *, project: Project, user: User, wanted: dict[str, Any]
) -> models.Model:
    """Write a row whose required columns hold something plausible."""
    values = {name: value for name, value in wanted.items() if "__" not in name}
    for field in model._meta.concrete_fields:
        if field.name in values or field.primary_key or field.generated:
            continue
        if isinstance(field, models.ForeignKey):
            if field.remote_field.model is Project:
                values[field.name] = project
            elif not field.null:
                values[field.name] = related_row(field.remote_field.model, project=project, user=user)
        elif not field.has_default() and not field.null and not getattr(field, "auto_now", False):
            values[field.name] = plain_value(field)
    if model is Dependency and values["predecessor"] == values["successor"]:
        values["successor"] = Task.objects.create(
            project=project, name="Follow-up", position=99, duration_minutes=480
        )
    # Nobody approves their own hours, or stands in for themselves.
    for name, other in (("approver", "person"), ("delegate", "approver")):
        if name in values and values[name] == values.get(other):
            values[name] = Person.objects.filter(customer=None).exclude(pk=values[name].pk)[0]
    if "time_entry" in names_of(model):
        # A decision is of an entry or of an expense.
        values["time_entry"] = related_row(
            model._meta.get_field("time_entry").related_model,
            project=project,
            user=user,  # type: ignore[arg-type]
        )
    if "content_type" in values:
        target = project.tasks.first()
        values |= {"content_type": ContentType.objects.get_for_model(target), "object_id": target.pk}
    if "purpose" in values:
        values["purpose"] = "milestone.accept"
    if "seconds" in values:
        values["seconds"] = 60
    row = model(**values)
    row.save()
    return row


def names_of(model: type[models.Model]) -> set[str]:
    """Return what the fields of a model are called."""
    return {field.name for field in model._meta.get_fields()}


def related_row(model: type[models.Model], *, project: Project, user: User) -> models.Model:
    """Return what a required link may point to."""
    if model is User:
        return user
    if model is Person:
        return Person.objects.filter(user=user).first() or Person.objects.filter(customer=None)[0]
    if model is ContentType:
        return ContentType.objects.get_for_model(Project)
    return any_row(model, project=project, user=user)


def plain_value(field: models.Field[Any, Any]) -> Any:
    """Return a value for a column without a default."""
    if field.choices:
        return next(key for key, _ in field.flatchoices)
    if isinstance(field, models.FileField):
        return ContentFile(b"%PDF-1.7 file", name="file.pdf")
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        # A period's end comes after its beginning.
        return date(2026, 3, 9) + timedelta(days=7 * field.name.endswith("_to"))
    simple: list[tuple[type[models.Field[Any, Any]], Any]] = [
        (models.TimeField, time(9)),
        (models.UUIDField, uuid.uuid4()),
        (models.JSONField, {}),
        (models.BooleanField, False),
        (models.DecimalField, Decimal(1)),
        (models.IntegerField, 1),
    ]
    for kind, value in simple:
        if isinstance(field, kind):
            return value
    if isinstance(field, models.EmailField):
        return f"{uuid.uuid4().hex}@example.test"
    if field.name == "currency":
        return "EUR"
    if field.name == "time_zone":
        return "UTC"
    if getattr(field, "blank", False) and not field.unique:
        return ""
    return f"x{uuid.uuid4().hex}"[: field.max_length or 20]
