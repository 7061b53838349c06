"""How long the workbench takes for what a key asks: `make bench`, or `python tests/bench/pages.py WORKSPACE`.

Prints the median and the 95th percentile of each kind of page over several periods and scopes, in milliseconds: asked for the first
time (nothing is kept) and again, as when one goes back; then processor time, and the number of statements. An empty statement on
the same connection stands beside them, so that runs on different machines can be compared as ratios.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kpi_core.view import Filter, ViewState  # noqa: E402
from kpi_core.workbench import Workbench  # noqa: E402

ROUNDS = 3
PERIODS = ("2026-W43", "2026-W30", "2026-10", "2026-Q3", "2025")
WEB = (Filter("channel", ("web",)),)
CUTS: tuple[tuple[str, str, str | None], ...] = (
    ("explore", "revenue", None),
    ("explore", "aov", None),
    ("explore stores", "revenue", "store"),
    ("explore categories", "revenue", "category"),
    ("explore products", "revenue", "product"),
)
SHAPES = ("periods", "hours", "cohorts")


@dataclass
class Timed:
    """Milliseconds of one kind of page, and statements of each first time."""

    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Wall clock and processor time of one call."""
    started, worked = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000


def pages(bench: Workbench) -> Iterator[tuple[str, Callable[[], object]]]:
    """What keys ask, by kind of page."""
    stores = sorted(bench.desk.engine.loaded.spans.get(("orders", "store"), {"": None}))
    inside = (Filter("channel", ("store",)), Filter("store", (stores[len(stores) // 2],)))
    for period in PERIODS:
        for where in ((), WEB, inside):
            state = ViewState(period=period, where=where)
            yield "overview", partial(bench.overview, state)
            for name, kpi, by in CUTS:
                if by not in {step.dim for step in where}:
                    yield name, partial(bench.explore, replace(state, view="explore", kpi=kpi, by=by))
            deep = replace(state, view="explore", kpi="revenue")
            yield "explain", partial(bench.explain, deep)
            yield "gaps", partial(bench.gaps, replace(state, view="gaps"))
            yield "trend", partial(bench.trend, replace(deep, view="trend"))
            for shape in SHAPES:
                yield f"heatmap {shape}", partial(bench.heat, replace(deep, view="trend", shape=shape))
            yield "what-if", partial(bench.whatif, deep)
            yield "records", partial(bench.records, deep)
            yield "definition", partial(bench.definition, deep)


def main(workspace: Path, rounds: int = ROUNDS) -> None:
    """Time the pages of a workspace and print the table."""
    with Workbench.open(workspace) as bench:
        reader = bench.desk.reader
        asked, execute = [0], reader.execute

        def counted(*arguments: object) -> object:
            asked[0] += 1
            return execute(*arguments)  # type: ignore[arg-type]

        empty = [timed(lambda: execute("select 1")) for _ in range(200)]
        reader.execute = counted  # type: ignore[assignment, method-assign]
        found: dict[str, Timed] = {}
        for _ in range(rounds):
            for name, act in pages(bench):
                kind = found.setdefault(name, Timed())
                bench.desk.engine.forget()
                asked[0] = 0
                wall, worked = timed(act)
                kind.first.append(wall)
                kind.processor.append(worked)
                kind.statements.append(asked[0])
                kind.again.append(timed(act)[0])
    print(f"{'page':<20}{'n':>5}{'p50 ms':>9}{'p95 ms':>9}{'again p50':>11}{'again p95':>11}{'cpu p50':>9}{'statements':>12}")
    print(f"{'empty statement':<20}{len(empty):>5}{median(wall for wall, _ in empty):>9.1f}{p95([wall for wall, _ in empty]):>9.1f}")
    for name, kind in found.items():
        print(
            f"{name:<20}{len(kind.first):>5}{median(kind.first):>9.1f}{p95(kind.first):>9.1f}{median(kind.again):>11.1f}{p95(kind.again):>11.1f}"
            f"{median(kind.processor):>9.1f}{median(kind.statements):>12.0f}"
        )


def p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20)[-1]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        from tests.shop import loaded_sample

        main(loaded_sample())
