from django.apps import AppConfig


class RequirementsConfig(AppConfig):
    """What the customer needs, in their words, until they have signed it."""

    name = "projects.requirements"
    label = "requirements"
