"""People who walk through screens, each in a process of its own, and the one who loads beside them."""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crash import carried_on
from store_rows import RowImporter

from kpi_core.config.bundle import load_bundle
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.prepared import preparation
from kpi_core.engine.rollups import rollups
from kpi_core.store import Workspace, load_with
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.loading import giving_way, mart_settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))


RECORDS = 8  # their place among the screens


def screens(period: str) -> list[Callable[[Workbench], object]]:
    """What keys ask for, one after the other."""
    state = ViewState(period=period)
    deep, web = replace(state, view="explore", kpi="revenue"), (Filter("channel", ("web",)),)
    return [
        lambda bench: bench.overview(state),
        lambda bench: bench.explore(deep),
        lambda bench: bench.explore(replace(deep, by="store")),
        lambda bench: bench.explore(replace(deep, by="category")),
        lambda bench: bench.explore(replace(deep, kpi="aov", where=web)),
        lambda bench: bench.trend(replace(deep, view="trend")),
        lambda bench: bench.explain(deep),
        lambda bench: bench.gaps(replace(state, view="gaps")),
        lambda bench: bench.records(deep),
        lambda bench: bench.overview(replace(state, where=web)),
    ]


def walk(folder: str, periods: Sequence[str], pause: float, stop: str, out: str, seed: int) -> None:
    """Screen after screen until the file `stop` is there and the newest generation was seen; one is gone over to between two screens, as open panes do.

    `out` with `.begun` is there once the first screen is.
    """
    rng, errors = random.Random(seed), list[str]()
    pages: list[tuple[float, float]] = []  # when it was asked for, seconds
    asked: list[tuple[float, float]] = []  # the same of statements
    shown: dict[str, str] = {}
    with Workbench.open(folder) as bench:
        script = [(f"{period} {place}", screen) for period in periods for place, screen in enumerate(screens(period))]
        place = rng.randrange(len(script))
        while not Path(stop).exists() or bench.stale():
            name, screen = script[place % len(script)]
            place += 1
            reader = bench.desk.reader
            _timed(reader, asked)
            moment, started = time.time(), time.perf_counter()
            try:
                if bench.stale():
                    bench.reload()
                    reader = bench.desk.reader
                    _timed(reader, asked)
                page = screen(bench)
                pages.append((moment, time.perf_counter() - started))
                Path(f"{out}.begun").touch()
                told = int(reader.execute("select value from meta where key = 'generation'")[0][0])
                assert bench.desk.reader is reader and told == reader.generation, f"{told} of {reader.generation}"
                digest = hashlib.sha256(repr(page).encode()).hexdigest()
                before = shown.setdefault(f"{reader.generation} {name}", digest)
                assert before == digest, f"generation {reader.generation} shows another {name}"
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
            time.sleep(pause * rng.uniform(0.5, 1.5))
    Path(out).write_text(json.dumps({"pages": pages, "asked": asked, "errors": errors, "shown": shown}))


def _timed(reader: Any, asked: list[tuple[float, float]]) -> None:
    """Note how long each of its statements takes."""
    if "execute" in vars(reader):
        return
    execute = reader.execute

    def counted(*arguments: object) -> object:
        moment, started = time.time(), time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            asked.append((moment, time.perf_counter() - started))

    reader.execute = counted


def put(folder: str, paths: Sequence[str], importer: Any) -> Any:
    """Load as the command does, with what the configuration asks for, at lower priority."""
    space = Workspace.open(folder)
    bundle = load_bundle(space.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    return giving_way(
        space, lambda: load_with(space, map(Path, paths), importer, mart_settings(bundle), rollups=rollups(catalogue), preparation=preparation(catalogue))
    )


def add(folder: str, paths: Sequence[str], out: str) -> None:
    """Load some exports of `torture_shop`, one after the other, into a mart that is carried on."""
    with carried_on():
        for path in paths:
            assert not put(folder, [path], RowImporter()).failed
    Path(out).touch()


def add_lines(folder: str, lines: int, out: str) -> None:
    """Load so many order lines of one more day of the shop of tests/bench/scale.py."""
    import days

    days.DAY = lines
    source = Path(folder) / f"{lines}.sql"
    source.touch()
    report = put(folder, [str(source)], days.Day(lines, days.next_day(Workspace.open(folder))))
    assert not report.failed and report.published
    Path(out).touch()
