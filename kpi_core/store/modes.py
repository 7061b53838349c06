"""How a new export meets what is loaded already, told of each of its datasets and kept with the batch, so that undo and redo mean the same.

`upsert`: of each key the newest version counts. `replace_window`: and rows of the same profile that lie in the days of the new export, but are
not in it, disappear. `snapshot`: the newest state of a day (and of a place, where rows have one) replaces the whole state of that day of the
same profile. `append_events`: every row of every distinct file counts; its key is made of the file's content and the line.

Files count in the order of what they speak of (`load_rank`), not in that of loading: an older export loaded late takes nothing back. Only where
two windows or snapshots speak up to the same moment the one loaded later is newer: what was cancelled makes a file shorter, not older.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from kpi_core.store.connection import identifier, quoted
from kpi_core.store.datasets import DATASETS, Dataset
from kpi_core.store.manifest import Batch

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UPSERT, WINDOW, EVENTS, SNAPSHOT = "upsert", "replace_window", "append_events", "snapshot"
MODES = (UPSERT, WINDOW, EVENTS, SNAPSHOT)
KEPT = "modes"  # of the extra of a batch: the mode of each dataset that is not `upsert`
# rows with an id of their own that no other dataset names: a made one can stand for it
EVENT_DATASETS = ("carts", "feedback", "leads", "returns", "touches")
_SAME_DAYS = {"order_lines": "orders"}  # the lines of an order go with it, from the first day of the one to the last of the other
Rows = Callable[[Sequence[Batch]], str]  # the relation of the rows of some batches


@dataclass(frozen=True)
class Mode:
    """`starts` and `ends`: the first and the last day that a window or a snapshot speaks of."""

    name: str = UPSERT
    starts: date | None = None
    ends: date | None = None

    @property
    def takes_back(self) -> bool:
        """Can it make rows of other files disappear?"""
        return self.name in (WINDOW, SNAPSHOT)


def default_mode(dataset: str) -> str:
    """What a profile means that says nothing."""
    return SNAPSHOT if dataset == "stock" else UPSERT


def mode_of(batch: Batch, dataset: str) -> Mode:
    """How the batch meets older rows of the dataset; batches of before there were modes update by key."""
    kept = batch.extra.get(KEPT)
    entry = kept.get(dataset) if isinstance(kept, dict) else None
    if not isinstance(entry, dict) or entry.get("mode") not in MODES:
        return Mode()
    starts, ends = (date.fromisoformat(day) if isinstance(day := entry.get(key), str) else None for key in ("from", "to"))
    return Mode(entry["mode"], starts, ends)


def kept(modes: Mapping[str, Mode]) -> dict[str, Any]:
    """The extra of a batch that says so."""
    told = {
        name: {"mode": mode.name} | ({"from": mode.starts.isoformat(), "to": mode.ends.isoformat()} if mode.starts and mode.ends else {})
        for name, mode in sorted(modes.items())
        if mode.name != UPSERT
    }
    return {KEPT: told} if told else {}


def owns_days(batch: Batch) -> bool:
    """Can the batch make rows of other files disappear?"""
    return any(mode_of(batch, name).takes_back for name in batch.extra.get(KEPT) or ())


def feeds(batch: Batch, dataset: str) -> bool:
    """Does the batch have a say in the facts of the dataset? One without a row may still say that there were none on its days."""
    return dataset in batch.files or mode_of(batch, dataset).takes_back


def with_days(con: DuckDBPyConnection, modes: Mapping[str, Mode], tables: Mapping[str, str]) -> dict[str, Mode]:
    """The modes of an export with the days from its first to its last row, where it declared none. `tables`: dataset -> temp table."""
    found: dict[str, Mode] = {}
    for name, mode in modes.items():
        spans = []
        for other in (name, _SAME_DAYS.get(name, name)):
            if mode.takes_back and mode.starts is None and other in tables and modes.get(other, mode).name == mode.name and DATASETS[other].day is not None:
                day, until = days(DATASETS[other])
                spans.append(con.execute(f"select min({day}), max({until}) from {tables[other]}").fetchone() or (None, None))
        starts, ends = [row[0] for row in spans if row[0] is not None], [row[1] for row in spans if row[1] is not None]
        found[name] = replace(mode, starts=min(starts), ends=max(ends)) if starts and ends else mode
    return found


def events(dataset: Dataset, table: str, sha256: str) -> str:
    """The relation of `table` in which each row has a key that only the same line of the same content has."""
    (key,) = dataset.key
    name = identifier(key)
    place = f"row_number() over (partition by file_line order by {', '.join(identifier(column) for column in dataset.columns)})"
    made = f"concat_ws('@', {name}, {quoted(sha256[:16])}) || ':' || coalesce(file_line, 0) || '.' || {place}"
    return f"(select * replace ({made} as {name}) from {table})"


def days(dataset: Dataset) -> tuple[str, str]:
    """SQL of the first and the last day that a row stands for."""
    day = identifier(dataset.day) if dataset.day else "cast(null as date)"
    return day, f"coalesce(period_end, {day})" if "period_end" in dataset.columns else day


def _place(dataset: Dataset) -> str:
    found = next((name for name in ("location", "store") if name in dataset.columns), None) if dataset.day else None
    return identifier(found) if found else "cast(null as varchar)"


def _reach(con: DuckDBPyConnection, dataset: Dataset, batches: Sequence[Batch], rows: Rows, span: tuple[Any, Any] | None = None) -> bool:
    """Temp tables `reach_window` and `reach_cell`: the days (and places) that these batches own from their rank on. False: none at all.

    Of snapshots only those that speak of a day of `span` are read.
    """
    con.execute("create or replace temp table reach_window (load_id integer, profile varchar, starts date, ends date)")
    con.execute("create or replace temp table reach_cell (load_id integer, profile varchar, day date, place varchar)")
    modes = {batch.load_id: mode_of(batch, dataset.name) for batch in batches}
    windows = [
        [batch.load_id, batch.profile, mode.starts, mode.ends] for batch in batches if (mode := modes[batch.load_id]).name == WINDOW and mode.starts is not None
    ]
    if windows:
        con.executemany("insert into reach_window values (?, ?, ?, ?)", windows)
    shots = [batch for batch in batches if modes[batch.load_id].name == SNAPSHOT and dataset.name in batch.files]
    if span is not None and None not in span:
        shots = [batch for batch in shots if not (mode := modes[batch.load_id]).starts or not mode.ends or (mode.starts <= span[1] and mode.ends >= span[0])]
    if shots:
        con.execute("create or replace temp table reach_profile (load_id integer, profile varchar)")
        con.executemany("insert into reach_profile values (?, ?)", [[batch.load_id, batch.profile] for batch in shots])
        con.execute(
            f"""insert into reach_cell select distinct load_id, profile, {days(dataset)[0]}, {_place(dataset)}
                from {rows(shots)} join reach_profile using (load_id)"""
        )
        con.execute("drop table reach_profile")
    return bool(windows or shots)


def _reached(*, newer: bool) -> str:
    """SELECT of the groups of `here` (rows by load, days and place) that a window or a cell of the same profile covers; `newer`: of a newer file."""
    groups = "here.load_id, here.day, here.until, here.place"
    ranks = """join load_rank as own on own.load_id = here.load_id
            join load_rank as other on other.load_id = reach.load_id and other.rank > own.rank""" if newer else ""  # fmt: skip
    return f"""
        select {groups} from here join load_of using (load_id) join reach_window as reach
            on reach.profile = load_of.profile and reach.starts <= here.day and here.until <= reach.ends {ranks}
        union
        select {groups} from here join load_of using (load_id) join reach_cell as reach
            on reach.profile = load_of.profile and reach.day is not distinct from here.day and reach.place is not distinct from here.place {ranks}"""


def _loads(con: DuckDBPyConnection, batches: Sequence[Batch]) -> None:
    con.execute("create or replace temp table load_of (load_id integer, profile varchar)")
    con.executemany("insert into load_of values (?, ?)", [[batch.load_id, batch.profile] for batch in batches])


def _groups(dataset: Dataset) -> str:
    return ", ".join(f"{term} as {name}" for term, name in zip(_terms(dataset), ("load_id", "day", "until", "place"), strict=True))


def _dead(dataset: Dataset, rows: str) -> str:
    """SELECT of the rows of a relation, `every`, whose group is among `dead`."""
    return f"""(select * from (select *, {', '.join(f'{term} as dead_{place}' for place, term in enumerate(_terms(dataset)))} from {rows}) as every
        semi join dead on every.dead_0 = dead.load_id and every.dead_1 is not distinct from dead.day
        and every.dead_2 is not distinct from dead.until and every.dead_3 is not distinct from dead.place)"""


def _terms(dataset: Dataset) -> tuple[str, str, str, str]:
    return ("load_id", *days(dataset), _place(dataset))


def take_back(con: DuckDBPyConnection, dataset: Dataset, table: str, batches: Sequence[Batch], rows: Rows, feeding: Sequence[Batch]) -> None:
    """Delete from `table`, newest versions of rows of `feeding`, what a newer file among `batches` owns the days of, where it is of the same
    profile. Needs `load_rank`; `rows` gives the relation of the rows of some batches.
    """
    if not any(mode_of(batch, dataset.name).takes_back for batch in batches):
        return
    span = con.execute(f"select min({days(dataset)[0]}), max({days(dataset)[0]}) from {table}").fetchone() if dataset.day else None
    if _reach(con, dataset, batches, rows, span):
        _loads(con, feeding)
        con.execute(f"create or replace temp table dead as with here as (select distinct {_groups(dataset)} from {table}) {_reached(newer=True)}")
        con.execute(f"delete from {table} where rowid in (select place_of from {_dead(dataset, f'(select *, rowid as place_of from {table})')})")
        con.execute("drop table dead; drop table load_of")
    con.execute("drop table reach_window; drop table reach_cell")


def reached(con: DuckDBPyConnection, dataset: Dataset, changed: Sequence[Batch], rows: Rows, among: str, batches: Sequence[Batch]) -> None:
    """Add to temp table `touched` the version keys of the rows of `among` (of `batches`) that lie in the days of a batch of `changed`."""
    if _reach(con, dataset, changed, rows):
        _loads(con, batches)
        keys = ", ".join(identifier(name) for name in dataset.version_key)
        con.execute(f"create or replace temp table dead as with here as (select distinct {_groups(dataset)} from {among}) {_reached(newer=False)}")
        con.execute(f"insert into touched select distinct {keys} from {_dead(dataset, among)}")
        con.execute("drop table dead; drop table load_of")
    con.execute("drop table reach_window; drop table reach_cell")
