"""One recognised file -> canonical temp tables and the account of every one of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

import duckdb

from kpi_core.config.layouts import Answers, accepted
from kpi_core.errors import SourceError, Where, said
from kpi_core.personal import quiet
from kpi_core.sources.account import expect
from kpi_core.sources.account.account import KEPT_LINES, KEPT_TABLES, Account, CheckResult, LimitNote, TableNote, header_text, without_names
from kpi_core.sources.account.answered import DAY_ANSWERED, with_answers, with_period
from kpi_core.sources.account.checks import run_checks
from kpi_core.sources.account.expect import Expectations
from kpi_core.sources.account.questions import confirm, undecided
from kpi_core.sources.cells.identity import keyed
from kpi_core.sources.profiles.comments import COMMENT, comments_of, without_comments
from kpi_core.sources.profiles.expression import Claim, check, named
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.recognise import Recognised
from kpi_core.sources.rows import emit, shape
from kpi_core.sources.rows.shape_rows import check_patterns, lines_of
from kpi_core.sources.rows.shaping import shaped_rows
from kpi_core.sources.rows.stage import Staged, stage
from kpi_core.sources.rows.typed import Typed, columns_of, read_columns, type_rows

NOT_NEEDED = "nothing in this row is needed"
JOINED = "rows of the file that speak of the same thing were joined"
DAY_OF_NAME = "no date inside: the day in the file's name was taken"
DAY_OF_CHANGE = "no date inside: the day of the file's last change was taken"
DAY_OF_ANSWER = "no date inside: the day answered in config/layouts.yaml was taken"
AS_PROFILES = Expectations()  # what the profiles expect, and no more
COMPLETES = "this file completes another one of its folder and counts nothing by itself"
LATER_LINE = "a later line of the file has the same key"


@dataclass(frozen=True)
class Converted:
    """`tables`: dataset name -> temp table of the connection. `as_of`: the newest moment the content speaks of.

    `windows`: dataset -> the days that the file declares itself to be of, where its profile says which.
    """

    tables: dict[str, str]
    account: Account
    as_of: datetime
    windows: dict[str, tuple[date, date]] = field(default_factory=dict)


def compile_profile(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """Check every expression of a profile, once in its life. Raises ConfigError with file, line and key."""
    if profile.memo.get("compiled"):
        return
    check(con, claims_of(profile))
    check_patterns(con, profile)
    profile.memo["compiled"] = True


def claims_of(profile: Profile) -> list[Claim]:
    """Every expression of a profile with the names it may use. Raises ConfigError for a name that is given twice."""
    names = set(columns_of(profile)) - comments_of(profile.spec)  # nothing but a comment is made of comments
    where = profile.document.where
    claims: list[Claim] = []
    for index, drop in enumerate(profile.spec.rows):
        for part in ("when", "unless"):
            if (expression := getattr(drop, part)) is not None:
                claims.append(Claim(expression, set(names), where(("rows", index, part))))
    for name in profile.spec.together:
        claims.append(Claim(named(name), set(names), where(("together",))))
    claims.extend(shape.claims(profile, names))
    claims.extend(expect.claims(profile, names))
    claims.extend(emit.claims(profile, names))
    return claims


def convert(
    con: duckdb.DuckDBPyConnection,
    recognised: Recognised,
    *,
    key: bytes,
    progress: Callable[[float], None] | None = None,
    zone: str | None = None,
    country: str | None = None,
    answers: Answers = accepted(Answers()),  # noqa: B008 (frozen)
    expected: Expectations = AS_PROFILES,
    comments: bool = False,
) -> Converted:
    """Read the file into temp tables of `con`, which must be allowed to open files (descriptors under /proc/self/fd).

    Moments that name their offset are told in the local time of `zone` (None: as written), so that their day is the business day there.
    `answers` are what was said of this layout (config/layouts.yaml). What the file leaves open, and an experimental profile that `answers` do
    not confirm, raises Undecided with its questions.
    A phone without its calling code is one of `country` (ISO 3166 alpha-2), unless its row names another; None: it identifies nobody.
    `comments`: people's own words are kept, masked and shortened; without it nothing of them is read.
    Each table has exactly the dataset's columns in order, then `file_line`. Raises SourceError, DamagedFile or ConfigError;
    nothing is left in the connection then.
    """
    if not comments:
        recognised = replace(recognised, profile=without_comments(recognised.profile))
    before = _temp_tables(con)
    try:
        return _convert(con, recognised, key, progress or (lambda _: None), zone, country, answers, expected)
    except BaseException as error:
        for table in _temp_tables(con) - before:
            con.execute(f"DROP TABLE IF EXISTS {named(table)}")
        if isinstance(error, duckdb.Error):
            raise SourceError(said("the file cannot be converted: {why}", why=quiet(error)), where=Where(str(recognised.path))) from error
        raise


def _convert(
    con: duckdb.DuckDBPyConnection,
    source: Recognised,
    key: bytes,
    progress: Callable[[float], None],
    zone: str | None,
    country: str | None,
    answers: Answers,
    expected: Expectations,
) -> Converted:
    compile_profile(con, source.profile)
    progress(0.05)
    source = with_answers(source, answers)
    profile = source.profile
    staged, told = with_period(source, stage(con, source, read_columns(source)), answers)
    progress(0.35)
    typed = type_rows(con, source, staged, zone, answers)
    progress(0.6)
    typed, shaped = shaped_rows(con, source, staged, replace(typed, choices=(*told, *typed.choices)), zone, answers)
    progress(0.75)
    with keyed(con, key):
        tables, merged = emit.emit_all(con, profile, shaped, unclean=typed.unclean, country=country)
    progress(0.9)
    checks = run_checks(con, profile, shaped, typed.all_rows, typed.present)
    checks += expect.run_expected(con, profile, typed.kept, tables, typed.present, expected)
    as_of = _as_of(con, source, typed.kept, tables)
    account = _account(con, source, staged, typed, shaped, tables, merged, checks, as_of)
    if not (profile.verified or answers.confirmed or profile.spec.role == "part"):  # a part counts nothing by itself
        raise undecided([confirm(source, account.checks, _first_rows(con, tables))], str(source.path))
    for table in (staged.table, typed.all_rows, shaped):
        con.execute(f"DROP TABLE IF EXISTS {table}")
    progress(1.0)
    return Converted(tables, account, as_of, _windows(profile, staged))


def _windows(profile: Profile, staged: Staged) -> dict[str, tuple[date, date]]:
    """The days of the facts that are windows: of several tables from the first to the last."""
    found: dict[str, tuple[date, date]] = {}
    for dataset, part, _ in profile.emits():
        if part.window is not None:
            days = [block.facts.get(f"{part.window}_{end}") for block in staged.blocks for end in ("start", "end")]
            stated = [day for day in days if isinstance(day, date)]
            if stated:
                found[dataset] = (min(stated), max(stated))
    return found


def _first_rows(con: duckdb.DuckDBPyConnection, tables: dict[str, str]) -> tuple[str, list[str], list[tuple[object, ...]]]:
    """(dataset, names, rows): the first rows of the first table that has any; neither keys of customers nor comments."""
    for dataset, table in tables.items():
        found = con.execute(f"SELECT * EXCLUDE (file_line) FROM {table} ORDER BY file_line LIMIT 3")
        names = [column[0] for column in found.description or ()]
        rows = found.fetchall()
        if rows:
            shown = [place for place, name in enumerate(names) if not name.endswith("_key") and name != COMMENT and any(row[place] is not None for row in rows)]
            return dataset, [names[place] for place in shown], [tuple(row[place] for place in shown) for row in rows]
    return "", [], []


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
    _, last = _period(con, tables)  # a range in words, in a column
    return datetime.combine(last or source.decoded.file_day, time())


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
    left_lines, used_lines = lines_of(profile, shaped), lines_of(profile, shaped, emit.used(profile))
    row = con.execute(
        f"SELECT (SELECT count(DISTINCT file_line) FROM {typed.kept}), (SELECT count(DISTINCT file_line) FROM ({left_lines})), "
        f"(SELECT count(DISTINCT file_line) FROM ({used_lines}))"
    ).fetchone()
    kept, left, rows_used = row if row else (0, 0, 0)
    dropped: dict[str, int] = {}
    lines: dict[str, tuple[int, ...]] = {}
    for reason, some in typed.dropped_lines:  # two rules may have one reason
        lines[reason] = tuple(sorted((*lines.get(reason, ()), *some))[:KEPT_LINES])
    for reason, count in (*typed.dropped, (LATER_LINE, kept - left), (NOT_NEEDED, left - rows_used)):
        if count:
            dropped[reason] = dropped.get(reason, 0) + count
    if kept - left:
        lines[LATER_LINE] = _lines(con, f"SELECT file_line FROM {typed.kept} EXCEPT {left_lines}")
    if left - rows_used:
        lines[NOT_NEEDED] = _lines(con, f"{left_lines} EXCEPT {used_lines}")
    first, last = _period(con, tables)
    notes = [JOINED] if any(merged.values()) else []
    if profile.spec.role == "part":
        notes.append(COMPLETES)
    if "file_day" in _emitted_text(profile):
        notes.append({"name": DAY_OF_NAME, DAY_ANSWERED: DAY_OF_ANSWER}.get(source.decoded.day_from, DAY_OF_CHANGE))
    results = list(checks)
    if len(staged.blocks) > 1:
        results.append(CheckResult("tables with rows", sum(block.rows > 0 for block in staged.blocks), len(staged.blocks), ""))
    limits = tuple(_limits(con, profile, typed))
    account = Account(
        file=source.decoded.shown,
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
        dropped_lines=tuple(lines.items()),
        headers=typed.headers,
        tables=_tables(staged),
        choices=typed.choices,
    )
    return proven(without_names(account), str(source.path))


def proven(account: Account, path: str) -> Account:
    """The account itself. Raises SourceError when a row of the file is neither used nor explained: then nothing of it may count."""
    if not account.balanced:
        lost = said(
            "the rows do not add up: {read} read, {used} used, {dropped} left out, {rejected} refused",
            read=account.rows_read,
            used=account.rows_used,
            dropped=sum(count for _, count in account.dropped),
            rejected=account.rejected_count,
        )
        hint = said("the profile {profile} loses rows: please report it with the header of the file", profile=account.profile)
        raise SourceError(lost, where=Where(path), hint=hint)
    return account


def _lines(con: duckdb.DuckDBPyConnection, lines: str) -> tuple[int, ...]:
    """The first of the lines that a query finds."""
    return tuple(row[0] for row in con.execute(f"{lines} ORDER BY file_line LIMIT {KEPT_LINES}").fetchall())


def _tables(staged: Staged) -> tuple[TableNote, ...]:
    """Each table of a file of several: an empty one too, and the period that is stated for it, so that a comparison period stays apart."""
    if len(staged.blocks) < 2:
        return ()
    notes = []
    for block in staged.blocks[:KEPT_TABLES]:
        days = sorted(value for value in block.facts.values() if isinstance(value, date))
        notes.append(TableNote(header_text(block.header[0]), block.rows, days[0] if days else None, days[-1] if days else None))
    return tuple(notes)


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
