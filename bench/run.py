"""`make bench`: the performance goals, measured on a seeded data set.

    python bench/run.py [--rebuild] [--only pages load work batch gantt] [--repeat N]

Runs on a database of its own, `implement_bench`, on the PostgreSQL that the tests use; a data set that is still
current is used again. Figures belong to the machine they were taken on: compare ratios of one run.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg2  # noqa: E402
from psycopg2 import sql  # noqa: E402

from implement.testkit import services  # noqa: E402

DATABASE = "implement_bench"
PARTS = ("pages", "load", "work", "batch", "gantt")


def main() -> int:
    """Measure the chosen parts; return 0 when each ran to its end."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rebuild", action="store_true", help="make the data set anew")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--repeat", default="20", help="calls of each page")
    options = parser.parse_args()
    with services.postgres() as (url, where), services.redis() as (redis, _), scratch() as folder:
        database = urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))
        print(f"PostgreSQL: {where}")
        variables = os.environ | {
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "IMPLEMENT_ENV": "production",
            "SECRET_KEY": "of-the-benchmark-and-of-nothing-else-" * 2,
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "PUBLIC_URL": "http://127.0.0.1",
            "SECURE_SSL_REDIRECT": "0",
            "IMPLEMENT_DATA_DIR": str(folder),
            "IMPLEMENT_BOOTSTRAP": "0",
            "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
            "LOG_LEVEL": "ERROR",
        }
        # As in production: pages name their styles and scripts by hash.
        run(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"], variables)
        failed = fill(database, variables, anew=options.rebuild)
        for part in () if failed else options.only:
            print(f"\n=== {part} ===", flush=True)
            words = ["--repeat", options.repeat] if part == "pages" else []
            failed |= run([str(ROOT / "bench" / f"{part}.py"), *words], variables)
    return failed


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder for files that nobody keeps."""
    with tempfile.TemporaryDirectory(prefix="implement-bench-") as folder:
        yield Path(folder)


def run(words: list[str], variables: dict[str, str]) -> int:
    """Run a script of this checkout."""
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=variables, check=False).returncode


def fill(database: str, variables: dict[str, str], *, anew: bool) -> int:
    """Make sure that the data set is there and current; its stamp stands in the database's comment."""
    sources = [ROOT / "bench" / "data.py", *sorted(ROOT.glob("*/migrations/*.py"))]
    sources += sorted(ROOT.glob("implement/*/migrations/*.py"))
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    server = psycopg2.connect(urlunsplit(urlsplit(database)._replace(path="/postgres")))
    server.autocommit = True
    name = sql.Identifier(DATABASE)
    with contextlib.closing(server), server.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [DATABASE]
        )
        if not anew and cursor.fetchone() == (stamp,):
            print("The data set is current; --rebuild makes it anew.")
            return 0
        print("Making the data set …", flush=True)
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(name))
        failed = run(["manage.py", "migrate", "--verbosity", "0"], variables)
        failed = failed or run([str(ROOT / "bench" / "data.py")], variables)
        if not failed:
            cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(stamp)))
        return failed


if __name__ == "__main__":
    sys.exit(main())
