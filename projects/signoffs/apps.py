from django.apps import AppConfig


class SignoffsConfig(AppConfig):
    """What the customer is asked to answer, by a signed link, and what they decided."""

    name = "projects.signoffs"
    label = "signoffs"
