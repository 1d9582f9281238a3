"""Load a whole work log with estimates and hours per person as a project: see docs/users/imports.md."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from implement.accounts.models import User
from implement.core.errors import DomainError
from projects.choices import ProjectStatus
from projects.kit import jobs
from projects.kit.access import enter
from projects.kit.imports import ImportRefused, import_apply, import_upload
from projects.kit.rows import row_save
from projects.models import Customer, ImportRun, Job, Project
from projects.models.imports import ImportState

WAITING = {
    ImportState.NEEDS_ANSWER: "The file holds several projects: name one with --code.",
}


class Command(BaseCommand):
    """The page's way without the page: upload, dry run, import, totals."""

    help = "Load a work log (tasks with estimates, hours per person, dates) into a project."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="the project's code; made when it is not there")
        parser.add_argument("--file", required=True, type=Path, help="the table of tasks and hours")
        parser.add_argument("--dates", required=True, type=Path, help="the table of dates")
        parser.add_argument("--code", default="", help="which project of the file, such as PC9")
        parser.add_argument("--customer", default="Imported work", help="customer of a project that is made")
        parser.add_argument("--by", default="", help="e-mail address of who does it; else an administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        user = self.user(options["by"])
        files = [self.upload(options["file"]), self.upload(options["dates"])]
        try:
            with transaction.atomic():
                self.project(options["project"], options["code"], options["customer"], user)
                entry = enter(user, options["project"], "plan.import")
                answers = {"project_code": options["code"]} if options["code"] else {}
                run = import_upload(
                    entry=entry, kind="worklog.sip", upload=files[0], companion=files[1], answers=answers
                )
            run = self.done(run)
            if run.state != ImportState.PREVIEWED:
                error = run.preview.get("error", {}).get("message", "")
                raise CommandError(error or WAITING.get(ImportState(run.state), "The file cannot be read."))
            run = self.done(import_apply(run=run, entry=entry))
        except ImportRefused as error:
            raise CommandError(error.message) from error
        except DomainError as error:
            raise CommandError(error.message) from error
        if run.state != ImportState.APPLIED:
            raise CommandError(Job.objects.get(pk=run.job_id).error or "Nothing was imported.")
        for label, value in run.outcome["totals"]:
            self.stdout.write(f"{label}: {value}")
        for row in run.outcome["by_kind"]:
            said = ", ".join(
                f"{row[name]:,} {name}" for name in ("created", "changed", "unchanged", "refused")
            )
            self.stdout.write(f"{row['what'].capitalize()}: {said}")
        self.stdout.write(f"Done in {time.perf_counter() - started:.1f} s: /projects/{options['project']}/")

    def user(self, email: str) -> User:
        """Return who imports: the named one, else the first administrator."""
        people = User.objects.filter(is_active=True).order_by("pk")
        found = people.filter(email__iexact=email) if email else people.filter(is_administrator=True)
        user = found.first()
        if user is None:
            raise CommandError(f"There is no user “{email}”." if email else "There is no administrator yet.")
        return user

    def upload(self, path: Path) -> SimpleUploadedFile:
        """Return a file of the disk as an upload."""
        try:
            return SimpleUploadedFile(path.name, path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error

    def project(self, slug: str, code: str, customer: str, user: User) -> Project:
        """Return the project, made for the customer when it is not there."""
        found = Project.with_trash.filter(code=slug).first()
        if found is not None:
            return found
        owner = Customer.objects.filter(name=customer).first()
        if owner is None:
            owner = Customer(name=customer)
            row_save(row=owner, actor=user)
        project = Project(
            code=slug,
            name=f"Work log {code or slug}",
            customer=owner,
            status=ProjectStatus.ACTIVE,
            # The import moves the start to the first date of the log.
            starts_on=date(2000, 1, 1),
        )
        row_save(row=project, actor=user)
        return project

    def done(self, run: ImportRun) -> ImportRun:
        """Do the run's job here and now, unless a worker was faster, and return the run as it is then."""
        jobs.run(str(run.job_id))
        for _ in range(600):
            job = Job.objects.get(pk=run.job_id)
            if job.state not in {"queued", "running"}:
                break
            time.sleep(0.2)
        return ImportRun.objects.get(pk=run.pk)
