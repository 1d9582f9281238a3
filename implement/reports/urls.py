"""The addresses of the reports, below /projects/<code>/reports/."""

from django.urls import path

from implement.reports import batchviews, views

ROOT = "projects/<slug:project>/reports/"

urlpatterns = [
    path("reports/batches/", batchviews.BatchListView.as_view(), name="reportbatch_list"),
    path("reports/batches/<int:pk>/", batchviews.BatchView.as_view(), name="reportbatch_detail"),
    *views.SchedulePages.urls("reports/schedules"),
    *views.ReportPages.urls("reports"),
    path(f"{ROOT}<int:pk>/progress/", views.ReportProgressView.as_view(), name="report_progress"),
    path(f"{ROOT}<int:pk>/text/", views.ReportTextView.as_view(), name="report_text"),
    path(f"{ROOT}<int:pk>/send/", views.ReportSendView.as_view(), name="report_send"),
    path(f"{ROOT}<int:pk>/redraw/", views.ReportRedrawView.as_view(), name="report_redraw"),
    path(f"{ROOT}<int:pk>/figures.xlsx", views.ReportWorkbookView.as_view(), name="report_xlsx"),
    path(f"{ROOT}<int:pk>/pdf/", views.ReportPdfView.as_view(), name="report_pdf"),
    path(
        f"{ROOT}deliveries/<int:pk>/again/", views.DeliveryAgainView.as_view(), name="report_delivery_again"
    ),
]
