"""What a typed period means, line by line, and the forms that the period prompt teaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kpi_core.engine import calendar
from kpi_core.engine.result import Period
from kpi_core.errors import Message, said
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, Run, cell_width, cut

# What to type, and what it gives. The forms are said too: `last 8 weeks` is `8 dernières semaines` in French.
EXAMPLES: tuple[tuple[Message, Message], ...] = (
    (said("2026-11-22  2026-W47  2026-11  2026-Q4  2026"), said("day, week, month … year")),
    (said("2026-W44..2026-W47  2026-11-01..2026-11-15"), said("from one to the other")),
    (said("last week  last 8 weeks  last 30 days"), said("the last complete ones")),
    (said("this month  mtd  qtd  ytd  yesterday"), said("in progress; last day")),
    (said("ytd as of complete  ytd as of 2026-09-30"), said("stopped at a date")),
    (said("black friday 2026  winter sales 2026"), said("events (calendar.yaml)")),
)
FISCAL = (said("FY2026  FY2026-Q3  last fiscal quarter"), said("fiscal year, its quarters"))
RETAIL = (said("R2026  R2026-Q2  R2026-P03  R2026-W12"), said("retail year, its parts"))


def examples(of: calendar.Calendar) -> tuple[tuple[Message, Message], ...]:
    """The forms that this calendar has."""
    return (*EXAMPLES, *((FISCAL,) if of.fiscal else ()), *((RETAIL,) if of.retail else ()))


def example_lines(of: calendar.Calendar, fmt: Formatter, width: int) -> list[Line]:
    """Two columns, the right one left out where there is no room for it."""
    pairs = [(fmt.t(form), fmt.t(meaning)) for form, meaning in examples(of)]
    left = max(cell_width(form) for form, _ in pairs)
    lines: list[Line] = []
    for form, meaning in pairs:
        line: list[Run] = [(" ", ""), (cut(form, width - 2), "")]
        if width - left - 5 >= 12:
            line += [(" " * (left - cell_width(form) + 3), ""), (cut(meaning, width - left - 5), "muted")]
        lines.append(tuple(line))
    return lines


def reading(text: str, how: str, last_day: date | None, of: calendar.Calendar, fmt: Formatter) -> list[str]:
    """Three lines: the period that `text` is with its dates and days, what `how` compares it with, and what to know of that.

    Both as they will be read: cut to the last loaded day, the comparison to as many days. Raises UsageError for what is no period.
    """
    period = calendar.parse(text, last_day, of)
    other = calendar.compared(period, how)
    part, cut_other = calendar.like_for_like(period, other, last_day)
    if last_day is not None and period.start > last_day:
        first = fmt.t("{dates} · not loaded, data to {day}", dates=fmt.dates(period), day=last_day)
    elif part.days < period.days:
        first = fmt.t("{dates} · {days} of {whole} days loaded", dates=fmt.dates(part), days=part.days, whole=period.days)
    else:
        first = _line(part, fmt)
    lines = [first]
    if cut_other is not None:
        lines.append(_line(cut_other, fmt, against=True))
        note = calendar.comparison_note(period, how)
        lines.append(f"({fmt.t(note)})" if note else "")
    return lines


def _line(period: Period, fmt: Formatter, against: bool = False) -> str:
    if period.days == 1:
        said_so = said("vs {dates} · 1 day") if against else said("{dates} · 1 day")
    else:
        said_so = said("vs {dates} · {days} days") if against else said("{dates} · {days} days")
    return fmt.t(said_so.template, dates=fmt.dates(period), days=period.days)


def comparison_notes(period: Period, hows: Sequence[str], last_day: date | None, fmt: Formatter) -> dict[str, str]:
    """For each way to compare: its dates, cut like for like, and what to know of them."""
    found = {}
    for how in hows:
        other = calendar.like_for_like(period, calendar.compared(period, how), last_day)[1]
        note = calendar.comparison_note(period, how)
        found[how] = "" if other is None else fmt.dates(other) + (f" ({fmt.t(note)})" if note else "")
    return found
