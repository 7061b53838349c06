"""Objectives: targets for any cell, the verdict on a value, owners and actions."""

from kpi_core.objectives.catalogue import KpiCatalogue
from kpi_core.objectives.compile import build, compile_files, validate
from kpi_core.objectives.judge import delta, gap, in_percent
from kpi_core.objectives.model import Behaviour, CatalogueLike, PlannedAction, ResolvedTarget, SplitTargets
from kpi_core.objectives.objectives import Objectives

__all__ = [
    "Behaviour",
    "CatalogueLike",
    "KpiCatalogue",
    "Objectives",
    "PlannedAction",
    "ResolvedTarget",
    "SplitTargets",
    "build",
    "compile_files",
    "delta",
    "gap",
    "in_percent",
    "validate",
]
