"""The tables of build items."""

from projects.builds.models.environments import Environment, PromotedItem, Promotion
from projects.builds.models.inbound import CodeReference, InboundHook
from projects.builds.models.item import Blockage, BuildItem, WipLimit, key_of
from projects.builds.models.quality import ConformanceCheck, DoneCriterion, DoneTick

__all__ = [
    "Blockage",
    "BuildItem",
    "CodeReference",
    "ConformanceCheck",
    "DoneCriterion",
    "DoneTick",
    "Environment",
    "InboundHook",
    "PromotedItem",
    "Promotion",
    "WipLimit",
    "key_of",
]
