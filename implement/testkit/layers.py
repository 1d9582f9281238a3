"""The layers of imports, checked on what ships: a copy of the packages without tests and test kit.

    python -m implement.testkit.layers

Tests know every room, so in the checkout itself the contracts would need exceptions; in the copy they need none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from implement.bootstrap import ROOT

PYPROJECT = "pyproject.toml"


def main() -> int:
    """Copy what ships, hold it to the contracts of pyproject.toml, return 0 when all are kept."""
    settings = tomllib.loads((ROOT / PYPROJECT).read_text())["tool"]["importlinter"]
    with tempfile.TemporaryDirectory(prefix="implement-layers-") as folder:
        for package in settings["root_packages"]:
            shutil.copytree(
                ROOT / package,
                Path(folder) / package,
                ignore=shutil.ignore_patterns("tests", "testkit", "__pycache__"),
            )
        shutil.copy(ROOT / PYPROJECT, folder)
        tool = Path(sys.executable).parent / "lint-imports"
        return subprocess.run([str(tool), "--no-cache"], cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
