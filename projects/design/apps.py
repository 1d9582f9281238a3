from django.apps import AppConfig


class DesignConfig(AppConfig):
    """How the requirements are met: elements, decisions, targets, reviewed by us and signed by the customer."""

    name = "projects.design"
    label = "design"
