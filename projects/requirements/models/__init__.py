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
    "Workshop",
    "key_of",
]
