"""What the budget shows elsewhere, and its places on the rail. Cost stays with those who may see cost."""

from budget.panels import builds
from budget.panels.alerts import ALERTS_PANELS
from budget.panels.changes import CHANGES_PANELS
from budget.panels.contracts import CONTRACTS_PANELS
from budget.panels.control import CONTROL_PANELS
from budget.panels.customer import CUSTOMER_PANELS
from budget.panels.earned import EARNED_PANELS
from budget.panels.load import LOAD_PANELS
from budget.panels.money import MONEY_PANELS
from budget.panels.payments import PAYMENTS_PANELS
from projects.kit import panels, places

# Read for what it adds to the pages of an earlier room.
__all__ = ["builds"]

panels.register(
    *MONEY_PANELS,
    *EARNED_PANELS,
    *CUSTOMER_PANELS,
    *ALERTS_PANELS,
    *CHANGES_PANELS,
    *CONTRACTS_PANELS,
    *PAYMENTS_PANELS,
    *CONTROL_PANELS,
    *LOAD_PANELS,
)
places.register(
    places.Place("time", "Time", "clock", "timeentry_list", "time.view", 70),
    places.Place("expenses", "Expenses", "receipt", "expense_list", "expenses.view", 75),
    places.Place("budget", "Budget", "coin", "budget", "budget.view", 90),
    places.Place("whatif", "What-ifs", "arrows-split", "whatif_list", "whatif.view", 22),
    places.Place("contract", "Contracts", "certificate", "contract_list", "contract.view", 91),
    places.Place("changes", "Changes", "arrows-exchange", "changerequest_list", "changes.view", 93),
    places.Place("alerts", "Alerts", "alert-triangle", "alert_list", "alerts.view", 95),
)
