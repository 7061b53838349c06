"""KPI formulas: `+ - * / ( )`, numbers, names, `days`, `compare(x)`, `total(x)`, functions of time; read with Python's parser, never run.

A formula renders to SQL and evaluates over exact fractions; both follow one rule: every `/` is `/ nullif(x, 0)`, null in, null out.
A function of time says at which days its names are read, so it is kept on the names and the formula stays plain arithmetic.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from kpi_core.engine.moves import FUNCTIONS, UNITS, Move
from kpi_core.engine.result import Number

MAX_LENGTH = 500
CONTEXT = ("compare", "total")
OR_ZERO = "or_zero"
_LENGTH_OF_TIME = re.compile(r"\b(\d{1,5})\s+(day|week|month|quarter|year)s?\b")
_SPAN = re.compile(r"span_(\d+)_([a-z]+)")
_SIGNS = re.compile(r"[A-Za-z0-9_.,+\-*/() \t\r\n]*")
_NUMERAL = re.compile(r"(?<![A-Za-z0-9_.])[0-9.][A-Za-z0-9_.]*")
_PLAIN = re.compile(r"[0-9]{1,15}|(?=[0-9.]{3,16}$)[0-9]+\.[0-9]+")  # what a double keeps to the last digit
_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class FormulaError(ValueError):
    """A formula that the language does not have; the text says which part, for a ConfigError with the line."""


@dataclass(frozen=True)
class Constant:
    value: Fraction
    text: str


@dataclass(frozen=True)
class Days:
    """Number of days of the period asked, clamped to the data."""


@dataclass(frozen=True)
class Ref:
    """A measure (or, before expansion, a KPI). `context`: '' here and now, 'compare' or 'total'. `scope`: the KPIs it came through.

    `time`: the functions of time it is read through, outermost first. `zero`: a loaded cell without rows counts as 0 (`or_zero`).
    """

    name: str
    context: str = ""
    scope: tuple[str, ...] = ()
    time: tuple[Move, ...] = ()
    zero: bool = False

    @property
    def key(self) -> str:
        """How the value is called in `Value.measures`: `revenue`, `compare(revenue)`, `shift(revenue, 14 days)`."""
        return self.around("@".join((self.name, *self.scope)))

    def around(self, name: str) -> str:
        """`name` within the functions that stand around it in the formula."""
        text = f"{self.context}({name})" if self.context else name
        for move in reversed(self.time):
            text = move.around(text)
        return f"{OR_ZERO}({text})" if self.zero else text


@dataclass(frozen=True)
class Negative:
    of: Expr


@dataclass(frozen=True)
class Binary:
    op: str
    left: Expr
    right: Expr


Expr = Constant | Days | Ref | Negative | Binary


class DivisorIsZero(Exception):
    """Exact evaluation met a zero divisor; `divisor` is the part of the formula that is zero."""

    def __init__(self, divisor: Expr) -> None:
        super().__init__(divisor)
        self.divisor = divisor


def parse(text: str) -> Expr:
    """Read a formula. Raises FormulaError."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"longer than {MAX_LENGTH} characters")
    if not text.isascii():
        raise FormulaError("only plain ASCII letters, digits and + - * / ( ) are allowed")
    if not _SIGNS.fullmatch(text):
        raise FormulaError("not a formula of + - * / ( ), numbers and measure names")
    for numeral in _NUMERAL.findall(text):  # before Python sees them: it warns of `1or 2` on the screen, and makes 1e-400 a zero
        if not _PLAIN.fullmatch(numeral):
            raise FormulaError(f"the number {numeral[:30]} is not plain, such as 100 or 0.25, or has more than 15 digits")
    try:
        tree = ast.parse(_LENGTH_OF_TIME.sub(r"span_\1_\2", text.strip()), mode="eval")
        return _convert(tree.body, 0)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        if isinstance(error, FormulaError):
            raise
        raise FormulaError("not a formula of + - * / ( ), numbers and measure names") from None


def _convert(node: ast.expr, depth: int) -> Expr:
    if depth > 50:
        raise FormulaError("nested too deeply")
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        text = repr(node.value)
        if "e" in text or "inf" in text or len(text) > 30:
            raise FormulaError(f"the number {text} is out of range")
        return Constant(Fraction(text), text)
    if isinstance(node, ast.Name) and _SPAN.fullmatch(node.id):
        raise FormulaError("a length of time stands in shift( ) and rolling( ) only")
    if isinstance(node, ast.Name):
        return Days() if node.id == "days" else Ref(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _convert(node.operand, depth + 1)
        return Negative(inner) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return Binary(_OPERATORS[type(node.op)], _convert(node.left, depth + 1), _convert(node.right, depth + 1))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CONTEXT:
        if len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.Name) and node.args[0].id != "days":
            return Ref(node.args[0].id, node.func.id)
        raise FormulaError(f"{node.func.id}( ) takes one measure name")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in (*FUNCTIONS, OR_ZERO):
        return _timed(node.func.id, node, depth)
    names = ", ".join((*CONTEXT, *FUNCTIONS, OR_ZERO))
    raise FormulaError(f"{ast.unparse(node)[:40]} is not allowed: only + - * / ( ), numbers, measure names, days and {names}")


def _timed(function: str, node: ast.Call, depth: int) -> Expr:
    """A function of time or `or_zero`: put around every name within."""
    takes_more = FUNCTIONS.get(function, "")
    if len(node.args) != (2 if takes_more else 1) or node.keywords:
        example = {"length": ", 14 days", "unit": ", month"}.get(takes_more, "")
        raise FormulaError(f"{function}( ) is written {function}(x{example})")
    inner = _convert(node.args[0], depth + 1)
    if uses_days(inner):
        raise FormulaError(f"days cannot stand inside {function}( )")
    if function == OR_ZERO:
        return substitute(inner, lambda ref: replace(ref, zero=True))
    move = Move(function)
    if takes_more:
        text = node.args[1].id if isinstance(node.args[1], ast.Name) else ""
        length = _SPAN.fullmatch(text)
        if takes_more == "length":
            if length is None or not 1 <= int(length[1]) <= 3660:
                raise FormulaError(f"{function}( ) needs a length of time such as 14 days, 2 weeks or 1 month")
            move = Move(function, int(length[1]), length[2])
        elif text in UNITS:
            move = Move(function, 0, text)
        else:
            raise FormulaError(f"{function}( ) needs one of {', '.join(UNITS)}")
    return substitute(inner, lambda ref: replace(ref, time=(move, *ref.time)))


def refs(expr: Expr) -> Iterator[Ref]:
    """Every name of the formula, left to right, repeats included."""
    if isinstance(expr, Ref):
        yield expr
    elif isinstance(expr, Negative):
        yield from refs(expr.of)
    elif isinstance(expr, Binary):
        yield from refs(expr.left)
        yield from refs(expr.right)


def uses_days(expr: Expr) -> bool:
    if isinstance(expr, Binary):
        return uses_days(expr.left) or uses_days(expr.right)
    return uses_days(expr.of) if isinstance(expr, Negative) else isinstance(expr, Days)


def substitute(expr: Expr, replace: Callable[[Ref], Expr]) -> Expr:
    """The formula with every name replaced."""
    if isinstance(expr, Ref):
        return replace(expr)
    if isinstance(expr, Negative):
        return Negative(substitute(expr.of, replace))
    if isinstance(expr, Binary):
        return Binary(expr.op, substitute(expr.left, replace), substitute(expr.right, replace))
    return expr


def is_exact(expr: Expr) -> bool:
    """Only sums and differences of measures and whole numbers: stays an exact decimal in SQL."""
    if isinstance(expr, Binary):
        return expr.op in "+-" and is_exact(expr.left) and is_exact(expr.right)
    if isinstance(expr, Negative):
        return is_exact(expr.of)
    return not isinstance(expr, Constant) or expr.value.denominator == 1


def is_double(expr: Expr) -> bool:
    """True when the formula is computed in floating point: a ratio, or a product of more than two measures. Else decimals stay exact."""
    if isinstance(expr, Negative):
        return is_double(expr.of)
    if not isinstance(expr, Binary):
        return False
    return expr.op == "/" or is_double(expr.left) or is_double(expr.right) or _factors(expr) > 2


def _factors(expr: Expr) -> int:
    """How many measures are multiplied at most."""
    if isinstance(expr, Binary):
        left, right = _factors(expr.left), _factors(expr.right)
        return left + right if expr.op == "*" else max(left, right)
    return _factors(expr.of) if isinstance(expr, Negative) else int(isinstance(expr, (Ref, Days)))


def is_linear(expr: Expr) -> bool:
    """A weighted sum of measures without constant term: its parts add up when those of its measures do."""
    if isinstance(expr, Ref):
        return not expr.context
    if isinstance(expr, Negative):
        return is_linear(expr.of)
    if isinstance(expr, Binary):
        if expr.op in "+-":
            return is_linear(expr.left) and is_linear(expr.right)
        if expr.op == "*":
            return (isinstance(expr.left, Constant) and is_linear(expr.right)) or (isinstance(expr.right, Constant) and is_linear(expr.left))
        return isinstance(expr.right, Constant) and expr.right.value != 0 and is_linear(expr.left)
    return False


def scaled(expr: Expr) -> tuple[Fraction, Expr] | None:
    """`(factor, rest)` of a formula factor x rest, the plain numbers taken out; None for a product of two things that are no numbers."""
    factor = Fraction(1)
    while isinstance(expr, Binary) and expr.op == "*":
        if isinstance(expr.right, Constant):
            factor, expr = factor * expr.right.value, expr.left
        elif isinstance(expr.left, Constant):
            factor, expr = factor * expr.left.value, expr.right
        else:
            return None
    return factor, expr


def ratio(expr: Expr) -> tuple[Expr, Expr, Fraction] | None:
    """`(numerator, denominator, factor)` of a formula factor x N / D with linear N and D; None when it is not one."""
    factored = scaled(expr)
    if factored is None:
        return None
    factor, expr = factored
    if isinstance(expr, Binary) and expr.op == "/" and is_linear(expr.left) and is_linear(expr.right):
        return expr.left, expr.right, factor
    return None


def evaluate(expr: Expr, values: Mapping[str, Number | Fraction | None]) -> Fraction | None:
    """The exact value; `values` maps `Ref.key` (and 'days') to numbers. None when an input is missing. Raises DivisorIsZero."""
    if isinstance(expr, Constant):
        return expr.value
    if isinstance(expr, Days):
        return exact(values.get("days"))
    if isinstance(expr, Ref):
        return exact(values.get(expr.key))
    if isinstance(expr, Negative):
        inner = evaluate(expr.of, values)
        return None if inner is None else -inner
    left, right = evaluate(expr.left, values), evaluate(expr.right, values)
    if left is None or right is None:
        return None
    if expr.op == "/":
        if right == 0:
            raise DivisorIsZero(expr.right)
        return left / right
    return left + right if expr.op == "+" else left - right if expr.op == "-" else left * right


def exact(value: Number | Fraction | None) -> Fraction | None:
    """A number as the fraction it is; a decimal keeps its digits."""
    if value is None:
        return None
    return Fraction(value) if not isinstance(value, Decimal) else Fraction(*value.as_integer_ratio())


def to_sql(expr: Expr, column: Callable[[Ref], str], days: str) -> str:
    """The formula as SQL. `column` gives the SQL of a name, `days` that of the number of days."""
    return _sql(expr, column, days, 0)


_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}


def _sql(expr: Expr, column: Callable[[Ref], str], days: str, outer: int) -> str:
    if isinstance(expr, Constant):
        return expr.text
    if isinstance(expr, Days):
        return days
    if isinstance(expr, Ref):
        return column(expr)
    if isinstance(expr, Negative):
        return f"(-{_sql(expr.of, column, days, 3)})"
    binding = _BINDING[expr.op]
    if expr.op == "/":
        over = f"cast({expr.left.text} as double)" if isinstance(expr.left, Constant) else _double(expr.left, column, days, 2)  # 1 / 2 is 0 elsewhere
        text = f"{over} / nullif({_sql(expr.right, column, days, 0)}, 0)"
    elif expr.op == "*" and is_double(expr):
        text = f"{_double(expr.left, column, days, 2)} * {_double(expr.right, column, days, 3)}"
    elif expr.op == "*":
        text = f"{_sql(expr.left, column, days, 2)} * {_sql(expr.right, column, days, 3)}"
    else:
        text = f"{_sql(expr.left, column, days, 1)} {expr.op} {_sql(expr.right, column, days, 2)}"
    return f"({text})" if binding < outer else text


def _double(expr: Expr, column: Callable[[Ref], str], days: str, outer: int) -> str:
    """Money stays DECIMAL until a ratio or a product of more than two measures: cast there, where decimals would round or overflow."""
    if not isinstance(expr, Constant) and not is_double(expr):
        return f"cast({_sql(expr, column, days, 0)} as double)"
    return _sql(expr, column, days, outer)


def to_text(expr: Expr, name: Callable[[Ref], str]) -> str:
    """The formula for people, with `name` saying what a name is called."""
    return _sql_free(expr, name, 0)


def _sql_free(expr: Expr, name: Callable[[Ref], str], outer: int) -> str:
    if isinstance(expr, Constant):
        return expr.text
    if isinstance(expr, Days):
        return "days"
    if isinstance(expr, Ref):
        return name(expr)
    if isinstance(expr, Negative):
        return f"-{_sql_free(expr.of, name, 3)}"
    binding = _BINDING[expr.op]
    left = _sql_free(expr.left, name, binding)
    right = _sql_free(expr.right, name, binding + (1 if expr.op in "-/" else 0))
    text = f"{left} {expr.op} {right}"
    return f"({text})" if binding < outer else text
