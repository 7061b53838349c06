"""Every statement stays in the subset of SQL that other engines share, and the SQL that an answer shows is the SQL that ran."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import pytest
from ansi import faults
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_core.engine import calendar, expression
from kpi_core.engine.coverage import Loaded, Reader
from kpi_core.engine.days import amounts, by_day
from kpi_core.engine.keyed import keyed
from kpi_core.engine.prepare import prepare
from kpi_core.engine.result import Question
from kpi_core.engine.run import Engine
from kpi_core.engine.script import inlined, literal
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import OmnigapError
from kpi_core.view import Filter
from tests.engine.tiny import catalogue, tiny
from tests.oracle.metricflow.metricflow import cases, question
from tests.oracle.metricflow.metricflow import engine as metricflow

WEEK = calendar.parse("2026-W44")
KPIS = tuple(catalogue().kpis)
PERIODS = (WEEK, calendar.step(WEEK, -1), *calendar.trailing(WEEK, 3)[:-1])
OF_NO_QUESTION = ("information_schema", "from coverage", "from meta", "duckdb_columns()")  # what an engine reads once when it opens


class Watched:
    """A reader that remembers what ran."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.ran: list[tuple[str, tuple[object, ...]]] = []

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        self.ran.append((sql, tuple(parameters)))
        return self.reader.execute(sql, parameters)

    def asked(self) -> list[tuple[str, tuple[object, ...]]]:
        return [item for item in self.ran if not any(words in item[0] for words in OF_NO_QUESTION)]


@lru_cache
def star(rolled: bool) -> Engine:
    return tiny(rolled=rolled)


@lru_cache
def stocked() -> Engine:
    """The star with prepared cells, as a mart has them."""
    engine = tiny(rolled=True, more="create table meta (key varchar, value varchar)")
    prepare(engine.reader, engine.catalogue)
    return Engine(engine.reader, engine.catalogue)


@lru_cache
def full(rolled: bool) -> Engine:
    """The star with every fact said to be loaded, so that every KPI has a statement; for writing them only."""
    engine = star(rolled)
    tables = {fact.table for fact in engine.catalogue.file.facts.values() if fact.table}
    other = Engine(engine.reader, engine.catalogue)
    other.loaded = Loaded({(table, ""): {"": (date(2024, 1, 1), date(2026, 11, 1))} for table in tables} | dict(engine.loaded.spans))
    return other


def watched(engine: Engine) -> tuple[Engine, Watched]:
    """The same star under an engine of its own, whose statements are kept."""
    reader = Watched(engine.reader)
    return Engine(reader, engine.catalogue), reader


# ---------------------------------------------------------------- the lint itself

OUTSIDE = {
    "filter": "select sum(a) filter (where b) as x from t",
    "qualify": "select a from t qualify row_number() over (order by a nulls last) = 1",
    "asof": "select t.a from t asof join u on t.day >= u.day",
    "positional": "select t.a from t positional join u",
    "pivot": "pivot t on a",
    "pivot in from": "select p.a from (pivot t on a) as p",
    "group by all": "select a, sum(b) as x from t group by all",
    "order by all": "select a from t order by all",
    "sample": "select a from t using sample 5",
    "tablesample": "select a from t tablesample 5",
    "join using": "select a from t join u using (a)",
    "lambda": "select list_transform(a, lambda x: x + 1) as y from t",
    "arrow": "select list_transform(a, x -> x) as y from t",
    "list": "select [1, 2] as y",
    "list function": "select list_sum(a) as y from t",
    "cast sign": "select a::double as x from t",
    "exclude": "select t.* exclude (a) from t",
    "columns": "select columns('a') from t",
    "star": "select * from t",
    "star of a table": "select t.* from t",
    "star after a column": "select a, * from t",
    "grouping of two": "select grouping(a, b) as g from t group by grouping sets ((a, b), (a))",
    "division": "select cast(a as double) / b as x from t",
    "division by a zero": "select cast(a as double) / 0 as x from t",
    "division guarded otherwise": "select cast(a as double) / nullif(b, 1) as x from t",
    "whole division": "select a / nullif(b, 0) as x from t",
    "whole literals": "select 1 / 2 as x",
    "floor division": "select a // 2 as x from t",
    "modulo": "select a % 2 as x from t",
    "order of nulls": "select a from t order by a",
    "order of the second key": "select a from t order by a nulls last, b desc",
    "order in a window": "select row_number() over (partition by a order by b) as x from t",
    "date of another land": "select a from t where day = date '26/10/2026'",
    "date as text": "select a from t where day = '2026-10-26'",
    "distinct on": "select distinct on (a) a from t",
    "alias without as": "select a b from t",
    "alias of a subquery": "select a from (select 1 as a) t",
    "from first": "from t select a",
    "from in a subquery": "select a from (from t) as u",
    "trailing comma": "select a, from t",
    "dollar": "select $1 as x",
    "comment": "select a from t -- why",
    "unequal": "select a from t where a != 1",
    "double equal": "select a from t where a == 1",
    "several": "select 1 as a; select 2 as b",
    "own type": "select cast(a as ubigint) as b from t",
    "own function": "select date_diff('day', a, b) as c from t",
    "own function of a CTE's form": "with x as (select epoch_ms(a) as b from t) select b from x",
    "semi join": "select a from t semi join u on t.a = u.a",
    "null-safe beside and": "select a from t join u on t.a is not distinct from u.a and t.b = u.b",
    "statement": "create table x as select 1 as a",
    "parentheses": "select (a from t",
}

INSIDE = (
    "select count(*) as n, count(distinct a) as d from t where (a is not distinct from 'it''s -- no comment') group by a",
    "with s(slot, day) as (\n  values\n  (0, date '2026-10-26')\n)\nselect s.slot as slot from s order by s.slot nulls last, 1 desc nulls first limit 5",
    "select cast(sum(case when f.a then 1 end) as double) / nullif(sum(f.b), 0) * 100 / 7 as x from t as f",
    "select percentile_cont(0.5) within group (order by cast(a as double)) / nullif(max(b), 0) as x from t group by grouping sets ((a, b), (a))",
    "select row_number() over (partition by a order by b nulls last) as place, grouping(a) as whole from t where a in (?, ?) or a between 1 and 2",
    'select c."first" as x, a * b - 3 as y from coverage as c left join t on t.a = c.a cross join u where t.day >= t.sold - interval \'7\' day',
)


@pytest.mark.fault(25)
@pytest.mark.parametrize("form", OUTSIDE)
def test_what_is_outside_is_found(form: str) -> None:
    assert faults(OUTSIDE[form])


@pytest.mark.parametrize("sql", INSIDE)
def test_what_is_inside_passes(sql: str) -> None:
    assert faults(sql) == []


# ---------------------------------------------------------------- what the engine writes


@pytest.mark.parametrize("kpi", KPIS)
def test_every_kpi_by_every_dimension(kpi: str) -> None:
    known = star(False).catalogue
    where = tuple(Filter(dim, ("Lyon", None)) for dim in known.filters(kpi)[:1])
    written = 0
    for by in (None, *known.dims(kpi)):
        for engine in (full(False), full(True)):
            statement = engine.statement(Question((kpi,), PERIODS, by, where, 1))
            if statement is not None:
                assert faults(statement.sql) == [], statement.sql
                assert statement.sql.count("?") == len(statement.parameters)
                written += 1
    assert written == 2 * (1 + len(known.dims(kpi)))
    real = star(True).statement(Question((kpi,), PERIODS, None, where, 1))
    if real is not None:
        star(True).reader.execute("explain " + real.sql, real.parameters)


@pytest.mark.parametrize("rolled", [False, True], ids=["detail", "rollups"])
def test_everything_that_runs(rolled: bool) -> None:
    engine, reader = watched(star(rolled))
    known = engine.catalogue
    for kpi in KPIS:
        for dim in ("customer", "channel"):
            if dim in known.dims(kpi):
                engine.ask(Question((kpi,), PERIODS, dim, (), 1))
        if expression.is_linear(known.expression(kpi)):
            amounts(engine, kpi, "channel" if "channel" in known.dims(kpi) else None, (), WEEK.start, WEEK.end)
        keyed(engine, kpi, WEEK, ())
        with contextlib.suppress(ValueError):  # measures that do not add up over days
            by_day(engine, kpi, None, (), WEEK.start, WEEK.end)
    for kpi in ("revenue", "nps", "conversion_store", "orders"):
        engine.records(kpi, (Filter("channel", ("store", None)),) if "channel" in known.filters(kpi) else (), WEEK)
    assert sum(sql.startswith("with listed") for sql, _ in reader.asked()) > 1
    found = {sql: problems for sql, _ in reader.asked() if (problems := faults(sql))}
    assert not found


def test_what_was_prepared() -> None:
    engine, reader = watched(stocked())
    october, before = calendar.parse("2026-10"), calendar.parse("2026-09")
    for by, where in ((None, ()), ("channel", ()), ("store", (Filter("channel", ("store",)),)), ("category", ())):
        start = len(reader.ran)
        answer = engine.ask(Question(KPIS, (october, before), by, where, 1))
        assert answer.sql == ";\n\n".join(sql for sql, _ in reader.ran[start:])
    assert sum("from prepared" in sql for sql, _ in reader.asked()) >= 4
    found = {sql: problems for sql, _ in reader.asked() if (problems := faults(sql))}
    assert not found


@pytest.mark.parametrize("rolled", [False, True], ids=["detail", "rollups"])
def test_every_kpi_as_a_table(rolled: bool) -> None:
    engine, reader = watched(star(rolled))
    days, asked = (date(2026, 10, 1), date(2026, 11, 1)), 0
    for kpi in KPIS:
        cuts = engine.catalogue.dims(kpi)
        for by, grain in (((), None), ((), "week"), (cuts[:1], "month"), (cuts[:2], None), ((*cuts[:1], "date_part.dow"), None)):
            text = "channel = 'store' or channel is null" if "channel" in engine.catalogue.filters(kpi) and "channel" not in by else None
            try:
                engine.table(TableQuestion((kpi,), tuple(by), grain, text, days, (f"-{kpi}",), 5, dense=bool(grain)))
                asked += 1
            except OmnigapError:
                pass  # what the KPI does not have; other tests say when
    assert asked > len(KPIS)
    found = {sql: problems for sql, _ in reader.asked() if (problems := faults(sql))}
    assert not found


def test_lookups_unions_levels_and_conversions() -> None:
    """The cases of another metrics language, which use what kpis.yaml does not."""
    written = []
    for case in cases():
        try:
            written.append(metricflow().table(question(case)).sql)
        except OmnigapError:
            assert case.get("differs", {}).get("status") == "refused"

    assert any("row_number()" in sql for sql in written) and any("left join" in sql for sql in written) and any("interval '" in sql for sql in written)
    found = {sql: problems for sql in written if (problems := faults(sql))}
    assert not found


# ---------------------------------------------------------------- what an answer shows


VALUES = st.sampled_from(["web", "store", "it's", "a'; drop table sale; --", "?", None, "\x1b[31m", "Lyon"])


@settings(max_examples=40, deadline=None)
@given(data=st.data(), known=st.sampled_from(["detail", "rollups", "prepared"]))
def test_the_sql_of_an_answer_is_what_ran(data: st.DataObject, known: str) -> None:
    engine, reader = watched(stocked() if known == "prepared" else star(known == "rollups"))
    kpis = data.draw(st.lists(st.sampled_from(KPIS), min_size=1, max_size=9, unique=True))
    by = data.draw(st.sampled_from([None, "channel", "store", "category", "customer"]))
    dim = data.draw(st.sampled_from(["channel", "store", "country"]))
    where = (Filter(dim, tuple(data.draw(st.lists(VALUES, min_size=1, max_size=2, unique=True))), data.draw(st.booleans())),)
    count = data.draw(st.integers(1, len(PERIODS)))
    answer = engine.ask(Question(tuple(kpis), PERIODS[:count], by, where, 1 if count > 1 else None))
    shown, ran = answer.sql.split(";\n\n") if answer.sql else [], reader.asked()
    kept = [item for item in ran if item[0] in shown]
    assert [sql for sql, _ in kept] == shown
    assert answer.parameters == tuple(value for _, values in kept for value in values)
    # Cells that nobody prepared are looked up in vain: the answer then stands on what was asked instead.
    assert all("from prepared" in sql for sql, _ in ran if sql not in shown)
    for sql, values in ran:
        assert sorted(engine.reader.execute(inlined(sql, values)), key=repr) == sorted(engine.reader.execute(sql, values), key=repr)


def test_a_table_and_records_show_what_ran() -> None:
    engine, reader = watched(star(False))
    answer = engine.table(TableQuestion(("aov", "conversion_store"), ("store",), "week", "channel <> 'it''s'", (date(2026, 10, 1), date(2026, 11, 1))))
    assert reader.asked()[-1] == (answer.sql, answer.parameters)
    records = engine.records("revenue", (Filter("channel", ("store",)),), WEEK)
    assert reader.asked()[-1] == (records.sql, records.parameters)


@given(value=st.one_of(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.integers(-(10**17), 10**17), st.booleans(), st.none(), st.dates(), st.datetimes(), st.decimals(-1000, 1000, places=6), st.floats(allow_nan=False, allow_infinity=False)))
@settings(max_examples=200, deadline=None)
def test_a_literal_reads_back_as_the_value(value: object) -> None:
    text = literal(value)
    assert not {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Zl", "Zp"}
    assert star(False).reader.execute(f"select {text} as x") == [(value,)]


def test_marks_within_texts_bind_nothing() -> None:
    assert inlined("select '?' as \"?\", ? as b, 'it''s ?' as c", ("x",)) == "select '?' as \"?\", 'x' as b, 'it''s ?' as c"
    for sql, values in (("select ? as a", ()), ("select 1 as a", (1,))):
        with pytest.raises(ValueError, match="than"):
            inlined(sql, values)
    with pytest.raises(TypeError):
        literal(object())
