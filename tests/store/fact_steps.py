"""Facts without a mart: exports of a few canonical rows come, go and come back, and a plain Python rule says which rows count."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from kpi_core.store import Incoming, Workspace
from kpi_core.store.connection import connect, identifier
from kpi_core.store.datasets import DATASETS, PROVENANCE
from kpi_core.store.facts import Facts, attach_facts, build_facts
from kpi_core.store.manifest import Batch, FileEntry, Manifest
from kpi_core.store.modes import Mode
from kpi_core.store.publish import write_batch

Row = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """An export of one dataset: `rows` in the order of its lines, from line 2."""

    dataset: str
    rows: tuple[Row, ...]
    as_of: str = "2026-10-31"
    mode: str = "upsert"
    profile: str = "a"
    window: tuple[str, str] | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps([self.dataset, self.rows, self.as_of, self.mode, self.profile, self.window]).encode()).hexdigest()

    def rank(self, load: int) -> tuple[Any, ...]:
        """Newest last; `load`: the number of its load."""
        return self.as_of, load if self.mode in ("replace_window", "snapshot") else 0, self.sha256, self.profile


@dataclass
class Store:
    """A warehouse of facts only, built load by load."""

    folder: Path
    manifest: Manifest = field(default_factory=Manifest)
    batches: dict[str, Batch] = field(default_factory=dict)
    last: Facts | None = None

    def __post_init__(self) -> None:
        (self.folder / "exports").mkdir(parents=True)
        self.space = Workspace.open(self.folder)
        self.space.prepare()
        self.con = connect()

    def batch(self, export: Export, number: int | None = None) -> Batch:
        """Write the files of an export that was not loaded before; nothing counts yet."""
        dataset = DATASETS[export.dataset]
        columns = ", ".join(f'"{column}" {kind}' for column, kind in dataset.columns.items())
        self.con.execute(f"create or replace temp table rows_in ({columns}, file_line bigint)")
        values = [[row.get(column) for column in dataset.columns] + [line] for line, row in enumerate(export.rows, start=2)]
        if values:
            self.con.executemany(f"insert into rows_in values ({', '.join('?' * (len(dataset.columns) + 1))})", values)
        first, last = (date.fromisoformat(day) for day in export.window) if export.window else (None, None)
        incoming = Incoming(
            f"{export.sha256[:6]}.csv", export.sha256, export.profile, datetime.fromisoformat(export.as_of), {export.dataset: "rows_in"}, {},
            modes={export.dataset: Mode(export.mode, first, last)},
        )  # fmt: skip
        return write_batch(self.space, self.con, incoming, number or max([0, *(batch.load_id for batch in self.batches.values())]) + 1)

    def count(self, *exports: Export) -> Facts:
        """Make exactly these exports count."""
        for export in exports:
            if export.sha256 not in self.batches:
                self.batches[export.sha256] = self.batch(export)
        shas = {export.sha256 for export in exports}
        for sha, batch in self.batches.items():
            self.batches[sha] = msgspec.structs.replace(batch, status="active" if sha in shas else "undone")
        return self.publish()

    def publish(self) -> Facts:
        active = [batch for batch in self.batches.values() if batch.status == "active"]
        generation = self.manifest.generation + 1
        self.last = build_facts(self.con, self.space.warehouse, self.manifest, active, generation)
        self.manifest = msgspec.structs.replace(self.manifest, generation=generation, batches=tuple(self.batches.values()), facts=self.last.files)
        return self.last

    @property
    def loads(self) -> dict[str, int]:
        return {sha: batch.load_id for sha, batch in self.batches.items()}

    def at_once(self, dataset: str) -> list[tuple[Any, ...]]:
        """As `rows`, of facts that know of no generation before and of the loads in another order."""
        active = [batch for batch in reversed(self.batches.values()) if batch.status == "active"]
        built = build_facts(self.con, self.space.warehouse, Manifest(), active, 900_000 + self.manifest.generation)
        return self.rows(dataset, built.files)

    def rows(self, dataset: str, files: dict[str, tuple[FileEntry, ...]] | None = None) -> list[tuple[Any, ...]]:
        """(content of the export, line, the columns) of every row that counts, read from the fact files by their exact list."""
        sha = {batch.load_id: name for name, batch in self.batches.items()}
        attach_facts(self.con, self.space.warehouse, self.manifest.facts if files is None else files)
        found = self.con.execute(f"select load_id, file_line, * exclude ({', '.join(PROVENANCE)}) from facts.{identifier(dataset)}").fetchall()
        return sorted(((sha[row[0]], *row[1:]) for row in found), key=repr)

    def changed(self, dataset: str) -> set[tuple[Any, ...]] | None:
        """The keys that the last step says differ, None for any."""
        assert self.last is not None
        if self.last.changed[dataset].whole:
            return None
        rows = self.con.execute(f"select * from changed_{dataset}").fetchall()
        assert len(rows) == len(set(rows))
        return set(rows)

    def close(self) -> None:
        self.con.close()


def keys(dataset: str, rows: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """The version keys of rows as `Store.rows` gives them."""
    names = list(DATASETS[dataset].columns)
    return {tuple(row[2 + names.index(name)] for name in DATASETS[dataset].version_key) for row in rows}


PLACE = {"stock": "location", "orders": "store", "returns": "store"}


def oracle(dataset: str, exports: list[Export], loads: dict[str, int]) -> list[tuple[str, int, str]]:
    """(content, line, key) of each row that counts: the exports taken one after the other, the oldest first. `loads`: content -> load."""
    shape = DATASETS[dataset]
    day = shape.day
    state: list[tuple[Export, int, Row]] = []
    for export in sorted(exports, key=lambda one: one.rank(loads[one.sha256])):
        lines = list(enumerate(export.rows, start=2))

        def taken_back(other: Export, row: Row, new: Export = export) -> bool:
            if other.profile != new.profile or day is None:
                return False
            if new.mode == "replace_window":
                days = sorted(own[day] for own in new.rows)
                first, last = new.window or (days[0], days[-1]) if new.window or days else ("9", "0")
                return bool(first <= row[day] <= last)
            place = PLACE.get(dataset, "")
            return new.mode == "snapshot" and any((own[day], own.get(place)) == (row[day], row.get(place)) for own in new.rows)

        state = [(other, line, row) for other, line, row in state if not taken_back(other, row)]
        if export.mode == "append_events":
            state += [(export, line, row) for line, row in lines]
            continue
        group = {tuple(row.get(name) for name in shape.version_key) for _, row in lines}
        state = [(other, line, row) for other, line, row in state if other.mode == "append_events" or tuple(row.get(name) for name in shape.version_key) not in group]
        once = {tuple(row.get(name) for name in shape.key): (export, line, row) for line, row in lines}
        state += once.values()
    return sorted(((export.sha256, line, str([row.get(name) for name in shape.key])) for export, line, row in state), key=repr)


@st.composite
def walks(draw: st.DrawFn, dataset: str, row: st.SearchStrategy[Row], modes: tuple[str, ...], steps: int = 6) -> list[list[Export]]:
    """What counts after each step: exports of the same few keys come (old ones late), go, and come back."""
    every: list[Export] = []
    counting: set[int] = set()
    found = []
    for _ in range(draw(st.integers(2, steps))):
        again = [place for place in range(len(every)) if place not in counting]
        act = draw(st.sampled_from(["load", "load", "two", *(["undo"] if counting else []), *(["redo"] if again else [])]))
        if act in ("load", "two"):
            for _ in range(1 if act == "load" else 2):
                rows = tuple(draw(st.lists(row, min_size=1, max_size=5)))
                export = Export(dataset, rows, f"2026-10-{draw(st.integers(10, 14))}", draw(st.sampled_from(modes)), draw(st.sampled_from("aab")))
                if export.mode == "replace_window" and draw(st.booleans()):
                    days = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2)))
                    export = replace(export, window=(days[0], days[1]))
                if export not in every:
                    every.append(export)
                    counting.add(len(every) - 1)
        elif act == "undo":
            counting -= set(draw(st.lists(st.sampled_from(sorted(counting)), min_size=1, max_size=2)))
        else:
            counting.add(draw(st.sampled_from(again)))
        found.append([every[place] for place in sorted(counting)])
    return found


DAYS = ("2026-09-29", "2026-09-30", "2026-10-01", "2026-10-02", "2026-11-01")
