"""The addresses of the design."""

from django.urls import path

from projects.design.views import approval, decisions, elements, feedback, gate, targets

ROOT = "projects/<slug:project>/design/"
urlpatterns = [
    path(f"{ROOT}submit/", approval.SubmitView.as_view(), name="designelement_submit"),
    path(f"{ROOT}ask/", approval.ApprovalAskView.as_view(), name="designelement_ask"),
    path(f"{ROOT}change/", elements.BulkChangeView.as_view(), name="designelement_change"),
    path(f"{ROOT}diagram/", elements.DiagramView.as_view(), name="design_diagram"),
    path(f"{ROOT}gate/", gate.GateView.as_view(), name="design_gate"),
    *decisions.DecisionPages.urls("design/decisions"),
    *targets.TargetPages.urls("design/targets"),
    *feedback.FeedbackPages.urls("design/feedback"),
    *elements.ElementPages.urls("design"),
]
