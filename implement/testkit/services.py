"""PostgreSQL, Redis and Chromium for the tests: named, found, or started for the run. Never skipped.

Order for each server: TEST_DATABASE_URL or TEST_REDIS_URL; then one that answers on its usual local port;
then a throw-away one from local binaries, installed first where that is in our power. Else the run fails.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from implement import bootstrap

POSTGRES_PORT = 5432
REDIS_PORT = 6379
PATIENCE = 20.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
CLAIM = b"implement-tests"


class ServiceError(Exception):
    """A server that the tests need can be neither found nor started; the text says what to do."""


# --- Asking ---------------------------------------------------------------------------------------------
def postgres_trusts(host: str, port: int) -> bool:
    """Return whether PostgreSQL lets user postgres in without a password: its greeting says so."""
    words = b"user\0postgres\0database\0postgres\0\0"
    try:
        with socket.create_connection((host, port), timeout=2) as link:
            link.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
            answer = link.recv(9, socket.MSG_WAITALL)
    except OSError:
        return False
    return answer == b"R" + struct.pack("!ii", 8, 0)


def redis_says(host: str, port: int, *commands: Sequence[bytes]) -> list[bytes]:
    """Send commands to Redis and return the first line of each answer; nothing when nobody answers."""
    try:
        with socket.create_connection((host, port), timeout=2) as link:
            answers = link.makefile("rb")
            lines = []
            for words in commands:
                parts = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
                link.sendall(b"*%d\r\n%s" % (len(words), parts))
                lines.append(answers.readline().strip())
            return lines
    except OSError:
        return []


def redis_answers(host: str, port: int) -> bool:
    """Return whether a Redis without a password answers."""
    return redis_says(host, port, [b"PING"]) == [b"+PONG"]


# --- PostgreSQL -----------------------------------------------------------------------------------------
@contextlib.contextmanager
def postgres() -> Iterator[tuple[str, str]]:
    """Yield the URL of a database to derive test databases from, and where it comes from."""
    # The test runner puts `test_` before the name; with the process in it two runs never meet.
    name = f"implement_{os.getpid()}"
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url, "TEST_DATABASE_URL"
    elif postgres_trusts("127.0.0.1", POSTGRES_PORT):
        yield f"postgres://postgres@127.0.0.1:{POSTGRES_PORT}/{name}", f"found on port {POSTGRES_PORT}"
    else:
        with throwaway_postgres() as port:
            yield f"postgres://postgres@127.0.0.1:{port}/{name}", f"throw-away on port {port}"


def postgres_binaries() -> Path | None:
    """Return the folder of initdb and postgres, newest version first."""
    # Debian keeps them out of PATH; elsewhere a link in PATH leads to them.
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *Path("/usr").glob("pgsql-*/bin/initdb")]
    if link := shutil.which("initdb"):
        found.append(Path(link).resolve())
    folders = [path.parent for path in found if (path.parent / "postgres").exists()]
    return max(folders, key=lambda path: int("".join(filter(str.isdigit, str(path))) or 0), default=None)


@contextlib.contextmanager
def throwaway_postgres() -> Iterator[int]:
    """Start a PostgreSQL in a temporary folder and yield its port; all of it is gone afterwards."""
    binaries = postgres_binaries()
    if binaries is None and bootstrap.apt_install(["postgresql"], reason="the tests"):
        binaries = postgres_binaries()
    if binaries is None:
        raise ServiceError(
            "The tests need PostgreSQL: set TEST_DATABASE_URL, or run apt-get install postgresql as root."
        )
    folder = Path(tempfile.mkdtemp(prefix="implement-postgres-", dir="/tmp"))
    # PostgreSQL refuses to run as root.
    owner = "postgres" if os.geteuid() == 0 else None
    if owner:
        account = pwd.getpwnam(owner)
        os.chown(folder, account.pw_uid, account.pw_gid)
    port = free_port()
    options = [
        "-D",
        str(folder / "data"),
        "-p",
        str(port),
        "-k",
        str(folder),
        "-c",
        "listen_addresses=127.0.0.1",
    ]
    # Nothing here outlives the run, so nothing needs to reach the disk.
    for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100"):
        options += ["-c", setting]
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        "postgres",
        "--auth=trust",
        "--no-sync",
    ]
    try:
        made = subprocess.run(
            [*initdb, "--encoding=UTF8", "--locale=C"],
            user=owner,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise ServiceError(f"initdb failed: {made.stderr.strip()}")
        with running(
            [str(binaries / "postgres"), *options],
            log=folder / "log",
            user=owner,
            end_with=signal.SIGINT,
            answers=lambda: postgres_trusts("127.0.0.1", port),
        ):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- Redis ----------------------------------------------------------------------------------------------
@contextlib.contextmanager
def redis() -> Iterator[tuple[str, str]]:
    """Yield the URL of a Redis database for the tests, and where it comes from."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url, "TEST_REDIS_URL"
    elif redis_answers("127.0.0.1", REDIS_PORT) and (number := claim_redis_database("127.0.0.1", REDIS_PORT)):
        try:
            yield f"redis://127.0.0.1:{REDIS_PORT}/{number}", f"found on port {REDIS_PORT}, database {number}"
        finally:
            # Only the database that was empty when it was claimed: the others belong to somebody.
            redis_says("127.0.0.1", REDIS_PORT, [b"SELECT", b"%d" % number], [b"FLUSHDB"])
    else:
        with throwaway_redis() as port:
            yield f"redis://127.0.0.1:{port}/1", f"throw-away on port {port}"


def claim_redis_database(host: str, port: int) -> int:
    """Return the number of an empty database of a found server, marked as ours; 0 when all are in use."""
    for number in range(15, 0, -1):
        select = [b"SELECT", b"%d" % number]
        if redis_says(host, port, select, [b"DBSIZE"]) != [b"+OK", b":0"]:
            continue
        # Of two runs that saw it empty, NX lets one in. The mark ends by itself if the run is killed.
        marked = redis_says(host, port, select, [b"SET", CLAIM, b"%d" % os.getpid(), b"NX", b"EX", b"7200"])
        if marked == [b"+OK", b"+OK"]:
            return number
    return 0


@contextlib.contextmanager
def throwaway_redis() -> Iterator[int]:
    """Start a Redis in a temporary folder and yield its port."""
    binary = shutil.which("redis-server")
    if binary is None and bootstrap.apt_install(["redis-server"], reason="the tests"):
        binary = shutil.which("redis-server")
    if binary is None:
        raise ServiceError(
            "The tests need Redis: set TEST_REDIS_URL, or run apt-get install redis-server as root."
        )
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="implement-redis-") as folder:
        options = [
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with running(
            [binary, *options],
            log=Path(folder) / "log",
            user=None,
            end_with=signal.SIGTERM,
            answers=lambda: redis_answers("127.0.0.1", port),
        ):
            yield port


# --- Programs -------------------------------------------------------------------------------------------
@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    user: str | None,
    end_with: signal.Signals,
    answers: Callable[[], bool],
) -> Iterator[None]:
    """Run a server until the block ends, or this process does."""

    def die_with_us() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(end_with))

    with log.open("wb") as file:
        server = subprocess.Popen(
            command,
            user=user,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            # Not ours to stop with Ctrl-C: the tests still need it while they end.
            start_new_session=True,
            preexec_fn=die_with_us,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise ServiceError(
                    f"{command[0]} does not answer:\n{log.read_text(errors='replace').strip()}"
                )
            time.sleep(0.05)
        yield
    finally:
        server.send_signal(end_with)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def chromium() -> str:
    """Return the path of the browser."""
    for name in bootstrap.BROWSERS:
        if path := shutil.which(name):
            return path
    raise ServiceError("The browser tests need Chromium: run apt-get install chromium as root.")
