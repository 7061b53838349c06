"""The ranges a target may be written for: 2026, 2026-Q4, 2026-10, 2026-W44, 2026-10-05, and `a..b` of any two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_core.engine.calendar import parse
from kpi_core.errors import UsageError


@dataclass(frozen=True)
class Range:
    """Business dates, both ends included, and how they were written."""

    start: date
    end: date
    text: str

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def covers(self, start: date, end: date) -> bool:
        return self.start <= start and end <= self.end

    def meets(self, other: Range) -> bool:
        return self.start <= other.end and other.start <= self.end


def parse_range(text: str | int) -> Range:
    """Raises ValueError when the text is no range, or a range that ends before it starts."""
    written = str(text).strip()
    first, dots, last = written.partition("..")
    start, end = _ends(first.strip())
    if dots:
        end = _ends(last.strip())[1]
        if end < start:
            raise ValueError(written)
    return Range(start, end, written)


def _ends(text: str) -> tuple[date, date]:
    if not text[:1].isdigit():  # `latest:week` and `mtd` move with the data: no range to promise anything for
        raise ValueError(text)
    try:
        period = parse(text)
    except UsageError:
        raise ValueError(text) from None
    return period.start, period.end
