from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The team's face: portfolio home and project home, laid out from the rooms' panels."""

    name = "implement.dashboard"
    label = "dashboard"
