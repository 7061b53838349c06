"""A small catalogue for objectives to be checked against, and shorthand to read objectives from text."""

from __future__ import annotations

from collections.abc import Collection
from textwrap import dedent, indent

from kpi_core.config import decode, parse_yaml
from kpi_core.config.model import ObjectivesFile
from kpi_core.errors import ConfigError
from kpi_core.objectives import Behaviour, Objectives, build, validate

KPIS = {  # good, unit, behaviour
    "revenue": ("up", "currency", Behaviour.SUM),
    "orders": ("up", "count", Behaviour.SUM),
    "stock": ("down", "currency", Behaviour.LEVEL),
    "buyers": ("up", "count", Behaviour.DISTINCT),
    "aov": ("up", "currency", Behaviour.RATE),
    "cart_abandonment": ("down", "%", Behaviour.RATE),
    "nps": ("up", "pts", Behaviour.RATE),
    "clv": ("up", "currency", Behaviour.RATE),
    "cac": ("down", "currency", Behaviour.RATE),
    "asp": ("none", "currency", Behaviour.RATE),
}


class Shop:
    def kpis(self) -> Collection[str]:
        return KPIS

    def good(self, kpi: str) -> str:
        return KPIS[kpi][0]

    def unit(self, kpi: str) -> str:
        return KPIS[kpi][1]

    def behaviour(self, kpi: str) -> Behaviour:
        return KPIS[kpi][2]

    def dims(self, kpi: str) -> Collection[str]:
        return ("timing", "channel") if kpi == "nps" else ("channel", "store")

    def filters(self, kpi: str) -> Collection[str]:
        return self.dims(kpi)

    def members(self, dim: str) -> Collection[str] | None:
        return {"channel": ("web", "store", "marketplace"), "timing": ("hot", "cold")}.get(dim)


def text(targets: str) -> str:
    """An objectives file around `targets`, whose first line is line 6."""
    return "version: 1\nobjectives:\n  - id: plan\n    name: {en: Plan, fr: Plan}\n    targets:\n" + indent(dedent(targets).strip("\n"), "      ") + "\n"


def read(whole: str) -> Objectives:
    document = parse_yaml(whole.encode(), "objectives.yaml")
    return build(decode(document, ObjectivesFile), document, Shop())


def plan(targets: str) -> Objectives:
    return read(text(targets))


def problems(targets: str) -> tuple[ConfigError, ...]:
    document = parse_yaml(text(targets).encode(), "objectives.yaml")
    return validate(decode(document, ObjectivesFile), document, Shop())
