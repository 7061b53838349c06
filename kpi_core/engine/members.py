"""Which members of a dimension the loaded data hold: for links and bookmarks that name one which is not there (any more)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kpi_core.engine.plan import rollup_dims
from kpi_core.engine.predicate import identifier
from kpi_core.engine.run import Engine
from kpi_core.engine.write import condition, source_of
from kpi_core.render.text import folded
from kpi_core.view import Filter

CLOSE = 0.85  # Jaro-Winkler similarity from which another name may have been meant


def present(engine: Engine, dim: str, values: Collection[str | None]) -> frozenset[str | None]:
    """Those of `values` that some loaded table knows in `dim`, or that kpis.yaml has a name for. One small statement a table until all are found."""
    found: set[str | None] = {value for value in values if value is not None and value in engine.catalogue.dimension(dim).values}
    for source in _sources(engine, dim):
        left = tuple(value for value in values if value not in found)
        if not left:
            break
        parameters: list[object] = []
        wheres = condition([Filter(dim, left)], "", parameters)
        sql = f"select distinct {identifier(dim)} from {source} as f where {' and '.join(wheres)}"
        found |= {None if row[0] is None else str(row[0]) for row in engine.rows(sql, parameters)}
    return frozenset(found & set(values))


def closest(engine: Engine, dim: str, name: str) -> str | None:
    """The member of `dim` that is written most like `name`; None when none is close."""
    best: tuple[float, str] | None = None
    column = identifier(dim)
    for source in _sources(engine, dim):
        alike = f"jaro_winkler_similarity(lower({column}), lower(?))"
        sql = f"select {column}, {alike} as alike from (select distinct {column} from {source} as f) where {column} is not null order by 2 desc, 1 limit 1"
        for member, score in engine.rows(sql, [name]):
            if score >= CLOSE and (best is None or score > best[0]):
                best = (score, str(member))
    return best[1] if best else None


def named(engine: Engine, dim: str, text: str, limit: int) -> tuple[str, ...]:
    """Members of `dim` in any loaded table that hold every word of `text`, case and accents aside: at most `limit`.

    Those that begin with it stand first, then those with a word that does, then the rest.
    """
    words = folded(text).split()
    parts = [f"select {identifier(dim)} as m from {source} as f" for source in _small_sources(engine, dim)]
    if not parts:
        return ()
    held = " union ".join(f"select distinct cast(m as varchar) as m from ({part})" for part in parts)
    bare = "strip_accents(lower(m))"
    spaced = f"regexp_replace({bare}, '[^[:alnum:]]+', ' ', 'g')"
    rank = f"case when starts_with({bare}, ?) then 0 when contains({spaced}, ' ' || ?) then 1 else 2 end"
    wheres = " and ".join(["m is not null", "m <> ''", *(f"contains({bare}, ?)" for _ in words)])
    sql = f"select m from ({held}) where {wheres} order by {rank}, m limit {int(limit)}"
    return tuple(str(row[0]) for row in engine.rows(sql, [*words, " ".join(words), " ".join(words)]))


def _small_sources(engine: Engine, dim: str) -> Iterator[str]:
    """Like `_sources`, with the narrowest rollup of a fact where it has the dimension."""
    for fact, spec in engine.catalogue.file.facts.items():
        if dim in engine.catalogue.fact_dims(fact) and spec.table and spec.table in engine.tables:
            rollup = next((name for name, dims in rollup_dims(engine.catalogue, fact).items() if dim in dims and name in engine.rollups), None)
            yield identifier(rollup) if rollup else source_of(engine.catalogue, fact, "", {dim})


def _sources(engine: Engine, dim: str) -> Iterator[str]:
    """The relations of the loaded facts that know the dimension."""
    for fact, spec in engine.catalogue.file.facts.items():
        if dim in engine.catalogue.fact_dims(fact) and spec.table and spec.table in engine.tables:
            yield source_of(engine.catalogue, fact, "", {dim})
