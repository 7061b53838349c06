"""A small loaded workspace, made once: two stores of the sample and its surveys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.shop import in_this_process

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_data" / "exports"

Run = Callable[..., subprocess.CompletedProcess[str]]


def omnigap(arguments: Sequence[str], **more: object) -> subprocess.CompletedProcess[str]:
    """One run of the command in its own process, without a terminal."""
    environment = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS", "OMNIGAP_WORKSPACE", "OMNIGAP_DEBUG")}
    environment |= {"LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)} | dict(more.pop("env", {}))  # type: ignore[call-overload]
    code = "from tui.cli import main; main()"
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        env=environment,
        stdin=subprocess.DEVNULL,
        **more,
    )


def here(arguments: Sequence[str], **more: Any) -> subprocess.CompletedProcess[str]:
    """The same in this process, a second faster; help texts take their language when the command is first imported."""
    return omnigap(arguments, **more) if "--help" in arguments else in_this_process(*arguments, **more)


@pytest.fixture(scope="session")
def run() -> Run:
    return here


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loaded with tickets of two stores, the stores and the surveys of the sample."""
    folder = tmp_path_factory.mktemp("cli") / "shop"
    made = omnigap(["init", str(folder)])
    assert made.returncode == 0, made.stderr
    for name in ("objectives.yaml", "settings.yaml"):  # those of the sample retailer, whose rows these are
        shutil.copyfile(ROOT / "config" / name, folder / "config" / name)
    chosen = [SAMPLE / "stores" / "stores.csv", *sorted((SAMPLE / "surveys").iterdir())]
    for store in ("lyon_part_dieu", "nantes"):
        chosen += sorted((SAMPLE / "pos" / store).iterdir())[-8:]
    for path in chosen:
        target = folder / "exports" / path.parent.name / path.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, target)
    loaded = omnigap(["load", "-w", str(folder)])
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    return folder
