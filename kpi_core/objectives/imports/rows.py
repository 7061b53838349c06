"""Rows of a table of targets as facts: a KPI, a scope, a range of dates, a number, and the line it stands on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from kpi_core.config.decode import did_you_mean, nearest
from kpi_core.engine.calendars import Calendar
from kpi_core.errors import Message, UsageError, Where, said
from kpi_core.objectives.imports.cells import Ambiguous, Cell, Periods, amount_of, blank, fold, mark_of, months_of
from kpi_core.objectives.imports.columns import TOTALS, find_columns
from kpi_core.objectives.imports.grid import Grid, GridRow
from kpi_core.objectives.model import Behaviour, CatalogueLike
from kpi_core.objectives.ranges import parse_range, refused

Scope = tuple[tuple[str, str], ...]  # (dimension, member) in the order of the dimensions
_SUBTOTAL = ("sous total ", "subtotal ", "sub total ", "total ")
MAX_RATE = Decimal("1.5")  # a rate above 150 % is one that lost its % sign


@dataclass(frozen=True)
class Names:
    """How a table may call things: KPIs and members by folded name -> id; `dims` -> names; `loaded` members that the data hold."""

    kpis: Mapping[str, str]
    dims: Mapping[str, Sequence[str]]
    members: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    loaded: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """What the reader of the table may say beforehand: the KPI and period of a table without such a column, its decimal mark."""

    kpi: str = ""
    period: str = ""
    mark: str | None = None


@dataclass(frozen=True)
class Fact:
    """`range` is '' where none is given."""

    kpi: str
    scope: Scope
    range: str
    amount: Decimal
    line: int
    column: str
    owner: str = ""


@dataclass(frozen=True)
class Facts:
    facts: tuple[Fact, ...]
    rows: int
    unread: tuple[str, ...]
    strangers: tuple[tuple[str, str, int, str], ...]  # (dimension, member, line, nearest name) that no loaded data have


class Reading:
    """Reads one grid; every mistake is a UsageError at its line and column."""

    def __init__(self, grid: Grid, catalogue: CatalogueLike, names: Names, choices: Choices) -> None:
        self.grid, self.catalogue, self.names = grid, catalogue, names
        self.choices = choices
        self.periods = _periods(choices.period, catalogue.calendar)
        self.columns = find_columns(grid, names.dims, self.periods)
        self.header = grid.rows[self.columns.row]
        self.body = [row for row in grid.rows[self.columns.row + 1 :] if not all(blank(cell) for cell in row.cells)]
        self.strangers: dict[tuple[str, str], int] = {}
        self.only = ""
        wide = {place: self.periods.range(text) for place, text in self.columns.wide.items()}
        self.finest = {place for place, mine in wide.items() if not any(mine.days > its.days and mine.meets(its) for its in wide.values())}
        numbers = [self.columns.value] if self.columns.value is not None else [*self.columns.wide, *self.columns.totals]
        cells = [row.cells[place] for row in self.body for place in numbers if place < len(row.cells)]
        self.mark = choices.mark or mark_of(cells) or grid.mark

    def facts(self) -> Facts:
        """All numbers of the table. Raises UsageError at the first mistake."""
        if not self.body:
            raise UsageError(said("the table has a header and no rows"), where=Where(self.grid.file, self.header.line))
        self.only = self._only_kpi()
        found: list[Fact] = []
        for row in self.body:
            found += self._wide(row) if self.columns.wide else self._long(row)
        months = months_of(fact.range for fact in found)
        if months:
            found = [Fact(fact.kpi, fact.scope, months[fact.range], fact.amount, fact.line, fact.column, fact.owner) for fact in found]
        strangers = tuple((dim, member, line, nearest(member, self.names.loaded.get(dim, ())) or "") for (dim, member), line in self.strangers.items())
        return Facts(tuple(found), len(self.body), self.columns.unread, strangers)

    # ------------------------------------------------------------ cells

    def wrong(self, row: GridRow, place: int | None, what: Message, hint: Message | None = None) -> UsageError:
        column = None if place is None else str(self.header.cells[place]).strip() or str(place + 1)
        return UsageError(what, where=Where(self.grid.file, row.line, column), hint=hint)

    def _cell(self, row: GridRow, place: int | None) -> Cell:
        return row.cells[place] if place is not None and place < len(row.cells) else None

    def _number(self, row: GridRow, place: int, kpi: str) -> Decimal | None:
        """The number of a cell in the unit of the KPI; None when the cell is empty."""
        cell = self._cell(row, place)
        if blank(cell) or (isinstance(cell, str) and cell.strip() in ("-", "–", "—")):
            return None
        try:
            amount = amount_of(cell, self.mark)
        except Ambiguous:
            what = said("{text} may be read in two ways", text=str(cell))
            raise self.wrong(row, place, what, said("say which mark is the decimal one: --decimal comma or --decimal point")) from None
        if amount is None:
            raise self.wrong(row, place, said("{text} is not a number", text=str(cell)), said("write it like 1234.56, 1 234,56 or 12%"))
        rate = self.catalogue.unit(kpi) == "%"
        if amount.percent and not rate:
            raise self.wrong(row, place, said("{kpi} is no rate: {text} says nothing of it", kpi=kpi, text=str(cell)), said("write the amount"))
        if rate and not amount.percent and abs(amount.number) > MAX_RATE:
            shown = f"{amount.number.normalize():f}"
            hint = said("write {number}%, or {fraction}", number=shown, fraction=f"{(amount.number / 100).normalize():f}")
            raise self.wrong(row, place, said("{kpi} is a rate, and {text} would be {percent} %", kpi=kpi, text=shown, percent=f"{shown}00"), hint)
        return amount.number

    # ------------------------------------------------------------ rows

    def _long(self, row: GridRow) -> list[Fact]:
        place = self.columns.value
        assert place is not None  # find_columns saw to it
        kpi = self._kpi(row)
        number = self._number(row, place, kpi)
        return [] if number is None else [self._fact(row, kpi, self._period(row), number, place)]

    def _wide(self, row: GridRow) -> list[Fact]:
        kpi = self._kpi(row)
        numbers = {place: self._number(row, place, kpi) for place in self.columns.wide}
        known = {place: number for place, number in numbers.items() if number is not None}
        if self.catalogue.behaviour(kpi) is Behaviour.SUM:
            for place in self.columns.totals:
                total = self._number(row, place, kpi)
                parts = sum((number for place, number in known.items() if place in self.finest), Decimal(0))
                if total is not None and total != parts:
                    shown = f"{parts.normalize():f}"
                    what = said("the total says {total}, its periods sum to {sum}", total=f"{total.normalize():f}", sum=shown)
                    raise self.wrong(row, place, what, said("correct one of them, or leave the column of totals out"))
        return [self._fact(row, kpi, self.columns.wide[place], number, place) for place, number in known.items()]

    def _fact(self, row: GridRow, kpi: str, range_: str, number: Decimal, place: int) -> Fact:
        owner = self._cell(row, self.columns.owner)
        column = str(self.header.cells[place]).strip()
        return Fact(kpi, self._scope(row, kpi), range_, number, row.line, column, "" if blank(owner) else str(owner).strip())

    def _only_kpi(self) -> str:
        """The one KPI of a table that names no other, '' when it names several."""
        if self.columns.kpi is None or self.choices.kpi:
            if not self.choices.kpi:
                names = ", ".join(str(cell) for cell in self.header.cells if not blank(cell))
                what = said("no column says which KPI the targets are of: {names}", names=names)
                raise UsageError(what, where=Where(self.grid.file, self.header.line), hint=said("add a column kpi, or say it: --kpi revenue"))
            known = self.catalogue.kpis()
            if self.choices.kpi not in known:
                raise UsageError(said("there is no KPI {kpi}", kpi=self.choices.kpi), hint=did_you_mean(self.choices.kpi, known))
            return self.choices.kpi
        named = {self.names.kpis[key] for row in self.body if (key := fold(self._cell(row, self.columns.kpi) or "")) in self.names.kpis}
        return named.pop() if len(named) == 1 else ""

    def _kpi(self, row: GridRow) -> str:
        if self.columns.kpi is None or self.choices.kpi:
            return self.only
        cell = self._cell(row, self.columns.kpi)
        text = fold(cell or "")
        if text in self.names.kpis:
            return self.names.kpis[text]
        if self.only and text in TOTALS:
            return self.only
        if not text:
            raise self.wrong(row, self.columns.kpi, said("this row names no KPI"), said("every row names its own"))
        raise self.wrong(row, self.columns.kpi, said("there is no KPI {kpi}", kpi=str(cell).strip()), self._kpi_hint(text))

    def _kpi_hint(self, text: str) -> Message:
        guess = nearest(text, self.names.kpis)
        return said("omnigap kpis lists their names") if guess is None else said("did you mean {name}?", name=self.names.kpis[guess])

    def _period(self, row: GridRow) -> str:
        if self.columns.period is None:
            return self.choices.period
        cell = self._cell(row, self.columns.period)
        if blank(cell) or fold(cell or "") in TOTALS:
            return self.choices.period
        found = self.periods.text(cell)
        if found is None:
            hint = said("write 2026, 2026-Q4, 2026-10, oct. 2026 or 2026-W44; months without a year need --period 2026")
            raise self.wrong(row, self.columns.period, said("{text} is not a period", text=str(cell)), hint)
        return found

    def _scope(self, row: GridRow, kpi: str) -> Scope:
        found: list[tuple[str, str]] = []
        for dim, place in self.columns.dims.items():
            member = self._member(row, dim, place)
            if not member:
                continue
            if dim not in self.catalogue.dims(kpi):
                what = said("KPI {kpi} cannot be cut by {dim}", kpi=kpi, dim=dim)
                raise self.wrong(row, place, what, said("it can be cut by {names}", names=", ".join(self.catalogue.dims(kpi)) or "-"))
            found.append((dim, member))
        order = list(self.names.dims)
        return tuple(sorted(found, key=lambda item: order.index(item[0])))

    def _member(self, row: GridRow, dim: str, place: int) -> str:
        """The member a cell names, '' for the whole: an empty cell, or `Total`."""
        cell = self._cell(row, place)
        text = fold(cell if not blank(cell) else "")
        if not text or text in TOTALS:
            return ""
        known = self.names.members.get(dim, {})
        rest = next((text.removeprefix(word) for word in _SUBTOTAL if text.startswith(word)), "")
        if text in known or rest in known:
            return known[text] if text in known else known[rest]
        name = str(cell).strip()
        closed = self.catalogue.members(dim)
        if closed is not None:
            guess = nearest(text, known)
            hint = did_you_mean(name, closed) if guess is None else said("did you mean {name}?", name=known[guess])
            raise self.wrong(row, place, said("dimension {dim} has no value {value}", dim=dim, value=name), hint)
        if self.names.loaded.get(dim):
            self.strangers.setdefault((dim, name), row.line)
        return name


def _periods(period: str, of: Calendar) -> Periods:
    """Raises UsageError for a period that is none."""
    try:
        return Periods(of, parse_range(period, of) if period else None)
    except ValueError:
        raise refused(period, of) from None
