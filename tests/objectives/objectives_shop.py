"""A small catalogue for objectives to be checked against, and shorthand to read objectives from text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction
from textwrap import dedent, indent

from kpi_core.config.decode import decode
from kpi_core.config.model import ObjectivesFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine.calendars import CIVIL, Calendar
from kpi_core.errors import ConfigError
from kpi_core.objectives import Behaviour, Objectives, build, validate
from kpi_core.objectives.shapes import Scope, Shapes

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

    def __init__(self, calendar: Calendar = CIVIL) -> None:
        self._calendar = calendar

    @property
    def calendar(self) -> Calendar:
        return self._calendar


def text(targets: str) -> str:
    """An objectives file around `targets`, whose first line is line 6."""
    return "version: 1\nobjectives:\n  - id: plan\n    name: {en: Plan, fr: Plan}\n    targets:\n" + indent(dedent(targets).strip("\n"), "      ") + "\n"


class Days:
    """Actual days in memory: (KPI, dimension, member) -> day -> amount; ('', '') is the whole. `asked` counts questions."""

    def __init__(self, days: Mapping[tuple[str, str, str], Mapping[date, int]], first: date = date.min, last: date = date.max) -> None:
        self.days, self.first, self.last = days, first, last
        self.asked: list[tuple[str, Scope]] = []

    def daily(self, kpi: str, scope: Scope, start: date, end: date) -> Mapping[date, Fraction] | None:
        self.asked.append((kpi, scope))
        if start < self.first or end > self.last:
            return None
        dim, member = next(((dim, member) for dim, members in reversed(list(scope.items())) for member in members), ("", ""))
        return {day: Fraction(amount) for day, amount in self.days.get((kpi, dim, member), {}).items() if start <= day <= end}


def read(whole: str, shapes: Shapes | None = None, of: Calendar = CIVIL) -> Objectives:
    document = parse_yaml(whole.encode(), "objectives.yaml")
    return build(decode(document, ObjectivesFile), document, Shop(of), shapes)


def plan(targets: str, shapes: Shapes | None = None, of: Calendar = CIVIL) -> Objectives:
    return read(text(targets), shapes, of)


def problems(targets: str, of: Calendar = CIVIL) -> tuple[ConfigError, ...]:
    document = parse_yaml(text(targets).encode(), "objectives.yaml")
    return validate(decode(document, ObjectivesFile), document, Shop(of))
