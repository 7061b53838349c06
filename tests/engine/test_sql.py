"""The statements stay in the subset of SQL that other engines share, for every KPI and every cut."""

from __future__ import annotations

import re

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.result import Question
from kpi_core.engine.rollups import rollups
from kpi_core.view import Filter
from tests.engine.tiny import catalogue, tiny

ENGINE = tiny()
ROLLED = tiny(rolled=True)
CASES = [(kpi, by) for kpi in ENGINE.catalogue.kpis for by in (None, *ENGINE.catalogue.dims(kpi))]
FORBIDDEN = {
    "group by all": r"group\s+by\s+all",
    "order by all": r"order\s+by\s+all",
    "qualify": r"\bqualify\b",
    "filter": r"\bfilter\s*\(",
    "lambda": r"->|\blambda\b",
    "star": r"select\s+\*|\.\*",
    "pivot": r"\bpivot\b",
    "asof": r"\basof\b",
    "cast operator": r"::",
    "integer division": r"//",
    "modulo": r"%",
    "exclude": r"\bexclude\b|\breplace\s*\(",
    "list": r"\[",
    "using sample": r"\busing\b",
    "dollar": r"\$",
    "grouping of several": r"grouping\([^)]*,",
}


@pytest.mark.parametrize(("kpi", "by"), CASES, ids=lambda item: str(item))
def test_subset(kpi: str, by: str | None) -> None:
    week = calendar.parse("2026-W44")
    previous = calendar.step(week, -1)
    where = tuple(Filter(dim, ("Lyon", None)) for dim in ENGINE.catalogue.filters(kpi)[:1])
    for engine in (ENGINE, ROLLED):
        statement = engine.statement(Question((kpi,), (week, previous), by, where, 1))
        if statement is None:
            continue
        for name, pattern in FORBIDDEN.items():
            assert not re.search(pattern, statement.sql, re.IGNORECASE), (name, statement.sql)
        divisions = re.findall(r"(?<=\s)/(?=\s)(.{0,9})", statement.sql)
        assert all(rest.strip().startswith("nullif(") for rest in divisions), statement.sql
        assert statement.sql.count("?") == len(statement.parameters)
    if statement is not None:
        ROLLED.reader.execute("explain " + statement.sql, statement.parameters)


def test_rollups_hold_only_what_may_be_added() -> None:
    found = {spec.name: spec for spec in rollups(catalogue())}
    assert found["sale__narrow"].dims == ("channel", "store")
    assert "product" not in found["sale__wide"].dims
    assert set(found["orders__narrow"].measures) >= {"orders", "orders_known", "new_customers"}
    for spec in found.values():
        assert not any("distinct" in sql for sql in spec.measures.values()), spec
        assert not {"visitors", "retained", "buyers"} & set(spec.measures)
    assert not any(name.startswith("audience") for name in found)


def test_planning_is_deterministic() -> None:
    week = calendar.parse("2026-W44")
    question = Question(tuple(ENGINE.catalogue.kpis), calendar.trailing(week, 6), "channel")
    assert ENGINE.statement(question) == ENGINE.statement(question)
