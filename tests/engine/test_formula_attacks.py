"""What somebody might write into a measure, a condition or a profile to reach files, settings or memory: refused with its place."""

from __future__ import annotations

import contextlib
import time

import pytest

from kpi_core.engine.predicate import PredicateError, parse_aggregate, parse_condition
from kpi_core.errors import ConfigError, Where
from kpi_core.sources.profiles.expression import Claim, check
from kpi_core.store.connection import sealed

ATTACKS = [
    "sum(revenue); drop table lines", "(select 1)", "sum(revenue) from lines --", "read_text('/etc/passwd')", "read_csv('/etc/passwd')", "glob('*')", "getenv('HOME')",
    "getvariable('x')", "current_setting('memory_limit')", "query('select 1')", "query_table('lines')", "exists(select 1)", "revenue in (select 1)", "lines.revenue.x",
    "sum(revenue) over ()", "unnest(revenue)", "repeat('x', 1000000000)", "range(1000000000)", "lpad('x', 1000000000, 'y')", "rpad('x', revenue, 'y')",
    "list_transform([1], lambda x: x)", "[x for x in [1]]", "{a: 1}", "MAP {}", "columns(*)", "*", "system(1)", "salary", "random()", "now()", "current_user", "nextval('s')",
    "error('x')", "format('{}', 1)", "sum(revenue order by revenue)", "string_agg(revenue)", "revenue union select 1", "revenue limit 1", "revenue, 1", "?", "$1", "FROM x",
    "VALUES (1)", "main.lower(revenue)", "pg_catalog.lower(revenue)", "cast(revenue as json)", "case when (select 1) then 1 end", "(" * 200 + "1" + ")" * 200, "(" * 499,
    "abs(" * 99 + "1" + ")" * 99, "[" * 200 + "]" * 200, "\ud800", "\x00", "",
]  # fmt: skip


@pytest.mark.fault(18)
@pytest.mark.parametrize("text", ATTACKS)
def test_attacks_are_refused_at_once(text: str) -> None:
    started = time.monotonic()
    for read in (parse_aggregate, parse_condition):
        if text not in ("salary", "current_user", "lines.revenue.x") or read is parse_aggregate:  # whether a column exists, the catalogue says
            with pytest.raises(PredicateError):
                read(text)
    with pytest.raises(ConfigError) as caught:
        check(_CON, [Claim(text, {"revenue", "qty"}, Where("profiles/x.yaml", 3, "shape.0.derive.y"))])
    assert str(caught.value.where) == "profiles/x.yaml:3 [shape.0.derive.y]"
    assert time.monotonic() - started < 5


@pytest.mark.fault(18)
@pytest.mark.parametrize("text", ["(" * 1990, "1" + "+1" * 990, "not " * 490 + "true", "-" * 1990 + "1", "'" * 1999, "case when " * 180, "revenue::int" + "::int" * 350])
def test_long_ones_end_at_once(text: str) -> None:
    started = time.monotonic()
    with contextlib.suppress(ConfigError):
        check(_CON, [Claim(text, {"revenue"}, Where("profiles/x.yaml", 3))])
    assert time.monotonic() - started < 5


_CON = sealed()
