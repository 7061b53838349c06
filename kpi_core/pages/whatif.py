"""What the What-if view shows: a KPI as a tree of drivers. The moves are the state's own; nothing is asked when they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from kpi_core.analysis.whatif import Tree
from kpi_core.engine.result import Value
from kpi_core.errors import Message
from kpi_core.pages.core import Header, KpiInfo, Target


@dataclass(frozen=True)
class AssumptionInfo:
    """What is believed of two KPIs, and where it is written to be changed."""

    lever: str
    text: Message
    file: str
    line: int | None


@dataclass(frozen=True)
class WhatIfPage:
    """`tree` None: nothing can be moved, `reason` says why. `infos` names every node; `assumptions` those among the levers that are believed.

    `usual`: by how many percent (points) a lever moves from one period to the next, the median of those before: what may be hoped for.
    """

    header: Header
    kpi: KpiInfo
    value: Value
    target: Target | None
    tree: Tree | None
    infos: Mapping[str, KpiInfo]
    assumptions: tuple[AssumptionInfo, ...] = ()
    usual: Mapping[str, Fraction] = field(default_factory=dict)
    reason: Message | None = None
