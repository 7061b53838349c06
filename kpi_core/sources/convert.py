"""One recognised file -> canonical temp tables and the account of every one of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

import duckdb

from kpi_core.errors import SourceError, Where, said
from kpi_core.sources import emit, shape
from kpi_core.sources.account import Account, CheckResult, LimitNote
from kpi_core.sources.checks import run_checks
from kpi_core.sources.expression import Claim, check, named
from kpi_core.sources.identity import keyed
from kpi_core.sources.profile import Profile
from kpi_core.sources.recognise import Recognised
from kpi_core.sources.stage import Staged, stage, temp_name
from kpi_core.sources.typed import Typed, columns_of, type_rows

NOT_NEEDED = "nothing in this row is needed"
JOINED = "rows of the file that speak of the same thing were joined"
DAY_OF_NAME = "no date inside: the day in the file's name was taken"
DAY_OF_CHANGE = "no date inside: the day of the file's last change was taken"
LATER_LINE = "a later line of the file has the same key"


@dataclass(frozen=True)
class Converted:
    """`tables`: dataset name -> temp table of the connection. `as_of`: the newest moment the content speaks of."""

    tables: dict[str, str]
    account: Account
    as_of: datetime


def compile_profile(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """Check every expression of a profile, once in its life. Raises ConfigError with file, line and key."""
    if profile.memo.get("compiled"):
        return
    names = set(columns_of(profile))
    where = profile.document.where
    claims: list[Claim] = []
    for index, drop in enumerate(profile.spec.rows):
        claims.append(Claim(drop.when, set(names), where(("rows", index, "when"))))
    for name in profile.spec.together:
        claims.append(Claim(named(name), set(names), where(("together",))))
    claims.extend(shape.claims(profile, names))
    claims.extend(emit.claims(profile, names))
    check(con, claims)
    profile.memo["compiled"] = True


def convert(
    con: duckdb.DuckDBPyConnection, recognised: Recognised, *, key: bytes, progress: Callable[[float], None] | None = None, zone: str | None = None
) -> Converted:
    """Read the file into temp tables of `con`, which must be allowed to open files (descriptors under /proc/self/fd).

    Moments that name their offset are told in the local time of `zone` (None: as written), so that their day is the business day there.
    Each table has exactly the dataset's columns in order, then `file_line`. Raises SourceError, DamagedFile or ConfigError;
    nothing is left in the connection then.
    """
    before = _temp_tables(con)
    try:
        return _convert(con, recognised, key, progress or (lambda _: None), zone)
    except BaseException as error:
        for table in _temp_tables(con) - before:
            con.execute(f"DROP TABLE IF EXISTS {named(table)}")
        if isinstance(error, duckdb.Error):
            text = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SourceError(said("the file cannot be converted: {why}", why=text), where=Where(str(recognised.path))) from error
        raise


def _convert(con: duckdb.DuckDBPyConnection, source: Recognised, key: bytes, progress: Callable[[float], None], zone: str | None) -> Converted:
    profile = source.profile
    compile_profile(con, profile)
    progress(0.05)
    staged = stage(con, source)
    progress(0.35)
    typed = type_rows(con, source, staged, zone)
    progress(0.6)
    shaped = _shape(con, profile, typed.kept)
    progress(0.75)
    with keyed(con, key):
        tables, merged = emit.emit_all(con, profile, shaped, unclean=typed.unclean)
    progress(0.9)
    checks = run_checks(con, profile, shaped, typed.all_rows, typed.present)
    as_of = _as_of(con, source, typed.kept, tables)
    account = _account(con, source, staged, typed, shaped, tables, merged, checks, as_of)
    for table in (staged.table, typed.all_rows, shaped):
        con.execute(f"DROP TABLE IF EXISTS {table}")
    progress(1.0)
    return Converted(tables, account, as_of)


def _shape(con: duckdb.DuckDBPyConnection, profile: Profile, kept: str) -> str:
    """Run the steps, each into its own table: a step may read its source several times."""
    current = kept
    for select in shape.selects(profile.spec.shape):
        following = temp_name("shaped")
        con.execute(f"CREATE TEMP TABLE {following} AS {select(current)}")
        if current != kept:
            con.execute(f"DROP TABLE {current}")
        current = following
    if current == kept:
        current = temp_name("shaped")
        con.execute(f"CREATE TEMP TABLE {current} AS SELECT * FROM {kept}")
    return current


def _as_of(con: duckdb.DuckDBPyConnection, source: Recognised, kept: str, tables: dict[str, str]) -> datetime:
    """Newest date or time in the file's own columns and headings; a file without any has the day of its name or last change."""
    spec = source.profile.spec
    moments = [name for name, column in spec.columns.items() if column.as_of and column.as_ in ("date", "timestamp")]
    moments += [name for name, kind in source.profile.facts().items() if kind == "DATE"]
    if moments:
        row = con.execute(f"SELECT {', '.join(f'max({named(name)})::TIMESTAMP' for name in moments)} FROM {kept}").fetchone()
        known = [value for value in row or () if isinstance(value, datetime)]
        for dataset, column in (("orders", "placed_at"), ("touches", "occurred_at")):  # day and hour in two columns of the file
            if dataset in tables:
                row = con.execute(f"SELECT max({column}) FROM {tables[dataset]}").fetchone()
                known += [value for value in row or () if isinstance(value, datetime)]
        if known:
            return max(known)
    return datetime.combine(source.decoded.file_day, time())


def _account(
    con: duckdb.DuckDBPyConnection,
    source: Recognised,
    staged: Staged,
    typed: Typed,
    shaped: str,
    tables: dict[str, str],
    merged: dict[str, int],
    checks: Iterable[CheckResult],
    as_of: datetime,
) -> Account:
    profile = source.profile
    row = con.execute(
        f"SELECT (SELECT count(DISTINCT file_line) FROM {typed.kept}), (SELECT count(DISTINCT file_line) FROM {shaped}), "
        f"(SELECT count(DISTINCT file_line) FROM {shaped} WHERE {emit.used(profile)})"
    ).fetchone()
    kept, left, rows_used = row if row else (0, 0, 0)
    dropped = dict(typed.dropped)
    for reason, count in ((LATER_LINE, kept - left), (NOT_NEEDED, left - rows_used)):
        if count:
            dropped[reason] = dropped.get(reason, 0) + count
    first, last = _period(con, tables)
    notes = [JOINED] if any(merged.values()) else []
    if "file_day" in _emitted_text(profile):
        notes.append(DAY_OF_NAME if source.decoded.day_from == "name" else DAY_OF_CHANGE)
    results = list(checks)
    if len(staged.blocks) > 1:
        results.append(CheckResult("tables with rows", sum(block.rows > 0 for block in staged.blocks), len(staged.blocks), ""))
    limits = tuple(_limits(con, profile, typed))
    return Account(
        file=source.decoded.name,
        sha256=source.sha256,
        bytes=source.decoded.size,
        profile=profile.id,
        title_en=profile.title.en,
        title_fr=profile.title.in_("fr"),
        evidence=profile.spec.evidence,
        encoding=source.encoding,
        delimiter=source.delimiter,
        header_hash=source.header_hash,
        first_day=first,
        last_day=last,
        as_of=as_of,
        currency=_currencies(con, tables),
        rows_read=staged.rows_read,
        rows_used=rows_used,
        dropped=tuple(dropped.items()),
        rejected=typed.rejected,
        rejected_count=typed.rejected_count,
        checks=tuple(results),
        unused=typed.unused,
        limits=limits,
        notes=tuple(notes),
        rows_out=tuple((dataset, _count(con, table)) for dataset, table in tables.items()),
    )


def _limits(con: duckdb.DuckDBPyConnection, profile: Profile, typed: Typed) -> Iterable[LimitNote]:
    for limit in profile.spec.limits:
        english, french = limit.hint.en, limit.hint.fr or limit.hint.en
        if limit.unless is not None and limit.unless in typed.present:
            continue
        if limit.empty is not None:
            empty = f"count(*) FILTER ({named(limit.empty)} IS NULL)" if limit.empty in typed.present else "count(*)"
            row = con.execute(f"SELECT {empty}, count(*) FROM {typed.all_rows}").fetchone()
            without, rows = row if row else (0, 0)
            if not without:
                continue
            share = f"{100 * without / rows:.1f}"
            english, french = english.replace("{share}", f"{share} %"), french.replace("{share}", f"{share.replace('.', ',')} %")
        yield LimitNote(limit.missing, english, french)


def _emitted_text(profile: Profile) -> str:
    derived = [text for step in profile.spec.shape if step.derive for text in step.derive.values()]
    return " ".join([*derived, *(text for _, part, _ in profile.emits() for text in part.columns.values())])


def _period(con: duckdb.DuckDBPyConnection, tables: dict[str, str]) -> tuple[date | None, date | None]:
    """First and last day over all tables that have days."""
    from kpi_core.store.datasets import DATASETS  # here: the store imports this package

    first: date | None = None
    last: date | None = None
    for dataset, table in tables.items():
        start = DATASETS[dataset].day
        if start is None:
            continue
        end = "period_end" if "period_end" in DATASETS[dataset].columns else start
        row = con.execute(f"SELECT min({start}), max({end}) FROM {table}").fetchone()
        if row and row[0] is not None:
            first = min(first or row[0], row[0])
            last = max(last or row[1], row[1])
    return first, last


def _currencies(con: duckdb.DuckDBPyConnection, tables: dict[str, str]) -> str | None:
    from kpi_core.store.datasets import DATASETS

    found: set[str] = set()
    for dataset, table in tables.items():
        if "currency" in DATASETS[dataset].columns:
            found |= {row[0] for row in con.execute(f"SELECT DISTINCT currency FROM {table} WHERE currency IS NOT NULL").fetchall()}
    return ", ".join(sorted(found)) or None


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _temp_tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    rows = con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, 'omnigap_src_')").fetchall()
    return {row[0] for row in rows}
