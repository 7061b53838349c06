"""Shared by every test folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shop import REAL, ROOT, loaded_sample

# Files that take longest, begun first so that no process is left alone with one at the end (`make test` shares out whole files).
# The first two are begun together: while one process builds a wheel, the other loads the sample that most others wait for.
LONGEST = (
    "house/test_wheel.py",
    "oracle/test_oracle.py",
    "acceptance/test_wrong_input.py",
    "terminal/test_hostile.py",
    "tui/test_journeys_analyst.py",
    "sources/test_metamorphic.py",
    "sources/test_fuzz.py",
    "acceptance/test_terminal.py",
    "terminal/test_signals.py",
    "store/test_store_overlay.py",
    "tui/test_journeys_store.py",
    "tui/test_reach.py",
    "tui/test_journeys.py",
    "tui/test_layout.py",
    "engine/test_engine.py",
    "traps/test_exports.py",
    "store/test_store_owners.py",
    "sample/test_sample_files.py",
    "explain/test_search.py",
    "acceptance/test_online_retail.py",
    "store/test_store_facts.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; else as they were found."""
    places = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


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
