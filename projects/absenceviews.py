"""Who is away when: on a project's pages for its manager, and each person's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from implement.core.errors import DomainError, NotAllowed, StaleVersion
from implement.core.forms import show_errors
from projects import filtersets, forms, services, tables
from projects.kit.access import Entry
from projects.kit.pages import ModelPages
from projects.models import Absence, Person

# How long an absence that is over stays in a person's own list.
KEPT_DAYS = 400


class AbsencePages(ModelPages):
    """The absences of the project's people, for who manages them."""

    model, table, filterset, form = (
        Absence,
        tables.AbsenceTable,
        filtersets.AbsenceFilterSet,
        forms.AbsenceForm,
    )
    room = "absences"
    select_related = ("person",)
    teach = "Note who is away when: plan and load follow. People note their own absences under their account."

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        rows = Absence.objects.on(entry.project).select_related("person")
        return rows.annotate(project_code=Value(entry.project.code))

    @classmethod
    def blank(cls, entry: Entry) -> Any:
        return Absence()

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return services.absence_save(absence=row, actor=entry.user, expected_version=expected_version)

    @classmethod
    def delete(cls, *, row: Any, entry: Entry) -> None:
        services.absence_delete(absence=row, actor=entry.user)

    @classmethod
    def detail_fields(cls, item: Any, entry: Entry) -> list[tuple[str, Any]]:
        return [
            ("Person", item.person),
            ("Kind", item.get_kind_display()),
            ("First day", item.first),
            ("Last day", item.last),
            ("Hours", item.hours_text),
            ("Note", item.note),
        ]


class OwnAbsencesView(View):
    """A person's absences, and a form for the next one. Here: one's own."""

    template = "account/absences.html"

    def person(self) -> Person:
        """Return whose absences these are. Raises NotAllowed for an account without a person."""
        person = Person.objects.select_related("calendar").filter(user=self.request.user).first()  # type: ignore[misc]
        if person is None:
            raise NotAllowed("Your account has no person yet. An administrator adds one under People.")
        return person

    def addresses(self, person: Person) -> dict[str, Any]:
        """Return where the page's links lead."""
        return {"edit": "absence_own", "back": reverse("account"), "back_label": "Account and security"}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.answer(self.person(), forms.OwnAbsenceForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        person = self.person()
        form = forms.OwnAbsenceForm(request.POST, instance=Absence(person=person))
        if not form.is_valid():
            return self.answer(person, form, status=422)
        try:
            services.absence_save(absence=form.save(commit=False), actor=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            show_errors(form, error)
            return self.answer(person, form, status=422)
        messages.success(request, "The absence is noted. Plans in which there is work to do are rescheduled.")
        return HttpResponseRedirect(request.path)

    def answer(self, person: Person, form: forms.OwnAbsenceForm, *, status: int = 200) -> HttpResponse:
        today = timezone.localdate()
        rows = Absence.objects.filter(person=person, last__gte=today - timedelta(days=KEPT_DAYS))
        context = {
            "person": person,
            "is_own": person.user_id == self.request.user.pk,
            "coming": [row for row in rows if row.last >= today],
            "past": [row for row in reversed(rows) if row.last < today],
            "form": form,
            "room": "account",
            **self.addresses(person),
        }
        return render(self.request, self.template, context, status=status)


class OwnAbsenceView(View):
    """Change or forget one absence. Here: one's own."""

    def rows(self) -> models.QuerySet[Absence]:
        """Return the absences that may be opened here."""
        return Absence.objects.filter(person__user=self.request.user)  # type: ignore[misc]

    def back(self, person: Person) -> str:
        """Return the address of the list."""
        return reverse("absences")

    def absence(self) -> Absence:
        return get_object_or_404(self.rows().select_related("person"), pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        absence = self.absence()
        return self.answer(absence, forms.OwnAbsenceForm(instance=absence))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        absence = self.absence()
        person = absence.person
        if "forget" in request.POST:
            services.absence_delete(absence=absence, actor=request.user)  # type: ignore[arg-type]
            messages.success(request, "The absence is forgotten, and plans are rescheduled.")
            return HttpResponseRedirect(self.back(person))
        form = forms.OwnAbsenceForm(request.POST, instance=absence)
        if not form.is_valid():
            return self.answer(absence, form, status=422)
        try:
            services.absence_save(
                absence=form.save(commit=False),
                actor=request.user,  # type: ignore[arg-type]
                expected_version=form.cleaned_data["version"],
            )
        except StaleVersion as error:
            form.data = form.data.copy()
            form.data["version"] = self.absence().version
            form.add_error(None, f"{error.message} Saving again puts yours over it.")
            return self.answer(absence, form, status=409)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(absence, form, status=422)
        messages.success(request, "The absence is saved, and plans are rescheduled.")
        return HttpResponseRedirect(self.back(person))

    def answer(self, absence: Absence, form: forms.OwnAbsenceForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "item": absence, "back": self.back(absence.person), "room": "account"}
        return render(self.request, "account/absence.html", context, status=status)
