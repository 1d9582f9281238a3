from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The weekly and biweekly reports: snapshot, PDF, delivery."""

    name = "implement.reports"
    label = "reports"
