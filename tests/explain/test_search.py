"""The search over combinations: known causes are found, in known data and in data made here, and noise alone accuses nobody."""

from __future__ import annotations

import csv
import random
import time
from collections import defaultdict
from itertools import product

import duckdb
import pytest
from shop import REAL

from kpi_core.explain.search import Cell, search

STORES, CATEGORIES, WAYS = ("Lille", "Lyon", "Nantes", "Paris"), ("bags", "hats", "shoes"), ("collect", "delivery", "in store")
DIMS = ("store", "category", "fulfilment")


def _table(noise: float, seed: int = 7, **moved: float) -> list[Cell]:
    """A full table; `moved` maps 'Lille/shoes/*' to the ratio at which those cells stand."""
    dice = random.Random(seed)
    rows = []
    for members in product(STORES, CATEGORIES, WAYS):
        expected = dice.uniform(500, 5000)
        actual = expected * (1 + dice.gauss(0, noise))
        for pattern, ratio in moved.items():
            if all(wanted in ("*", member) for wanted, member in zip(pattern.split("/"), members, strict=True)):
                actual *= ratio
        rows.append((members, round(actual, 2), round(expected, 2)))
    return rows



def test_one_combination_is_named_by_exactly_its_members() -> None:
    found = search(DIMS, _table(0.01, **{"Lille/shoes/*": 0.4}))
    assert [item.where for item in found] == [{"store": "Lille", "category": "shoes"}]
    assert found[0].ratio == pytest.approx(0.4, abs=0.03)
    assert found[0].share > 0.5


def test_a_small_collapse_is_not_hidden_by_a_large_swing() -> None:
    found = search(DIMS, _table(0.01, **{"Paris/*/*": 1.5, "Lyon/hats/collect": 0.05}))
    assert {tuple(item.where.items()) for item in found} == {(("store", "Paris"),), (("store", "Lyon"), ("category", "hats"), ("fulfilment", "collect"))}
    assert found[0].where == {"store": "Paris"}


def test_opposite_movements_are_both_found() -> None:
    found = search(DIMS, _table(0.01, **{"*/bags/*": 1.4, "*/hats/*": 0.6}))
    assert {(item.where["category"], item.ratio is not None and item.ratio > 1) for item in found} == {("bags", True), ("hats", False)}


def test_noise_alone_has_no_certain_cause() -> None:
    """What is told then are plain amounts above a share of the deviation, which a caller may cut off; certainty is not claimed for them."""
    found = search(DIMS, _table(0.05), least=0.2)
    assert found == []


def test_nothing_that_deviates_has_no_cause() -> None:
    assert search(DIMS, [(("Lille", "bags", "collect"), 10.0, 10.0)]) == []
    assert search(DIMS, []) == []


def test_no_deeper_than_asked() -> None:
    found = search(DIMS, _table(0.01, **{"Lille/shoes/collect": 0.1}), depth=2)
    assert all(len(item.where) <= 2 for item in found)


def test_cells_without_expectation_are_counted() -> None:
    rows = [*_table(0.01), *((("Brest", category, "in store"), 4000.0, 0.0) for category in CATEGORIES)]
    assert {"store": "Brest"} in [item.where for item in search(DIMS, rows)]


@pytest.mark.realdata
def test_known_causes_of_riskloc_s() -> None:
    """F1 at least 0.65 with precision at least 0.85 over the elements of the 20 cases (asked of this search; 80 more are kept aside)."""
    folder = REAL / "riskloc_s"
    if not folder.is_dir():
        pytest.skip("the real data are not beside the repository")
    cases: dict[int, list[Cell]] = defaultdict(list)
    with duckdb.connect() as connection:
        for case, *members, actual, expected in connection.execute("select * from read_parquet(?)", [str(folder / "leaves.parquet")]).fetchall():
            cases[case].append((tuple(members), float(actual), float(expected)))
    hit = false = missed = 0
    spent = 0.0
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            truth = {frozenset(part.strip() for part in element.split(" AND ")) for element in row["causes"].split(" | ")}
            before = time.process_time()
            told = {frozenset(f"{dim}={member}" for dim, member in item.where.items()) for item in search("abcde", cases[int(row["case_id"])])}
            spent += time.process_time() - before
            hit, false, missed = hit + len(told & truth), false + len(told - truth), missed + len(truth - told)
    assert 2 * hit / (2 * hit + false + missed) >= 0.75
    assert hit / (hit + false) >= 0.9
    print(f"riskloc S: {hit} found, {false} false, {missed} missed, {spent / len(cases):.2f} s a case")
