"""The expressions of a profile: scalar SQL over working names, and nothing else.

DuckDB's own parser reads them (`json_serialize_sql`), then every node must be on a list: no subquery, no table, no window, no
lambda, no function that reads a file, a setting or the clock. A profile can therefore be shared and reviewed as data. Each text is
parsed with brackets around it, as it is used, and without: only what is one whole expression by itself passes both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from kpi_core.config.decode import did_you_mean
from kpi_core.errors import ConfigError, Message, Where, said

MAX_CHARS = 2000
MAX_DEPTH = 40  # of brackets: DuckDB's parser takes seconds over hundreds of them
MAX_PAD = 1000  # characters that lpad and rpad may fill up to
_CLASSES = {"COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE", "CAST", "BETWEEN", "TYPE"}
_OPERATORS = {"OPERATOR_COALESCE", "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_NULLIF"}
_OPERATORS |= {"ARRAY_EXTRACT", "ARRAY_SLICE"}
_SYMBOLS = {"+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*", "like_escape", "ilike_escape", "not_like_escape", "not_ilike_escape"}
SCALAR = {
    "abs", "ceil", "floor", "round", "sign", "greatest", "least", "nullif", "coalesce", "ifnull", "if",
    "lower", "upper", "trim", "ltrim", "rtrim", "length", "left", "right", "substr", "substring", "replace", "concat", "concat_ws",
    "contains", "starts_with", "ends_with", "prefix", "suffix", "strip_accents", "lpad", "split_part",
    "regexp_matches", "regexp_full_match", "regexp_extract", "regexp_replace",
    "year", "month", "day", "date_part", "date_trunc", "last_day", "date_diff", "date_add", "make_date",
    "to_days", "to_weeks", "to_months", "to_years", "to_hours", "to_minutes", "to_seconds", "trunc",
    "hour", "minute", "second", "quarter", "week", "isodow", "dayofweek", "dayofyear", "make_timestamp", "make_time", "try_strptime", "strftime", "epoch",
    "string_split", "regexp_extract_all", "len", "array_length", "list_contains", "list_extract", "array_to_string", "list_distinct",
    "strpos", "instr", "position", "rpad", "mod", "sqrt", "ln",
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
        if _depth(claim.text) > MAX_DEPTH:
            raise _too_deep(claim)
        if "\x00" in claim.text or any("\ud800" <= char <= "\udfff" for char in claim.text):
            raise ConfigError(said("the expression holds a character that is none"), where=claim.where)
    texts = [text for claim in claims for text in (f"SELECT ({claim.text}\n)", f"SELECT {claim.text}\n")]
    parsed = con.execute("SELECT json_serialize_sql(x) FROM unnest(?) AS t(x)", [texts]).fetchall()
    for place, claim in enumerate(claims):
        try:
            for (text,) in parsed[2 * place : 2 * place + 2]:
                _check(con, claim, json.loads(text))
        except RecursionError:
            raise _too_deep(claim) from None


def _too_deep(claim: Claim) -> ConfigError:
    return ConfigError(said("the expression is nested too deeply"), where=claim.where, hint=said("split it into several steps"))


def _depth(text: str) -> int:
    """How many brackets are open at once at most; those within quotes count too, which only makes it stricter."""
    deepest = open_ = 0
    for sign in re.findall(r"[()\[\]{}]", text):
        open_ += 1 if sign in "([{" else -1
        deepest = max(deepest, open_)
    return deepest


def _check(con: duckdb.DuckDBPyConnection, claim: Claim, tree: dict[str, Any]) -> None:
    if tree.get("error"):
        why = tree.get("error_message", "?")
        raise ConfigError(said("the expression {text} is not valid: {why}", text=claim.text, why=why), where=claim.where, hint=_word_of_sql(con, claim))
    statements = tree.get("statements", [])
    node = statements[0]["node"] if len(statements) == 1 else {}
    if (
        node.get("type") != "SELECT_NODE"
        or len(node.get("select_list", ())) != 1
        or (node.get("from_table") or {}).get("type") != "EMPTY"
        or any(node.get(part) for part in ("where_clause", "group_expressions", "group_sets", "having", "qualify", "sample", "modifiers"))
        or node.get("cte_map", {}).get("map")
    ):
        raise ConfigError(said("{text} is more than one expression", text=claim.text), where=claim.where)
    for part in _nodes(node["select_list"][0]):
        _allow(claim, part)


def _word_of_sql(con: duckdb.DuckDBPyConnection, claim: Claim) -> Message | None:
    """The hint where a name of the profile is a word of SQL, such as `at` or `order`."""
    names = sorted({word for word in re.findall(r"[a-z_][a-z0-9_]*", claim.text) if word in claim.names})
    parsed = con.execute("SELECT json_serialize_sql(x) FROM unnest(?) AS t(x)", [[f"SELECT ({name})" for name in names]]).fetchall()
    word = next((name for name, (text,) in zip(names, parsed, strict=True) if json.loads(text).get("error")), None)
    return said("{name} is a word of SQL: give the column another name", name=word) if word is not None else None


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
        if node.get("schema") or node.get("catalog"):  # not a function of the language, but one somebody made
            shown = ".".join(part for part in (node.get("catalog"), node.get("schema"), name) if part)
            raise ConfigError(said("{text} uses the function {name}, which a profile may not", text=claim.text, name=shown), where=claim.where)
        extra = node.get("filter") or node.get("distinct") or node.get("export_state") or (node.get("order_bys") or {}).get("orders")
        if extra and (node.get("export_state") or name not in AGGREGATE):
            raise ConfigError(said("{text} uses {what}, which a profile may not", text=claim.text, what=f"{name} FILTER"), where=claim.where)
        allowed = _SYMBOLS if node.get("is_operator") else SCALAR | (AGGREGATE if claim.aggregates else set())
        if name not in allowed:
            hint = said("aggregates belong to a group step") if name in AGGREGATE else did_you_mean(name, allowed)
            raise ConfigError(said("{text} uses the function {name}, which a profile may not", text=claim.text, name=name), where=claim.where, hint=hint)
        if name in ("lpad", "rpad") and not _short(node):
            raise ConfigError(said("{name} takes a plain number up to {limit}", name=name, limit=MAX_PAD), where=claim.where)
    elif kind == "TYPE" or "cast_type" in node:  # DuckDB 1.5 keeps the type in the cast
        name = str(node["type_name"] if kind == "TYPE" else node["cast_type"]["id"])
        if name.lower() not in _TYPES:
            raise ConfigError(said("{text} uses the type {name}, which a profile may not", text=claim.text, name=name), where=claim.where)


def _short(node: dict[str, Any]) -> bool:
    """Is the length to pad to written out, and small?"""
    given = [item.get("expression", item) for item in node.get("children") or node.get("arguments") or []]  # DuckDB 1.5 and 2.0 write it differently
    constant = given[1] if len(given) > 1 else {}
    held = constant.get("value") or constant.get("literal") or {}
    text = str(held.get("value", held.get("text", "")))
    return text.isdigit() and int(text) <= MAX_PAD


def quoted(text: str) -> str:
    """A string literal. DuckDB's standard strings know no escape but the doubled quote."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'
