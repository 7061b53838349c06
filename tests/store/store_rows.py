"""Canonical rows written by hand: an export is a JSON file of rows, so that a test states exactly what a source said."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from kpi_core.errors import SourceError, Where, said
from kpi_core.store import Incoming, LoadReport, MartSettings, Reader, RollupSpec, Workspace, load_with, open_reader
from kpi_core.store.datasets import DATASETS

Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Recognised:
    path: Path
    sha256: str
    profile_id: str = "test.rows"


class RowImporter:
    """Reads the JSON exports that `export` writes; anything else is an unreadable source."""

    def recognise(self, path: Path) -> Recognised:
        raw = path.read_bytes()
        if not raw.startswith(b"{"):
            raise SourceError(said("not an export"), where=Where(str(path)))
        return Recognised(path, hashlib.sha256(raw).hexdigest())

    def convert(self, con: DuckDBPyConnection, recognised: Recognised, key: bytes, progress: Callable[[float], None]) -> Incoming:
        content = json.loads(recognised.path.read_text())
        tables = {}
        for name, rows in content["tables"].items():
            dataset = DATASETS[name]
            unknown = {column for row in rows for column in row} - {*dataset.columns, "file_line"}
            assert not unknown, unknown
            tables[name] = f"in_{name}"
            columns = ", ".join(f'"{column}" {kind}' for column, kind in dataset.columns.items())
            con.execute(f"create or replace temp table in_{name} ({columns}, file_line bigint)")
            values = [[row.get(column) for column in dataset.columns] + [row.get("file_line", line)] for line, row in enumerate(rows, start=2)]
            if values:
                con.executemany(f"insert into in_{name} values ({', '.join('?' * (len(dataset.columns) + 1))})", values)
        progress(1.0)
        account = {"file": recognised.path.name, "rows_read": sum(len(rows) for rows in content["tables"].values())}
        return Incoming(recognised.path.name, recognised.sha256, "test.rows", datetime.fromisoformat(content["as_of"]), tables, account)


def export(folder: Path, name: str, rows: Rows, as_of: str = "2026-10-31") -> Path:
    """Write an export of rows; equal content gives an equal file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"as_of": as_of, "tables": rows}, sort_keys=True))
    return path


def workspace(folder: Path) -> Workspace:
    """A bare workspace, without the shipped configuration."""
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    return Workspace.open(folder)


def load(space: Workspace, *paths: Path, settings: MartSettings | None = None, rollups: tuple[RollupSpec, ...] = (), **more: Any) -> LoadReport:
    return load_with(space, paths, RowImporter(), settings, rollups=rollups, **more)


def rewrite(space: Workspace, raw: bytes) -> None:
    """The current manifest as another release would have written it; CURRENT names its number alone, which counts as well."""
    path = space.manifest_path(space.generation())
    path.write_bytes(raw)
    (space.warehouse / "CURRENT").write_text(f"{int(path.stem)}\n")


def star(folder: Path, rows: Rows, settings: MartSettings | None = None, rollups: tuple[RollupSpec, ...] = ()) -> Reader:
    """A reader over the star of these rows alone."""
    space = workspace(folder)
    report = load(space, export(folder / "in", "rows.json", rows), settings=settings, rollups=rollups)
    assert not report.failed and report.published
    return open_reader(space)


def order(order_id: str, day: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "order_ref": order_id,
        "channel": "web",
        "placed_on": day,
        "status": "completed",
        "is_test": False,
        "currency": "EUR",
        "tax_included": True,
        "items_known": True,
        **more,
    }


def line(order_id: str, day: str, net: float, line_no: int = 1, **more: Any) -> dict[str, Any]:
    """A line of `net` without VAT and discount."""
    return {
        "order_id": order_id,
        "line_no": line_no,
        "placed_on": day,
        "line_type": "product",
        "sku": "S1",
        "quantity": 1,
        "gross": net,
        "discount": 0,
        "net": net,
        "tax": 0,
        "currency": "EUR",
        **more,
    }
