"""Parts of a gap by what drives the KPI: the factors that it is a product of, and theirs below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from kpi_core.errors import said
from kpi_core.explain import CannotExplain, Node, grown, tree
from kpi_core.pages import ExplainPart, Section, SectionKind
from kpi_core.workbench.frame import question
from kpi_core.workbench.held import Held, exact_value


def driver_section(held: Held) -> Section | None:
    """The KPI as a product of its drivers, theirs below them as far as the products hold. None when kpis.yaml names no drivers."""
    catalogue, kpi = held.desk.catalogue, held.info.id
    drivers = {name: [driver for driver in catalogue.kpi(name).drivers if driver in catalogue.kpis] for name in _below(held, kpi, ())}
    if not drivers.get(kpi):
        return None
    title = held.desk.fmt.t("Drivers")
    if held.base is None:
        return held.none(SectionKind.DRIVERS, title, said("drivers are held against another period: choose a comparison"))
    answer = held.ask(question(list(drivers), held.at))
    values: dict[str, tuple[Fraction, Fraction]] = {kpi: (held.base, held.end)}
    for name in drivers:
        before, after = (exact_value(held.desk, answer, name, period) for period in (1, 0))
        if name != kpi and before is not None and after is not None:
            values[name] = (before, after)
    try:
        found = tree(grown(kpi, values, drivers))
    except CannotExplain as error:
        return held.none(SectionKind.DRIVERS, title, error.what)
    rows = [*held.bridge(), *_driver_rows(held, found.root, found.amounts, (kpi,), 0)]
    rows += [row for part in found.effects.parts if part.key == "rounding" for row in held.rounding(part.amount)]
    note = said("each factor's mean effect over every order of moving them (Shapley)")
    return held.section(SectionKind.DRIVERS, title, rows, note=note)


def _below(held: Held, kpi: str, above: tuple[str, ...]) -> Iterator[str]:
    """The KPI and everything that drives it, each once on its way down."""
    yield kpi
    for driver in held.desk.catalogue.kpi(kpi).drivers:
        if driver in held.desk.catalogue.kpis and driver not in above and driver != kpi:
            yield from _below(held, driver, (*above, kpi))


def _driver_rows(held: Held, node: Node, amounts: Mapping[tuple[str, ...], Fraction], path: tuple[str, ...], level: int) -> list[ExplainPart]:
    rows = []
    for child in node.children:
        here = (*path, child.kpi)
        info = held.desk.info(child.kpi)
        label = info.name if child.power > 0 else f"÷ {info.name}"
        note = held.moved(child.before, child.after, info)
        rows.append(held.part("driver", child.kpi, label, amounts[here], level=level, note=note, drill=held.beside(child.kpi)))
        rows += _driver_rows(held, child, amounts, here, level + 1)
    return rows
