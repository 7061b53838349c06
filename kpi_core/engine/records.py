"""The rows behind a number: what of a fact counts in a KPI, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi_core.engine import predicate
from kpi_core.engine.moves import read_at
from kpi_core.engine.plan import reach
from kpi_core.engine.predicate import identifier
from kpi_core.engine.result import Period
from kpi_core.engine.write import condition, day, source_of
from kpi_core.errors import UsageError, said
from kpi_core.view import Filter

if TYPE_CHECKING:
    from kpi_core.engine.run import Engine

COLUMNS_SQL = (
    "select column_name from information_schema.columns where table_catalog = current_database() and table_schema = current_schema() "
    "and table_name = ? order by ordinal_position"
)
HIDDEN = ("load_id", "file_line")
WORDS = "comment"  # of answers, where the workspace keeps them: a column without any is not shown


@dataclass(frozen=True)
class Records:
    """Rows behind a KPI, a page of them. Where the table keeps them, the last two columns are load_id and file_line."""

    measure: str
    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    offset: int
    total: int
    sql: str
    parameters: tuple[object, ...]


def records(engine: Engine, kpi: str, where: Sequence[Filter], period: Period, offset: int, limit: int, measure: str | None) -> Records:
    """See `Engine.records`."""
    names = list(dict.fromkeys(ref.name for ref in engine.catalogue.refs(kpi)))
    chosen = measure or names[0]
    if chosen not in names:
        raise UsageError(said("{kpi} has no measure {name}", kpi=kpi, name=chosen), hint=said("known: {names}", names=", ".join(names)))
    ref = next(ref for ref in engine.catalogue.refs(kpi) if ref.name == chosen)
    filters = (*where, *(Filter(dim, values) for dim, values in engine.catalogue.scope(kpi, ref.scope).items()))
    for item in where:
        engine.catalogue.dimension(item.dim)
    source = engine.catalogue.source(chosen, {item.dim for item in filters})
    if source is None:
        raise UsageError(said("{kpi} cannot be filtered by {dim}", kpi=kpi, dim=", ".join(item.dim for item in where)))
    spec = engine.catalogue.file.facts[source.fact]
    if not spec.table or spec.table not in engine.tables:
        raise UsageError(said("needs {export}, which is not loaded", export=spec.fed_by))
    names = [str(row[0]) for row in engine.rows(COLUMNS_SQL, (spec.table,))]
    if WORDS in names and not engine.rows(f"select 1 from {identifier(spec.table)} where {WORDS} is not null limit 1"):
        names.remove(WORDS)
    columns = [name for name in names if name not in HIDDEN] + [name for name in HIDDEN if name in names]
    parameters: list[object] = []
    goes_by = spec.date if source.across else engine.catalogue.date(chosen)
    date_column = identifier(goes_by)
    loaded = reach(engine.catalogue, engine.loaded, source.fact)
    start, end = (loaded and read_at(ref.time, (period.start, period.end), *loaded)) or (period.start, period.end)
    to_date = engine.catalogue.measures[chosen].spec.over_time == "to_date"
    days = f"{date_column} <= {day(end)}" if to_date else f"{date_column} between {day(start)} and {day(end)}"
    wheres = [days, *condition(filters, "", parameters)]
    wheres += [f"({predicate.condition_sql(node)})" for node in (source.where, source.agg.keep) if node is not None]
    if source.agg.of is not None:
        wheres.append(f"{predicate.condition_sql(source.agg.of)} is not null")
    own = chosen if engine.catalogue.measures[chosen].conversion else ""
    used = {*columns, *(item.dim for item in filters), *predicate.columns(source.where), *predicate.columns(source.agg)}
    base = f"from {source_of(engine.catalogue, source.fact, own, used)} as f where {' and '.join(wheres)}"
    total = engine.rows(f"select count(*) {base}", parameters)[0][0]
    order = ", ".join(f"{identifier(name)} nulls last" for name in dict.fromkeys([goes_by, *columns]))
    sql = f"select {', '.join(identifier(name) for name in columns)} {base} order by {order} limit {int(limit)} offset {int(offset)}"
    rows = engine.reader.execute(sql, parameters)
    return Records(chosen, spec.table, tuple(columns), tuple(rows), offset, int(total), sql, tuple(parameters))
