"""A shop of few orders that exports correct again and again, what counts of it in plain Python, and the processes that load and read it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from crash import carried_on, current, do, prepared
from store_rows import export, line, load, order, workspace

from kpi_core.errors import StoreError
from kpi_core.store import Reader, Workspace, gc, open_reader, verify
from kpi_core.store.damage import damage

ORDERS = 90
FIRST = date(2026, 1, 1)
Lines = tuple[tuple[int, int], ...]  # line, amount


def as_of(number: int) -> datetime:
    """No two exports speak of the same moment, and many are loaded after newer ones."""
    return datetime(2026, 6, 1) + timedelta(minutes=number * 7919 % 10007)


@cache
def content(number: int) -> dict[int, tuple[str, Lines]]:
    """What export `number` says: of some orders the day and the lines. A correction may move an order into another month."""
    rng = random.Random(number)
    found = {}
    for order_id in rng.sample(range(ORDERS), 5):
        day = FIRST + timedelta(days=rng.randrange(120))
        found[order_id] = (day.isoformat(), tuple((n, rng.randrange(1, 100)) for n in range(1, rng.randrange(2, 4))))
    return found


def write(folder: Path, number: int) -> Path:
    """Export `number` as a file; its name is its number."""
    rows: dict[str, list[dict[str, Any]]] = {"orders": [], "order_lines": []}
    for order_id, (day, lines) in content(number).items():
        rows["orders"].append(order(f"o{order_id}", day))
        rows["order_lines"] += [line(f"o{order_id}", day, amount, n) for n, amount in lines]
    return export(folder, f"{number}.json", rows, as_of(number).isoformat(sep=" "))


def expected(numbers: Iterable[int]) -> tuple[int, int, int]:
    """(lines, amounts, weighted days) of what counts once these exports do: of each order what the newest of them says."""
    newest: dict[int, tuple[str, Lines]] = {}
    for number in sorted(numbers, key=as_of):
        newest.update(content(number))
    rows = [(order_id, date.fromisoformat(day), n, amount) for order_id, (day, lines) in newest.items() for n, amount in lines]
    return len(rows), sum(amount for *_, amount in rows), sum((day - FIRST).days * amount * n * (order_id + 1) for order_id, day, n, amount in rows)


def counted(reader: Reader) -> set[int]:
    return {int(Path(batch.name).stem) for batch in reader.manifest.active}


def check(space: Workspace, reader: Reader) -> tuple[int, int, int]:
    """The same of what a reader sees. Raises AssertionError where it is not what its loads say, a row is there twice or a file is gone."""
    rows, keys, amounts, days, prepared_days = reader.execute(
        f"""select count(*), count(distinct (order_id, line_no)), coalesce(sum(net_amount), 0),
                   coalesce(sum(date_diff('day', date '{FIRST}', day) * net_amount * line_no * (cast(substr(order_id, 2) as integer) + 1)), 0),
                   (select count(*) from duckdb_tables() where database_name = 'mart' and table_name = 'prepared_days') from sale"""
    )[0]
    found = (int(rows), int(amounts), int(days))
    assert rows == keys, f"generation {reader.generation}: {rows} rows of {keys} keys"
    assert found == expected(counted(reader)), f"generation {reader.generation}: {found}, and its loads say {expected(counted(reader))}"
    if prepared_days:
        ((net,),) = reader.execute("select coalesce(sum(net), 0) from prepared_days")
        assert net == amounts, f"generation {reader.generation}: prepared cells of other rows"
    gone = [entry.file for entry in reader.manifest.files() if damage(space.warehouse, entry, read=False)]
    assert not gone, f"generation {reader.generation}: {gone}"
    return found


# ---------------------------------------------------------------- in processes of their own


def plan(place: int) -> tuple[str, int]:
    """What the loader does as its step `place`: most of them are loads; some take an earlier one back, or bring it back."""
    if place % 9 == 6:
        return "undo", place - 2
    if place % 9 == 8:
        return "redo", place - 4
    return "load", place


def counting(places: int) -> set[int]:
    """The exports that count after so many steps."""
    found: set[int] = set()
    for place in range(places):
        verb, number = plan(place)
        found = found - {number} if verb == "undo" else found | {number}
    return found


def step(space: Workspace, exports: Path, place: int) -> None:
    """Step `place`, whether or not it was begun before, or is done already."""
    verb, number = plan(place)
    if verb == "load":
        report = do(str(space.root), "load", [str(write(exports, number))])
        assert not report.failed and report.files[0].status in ("loaded", "already loaded"), report
        return
    (batch,) = (batch for batch in space.manifest().batches if batch.name == f"{number}.json")
    if batch.status != ("undone" if verb == "undo" else "active"):
        do(str(space.root), verb, [batch.load_id])


def go_on(folder: str, exports: str, first: int, done: str, most: int = 10**9) -> None:
    """Step after step from `first` until killed; each that is acknowledged is a line of the file `done`."""
    space = Workspace.open(folder)
    with open(done, "a", encoding="ascii") as stream:  # noqa: PTH123
        for place in range(first, first + most):
            step(space, Path(exports), place)
            print(place, file=stream, flush=True)


def read_on(folder: str, pause: float, stop: str, out: str) -> None:
    """Open, check, close, again and again, with a pause of so many seconds, until the file `stop` is there; then say what was seen of which generation."""
    space, seen, checks, errors = Workspace.open(folder), dict[int, list[int]](), 0, list[str]()
    while not Path(stop).exists():
        try:
            with open_reader(space) as reader:
                for _ in range(2):  # while it is pinned, a load may publish and clean up
                    found = list(check(space, reader))
                    assert seen.setdefault(reader.generation, found) == found, f"generation {reader.generation} says another thing"
                    checks += 1
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
        time.sleep(pause)
    Path(out).write_text(json.dumps({"checks": checks, "errors": errors, "seen": seen}))


def fill_up(disk: str, size: int, exports: list[str], frees: list[int], out: str) -> None:
    """On a disk of `size` bytes that is mounted at `disk`: load the last of the exports with so many bytes free, then with all, and say what was told."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
    space, told = workspace(Path(disk) / "shop"), list[str]()
    for source in exports[:-1]:
        do(str(space.root), "load", [source])
    ballast = Path(disk) / "ballast"
    before = current(space)
    for free in frees:
        gc(space)
        place = os.statvfs(disk)
        with ballast.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, max(1, place.f_bavail * place.f_frsize - free))
        try:
            do(str(space.root), "load", exports[-1:])
            told.append("loaded")
        except StoreError as error:
            assert error.exit_code
            told.append(str(error))
        with open_reader(space) as reader:
            check(space, reader)
            found = counted(reader)
        assert verify(space) == []
        if told[-1] == "loaded":  # where only what is prepared for screens found no room, the numbers are there all the same
            assert len(found) == len(exports)
            break
        assert current(space) == before and len(found) == len(exports) - 1
        ballast.unlink()
    ballast.unlink(missing_ok=True)
    do(str(space.root), "load", exports[-1:])
    with open_reader(space) as reader:
        check(space, reader)
        assert len(counted(reader)) == len(exports)
    assert not space.manifest().extra.get("cells_pending")
    gc(space)
    assert verify(space) == [] and not list(space.warehouse.rglob(".tmp-*"))
    Path(out).write_text(json.dumps(told))


def tables(space: Workspace) -> dict[str, list[str]]:
    """Every table of the mart as text, but what says when and by which generation it was built."""
    with open_reader(space) as reader:
        names = [
            str(name)
            for (name,) in reader.execute("select distinct table_name from information_schema.tables where table_catalog = 'mart' and table_schema = 'main'")
        ]
        found = {}
        for name in sorted(names):
            columns = [
                str(column)
                for (column,) in reader.execute(
                    "select column_name from information_schema.columns where table_catalog = 'mart' and table_schema = 'main' and table_name = ?", [name]
                )
            ]
            told = ", ".join(f'"{column}"' for column in sorted(columns) if column != "load_id")
            found[name] = sorted(map(repr, reader.execute(f'select {told} from "{name}"')))
        del found["meta"]
    return found


def fresh(folder: Path, exports: Path, numbers: Iterable[int]) -> Workspace:
    """A store of these exports, loaded together in another order, and whole."""
    space = workspace(folder)
    report = load(space, *(write(exports, number) for number in sorted(numbers, reverse=True)), preparation=prepared())
    assert not report.failed and report.published
    return space


__all__ = ["carried_on", "check", "counting", "do", "expected", "fresh", "go_on", "plan", "prepared", "read_on", "step", "tables", "write"]
