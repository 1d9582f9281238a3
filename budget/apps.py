from django.apps import AppConfig


class BudgetConfig(AppConfig):
    """Rates, budget lines, time, expenses, earned value."""

    name = "budget"
