"""How long the workbench takes for what a key asks: `make bench`, or `python tests/bench/pages.py WORKSPACE`.

Prints the median and the 95th percentile of each kind of page over several periods and scopes, in milliseconds, beside those of an
empty statement on the same connection, so that runs on different machines can be compared as ratios.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kpi_core.view import Filter, ViewState  # noqa: E402
from kpi_core.workbench import Workbench  # noqa: E402

ROUNDS = 5
PERIODS = ("2026-W43", "2026-W30", "2026-10", "2026-Q3", "2025")
SCOPES: tuple[tuple[Filter, ...], ...] = ((), (Filter("channel", ("web",)),), (Filter("channel", ("store",)), Filter("store", ("Nice",))))


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def main(workspace: Path) -> None:
    with Workbench.open(workspace) as bench:
        found: dict[str, list[float]] = {"empty statement": [timed(lambda: bench.desk.reader.execute("select 1")) for _ in range(200)]}
        for _ in range(ROUNDS):
            for period in PERIODS:
                for where in SCOPES:
                    state = ViewState(period=period, where=where)
                    found.setdefault("overview", []).append(timed(lambda state=state: bench.overview(state)))  # type: ignore[misc]
                    for kpi in ("revenue", "aov"):
                        deep = replace(state, view="explore", kpi=kpi)
                        found.setdefault("explore", []).append(timed(lambda deep=deep: bench.explore(deep)))  # type: ignore[misc]
                        found.setdefault("explain", []).append(timed(lambda deep=deep: bench.explain(deep)))  # type: ignore[misc]
                        products = replace(deep, by="product")
                        found.setdefault("explore products", []).append(timed(lambda products=products: bench.explore(products)))  # type: ignore[misc]
                        found.setdefault("records", []).append(timed(lambda deep=deep: bench.records(deep)))  # type: ignore[misc]
                        found.setdefault("definition", []).append(timed(lambda deep=deep: bench.definition(deep)))  # type: ignore[misc]
    print(f"{'page':<20}{'n':>6}{'p50 ms':>10}{'p95 ms':>10}")
    for name, times in found.items():
        print(f"{name:<20}{len(times):>6}{median(times):>10.2f}{quantiles(times, n=20)[-1]:>10.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        from tests.shop import loaded_sample

        main(loaded_sample())
