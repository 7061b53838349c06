"""The desk under a state's bases: the one place where KPIs are exchanged for their variants, before any page asks anything."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.engine import basis
from kpi_core.errors import UsageError, said
from kpi_core.workbench.desk import Desk


def under(desk: Desk, names: tuple[str, ...]) -> Desk:
    """The desk with these bases switched on; the same one when they change nothing. Raises UsageError for a basis that kpis.yaml lacks."""
    changed = basis.variants(desk.catalogue, names)
    shut = next((name for name in names if name in closed(desk)), None)
    if shut is not None:
        only = desk.reader.meta().get("currencies") or desk.bundle.settings.currency
        raise UsageError(said("all amounts are in {currency}: there is no exchange rate to hold constant", currency=only))
    if not changed:
        return desk
    catalogue = basis.under(desk.catalogue, names)
    return replace(desk, catalogue=catalogue, engine=desk.engine.under(catalogue))


def closed(desk: Desk) -> frozenset[str]:
    """Bases that would change nothing here: amounts of one currency know no exchange rate."""
    several = len(desk.reader.meta().get("currencies", "").split()) > 1
    return frozenset() if several else frozenset(name for name, spec in desk.catalogue.file.bases.items() if spec.when == "several_currencies")


def offered(desk: Desk, kpi: str | None = None) -> tuple[str, ...]:
    """Bases that change a KPI here (None: any), in the order of kpis.yaml."""
    shut = closed(desk)
    return tuple(name for name in basis.bases_of(desk.catalogue, kpi) if name not in shut)


def title(desk: Desk, name: str) -> str:
    """A basis in the reader's language."""
    return desk.catalogue.file.bases[name].name.in_(desk.lang)


def short_title(desk: Desk, name: str) -> str:
    """The same in a few cells."""
    spec = desk.catalogue.file.bases[name]
    return (spec.short or spec.name).in_(desk.lang)
