from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ProjectsConfig(AppConfig):
    """The base that ties every activity together: customers, projects, members, plan, journal, jobs."""

    name = "projects"

    def ready(self) -> None:
        # Every room says what it shows elsewhere, what it journals and what its workers do.
        autodiscover_modules(
            "events",
            "workflows",
            "purposes",
            "trace",
            "panels",
            "needs",
            "imports",
            "parts",
            "prints",
            "search",
            "tasks",
        )
