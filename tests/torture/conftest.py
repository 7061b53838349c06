"""Processes that load and read, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from crash import MODULES, Workers


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with Workers(tmp_path_factory.mktemp("workers") / "log", *MODULES, "torture_shop", "walkers", "power") as started:
        yield started


@pytest.fixture
def workers(_started: Workers) -> Iterator[Workers]:
    """Of a test: what it leaves running is stopped."""
    yield _started
    _started.stop()
