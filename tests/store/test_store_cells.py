"""Prepared cells of a mart that is carried on: those that stay are what a live question gives, and the others are asked live until they are prepared."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from store_rows import load, workspace
from test_store_overlay import CATALOGUE, FIRST, ROLLUPS, shop_export, shop_others

from kpi_core.engine.prepared import ROWS, Prepared, preparation
from kpi_core.store import Workspace, facts, loading, months, open_reader, star_reach, star_update
from kpi_core.store.counting import set_status
from kpi_core.store.publish import cells_pending


@pytest.fixture(autouse=True)
def _carried_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(star_update, "LARGE", 0)
    monkeypatch.setattr(star_update, "SHARE", 0)
    monkeypatch.setattr(star_reach, "MOST", 0)
    monkeypatch.setattr(facts, "ROWS_PER_FILE", 40)


def _cells(space: Workspace) -> tuple[dict[tuple[Any, ...], Any], Prepared]:
    """Every prepared number but zeros, which stand where a member is known from other periods, by table, column, grain, first day and members."""
    found: dict[tuple[Any, ...], Any] = {}
    with open_reader(space) as reader:
        prepared = Prepared.read(reader, CATALOGUE)
        for table, columns in prepared.tables.items():
            dims = sorted(set(table.split("__")[1:]))
            numbers = sorted(column for column in columns if not column.startswith(ROWS))
            listed = ", ".join(f'"{name}"' for name in ("grain", "start_day", *dims, *numbers))
            for grain, start, *rest in reader.execute(f'select {listed} from "{table}"'):
                members, values = rest[: len(dims)], rest[len(dims) :]
                found |= {(table, column, grain, start, *members): value for column, value in zip(numbers, values, strict=True) if value}
        return found, prepared


def _same(one: dict[tuple[Any, ...], Any], full: dict[tuple[Any, ...], Any], kept: Prepared) -> int:
    """What stays prepared in `one` is what is prepared anew in `full`, cell by cell; how many cells that is."""

    def stays(key: tuple[Any, ...]) -> bool:
        table, column, grain, start, *members = key
        held = kept.inside.get(table)  # of a pair: its channels; the others are asked live
        if table not in kept.tables:
            return False
        return start < kept.stale.get(column, {}).get(grain, date.max) and (held is None or bool(held & set(members)))

    mine, theirs = ({key: value for key, value in cells.items() if stays(key)} for cells in (one, full))
    assert mine == theirs
    return len(mine)


@pytest.mark.parametrize("seed", [3])
def test_what_stays_prepared_is_what_a_live_question_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = random.Random(seed)
    space, cells = workspace(tmp_path / "shop"), preparation(CATALOGUE)
    load(space, shop_export(tmp_path, rng, 0, most=50), shop_others(tmp_path, rng), rollups=ROLLUPS, preparation=cells)
    monkeypatch.setattr(loading, "cells_pending", lambda _manifest: False)  # as if the process had died before it prepared them
    late = shop_export(tmp_path, rng, 1, days=(121, 125), ids=(70, 90), plain=True)
    load(space, late, rollups=ROLLUPS, preparation=cells)
    manifest = space.manifest()
    assert manifest.base is not None and cells_pending(manifest)
    first, stale = _cells(space)
    assert stale.stale["revenue"]["week"] > FIRST, "weeks before the new days stay prepared"
    load(space, shop_export(tmp_path, rng, 2, plain=True), rollups=ROLLUPS, preparation=cells)
    assert space.manifest().base is not None
    second, older = _cells(space)
    monkeypatch.undo()
    load(space, rollups=ROLLUPS, preparation=cells)  # nothing new: what a dead process left is prepared
    assert not cells_pending(space.manifest())
    full, none = _cells(space)
    assert not none.stale
    assert _same(second, full, older) > 0
    set_status(space, [4], "undone", rollups=ROLLUPS, preparation=cells)
    again, _ = _cells(space)
    assert _same(first, again, stale) > 100


def test_files_of_facts_and_rows_above_the_base_are_few(tmp_path: Path) -> None:
    """Disk grows by what changed: neither the base nor the files of other months are written again."""
    assert months.TAIL < 1
    rng = random.Random(5)
    space = workspace(tmp_path / "shop")
    load(space, shop_export(tmp_path, rng, 0, most=55), rollups=ROLLUPS)
    before = space.manifest()
    load(space, shop_export(tmp_path, rng, 1, days=(121, 122), ids=(70, 90), plain=True), rollups=ROLLUPS)
    after = space.manifest()
    assert after.base == before.mart
    untouched = [entry for entry in before.facts["orders"] if not entry.part.startswith("2026-05")]
    assert untouched and all(entry in after.facts["orders"] for entry in untouched)
