"""What one more day costs: `make bench-day`, or `python tests/bench/days.py LINES [WORKSPACE]`.

Makes the shop of `scale.py` (one that stands already is taken as it is) and loads the day after its last one: 50,000 order lines, made by SQL as the
shop was, so that parsing a file is left out. Says how long people wait for the new numbers, with and without the making of the rows, until
what screens are prepared with is there too, by how many bytes the warehouse grew, and how large the touched month is.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent))

import scale
from scale import LINES_PER_ORDER, Maker, _Part

from kpi_core.config.bundle import load_bundle
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.prepared import preparation
from kpi_core.engine.rollups import rollups
from kpi_core.store import Workspace, open_reader
from kpi_core.store.loading import load_with
from kpi_core.store.manifest import FileEntry, Manifest
from kpi_core.store.publish import Incoming
from kpi_core.workbench.loading import mart_settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAY = 50_000  # order lines


@dataclass(frozen=True)
class Day(Maker):
    """An importer of one day of the shop of `lines` order lines."""

    day: date = scale.LAST + timedelta(days=1)
    spent: list[float] = field(default_factory=list)  # seconds that making the rows took

    def recognise(self, path: Path) -> _Part:
        return _Part(1, hashlib.sha256(f"{self.lines} {self.day}".encode()).hexdigest())

    def convert(self, con: DuckDBPyConnection, recognised: _Part, key: bytes, progress: Callable[[float], None]) -> Incoming:
        started = time.perf_counter()
        con.execute(scale._DRAW)
        first = self.day.toordinal() * 1_000_000_000
        names = {
            "t": "day", "start": self.day, "end": self.day, "last_day": self.day, "span": 1, "first": first, "last": first + round(DAY / LINES_PER_ORDER),
            "orders": round(self.lines / LINES_PER_ORDER), "products": scale.PRODUCTS, "categories": scale.CATEGORIES, "stores": scale.STORES,
        }  # fmt: skip
        tables = {}
        for dataset in ("orders", "order_lines"):
            con.execute(scale._SALES[dataset].format(**names))
            self._complete(con, dataset, f"day_{dataset}")
            tables[dataset] = f"day_{dataset}"
        self.spent.append(time.perf_counter() - started)
        account = {"file": f"day-{self.day}.sql", "sha256": recognised.sha256, "profile": "scale"}
        return Incoming(f"day-{self.day}.sql", recognised.sha256, "scale", datetime.combine(self.day, datetime.max.time()), tables, account)


def next_day(workspace: Workspace) -> date:
    """The day after the last one that has sales."""
    with open_reader(workspace) as reader:
        return max(span.last for span in reader.coverage("sale")) + timedelta(days=1)


def month_files(manifest: Manifest, day: date) -> list[FileEntry]:
    return [entry for name in ("orders", "order_lines") for entry in manifest.facts.get(name, ()) if entry.part == f"{day:%Y-%m}"]


def megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"


def add(workspace: Workspace, lines: int) -> None:
    """Load the next day and print what it cost."""
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    before, day = workspace.manifest(), next_day(workspace)
    known = {path for path in workspace.warehouse.rglob("*") if path.is_file()}
    importer, started = Day(lines, day), time.perf_counter()
    source = workspace.root / f"day-{day}.sql"
    source.touch()
    report = load_with(workspace, [source], importer, mart_settings(bundle), rollups=rollups(catalogue), preparation=preparation(catalogue))
    seconds = time.perf_counter() - started
    if report.failed:
        raise SystemExit(str([str(file.error) for file in report.failed]))
    after = workspace.manifest()
    grown = {path: path.stat().st_size for path in workspace.warehouse.rglob("*") if path.is_file() and path not in known}
    by = {name: sum(size for path, size in grown.items() if path.relative_to(workspace.warehouse).parts[0] == name) for name in ("batches", "facts", "marts")}
    rows = sum(entry.rows for name in ("orders", "order_lines") for entry in after.facts.get(name, ()))
    months = [sum(entry.bytes for entry in month_files(manifest, day)) for manifest in (before, after)]
    where = f"the mart {'is carried on' if after.base is not None else 'was built whole'}"
    print(f"{day}: {DAY:,} order lines into {rows:,} rows of sales; {where}, generation {after.generation}")
    print(f"  numbers published after {report.seconds - sum(importer.spent):.2f} s, and {sum(importer.spent):.2f} s for making the rows")
    print(f"  screens prepared after {seconds - sum(importer.spent):.2f} s")
    print(f"  new files {megabytes(sum(grown.values()))} ({', '.join(f'{name} {megabytes(size)}' for name, size in by.items())})")
    print(f"  facts of {day:%Y-%m}: {megabytes(months[0])} before, {megabytes(months[1])} after", flush=True)


def main(folder: Path, lines: int) -> None:
    if not folder.exists():
        scale.make(folder, lines)
    add(Workspace.open(folder), lines)


if __name__ == "__main__":
    count = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    if len(sys.argv) > 2:
        main(Path(sys.argv[2]), count)
    else:
        with tempfile.TemporaryDirectory(prefix="omnigap-days-") as name:
            main(Path(name) / "shop", count)
