from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The project a new installation opens on, in mid-flight. Never in production."""

    name = "implement.demo"
    label = "demo"
