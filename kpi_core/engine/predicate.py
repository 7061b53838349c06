"""Measure texts (`agg`, `where`): parsed by DuckDB itself (`json_serialize_sql`), kept as a small tree, rendered as plain SQL.

Allowed: sum, count, count(distinct), count(distinct (a, b)) of pairs that are known in full, avg, min, max, quantile_cont, quantile_disc;
`filter (where …)`; columns and `lookup.column`, literals, + - * /, comparisons, and, or, not, in, between, is null, date_diff. Everything else (subqueries,
casts, other functions, windows) is refused.
Rendering uses the subset that other engines know: CASE for FILTER, NULLIF under every division.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from kpi_core.engine.tree import uniform
from kpi_core.view import Filter

MAX_LENGTH = 500
MAX_BRACKETS = 60  # DuckDB's parser takes seconds over hundreds of them
AGGREGATES = ("sum", "count", "avg", "min", "max", "quantile_cont", "quantile_disc")
_QUANTILES = {"quantile_cont": "percentile_cont", "quantile_disc": "percentile_disc"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_COMPARISONS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}


class PredicateError(ValueError):
    """A text that the measure language does not have."""


@dataclass(frozen=True)
class Column:
    name: str


@dataclass(frozen=True)
class Literal:
    """`kind`: number (text as written), string, boolean or date."""

    kind: str
    text: str


@dataclass(frozen=True)
class Operation:
    """`op` is a comparison, an arithmetic sign, `and`, `or`, `not`, `in`, `between`, `is null`, `is not null`, `negative`, `date_diff`."""

    op: str
    args: tuple[Scalar, ...]


Scalar = Column | Literal | Operation


@dataclass(frozen=True)
class Aggregate:
    """One aggregate: `of` None is count(*). `keep` is its FILTER. `share` is the p of quantile_cont and quantile_disc."""

    function: str
    of: Scalar | None
    distinct: bool = False
    keep: Scalar | None = None
    share: str | None = None

    @property
    def sums_up(self) -> bool:
        """True when partial results may be added: sum and count, not distinct."""
        return self.function in ("sum", "count") and not self.distinct


def parse_aggregate(text: str) -> Aggregate:
    """Read the `agg` of a measure. Raises PredicateError."""
    node = _parsed(text)
    if node.get("class") != "FUNCTION" or node.get("is_operator"):
        raise PredicateError(f"must be one of {', '.join(AGGREGATES)} over a column")
    name = node["function_name"].lower()
    arguments = [item["expression"] for item in node["arguments"]]
    distinct, keep = bool(node["distinct"]), None if node["filter"] is None else _scalar(node["filter"], 0)
    if node["order_bys"]["orders"] or node.get("schema") or node.get("catalog"):
        raise PredicateError("order by and schemas are not allowed")
    if name in ("count_star", "count") and not arguments:
        return Aggregate("count", None, False, keep)
    if name == "median" and len(arguments) == 1 and not distinct:
        return Aggregate("quantile_cont", _scalar(arguments[0], 0), False, keep, "0.5")
    if name not in AGGREGATES:
        raise PredicateError(f"{name}( ) is not allowed: use one of {', '.join(AGGREGATES)}")
    if name in _QUANTILES:
        share = _scalar(arguments[1], 0) if len(arguments) == 2 else None
        if not isinstance(share, Literal) or share.kind != "number" or not 0 <= float(share.text) <= 1:
            raise PredicateError(f"{name} takes a column and a share between 0 and 1")
        return Aggregate(name, _scalar(arguments[0], 0), False, keep, share.text)
    if len(arguments) != 1 or (distinct and name != "count"):
        raise PredicateError(f"{name}( ) takes one value; distinct is for count only")
    several = distinct and arguments[0]["class"] == "FUNCTION" and arguments[0]["function_name"].lower() == "row"
    of = Operation("row", tuple(_scalar(item["expression"], 0) for item in arguments[0]["arguments"])) if several else _scalar(arguments[0], 0)
    return Aggregate(name, of, distinct, keep)


def parse_condition(text: str) -> Scalar:
    """Read the `where` of a measure. Raises PredicateError."""
    return _scalar(_parsed(text), 0)


def of_filters(filters: Iterable[Filter]) -> Scalar | None:
    """Filters as a condition; None without any. A value None or '' means rows without a value."""
    found: list[Scalar] = []
    for item in filters:
        column = Column(item.dim)
        values = [Literal("string", value) for value in item.values if value]
        empty = len(values) < len(item.values)
        among: Scalar = Operation("in", (column, *values)) if values else Operation("=", (Literal("number", "1"), Literal("number", "0")))
        none = Operation("is null", (column,))
        test = Operation("or", (among, none)) if values and empty else none if empty else among
        # what a comparison with null says is neither true nor false
        found.append(Operation("not", (Operation("and", (Operation("is not null", (column,)), among)) if not empty else test,)) if item.exclude else test)
    return None if not found else found[0] if len(found) == 1 else Operation("and", tuple(found))


def both(one: Scalar | None, other: Scalar | None) -> Scalar | None:
    """Both conditions, or the one that is there."""
    if one is None or other is None:
        return other if one is None else one
    parts = (part for node in (one, other) for part in (node.args if isinstance(node, Operation) and node.op == "and" else (node,)))
    return Operation("and", tuple(parts))


def columns(node: Aggregate | Scalar | None) -> Iterator[str]:
    """Names of the columns that a text uses."""
    if isinstance(node, Aggregate):
        yield from columns(node.of)
        yield from columns(node.keep)
    elif isinstance(node, Column):
        yield node.name
    elif isinstance(node, Operation):
        for part in node.args:
            yield from columns(part)


def _scalar(node: dict[str, Any], depth: int) -> Scalar:
    if depth > 30:
        raise PredicateError("nested too deeply")

    def inner(part: dict[str, Any]) -> Scalar:
        return _scalar(part, depth + 1)

    kind, form = node["class"], node["type"]
    if kind == "COLUMN_REF":
        names = node["column_names"]
        if not all(_NAME.fullmatch(name) for name in names):
            raise PredicateError(f"{'.'.join(names)} is not a plain column name")
        return Column(".".join(names))
    if kind == "CONSTANT":
        return _literal(node["literal"])
    if kind == "CAST" and node["type_expr"]["type_name"].lower() == "date" and node["child"]["class"] == "CONSTANT":
        text = node["child"]["literal"]["text"]
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return Literal("date", text)
    if kind == "COMPARISON" and form in _COMPARISONS:
        return Operation(_COMPARISONS[form], (inner(node["left"]), inner(node["right"])))
    if kind == "CONJUNCTION":
        return Operation("and" if form == "CONJUNCTION_AND" else "or", tuple(inner(part) for part in node["children"]))
    if kind == "BETWEEN":
        return Operation("between", (inner(node["input"]), inner(node["lower"]), inner(node["upper"])))
    if kind == "OPERATOR":
        operators = {"OPERATOR_NOT": "not", "OPERATOR_IS_NULL": "is null", "OPERATOR_IS_NOT_NULL": "is not null", "COMPARE_IN": "in"}
        if form in operators:
            return Operation(operators[form], tuple(inner(part) for part in node["children"]))
    if kind == "FUNCTION":
        return _function(node, inner)
    raise PredicateError(f"{form.lower().replace('_', ' ')} is not allowed here")


def _function(node: dict[str, Any], inner: Callable[[dict[str, Any]], Scalar]) -> Scalar:
    name, arguments = node["function_name"].lower(), [item["expression"] for item in node["arguments"]]
    if node["filter"] is not None or node["distinct"] or node.get("schema") or node.get("catalog"):
        raise PredicateError("an aggregate cannot stand inside another")
    if node["is_operator"] and name in ("+", "-", "*", "/") and len(arguments) == 2:
        return Operation(name, tuple(inner(part) for part in arguments))
    if node["is_operator"] and name == "-" and len(arguments) == 1:
        return Operation("negative", (inner(arguments[0]),))
    if name in ("date_diff", "datediff") and len(arguments) == 3:
        unit = _scalar(arguments[0], 0)
        if isinstance(unit, Literal) and unit.text == "day":
            return Operation("date_diff", tuple(inner(part) for part in arguments[1:]))
    raise PredicateError(f"{name}( ) is not allowed here")


def _literal(node: dict[str, Any]) -> Literal:
    kinds = {"INTEGER": "number", "NUMERIC": "number", "STRING": "string", "BOOLEAN": "boolean"}
    text = str(node.get("text", ""))
    kind = kinds.get(node.get("kind", ""))
    if kind is None or (kind == "number" and not re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text)):
        raise PredicateError(f"the value {text or 'null'} is not allowed")
    return Literal(kind, text)


_lock = threading.Lock()
_parser: duckdb.DuckDBPyConnection | None = None


def _parsed(text: str) -> dict[str, Any]:
    """The tree of one expression by DuckDB's parser; nothing is ever executed."""
    from kpi_core.store.connection import sealed  # here: most runs parse nothing

    global _parser
    if len(text) > MAX_LENGTH:
        raise PredicateError(f"longer than {MAX_LENGTH} characters")
    if any(ord(char) < 32 for char in text) or any(mark in text for mark in (";", "--", "/*", "$", "\\")):
        raise PredicateError("control characters, ; -- /* $ and \\ are not allowed")
    if text.count("(") + text.count("[") > MAX_BRACKETS or any("\ud800" <= char <= "\udfff" for char in text):
        raise PredicateError("nested too deeply, or no text at all")
    with _lock:
        if _parser is None:
            _parser = sealed()
        row = _parser.execute("select json_serialize_sql(?)", [f"select {text}"]).fetchone()
    try:
        tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    except RecursionError:
        raise PredicateError("nested too deeply") from None
    if tree.get("error") or not tree.get("statements"):
        raise PredicateError((str(tree.get("error_message", "")).splitlines() or ["not an expression"])[0])
    node = tree["statements"][0]["node"]
    plain = (
        len(tree["statements"]) == 1
        and node["type"] == "SELECT_NODE"
        and len(node["select_list"]) == 1
        and node["from_table"]["type"] == "EMPTY"
        and not any(node.get(part) for part in ("where_clause", "group_expressions", "group_sets", "having", "qualify", "sample", "modifiers"))
        and not (node.get("cte_map") or {}).get("map")
        and not node["select_list"][0].get("alias")
    )
    if not plain:
        raise PredicateError("must be one expression")
    found: dict[str, Any] = uniform(node["select_list"][0])
    return found


def condition_sql(node: Scalar, prefix: str = "") -> str:
    """A condition or value as SQL; `prefix` ('r.') is put before column names."""
    return _scalar_sql(node, prefix, 0)


_LEVELS = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "negative": 7, "date_diff": 9, "row": 9}


def _scalar_sql(node: Scalar, prefix: str, outer: int) -> str:
    if isinstance(node, Column):
        return f"{prefix}{identifier(node.name)}"
    if isinstance(node, Literal):
        if node.kind in ("string", "date"):
            quoted = "'" + node.text.replace("'", "''") + "'"
            return f"date {quoted}" if node.kind == "date" else quoted
        return node.text
    level = _LEVELS.get(node.op, 4)

    def part(index: int, more: int = 0) -> str:
        return _scalar_sql(node.args[index], prefix, level + more)

    if node.op in ("and", "or"):
        text = f" {node.op} ".join(part(index, 1) for index in range(len(node.args)))
    elif node.op == "not":
        text = f"not {part(0, 1)}"
    elif node.op == "negative":
        text = f"-{part(0, 1)}"
    elif node.op in ("is null", "is not null"):
        text = f"{part(0, 1)} {node.op}"
    elif node.op == "in":
        text = f"{part(0, 1)} in ({', '.join(_scalar_sql(item, prefix, 0) for item in node.args[1:])})"
    elif node.op == "between":
        text = f"{part(0, 1)} between {part(1, 1)} and {part(2, 1)}"
    elif node.op == "row":  # things that are one only together: not counted where one of them is not known
        values = [_scalar_sql(item, prefix, 4) for item in node.args]
        text = f"case when {' and '.join(f'{value} is not null' for value in values)} then row({', '.join(values)}) end"
    elif node.op == "date_diff":
        text = f"(cast({_scalar_sql(node.args[1], prefix, 0)} as date) - cast({_scalar_sql(node.args[0], prefix, 0)} as date))"
    elif node.op == "/":
        text = f"cast({_scalar_sql(node.args[0], prefix, 0)} as double) / nullif({_scalar_sql(node.args[1], prefix, 0)}, 0)"
    else:
        text = f"{part(0, 1 if level == 4 else 0)} {node.op} {part(1, 1)}"  # comparisons do not chain
    return f"({text})" if level < outer else text


def aggregate_sql(node: Aggregate, where: Scalar | None = None, prefix: str = "") -> str:
    """The aggregate as SQL without FILTER. `where` removes rows first: without a row left even a count is null."""
    keep = node.keep
    if where is not None:
        keep = where if keep is None else Operation("and", (where, keep))
    condition = None if keep is None else condition_sql(keep, prefix)
    value = "1" if node.of is None else condition_sql(node.of, prefix)

    def kept(text: str) -> str:
        return text if condition is None else f"case when {condition} then {text} end"

    if node.function == "count":
        if node.distinct:
            return f"count(distinct {kept(value)})"
        if node.of is None and condition is None:
            return "count(*)"
        if where is None:
            return f"count({kept(value)})"
        counted = node.keep if node.of is None else Operation("is not null", (node.of,))
        if node.of is not None and node.keep is not None:
            counted = Operation("and", (node.keep, Operation("is not null", (node.of,))))
        present = "1" if counted is None else f"case when {condition_sql(counted, prefix)} then 1 else 0 end"
        return f"sum(case when {condition_sql(where, prefix)} then {present} end)"
    if node.function == "quantile_cont":  # as double: on decimals DuckDB cuts the result to the column's digits
        return f"percentile_cont({node.share}) within group (order by cast({kept(value)} as double))"
    if node.function == "quantile_disc":
        return f"percentile_disc({node.share}) within group (order by {kept(value)})"
    if node.function == "avg":
        return f"avg(cast({kept(value)} as double))"
    return f"{node.function}({kept(value)})"


_RESERVED_WORDS = """
    all analyse analyze and any array as asc asymmetric at both by case cast check collate column constraint
    create cross current default deferrable desc describe distinct do else end except false fetch first
    following for foreign from full grant group having in initially inner intersect into is join lambda last
    lateral leading left like limit natural not null offset on only or order outer over partition pivot pivot_longer pivot_wider placing
    preceding primary qualify range references returning right rows select show some summarize symmetric table
    then to trailing true union unique unnest unpivot user using values variadic when where window with
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


def alike(one: str, other: str) -> str:
    """Equal, or both null. In parentheses: some engines read `a is not distinct from b and c` as `… from (b and c)`."""
    return f"({one} is not distinct from {other})"


def identifier(name: str) -> str:
    """A name from a closed set as SQL: plain, or quoted where SQL reserves the word; `item.brand` of a lookup is the column item__brand.

    Raises ValueError for anything else.
    """
    if not all(_NAME.fullmatch(part) for part in name.split(".")):
        raise ValueError(name)
    name = name.replace(".", "__")
    return f'"{name}"' if name in RESERVED else name
