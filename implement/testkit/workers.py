"""Real workers, beats and a mail server for tests that kill them: own programs on the test's database.

    with Inbox.serving() as inbox:
        stage = Stage(folder=tmp_path, mail_port=inbox.port)
        with stage.worker() as worker, stage.beat():
            worker.kill()

Only for tests marked `services` with `django_db(transaction=True)`: what the test wrote must be committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.conf import settings
from django.db import connection

from implement.bootstrap import ROOT
from implement.testkit.services import LIBC, PR_SET_PDEATHSIG, free_port

PATIENCE = 90.0
LEASE_SECONDS = 3


def wait_until(question: Callable[[], Any], *, what: str, seconds: float = PATIENCE) -> Any:
    """Ask until the answer is true and return it; fail naming what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.03)
    raise AssertionError(f"Waited {seconds:.0f} s in vain for: {what}.")


# --- Mail -----------------------------------------------------------------------------------------------
class Inbox:
    """A mail server that keeps what it took; `stall_at` ("greeting", "data") makes it hesitate there once.

    At "data" it hesitates over a mail whose subject holds the word `stall_on`.
    """

    def __init__(self, *, stall_at: str = "", stall_on: str = "") -> None:
        self.stall_at = stall_at
        self.stall_on = stall_on
        self.stalled = threading.Event()
        self.release = threading.Event()
        self.messages: list[tuple[str, Message]] = []
        self.port = free_port()

    @classmethod
    @contextlib.contextmanager
    def serving(cls, *, stall_at: str = "", stall_on: str = "") -> Iterator[Inbox]:
        """Serve on a free local port until the block ends."""
        inbox = cls(stall_on=stall_on)
        controller = HesitantController(inbox, hostname="127.0.0.1", port=inbox.port)
        # Starting includes a first connection of the controller's own.
        controller.start()
        inbox.stall_at = stall_at
        try:
            yield inbox
        finally:
            inbox.release.set()
            controller.stop()

    def received(self, word: str = "") -> Counter[str]:
        """Return how many mails each address got whose subject contains a word."""
        return Counter(address for address, mail in self.messages if word in str(mail["Subject"]))

    async def hesitate(self, place: str) -> None:
        if self.stall_at == place and not self.stalled.is_set():
            self.stalled.set()
            while not self.release.is_set():
                await asyncio.sleep(0.02)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content)
        self.messages += [(address, mail) for address in envelope.rcpt_tos]
        if self.stall_on in str(mail["Subject"]):
            await self.hesitate("data")
        return "250 Taken"


class HesitantServer(SMTP):
    """Greets a client when the inbox lets it."""

    async def _handle_client(self) -> None:
        await self.event_handler.hesitate("greeting")
        await super()._handle_client()


class HesitantController(Controller):
    """Serves the inbox from a thread."""

    def factory(self) -> SMTP:
        return HesitantServer(self.handler, **self.SMTP_kwargs)


# --- Programs -------------------------------------------------------------------------------------------
@dataclass
class Program:
    """A program of its own with everything it started."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Kill it with -9, with all its children, in the middle of whatever they do."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """Return what it wrote."""
        return self.log.read_text(errors="replace")


@dataclass
class Stage:
    """The surroundings of the programs: the test's database, Redis keys of their own, a mail server."""

    folder: Path
    mail_port: int = 0
    prefix: str = field(
        default_factory=lambda: f"{os.environ.get('REDIS_KEY_PREFIX', 'it:')}{uuid.uuid4().hex[:8]}:"
    )

    def __post_init__(self) -> None:
        if "TEST_REDIS_URL" not in os.environ or connection.vendor != "postgresql":
            pytest.skip("Needs PostgreSQL and Redis: run python -m implement.testkit.run_tests --postgres.")
        self.redis_url = os.environ["TEST_REDIS_URL"]

    def environment(self) -> dict[str, str]:
        """Return the environment of the programs."""
        found = connection.settings_dict
        user = quote(str(found["USER"]))
        word = f":{quote(str(found['PASSWORD']))}" if found["PASSWORD"] else ""
        place = f"{found['HOST'] or '127.0.0.1'}:{found['PORT'] or 5432}"
        return {
            **os.environ,
            "IMPLEMENT_ENV": "test",
            "IMPLEMENT_BOOTSTRAP": "0",
            # Where this test files its media: both must see the same files.
            "IMPLEMENT_DATA_DIR": str(Path(settings.MEDIA_ROOT).parent),
            "DJANGO_SETTINGS_MODULE": "implement.settings",
            "DATABASE_URL": f"postgres://{user}{word}@{place}/{quote(str(found['NAME']))}",
            "REDIS_URL": self.redis_url,
            "REDIS_KEY_PREFIX": self.prefix,
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "JOB_SWEEP_SECONDS": "1",
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.mail_port or 25),
        }

    @contextlib.contextmanager
    def _running(self, name: str, *words: str) -> Iterator[Program]:
        log = self.folder / f"{name}-{uuid.uuid4().hex[:6]}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "implement.celery", *words],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Also when the tests themselves are killed nothing stays behind.
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL)),
            )
        program = Program(name=name, process=process, log=log)
        try:
            yield program
        except AssertionError as error:
            raise AssertionError(f"{error}\n--- {name} ---\n{program.said()[-6000:]}") from error
        finally:
            program.kill()

    def worker(self, *, processes: int = 1) -> contextlib.AbstractContextManager[Program]:
        """Run a Celery worker until the block ends."""
        name = f"worker-{uuid.uuid4().hex[:6]}@test"
        return self._running(
            "worker", "worker", "-c", str(processes), "-n", name, "--without-gossip", "-l", "INFO"
        )

    def beat(self) -> contextlib.AbstractContextManager[Program]:
        """Run a Celery beat that ticks every second until the block ends."""
        state = self.folder / f"beat-{uuid.uuid4().hex[:6]}"
        return self._running("beat", "beat", "-s", str(state), "--pidfile=", "-l", "INFO")

    def lose_broker_data(self) -> int:
        """Delete every key of ours in Redis, as if it had lost its memory; return how many."""
        link = redis.Redis.from_url(self.redis_url)
        keys = list(link.scan_iter(match=f"{self.prefix}*"))
        count = int(link.delete(*keys)) if keys else 0
        link.close()
        return count
