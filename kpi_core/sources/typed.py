"""From the raw table to typed working rows: cells parsed, totals and other non-data dropped, unreadable rows refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from kpi_core.errors import SourceError, Where, said
from kpi_core.sources.account import KEPT_REFUSALS, Rejected
from kpi_core.sources.expression import named, quoted
from kpi_core.sources.language import SQL_TYPE
from kpi_core.sources.profile import Profile
from kpi_core.sources.recognise import Recognised, norm, spelling_in
from kpi_core.sources.stage import Block, Staged, temp_name
from kpi_core.sources.types import Dress, cell, decimal_marks, dress, is_french, looks, may_refuse, unclean, value

CELLS_WHY = "the row has another number of cells than the header"
EMPTY_WHY = "a value is needed here"
UNREADABLE_WHY = "cannot be read as {kind}"
TOGETHER_WHY = "another line of the same document could not be read"
EMPTY_ROW = "empty row"
_CELLS, _TOGETHER, _NEEDED = -1, -2, 1000


@dataclass(frozen=True)
class Typed:
    """`kept` is a relation (SQL) of the rows to shape; the table `all_rows` has the dropped ones too (for totals checks)."""

    kept: str
    all_rows: str
    dropped: tuple[tuple[str, int], ...]
    rejected: tuple[Rejected, ...]
    rejected_count: int
    present: frozenset[str]  # working names with a column in the file
    unused: tuple[str, ...]
    unclean: bool  # some text of the file has characters that no screen may get


def columns_of(profile: Profile) -> dict[str, str]:
    """Working names before the first shape step, with SQL types."""
    names = {"file_line": "BIGINT", "n_cells": "INTEGER", "first_cell": "VARCHAR", "last_cell": "VARCHAR", "block": "INTEGER"}
    names |= {"file_day": "DATE", "file_name": "VARCHAR", "scope": "VARCHAR"} | profile.facts()
    names |= {name: SQL_TYPE[column.as_] for name, column in profile.spec.columns.items()}
    if profile.spec.unpivot is not None:
        names |= {profile.spec.unpivot.name: "VARCHAR", profile.spec.unpivot.value: "VARCHAR"}
    return names


def type_rows(con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, zone: str | None = None) -> Typed:
    """Parse, drop, refuse. `zone`: see `types.value`. Raises SourceError when the decimal mark of a column cannot be known."""
    profile = source.profile
    parts: list[tuple[str, str | None]] = []
    bound: list[object] = []
    positions = {block.number: _positions(profile, block) for block in staged.blocks}
    dressed = dress(con, staged.table, _read_columns(source, staged, positions))
    present: set[str] = set()
    unused: list[str] = []
    for block in staged.blocks:
        where = positions[block.number]
        present |= set(where)
        taken = set(where.values())
        unpivoted = _unpivoted(source, block, taken)
        unused += [name for index, name in enumerate(block.header) if name and index not in taken and index not in unpivoted and name not in unused]
        if block.rows:
            parts.append(_block_sql(con, source, staged, block, where, unpivoted, dressed, zone))
            own = {"file_day": source.decoded.file_day, "file_name": source.decoded.name} | block.facts
            bound += [own.get(name) for name in _stated(profile)]
    if not parts:
        hint = said("nothing was sold or the period is wrong: export it again")
        raise SourceError(said("the file has a header and no rows"), where=Where(str(source.path)), hint=hint)
    everything = temp_name("typed")
    con.execute(f"CREATE TEMP TABLE {everything} AS {' UNION ALL '.join(select for select, _ in parts)}", bound)
    for _, cells in parts:
        if cells:
            con.execute(f"DROP TABLE {cells}")
    _spread_refusals(con, profile, everything)
    kept = f"(SELECT * EXCLUDE (drop_, bad_) FROM {everything} WHERE drop_ IS NULL AND bad_ IS NULL)"
    reasons = [*(drop.reason for drop in profile.spec.rows), EMPTY_ROW]
    counts = con.execute(
        f"SELECT reason, count(*) FROM (SELECT min(drop_) AS reason FROM {everything} GROUP BY file_line HAVING count(drop_) = count(*)) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    rejected, count = _rejected(con, source, staged, everything)
    dropped = tuple((reasons[index], number) for index, number in counts)
    return Typed(kept, everything, dropped, rejected, count, frozenset(present), tuple(unused), dressed.unclean or _unclean_words(source, staged))


def _unclean_words(source: Recognised, staged: Staged) -> bool:
    """Is there anything to wash in what is not a cell: headers, facts, the file's name?"""
    stated = [value for block in staged.blocks for value in block.facts.values() if isinstance(value, str)]
    return any(map(unclean, (source.decoded.name, *(text for block in staged.blocks for text in block.header), *stated)))


def _positions(profile: Profile, block: Block) -> dict[str, int]:
    """Working name -> position in the header; the first working name that claims a header gets it."""
    names = [norm(text) for text in block.header]
    found: dict[str, int] = {}
    for name, column in profile.spec.columns.items():
        hit = spelling_in(column.headers, names)
        if hit is not None:
            found[name] = hit[0]
    return found


def _unpivoted(source: Recognised, block: Block, taken: set[int]) -> tuple[int, ...]:
    """Positions of the columns that become rows."""
    rule = source.profile.spec.unpivot
    if rule is None:
        return ()
    hit = spelling_in((rule.after,), [norm(text) for text in block.header])
    return () if hit is None else tuple(index for index in range(hit[0] + 1, len(block.header)) if index not in taken)


def _stated(profile: Profile) -> dict[str, str]:
    """What the file says of all rows of a block, with SQL types. Values are bound, never written into SQL."""
    return {"file_day": "DATE", "file_name": "VARCHAR", "scope": "VARCHAR"} | profile.facts()


def _read_columns(source: Recognised, staged: Staged, positions: dict[int, dict[str, int]]) -> list[int]:
    """Positions of the cells that are read in any block; the first and the last one always are."""
    used = {0, staged.width - 1}
    for block in staged.blocks:
        taken = set(positions[block.number].values())
        used |= taken | set(_unpivoted(source, block, taken))
    return sorted(used)


def _block_sql(
    con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, block: Block, where: dict[str, int],
    unpivoted: Sequence[int], dressed: Dress, zone: str | None,
) -> tuple[str, str | None]:  # fmt: skip
    """(SELECT of the typed rows of one block, temp table it reads)."""
    profile = source.profile
    spec = profile.spec
    bare = frozenset(range(len(block.header))) - dressed.columns
    raw = {name: cell(f"c{index}", spec.read, spec.columns[name], bare=index in bare) for name, index in where.items()}
    texts = "".join(f", {text} AS {named('r_' + name)}" for name, text in raw.items())
    pivot = pivot_names = ""
    if spec.unpivot is not None:
        pairs = ", ".join(f"{{name: {quoted(block.header[index])}, value: {cell(f'c{index}', spec.read, bare=index in bare)}}}" for index in unpivoted)
        if pairs:
            pivot, pivot_names = f", unnest([{pairs}]) AS pivot_", f", pivot_.name AS {named(spec.unpivot.name)}, pivot_.value AS {named(spec.unpivot.value)}"
        elif spec.unpivot.name not in where:
            pivot_names = f", NULL::VARCHAR AS {named(spec.unpivot.name)}, NULL::VARCHAR AS {named(spec.unpivot.value)}"
    empty = f"nullif(concat({', '.join(f'c{index}' for index in range(len(block.header)))}), '') IS NULL"
    inner = (
        f"SELECT {staged.line} AS file_line, {staged.cells} AS n_cells, nullif(trim(c0), '') AS first_cell, nullif(trim({staged.last}), '') AS last_cell, "
        f"{block.number} AS block_number, {empty} AS empty_{texts}{pivot} FROM {staged.table}"
    )
    if len(staged.blocks) > 1:
        inner += f" WHERE {staged.block} = {block.number}"
    cells, relation = None, f"({inner})"
    if pivot or dressed.columns:
        cells = relation = temp_name("cells")  # a table of its own: the parsing below names each cell several times
        con.execute(f"CREATE TEMP TABLE {cells} AS {inner}")
    texts_of = {name: named("r_" + name) for name in raw}
    seen = looks(con, relation, texts_of, spec)
    marks = decimal_marks(con, relation, texts_of, seen, spec, is_french(spec, block.header), str(source.path))
    values = "".join(
        f", ({value(named('r_' + name), column, marks.get(name, '.'), seen[name], zone)})::{SQL_TYPE[column.as_]} AS {named(name)}"
        if name in where
        else f", NULL::{SQL_TYPE[column.as_]} AS {named(name)}"
        for name, column in spec.columns.items()
    )
    extra = "".join(f", ?::{kind} AS {named(name)}" for name, kind in _stated(profile).items())
    order = list(spec.columns)
    bad = f"WHEN n_cells <> {len(block.header)} THEN {_CELLS} "
    refusing = [name for name in where if may_refuse(spec.columns[name])]
    bad += " ".join(f"WHEN {named('r_' + name)} IS NOT NULL AND {named(name)} IS NULL THEN {order.index(name)}" for name in refusing)
    bad += " " + " ".join(f"WHEN {named(name)} IS NULL THEN {_NEEDED + order.index(name)}" for name in where if spec.columns[name].required)
    drops = " ".join(f"WHEN ({drop.when}\n) THEN {index}" for index, drop in enumerate(spec.rows))
    drops += f" WHEN empty_ THEN {len(spec.rows)}"
    hidden = ", ".join(["empty_", *(named("r_" + name) for name in where)])
    own = f"i_.* EXCLUDE (block_number{', pivot_' if pivot else ''}), block_number AS block"
    middle = f"SELECT {own}{pivot_names}{values}{extra} FROM {relation} AS i_"
    listed = ", ".join(named(name) for name in columns_of(profile))
    flagged = f"SELECT * EXCLUDE ({hidden}), CASE {drops} END AS drop_, CASE {bad} END AS bad_ FROM ({middle})"
    return f"(SELECT {listed}, drop_, bad_ FROM ({flagged}))", cells


def _spread_refusals(con: duckdb.DuckDBPyConnection, profile: Profile, table: str) -> None:
    """A document with one unreadable line is refused whole: half an order would be a wrong order."""
    if not profile.spec.together:
        return
    keys = ", ".join(named(name) for name in profile.spec.together)
    row = con.execute(f"SELECT count(*) FROM {table} WHERE bad_ IS NOT NULL AND drop_ IS NULL").fetchone()
    if row and row[0]:
        con.execute(
            f"UPDATE {table} SET bad_ = {_TOGETHER} WHERE bad_ IS NULL AND drop_ IS NULL AND ({keys}) IN "
            f"(SELECT ({keys}) FROM {table} WHERE bad_ IS NOT NULL AND drop_ IS NULL)"
        )


def _rejected(con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, table: str) -> tuple[tuple[Rejected, ...], int]:
    """All refused rows counted; the first thousand with line, column, cell and reason."""
    spec = source.profile.spec
    order = list(spec.columns)
    where = f"FROM {table} WHERE bad_ IS NOT NULL AND drop_ IS NULL"
    row = con.execute(f"SELECT count(DISTINCT file_line) {where}").fetchone()
    count = (row[0] if row else 0) + len(staged.refusals)
    found = [Rejected(item.line, item.column, item.value, item.why) for item in staged.refusals[:KEPT_REFUSALS]]
    picked = con.execute(f"SELECT file_line, min(bad_), any_value(block), any_value(n_cells) {where} GROUP BY 1 ORDER BY 1 LIMIT {KEPT_REFUSALS}").fetchall()
    headers = {block.number: block for block in staged.blocks}
    for line, bad, number, cells in picked:
        block = headers[number]
        if bad in (_CELLS, _TOGETHER):
            found.append(Rejected(line, "", f"{cells} / {len(block.header)}" if bad == _CELLS else "", CELLS_WHY if bad == _CELLS else TOGETHER_WHY))
            continue
        name = order[bad - _NEEDED if bad >= _NEEDED else bad]
        position = _positions(source.profile, block)[name]
        text = ""
        if bad < _NEEDED:
            got = con.execute(f"SELECT c{position} FROM {staged.table} WHERE {staged.line} = ? LIMIT 1", [line]).fetchone()
            text = str(got[0])[:200] if got else ""
        why = EMPTY_WHY if bad >= _NEEDED else UNREADABLE_WHY.replace("{kind}", spec.columns[name].as_)
        found.append(Rejected(line, block.header[position], text, why))
    found.sort(key=lambda item: item.line)
    return tuple(found[:KEPT_REFUSALS]), count
