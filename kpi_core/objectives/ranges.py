"""The ranges a target may be written for: a unit of the workspace calendar (2026, 2026-Q4, 2026-W44, 2026-10-05, FY2026, R2026-P03) or `a..b` of two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_core.engine.calendar_grammar import candidates, explain
from kpi_core.engine.calendars import Calendar
from kpi_core.errors import UsageError, said


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


def parse_range(text: str | int, of: Calendar) -> Range:
    """Read a range in the calendar `of`: its weeks, its fiscal and retail years. `latest:week` or `mtd` is none: it moves with the data.

    Raises ValueError when the text is no range, or a range that ends before it starts.
    """
    written = str(text).strip()
    first, dots, last = written.partition("..")
    start, end = _ends(first, of)
    if dots:
        end = _ends(last, of)[1]
        if end < start:
            raise ValueError(written)
    return Range(start, end, written)


def refused(text: str | int, of: Calendar) -> UsageError:
    """What is wrong with a text that `parse_range` refuses: with the nearest range, else with how ranges are written in this calendar."""
    written = str(text).strip()
    try:
        explain(written, of)
    except UsageError as error:
        return error
    first, dots, last = written.partition("..")
    if dots and _is_range(first, of) and _is_range(last, of):
        return UsageError(said("the period {text} ends before it starts", text=written))
    near = next((candidate for candidate in candidates(written, of) if _is_range(candidate, of)), None)
    forms = said("{forms}, or two of them joined by ..", forms=_forms(of))
    hint = said("did you mean {name}? It is written like {grammar}", name=near, grammar=forms) if near else said("write it like {grammar}", grammar=forms)
    return UsageError(said("{text} is not a range of dates", text=written), hint=hint)


def _forms(of: Calendar) -> str:
    own = (["FY2026", "FY2026-Q3"] if of.fiscal else []) + (["R2026", "R2026-P03", "R2026-W12"] if of.retail else [])
    return ", ".join(["2026", "2026-Q4", "2026-10", "2026-W44", "2026-10-05", *own])


def _is_range(text: str, of: Calendar) -> bool:
    try:
        parse_range(text, of)
    except ValueError:
        return False
    return True


def _ends(text: str, of: Calendar) -> tuple[date, date]:
    try:
        unit = of.named(text)
    except OverflowError:
        raise ValueError(text) from None
    if unit is None:
        raise ValueError(text)
    return unit.start, unit.end
