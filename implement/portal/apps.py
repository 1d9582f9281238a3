from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The customer's face: read only."""

    name = "implement.portal"
    label = "portal"
