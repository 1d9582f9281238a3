"""`manage.py wait_for_services`: block until database and broker answer; for containers."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

import redis
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import Error, connection


class Command(BaseCommand):
    """Wait for PostgreSQL and, where one is set, Redis."""

    help = "Waits until the database and Redis answer."
    # Checks may ask the database, which is what is being waited for.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait before failing")

    def handle(self, *, timeout: float, **options: Any) -> None:
        deadline = time.monotonic() + timeout
        probes = {"database": database_trouble, "Redis": redis_trouble}
        for name, trouble in probes.items():
            while (reason := trouble()) and time.monotonic() < deadline:
                self.stdout.write(f"Waiting for the {name}: {reason}")
                time.sleep(1)
            if reason:
                raise CommandError(f"The {name} did not answer within {timeout:g} s: {reason}")
        self.stdout.write("Database and broker answer.")


def database_trouble() -> str:
    """Return why the database does not answer; empty when it does."""
    try:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return str(error).strip()
    return ""


def redis_trouble() -> str:
    """Return why Redis does not answer; empty when it does or when none is set."""
    if not settings.REDIS_URL:
        return ""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        return str(error)
    return ""
