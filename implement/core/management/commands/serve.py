"""`manage.py serve`: the whole product on one computer, with nothing else installed or running."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command, get_commands
from django.db import connections

from implement.core.supervisor import GaveUp, Program, Supervisor


class Command(BaseCommand):
    """Bring the database up to date, load the demo into an empty one, run web, worker and beat together."""

    help = "Runs the web server, the worker and the scheduler together until Ctrl-C."
    # The checks run once inside `migrate`; a second time would only cost the reader a second.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", default=os.environ.get("PORT", "8000"), help="port to listen on (PORT)")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *, host: str, port: str, no_demo: bool, **options: Any) -> None:
        number = read_port(port)
        refuse_taken_port(host, number)
        self.prepare(demo=settings.DEMO and not no_demo)
        supervisor = Supervisor(programs(host, number), output=sys.stdout)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, supervisor.stop)
        shown = "127.0.0.1" if host in {"", "0.0.0.0"} else host  # noqa: S104 - compared, not bound
        try:
            supervisor.run(
                ready=lambda: answers(shown, number),
                when_ready=lambda: self.stdout.write(
                    self.style.SUCCESS(f"Implement is ready at http://{shown}:{number}  (Ctrl-C stops it)")
                ),
            )
        except GaveUp as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Implement has stopped.")

    def prepare(self, *, demo: bool) -> None:
        """Migrate, make the table of the cache, and fill an empty database with the demo project."""
        self.stdout.write("Bringing the database up to date …")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if demo and "demo" in get_commands() and not get_user_model()._default_manager.exists():
            self.stdout.write("Loading the demo project …")
            call_command("demo")
        # WhiteNoise warns in every process when the folder that only production fills is missing.
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        # The children open their own; a connection carried along would keep the file busy.
        connections.close_all()


def programs(host: str, port: int) -> list[Program]:
    """Return the three programs of the product."""
    python = sys.executable
    # Its warning about root is for servers; here it would hide the line that says where the product is.
    celery = [python, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "implement"]
    level = os.environ.get("LOG_LEVEL", "WARNING")
    workers = os.environ.get("WEB_CONCURRENCY", "2")
    metrics = fresh_folder(settings.DATA_DIR / "metrics")
    heartbeat = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108
    return [
        Program(
            "web",
            [
                *(python, "-m", "gunicorn", "implement.wsgi:application", "--bind", f"{host}:{port}"),
                *("--worker-class", "gthread", "--workers", workers, "--threads", "4"),
                # A request may take 60 s; a worker starts afresh now and then so that a leak cannot grow.
                *("--timeout", "60", "--graceful-timeout", "4", "--max-requests", "5000"),
                *("--max-requests-jitter", "500", "--log-level", "warning", "--no-control-socket"),
                *heartbeat,
            ],
            # Two server processes: without a shared folder /metrics would show one of them, by chance.
            {"PROMETHEUS_MULTIPROC_DIR": str(metrics)},
        ),
        Program(
            "worker",
            [
                *(*celery, "worker", "--concurrency", "2", "--max-tasks-per-child", "50"),
                *("--hostname", f"serve-{port}@%h", "--loglevel", level),
                # One worker has nobody to gossip with; on the file broker each word would be a file.
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            # A warm shutdown would wait for running jobs; their rows bring them back after the next start.
            orphan_signal=signal.SIGQUIT,
        ),
        Program(
            "beat",
            [
                *(*celery, "beat", "--loglevel", level, "--pidfile", ""),
                *("--schedule", str(settings.DATA_DIR / "beat-schedule")),
            ],
        ),
    ]


def fresh_folder(folder: Path) -> Path:
    """Return an empty folder: counters of processes that are gone would be added to the new ones."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def read_port(text: str) -> int:
    """Return the port; refuses what is none."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CommandError(f"Port {text!r} is not a number from 1 to 65535.")
    return int(text)


def refuse_taken_port(host: str, port: int) -> None:
    """Stop with a clear message, before anything is started, when something else listens there."""
    with socket.socket() as probe:
        # As gunicorn binds: connections that have just ended do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({error.strerror}). If another program uses the port, "
                f"choose one: python3 manage.py serve --port {port + 1 if port < 65535 else 8001}"
            ) from error


def answers(host: str, port: int) -> bool:
    """Return whether /health says 200."""
    request = http.client.HTTPConnection(host, port, timeout=5)
    # Production may serve under its public names only.
    named = next((name for name in settings.ALLOWED_HOSTS if name.strip("*.")), host)
    try:
        request.request("GET", "/health", headers={"Host": named.lstrip(".")})
        return request.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        request.close()
