"""The base's addresses, below /projects/<code>/."""

from django.urls import path, re_path

from projects import absenceviews, feedviews, jobviews, planviews, traceviews, views

urlpatterns = [
    path("me/calendars/", feedviews.FeedsView.as_view(), name="calendars"),
    path("me/calendars/<int:pk>/revoke/", feedviews.FeedRevokeView.as_view(), name="calendar_revoke"),
    path("me/absences/", absenceviews.OwnAbsencesView.as_view(), name="absences"),
    path("me/absences/<int:pk>/", absenceviews.OwnAbsenceView.as_view(), name="absence_own"),
    path("calendar/<str:secret>.ics", feedviews.CalendarFileView.as_view(), name="calendar_file"),
    path("projects/<slug:project>/plan/", planviews.PlanView.as_view(), name="plan"),
    path("projects/<slug:project>/plan/data/", planviews.PlanDataView.as_view(), name="plan_data"),
    path("projects/<slug:project>/plan/preview/", planviews.PlanPreviewView.as_view(), name="plan_preview"),
    path("projects/<slug:project>/plan/edit/", planviews.PlanEditView.as_view(), name="plan_edit"),
    path("projects/<slug:project>/plan/status/", planviews.PlanStatusView.as_view(), name="plan_status"),
    path("projects/<slug:project>/plan/print/", planviews.PlanPrintView.as_view(), name="plan_print"),
    path("projects/<slug:project>/plan/export/", views.PlanExportView.as_view(), name="plan_export"),
    path(
        "projects/<slug:project>/tasks/<int:pk>/progress/",
        views.TaskProgressView.as_view(),
        name="task_progress",
    ),
    path(
        "projects/<slug:project>/tasks/<int:pk>/measure/",
        views.TaskMeasureView.as_view(),
        name="task_measure",
    ),
    *views.TaskPages.urls("tasks"),
    path("projects/<slug:project>/plan/trend/", views.MilestoneTrendView.as_view(), name="milestone_trend"),
    *views.MilestonePages.urls("milestones"),
    *views.DependencyPages.urls("dependencies"),
    *views.AssignmentPages.urls("assignments"),
    *views.MembershipPages.urls("members"),
    *absenceviews.AbsencePages.urls("absences"),
    path("projects/<slug:project>/links/", traceviews.SuspectLinksView.as_view(), name="suspect_links"),
    path("projects/<slug:project>/links/add/", traceviews.LinkAddView.as_view(), name="trace_add"),
    path("projects/<slug:project>/links/affirm/", traceviews.AffirmView.as_view(), name="trace_affirm"),
    path("projects/<slug:project>/links/remove/", traceviews.RemoveView.as_view(), name="trace_remove"),
    path("projects/<slug:project>/notes/", views.NoteAddView.as_view(), name="note_add"),
    path("projects/<slug:project>/attachments/<int:pk>/", views.AttachmentView.as_view(), name="attachment"),
    path(
        "projects/<slug:project>/attachments/<int:pk>/picture/",
        views.AttachmentPictureView.as_view(),
        name="attachment_picture",
    ),
    path("projects/<slug:project>/jobs/<uuid:pk>/", jobviews.JobView.as_view(), name="job"),
    path("projects/<slug:project>/prints/<uuid:pk>.pdf", jobviews.PrintView.as_view(), name="print_pdf"),
    path(
        "projects/<slug:project>/prints/<uuid:pk>.html",
        jobviews.PrintView.as_view(form="html"),
        name="print_html",
    ),
    re_path(
        r"^projects/(?P<project>[-a-zA-Z0-9_]+)/jobs/(?P<pk>[0-9a-f-]{36})/(?P<verb>cancel|retry)/$",
        jobviews.JobSteerView.as_view(),
        name="job_steer",
    ),
]
