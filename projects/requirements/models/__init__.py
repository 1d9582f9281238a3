"""The tables of requirements."""

from projects.requirements.models.elicitation import GlossaryTerm, OpenQuestion, Workshop
from projects.requirements.models.requirement import (
    AcceptanceCriterion,
    BaselinedRequirement,
    Requirement,
    RequirementBaseline,
    RequirementVersion,
    key_of,
)

__all__ = [
    "AcceptanceCriterion",
    "BaselinedRequirement",
    "GlossaryTerm",
    "OpenQuestion",
    "Requirement",
    "RequirementBaseline",
    "RequirementVersion",
    "Workshop",
    "key_of",
]
