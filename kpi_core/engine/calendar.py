"""Periods: the range grammar, stepping, comparisons and like-for-like clamping. Pure dates, no clock, no time zone.

Every function works with the calendar that a period carries (`Period.calendar`); `parse`, `unit`, `latest` and `between` are told
one, by default the civil calendar with the events of France. The parts: `calendars` (units and their numbers), `calendar_units`
(periods), `calendar_grammar` (texts), `calendar_compare` (comparisons), `events`, `calendar_file` (calendar.yaml).
"""

from kpi_core.engine.calendar_compare import YEAR_OF_WEEKS, aligned, compared, comparison_note, like_for_like
from kpi_core.engine.calendar_grammar import GRAMMAR, TO_DATE, attempt, parse
from kpi_core.engine.calendar_units import between, clamped, ends, latest, latest_of, over, shortened, step, trailing, unit
from kpi_core.engine.calendars import CIVIL, CIVIL_GRAINS, Calendar, kind

GRAINS = CIVIL_GRAINS

__all__ = [
    "CIVIL",
    "GRAINS",
    "GRAMMAR",
    "TO_DATE",
    "YEAR_OF_WEEKS",
    "Calendar",
    "aligned",
    "attempt",
    "between",
    "clamped",
    "compared",
    "comparison_note",
    "ends",
    "kind",
    "latest",
    "latest_of",
    "like_for_like",
    "over",
    "parse",
    "shortened",
    "step",
    "trailing",
    "unit",
]
