"""Keeps a handful of programs running together: started, restarted with back-off, stopped as one."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

PR_SET_PDEATHSIG = 1
# Loaded before any fork: looking a library up between fork and exec can hang.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
STEADY_SECONDS = 10.0
ATTEMPTS = 5


class GaveUp(Exception):
    """A program ended again and again before it ran for even a few seconds."""


@dataclass
class Program:
    """One program: its words, how it is asked to end, and how it fares."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    # What the kernel sends when the supervisor itself is killed: the quick way out, for nobody waits.
    orphan_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[str] | None = None
    began: float = 0.0
    failures: int = 0
    restart_at: float = 0.0


class Supervisor:
    """Runs programs, each in a process group of its own, until told to stop.

    A terminal's Ctrl-C reaches only this process, which then ends the others in order. When this process is
    killed outright, Linux sends each program its `orphan_signal`; elsewhere the programs would live on.
    """

    def __init__(self, programs: Sequence[Program], *, output: IO[str], grace: float = 5.0) -> None:
        self.programs = list(programs)
        self.output = output
        self.grace = grace
        # A plain flag: an Event set by a signal handler can wait for a lock its own thread holds.
        self.stopping = False
        self._writing = threading.Lock()
        self._width = max(len(program.name) for program in self.programs)

    def run(self, *, ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Start all, call `when_ready` once `ready` says so, and watch until `stop`; raises GaveUp."""
        announced = False
        try:
            while not self.stopping:
                for program in self.programs:
                    self._watch(program)
                if not announced and ready():
                    announced = True
                    when_ready()
                time.sleep(0.2)
        finally:
            self._end_all()

    def stop(self, *_signal: object) -> None:
        """Ask everything to end; a second time it is not asked any more. Serves as a signal handler."""
        if self.stopping:
            self.grace = 0.0
        self.stopping = True

    def write(self, name: str, line: str) -> None:
        """Write one line with the program's name before it."""
        with self._writing:
            self.output.write(f"{name:<{self._width}} | {line.rstrip()}\n")
            self.output.flush()

    # --- One program -------------------------------------------------------------------------------------
    def _watch(self, program: Program) -> None:
        """Start the program when it is due; note its end and when it may start again."""
        now = time.monotonic()
        if program.process is None:
            if now >= program.restart_at:
                self._start(program)
            return
        code = program.process.poll()
        if code is None:
            return
        # What the program left behind in its group would hold its port or its messages.
        self._signal(program, signal.SIGKILL)
        program.process = None
        program.failures = 1 if now - program.began >= STEADY_SECONDS else program.failures + 1
        if program.failures >= ATTEMPTS:
            raise GaveUp(
                f"{program.name} ended {ATTEMPTS} times in a row (exit code {code}): see its lines above."
            )
        delay = min(FIRST_DELAY * 2 ** (program.failures - 1), LONGEST_DELAY)
        program.restart_at = now + delay
        self.write(program.name, f"ended with exit code {code}; starts again in {delay:g} s")

    def _start(self, program: Program) -> None:
        supervisor = os.getpid()

        def die_with_supervisor() -> None:
            if LIBC is not None:
                LIBC.prctl(PR_SET_PDEATHSIG, int(program.orphan_signal))
                # The supervisor may have gone between the fork and the line above.
                if os.getppid() != supervisor:
                    os._exit(1)

        program.began = time.monotonic()
        program.process = subprocess.Popen(  # noqa: S603 - our own words, no shell
            program.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_supervisor,
        )
        threading.Thread(target=self._relay, args=(program.name, program.process.stdout), daemon=True).start()

    def _relay(self, name: str, lines: IO[str]) -> None:
        for line in lines:
            self.write(name, line)

    @staticmethod
    def _signal(program: Program, number: signal.Signals) -> None:
        """Send a signal to the program's whole group; that nobody is left to hear it is well."""
        if program.process is not None:
            try:
                os.killpg(program.process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass

    def _end_all(self) -> None:
        """End every program: politely, and after the grace for good."""
        for program in self.programs:
            if program.process is not None:
                # Only the head is asked: it knows how to end its own children in order.
                program.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        while self._alive() and time.monotonic() - began < self.grace:
            time.sleep(0.05)
        for program in self.programs:
            self._signal(program, signal.SIGKILL)
            if program.process is not None:
                program.process.wait()

    def _alive(self) -> bool:
        return any(
            program.process is not None and program.process.poll() is None for program in self.programs
        )
