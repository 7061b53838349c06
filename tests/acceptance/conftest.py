"""A small loaded workspace, made once a process by the real command: one store, a pop-up, the stores file and a year of surveys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.shop import EXPORTS, omnigap


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For reading only."""
    folder = tmp_path_factory.mktemp("small") / "shop"
    assert omnigap("init", folder).returncode == 0
    for name in ("stores/stores.csv", "pos/nantes/tickets_2026_S2.csv.gz", "square/items-2026.csv.gz", "surveys/enquetes_2026.csv.gz"):
        shutil.copyfile(EXPORTS / name, folder / "exports" / name.replace("/", "_"))
    loaded = omnigap("load", "-w", folder)
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    return folder


@pytest.fixture
def shop(small: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(small, tmp_path / "shop"))
