"""What is done on an item's page: block, tick, check, link."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from implement.core.errors import DomainError
from implement.core.forms import is_id, show_errors
from projects.builds.forms import CheckForm, ReasonForm, ReferenceForm
from projects.builds.models import BuildItem, CodeReference, DoneCriterion, Environment
from projects.builds.selectors.served import revisions_served
from projects.builds.selectors.standing import standings_of
from projects.builds.services import items as services
from projects.builds.services.checks import check_record, why_unchecked
from projects.builds.services.references import reference_add, reference_remove
from projects.kit.pages import ProjectView


class ItemView(ProjectView):
    """Something about one item."""

    permission = "builds.change"
    room = "builds"

    def item(self) -> BuildItem:
        """Return the item of the address, or 404."""
        rows = BuildItem.objects.filter(project=self.project).select_related(
            "project", "owner", "environment"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def back(self, pk: int | None = None) -> HttpResponseRedirect:
        """Return to the item's page."""
        pk = pk or self.kwargs["pk"]
        return HttpResponseRedirect(reverse("builditem_detail", args=[self.project.code, pk]))

    def refused(self, template: str, form: Any, error: DomainError, context: dict[str, Any]) -> HttpResponse:
        """Show a form with what the service refused."""
        show_errors(form, error)
        return self.page(template, context, status=422 if error.status == 400 else error.status)


class BlockView(ItemView):
    """Say that an item cannot go on."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        form = ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        services.item_block(item=item, entry=self.entry, reason=reason)
        messages.success(request, f"{item.key} is blocked.")
        return self.back()


class UnblockView(ItemView):
    """Let an item go on."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        over = services.item_unblock(item=item, entry=self.entry)
        took = f"{over.days} day{'s' if over.days != 1 else ''}" if over.days else "less than a day"
        messages.success(request, f"{item.key} goes on. It was blocked for {took}.")
        return self.back()


class TickView(ItemView):
    """Say that an item meets a criterion of done, or that it does not after all."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item, said = self.item(), request.POST.get("criterion", "")
        lines = DoneCriterion.objects.filter(project=self.project, pk=int(said) if is_id(said) else 0)
        line = lines.first()
        if line is None:
            raise DomainError("Choose a criterion of this project.")
        services.tick_set(item=item, criterion=line, entry=self.entry, is_on="off" not in request.POST)
        return self.back()


class CheckView(ItemView):
    """Record whether what stands in an environment is what was designed and asked for."""

    permission = "builds.check"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        return self.page("builds/check.html", self.context(item, self.form(item)))

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        form = self.form(item, request.POST)
        context = self.context(item, form)
        if not form.is_valid():
            return self.page("builds/check.html", context, status=422)
        said = form.cleaned_data
        environment, build_id = said["where"]
        try:
            check = check_record(
                item=item, entry=self.entry, verdict=said["verdict"], environment=environment,
                build_id=build_id, comment=said["comment"],
            )  # fmt: skip
        except DomainError as error:
            return self.refused("builds/check.html", form, error, context)
        state = "verified" if check.verdict == "conforms" else "back with its owner"
        messages.success(request, f"{item.key} is {state}.")
        return self.back()

    def form(self, item: BuildItem, data: Any = None) -> CheckForm:
        """Return the form with the builds of the item that stand somewhere, the furthest first."""
        places = {place.pk: place for place in Environment.objects.filter(project=self.project)}
        stands = [
            (places[environment], found.build_id)
            for (_, environment), found in standings_of([item]).items()
            if not found.is_past
        ]
        return CheckForm(data, places=sorted(stands, key=lambda one: -one[0].position))

    def context(self, item: BuildItem, form: CheckForm) -> dict[str, Any]:
        designs, requirements = revisions_served(item)
        return {
            "item": item,
            "form": form,
            "refusal": why_unchecked(item, self.entry),
            "designs": designs,
            "requirements": requirements,
        }


class ReferenceAddView(ItemView):
    """Link a commit, ticket or request of another tool."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        return self.page("builds/reference.html", {"item": item, "form": self.form(item)})

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        item = self.item()
        form = self.form(item, request.POST)
        context = {"item": item, "form": form}
        if not form.is_valid():
            return self.page("builds/reference.html", context, status=422)
        try:
            found, is_new = reference_add(item=item, entry=self.entry, reference=form.save(commit=False))
        except DomainError as error:
            return self.refused("builds/reference.html", form, error, context)
        messages.success(request, f"{found} is linked." if is_new else f"{found} was linked already.")
        return self.back()

    def form(self, item: BuildItem, data: Any = None) -> ReferenceForm:
        """Return the form on a new reference of an item."""
        return ReferenceForm(data, instance=CodeReference(item=item), entry=self.entry)


class ReferenceRemoveView(ItemView):
    """Take a link to another tool away."""

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        found = get_object_or_404(CodeReference, item__project=self.project, pk=pk)
        item_id = found.item_id
        reference_remove(reference=found, entry=self.entry)
        messages.success(request, f"{found} is no longer linked.")
        return self.back(item_id)
