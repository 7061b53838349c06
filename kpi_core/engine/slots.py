"""The slots of a statement as a stream reads them: moved by functions of time, or as of their last day."""

from __future__ import annotations

from datetime import date

from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.plan import CARRIED, Plan, Stream
from kpi_core.engine.write import Writer, day


def slots_of(writer: Writer, catalogue: Catalogue, plan: Plan, stream: Stream, made: dict[tuple[object, ...], str]) -> tuple[str, date, date]:
    """The slots as a stream reads them, with the first and last day of all: moved by functions of time, or as of their last day.

    A level that is carried forward has `start_day` = the oldest day that still counts; its mean has a row for every day of the slot.
    """
    if not stream.time and stream.kind not in CARRIED:
        return "slots", min(slot.start for slot in plan.slots), max(slot.end for slot in plan.slots)
    carry = catalogue.measures[stream.measure].spec.carry_forward if stream.kind in CARRIED else None
    rows: list[tuple[int, tuple[date, ...]]] = []
    for number, slot in enumerate(plan.slots):
        moved = plan.read_at(stream, (slot.start, slot.end))
        if moved is None:
            continue
        start, end = moved
        if carry is None:
            near = [plan.read_at(stream, item) or item for item in (slot.following, slot.preceding)]
            rows.append((number, (start, end, *near[0], *near[1])))
            continue
        first = max(start, plan.bounds[stream.whole or stream.member or ""][0]) if stream.kind == "carry_mean" else end
        for ordinal in range(first.toordinal(), end.toordinal() + 1):
            rows.append((number, (date.fromordinal(max(1, ordinal - carry.max_days)), date.fromordinal(ordinal))))
    key = tuple(rows)
    if key not in made:
        made[key] = f"slots_{len(made)}"
        heads = ("start_day", "end_day", "next_start", "next_end", "previous_start", "previous_end")[: 6 if carry is None else 2]
        listed = ",\n  ".join(f"({number}, {', '.join(map(day, days))})" for number, days in rows)
        nothing = f"select 0, {', '.join(day(date.min) for _ in heads)} where 1 = 0"
        writer.add(f"{made[key]}(slot, {', '.join(heads)})", f"values\n  {listed}" if rows else nothing)
    ends = [days[1] for _, days in rows] or [date.min]
    return made[key], min((days[0] for _, days in rows), default=date.min), max(ends)
