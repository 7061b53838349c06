"""A load in a thread of the app, whose process is told to end: it leaves off in the middle of a statement, and nothing is left of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from store_rows import Recognised, RowImporter, export, line, load, order, workspace

from kpi_core.errors import StoreError
from kpi_core.store import Incoming, load_with, stopping
from kpi_core.store.files import load_lock

ENDLESS = "create or replace temp table endless as select count(*) from range(100000000) as a, range(100000) as b where (a.range * b.range) % 7 = 3"
ROWS = {"orders": [order("A", "2026-10-01")], "order_lines": [line("A", "2026-10-01", 10)]}


class Endless(RowImporter):
    """Reads a file for ever, in DuckDB or between its statements."""

    def __init__(self, where: str) -> None:
        self.where, self.begun = where, threading.Event()

    def convert(self, con: DuckDBPyConnection, recognised: Recognised, key: bytes, progress: Callable[[float], None]) -> Incoming:
        self.begun.set()
        if self.where == "statement":
            con.execute(ENDLESS)
        while True:
            progress(0.5)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stopping, "_told", threading.Event())  # the other tests of this process go on
    yield


@pytest.mark.fault(20)
@pytest.mark.parametrize("where", ["statement", "between", "publishing"])
def test_a_load_that_is_told_to_end_leaves_nothing_behind(where: str, tmp_path: Path, told: None) -> None:
    space = workspace(tmp_path / "shop")
    load(space, export(tmp_path / "in", "a.json", ROWS))
    before = {path for path in space.warehouse.rglob("*") if path.is_file()}
    importer = Endless(where)
    errors: list[BaseException] = []

    def fault(step: str) -> None:
        if where == "publishing" and step == "manifest_written":  # the last moment but one
            stopping.stop()
            importer.begun.set()

    def run() -> None:
        try:
            reader = RowImporter() if where == "publishing" else importer
            load_with(space, [export(tmp_path / "in", "b.json", {**ROWS, "orders": [order("B", "2026-10-02")]})], reader, fault=fault)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert importer.begun.wait(60)
    while thread.is_alive():
        stopping.stop()
        thread.join(0.02)
    assert isinstance(errors[0], StoreError) and "interrupted" in str(errors[0])
    assert {path for path in space.warehouse.rglob("*") if path.is_file()} == before
    assert space.generation() == 1 and list(space.warehouse.glob(".tmp-*")) == []
    with load_lock(space.warehouse / "load.lock"):
        pass
