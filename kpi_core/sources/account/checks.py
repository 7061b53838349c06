"""Does the file add up? Identities proved on real exports, and the comparison with the file's own totals row."""

from __future__ import annotations

import duckdb

from kpi_core.sources.account.account import CheckResult
from kpi_core.sources.profiles.expression import named
from kpi_core.sources.profiles.language import Check
from kpi_core.sources.profiles.profile import Profile

SHOWN = 5


def run_checks(con: duckdb.DuckDBPyConnection, profile: Profile, shaped: str, everything: str, present: frozenset[str]) -> list[CheckResult]:
    """Every check of the profile that applies to the file."""
    results = []
    for check in profile.spec.checks:
        found = _totals(con, check, everything, present) if check.totals is not None else _identity(con, check, shaped)
        if found is not None and found.of:
            results.append(found)
    return results


def _identity(con: duckdb.DuckDBPyConnection, check: Check, shaped: str) -> CheckResult:
    rows = f"SELECT * FROM {shaped}"
    if check.when is not None:
        rows += f" WHERE ({check.when}\n)"
    if check.one_per:
        rows += f" QUALIFY row_number() OVER (PARTITION BY {', '.join(named(name) for name in check.one_per)} ORDER BY file_line) = 1"
    if check.any:
        return _alternatives(con, check, rows)
    label = f"({check.label}\n)" if check.label is not None else "file_line"
    row = con.execute(
        f"SELECT count(*), count(*) FILTER (holds_), list(label_ ORDER BY file_line) FILTER (NOT holds_) "
        f"FROM (SELECT file_line, CAST({label} AS VARCHAR) AS label_, coalesce(({check.expr}\n), false) AS holds_ FROM ({rows}))"
    ).fetchone()
    total, held, failing = row if row else (0, 0, None)
    names = [str(item) for item in (failing or [])]
    note = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
    return CheckResult(check.name, held, total, note)


def _alternatives(con: duckdb.DuckDBPyConnection, check: Check, rows: str) -> CheckResult:
    """Each row needs one of several identities; how many hold by which, the first that holds."""
    label = f"({check.label}\n)" if check.label is not None else "file_line"
    which = " ".join(f"WHEN coalesce(({expression}\n), false) THEN {place}" for place, expression in enumerate(check.any.values()))
    counted = con.execute(
        f"SELECT way_, count(*), list(label_ ORDER BY file_line) FILTER (way_ IS NULL) "
        f"FROM (SELECT file_line, CAST({label} AS VARCHAR) AS label_, CASE {which} END AS way_ FROM ({rows})) GROUP BY way_"
    ).fetchall()
    by = {way: count for way, count, *_ in counted}
    failing = [str(item) for way, _, items in counted if way is None for item in items]
    total = sum(by.values())
    ways = tuple((name, by[place]) for place, name in enumerate(check.any) if place in by)
    note = ", ".join(failing[:SHOWN]) + (" …" if len(failing) > SHOWN else "")
    return CheckResult(check.name, total - len(failing), total, note, ways)


def _totals(con: duckdb.DuckDBPyConnection, check: Check, everything: str, present: frozenset[str]) -> CheckResult | None:
    """Additive columns of the kept rows against the first totals row of each table."""
    columns = [name for name in check.columns if name in present]
    if not columns:
        return None
    ours_theirs = "sum({0}) FILTER (drop_ IS NULL AND bad_ IS NULL), first({0} ORDER BY file_line) FILTER (({1}\n))"
    sums = ", ".join(ours_theirs.format(named(name), check.totals) for name in columns)
    held = total = 0
    notes = []
    for row in con.execute(f"SELECT {sums} FROM {everything} GROUP BY block HAVING bool_or(({check.totals}\n)) ORDER BY block").fetchall():
        for index, name in enumerate(columns):
            ours, theirs = row[2 * index], row[2 * index + 1]
            if ours is None or theirs is None:
                continue
            total += 1
            if abs(float(ours) - float(theirs)) <= check.tolerance * max(abs(float(theirs)), 1.0):
                held += 1
            else:
                notes.append(f"{name} {float(ours):g} / {float(theirs):g}")
    return CheckResult(check.name, held, total, ", ".join(notes[:SHOWN]))
