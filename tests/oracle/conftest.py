"""The sample as plain rows, read once: kept in the system's temporary folder for every test process, made anew when its files or its readers change."""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import pickle
import tempfile
import time
from pathlib import Path

import pytest

from kpi_core.store import Workspace, open_reader
from tests.oracle.facts import Facts
from tests.shop import EXPORTS, ROOT

_KEPT_SECONDS = 86_400


@pytest.fixture(scope="session")
def sample_rows() -> Facts:
    """Customers as the exports name them; for reading only."""
    base = Path(tempfile.gettempdir()) / f"omnigap-tests-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    if base.stat().st_uid != os.getuid():
        raise PermissionError(f"{base} belongs to somebody else")
    place = base / f"rows-{_digest()}.pickle"
    gc.disable()  # hundreds of thousands of rows, none of them garbage
    try:
        with (base / "rows.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if place.is_file():
                found: Facts = pickle.loads(place.read_bytes())
                return found
            for old in base.glob("rows-*.pickle"):
                if time.time() - old.stat().st_mtime > _KEPT_SECONDS:
                    old.unlink(missing_ok=True)
            found = Facts(EXPORTS)
            del found.star, found.placed, found.names  # what the rows were made from
            made = place.with_suffix(".making")
            made.write_bytes(pickle.dumps(found, protocol=pickle.HIGHEST_PROTOCOL))
            made.rename(place)
            return found
    finally:
        gc.enable()


@pytest.fixture(scope="session")
def people(sample_rows: Facts) -> dict[str, str]:
    """order_id -> the customer as the exports name them."""
    return {row.order_id: row.customer for row in sample_rows.tables["customer_orders"]}


@pytest.fixture(scope="session")
def facts(sample_rows: Facts, people: dict[str, str], sample_workspace: Path) -> Facts:
    """The rows with customers under the codes that the workspace shows them by; `people` still has their names."""
    with open_reader(Workspace.open(sample_workspace)) as reader:
        codes = dict(reader.execute("select order_id, customer from customer_orders"))
    assert set(codes) == set(people)
    for row in sample_rows.tables["customer_orders"]:
        row.customer = codes[row.order_id]
    return sample_rows


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "tests/sample").glob("*.py"), ROOT / "tests/oracle/facts.py"]):
        digest.update(path.read_bytes())
    for path in sorted(path for path in EXPORTS.rglob("*") if path.is_file()):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]
