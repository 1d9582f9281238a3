"""The tables of requirements."""

from projects.requirements.models.elicitation import GlossaryTerm, OpenQuestion, SuccessCriterion, Workshop
from projects.requirements.models.requirement import (
    AcceptanceCriterion,
    BaselinedRequirement,
    Requirement,
    RequirementBaseline,
    RequirementVersion,
    key_of,
)
from projects.requirements.models.roadmap import Release, TaskReason
from projects.requirements.models.verification import Verification

__all__ = [
    "AcceptanceCriterion",
    "BaselinedRequirement",
    "GlossaryTerm",
    "OpenQuestion",
    "Release",
    "Requirement",
    "RequirementBaseline",
    "RequirementVersion",
    "SuccessCriterion",
    "TaskReason",
    "Verification",
    "Workshop",
    "key_of",
]
