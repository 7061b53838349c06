"""Which column of a table of targets is what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_core.errors import UsageError, Where, said
from kpi_core.objectives.imports.cells import Periods, blank, fold
from kpi_core.objectives.imports.grid import Grid

_LOOKED_AT = 40  # rows: reports have titles above their header
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "kpi": ("kpi", "indicateur", "indicator", "metric", "mesure", "measure"),
    "period": ("period", "periode", "mois", "month", "semaine", "week", "trimestre", "quarter", "annee", "year", "date", "exercice"),
    "value": ("value", "valeur", "objectif", "target", "objective", "cible", "budget", "montant", "amount", "goal"),
    "owner": ("owner", "responsable", "pilote"),
}
DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "channel": ("channel", "sales channel", "canal", "canal de vente"),
    "store": ("store", "shop", "magasin", "boutique", "point de vente", "pdv"),
    "category": ("category", "categorie", "famille", "rayon", "department"),
}
TOTALS = frozenset({"total", "totaux", "total general", "grand total", "ensemble", "tous", "toutes", "all", "sum", "somme"})


@dataclass(frozen=True)
class Columns:
    """Positions in the header. `wide` are columns that are a period each; `totals` those that sum them up; `unread` names the rest."""

    row: int
    kpi: int | None
    period: int | None
    value: int | None
    owner: int | None
    dims: Mapping[str, int]
    wide: Mapping[int, str]
    totals: tuple[int, ...]
    unread: tuple[str, ...]


def find_columns(grid: Grid, dims: Mapping[str, Sequence[str]], periods: Periods) -> Columns:
    """The header is the first row with a column of values, or with columns that are periods, and one more. `dims`: names of each dimension.

    Raises UsageError when there is none.
    """
    for number, row in enumerate(grid.rows[:_LOOKED_AT]):
        found = _columns(number, row.cells, dims, periods)
        if found is not None:
            return found
    first = next((row for row in grid.rows if not all(blank(cell) for cell in row.cells)), None)
    names = ", ".join(str(cell) for cell in first.cells if not blank(cell)) if first else "-"
    raise UsageError(
        said("no column of values was found among {names}", names=names),
        where=Where(grid.file, first.line if first else 1),
        hint=said("name it value, target, valeur or objectif, or give every month a column of its own"),
    )


def _columns(number: int, cells: Sequence[object], dims: Mapping[str, Sequence[str]], periods: Periods) -> Columns | None:
    known = {name: key for key, names in SPELLINGS.items() for name in names}
    known |= {fold(name): dim for dim, names in dims.items() for name in (dim, *names, *DIMENSIONS.get(dim, ()))}
    places: dict[str, int] = {}
    wide: dict[int, str] = {}
    totals: list[int] = []
    unread: list[str] = []
    for place, cell in enumerate(cells):
        if blank(cell):  # type: ignore[arg-type]
            continue
        text = fold(cell)
        key = known.get(text)
        period = None if key else periods.text(cell)  # type: ignore[arg-type]
        if key is not None and key not in places:
            places[key] = place
        elif period is not None:
            wide[place] = period
        elif text in TOTALS or text.startswith("total "):
            totals.append(place)
        else:
            unread.append(str(cell).strip())
    if len(places) + len(wide) < 2 or ("value" not in places and not wide):
        return None  # a title such as Budget 2026
    if "value" in places:  # a long table: what looks like a period in its header is not one
        unread += [str(cells[place]) for place in (*wide, *totals)]
        wide, totals = {}, []
    own = {name: place for name, place in places.items() if name not in SPELLINGS}
    return Columns(number, places.get("kpi"), places.get("period"), places.get("value"), places.get("owner"), own, wide, tuple(totals), tuple(unread))
