"""`manage.py serve` and `wait_for_services`: one command brings everything up, and takes everything down."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import OperationalError

from implement.core.management.commands import serve, wait_for_services
from implement.core.supervisor import GaveUp

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PortTests:
    @pytest.mark.parametrize("text", ["", "http", "0", "-1", "65536", "8000.5"])
    def test_what_is_no_port_is_refused(self, text: str) -> None:
        with pytest.raises(CommandError, match="not a number from 1 to 65535"):
            call_command("serve", "--port", text)

    def test_a_taken_port_is_named_before_anything_starts(self, taken_port: int) -> None:
        with pytest.raises(CommandError, match=f"{taken_port}.*serve --port {taken_port + 1}"):
            call_command("serve", "--port", str(taken_port))

    def test_a_free_port_passes(self, free_port: int) -> None:
        serve.refuse_taken_port("127.0.0.1", free_port)


class AnswersTests:
    """Ready is said when /health says 200, and for nothing else."""

    @pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False), (302, False)])
    def test_only_200_counts(self, status: int, ready: bool) -> None:
        asked: list[tuple[str, str]] = []

        class Health(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers["Host"]))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Health)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert serve.answers("127.0.0.1", server.server_port) is ready
        thread.join()
        server.server_close()
        assert asked[0][0] == "/health"

    def test_nobody_there(self, free_port: int) -> None:
        assert serve.answers("127.0.0.1", free_port) is False


class ProgramsTests:
    def test_web_worker_and_beat(self, settings: Any, tmp_path: Path) -> None:
        settings.DATA_DIR = tmp_path
        (tmp_path / "metrics").mkdir()
        (tmp_path / "metrics" / "counter_1.db").write_text("of a process that is gone")
        web, worker, beat = serve.programs("127.0.0.1", 8123)
        assert [web.name, worker.name, beat.name] == ["web", "worker", "beat"]
        assert {"127.0.0.1:8123", "gthread", "--no-control-socket"} <= set(web.command)
        assert "50" in worker.command
        assert str(tmp_path / "beat-schedule") in beat.command
        assert list((tmp_path / "metrics").iterdir()) == []

    def test_giving_up_is_an_error_of_the_command(
        self, free_port: int, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
    ) -> None:
        settings.DATA_DIR = tmp_path

        def give_up(*words: object, **named: object) -> None:
            raise GaveUp("web ended 5 times in a row")

        handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
        monkeypatch.setattr(serve.Command, "prepare", lambda self, *, demo: None)
        monkeypatch.setattr(serve.Supervisor, "run", give_up)
        try:
            with pytest.raises(CommandError, match="5 times"):
                call_command("serve", "--port", str(free_port))
        finally:
            for name, handler in handlers.items():
                signal.signal(name, handler)


@pytest.mark.django_db
class PrepareTests:
    """What happens to the database before anything starts."""

    @pytest.fixture
    def called(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        names: list[str] = []
        monkeypatch.setattr(serve, "call_command", lambda name, **options: names.append(name))
        monkeypatch.setattr(serve, "get_commands", lambda: {"demo": "projects"})
        monkeypatch.setattr(serve.connections, "close_all", lambda: None)
        return names

    def test_an_empty_database_gets_the_demo(self, called: list[str]) -> None:
        serve.Command().prepare(demo=True)
        assert called == ["migrate", "createcachetable", "demo"]

    def test_a_database_with_people_does_not(self, called: list[str]) -> None:
        get_user_model()._default_manager.create(email="ada@example.com")
        serve.Command().prepare(demo=True)
        assert called == ["migrate", "createcachetable"]

    def test_nor_one_that_shall_stay_empty(self, called: list[str]) -> None:
        serve.Command().prepare(demo=False)
        assert called == ["migrate", "createcachetable"]


@pytest.mark.services
class WholeProductTests:
    """The real command with real programs, on a database of its own."""

    @pytest.fixture
    def product(self, tmp_path: Path, free_port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
        dropped = ("DATABASE_URL", "REDIS_URL", "DJANGO_ALLOW")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--no-demo", "--port", str(free_port)],
            cwd=ROOT,
            env=kept | {"IMPLEMENT_ENV": "development", "IMPLEMENT_DATA_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            if "Implement is ready" in line:
                break
        assert process.poll() is None, "".join(lines)
        yield process, f"http://127.0.0.1:{free_port}"
        process.kill()
        process.communicate()

    def test_healthy_then_stopped_without_a_trace(
        self, product: tuple[subprocess.Popen[str], str], tmp_path: Path
    ) -> None:
        process, address = product
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            assert json.load(answer)["status"] == "ok"
        assert len(programs_below(tmp_path)) >= 5
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)
        assert process.returncode == 0
        assert programs_below(tmp_path) == []

    def test_killed_outright_it_leaves_nobody(
        self, product: tuple[subprocess.Popen[str], str], tmp_path: Path
    ) -> None:
        process, _ = product
        process.kill()
        deadline = time.monotonic() + 15
        while programs_below(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert programs_below(tmp_path) == []


def programs_below(data: Path) -> list[int]:
    """The processes that were started with this data folder in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"IMPLEMENT_DATA_DIR={data}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


class WaitForServicesTests:
    # The command opens the connection anew, which the transaction around an ordinary test would not survive.
    @pytest.mark.django_db(transaction=True)
    def test_returns_when_both_answer(self, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
        settings.REDIS_URL = ""
        call_command("wait_for_services", timeout=5)
        assert "Database and broker answer." in capsys.readouterr().out

    def test_names_what_does_not_answer(
        self, settings: Any, free_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"
        monkeypatch.setattr(wait_for_services, "database_trouble", lambda: "")
        monkeypatch.setattr(wait_for_services.time, "sleep", lambda seconds: None)
        with pytest.raises(CommandError, match=r"Redis did not answer within 0\.05 s"):
            call_command("wait_for_services", timeout=0.05)

    def test_says_why_the_database_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Refusing:
            def close(self) -> None:
                raise OperationalError("connection refused\n")

        monkeypatch.setattr(wait_for_services, "connection", Refusing())
        assert wait_for_services.database_trouble() == "connection refused"

    @pytest.mark.services
    def test_a_real_redis_answers(self, settings: Any) -> None:
        settings.REDIS_URL = os.environ["TEST_REDIS_URL"]
        assert wait_for_services.redis_trouble() == ""
