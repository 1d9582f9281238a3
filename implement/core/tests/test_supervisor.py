"""Programs live and die with their supervisor."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from implement.core.supervisor import GaveUp, Program, Supervisor

SLEEPER = [sys.executable, "-c", "import time; print('hello', flush=True); time.sleep(60)"]


def wait_for(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class SupervisorTests:
    def test_lines_carry_the_name_and_ready_is_said_once(self) -> None:
        output = io.StringIO()
        supervisor = Supervisor([Program("web", SLEEPER), Program("worker", SLEEPER)], output=output)
        said: list[bool] = []

        def ready() -> bool:
            return output.getvalue().count("hello") == 2

        def when_ready() -> None:
            said.append(True)
            threading.Timer(0.5, supervisor.stop).start()

        supervisor.run(ready=ready, when_ready=when_ready)
        assert said == [True]
        assert "web    | hello" in output.getvalue()
        assert "worker | hello" in output.getvalue()
        assert all(program.process.returncode == -signal.SIGTERM for program in supervisor.programs)

    def test_a_program_that_dies_is_started_again(self) -> None:
        supervisor = Supervisor([Program("web", SLEEPER)], output=io.StringIO())
        pids: list[int] = []

        def ready() -> bool:
            process = supervisor.programs[0].process
            if process is not None and process.poll() is None and process.pid not in pids:
                pids.append(process.pid)
                process.kill()
            if len(pids) == 3:
                supervisor.stop()
            return False

        supervisor.run(ready=ready, when_ready=lambda: None)
        assert len(set(pids)) == 3

    def test_gives_up_on_a_program_that_never_lives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("implement.core.supervisor.FIRST_DELAY", 0.01)
        output = io.StringIO()
        broken = Program("web", [sys.executable, "-c", "raise SystemExit('no such setting')"])
        other = Program("beat", SLEEPER)
        with pytest.raises(GaveUp, match="web ended 5 times"):
            Supervisor([broken, other], output=output).run(ready=lambda: False, when_ready=lambda: None)
        assert "no such setting" in output.getvalue()
        assert other.process.poll() is not None

    def test_a_program_deaf_to_terminate_is_killed_after_the_grace(self) -> None:
        deaf = (
            "import signal,time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
        )
        output = io.StringIO()
        supervisor = Supervisor([Program("deaf", [sys.executable, "-c", deaf])], output=output, grace=0.3)
        began = time.monotonic()
        supervisor.run(ready=lambda: "deaf | deaf" in output.getvalue(), when_ready=supervisor.stop)
        assert supervisor.programs[0].process.returncode == -signal.SIGKILL
        assert time.monotonic() - began < 5

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
    def test_killing_the_supervisor_leaves_nobody(self, tmp_path: Path) -> None:
        script = tmp_path / "supervise.py"
        script.write_text(
            textwrap.dedent(f"""
            import sys
            from implement.core.supervisor import Program, Supervisor
            supervisor = Supervisor([Program("one", {SLEEPER!r})], output=sys.stdout)
            def ready(): return supervisor.programs[0].process is not None
            def tell(): print("pid", supervisor.programs[0].process.pid, flush=True)
            supervisor.run(ready=ready, when_ready=tell)
            """)
        )
        root = Path(__file__).resolve().parents[3]
        parent = subprocess.Popen(
            [sys.executable, str(script)],
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            text=True,
        )
        with parent:
            line = next(line for line in parent.stdout if line.startswith("pid"))
            child = int(line.split()[1])
            assert is_alive(child)
            parent.kill()
            wait_for(lambda: not is_alive(child))
