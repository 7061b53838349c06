"""Asking a loaded workspace for numbers, and small workspaces of real or made-up files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from kpi_core.engine import calendar
from kpi_core.engine.result import Number, Question, Value
from kpi_core.store import Workspace
from kpi_core.store.datasets import DATASETS
from kpi_core.view import Filter
from kpi_core.workbench import Workbench
from tests.shop import REAL, load_into

needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data in {REAL}")


def values(bench: Workbench, kpis: str | Iterable[str], period: str, *, by: str | None = None, **where: str) -> dict[str | None, dict[str, Value]]:
    """Values by member (None: the whole) and KPI over one period; `where` keeps one member of a dimension."""
    names = (kpis,) if isinstance(kpis, str) else tuple(kpis)
    asked = calendar.parse(period, bench.desk.engine.watermark())
    filters = tuple(Filter(dim, (member,)) for dim, member in where.items())
    answer = bench.desk.engine.ask(Question(names, (asked,), by, filters))
    return {member: {kpi: cell[kpi][0] for kpi in names} for member, cell in answer.cells.items()}


def number(bench: Workbench, kpi: str, period: str, **where: str) -> Number:
    """The KPI in total; a missing number is a failure."""
    value = values(bench, kpi, period, **where)[None][kpi]
    assert value.number is not None, f"{kpi} over {period}: {value.status}, {value.reason}"
    return value.number


def numbers(bench: Workbench, kpi: str, period: str, by: str, **where: str) -> dict[str, Number]:
    """The KPI by member, those without a number left out."""
    found = values(bench, kpi, period, by=by, **where)
    return {member: cell[kpi].number for member, cell in found.items() if member is not None and cell[kpi].number is not None}  # type: ignore[misc]


def money(value: Number) -> Decimal:
    """As people read it: to the cent."""
    return round(Decimal(value), 2)


def made(folder: Path, currency: str, *loads: Iterable[Path]) -> Path:
    """A new workspace with its own currency, and one load after the other of the paths given."""
    workspace = Workspace.create(folder)
    settings = folder / "config" / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("currency: EUR", f"currency: {currency}"), encoding="utf-8")
    for paths in loads:
        report = load_into(workspace, list(paths))
        assert not report.failed, [str(file.error) for file in report.failed]
    return workspace.root


def facts(folder: Path) -> Mapping[str, list[tuple[object, ...]]]:
    """Rows of every canonical dataset, its own columns only: not which load or line they came from."""
    workspace = Workspace.open(folder)
    found = {}
    with duckdb.connect() as con:
        for name, parts in sorted(workspace.manifest().facts.items()):
            columns = ", ".join(f'"{column}"' for column in DATASETS[name].columns)
            files = [str(workspace.warehouse / part.file) for part in parts]
            found[name] = con.execute(f"select {columns} from read_parquet(?, union_by_name = true) order by all", [files]).fetchall()
    return found


def every_kpi(folder: Path, period: str) -> dict[str, object]:
    """Number, status and sample size of every KPI in total and by channel, and the ledger of what was left out."""
    with Workbench.open(folder) as bench:
        names = tuple(bench.desk.catalogue.kpis)
        cut = tuple(name for name in names if bench.desk.catalogue.refused(name, "channel") is None)
        found: dict[str, object] = {kpi: (value.number, value.status, value.n) for kpi, value in values(bench, names, period)[None].items()}
        for member, cell in values(bench, cut, period, by="channel").items():
            found |= {f"{kpi} {member}": (value.number, value.status, value.n) for kpi, value in cell.items()}
        return found | {"left out": bench.desk.reader.excluded()}


def near(found: Number, expected: Fraction | Decimal | int, within: float = 1e-9) -> bool:
    """Equal but for the noise of doubles."""
    return abs(float(found) - float(expected)) <= within * max(1.0, abs(float(expected)))
