"""What must be equal: a filter, its opposite and what it cannot say against the whole; the mart against the facts; a load taken back against none."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from store_rows import workspace
from torture_scale import WHOLE, times
from torture_shop import do, fresh, tables, write

from kpi_core.engine import calendar
from kpi_core.engine.expression import Ref
from kpi_core.engine.result import Question, Status, Value
from kpi_core.store import Workspace, open_reader
from kpi_core.view import Filter
from kpi_core.workbench import Workbench


def exact(value: Value, ref: Ref) -> Fraction:
    number = value.measures.get(ref.key)
    return Fraction(0) if number is None else Fraction(number)


def additive(bench: Workbench, kpi: str, dim: str) -> list[Ref]:
    """Measures of a KPI that rows add up to, whichever of them a filter takes."""
    catalogue = bench.desk.catalogue
    if catalogue.overlaps(kpi, dim):
        return []
    specs = ((ref, catalogue.measures[ref.name].spec) for ref in catalogue.refs(kpi))
    return [ref for ref, spec in specs if spec.additive == "all" and spec.cells == "any" and not ref.context and not ref.time]


@pytest.mark.fault(26)
def test_a_filter_its_opposite_and_the_unknown_make_the_whole(sample_workspace: Path) -> None:
    """Ternary logic partitioning over the sample: of every KPI whose rows add up, for some values of every dimension."""
    rng, checked = random.Random(26), 0
    with Workbench.open(sample_workspace) as bench:
        desk = bench.desk
        period = calendar.parse("2026-W43", desk.engine.watermark())
        for dim in rng.sample(sorted(desk.catalogue.dimensions), times(8, len(desk.catalogue.dimensions))):
            kpis = tuple(kpi for kpi in desk.catalogue.kpis if desk.catalogue.refused(kpi, dim) is None and additive(bench, kpi, dim))
            if not kpis or desk.catalogue.dimension(dim).top:
                continue
            whole = desk.engine.ask(Question(kpis, (period,), dim))
            members = sorted(member for member in whole.cells if member)  # '' and None: rows without a value, and all
            for _ in range(times(1, 10) if members else 0):
                some = tuple(rng.sample(members, rng.randint(1, min(3, len(members)))))
                parts = [(Filter(dim, some),), (Filter(dim, (*some, None), exclude=True),), (Filter(dim, (None,)),)]
                answers = [desk.engine.ask(Question(kpis, (period,), None, where)).cells[None] for where in parts]
                for kpi in kpis:
                    if whole.cells[None][kpi][0].status is Status.NO_DATA:
                        continue
                    for ref in additive(bench, kpi, dim):
                        total = sum((exact(answer[kpi][0], ref) for answer in answers), Fraction(0))
                        expected = exact(whole.cells[None][kpi][0], ref)
                        assert abs(total - expected) <= Fraction(1, 10**6) * max(1, abs(expected)), (kpi, dim, some, ref.key)
                        checked += 1
    print(f"  {checked} measures partitioned", end="", flush=True)
    assert checked > 50


@pytest.mark.fault(26)
def test_the_mart_says_what_the_facts_say(sample_workspace: Path) -> None:
    """Sales of the sample by currency and channel, from the Parquet files of the facts by themselves; what the mart leaves out, its books say."""
    space = Workspace.open(sample_workspace)
    manifest = space.manifest()
    with open_reader(space) as reader, duckdb.connect() as con:
        for name in ("orders", "order_lines", "returns", "store_visits"):
            files = [str(space.warehouse / entry.file) for entry in manifest.facts.get(name, ())]
            (rows,) = con.execute("select count(*) from read_parquet(?)", [files]).fetchone() or (0,)
            assert rows == sum(entry.rows for entry in manifest.facts.get(name, ()))
            ((raw, kept),) = reader.execute("select raw, kept from ledger where dataset = ?", [name])
            left_out = sum(int(count) for dataset, _, count, *_ in reader.excluded() if dataset == name)
            assert raw == rows == kept + left_out, name


@pytest.mark.skipif(not WHOLE, reason="make torture; a slice is in tests/store/test_store_undo.py")
@pytest.mark.fault(5, 26)
def test_a_load_taken_back_was_never_there(tmp_path: Path) -> None:
    """The first, one in the middle and the last taken back, brought back, and all taken back: each time as a store that never had them, loaded in another order."""
    space = workspace(tmp_path / "shop")
    for number in range(4):
        do(str(space.root), "load", [str(write(tmp_path / "in", number))])
    count = len(space.manifest().batches)
    full = tables(space)
    for gone in [[1], [2], [count], [1, count]]:
        do(str(space.root), "undo", gone)
        left = [number for number in range(count) if number + 1 not in gone]
        assert tables(space) == tables(fresh(tmp_path / f"without {gone}", tmp_path / "in", left)), gone
        do(str(space.root), "redo", gone)
        assert tables(space) == full, gone
    do(str(space.root), "undo", list(range(1, count + 1)))
    with open_reader(space) as reader:
        assert reader.execute("select (select count(*) from sale) + (select count(*) from orders)") == [(0,)]
