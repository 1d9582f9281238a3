"""The house rules that a machine can check: rooms alike, imports upstream and at the top, history kept."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction

from implement.bootstrap import ROOT
from implement.core.db import AppendOnlyError, LiveManager, TrashModel
from implement.testkit.cast import Cast
from implement.testkit.lint import production_environment
from implement.testkit.routes import routes
from projects.kit.journal import record
from projects.models import JournalEntry

APPS = ("implement", "projects", "budget", "changemgmt", "testing", "training")
# What a room may hold: files, or folders of the same name; pure modules of its own beside them.
FURNITURE = {
    "apps", "choices", "models", "querysets", "workflows", "services", "selectors", "forms", "filtersets",
    "tables", "views", "urls", "api", "panels", "events", "tasks", "admin", "tests", "needs", "imports",
    "migrations", "templatetags", "management", "__init__",
}  # fmt: skip
# A name that means furniture, but is not what it is called here.
MISNOMERS = {
    "model", "view", "form", "table", "utils", "helpers", "util", "common", "misc", "service", "selector",
    "serializers", "viewsets", "signals", "managers", "constants", "enums", "filters", "rest",
}  # fmt: skip


def sources(*, with_tests: bool = True) -> list[Path]:
    """Return every module of the product."""
    return [
        path
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts and (with_tests or "tests" not in path.parts)
    ]


def rooms() -> list[Path]:
    """Return the folders of our Django apps."""
    return [
        Path(config.path) for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT / "")
        and ".venv" not in Path(config.path).parts
    ]  # fmt: skip


class RoomTests:
    @pytest.mark.parametrize("room", rooms(), ids=lambda room: str(room.relative_to(ROOT)))
    def test_a_room_names_its_furniture_like_its_neighbours(self, room: Path) -> None:
        if room == ROOT / "implement" / "core":
            return  # The shared machinery is no room.
        names = {path.stem for path in room.glob("*.py")} | {
            path.name for path in room.iterdir() if (path / "__init__.py").exists()
        }
        assert not names & MISNOMERS, f"{room}: {sorted(names & MISNOMERS)}"
        both = [
            name for name in names & FURNITURE if (room / f"{name}.py").exists() and (room / name).is_dir()
        ]
        assert not both, f"{room}: file and folder of the same name: {both}"
        assert (room / "apps.py").exists()
        assert (room / "tests" / "__init__.py").exists()

    def test_test_files_are_named_after_what_they_test(self) -> None:
        for path in sources():
            if path.parent.name == "tests" and path.stem.endswith("_test"):
                pytest.fail(f"{path}: call it test_{path.stem.removesuffix('_test')}.py")

    def test_ordering_is_offered_over_columns_that_are_never_null(self) -> None:
        # A cursor cannot step over a null: rows would be lost between pages.
        for route in routes():
            queryset = getattr(route.view, "queryset", None) if route.is_api else None
            for name in getattr(route.view, "ordering_fields", None) or () if queryset is not None else ():
                assert not queryset.model._meta.get_field(name).null, f"{route.view.__name__}: {name}"


class TrashTests:
    @pytest.mark.parametrize(
        "model",
        [one for one in apps.get_models() if issubclass(one, TrashModel)],
        ids=lambda one: one.__name__,
    )
    def test_what_was_thrown_away_is_in_no_list_and_no_choice(self, model: type[TrashModel]) -> None:
        # Pages, forms, filters and the way back from a row to those that point at it start from this one.
        assert isinstance(model._default_manager, LiveManager), f"{model.__name__}: name `objects` first."


class ImportTests:
    def test_imports_stand_at_the_top(self) -> None:
        found = [
            f"{path.relative_to(ROOT)}:{inner.lineno}"
            for path in sources(with_tests=False)
            if "testkit" not in path.parts and path.name not in {"bootstrap.py"}
            for outer in ast.walk(ast.parse(path.read_text()))
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner in ast.walk(outer)
            if isinstance(inner, ast.Import | ast.ImportFrom)
        ]
        assert not found, "An import inside a function is a letter asking for a better home."

    def test_layers_are_kept(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "implement.testkit.layers"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


class SettingsTests:
    @pytest.mark.django_db
    def test_migrations_are_complete(self) -> None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)

    def test_production_settings_pass_the_deployment_check(self, tmp_path: Path) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("IMPLEMENT_", "DJANGO_", "DATABASE_URL", "REDIS_URL"))
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=ROOT,
            env=kept
            | production_environment()
            | {"IMPLEMENT_BOOTSTRAP": "0", "IMPLEMENT_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


class JournalTests:
    @pytest.fixture
    def entry(self, cast: Cast) -> JournalEntry:
        with transaction.atomic():
            return record(action="task.changed", target=cast.setup, actor=cast.mara, project=cast.nordwind)

    def test_history_is_not_rewritten(self, entry: JournalEntry) -> None:
        entry.action = "nothing.happened"
        for attempt in (
            entry.save,
            entry.delete,
            JournalEntry.objects.all().delete,
            lambda: JournalEntry.objects.update(action="x"),
        ):
            with pytest.raises(AppendOnlyError):
                attempt()
        assert JournalEntry.objects.get(pk=entry.pk).action == "task.changed"
