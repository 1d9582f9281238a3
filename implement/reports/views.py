"""The pages of the reports."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone

from implement.core.errors import DomainError, StaleVersion
from implement.reports import forms, services
from implement.reports.choices import ReportState
from implement.reports.files import pdf_response, xlsx_response
from implement.reports.filtersets import ReportFilterSet, ScheduleFilterSet
from implement.reports.models import Report, ReportDelivery, ReportSchedule
from implement.reports.pdf import document_context
from implement.reports.periods import next_period
from implement.reports.selectors import visible_reports
from implement.reports.services.making import report_url, rhythm_of
from implement.reports.snapshots import snapshot_read
from implement.reports.tables import ReportTable, ScheduleTable
from implement.reports.workflows import REPORT_WORKFLOW
from projects.choices import Audience
from projects.kit.access import Entry
from projects.kit.pages import ExportPage, HistoryPage, ModelPages, ProjectView, SaveViewPage, history_of

IN_WORK = {ReportState.QUEUED, ReportState.GENERATING}


class SchedulePages(ModelPages):
    """When which edition is made, and who gets it."""

    model, table, filterset, form = ReportSchedule, ScheduleTable, ScheduleFilterSet, forms.ScheduleForm
    room = "reports"
    select_related = ("project",)
    fields = (
        "kind",
        "audience",
        "language",
        "frequency",
        "anchor",
        "weekday",
        "time",
        "time_zone",
        "review_first",
        "is_active",
    )
    detail_template = "reports/schedule.html"
    teach = "Add a schedule, and the report is made for you every week or every two weeks."

    @classmethod
    def permission(cls, verb: str) -> str:
        return "reports.view" if verb == "export" else super().permission(verb)

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return super().visible(entry).distinct()

    @classmethod
    def blank(cls, entry: Entry) -> ReportSchedule:
        today = forms.today_of(entry.project)
        return ReportSchedule(
            project=entry.project,
            audience=Audience.INTERNAL,
            time=time(8),
            time_zone=entry.project.time_zone,
            anchor=today - timedelta(days=today.weekday()),
        )

    @classmethod
    def save(cls, *, row: Any, entry: Entry, expected_version: int | None, form: Any) -> Any:
        return services.schedule_save(
            schedule=row,
            recipients=form.cleaned_data["recipients"],
            actor=entry.user,
            expected_version=expected_version,
        )

    @classmethod
    def detail_context(cls, item: Any, entry: Entry) -> dict[str, Any]:
        return {
            "recipients": item.recipients.select_related("customer"),
            "coming": next_period(rhythm_of(item), now=timezone.now()) if item.is_active else None,
            "made": item.reports.select_related("project").order_by("-period_to")[:8],
        }


class ReportView(ProjectView):
    """A page on one report."""

    permission = "reports.view"
    room = "reports"

    def report(self) -> Report:
        """Return the report of the address, or 404."""
        rows = visible_reports(self.entry).select_related(
            "project__customer", "snapshot", "job", "approved_by", "schedule"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def back(self, report: Report) -> HttpResponseRedirect:
        return HttpResponseRedirect(report_url(report))


class ReportDetailView(ReportView):
    """The report: how far it is, its numbers beside its PDF, its words, who got it, what changed."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.show(self.report())

    def show(
        self,
        report: Report,
        *,
        text_form: Any = None,
        send_form: Any = None,
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """Answer with the report's page; a form that was not right is shown with its messages."""
        entry = self.entry
        document, broken = None, ""
        if report.snapshot is not None:
            try:
                frozen = snapshot_read(report.snapshot)
                document = document_context(report, frozen, is_print=False)
            except DomainError as error:
                broken = error.message
        is_draft = report.state == ReportState.DRAFT
        may_send = entry.can("reports.send") and report.state in {
            ReportState.DRAFT,
            ReportState.APPROVED,
            ReportState.SENT,
        }
        if text_form is None and is_draft and entry.can("reports.change"):
            text_form = forms.ReportTextForm(instance=report, entry=entry)
        if send_form is None and may_send:
            send_form = forms.SendForm(report=report)
        names = {
            "report": report,
            "document": document,
            "broken": broken,
            "is_in_work": report.state in IN_WORK,
            "steps": REPORT_WORKFLOW.available(report, entry),
            "text_form": text_form,
            "send_form": send_form,
            "deliveries": report.deliveries.select_related("person__customer"),
            "history": history_of(report)[:8],
            "is_review_open": is_draft and not report.is_text_reviewed,
        }
        return self.page("reports/detail.html", names | context, status=status)


class ReportProgressView(ReportView):
    """How far a report is, as a piece of its page; tells the page to reload once it is made."""

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        report = self.report()
        if not request.htmx:  # type: ignore[attr-defined]
            return self.back(report)
        is_waiting = report.state in IN_WORK or (
            not report.is_pdf_current
            and not report.error
            and report.state in {ReportState.DRAFT, ReportState.APPROVED}
        )
        response = self.page("reports/progress.html", {"report": report, "is_in_work": is_waiting})
        if not is_waiting:
            response["HX-Refresh"] = "true"
        return response


class ReportAddView(ProjectView):
    """Make a report now."""

    permission = "reports.make"
    room = "reports"

    def get(self, request: HttpRequest, project: str) -> HttpResponse:
        known = {name: value for name, value in request.GET.items() if name in {"kind", "audience"}}
        return self.answer(forms.ReportRequestForm(entry=self.entry, initial=known))

    def post(self, request: HttpRequest, project: str) -> HttpResponse:
        form = forms.ReportRequestForm(request.POST, entry=self.entry)
        if not form.is_valid():
            return self.answer(form, status=422)
        asked = form.cleaned_data
        same = visible_reports(self.entry).current()
        there = same.filter(
            kind=asked["kind"],
            audience=asked["audience"],
            period_from=asked["first"],
            period_to=asked["last"] + timedelta(days=1),
        ).first()
        if there is not None and there.state in IN_WORK:
            # The form was sent twice: this is the report that the first one asked for.
            return HttpResponseRedirect(report_url(there))
        try:
            report = services.report_request(
                project=self.project,
                kind=asked["kind"],
                audience=asked["audience"],
                start=asked["first"],
                end=asked["last"] + timedelta(days=1),
                actor=self.entry.user,
                language=asked["language"],
            )
        except DomainError as error:
            form.add_error("last" if error.fields else None, " ".join(error.fields.values()) or error.message)
            return self.answer(form, status=422, there=there)
        return HttpResponseRedirect(report_url(report))

    def answer(self, form: Any, *, status: int = 200, **context: Any) -> HttpResponse:
        return self.page("reports/add.html", {"form": form, **context}, status=status)


class ReportTextView(ReportDetailView):
    """Save the words of a draft. What was typed is never lost, also when somebody else was faster."""

    permission = "reports.change"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.back(self.report())

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        report = self.report()
        form = forms.ReportTextForm(request.POST, instance=report, entry=self.entry)
        if not form.is_valid():
            return self.show(self.report(), text_form=form, status=422)
        try:
            services.report_text_save(
                report=report,
                texts={name: form.cleaned_data[name] for name in form.Meta.fields},
                entry=self.entry,
                expected_version=form.cleaned_data["version"],
            )
        except StaleVersion as error:
            stored = self.report()
            form.data = form.data.copy()
            form.data["version"] = stored.version
            theirs = [(form[name].label, getattr(stored, name)) for name in form.Meta.fields]
            return self.show(stored, text_form=form, status=409, conflict=theirs, message=error.message)
        messages.success(request, "The text is saved. The PDF is being drawn anew.")
        return self.back(report)


class ReportStepView(ReportView):
    """Approve, take back, try again, replace."""

    def post(self, request: HttpRequest, project: str, pk: int, step: str) -> HttpResponse:
        report = self.report()
        if step == "approve":
            services.report_approve(report=report, entry=self.entry)
            messages.success(request, "The report is approved.")
        elif step == "reopen":
            services.report_reopen(report=report, entry=self.entry)
            messages.success(request, "The report is a draft again.")
        elif step == "retry":
            services.report_retry(report=report, entry=self.entry)
        elif step == "supersede":
            report = services.report_supersede(report=report, entry=self.entry)
            messages.success(request, "A new report of this period is being made.")
        else:
            raise Http404
        return self.back(report)


class ReportSendView(ReportDetailView):
    """Send a report to the chosen people."""

    permission = "reports.send"

    def get(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        return self.back(self.report())

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        report = self.report()
        form = forms.SendForm(request.POST, report=report)
        if not form.is_valid():
            return self.show(report, send_form=form, status=422)
        try:
            count = services.report_send(
                report=report, entry=self.entry, people=form.cleaned_data["recipients"]
            )
        except DomainError as error:
            form.add_error("recipients" if error.fields else None, error.message)
            return self.show(self.report(), send_form=form, status=error.status)
        messages.success(
            request, f"The report is on its way to {count} {'person' if count == 1 else 'people'}."
        )
        return self.back(report)


class ReportRedrawView(ReportView):
    """Draw the PDF again after that failed."""

    permission = "reports.make"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        report = self.report()
        services.report_redraw(report=report, entry=self.entry)
        return self.back(report)


class DeliveryAgainView(ReportView):
    """Send a mail again that failed or was not confirmed."""

    permission = "reports.send"

    def post(self, request: HttpRequest, project: str, pk: int) -> HttpResponse:
        rows = ReportDelivery.objects.filter(report__in=visible_reports(self.entry).values("pk"))
        delivery = get_object_or_404(rows.select_related("report__project__customer", "person"), pk=pk)
        services.delivery_send_again(delivery=delivery, entry=self.entry)
        messages.success(request, f"The mail to {delivery.address} is sent again.")
        return self.back(delivery.report)


class ReportPdfView(ReportView):
    """The PDF itself, opened in the browser; `?download` keeps it."""

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        report = self.report()
        if not report.pdf:
            raise Http404
        return pdf_response(report, as_attachment="download" in request.GET)


class ReportWorkbookView(ReportView):
    """The figures of the PDF as a workbook."""

    def get(self, request: HttpRequest, project: str, pk: int) -> FileResponse:
        report = self.report()
        if report.snapshot is None:
            raise Http404
        return xlsx_response(report)


class ReportPages(ModelPages):
    """The list of reports. A report is asked for, never typed, so its other pages are their own."""

    model, table, filterset, form = Report, ReportTable, ReportFilterSet, forms.ReportTextForm
    room = "reports"
    list_template = "reports/index.html"
    teach = "Make the first report now, or add a schedule that makes it for you."

    @classmethod
    def permission(cls, verb: str) -> str:
        return {"change": "reports.make", "export": "reports.view"}.get(verb, f"reports.{verb}")

    @classmethod
    def visible(cls, entry: Entry) -> models.QuerySet[Any]:
        return visible_reports(entry).select_related("project")

    @classmethod
    def list_context(cls, entry: Entry) -> dict[str, Any]:
        now = timezone.now()
        schedules = ReportSchedule.objects.filter(project=entry.project, is_active=True)
        coming = [(schedule, next_period(rhythm_of(schedule), now=now)) for schedule in schedules]
        return {"coming": sorted(coming, key=lambda pair: pair[1].due_at)}

    @classmethod
    def urls(cls, prefix: str) -> list[URLPattern]:
        root = f"projects/<slug:project>/{prefix}/"
        return [
            path(root, cls.list_page.as_view(pages=cls), name="report_list"),
            path(f"{root}export.<str:format>", ExportPage.as_view(pages=cls), name="report_export"),
            path(f"{root}views/", SaveViewPage.as_view(pages=cls), name="report_views"),
            path(f"{root}add/", ReportAddView.as_view(), name="report_add"),
            path(f"{root}<int:pk>/", ReportDetailView.as_view(), name="report_detail"),
            path(f"{root}<int:pk>/history/", HistoryPage.as_view(pages=cls), name="report_history"),
            path(f"{root}<int:pk>/do/<slug:step>/", ReportStepView.as_view(), name="report_step"),
        ]
