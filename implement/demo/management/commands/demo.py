"""`manage.py demo`: load the demo project into an empty database; `--reset` starts over."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from implement.accounts.models import User
from implement.demo.alerts import raise_alerts
from implement.demo.build import build
from implement.demo.builds import write_builds
from implement.demo.changes import raise_changes
from implement.demo.contracts import agree_contracts
from implement.demo.designs import write_designs
from implement.demo.hours import tell_hours
from implement.demo.notes import write_notes
from implement.demo.reports import make_reports
from implement.demo.requirements import change_requirements, write_requirements
from implement.demo.roadmap import plan_releases
from implement.demo.templates import save_templates
from implement.demo.whatif import level, think_ahead
from projects.models import Project


class Command(BaseCommand):
    help = "Loads the demo project when the database is empty."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="Throw ALL data away first.")
        parser.add_argument("--no-reports", action="store_true", help="Leave out the two reports (quicker).")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO and not settings.TESTING:
            raise CommandError(
                "The demo is switched off here (IMPLEMENT_DEMO), and never loads in production."
            )
        if options["reset"]:
            call_command("migrate", verbosity=0)
            call_command("flush", interactive=False, verbosity=0)
        if User.objects.exists() or Project.objects.exists():
            self.stdout.write("There is data already; the demo is left out. `make demo-reset` starts over.")
            return
        projects = build()
        project = projects[0]
        tell_hours(project)
        write_requirements(project)
        write_designs(project)
        write_builds(project)
        plan_releases(project)
        change_requirements(project)
        write_notes(project)
        raise_changes(project)
        think_ahead(project)
        level(project)
        agree_contracts(project, with_pdf=not options["no_reports"])
        raise_alerts(projects)
        save_templates(projects[1])
        if not options["no_reports"]:
            make_reports(project)
        self.stdout.write(f"The demo project “{project}” is ready.")
