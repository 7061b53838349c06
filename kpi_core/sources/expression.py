"""The expressions of a profile: scalar SQL over working names, and nothing else.

DuckDB's own parser reads them (`json_serialize_sql`), then every node must be on a list: no subquery, no table, no window, no
lambda, no function that reads a file. A profile can therefore be shared and reviewed as data.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from kpi_core.config.decode import did_you_mean
from kpi_core.errors import ConfigError, Where, said

MAX_CHARS = 2000
_CLASSES = {"COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE", "CAST", "BETWEEN", "TYPE"}
_OPERATORS = {"OPERATOR_COALESCE", "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_NULLIF"}
_SYMBOLS = {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*"}
SCALAR = {
    "abs", "ceil", "floor", "round", "sign", "greatest", "least", "nullif", "coalesce", "ifnull", "if",
    "lower", "upper", "trim", "ltrim", "rtrim", "length", "left", "right", "substr", "substring", "replace", "concat", "concat_ws",
    "contains", "starts_with", "ends_with", "prefix", "suffix", "strip_accents", "lpad", "split_part",
    "regexp_matches", "regexp_full_match", "regexp_extract", "regexp_replace",
    "year", "month", "day", "date_part", "date_trunc", "last_day", "date_diff", "date_add", "make_date",
    "to_days", "to_weeks", "to_months", "to_years", "to_hours", "to_minutes", "trunc",
}  # fmt: skip
AGGREGATE = {"sum", "min", "max", "count", "count_star", "any_value", "bool_or", "bool_and", "first"}
_TYPES = {"varchar", "date", "timestamp", "time", "boolean", "integer", "bigint", "double", "decimal", "interval", "hugeint", "text", "int"}


@dataclass(frozen=True)
class Claim:
    """One expression and what it may use. `where` is its place in the profile."""

    text: str
    names: Collection[str]
    where: Where
    aggregates: bool = False


def check(con: duckdb.DuckDBPyConnection, claims: Sequence[Claim]) -> None:
    """Refuse every expression that is not plain arithmetic over its names. Raises ConfigError at the first one."""
    if not claims:
        return
    for claim in claims:
        if len(claim.text) > MAX_CHARS:
            raise ConfigError(said("the expression is longer than {limit} characters", limit=MAX_CHARS), where=claim.where)
    parsed = con.execute("SELECT json_serialize_sql(x) FROM unnest(?) AS t(x)", [[f"SELECT ({claim.text}\n)" for claim in claims]]).fetchall()
    for claim, (text,) in zip(claims, parsed, strict=True):
        _check(claim, json.loads(text))


def _check(claim: Claim, tree: dict[str, Any]) -> None:
    if tree.get("error"):
        raise ConfigError(said("the expression {text} is not valid: {why}", text=claim.text, why=tree.get("error_message", "?")), where=claim.where)
    statements = tree.get("statements", [])
    node = statements[0]["node"] if len(statements) == 1 else {}
    if (
        node.get("type") != "SELECT_NODE"
        or len(node.get("select_list", ())) != 1
        or (node.get("from_table") or {}).get("type") != "EMPTY"
        or any(node.get(part) for part in ("where_clause", "group_expressions", "having", "qualify", "sample", "modifiers"))
        or node.get("cte_map", {}).get("map")
    ):
        raise ConfigError(said("{text} is more than one expression", text=claim.text), where=claim.where)
    for part in _nodes(node["select_list"][0]):
        _allow(claim, part)


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "class" in value:
            yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _allow(claim: Claim, node: dict[str, Any]) -> None:
    kind = node["class"]
    if kind not in _CLASSES or (kind == "OPERATOR" and node["type"] not in _OPERATORS):
        raise ConfigError(said("{text} uses {what}, which a profile may not", text=claim.text, what=str(node["type"]).lower()), where=claim.where)
    if kind == "COLUMN_REF":
        names = node["column_names"]
        if len(names) != 1 or names[0] not in claim.names:
            shown = ".".join(names)
            raise ConfigError(said("{name} is not a name of this profile", name=shown), where=claim.where, hint=did_you_mean(shown, claim.names))
    elif kind == "FUNCTION":
        name = node["function_name"]
        allowed = _SYMBOLS if node.get("is_operator") else SCALAR | (AGGREGATE if claim.aggregates else set())
        if name not in allowed and name not in SCALAR:
            hint = said("aggregates belong to a group step") if name in AGGREGATE else did_you_mean(name, allowed)
            raise ConfigError(said("{text} uses the function {name}, which a profile may not", text=claim.text, name=name), where=claim.where, hint=hint)
    elif kind == "TYPE" or "cast_type" in node:  # DuckDB 1.5 keeps the type in the cast
        name = str(node["type_name"] if kind == "TYPE" else node["cast_type"]["id"])
        if name.lower() not in _TYPES:
            raise ConfigError(said("{text} uses the type {name}, which a profile may not", text=claim.text, name=name), where=claim.where)


def quoted(text: str) -> str:
    """A string literal. DuckDB's standard strings know no escape but the doubled quote."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'
