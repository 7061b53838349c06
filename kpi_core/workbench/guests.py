"""KPIs over customers say how much they cannot see: orders and contacts whose customer nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from kpi_core.engine.keyed import Keyed, keyed
from kpi_core.engine.result import Answer, Value
from kpi_core.engine.stale import stale
from kpi_core.errors import Message, said
from kpi_core.explain.quantity import Quantity
from kpi_core.objectives.exact import decimal
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame

NAMED = 3  # stale places that a line names
Known = Mapping[str | None, tuple[Keyed, ...]]


def without(desk: Desk, found: tuple[Keyed, ...]) -> list[Message]:
    """`24.9 % of orders without customer`, once a fact, for facts of which something is not known."""
    messages = []
    for item in found:
        if item.known < item.rows:
            share = Quantity(decimal(1 - item.share), "%", "value", 1)
            messages.append(said("{share} without a known customer: {export}", share=share, export=desk.catalogue.file.facts[item.fact].fed_by))
    return messages


def note(desk: Desk, at: Frame, kpi: str) -> Message | None:
    """The same in a few words, for the worst of the facts that are orders or contacts."""
    shares = [item.share for item in keyed(desk.engine, kpi, at.period, at.state.where).get(None, ()) if item.rows]
    if not shares or min(shares) == 1:
        return None
    # a visit that nobody signed in for is no customer to be known: what people bought is the yardstick
    return said("{share} without customer", share=Quantity(decimal(1 - max(shares)), "%", "value", 1))


def stale_note(desk: Desk, at: Frame, kpi: str) -> Message | None:
    """`2 stores stale`: places whose last level is too old to stand for the end of the period, so that they are not in it."""
    found = stale(desk.engine, kpi, at.period, at.state.where)
    if found is None or not found.members:
        return None
    names = ", ".join(desk.label(found.dim, member) for member, _ in found.members[:NAMED]) + ("…" if len(found.members) > NAMED else "")
    count = len(found.members)
    if found.dim == "store":
        return said("1 store stale: {names}", names=names) if count == 1 else said("{count} stores stale: {names}", count=count, names=names)
    return said("{dim}: {count} of {known} stale ({names})", dim=desk.dim_title(found.dim), count=count, known=found.known, names=names)


def too_few(desk: Desk, at: Frame, kpi: str, by: str | None = None) -> frozenset[str | None]:
    """Members (None: the whole) whose customers are known too rarely to judge, where kpis.yaml says `min_coverage`."""
    least = desk.catalogue.kpi(kpi).min_coverage
    if least is None:
        return frozenset()
    found: Known = keyed(desk.engine, kpi, at.period, at.state.where, by)
    return frozenset(member for member, items in found.items() if any(item.rows and item.share < Fraction(str(least)) for item in items))


def judged(desk: Desk, at: Frame, answer: Answer, kpi: str, by: str | None = None) -> Answer:
    """The answer with the KPI's newest values marked as too little to judge where its customers are known too rarely."""
    grey = too_few(desk, at, kpi, by)
    if not grey:
        return answer
    cells = {
        member: {**row, kpi: tuple(_grey(value) if index == 0 else value for index, value in enumerate(row[kpi]))} if member in grey and kpi in row else row
        for member, row in answer.cells.items()
    }
    return replace(answer, cells=cells)


def _grey(value: Value) -> Value:
    return replace(value, enough=False)
