"""The language itself: its expressions cannot leave the row, a profile may complete another, the schema is what the types say, the lint says why."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_core.config.yaml import load_yaml, parse_yaml
from kpi_core.errors import ConfigError, Where
from kpi_core.sources import Profiles, compile_profile
from kpi_core.sources.profiles.expression import AGGREGATE, SCALAR, Claim, _check, check
from kpi_core.sources.profiles.lint import mistakes, plain, reason
from kpi_core.sources.profiles.schema import schema
from tests.sources.source_files import PROFILES, ROOT, Loaded, write

CON = duckdb.connect()
CON.execute("SET threads = 1")
EVERY_FUNCTION = sorted({row[0] for row in CON.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()})
FORBIDDEN = sorted(set(EVERY_FUNCTION) - SCALAR - {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*"})
NAMES = {"a", "b"}


def accepted(text: str, aggregates: bool = False) -> bool:
    try:
        check(CON, [Claim(text, NAMES, Where("p.yaml", 7, "k"), aggregates)])
    except ConfigError as error:
        assert error.where == Where("p.yaml", 7, "k")
        return False
    return True


# ---------------------------------------------------------------- expressions

ATOMS = st.sampled_from(["a", "b", "1", "'x'", "NULL", "DATE '2026-01-01'", "a[1]", "(a)", "-a", "CAST(a AS DATE)", "lower(a)", "concat_ws(',', a, b)"])
ESCAPES = st.sampled_from(
    [
        "(SELECT 1)", "EXISTS (SELECT 1)", "a IN (SELECT 1)", "ARRAY(SELECT 1)", "c", "t.a", "*", "COLUMNS(*)", "$1", "?", ":x", "sum(a) OVER ()", "row_number() OVER ()",
        "read_csv('x')", "read_text('/etc/passwd')", "glob('*')", "getenv('HOME')", "getvariable('a')", "current_setting('threads')", "nextval('s')", "query('SELECT 1')",
        "query_table('t')", "current_date", "now()", "random()", "uuid()", "version()", "pg_sleep(1)", "write_log('x')", "lambda a: a", "list_transform([a], lambda x: x)",
        "list_reduce([a], lambda x, y: x)", "a COLLATE nocase", "a::JSON", "{'x': a}", "MAP {'a': 1}", "main.lower(a)", "system.main.lower(a)", "lower(a) FILTER (a)", "unnest([a])",
        "repeat('x', 1000000000)", "list_resize([a], 1000000000)", "range(1000000000)", "(a, b)", "a AT TIME ZONE 'UTC'", "TRY(a)", "sniff_csv('x')", "hash(a)",
    ]
)  # fmt: skip
OPERATORS = st.sampled_from(
    ["({}) + ({})", "({}) || ({})", "coalesce({}, {})", "CASE WHEN ({}) = 1 THEN {} END", "({}) IN (1, {})", "({}) BETWEEN 1 AND ({})", "nullif({}, {})", "({}) IS NULL OR ({}) LIKE 'x%'"]
)  # fmt: skip


def grown(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(leaves, lambda inner: st.builds(lambda shape, one, two: shape.format(one, two), OPERATORS, inner, inner), max_leaves=6)


@settings(max_examples=80, deadline=None)
@given(grown(ATOMS))
def test_plain_expressions_are_allowed(text: str) -> None:
    assert accepted(text)


@settings(max_examples=150, deadline=None)
@given(grown(ATOMS), ESCAPES, OPERATORS, st.booleans())
def test_nothing_leaves_the_row_however_deep_it_hides(around: str, escape: str, shape: str, first: bool) -> None:
    assert not accepted(shape.format(*((escape, around) if first else (around, escape))))


@settings(max_examples=150, deadline=None)
@given(grown(ATOMS), st.sampled_from([") FROM range(3) t(x) WHERE (1", "), (", ") AS x, (", "; SELECT ", ") UNION SELECT (", ") WHERE (", ") LIMIT (", ") WINDOW w AS (", ") + (", ") --", "/*", "*/", " FROM t", " x", "'", '"', "\x00", "\n;"]))  # fmt: skip
def test_a_text_that_is_more_or_less_than_one_expression_is_refused(text: str, more: str) -> None:
    assert not accepted(text + more + text) or more == ") --"
    assert not accepted(more + text)


def test_no_function_is_allowed_that_is_not_listed() -> None:
    """All functions DuckDB has, at once: each with no, one and two arguments."""
    names = [name for name in FORBIDDEN if re.fullmatch(r"[a-z_][a-z0-9_]*", name)]
    trees = CON.execute("SELECT json_serialize_sql('SELECT (' || f || '(a))') FROM unnest(?) AS t(f)", [names]).fetchall()
    for name, (tree,) in zip(names, trees, strict=True):
        if json.loads(tree).get("error"):
            continue  # a word of SQL before it is a function
        with pytest.raises(ConfigError):
            _check(CON, Claim(f"{name}(a)", NAMES, Where("p.yaml"), name not in AGGREGATE), json.loads(tree))
    for name in SCALAR:
        assert name in EVERY_FUNCTION or name in ("coalesce", "ifnull", "if", "nullif"), name


def test_listed_functions_have_no_side_and_no_clock() -> None:
    """The same arguments give the same result: what reads a clock, a setting or chance is marked volatile or by query."""
    rows = CON.execute("SELECT DISTINCT function_name, stability FROM duckdb_functions() WHERE function_type IN ('scalar', 'macro')").fetchall()
    loose = {name for name, stability in rows if stability in ("VOLATILE", "CONSISTENT_WITHIN_QUERY")}
    assert SCALAR & loose <= {"try_strptime", "strftime", "date_trunc", "date_part", "date_diff", "date_add", "last_day"}


# ---------------------------------------------------------------- extends

BASE = """profile: 1
id: vendor.costs
title: {en: Costs}
evidence: real_file
columns:
  sku: {from: [Article code], required: true}
  amount: {from: [Unit cost], as: money, required: true}
  since: {from: [Since], as: date, format: ["%Y-%m-%d"]}
rows:
  - {when: "sku = 'x'", reason: "test article"}
emit:
  product_costs:
    columns: {sku: sku, unit_cost: amount, valid_from: since}
"""
MINE = """id: mine.costs
extends: vendor.costs
evidence: real_file
columns:
  amount: {from: [Prix de revient], as: money, required: true}
  since: null
  from_day: {from: [Depuis], as: date, format: ["%Y-%m-%d"]}
emit:
  product_costs:
    columns: {sku: sku, unit_cost: amount, valid_from: from_day}
"""


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def test_a_profile_takes_from_its_base_what_it_does_not_write(tmp_path: Path) -> None:
    known = Profiles.load(folder(tmp_path / "a", base=BASE), folder(tmp_path / "b", mine=MINE))
    mine = known.get("mine.costs")
    assert mine is not None
    assert list(mine.spec.columns) == ["sku", "amount", "from_day"]
    assert (mine.title.en, len(mine.spec.rows)) == ("Costs", 1)
    loaded = Loaded(write(tmp_path, "costs.csv", "Article code,Prix de revient,Depuis\nx,1.00,2026-01-01\ny,2.50,2026-01-02\n"), known)
    assert loaded.account.profile == "mine.costs"
    assert [str(row) for row in loaded.rows("product_costs", "sku")] == ["('y',)"]
    closer = MINE.replace("Prix de revient", "Unit cost").replace("Depuis", "Since")  # the same header: the one that completes the other
    again = Profiles.load(folder(tmp_path / "a"), folder(tmp_path / "c", mine=closer))
    assert Loaded(write(tmp_path, "same.csv", "Article code,Unit cost,Since\ny,2.50,2026-01-02\n"), again).account.profile == "mine.costs"
    one, two = again.items
    assert reason(one, two) == "extends"
    own_name = MINE.replace("mine.costs", "vendor.costs")  # an override under the same name
    assert [profile.id for profile in Profiles.load(folder(tmp_path / "a"), folder(tmp_path / "d", mine=own_name))] == ["vendor.costs"]


@pytest.mark.parametrize(
    ("base", "mine", "file", "word"),
    [
        (BASE, MINE.replace("extends: vendor.costs", "extends: vendor.cost"), "mine.yaml", "vendor.cost"),
        (BASE.replace("sku = 'x'", "skus = 'x'"), MINE, "base.yaml", "skus"),  # an expression the base wrote
        (BASE, MINE.replace("valid_from: from_day", "valid_from: since"), "mine.yaml", "valid_from: since"),
        (BASE.replace("evidence: real_file\n", "evidence: real_file\nextends: mine.costs\n"), MINE, "base.yaml", "extends"),
        (BASE, MINE.replace("required: true}", "requierd: true}"), "mine.yaml", "requierd"),
    ],
)
def test_a_mistake_is_told_where_it_is_written(tmp_path: Path, base: str, mine: str, file: str, word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        for profile in Profiles.load(folder(tmp_path / "p", base=base, mine=mine)):
            compile_profile(CON, profile)
    where = caught.value.where
    assert where is not None
    assert where.file.endswith(("base.yaml", "mine.yaml") if word == "extends" else file)
    text = base if where.file.endswith("base.yaml") else mine
    assert where.line is not None
    assert word in text.splitlines()[where.line - 1], caught.value


def test_the_check_of_a_profile_names_every_mistake_and_who_else_would_claim_the_file(tmp_path: Path) -> None:
    good = write(tmp_path, "good.yaml", BASE)
    assert mistakes(good, PROFILES) == []
    bad = write(tmp_path, "bad.yaml", BASE.replace("sku = 'x'", "sku = (SELECT 1)").replace("valid_from: since", "valid_from: sinse"))
    assert [error.where.line for error in mistakes(bad, PROFILES) if error.where] == [10, 13]
    twin = write(tmp_path, "twin.yaml", (ROOT / "config/profiles/sumup.sales.yaml").read_text(encoding="utf-8").replace("id: sumup.sales", "id: sumup.mine"))
    (other,) = mistakes(twin, PROFILES)
    assert "sumup.sales" in str(other)


# ---------------------------------------------------------------- lint


def test_why_two_profiles_never_claim_one_file(tmp_path: Path) -> None:
    def with_(id: str, more: str = "", header: str = "Article code") -> str:
        return BASE.replace("vendor.costs", id).replace("Article code", header) + more

    texts = {
        "a": with_("a"), "b": with_("b", header="Other code"), "c": with_("c", "detect: {required: [Colour]}\n").replace("since:", "colour: {from: [Colour]}\n  since:"),
        "d": with_("d", "detect: {preamble: '^# made'}\n"), "e": with_("e", "read: {records: {}}\n"), "f": with_("f", "detect: {forbidden: [Unit cost]}\n"),
    }  # fmt: skip
    known = {profile.id: profile for profile in Profiles.load(folder(tmp_path / "p", **texts))}
    told = {name: reason(known["a"], known[name]) for name in "bcdef"}
    assert told == {"b": "headers", "c": "more required", "d": "preamble", "e": "container", "f": "headers"}


@pytest.mark.parametrize(
    "header", [header for profile in PROFILES for column in profile.spec.columns.values() for header in column.headers if header.startswith("re:")]
)
def test_a_witness_of_a_pattern_matches_it(header: str) -> None:
    assert re.search(header[3:], plain(header))


# ---------------------------------------------------------------- schema


def fits(value: Any, rule: dict[str, Any], whole: dict[str, Any]) -> bool:
    """The part of JSON Schema that the language needs."""
    if "$ref" in rule:
        return fits(value, whole["$defs"][rule["$ref"].rsplit("/", 1)[-1]], whole)
    if "anyOf" in rule and not any(fits(value, one, whole) for one in rule["anyOf"]):
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    kind = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}.get(rule.get("type", ""))
    if kind is not None and (not isinstance(value, kind) or (isinstance(value, bool) and rule["type"] != "boolean")):
        return False
    if isinstance(value, dict):
        known, other = rule.get("properties", {}), rule.get("additionalProperties", True)
        if not set(rule.get("required", ())) <= set(value) or not rule.get("minProperties", 0) <= len(value) <= rule.get("maxProperties", 99):
            return False
        if "if" in rule and not fits(value, rule["if"], whole) and not fits(value, rule["else"], whole):
            return False
        return all(
            fits(part, known[key], whole) if key in known else other is not False and (other is True or fits(part, other, whole)) for key, part in value.items()
        )
    if isinstance(value, list):
        return all(fits(part, rule["items"], whole) for part in value) if "items" in rule else True
    return True


def test_every_shipped_profile_fits_the_schema_and_a_mistake_does_not() -> None:
    whole = schema()
    for path in sorted((ROOT / "config/profiles").glob("*.yaml")):
        assert fits(load_yaml(path).value, whole, whole), path.name
    for text in (
        BASE.replace("title:", "titel:"),
        BASE.replace("unit_cost:", "unit_costs:"),
        BASE.replace("as: money", "as: mony"),
        BASE + "shape: [{}]\n",
        MINE.replace("extends", "xtends"),
    ):
        assert not fits(parse_yaml(text.encode(), "x").value, whole, whole), text
    assert fits(parse_yaml(MINE.encode(), "x").value, whole, whole)
