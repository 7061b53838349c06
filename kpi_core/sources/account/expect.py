"""Is a file as it is expected to be: values that stand once, numbers within a range, no day without a row. Its age is judged when it is read about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from kpi_core.config.settings_file import Expect
from kpi_core.sources.account.account import CheckResult
from kpi_core.sources.profiles.expression import Claim, named
from kpi_core.sources.profiles.profile import Profile

ONCE = "no value twice (lines)"
WITHIN = "numbers within the expected range (lines)"
EVERY_DAY = "no day missing"
NOTHING = Expect()
SHOWN = 5
LONGEST = timedelta(days=3660)  # a span beyond this is a mistyped year, no row of days


@dataclass(frozen=True)
class Expectations:
    """What a workspace expects, in place of what a profile does: by profile, and by (dataset, channel or None for all)."""

    profiles: Mapping[str, Expect] = field(default_factory=dict)
    datasets: Mapping[tuple[str, str | None], Expect] = field(default_factory=dict)

    def of(self, profile: Profile) -> Expect:
        return self.profiles.get(profile.id, profile.spec.expect)


def claims(profile: Profile, names: set[str]) -> Iterator[Claim]:
    """The columns that a profile expects something of."""
    expect, where = profile.spec.expect, profile.document.where
    for place, columns in enumerate(expect.unique):
        yield from (Claim(named(name), names, where(("expect", "unique", place))) for name in columns)
    yield from (Claim(named(name), names, where(("expect", "range", name))) for name in expect.range)


def run_expected(
    con: duckdb.DuckDBPyConnection, profile: Profile, kept: str, tables: Mapping[str, str], present: frozenset[str], expected: Expectations
) -> list[CheckResult]:
    """`kept`: relation of the typed rows; `tables`: dataset -> table. What the file has no column for is not checked."""
    own = expected.of(profile)
    found = [*_once(con, own, kept, present, ""), *_within(con, own, kept, present, "")]
    if own.days_present:
        found += _days(con, tables, "")
    for (dataset, channel), expect in expected.datasets.items():
        if dataset not in tables or expect is NOTHING:
            continue
        where = "" if channel is None else f" WHERE channel = '{channel.replace(chr(39), chr(39) * 2)}'"
        rows, told = f"(SELECT * FROM {tables[dataset]}{where})", f"{dataset}{'' if channel is None else '/' + channel} "
        columns = frozenset(row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {tables[dataset]}").fetchall())
        found += [*_once(con, expect, rows, columns, told), *_within(con, expect, rows, columns, told)]
        if expect.days_present:
            found += _days(con, {dataset: rows}, told)
    return [result for result in found if result.of]


def _once(con: duckdb.DuckDBPyConnection, expect: Expect, rows: str, present: frozenset[str], told: str) -> Iterator[CheckResult]:
    for columns in expect.unique:
        if not columns or not set(columns) <= present:
            continue
        keys = ", ".join(named(name) for name in columns)
        row = con.execute(
            f"SELECT count(*), count(*) FILTER (nth_ > 1), list(file_line ORDER BY file_line) FILTER (nth_ > 1) FROM (SELECT file_line, "
            f"row_number() OVER (PARTITION BY {keys} ORDER BY file_line) AS nth_ FROM {rows} WHERE {' AND '.join(f'{named(n)} IS NOT NULL' for n in columns)})"
        ).fetchone() or (0, 0, None)
        yield CheckResult(ONCE, row[0] - row[1], row[0], _note(f"{told}{' + '.join(columns)}", row[2]))


def _within(con: duckdb.DuckDBPyConnection, expect: Expect, rows: str, present: frozenset[str], told: str) -> Iterator[CheckResult]:
    for name, (least, most) in expect.range.items():
        if name not in present:
            continue
        number = f"TRY_CAST({named(name)} AS DOUBLE)"
        outside = f"coalesce({number} < ?, false) OR coalesce({number} > ?, false)"
        row = con.execute(
            f"SELECT count(*), count(*) FILTER (out_), list(file_line ORDER BY file_line) FILTER (out_) FROM "
            f"(SELECT file_line, {outside} AS out_ FROM {rows} WHERE {number} IS NOT NULL)",
            [least, most],
        ).fetchone() or (0, 0, None)
        ends = f"{'' if least is None else f'{least:g}'}..{'' if most is None else f'{most:g}'}"
        yield CheckResult(WITHIN, row[0] - row[1], row[0], _note(f"{told}{name} {ends}", row[2]))


def _days(con: duckdb.DuckDBPyConnection, tables: Mapping[str, str], told: str) -> Iterator[CheckResult]:
    """Days between the first and the last that no row stands for; a row of several days stands for each."""
    from kpi_core.store.datasets import DATASETS  # here: the store imports this package

    spans: list[tuple[date, date]] = []
    for dataset, table in tables.items():
        day = DATASETS[dataset].day
        if day is not None:
            end = "coalesce(period_end, period_start)" if "period_end" in DATASETS[dataset].columns else named(day)
            spans += con.execute(f"SELECT DISTINCT {named(day)}, {end} FROM {table} WHERE {named(day)} IS NOT NULL").fetchall()
    if not spans:
        return
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    if last - first > LONGEST:
        return
    there = {start + timedelta(days=step) for start, end in set(spans) for step in range((end - start).days + 1)}
    every = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    yield CheckResult(EVERY_DAY, len(there), len(every), _note(told.strip(), [day for day in every if day not in there]))


def _note(what: str, items: list[object] | None) -> str:
    if not items:
        return ""
    shown = ", ".join(str(item) for item in items[:SHOWN]) + (" …" if len(items) > SHOWN else "")
    return f"{what}: {shown}" if what else shown
