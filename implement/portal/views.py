"""The customer's face: pages that only read, for phones first."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from implement.portal import selectors
from implement.reports.files import pdf_response, xlsx_response
from projects.builds.models import BuildItem
from projects.builds.selectors.releases import shown_releases
from projects.design.models import DesignElement
from projects.design.selectors.shown import shown_elements
from projects.kit.access import Entry, enter, visible_projects
from projects.kit.notes import attachment_response, shared_attachments, shared_comments
from projects.kit.panels import drawn_for
from projects.kit.previews import picture_response
from projects.models import Attachment, Project
from projects.planning import today_of
from projects.requirements.models import Requirement
from projects.requirements.presenting import goal_words
from projects.requirements.selectors.goals import shared_goals
from projects.requirements.selectors.shown import by_category, shown_requirements
from projects.requirements.selectors.shownroadmap import by_quarter, shown_roadmap
from projects.signoffs.selectors import waiting_for

READ_METHODS = ("get", "head")
REPORTS = 12
MILESTONES = "customer_milestones"


def notes_on(project: Project, model: type[Model]) -> dict[str, Any]:
    """Return what is pinned for the customer to a model's rows; two queries. The page shows that of its own rows."""
    return {
        "comments": shared_comments(project=project, model=model),
        "files": shared_attachments(project=project, model=model),
    }


class ReadOnlyView(View):
    """A page of the portal. GET and HEAD; every other method, OPTIONS too, is answered with 405."""

    http_method_names = list(READ_METHODS)


class PortalProjectBase(ReadOnlyView):
    """A page inside a project, through the one door."""

    permission: ClassVar[str] = "portal.view"
    entry: Entry

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if (request.method or "").lower() not in READ_METHODS:
            return self.http_method_not_allowed(request)
        self.entry = enter(request.user, kwargs["project"], self.permission)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]


class PortalView(ReadOnlyView):
    """The customer's projects; with one only, that one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        projects = list(
            visible_projects(request.user, permission="portal.view")
            .select_related("customer")
            .order_by("name")  # type: ignore[arg-type]
        )
        if len(projects) == 1:
            return HttpResponseRedirect(reverse("portal_project", args=[projects[0].code]))
        return render(request, "portal/index.html", {"projects": projects})


class PortalProjectView(PortalProjectBase):
    """Where are we, what is next, what does it cost, what do you need from me."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        today = timezone.localdate()
        drawn = drawn_for(self.entry, "portal", as_of=today)
        # The milestones are laid out as a list for phones; their rows stay the panel's own.
        rows = next((panel.context["rows"] for panel in drawn if panel.panel.key == MILESTONES), [])
        reports = list(selectors.published_reports(self.entry.project)[:REPORTS])
        context = {
            "project": self.entry.project,
            "today": today,
            "status": selectors.customer_status(rows),
            "words": selectors.latest_words(reports),
            "panels": [panel for panel in drawn if panel.panel.key != MILESTONES],
            "reports": reports,
            "waiting": waiting_for(project=self.entry.project, person=self.entry.person),
            "several": visible_projects(self.entry.user, permission="portal.view").count() > 1,
        }
        return render(request, "portal/project.html", context)


class PortalRequirementsView(PortalProjectBase):
    """What the customer has been asked to validate, in the version that they were shown."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        context = {
            "project": self.entry.project,
            "groups": by_category(shown_requirements(project=self.entry.project)),
            **notes_on(self.entry.project, Requirement),
            "goals": [goal_words(goal) for goal in shared_goals(project=self.entry.project)],
            "terms": self.entry.project.glossary.all(),
        }
        return render(request, "portal/requirements.html", context)


class PortalRoadmapView(PortalProjectBase):
    """What is handed over when, in order or by quarter, in the customer's words, with what they were shown of it."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        today = today_of(self.entry.project)
        releases = shown_roadmap(project=self.entry.project, as_of=today)
        is_by_quarter = request.GET.get("by") == "quarter"
        context = {
            "project": self.entry.project,
            "today": today,
            "is_by_quarter": is_by_quarter,
            "groups": by_quarter(releases) if is_by_quarter else [(None, releases)] if releases else [],
        }
        return render(request, "portal/roadmap.html", context)


class PortalDesignView(PortalProjectBase):
    """What the customer has been asked to approve, in the version that they were shown, with what they said."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        context = {
            "project": self.entry.project,
            "rows": shown_elements(project=self.entry.project),
            **notes_on(self.entry.project, DesignElement),
        }
        return render(request, "portal/design.html", context)


class PortalReleasesView(PortalProjectBase):
    """What came with each build into the environments that the customer sees, in their words."""

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        context = {
            "project": self.entry.project,
            "releases": shown_releases(project=self.entry.project),
            **notes_on(self.entry.project, BuildItem),
        }
        return render(request, "portal/releases.html", context)


class PortalFileView(PortalProjectBase):
    """A file for the customer, on what they are shown, as a download."""

    def item(self) -> Attachment:
        """Return the file of the address, or 404."""
        files = selectors.shown_files(self.entry.project)
        found: Attachment = get_object_or_404(files, pk=self.kwargs["pk"])
        return found

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        return attachment_response(self.item())


class PortalPictureView(PortalFileView):
    """What such a file looks like, as the product drew it."""

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        return picture_response(self.item())


class PortalReportView(PortalProjectBase):
    """A released report as a download."""

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        report = get_object_or_404(selectors.published_reports(self.entry.project), pk=pk)
        return pdf_response(report, as_attachment=True)


class PortalWorkbookView(PortalProjectBase):
    """The figures of a released report as a workbook."""

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        rows = selectors.published_reports(self.entry.project).filter(snapshot__isnull=False)
        return xlsx_response(get_object_or_404(rows.select_related("snapshot"), pk=pk))
