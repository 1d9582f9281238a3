"""The customer's face. Every page only reads; a test walks these addresses."""

from django.urls import path

from implement.portal import views

urlpatterns = [
    path("portal/", views.PortalView.as_view(), name="portal"),
    path("portal/<slug:project>/", views.PortalProjectView.as_view(), name="portal_project"),
    path(
        "portal/<slug:project>/requirements/",
        views.PortalRequirementsView.as_view(),
        name="portal_requirements",
    ),
    path("portal/<slug:project>/roadmap/", views.PortalRoadmapView.as_view(), name="portal_roadmap"),
    path("portal/<slug:project>/design/", views.PortalDesignView.as_view(), name="portal_design"),
    path("portal/<slug:project>/releases/", views.PortalReleasesView.as_view(), name="portal_releases"),
    path("portal/<slug:project>/files/<int:pk>/", views.PortalFileView.as_view(), name="portal_file"),
    path(
        "portal/<slug:project>/files/<int:pk>.png", views.PortalPictureView.as_view(), name="portal_picture"
    ),
    path(
        "portal/<slug:project>/reports/<int:pk>.xlsx",
        views.PortalWorkbookView.as_view(),
        name="portal_report_xlsx",
    ),
    path(
        "portal/<slug:project>/reports/<int:pk>.pdf", views.PortalReportView.as_view(), name="portal_report"
    ),
]
