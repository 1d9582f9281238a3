from django.apps import AppConfig


class BuildsConfig(AppConfig):
    """What is configured and developed, and in which environment it stands."""

    name = "projects.builds"
    label = "builds"
