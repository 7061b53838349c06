"""KPI formulas: what is allowed, how they render, and that SQL and exact fractions agree."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_core.engine import expression
from kpi_core.engine.expression import DivisorIsZero, FormulaError, evaluate, is_exact, is_linear, parse, ratio, to_sql, to_text


@pytest.mark.fault(18)
@pytest.mark.parametrize(
    "text",
    [
        "revenue; drop table sale",
        "(select 1)",
        "revenue from sale --",
        "read_text(0)",
        "query(1)",
        "revenue.x",
        "sum(revenue)",
        "exists(select 1)",
        "cast(revenue as varchar)",
        "revenue ** 9",
        "revenue // 2",
        "revenue % 2",
        "revenue || 1",
        "revenue[1]",
        "lambda: 1",
        "[1]",
        "{1: 2}",
        "'text'",
        "revenue if orders else 1",
        "revenue and orders",
        "revenue < 1",
        "not revenue",
        "~revenue",
        "x := 1",
        "f'{revenue}'",
        "1e999",
        "1e50",
        "1j",
        "True",
        "None",
        "revenue /* c */",
        "compare(revenue + orders)",
        "compare(days)",
        "compare()",
        "compare(a, b)",
        "total(*a)",
        "total(x=a)",
        "__import__('os')",
        "\u0440evenue",
        "",
        "a b",
        "+",
        "(" * 400 + "1" + ")" * 400,
        "1" + "+1" * 300,
        "…",
        "revenue # a comment",
        "revenue \\\n + 1",
        "1or 2",  # Python would warn of it on the screen
        "0x1for x in y",
        "1e-400",  # would be a zero without a word
        "0." + "1" * 40,
        "9" * 17,
        "1_000",
        "0b1",
        "1e3",
        "range(1000000000)",
        "sum(revenue) over ()",
        "sum(revenue) filter (where qty > 1)",
        "interval 1 day",
        "x -> x",
        "await revenue",
        "-" * 400 + "1",
        "\x00",
        "revenue\x1b[2J",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


def sql(text: str) -> str:
    return to_sql(parse(text), lambda ref: ref.name if not ref.context else f"{ref.context[0]}.{ref.name}", "n_days")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revenue / orders", "cast(revenue as double) / nullif(orders, 0)"),
        ("revenue - refunds", "revenue - refunds"),
        ("(a - b) / c * 100", "cast(a - b as double) / nullif(c, 0) * 100"),
        ("a - (b - c)", "a - (b - c)"),
        ("a / b / c", "cast(a as double) / nullif(b, 0) / nullif(c, 0)"),
        ("a / (b / c)", "cast(a as double) / nullif(cast(b as double) / nullif(c, 0), 0)"),
        ("a * (b + c)", "a * (b + c)"),  # two measures: decimals stay exact
        ("a * 0.2 - b", "a * 0.2 - b"),
        ("a * b * c", "cast(a * b as double) * cast(c as double)"),
        ("a / b * c", "cast(a as double) / nullif(b, 0) * cast(c as double)"),
        ("a / days", "cast(a as double) / nullif(n_days, 0)"),
        ("revenue / compare(revenue) - 1", "cast(revenue as double) / nullif(c.revenue, 0) - 1"),
        ("a / total(a)", "cast(a as double) / nullif(t.a, 0)"),
        ("-a + 2", "(-a) + 2"),
    ],
)
def test_renders(text: str, expected: str) -> None:
    assert sql(text) == expected


def test_kinds() -> None:
    assert is_exact(parse("a - b + 1")) and not is_exact(parse("a / b")) and not is_exact(parse("a + 0.5"))
    assert is_linear(parse("a - 2 * b / 4")) and not is_linear(parse("a / b")) and not is_linear(parse("a + 1")) and not is_linear(parse("a / total(a)"))
    parts = ratio(parse("(a - b) / c * 100"))
    assert parts is not None and parts[2] == 100
    assert ratio(parse("a / b - 1")) is None and ratio(parse("a / (b / c)")) is None


def test_evaluates_exactly() -> None:
    values = {"a": Decimal("0.1"), "b": Decimal("0.2"), "n": 3, "compare(a)": 2}
    assert evaluate(parse("a + b"), values) == Fraction(3, 10)
    assert evaluate(parse("a / n"), values) == Fraction(1, 30)
    assert evaluate(parse("a / compare(a)"), values) == Fraction(1, 20)
    assert evaluate(parse("a + missing"), values) is None
    with pytest.raises(DivisorIsZero) as caught:
        evaluate(parse("a / (n - 3)"), values)
    assert to_text(caught.value.divisor, lambda ref: ref.name) == "n - 3"


NAMES = st.sampled_from(["a", "b", "c"])
FORMULAS = st.recursive(
    st.one_of(NAMES, st.integers(0, 9).map(str), st.sampled_from(["0.5", "2.25"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})"), inner.map(lambda text: f"-({text})")
    ),
    max_leaves=8,
)
NUMBER = st.one_of(st.none(), st.integers(-50, 50).map(lambda cents: Decimal(cents) / 4))


@pytest.mark.fault(18)
@settings(max_examples=150, deadline=None)
@given(text=FORMULAS, a=NUMBER, b=NUMBER, c=NUMBER)
def test_sql_and_fractions_agree(text: str, a: Decimal | None, b: Decimal | None, c: Decimal | None) -> None:
    tree = parse(text)
    query = to_sql(tree, lambda ref: f"cast(t.{ref.name} as decimal(18,6))", "1")
    row = duckdb.execute(f"select {query} from (select ? as a, ? as b, ? as c) as t", [a, b, c]).fetchone()
    assert row is not None
    try:
        expected = evaluate(tree, {"a": a, "b": b, "c": c})
    except DivisorIsZero:
        expected = None
    if expected is None:
        assert row[0] is None or abs(float(row[0])) > 1e10  # a divisor that is zero exactly may be a rounding error in doubles
    elif row[0] is not None:
        assert float(row[0]) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_free_text_keeps_the_meaning() -> None:
    for text in ("a - (b - c)", "a / (b / c)", "(a + b) * c", "a + b * c", "-(a + b)"):
        again = parse(to_text(parse(text), lambda ref: ref.key))
        values = {"a": 7, "b": 3, "c": 2}
        assert evaluate(again, values) == evaluate(parse(text), values)
    assert expression.uses_days(parse("a / days")) and not expression.uses_days(parse("a"))


def test_functions_of_time_stand_on_the_names() -> None:
    inner = parse("a - shift(2 * shift(b / a, 5 days), 2 weeks)")
    assert [ref.key for ref in expression.refs(inner)] == ["a", "shift(shift(b, 5 days), 2 weeks)", "shift(shift(a, 5 days), 2 weeks)"]
    assert [ref.key for ref in expression.refs(parse("or_zero(rolling(a, 1 month)) + to_date(a, all) - month_start(a)"))] == [
        "or_zero(rolling(a, 1 month))",
        "to_date(a, all)",
        "month_start(a)",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "shift(a)",
        "shift(a, 5)",
        "shift(a, b)",
        "shift(a, 0 days)",
        "shift(a, 99999 days)",
        "rolling(a, 5 hours)",
        "to_date(a, decade)",
        "to_date(a)",
        "month_start(a, 1 day)",
        "or_zero()",
        "shift(days, 1 day)",
        "5 days",
        "shift(a, n=5)",
    ],
)
def test_a_function_of_time_is_written_one_way(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)
