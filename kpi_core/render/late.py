"""Sources that are older than expected, in words: the header of every view, reports and the Data view."""

from __future__ import annotations

from kpi_core.pages import Freshness, Overdue
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.text import cut

LONGEST = 24  # cells of a source's name in the header


def late_text(item: Overdue, fmt: Formatter, room: int = 0) -> str:
    """`Stores late: last day 29/10`; `room`: cells of the name at most."""
    name = cut(clean(item.name), room, fmt.ellipsis) if room else clean(item.name, 100)
    if item.last is None:
        return fmt.t("{name} late: nothing loaded", name=name)
    return fmt.t("{name} late: last day {day}", name=name, day=fmt.day(item.last, item.last.year != item.as_of.year))


def late_texts(data: Freshness, fmt: Formatter) -> list[str]:
    """What the header says of them: the oldest by name, and how many more there are. Numbers of another version of omnigap come first."""
    other = [f"! {fmt.t(data.other_version)}"] if data.other_version is not None else []
    if not data.overdue:
        return other
    first, more = data.overdue[0], len(data.overdue) - 1
    told = late_text(first, fmt, LONGEST)
    return [*other, f"! {fmt.t('{late}, {count} more late', late=told, count=more) if more else told}"]
