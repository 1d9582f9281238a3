"""What a what-if would do: the plan and the budget with its differences, in memory, beside those of today."""

from budget.selectors.whatif.compared import compared_of, differences_of, leading_to
from budget.selectors.whatif.live import LivePlan, Standing, live_plan, plan_seen
from budget.selectors.whatif.money import Take, takes_of
from budget.selectors.whatif.people import Staff, live_spans
from budget.selectors.whatif.rows import Compared, MoneyRow, Moved, PersonRow, TaskRow
from budget.selectors.whatif.sketch import Sketch, base_of, computed, moved_of, sketch_of

__all__ = [
    "Compared",
    "LivePlan",
    "MoneyRow",
    "Moved",
    "PersonRow",
    "Sketch",
    "Staff",
    "Standing",
    "Take",
    "TaskRow",
    "base_of",
    "compared_of",
    "computed",
    "differences_of",
    "leading_to",
    "live_plan",
    "live_spans",
    "moved_of",
    "plan_seen",
    "sketch_of",
    "takes_of",
]
