"""The addresses of requirements."""

from django.urls import path

from projects.requirements.views import baselines, delivery, elicitation, goals, requirements, roadmap, trace

urlpatterns = [
    path(
        "projects/<slug:project>/requirements/ask/",
        requirements.ValidationAskView.as_view(),
        name="requirement_ask",
    ),
    path(
        "projects/<slug:project>/requirements/change/",
        requirements.BulkChangeView.as_view(),
        name="requirement_change",
    ),
    path(
        "projects/<slug:project>/requirements/verify/",
        requirements.VerifyView.as_view(),
        name="requirement_verify",
    ),
    path(
        "projects/<slug:project>/requirements/hints/",
        requirements.HintsView.as_view(),
        name="requirement_hints",
    ),
    path(
        "projects/<slug:project>/requirements/tree/", requirements.TreeView.as_view(), name="requirement_tree"
    ),
    path(
        "projects/<slug:project>/requirements/specification/",
        requirements.SpecificationView.as_view(),
        name="requirement_specification",
    ),
    path(
        "projects/<slug:project>/requirements/specification/print/",
        requirements.SpecificationPrintView.as_view(),
        name="requirement_print",
    ),
    path(
        "projects/<slug:project>/requirements/baselines/",
        baselines.BaselinesView.as_view(),
        name="requirementbaseline_list",
    ),
    path(
        "projects/<slug:project>/requirements/export.reqif",
        requirements.ReqifView.as_view(),
        name="requirement_reqif",
    ),
    path(
        "projects/<slug:project>/requirements/export.reqifz",
        requirements.ReqifView.as_view(with_files=True),
        name="requirement_reqifz",
    ),
    path("projects/<slug:project>/requirements/matrix/", trace.MatrixView.as_view(), name="trace_matrix"),
    path(
        "projects/<slug:project>/requirements/matrix/export.<str:format>",
        trace.MatrixExportView.as_view(),
        name="trace_matrix_export",
    ),
    path(
        "projects/<slug:project>/requirements/matrix/print/",
        trace.MatrixPrintView.as_view(),
        name="trace_matrix_print",
    ),
    path(
        "projects/<slug:project>/requirements/matrix/without/<slug:end>/",
        trace.UnreasonedView.as_view(),
        name="trace_unreasoned",
    ),
    path(
        "projects/<slug:project>/requirements/<int:pk>/impact/",
        trace.ImpactView.as_view(),
        name="requirement_impact",
    ),
    path(
        "projects/<slug:project>/requirements/<int:pk>/story/",
        trace.StoryView.as_view(),
        name="requirement_story",
    ),
    path("projects/<slug:project>/roadmap/", roadmap.RoadmapView.as_view(), name="roadmap"),
    path("projects/<slug:project>/roadmap/do/", roadmap.RoadmapDoView.as_view(), name="roadmap_do"),
    path("projects/<slug:project>/roadmap/place/", roadmap.PlaceView.as_view(), name="roadmap_place"),
    path("projects/<slug:project>/roadmap/tasks/", delivery.TasksView.as_view(), name="roadmap_tasks"),
    path("projects/<slug:project>/roadmap/link/", delivery.LinkView.as_view(), name="roadmap_link"),
    path("projects/<slug:project>/roadmap/orphans/", delivery.OrphansView.as_view(), name="roadmap_orphans"),
    path(
        "projects/<slug:project>/roadmap/orphans/link/",
        delivery.TaskLinkView.as_view(),
        name="roadmap_task_link",
    ),
    path(
        "projects/<slug:project>/roadmap/orphans/reason/",
        delivery.TaskReasonView.as_view(),
        name="roadmap_task_reason",
    ),
    path(
        "projects/<slug:project>/roadmap/orphans/reason/<int:pk>/delete/",
        delivery.ReasonDeleteView.as_view(),
        name="taskreason_delete",
    ),
    *roadmap.ReleasePages.urls("roadmap/releases"),
    *requirements.RequirementPages.urls("requirements"),
    *elicitation.WorkshopPages.urls("workshops"),
    *goals.GoalPages.urls("goals"),
    *elicitation.GlossaryPages.urls("glossary"),
    *elicitation.QuestionPages.urls("questions"),
]
