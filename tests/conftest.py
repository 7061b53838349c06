"""Shared by every test folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shop import REAL, loaded_sample


@pytest.fixture(autouse=True, scope="session")
def _own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What belongs to the user who runs the tests is neither read nor changed."""
    home = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "STATE", "DATA"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        yield


@pytest.fixture(scope="session")
def sample_workspace() -> Path:
    """The sample, loaded; for reading only (`tests.shop.copy_of_sample` gives one that may be changed)."""
    return loaded_sample()


@pytest.fixture(scope="session")
def contoso_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Contoso's sales, articles, stores and exchange rates, loaded in dollars; for reading only, and where the real data are (`kit.needs_real`)."""
    from tests.acceptance.kit import made

    folder = REAL / "contoso_10k"
    return made(tmp_path_factory.mktemp("contoso") / "shop", "USD", [folder / f"{name}.csv" for name in ("fx", "sales", "product", "store")])
