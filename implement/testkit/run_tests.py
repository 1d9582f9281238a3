"""`make test`: the whole suite, on SQLite and on PostgreSQL with Redis, worker and browser; nothing skipped.

    python -m implement.testkit.run_tests [--sqlite | --postgres] [words for pytest]

With words for pytest, or with one database only, the floor of the coverage is not asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from implement.bootstrap import ROOT
from implement.testkit import services

NOTHING_COLLECTED = 5
# Of the tests on SQLite: the walks, which reach every address and look at little, do not count.
LEAST_BRANCHES = 87


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one run of pytest ended: its name, exit code, seconds and closing line."""

    name: str
    code: int
    seconds: float
    closing: str


def main() -> int:
    """Run the suite and return 0 only when all of it passed."""
    parser = argparse.ArgumentParser(prog="run_tests", description="Runs the test suite.")
    parser.add_argument("--sqlite", action="store_true", help="only the quick suite on SQLite")
    parser.add_argument("--postgres", action="store_true", help="only the full suite on PostgreSQL")
    options, words = parser.parse_known_args()
    everything = options.sqlite == options.postgres and not words
    try:
        with tempfile.TemporaryDirectory(prefix="implement-tests-") as folder:
            outcomes = run_all(
                Path(folder),
                words,
                sqlite=options.sqlite or not options.postgres,
                postgres=options.postgres or not options.sqlite,
                measured=everything,
            )
            covered = report_coverage(Path(folder)) if everything else True
    except services.ServiceError as error:
        say(f"FAILED: {error}")
        return 1
    say("")
    for outcome in outcomes:
        say(f"{outcome.name:<34} {outcome.seconds:5.0f} s  {outcome.closing}")
    passed = covered and all(outcome.code == 0 for outcome in outcomes)
    say("All tests passed." if passed else "FAILED: see above.")
    return 0 if passed else 1


def run_all(folder: Path, words: list[str], *, sqlite: bool, postgres: bool, measured: bool) -> list[Outcome]:
    """Run pytest once for each database; measure the coverage of the first."""
    outcomes = []
    base = environment(folder)
    if sqlite:
        quick = ["-m", "not services and not browser and not walk"]
        # What runs on both databases is measured on one: measuring makes a run half as long again.
        coverage = ["--cov", "--cov-report=", "--cov-fail-under=0"] if measured else []
        outcomes.append(run_pytest("SQLite, file broker", folder, base, [*quick, *coverage, *words]))
    if postgres:
        browser = services.chromium()
        with contextlib.ExitStack() as stack:
            database, database_from = stack.enter_context(services.postgres())
            redis, redis_from = stack.enter_context(services.redis())
            say(f"PostgreSQL: {database_from}. Redis: {redis_from}. Browser: {browser}.")
            found = {
                "IMPLEMENT_TEST_DB": "postgres",
                "DATABASE_URL": database,
                "TEST_DATABASE_URL": database,
                "TEST_REDIS_URL": redis,
                "REDIS_KEY_PREFIX": f"implement-test-{os.getpid()}:",
                "CHROMIUM": browser,
                # Playwright's own loop runs in the test's thread, where Django would refuse the database.
                "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
            }
            outcomes.append(run_pytest("PostgreSQL, Redis, worker, browser", folder, base | found, words))
    return outcomes


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of the tests: no settings of the reader's own, data in a folder that goes."""
    unwanted = ("DATABASE_URL", "REDIS_URL", "IMPLEMENT_", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"IMPLEMENT_ENV": "test", "IMPLEMENT_DATA_DIR": str(folder / "data")}


def run_pytest(name: str, folder: Path, variables: dict[str, str], words: list[str]) -> Outcome:
    """Run pytest on two processes with its output shown as it comes; return how it ended."""
    say(f"\n=== {name} ===")
    began = time.monotonic()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "2",
            "--dist",
            "worksteal",
            "--durations=10",
            *words,
        ],
        cwd=ROOT,
        env=variables | {"COVERAGE_FILE": str(folder / ".coverage")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    closing = ""
    for line in process.stdout or ():
        sys.stdout.write(line)
        sys.stdout.flush()
        closing = line.strip() or closing
    code = process.wait()
    if code == NOTHING_COLLECTED:
        closing = "no test was found"
    return Outcome(name=name, code=code, seconds=time.monotonic() - began, closing=closing.strip("= "))


def report_coverage(folder: Path) -> bool:
    """Print what the tests did not reach; return whether lines and branches are at the floor."""
    coverage = [sys.executable, "-m", "coverage"]
    variables = {**os.environ, "COVERAGE_FILE": str(folder / ".coverage")}

    def run(*words: str) -> int:
        sys.stdout.flush()
        return subprocess.run([*coverage, *words], cwd=ROOT, env=variables, check=False).returncode

    say("")
    if run("report", "--fail-under=0"):
        say("FAILED: no coverage was measured.")
        return False
    run("json", "--quiet", "--fail-under=0", "-o", str(folder / "coverage.json"))
    totals = json.loads((folder / "coverage.json").read_text())["totals"]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["report"]
    floor = float(settings["fail_under"])
    lines = 100 * totals["covered_lines"] / max(totals["num_statements"], 1)
    branches = 100 * totals["covered_branches"] / max(totals["num_branches"], 1)
    floors = f"floors {floor:.0f} % and {LEAST_BRANCHES} %"
    say(f"Coverage of the tests on SQLite: lines {lines:.1f} %, branches {branches:.1f} %; {floors}.")
    return lines >= floor and branches >= LEAST_BRANCHES


def say(text: str) -> None:
    """Print a line of our own at its place among pytest's."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
