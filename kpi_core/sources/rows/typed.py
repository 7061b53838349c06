"""From the raw table to typed working rows: cells parsed, totals and other non-data dropped, unreadable rows refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from kpi_core.config.layouts import Answers
from kpi_core.errors import SourceError, Where, said
from kpi_core.sources.account.account import KEPT_HEADERS, KEPT_LINES, KEPT_REFUSALS, HeaderCell, Rejected, header_text, shown_value
from kpi_core.sources.account.answered import ask_columns
from kpi_core.sources.account.drift import LOOKED_AT, kind_of
from kpi_core.sources.account.questions import Choices, undecided
from kpi_core.sources.cells.locale import Table, decide
from kpi_core.sources.cells.types import NUMBERS, Dress, cell, dress, looks, may_refuse, refused, unclean, value
from kpi_core.sources.profiles.expression import named, quoted
from kpi_core.sources.profiles.language import SQL_TYPE
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.recognise import Recognised, norm, spelling_in
from kpi_core.sources.rows.shape_rows import wide_of, wide_places, wide_sql, wide_steps, wide_type
from kpi_core.sources.rows.stage import Block, Staged, temp_name

CELLS_WHY = "the row has another number of cells than the header"
EMPTY_WHY = "a value is needed here"
UNREADABLE_WHY = "cannot be read as {kind}"
TOGETHER_WHY = "another line of the same document could not be read"
EMPTY_ROW = "empty row"
NO_MEASURE = "a table without a known measure"
ITEM_WHY = "an item of the cell cannot be read"
SHORTENED_WHY = "a spreadsheet has cut off the last digits of this number: export the file again and load it unopened"
_CELLS, _TOGETHER, _ITEM, _NEEDED = -1, -2, -3, 1000


@dataclass(frozen=True)
class Typed:
    """`kept` is a relation (SQL) of the rows to shape; the table `all_rows` has the dropped ones too (for totals checks)."""

    kept: str
    all_rows: str
    dropped: tuple[tuple[str, int], ...]
    dropped_lines: tuple[tuple[str, tuple[int, ...]], ...]  # of each reason the first lines
    rejected: tuple[Rejected, ...]
    rejected_count: int
    present: frozenset[str]  # working names with a column in the file
    unused: tuple[str, ...]
    unclean: bool  # some text of the file has characters that no screen may get
    headers: tuple[HeaderCell, ...] = ()
    choices: Choices = ()  # how cells were read where the file itself did not say it plainly


def columns_of(profile: Profile) -> dict[str, str]:
    """Working names before the first shape step, with SQL types."""
    names = {"file_line": "BIGINT", "n_cells": "INTEGER", "first_cell": "VARCHAR", "last_cell": "VARCHAR", "block": "INTEGER"}
    names |= {"file_day": "DATE", "file_name": "VARCHAR", "scope": "VARCHAR"} | profile.facts()
    names |= {name: SQL_TYPE[column.as_] for name, column in profile.spec.columns.items()}
    if profile.spec.unpivot is not None:
        names |= {profile.spec.unpivot.name: "VARCHAR", profile.spec.unpivot.value: "VARCHAR"}
    names |= {wide_of(index): wide_type(step) for index, step in wide_steps(profile)}
    return names


def type_rows(con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, zone: str | None = None, answers: Answers = Answers()) -> Typed:  # noqa: B008 (frozen)
    """Parse, drop, refuse. `zone`: see `types.value`; `answers`: what was said of this layout. Raises Undecided when the file leaves open how a
    column is to be read."""
    profile = source.profile
    parts: list[tuple[str, str | None]] = []
    choices: dict[tuple[str, tuple[tuple[str, str], ...]], None] = {}
    bound: list[object] = []
    positions = {block.number: _positions(profile, block) for block in staged.blocks}
    dressed = dress(con, staged.table, _read_columns(source, staged, positions), staged.signs)
    present: set[str] = set()
    unused: list[str] = []
    for block in staged.blocks:
        where = positions[block.number]
        present |= set(where)
        taken = set(where.values())
        unpivoted = _unpivoted(source, block, taken)
        taken |= _wide(profile, block)
        unused += [name for index, name in enumerate(block.header) if name and index not in taken and index not in unpivoted and name not in unused]
        if block.rows:
            questions = ask_columns(con, source, staged, block, where, taken | set(unpivoted), answers)
            if questions:
                raise undecided(questions, str(source.path))
            select, cells, told = _block_sql(con, source, staged, block, where, unpivoted, dressed, zone, answers)
            parts.append((select, cells))
            choices |= dict.fromkeys(told)
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
    reasons = [*(drop.reason for drop in profile.spec.rows), EMPTY_ROW, NO_MEASURE]
    counts = con.execute(
        f"SELECT reason, count(*), min(file_line, {KEPT_LINES}) FROM (SELECT file_line, min(drop_) AS reason FROM {everything} "
        "GROUP BY file_line HAVING count(drop_) = count(*)) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    rejected, count = _rejected(con, source, staged, everything)
    dropped = tuple((reasons[index], number) for index, number, _ in counts)
    lines = tuple((reasons[index], tuple(some)) for index, _, some in counts)
    return Typed(kept, everything, dropped, lines, rejected, count, frozenset(present), tuple(unused), dressed.unclean or _unclean_words(source, staged),
                 _headers(con, source, staged, positions, everything), tuple(choices))  # fmt: skip


def _headers(
    con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, positions: dict[int, dict[str, int]], everything: str
) -> tuple[HeaderCell, ...]:
    """Every header of the file once, the working name that reads it and the kind of its first cells; one that is read and is never filled is empty."""
    read = [name for name in source.profile.spec.columns if any(name in where for where in positions.values())]
    counts = con.execute(f"SELECT {', '.join(f'count({named(name)})' for name in read)} FROM {everything}").fetchone() if read else ()
    filled = dict(zip(read, counts or (), strict=False))
    found: dict[str, HeaderCell] = {}
    for block in staged.blocks:
        names = {index: name for name, index in positions[block.number].items()}
        pivoted = _unpivoted(source, block, set(names))
        where = f" WHERE {staged.block} = {block.number}" if len(staged.blocks) > 1 else ""
        every = ", ".join(f"c{index}" for index in range(len(block.header)))
        rows = staged.looked or con.execute(f"SELECT {every} FROM {staged.table}{where} LIMIT {LOOKED_AT}").fetchall()
        for index, header in enumerate(block.header[:KEPT_HEADERS]):
            text, name = header_text(header), names.get(index, "")
            kind = kind_of(row[index] for row in rows) if rows else ""
            if name and rows:
                kind = "empty" if not filled[name] else "text" if kind == "empty" else kind
            if index in pivoted and source.profile.spec.unpivot is not None:
                name = source.profile.spec.unpivot.name
            if text and (text not in found or not found[text].reads):
                found[text] = HeaderCell(text, name, kind)
    return tuple(found.values())[:KEPT_HEADERS]


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
    names = [norm(text) for text in block.header]
    hit = (-1, None) if rule.after is None else spelling_in((rule.after,), names)
    if hit is None:
        return ()
    free = (index for index in range(hit[0] + 1, len(names)) if index not in taken and names[index])
    return tuple(index for index in free if spelling_in(rule.keep, names[index : index + 1]) is None)


def _wide(profile: Profile, block: Block) -> set[int]:
    """Positions of the numbered columns that a step makes rows of."""
    return {position for _, step in wide_steps(profile) for places in wide_places(step, block.header).values() for position in places.values()}


def read_columns(source: Recognised) -> set[int]:
    """Positions of the cells that are read of a file of one table."""
    block = Block(0, source.header, {}, 0)
    taken = set(_positions(source.profile, block).values())
    return taken | set(_unpivoted(source, block, taken)) | _wide(source.profile, block)


def _stated(profile: Profile) -> dict[str, str]:
    """What the file says of all rows of a block, with SQL types. Values are bound, never written into SQL."""
    return {"file_day": "DATE", "file_name": "VARCHAR", "scope": "VARCHAR"} | profile.facts()


def _read_columns(source: Recognised, staged: Staged, positions: dict[int, dict[str, int]]) -> list[int]:
    """Positions of the cells that are read in any block; the first and the last one always are."""
    used = {0, staged.width - 1}
    for block in staged.blocks:
        taken = set(positions[block.number].values())
        used |= taken | set(_unpivoted(source, block, taken)) | _wide(source.profile, block)
    return sorted(used)


def _block_sql(
    con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, block: Block, where: dict[str, int],
    unpivoted: Sequence[int], dressed: Dress, zone: str | None, answers: Answers,
) -> tuple[str, str | None, Choices]:  # fmt: skip
    """(SELECT of the typed rows of one block, temp table it reads, what is told of the choices made)."""
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
    pivot_names += "".join(f", {wide_of(index)}" for index, _ in wide_steps(profile))
    texts += "".join(f", {wide_sql(step, block.header, spec.read)} AS {wide_of(index)}" for index, step in wide_steps(profile))
    empty = "false" if staged.full else f"nullif(concat({', '.join(f'c{index}' for index in staged.places or range(len(block.header)))}), '') IS NULL"
    inner = (
        f"SELECT {staged.line} AS file_line, {staged.cells} AS n_cells, nullif(trim(c0), '') AS first_cell, nullif(trim({staged.last}), '') AS last_cell, "
        f"{block.number} AS block_number, {empty} AS empty_{texts}{pivot} FROM {staged.table}"
    )
    if len(staged.blocks) > 1:
        inner += f" WHERE {staged.block} = {block.number}"
    cells, relation = None, f"({inner})"
    if pivot:
        cells = relation = temp_name("cells")  # a table of its own: the parsing below names each cell several times
        con.execute(f"CREATE TEMP TABLE {cells} AS {inner}")
    texts_of = {name: named("r_" + name) for name in raw}
    seen = looks(con, relation, texts_of, spec)
    table = Table(con, relation, texts_of, {name: block.header[index] for name, index in where.items()}, seen)
    ways, told = decide(table, source, block.header, answers, zone)
    values = "".join(
        f", ({value(named('r_' + name), column, look=seen[name], zone=zone, way=ways[name])})::{SQL_TYPE[column.as_]} AS {named(name)}"
        if name in where
        else f", NULL::{SQL_TYPE[column.as_]} AS {named(name)}"
        for name, column in spec.columns.items()
    )
    extra = "".join(f", ?::{kind} AS {named(name)}" for name, kind in _stated(profile).items())
    order = list(spec.columns)
    bad = f"WHEN n_cells <> {len(block.header)} THEN {_CELLS} "
    refusing = [name for name in where if may_refuse(spec.columns[name])]
    bad += " ".join(f"WHEN {refused(named('r_' + name), named(name), spec.columns[name])} THEN {order.index(name)}" for name in refusing)
    bad += " " + " ".join(f"WHEN {named(name)} IS NULL THEN {_NEEDED + order.index(name)}" for name in where if spec.columns[name].required)
    drops = " ".join(f"WHEN {drop.condition} THEN {index}" for index, drop in enumerate(spec.rows))
    drops += f" WHEN empty_ THEN {len(spec.rows)}"
    if spec.tables.multiple and spec.unpivot is None and not any(spec.columns[name].as_ in NUMBERS for name in where):
        drops += f" ELSE {len(spec.rows) + 1}"
    hidden = ", ".join(["empty_", *(named("r_" + name) for name in where)])
    handed = "".join(f", {wide_of(index)}" for index, _ in wide_steps(profile))
    own = f"i_.* EXCLUDE (block_number{', pivot_' if pivot else ''}{handed}), block_number AS block"
    middle = f"SELECT {own}{pivot_names}{values}{extra} FROM {relation} AS i_"
    listed = ", ".join(named(name) for name in columns_of(profile))
    flagged = f"SELECT * EXCLUDE ({hidden}), CASE {drops} END AS drop_, CASE {bad} END AS bad_ FROM ({middle})"
    return f"(SELECT {listed}, drop_, bad_ FROM ({flagged}))", cells, told


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


def refuse_items(con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, typed: Typed, items: Mapping[int, tuple[str, str]]) -> Typed:
    """Refuse the lines with an item that no step could read: line -> (working name, item)."""
    con.execute(f"UPDATE {typed.all_rows} SET bad_ = {_ITEM} WHERE file_line IN (SELECT unnest(?))", [list(items)])
    _spread_refusals(con, source.profile, typed.all_rows)
    rejected, count = _rejected(con, source, staged, typed.all_rows, items)
    return replace(typed, rejected=rejected, rejected_count=count)


def _rejected(
    con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, table: str, items: Mapping[int, tuple[str, str]] | None = None
) -> tuple[tuple[Rejected, ...], int]:
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
        if bad == _ITEM:
            name, text = (items or {})[line]
            place = _positions(source.profile, block).get(name)
            shown = block.header[place] if place is not None else name
            found.append(Rejected(line, shown, shown_value(text, shown, "text"), ITEM_WHY))
            continue
        name = order[bad - _NEEDED if bad >= _NEEDED else bad]
        position = _positions(source.profile, block)[name]
        text = ""
        if bad < _NEEDED:
            got = con.execute(f"SELECT c{position} FROM {staged.table} WHERE {staged.line} = ? LIMIT 1", [line]).fetchone()
            text = shown_value(str(got[0]), block.header[position], spec.columns[name].as_) if got else ""
        why = EMPTY_WHY if bad >= _NEEDED else SHORTENED_WHY if spec.columns[name].as_ == "id" else UNREADABLE_WHY.replace("{kind}", spec.columns[name].as_)
        found.append(Rejected(line, block.header[position], text, why))
    found.sort(key=lambda item: item.line)
    return tuple(found[:KEPT_REFUSALS]), count
