"""How a target's number depends on the period: the same for any, or an amount laid over the days of the ranges it is written for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kpi_core.errors import Message, said
from kpi_core.objectives.phasing import Shape
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
        used, cut = _used(self.pieces, start, end)
        if used is None:
            return None
        total = Fraction(0)
        for piece in used:
            days = (min(end, piece.range.end) - max(start, piece.range.start)).days + 1
            total += piece.amount * Fraction(days, piece.range.days)
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


@dataclass(frozen=True)
class Phased:
    """Amounts that add up over days, each laid over its range by `shape`. A period that leaves the ranges has no target."""

    pieces: tuple[Piece, ...]
    shape: Shape

    def on(self, start: date, end: date) -> Scheduled | None:
        """The exact share of each piece that lies in the period."""
        used, cut = _used(self.pieces, start, end)
        if used is None:
            return None
        shares = [self.shape.shares(piece.range) if piece in cut else None for piece in used]
        total = sum((piece.amount * (Fraction(1) if found is None else found.over(start, end)) for piece, found in zip(used, shares, strict=True)), Fraction(0))
        notes = [found.note(max(start, found.range.start), min(end, found.range.end)) for found in shares if found is not None]
        if not notes:
            return Scheduled(total, _note(used, cut))
        other = next((note for note in notes if note.template != notes[0].template), None)
        return Scheduled(total, notes[0] if other is None else said("{first}; {second}", first=notes[0], second=other))

    @property
    def ranges(self) -> tuple[Range, ...]:
        return tuple(piece.range for piece in self.pieces)


@dataclass(frozen=True)
class Summed:
    """The whole of a split whose members have shapes of their own: their amounts of every day, and the `rest` that no member got."""

    members: tuple[Phased | Summed, ...]
    rest: Phased  # has an amount, be it zero, for every range

    def on(self, start: date, end: date) -> Scheduled | None:
        used, _ = _used(self.rest.pieces, start, end)
        if used is None:
            return None
        total = Fraction(0)
        for piece in used:  # a member may have no amount for one of the ranges
            first, last = max(start, piece.range.start), min(end, piece.range.end)
            total += sum((part.amount for member in self.members if (part := member.on(first, last)) is not None), Fraction(0))
        rest = self.rest.on(start, end)  # last: the question behind its shape is answered with that of the members
        return None if rest is None else Scheduled(total + rest.amount, rest.note)

    @property
    def ranges(self) -> tuple[Range, ...]:
        return self.rest.ranges


@dataclass(frozen=True)
class InShapeOf:
    """Parts of a second split of the same whole: every day the same share of it, so that they never give more than there is."""

    pieces: tuple[Piece, ...]
    whole: Phased | Summed

    def on(self, start: date, end: date) -> Scheduled | None:
        used, cut = _used(self.pieces, start, end)
        if used is None:
            return None
        total, note = Fraction(0), _note(used, cut)
        for piece in used:
            first, last = max(start, piece.range.start), min(end, piece.range.end)
            part, whole = self.whole.on(first, last), self.whole.on(piece.range.start, piece.range.end)
            if part is None or whole is None or not whole.amount:
                total += piece.amount * Fraction((last - first).days + 1, piece.range.days)
                continue
            total += piece.amount * part.amount / whole.amount
            if piece in cut and part.note is not None:
                note = said("{phased}, as the whole", phased=part.note)
        return Scheduled(total, note)

    @property
    def ranges(self) -> tuple[Range, ...]:
        return tuple(piece.range for piece in self.pieces)


Schedule = Steady | Stepped | Spread | Yearly | Phased | Summed | InShapeOf


def _used(pieces: tuple[Piece, ...], start: date, end: date) -> tuple[list[Piece] | None, list[Piece]]:
    """Pieces that meet the period (None when they do not cover all of it), and those of them that it cuts."""
    used: list[Piece] = []
    cut: list[Piece] = []
    covered = 0
    for piece in pieces:
        days = (min(end, piece.range.end) - max(start, piece.range.start)).days + 1
        if days <= 0:
            continue
        covered += days
        used.append(piece)
        if days < piece.range.days:
            cut.append(piece)
    return (used if covered == (end - start).days + 1 else None), cut


def _plain(amount: Fraction) -> str:
    return str(amount.numerator) if amount.denominator == 1 else f"{float(amount):g}"


def _note(used: list[Piece], cut: list[Piece]) -> Message | None:
    if cut:
        return said("spread evenly over the days of {range}", range=", ".join(piece.range.text for piece in cut))
    if len(used) > 1:
        return said("sum of the targets {first} to {last}", first=used[0].range.text, last=used[-1].range.text)
    return None
