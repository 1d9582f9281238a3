"""How progress is measured, and saying what was done."""

from projects.services.progress.measure import (
    MOST_STEPS,
    Measure,
    Step,
    has_begun,
    measure_set,
    usual_rule_kept,
)
from projects.services.progress.say import Said, progress_say

__all__ = [
    "MOST_STEPS",
    "Measure",
    "Said",
    "Step",
    "has_begun",
    "measure_set",
    "progress_say",
    "usual_rule_kept",
]
