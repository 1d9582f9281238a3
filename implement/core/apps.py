from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Shared machinery without tables: charts, money, calendars, files, template tags, commands."""

    name = "implement.core"
    label = "core"
