"""The firm's own pages, for administrators: customers, people, invitations, new projects."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from implement.accounts.services import invitation_send, invitation_withdraw
from implement.core.errors import DomainError, StaleVersion
from implement.core.forms import show_errors
from implement.dashboard.forms import ProjectAddForm
from projects import services
from projects.absenceviews import OwnAbsencesView, OwnAbsenceView
from projects.forms import CustomerForm, PersonForm
from projects.kit.access import require_firm
from projects.kit.forms import RowForm
from projects.kit.rows import row_save
from projects.models import Absence, Customer, Person, Project, ProjectTemplate

PAGE_SIZE = 50
MOST_OFFERED = 12


class FirmView(View):
    """A page of the whole firm. The door is asked before anything else."""

    permission: ClassVar[str] = "firm.change"
    room: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        require_firm(request.user, self.permission)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def page(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        return render(self.request, template, {"room": self.room} | context, status=status)


class FirmListView(FirmView):
    """A searched list, 50 rows a page."""

    template: ClassVar[str]
    search: ClassVar[tuple[str, ...]]

    def queryset(self) -> models.QuerySet[Any]:
        raise NotImplementedError

    def get(self, request: HttpRequest) -> HttpResponse:
        words = request.GET.get("q", "").replace("\x00", "")[:200].strip()
        rows = self.queryset()
        for word in words.split()[:6]:
            found = Q()
            for field in self.search:
                found |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(found)
        page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
        return self.page(self.template, {"page": page, "q": words})


class FirmFormView(FirmView):
    """Add or edit one row of the firm through the plain verbs; a stale save is told apart."""

    model: ClassVar[type[models.Model]]
    form: ClassVar[type[RowForm]]
    done: ClassVar[str]

    def item(self) -> Any:
        pk = self.kwargs.get("pk")
        return get_object_or_404(self.model._default_manager.all(), pk=pk) if pk else self.model()

    def save(self, item: Any, form: RowForm) -> str:
        row_save(row=item, actor=self.request.user, expected_version=form.cleaned_data.get("version"))
        return reverse(self.done)

    def context(self, item: Any) -> dict[str, Any]:
        return {}

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        item = self.item()
        return self.answer(self.form(instance=item, initial=request.GET.dict()), item)

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        item = self.item()
        form = self.form(request.POST, instance=item)
        if not form.is_valid():
            return self.answer(form, item, status=422)
        try:
            url = self.save(form.save(commit=False), form)
        except StaleVersion as error:
            stored = self.item()
            form.data = form.data.copy()
            form.data["version"] = stored.version
            form.add_error(None, f"{error.message} Saving again puts yours over it.")
            return self.answer(form, item, status=409)
        except DomainError as error:
            show_errors(form, error)
            return self.answer(form, item, status=422)
        messages.success(request, f"“{item}” saved.")
        return HttpResponseRedirect(url)

    def answer(self, form: RowForm, item: Any, *, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "item": item,
            "meta": self.model._meta,
            "back": reverse(self.done),
            **self.context(item),
        }
        return self.page("firm/form.html", context, status=status)


class CustomerListView(FirmListView):
    """The customers with their projects."""

    room, template, search = "customers", "firm/customers.html", ("name",)

    def queryset(self) -> models.QuerySet[Any]:
        live = Q(projects__deleted_at=None)
        return Customer.objects.annotate(
            project_count=Count("projects", filter=live, distinct=True),
            people_count=Count("people", distinct=True),
        ).order_by("name")


class CustomerFormView(FirmFormView):
    """Add or edit a customer."""

    room, model, form, done = "customers", Customer, CustomerForm, "customer_list"

    def context(self, item: Customer) -> dict[str, Any]:
        if item.pk is None:
            return {}
        return {
            "projects": Project.objects.filter(customer=item),
            "people": Person.objects.filter(customer=item).select_related("user"),
        }


class PersonListView(FirmListView):
    """Everybody, of the firm and of customers, and whether they can sign in."""

    room, template = "people", "firm/people.html"
    search = ("name", "email", "job_role", "customer__name")

    def queryset(self) -> models.QuerySet[Any]:
        return (
            Person.objects.select_related("customer", "user")
            .prefetch_related("user__invitations")
            .annotate(
                project_count=Count("memberships", filter=Q(memberships__is_active=True), distinct=True)
            )
            .order_by("name", "pk")
        )


class PersonFormView(FirmFormView):
    """Add or edit a person; invite them to sign in."""

    room, model, form, done = "people", Person, PersonForm, "person_list"

    def save(self, item: Any, form: RowForm) -> str:
        services.person_save(
            person=item,
            actor=self.request.user,  # type: ignore[arg-type]
            expected_version=form.cleaned_data.get("version"),
        )
        return reverse("person_edit", args=[item.pk])

    def context(self, item: Person) -> dict[str, Any]:
        if item.pk is None:
            return {}
        return {
            "invitation": item.user.invitations.first() if item.user else None,
            "memberships": item.memberships.select_related("project").filter(project__deleted_at=None),
            "away": Absence.objects.filter(person=item, last__gte=timezone.localdate())[:5],
        }


class PersonAbsencesView(FirmView, OwnAbsencesView):
    """The absences of anybody, for administrators."""

    room = "people"

    def person(self) -> Person:
        return get_object_or_404(Person.objects.select_related("calendar"), pk=self.kwargs["pk"])

    def addresses(self, person: Person) -> dict[str, Any]:
        back = reverse("person_edit", args=[person.pk])
        return {"edit": "absence_firm", "back": back, "back_label": person.name, "room": self.room}


class AbsenceView(FirmView, OwnAbsenceView):
    """Change or forget an absence of anybody, for administrators."""

    def rows(self) -> models.QuerySet[Absence]:
        return Absence.objects.all()

    def back(self, person: Person) -> str:
        return reverse("person_absences", args=[person.pk])


class PersonInviteView(FirmView):
    """Send, send again, or withdraw a person's invitation."""

    room = "people"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
        try:
            if "withdraw" in request.POST:
                if person.user is not None:
                    invitation_withdraw(user=person.user)
                messages.success(request, "The invitation no longer works.")
            else:
                user = services.person_login(person=person, actor=request.user)  # type: ignore[arg-type]
                invitation_send(user=user, invited_by=request.user)  # type: ignore[arg-type]
                messages.success(request, f"An invitation is on its way to {user.email}.")
        except DomainError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(reverse("person_edit", args=[person.pk]))


class ProjectAddView(FirmFormView):
    """Open a project for a customer, with its project manager as first member."""

    permission = "project.add"
    room, model, form, done = "home", Project, ProjectAddForm, "home"

    def save(self, item: Any, form: RowForm) -> str:
        services.project_create(
            project=item,
            manager=form.cleaned_data["manager"],
            actor=self.request.user,  # type: ignore[arg-type]
        )
        return str(item.get_absolute_url())

    def context(self, item: Project) -> dict[str, Any]:
        return {"templates": ProjectTemplate.objects.defer("content").order_by("name")[:MOST_OFFERED]}
