"""The actions of objectives.yaml, checked: KPIs, places and days that exist."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import Action, Objective
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.errors import Message, said
from kpi_core.objectives.model import CatalogueLike, PlannedAction
from kpi_core.view import Filter

Wrong = Callable[[YamlPath, Message, Message | None], None]


def planned(objective: Objective, action: Action, path: YamlPath, document: Document, catalogue: CatalogueLike, wrong: Wrong) -> PlannedAction:
    """The action for the KPIs it names, else for those of its objective's targets. Mistakes go to `wrong`; what is right of it is kept."""
    kpis = []
    for number, name in enumerate(action.kpis or dict.fromkeys(spec.kpi for spec in objective.targets)):
        if name in catalogue.kpis():
            kpis.append(name)
        elif action.kpis:  # an unknown KPI of a target is told at the target
            wrong((*path, "kpis", number), said("there is no KPI {kpi}", kpi=name), did_you_mean(name, catalogue.kpis()))
    for key, written in (("start", action.start), ("due", action.due)):
        if written is not None and not _is_day(written):
            wrong((*path, key), said("{text} is not a day", text=written), said("write for example {example}", example="2026-11-30"))
    return PlannedAction(
        id=action.id,
        name=action.name,
        objective=objective.name,
        owner=action.owner or objective.owner or "",
        start=action.start or "",
        due=action.due or "",
        status=action.status,
        file=document.file,
        line=document.line_of(path),
        kpis=tuple(kpis),
        where=_where(action, kpis, path, catalogue, wrong),
        cause=action.cause,
        note=action.note,
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _where(action: Action, kpis: Collection[str], path: YamlPath, catalogue: CatalogueLike, wrong: Wrong) -> tuple[Filter, ...]:
    steps = []
    for dim, members in action.where.items():
        here = (*path, "where", dim)
        refusing = next((kpi for kpi in kpis if dim not in catalogue.filters(kpi)), None)
        if refusing is not None:
            known = catalogue.filters(refusing)
            wrong(here, said("KPI {kpi} cannot be filtered by {dim}", kpi=refusing, dim=dim), did_you_mean(dim, known))
            continue
        values = catalogue.members(dim) if kpis else None
        for number, member in enumerate(members):
            if values is not None and member not in values:
                wrong((*here, number), said("dimension {dim} has no value {value}", dim=dim, value=member), did_you_mean(member, values))
        steps.append(Filter(dim, tuple(members)))
    return tuple(steps)
