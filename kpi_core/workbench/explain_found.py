"""Parts of a gap by combinations of members (`Lille × click & collect × shoes`): searched for over the finest cells, then summed exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from kpi_core.engine.expression import Ref
from kpi_core.engine.plan import effective
from kpi_core.engine.result import Period, Question
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import OmnigapError, said
from kpi_core.explain import CannotExplain, Explanation, Part, PartKind, ratio
from kpi_core.explain.contributions import Pair, additive
from kpi_core.explain.search import Found, search
from kpi_core.pages import ExplainPart, Section, SectionKind
from kpi_core.view import Filter, ViewState
from kpi_core.workbench.explain_members import Broken
from kpi_core.workbench.held import Held

MOST_DIMS, DEPTH, MOST_FOUND = 4, 3, 5
MOST_CELLS, USUAL_CELLS = 240, 60  # finer cells hold a handful of orders each, and what they tell is chance
FEW = 30
LEAST = 0.01  # of the whole deviation
LEAST_PART = Fraction(1, 20)  # of the gap: smaller finds stay in the rest

Key = tuple[str, ...]


def combination_section(held: Held, broken: Sequence[Broken]) -> Section | None:
    """The few combinations that explain most of the change, and everything else. None for a KPI that does not break down by two dimensions."""
    dims = _dims(held, broken)
    if held.shape is None or len(dims) < 2:
        return None
    title = held.desk.fmt.t("Combinations")
    if held.base is None:
        return held.none(SectionKind.COMBINATIONS, title, said("combinations are held against another period: choose a comparison"))
    try:
        before, after = (_cells(held, dims, period) for period in (1, 0))
        explained = _explained(held, before, after)
    except (OmnigapError, CannotExplain) as error:
        return held.none(SectionKind.COMBINATIONS, title, error.what)
    found = search(dims, _searched(held, before, after), depth=DEPTH, most=MOST_FOUND, least=LEAST)
    rows = [*held.bridge(), *_rows(held, dims, found, explained)]
    if not any(row.kind == "found" for row in rows):
        return held.none(SectionKind.COMBINATIONS, title, said("no combination stands out"))
    note = said("searched for over {dims}: shown are the few that explain most, each without those above it", dims=_titles(held, dims))
    return held.section(SectionKind.COMBINATIONS, title, rows, note=note)


def _dims(held: Held, broken: Sequence[Broken]) -> list[str]:
    """The most telling dimensions in which everything lies in one member only, as many as leave a sample worth judging in the mean cell."""
    dims: list[str] = []
    cells = 1
    least = held.desk.catalogue.kpi(held.info.id).min_n
    most = USUAL_CELLS
    if least and held.sample:
        most = min(MOST_CELLS, held.sample // max(least.values()))
        if held.info.unit == "%":  # of a share it is the cases counted above that are few
            most = min(most, int(held.sample * held.end) // FEW)
    for item in broken:
        members = len(item.answer.cells) - 1
        if not item.overlaps and len(dims) < MOST_DIMS and cells * members <= most:
            dims.append(item.dim)
            cells *= members
    return dims


def _titles(held: Held, dims: Sequence[str]) -> str:
    return ", ".join(held.desk.dim_title(dim) for dim in dims)


# ---------------------------------------------------------------- the finest cells


def _cells(held: Held, dims: Sequence[str], index: int) -> dict[Key, Pair]:
    """Numerator and denominator of every cell, in one statement. Raises CannotExplain where they do not make up the whole."""
    period = _read(held, index)
    shape, desk = held.shape, held.desk
    assert shape is not None
    names = _measures(held)
    keys = list(names)
    question = TableQuestion(tuple(names[key] for key in keys), tuple(dims), where=_where(held), range=(period.start, period.end))
    answer = desk.engine.table(question)
    cells: dict[Key, Pair] = {}
    for row in answer.rows:
        pair = shape.pair(dict(zip(keys, row.numbers, strict=True)), period.days)
        if any(pair):
            cells[tuple("" if key is None else str(key) for key in row.keys)] = pair
    return cells


def _read(held: Held, index: int) -> Period:
    """The days that the engine read for the period asked (0) and its comparison (1): what is not loaded yet is left out of both."""
    at = held.at
    assert at.compare is not None
    asked = Question((held.info.id,), (at.period, at.compare), compare_index=1)
    found = effective(asked, index, held.desk.engine.watermark([held.info.id]))
    if found is None:
        raise CannotExplain(said("there is no value to explain"))
    return found


def _measures(held: Held) -> dict[str, str]:
    """How the shape calls each measure, and its name. Raises CannotExplain for measures that cells do not add up to."""
    catalogue, shape = held.desk.catalogue, held.shape
    assert shape is not None
    refs: Sequence[Ref] = catalogue.refs(held.info.id)
    found = {ref.key: ref.name for ref in refs if ref.key in shape.measures}
    scopes = {str(sorted(catalogue.scope(held.info.id, ref.scope).items())) for ref in refs}
    plain = all(not ref.context and not ref.time for ref in refs) and all(catalogue.measures[ref.name].spec.over_time == "sum" for ref in refs)
    if len(found) < len(shape.measures) or len(scopes) > 1 or not plain:
        raise CannotExplain(said("the measures of this KPI are not counted cell by cell"))
    return found


def _where(held: Held) -> str | None:
    """Filters of the state and the scope of the KPI as a predicate of the table language."""
    catalogue, kpi = held.desk.catalogue, held.info.id
    scope = catalogue.scope(kpi, catalogue.refs(kpi)[0].scope)
    steps = [*held.at.state.where, *(Filter(dim, values) for dim, values in scope.items())]
    return " and ".join(_predicate(step) for step in steps) or None


def _predicate(step: Filter) -> str:
    quoted = [value.replace("'", "''") for value in step.values if value is not None]
    listed = ", ".join(f"'{value}'" for value in quoted)
    none = None in step.values
    if step.exclude:
        return f"({step.dim} not in ({listed}) {'and' if none else 'or'} {step.dim} is {'not ' if none else ''}null)" if quoted else f"{step.dim} is not null"
    if not quoted:
        return f"{step.dim} is null"
    return f"({step.dim} in ({listed}) or {step.dim} is null)" if none else f"{step.dim} in ({listed})"


# ---------------------------------------------------------------- exact parts


def _explained(held: Held, before: Mapping[Key, Pair], after: Mapping[Key, Pair]) -> dict[Key, Fraction]:
    """The exact part of every cell in the change. Raises CannotExplain where the cells do not sum to it."""
    assert held.shape is not None and held.base is not None
    numbers = list(dict.fromkeys((*after, *before)))
    names = {key: str(place) for place, key in enumerate(numbers)}
    was, now = ({names[key]: pair for key, pair in side.items()} for side in (before, after))
    if held.shape.additive:
        found = additive({key: top / bottom for key, (top, bottom) in was.items()}, {key: top / bottom for key, (top, bottom) in now.items()})
    else:
        found = ratio(was, now)
    if found.gap != held.end - held.base:
        raise CannotExplain(said("the combinations do not add up to the whole"))
    parts = found.members()
    return {key: parts[names[key]] for key in numbers}


def _searched(held: Held, before: Mapping[Key, Pair], after: Mapping[Key, Pair]) -> list[tuple[Key, float, float]]:
    """Cells as the search wants them: what is, and what was expected. Their difference is the cell's part of the change, up to a factor.

    Of a ratio n / d, a cell whose denominator moved is expected to move its numerator at the mean rate of the whole.
    """
    assert held.shape is not None and held.base is not None
    none = Fraction(0)
    mean = none if held.shape.additive else (held.base + held.end) / 2
    cells = []
    for key in dict.fromkeys((*after, *before)):
        (n0, d0), (n1, d1) = before.get(key, (none, none)), after.get(key, (none, none))
        if held.shape.additive:
            n0, n1 = (n0 / d0 if d0 else none), (n1 / d1 if d1 else none)
            cells.append((key, float(n1), float(n0)))
        else:
            cells.append((key, float(n1), float(n0 + mean * (d1 - d0))))
    return cells


def _rows(held: Held, dims: Sequence[str], found: Sequence[Found], explained: Mapping[Key, Fraction]) -> list[ExplainPart]:
    """Each cell counts in the first combination that holds it; what no combination holds is one row."""
    left = dict(explained)
    parts: list[tuple[Found, Fraction]] = []
    for item in found:
        fixed = [(dims.index(dim), member) for dim, member in item.where.items()]
        own = [key for key in left if all(key[place] == member for place, member in fixed)]
        amount = sum((left[key] for key in own), Fraction(0))
        if abs(amount) >= LEAST_PART * abs(held.gap) and amount:
            parts.append((item, amount))
            for key in own:
                del left[key]
    rest = sum(left.values(), Fraction(0))
    whole = sum(explained.values(), Fraction(0))
    Explanation("combinations", whole, tuple(Part(PartKind.MEMBER, str(place), amount) for place, amount in enumerate([*(own for _, own in parts), rest])))
    rows = []
    for item, amount in parts:
        names = [held.desk.label(dim, item.where[dim]) for dim in dims if dim in item.where]
        note = None
        if item.ratio is not None:
            note = said("{change} on what was expected", change=held.desk.fmt.percent(item.ratio - 1, 0, True))
        rows.append(held.part("found", "", " × ".join(names), amount, note=note, drill=_below(held, dims, item)))
    return [*rows, *([held.part("rest", "", held.desk.fmt.t("Everything else"), rest)] if rest else [])]


def _below(held: Held, dims: Sequence[str], item: Found) -> ViewState:
    state = replace(held.at.state, view="explore", kpi=held.info.id, by=None)
    for dim in dims:
        if dim in item.where:
            state = state.only(dim, item.where[dim] or None)
    return state
