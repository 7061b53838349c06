"""Shared by every test folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import loaded_sample


@pytest.fixture(scope="session")
def sample_workspace() -> Path:
    """The sample, loaded; for reading only (`tests.shop.copy_of_sample` gives one that may be changed)."""
    return loaded_sample()
