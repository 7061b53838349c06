"""Measure texts: parsed by DuckDB, whitelisted, rendered without FILTER; the rendering means the same."""

from __future__ import annotations

import duckdb
import pytest

from kpi_core.engine.predicate import PredicateError, aggregate_sql, columns, condition_sql, identifier, parse_aggregate, parse_condition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(*)", "count(*)"),
        ("sum(net_amount)", "sum(r.net_amount)"),
        ("count(distinct customer_key)", "count(distinct r.customer_key)"),
        ("sum(qty * unit_cost)", "sum(r.qty * r.unit_cost)"),
        ("sum(a / b)", "sum(cast(r.a as double) / nullif(r.b, 0))"),
        ("count(*) filter (kind='nps' and score >= 9)", "count(case when r.kind = 'nps' and r.score >= 9 then 1 end)"),
        ("sum(x) filter (a in ('x','y') or not b)", "sum(case when r.a in ('x', 'y') or not r.b then r.x end)"),
        ("count(distinct k) filter (n >= 2)", "count(distinct case when r.n >= 2 then r.k end)"),
        ("avg(score)", "avg(cast(r.score as double))"),
        ("quantile_cont(v, 0.5)", "percentile_cont(0.5) within group (order by cast(r.v as double))"),
        ("sum(date_diff('day', a, b)) filter (b is not null)", "sum(case when r.b is not null then (cast(r.b as date) - cast(r.a as date)) end)"),
        ("sum(item.price) filter (item.brand = 'x')", "sum(case when r.item__brand = 'x' then r.item__price end)"),
        ("quantile_disc(v, 0.9)", "percentile_disc(0.9) within group (order by r.v)"),
        (
            "count(*) filter (d between date '2026-01-01' and date '2026-01-31')",
            "count(case when r.d between date '2026-01-01' and date '2026-01-31' then 1 end)",
        ),
        ("max(-a)", "max(-r.a)"),
        ("count(*) filter (name = 'L''Été')", "count(case when r.name = 'L''Été' then 1 end)"),
    ],
)
def test_renders(text: str, expected: str) -> None:
    assert aggregate_sql(parse_aggregate(text), prefix="r.") == expected


@pytest.mark.parametrize(
    "text",
    [
        "net_amount",
        "1",
        "sum(a), sum(b)",
        "sum(a) from sale",
        "sum(a) as b",
        "(select sum(a) from sale)",
        "sum((select 1))",
        "sum(a) over ()",
        "sum(a order by b)",
        "sum(distinct a)",
        "string_agg(a)",
        "list(a)",
        "sum(cast(a as int))",
        "sum(a::int)",
        "sum(read_text('x'))",
        "sum(abs(a))",
        "sum(sum(a))",
        "count(*) + 1",
        "sum(a) / 2",
        'sum("Main".a)',
        "sum(f.*)",
        "sum(a); drop table sale",
        "sum(a) -- x",
        "sum(a) /* x */",
        "sum($1)",
        "sum(?)",
        "sum(a.b.c())",
        'sum("A b")',
        "quantile_cont(a, 2)",
        "quantile_cont(a, b)",
        "sum(case when a then 1 end)",
        "sum(a) filter (b in (select 1))",
        "sum(a like 'x')",
        "sum(a || b)",
        "count(*) filter (exists(select 1))",
        "sum(1e999)",
        "sum(null)",
        "sum(interval 1 day)",
        "sum(a) where 1=1",
        "sum(x -> x)",
        "sum([1])",
        "system.sum(a)",
        "sum(" * 60 + "a" + ")" * 60,
        "",
        "sum(a",
        "sum(a" + " " * 500 + ")",
        "sum(a)\n",
        "getvariable('x')",
        "sum(a) union select 1",
        "distinct sum(a)",
        "sum(a % 2)",
        "sum(a // 2)",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(PredicateError):
        parse_aggregate(text)


def test_lists_columns() -> None:
    assert set(columns(parse_aggregate("sum(a * b) filter (c = 'x' and d is null)"))) == {"a", "b", "c", "d"}
    assert set(columns(parse_condition("not e or f in (1, 2)"))) == {"e", "f"}


@pytest.mark.parametrize(
    "text",
    [
        "a = 1 or b = 2 and not c",
        "(a = 1 or b = 2) and not c",
        "not (a = 1 and b = 2)",
        "a - (b - 1) > 1",
        "a is null or b in (1, 3)",
        "a * (b + 1) = 4",
        "(a = 1) = c",
        "-a < b",
    ],
)
def test_conditions_mean_what_was_written(text: str) -> None:
    values = "(values (1, 2, true), (1, 1, false), (2, 2, true), (null, 3, false), (4, 0, null)) as t(a, b, c)"
    written = duckdb.execute(f"select {text} from {values}").fetchall()
    assert duckdb.execute(f"select {condition_sql(parse_condition(text), 't.')} from {values}").fetchall() == written


def test_where_removes_rows_and_filter_keeps_the_cell() -> None:
    rows = "(select * from (values (1, false)) as t(x, w)) as r"
    inside, outside = parse_aggregate("count(*) filter (w)"), parse_aggregate("count(*)")
    where = parse_condition("w")
    assert duckdb.execute(f"select {aggregate_sql(inside, prefix='r.')}, {aggregate_sql(outside, where, 'r.')} from {rows}").fetchone() == (0, None)
    both = aggregate_sql(parse_aggregate("count(x) filter (x > 5)"), parse_condition("not w"), "r.")
    assert duckdb.execute(f"select {both} from {rows}").fetchone() == (0,)


def test_names_come_from_a_closed_alphabet() -> None:
    assert identifier("net_amount") == "net_amount"
    assert identifier("order") == '"order"'
    for name in ('a"b', "a b", "A", "1a", "é", "a;b", ""):
        with pytest.raises(ValueError):
            identifier(name)


def test_every_reserved_word_of_the_database_is_quoted() -> None:
    words = [row[0] for row in duckdb.execute("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'").fetchall()]
    assert len(words) > 50
    unquoted = [word for word in words if identifier(word) == word]
    assert unquoted == []
