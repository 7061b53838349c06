"""Every case of `README.md`, asked in the language that users write and compared as it says."""

from __future__ import annotations

import re
from datetime import date

import pytest

from kpi_core.engine.table import TableQuestion
from kpi_core.errors import QueryError
from tests.oracle.metricflow.metricflow import Case, cases, engine, expected, given, question, same


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_case(case: Case) -> None:
    ours = case.get("differs", {})
    asked = question(case)
    if ours.get("status") == "refused":
        with pytest.raises(QueryError) as caught:
            engine().table(asked)
        lookup = asked.by[0].partition(".")[0]
        assert {lookup, engine().catalogue.file.lookups[lookup].key} <= set(caught.value.what.values.values()) and caught.value.what.values["id"]
        return
    answer = engine().table(asked)
    options = [ours["expected"]] if "expected" in ours else [case["expected"], *([case["also"]["expected"]] if "also" in case else [])]
    problems = [same(case, given(answer), expected(case, rows), last_day(asked)) for rows in options]
    assert "" in problems, problems[0]
    if "stale" in ours:
        counts = re.match(r"(\d+) of (\d+)", ours["stale"])
        assert counts and list(answer.stale.values()) == [(int(counts[1]), int(counts[2]))]
    if "partial" in ours:
        assert [f"{row.period} ({row.partial})" for row in answer.rows if row.partial] == [ours["partial"]]


def last_day(asked: TableQuestion) -> date:
    """The last loaded day of the facts asked, each by the date that its measure goes by."""
    run = engine()
    names = {ref.name for kpi in asked.kpis for ref in run.catalogue.refs(kpi)}
    dates = {(run.catalogue.date(name), run.catalogue.file.facts[run.catalogue.measures[name].spec.fact].table) for name in names}
    found: date = max(run.reader.execute(f"select max({column}) from {table}")[0][0] for column, table in dates)
    return found


def test_the_cases_are_all_here() -> None:
    assert len({case["name"] for case in cases()}) == len(cases()) >= 94
