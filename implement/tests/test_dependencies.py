"""Every direct dependency is pinned, held by the constraints or the lock, and explained in the documents."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("requirements.txt", "requirements-dev.txt")


def pins(name: str) -> dict[str, str]:
    """The packages of a list with their versions, names as the package index compares them."""
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    wanted = [line for line in lines if line and not line.startswith("-r ")]
    found = {}
    for line in wanted:
        match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[a-z,0-9]+\])?==([A-Za-z0-9.+]+)", line)
        assert match, f"{name}: {line!r} is not pinned to one version"
        found[canonical(match[1])] = match[2]
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def package_json() -> dict[str, str]:
    content = json.loads((ROOT / "package.json").read_text())
    return content["dependencies"] | content["devDependencies"]


def explained() -> list[str]:
    """The names that begin a line of the table in docs/dependencies.md."""
    text = (ROOT / "docs" / "dependencies.md").read_text()
    return re.findall(r"(?m)^\| `([^`]+)` \| \S.{20,} \|$", text)


class DependencyTests:
    @pytest.mark.parametrize("name", LISTS)
    def test_every_python_package_is_held_by_the_constraints(self, name: str) -> None:
        assert pins(name).items() <= pins("constraints.txt").items()

    def test_every_dependency_says_why_it_is_here(self) -> None:
        direct = set().union(*(pins(name) for name in LISTS), package_json())
        assert {canonical(name) if "@" not in name else name for name in explained()} == direct

    def test_no_dependency_is_explained_twice(self) -> None:
        assert len(explained()) == len(set(explained()))

    def test_the_lock_holds_hashes_and_no_addresses(self) -> None:
        lock = json.loads((ROOT / "package-lock.json").read_text())
        packages = {name: package for name, package in lock["packages"].items() if name}
        assert all(package["integrity"].startswith("sha512-") for package in packages.values())
        assert not [name for name, package in packages.items() if "resolved" in package]
        for name, version in package_json().items():
            assert packages[f"node_modules/{name}"]["version"] == version
