"""One declaration per model, from which its pages follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models, transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest
from django.urls import URLPattern, path, reverse

from implement.core.forms import offer_rows
from projects.kit import rows
from projects.kit.access import Entry
from projects.kit.forms import narrowed
from projects.kit.pages.base import TRASH, BulkAction, PagesView
from projects.kit.pages.items import DeletePage, DetailPage, FormPage, HistoryPage, RestorePage, StepPage
from projects.kit.pages.lists import BulkPage, ExportPage, ListPage, SaveViewPage, TrashPage
from projects.kit.workflow import Workflow


class ModelPages:
    """The declaration. Override a page by naming another class, a verb by another method."""

    model: ClassVar[type[models.Model]]
    table: ClassVar[Any]
    filterset: ClassVar[Any]
    form: ClassVar[Any]
    room: ClassVar[str]
    workflow: ClassVar[Workflow | None] = None
    fields: ClassVar[tuple[str, ...]] = ()
    list_template: ClassVar[str] = "generic/index.html"
    detail_template: ClassVar[str] = "generic/detail.html"
    form_template: ClassVar[str] = "generic/form.html"
    teach: ClassVar[str] = ""
    select_related: ClassVar[tuple[str, ...]] = ()
    list_page: ClassVar[type[PagesView]] = ListPage
    detail_page: ClassVar[type[PagesView]] = DetailPage
    form_page: ClassVar[type[PagesView]] = FormPage

    def __init_subclass__(cls) -> None:
        known = set(dir(ModelPages))
        for name in vars(cls):
            if not name.startswith("_") and name not in known | set(ModelPages.__annotations__):
                raise TypeError(f"{cls.__name__}.{name}: pages have no such attribute.")

    # --- names and addresses ---
    @classmethod
    def slug(cls) -> str:
        return str(cls.model._meta.verbose_name_plural).replace(" ", "-")

    @classmethod
    def name(cls) -> str:
        return str(cls.model._meta.model_name)

    @classmethod
    def url(cls, page: str, project: Any, **kwargs: Any) -> str:
        return reverse(f"{cls.name()}_{page}", kwargs={"project": project.code, **kwargs})

    @classmethod
    def address(cls, project: Any) -> Callable[..., str]:
        return lambda page, **kwargs: cls.url(page, project, **kwargs)

    @classmethod
    def permission(cls, verb: str) -> str:
        return f"{cls.room}.{verb}"

    @classmethod
    def has_trash(cls) -> bool:
        return hasattr(cls.model, "with_trash")

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        """Return the URL patterns below a prefix such as "tasks"."""
        root = f"projects/<slug:project>/{prefix}/"
        pages: list[tuple[str, str, type[PagesView]]] = [
            ("", "list", cls.list_page),
            ("export.<str:format>", "export", ExportPage),
            ("views/", "views", SaveViewPage),
            ("bulk/", "bulk", BulkPage),
            ("add/", "add", cls.form_page),
            ("<int:pk>/", "detail", cls.detail_page),
            ("<int:pk>/edit/", "edit", cls.form_page),
            ("<int:pk>/delete/", "delete", DeletePage),
            ("<int:pk>/history/", "history", HistoryPage),
        ]
        if cls.has_trash():
            pages += [("trash/", "trash", TrashPage), ("<int:pk>/restore/", "restore", RestorePage)]
        if cls.workflow is not None:
            pages.append(("<int:pk>/do/<slug:step>/", "step", StepPage))
        return [
            path(root + route, view.as_view(pages=cls), name=f"{cls.name()}_{page}")
            for route, page, view in pages
        ]

    # --- rows ---
    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        """Return the rows a person may see; narrow it for rows that are only their own."""
        return entry.visible(cls.model._default_manager.select_related(*cls.select_related))

    @classmethod
    def exported(cls, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the rows with what only the export needs of them."""
        return queryset

    @classmethod
    def trashed(cls, entry: Entry) -> models.QuerySet[Any]:
        if not cls.has_trash():
            raise Http404
        thrown = cls.model.with_trash.exclude(deleted_at=None)  # type: ignore[attr-defined]
        return entry.visible(thrown.select_related(*cls.select_related))

    @classmethod
    def table_for(cls, queryset: models.QuerySet[Any], entry: Entry) -> Any:
        """Return the table over the rows; hide columns here that the person may not see."""
        return cls.table(queryset)

    @classmethod
    def narrow_filters(cls, filterset: Any, entry: Entry) -> None:
        """Narrow the filters' choices to the project's rows."""
        for field in filterset.form.fields.values():
            if getattr(field, "queryset", None) is not None:
                offer_rows(field, narrowed(field.queryset, entry))

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return cls.model(project=entry.project)

    @classmethod
    def initial(cls, request: HttpRequest) -> dict[str, Any]:
        """Return values for the form's fields from the address, such as ?task=12."""
        return {key: value for key, value in request.GET.items() if key in cls.form.base_fields}

    @classmethod
    def may_change(cls, item: Any, entry: Entry) -> bool:
        """Return whether a row offers to be edited; its services decide in the end."""
        return entry.can(cls.permission("change"))

    @classmethod
    def may_delete(cls, item: Any, entry: Entry) -> bool:
        """Return whether a row offers to be thrown away; its services decide in the end."""
        return cls.may_change(item, entry)

    # --- verbs: hand over to the room's services ---
    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: ModelForm) -> Any:
        return rows.row_save(row=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        rows.row_delete(row=row, actor=entry.user)

    @classmethod
    @transaction.atomic
    def delete_all(cls, *, rows: list[Any], entry: Entry) -> None:
        """Throw away many rows, all or none."""
        for row in rows:
            cls.delete(row=row, entry=entry)

    @classmethod
    def restore(cls, *, row: Any, entry: Entry) -> None:
        rows.row_restore(row=row, actor=entry.user)

    @classmethod
    def after_save(cls, item: Any, project: Any) -> str:
        return cls.url("detail", project, pk=item.pk)

    # --- what pages show ---
    @classmethod
    def bulk_actions(cls, entry: Entry) -> list[BulkAction]:
        """Return what this person may do to many rows at once."""
        steps = cls.workflow.transitions if cls.workflow else ()
        actions = [
            BulkAction(step.name, step.label, step.needs_reason)
            for step in steps
            if entry.can(step.permission)
        ]
        if cls.has_trash() and entry.can(cls.permission("change")):
            actions.append(BulkAction(TRASH, "Move to the trash"))
        return actions

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        return {}

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        return {}

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        """Return (label, value) of the declared `fields`; yes or no in words."""
        shown = []
        for name in cls.fields:
            field = cls.model._meta.get_field(name)
            display = getattr(item, f"get_{name}_display", None)
            value = display() if display else getattr(item, name)
            if isinstance(value, bool):
                value = "Yes" if value else "No"
            shown.append((str(field.verbose_name), value))  # type: ignore[union-attr]
        return shown
