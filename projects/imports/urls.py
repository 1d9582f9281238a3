"""Addresses of the imports, below /projects/<code>/imports/."""

from django.urls import path

from projects.imports import views

ROOT = "projects/<slug:project>/imports/"

urlpatterns = [
    path(ROOT, views.ImportListView.as_view(), name="import_list"),
    path(f"{ROOT}add/<str:kind>/", views.ImportUploadView.as_view(), name="import_upload"),
    path(f"{ROOT}<int:pk>/", views.ImportRunView.as_view(), name="import_run"),
    path(f"{ROOT}<int:pk>/progress/", views.ImportProgressView.as_view(), name="import_progress"),
    path(f"{ROOT}<int:pk>/answers/", views.ImportAnswerView.as_view(), name="import_answer"),
    path(f"{ROOT}<int:pk>/<slug:step>/", views.ImportStepView.as_view(), name="import_step"),
]
