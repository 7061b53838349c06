"""What would go of a customer, and what went, as lines: kinds, counts and loads, never an identifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kpi_core.errors import Message, said
from kpi_core.pages.forgetting import Forgetting, Person
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, wrap_line

KINDS = {
    "email": said("e-mail address"),
    "loyalty": said("loyalty card"),
    "phone": said("phone number"),
    "platform": said("id of a platform"),
    "": said("identifier that stands alone"),
}


def person_lines(person: Person, fmt: Formatter, width: int) -> list[Line]:
    """The identifiers of the customer by kind, then the rows that name it by load and dataset."""
    say = fmt.t
    kinds = [f"{say(KINDS.get(kind, Message(kind)))} × {count}" for kind, count in person.kinds]
    lines: list[Line] = [((say("identifiers that go: {kinds}", kinds=", ".join(kinds)), "title"),)]
    for load, rows in sorted(person.rows.items()):
        told = ", ".join(f"{name} {count}" for name, count in sorted(rows.items()))
        lines.append(((say("load {number}: {rows}", number=load, rows=told), ""),))
    if person.apart:
        lines.append(((say("{count} more identifiers stand with these, too many to be one person: they stay", count=person.apart), "warn"),))
    return [part for line in lines for part in wrap_line(fmt.fold(line), width, 2)]


def forgetting_lines(done: Sequence[Forgetting], fmt: Formatter, width: int) -> list[Line]:
    """An erasure a line: when, its number, how many rows of which loads."""
    lines: list[Line] = []
    for item in done:
        loads = ", ".join(str(load) for load, _ in item.rows)
        text = fmt.t(
            "forgotten {moment}: a customer, number {receipt}, {count} rows of loads {loads}",
            moment=item.at,
            receipt=item.receipt,
            count=item.total,
            loads=loads,
        )
        lines += wrap_line(fmt.fold(((text, "muted"),)), width, 2)
    return lines


def forgetting_values(item: Forgetting) -> dict[str, Any]:
    """Plain values of an erasure, for JSON."""
    return {"at": item.at.isoformat(), "receipt": item.receipt, "rows": {str(load): count for load, count in item.rows}}
