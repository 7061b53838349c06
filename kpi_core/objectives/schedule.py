"""How a target's number depends on the period: the same for any, or an amount laid over the days of the ranges it is written for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kpi_core.errors import Message, said
from kpi_core.objectives.ranges import Range


@dataclass(frozen=True)
class Piece:
    """`amount` for the whole of `range`."""

    range: Range
    amount: Fraction


@dataclass(frozen=True)
class Scheduled:
    """A target's number for one period, and the note that tells how it came about."""

    amount: Fraction
    note: Message | None = None


@dataclass(frozen=True)
class Steady:
    """A rate or a level: one number, valid for any period, or for those within `range`."""

    amount: Fraction
    range: Range | None = None

    def on(self, start: date, end: date) -> Scheduled | None:
        if self.range is not None and not self.range.covers(start, end):
            return None
        return Scheduled(self.amount)

    @property
    def ranges(self) -> tuple[Range, ...]:
        return () if self.range is None else (self.range,)


@dataclass(frozen=True)
class Stepped:
    """A rate or a level that changes from range to range; a period across two of them has no target."""

    pieces: tuple[Piece, ...]

    def on(self, start: date, end: date) -> Scheduled | None:
        return next((Scheduled(piece.amount) for piece in self.pieces if piece.range.covers(start, end)), None)

    @property
    def ranges(self) -> tuple[Range, ...]:
        return tuple(piece.range for piece in self.pieces)


@dataclass(frozen=True)
class Spread:
    """Amounts that add up over days; pieces are in time order and never meet. A period that leaves them has no target."""

    pieces: tuple[Piece, ...]

    def on(self, start: date, end: date) -> Scheduled | None:
        """The exact share of each piece that lies in the period: amount x days in it / days of the piece."""
        total, covered = Fraction(0), 0
        used: list[Piece] = []
        cut: list[Piece] = []
        for piece in self.pieces:
            days = (min(end, piece.range.end) - max(start, piece.range.start)).days + 1
            if days <= 0:
                continue
            total += piece.amount * Fraction(days, piece.range.days)
            covered += days
            used.append(piece)
            if days < piece.range.days:
                cut.append(piece)
        if covered != (end - start).days + 1:
            return None
        return Scheduled(total, _note(used, cut))

    @property
    def ranges(self) -> tuple[Range, ...]:
        return tuple(piece.range for piece in self.pieces)


@dataclass(frozen=True)
class Yearly:
    """A pace: `amount` for a whole year, the share of its days for any other period."""

    amount: Fraction

    def on(self, start: date, end: date) -> Scheduled | None:
        total = Fraction(0)
        for year in range(start.year, end.year + 1):
            first, last = date(year, 1, 1), date(year, 12, 31)
            days = (min(end, last) - max(start, first)).days + 1
            total += self.amount * Fraction(days, (last - first).days + 1)
        note = None if total == self.amount else said("{amount} a year, for the days of the period", amount=_plain(self.amount))
        return Scheduled(total, note)

    @property
    def ranges(self) -> tuple[Range, ...]:
        return ()


Schedule = Steady | Stepped | Spread | Yearly


def _plain(amount: Fraction) -> str:
    return str(amount.numerator) if amount.denominator == 1 else f"{float(amount):g}"


def _note(used: list[Piece], cut: list[Piece]) -> Message | None:
    if cut:
        return said("spread evenly over the days of {range}", range=", ".join(piece.range.text for piece in cut))
    if len(used) > 1:
        return said("sum of the targets {first} to {last}", first=used[0].range.text, last=used[-1].range.text)
    return None
