"""What can be named: members of a dimension by a part of their name, KPIs and dimensions by theirs."""

from __future__ import annotations

from kpi_core.config.model import Text
from kpi_core.engine.members import closest, named
from kpi_core.pages import Member, Members, Name, Names
from kpi_core.render.text import folded
from kpi_core.workbench.desk import Desk

MOST = 50


def page(desk: Desk, dim: str, text: str, limit: int = MOST, nearest: bool = True) -> Members:
    """Members whose name or code holds every word of `text`, or `nearest` to it. Raises UsageError for an unknown dimension."""
    desk.catalogue.dimension(dim)
    called = _named_so(desk, dim, text)
    here = _held(desk, dim, called)
    found = tuple(dict.fromkeys((*here, *named(desk.engine, dim, text, limit + 1))))
    near = (closest(desk.engine, dim, text) or "") if nearest and not found and text.strip() else ""
    return Members(dim, text, tuple(Member(key, desk.label(dim, key)) for key in found[:limit]), len(found) > limit, near)


def _named_so(desk: Desk, dim: str, text: str) -> list[str]:
    """Codes of a dimension whose name holds every word of the text."""
    words = folded(text).split()
    return [code for code in desk.catalogue.dimension(dim).values if all(word in folded(desk.label(dim, code)) for word in words)]


def anywhere(desk: Desk, text: str, limit: int) -> tuple[Members, ...]:
    """Members by a part of their name where nobody says of which dimension: of those that are drilled into and listed whole, at most `limit` each."""
    found = []
    for dim in desk.catalogue.drill:
        spec = desk.catalogue.dimension(dim)
        if spec.top is not None or (spec.values and not _named_so(desk, dim, text)):
            continue  # too many; or the names of its codes say already that there is none
        members = page(desk, dim, text, limit, nearest=False)
        found += [members] if members.found else []
    return tuple(found)


def _held(desk: Desk, dim: str, codes: list[str]) -> list[str]:
    """Those codes that the data hold: kpis.yaml names more channels than a retailer has."""
    held = set(named(desk.engine, dim, "", len(desk.catalogue.dimension(dim).values) + 100)) if codes else set()
    return [code for code in codes if code in held]


def names(desk: Desk) -> Names:
    """What KPIs and dimensions are called; asks nothing."""
    groups = {kpi: group.name.in_(desk.lang) for group in desk.catalogue.groups for kpi in group.kpis}
    shown = [*groups, *(kpi for kpi in desk.catalogue.kpis if kpi not in groups)]
    return Names(
        tuple(Name(kpi, desk.catalogue.kpi(kpi).name.in_(desk.lang), _called(desk, kpi), groups.get(kpi, "")) for kpi in shown),
        tuple(Name(dim, spec.name.in_(desk.lang), _all(spec.name)) for dim, spec in desk.catalogue.dimensions.items()),
    )


def _called(desk: Desk, kpi: str) -> tuple[str, ...]:
    spec = desk.catalogue.kpi(kpi)
    return (*_all(spec.name), *(_all(spec.short) if spec.short else ()))


def _all(text: Text) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in (text.en, text.fr) if name))
