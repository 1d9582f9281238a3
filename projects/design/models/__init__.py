"""The tables of the design."""

from projects.design.models.decisions import ArchitectureDecision
from projects.design.models.element import (
    DesignElement,
    DesignFeedback,
    DesignReview,
    DesignVersion,
    key_of,
)
from projects.design.models.targets import NfrTarget

__all__ = [
    "ArchitectureDecision",
    "DesignElement",
    "DesignFeedback",
    "DesignReview",
    "DesignVersion",
    "NfrTarget",
    "key_of",
]
