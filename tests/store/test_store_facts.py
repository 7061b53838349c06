"""The warehouse is a function of the set of its exports: order, repetition and overlap of loads change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import export, line, load, order, workspace

from kpi_core.store import Workspace, open_reader, verify
from kpi_core.store import facts as facts_module
from kpi_core.store.connection import connect
from kpi_core.store.datasets import DATASETS
from kpi_core.store.facts import attach_facts
from kpi_core.store.star import TABLES

Export = tuple[str, dict[str, list[dict[str, Any]]]]  # as_of, rows


def contents(space: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Every fact and every star table without the columns that name the load."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    con = connect()
    attach_facts(con, space.warehouse, space.manifest().facts)
    for name, dataset in DATASETS.items():
        columns = ", ".join(f'"{column}"' for column in dataset.columns)
        found[f"facts.{name}"] = con.execute(f'select {columns} from facts."{name}" order by all').fetchall()
    con.close()
    with open_reader(space) as reader:
        for table in (*TABLES, "excluded", "coverage", "ledger"):
            names = [str(row[0]) for row in reader.execute("select column_name from duckdb_columns() where database_name = 'mart' and table_name = ?", [table])]
            columns = ", ".join(f'"{name}"' for name in names if name not in ("load_id", "file_line"))
            found[table] = reader.execute(f"select {columns} from {table} order by all")
    return found


def loaded(folder: Path, exports: list[Export], order_of_load: tuple[int, ...], *, together: bool = False) -> dict[str, list[tuple[Any, ...]]]:
    space = workspace(folder)
    paths = [export(folder / "in", f"{index}.json", rows, as_of) for index, (as_of, rows) in enumerate(exports)]
    for batch in [order_of_load] if together else [(index,) for index in order_of_load]:
        assert not load(space, *(paths[index] for index in batch)).failed
    assert verify(space) == []
    return contents(space)


OCTOBER: Export = (
    "2026-10-31",
    {
        "orders": [order("a", "2026-10-01"), order("b", "2026-10-20")],
        "order_lines": [line("a", "2026-10-01", 10), line("a", "2026-10-01", 5, 2), line("b", "2026-10-20", 7)],
    },
)
CORRECTED: Export = (  # a line of `a` is gone, `b` moved to another month, `c` is new
    "2026-11-05",
    {
        "orders": [order("a", "2026-10-01"), order("b", "2026-11-02"), order("c", "2026-11-03")],
        "order_lines": [line("a", "2026-10-01", 10), line("b", "2026-11-02", 8), line("c", "2026-11-03", 1)],
    },
)
SAME_DAY: Export = ("2026-11-05", {"orders": [order("c", "2026-11-03", country="FR")], "order_lines": [line("c", "2026-11-03", 2)]})


@pytest.mark.fault(4)
def test_a_correction_wins_whenever_it_is_loaded(tmp_path: Path) -> None:
    every = [OCTOBER, CORRECTED, SAME_DAY]
    results = [loaded(tmp_path / "".join(map(str, turn)), every, turn) for turn in ((0, 1, 2), (2, 0, 1), (1, 2, 0))]
    results.append(loaded(tmp_path / "repeated", every, (2, 1, 1, 0, 2)))
    results.append(loaded(tmp_path / "together", every, (0, 1, 2), together=True))
    assert all(result == results[0] for result in results)
    amounts = [row[:3] for row in results[0]["facts.order_lines"]]
    assert [(order_id, number) for order_id, number, _ in amounts] == [("a", 1), ("b", 1), ("c", 1)]


@st.composite
def exports(draw: st.DrawFn) -> list[Export]:
    """Small overlapping exports of the same few orders, touches and products, with equal and different ages."""
    found: list[Export] = []
    for _ in range(draw(st.integers(2, 4))):
        orders, lines = [], []
        for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True)):
            day = f"2026-10-{draw(st.integers(1, 9)):02d}"
            orders.append(order(name, day, customer_key=draw(st.sampled_from([1, 2, None])), status=draw(st.sampled_from(["completed", "cancelled"]))))
            lines += [line(name, day, draw(st.integers(1, 99)), number) for number in range(1, draw(st.integers(1, 3)) + 1)]
        products = [{"sku": "S1", "title": draw(st.sampled_from(["old", "new"])), "cost": draw(st.integers(1, 9))}]
        found.append((f"2026-10-{draw(st.integers(10, 12))}", {"orders": orders, "order_lines": lines, "products": products}))
    return found


@pytest.mark.fault(4, 26)
@settings(max_examples=3, deadline=None)
@given(exports(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_loads_change_nothing(tmp_path_factory: pytest.TempPathFactory, every: list[Export], chance: Any) -> None:
    turn = list(range(len(every)))
    shuffled = [*turn, chance.choice(turn)]
    chance.shuffle(shuffled)
    folder = tmp_path_factory.mktemp("exports")
    assert loaded(folder / "one", every, tuple(turn), together=True) == loaded(folder / "two", every, tuple(shuffled))


def test_within_a_file_the_later_line_wins(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "p.json", {"products": [{"sku": "S", "title": "first"}, {"sku": "S", "title": "second"}]}))
    assert [row[:2] for row in contents(space)["facts.products"]] == [("S", "second")]


def test_keys_with_unknown_parts_are_still_one_key(tmp_path: Path) -> None:
    row = {"platform": "ga4", "property": "p", "scope": "", "period_start": "2026-10-01", "period_end": "2026-10-01"}
    space = workspace(tmp_path)
    load(
        space,
        export(tmp_path, "1.json", {"traffic": [{**row, "sessions": 5}]}, "2026-10-02"),
        export(tmp_path, "2.json", {"traffic": [{**row, "sessions": 6}]}, "2026-10-03"),
    )
    with open_reader(space) as reader:
        assert reader.execute("select sessions from sessions") == [(6,)]


def test_a_large_dataset_is_cut_into_months_and_an_unchanged_month_keeps_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loaded(tmp_path / "whole", [OCTOBER, CORRECTED], (0, 1))
    monkeypatch.setattr(facts_module, "ROWS_PER_FILE", 1)
    assert loaded(tmp_path / "months", [OCTOBER, CORRECTED], (0, 1)) == whole
    space = Workspace.open(tmp_path / "months")
    before = {entry.part: entry for entry in space.manifest().facts["orders"]}
    assert set(before) == {"2026-10", "2026-11"}
    load(space, export(tmp_path, "late.json", {"orders": [order("z", "2026-11-09")], "order_lines": [line("z", "2026-11-09", 1)]}, "2026-11-10"))
    after = {entry.part: entry for entry in space.manifest().facts["orders"]}
    assert after["2026-10"].file == before["2026-10"].file and after["2026-11"].file != before["2026-11"].file
    assert verify(space) == []
