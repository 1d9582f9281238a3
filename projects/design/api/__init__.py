"""The design over the API."""

from projects.design.api.decisions import (
    ArchitectureDecisionViewSet,
    DesignFeedbackViewSet,
    DesignGateViewSet,
    NfrTargetViewSet,
)
from projects.design.api.elements import DesignElementViewSet
from projects.kit.rest import PROJECT

ROUTES = [
    (PROJECT + "design-elements", DesignElementViewSet, "api-design-element"),
    (PROJECT + "architecture-decisions", ArchitectureDecisionViewSet, "api-architecture-decision"),
    (PROJECT + "nfr-targets", NfrTargetViewSet, "api-nfr-target"),
    (PROJECT + "design-feedback", DesignFeedbackViewSet, "api-design-feedback"),
    (PROJECT + "design-gate", DesignGateViewSet, "api-design-gate"),
]
