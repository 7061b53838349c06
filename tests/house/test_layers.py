"""The two laws of the house, held at run time as well: the engine and the headless commands never load the screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules_after(code: str) -> set[str]:
    """Top-level packages loaded by `code` in a fresh interpreter."""
    script = f"{code}\nimport sys\nprint('\\n'.join(sorted({{name.split('.')[0] for name in sys.modules}})), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def all_modules(package: str) -> list[str]:
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in sorted((ROOT / package).rglob("*.py"))]


def test_the_whole_engine_loads_without_a_screen() -> None:
    loaded = modules_after("\n".join(f"import {name}" for name in all_modules("kpi_core")))
    assert not loaded & {"textual", "rich", "typer", "click", "tui"}


@pytest.mark.parametrize("arguments", [["--help"], ["glance", "--help"], ["report", "--help"], ["check", "--help"], ["load", "--help"], ["kpis"]])
def test_headless_commands_never_import_textual(arguments: list[str]) -> None:
    code = f"import sys\nsys.argv = ['omnigap', *{arguments!r}]\nfrom tui.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass"
    assert "textual" not in modules_after(code)


def test_files_stay_about_one_subject() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in ("kpi_core", "tui")
        for path in (ROOT / package).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 420
    }
    assert not long


def test_the_engine_never_prints() -> None:
    assert not [str(path) for path in (ROOT / "kpi_core").rglob("*.py") if "\n    print(" in path.read_text() and path.name != "i18n.py"]
