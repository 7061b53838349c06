"""What kind of number a KPI is: its formula as one numerator over one denominator.

A formula that sums measures (`revenue - refunds`) adds up over members; one that divides sums (`revenue / orders`) can be explained
member by member; anything else (`a / b - c / d`, products of measures) has no exact part per member, and says so by having no shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpi_core.engine.expression import Binary, Constant, Days, Expr, Negative, Ref
from kpi_core.engine.result import Number
from kpi_core.objectives.exact import exact

DAYS = "days"

Term = tuple[str, ...]  # names multiplied, sorted
Sum = Mapping[Term, Fraction]  # coefficient of each term

ONE: Sum = {(): Fraction(1)}


def _add(left: Sum, right: Sum, sign: int) -> Sum:
    terms = dict(left)
    for term, factor in right.items():
        terms[term] = terms.get(term, Fraction(0)) + sign * factor
    return {term: factor for term, factor in terms.items() if factor}


def _times(left: Sum, right: Sum) -> Sum:
    terms: dict[Term, Fraction] = {}
    for one, factor in left.items():
        for other, scale in right.items():
            term = tuple(sorted(one + other))
            terms[term] = terms.get(term, Fraction(0)) + factor * scale
    return {term: factor for term, factor in terms.items() if factor}


def _without(terms: Sum, name: str) -> Sum:
    smaller: dict[Term, Fraction] = {}
    for term, factor in terms.items():
        at = term.index(name)
        smaller[term[:at] + term[at + 1 :]] = factor
    return smaller


@dataclass(frozen=True)
class Formula:
    """A quotient of sums of products of names. Built with `+ - * /` from `name` and `constant`, so any tree can be folded into one."""

    top: Sum
    bottom: Sum

    def __add__(self, other: Formula) -> Formula:
        return self._join(other, 1)

    def __sub__(self, other: Formula) -> Formula:
        return self._join(other, -1)

    def _join(self, other: Formula, sign: int) -> Formula:
        if self.bottom == other.bottom:
            return _reduced(_add(self.top, other.top, sign), self.bottom)
        return _reduced(_add(_times(self.top, other.bottom), _times(other.top, self.bottom), sign), _times(self.bottom, other.bottom))

    def __mul__(self, other: Formula) -> Formula:
        return _reduced(_times(self.top, other.top), _times(self.bottom, other.bottom))

    def __truediv__(self, other: Formula) -> Formula:
        return _reduced(_times(self.top, other.bottom), _times(self.bottom, other.top))

    def __neg__(self) -> Formula:
        return Formula({term: -factor for term, factor in self.top.items()}, self.bottom)


def name(text: str) -> Formula:
    """A measure, or `days`."""
    return Formula({(text,): Fraction(1)}, ONE)


def constant(number: Number | Fraction) -> Formula:
    """A number written in the formula."""
    value = exact(number)
    return Formula({(): value} if value else {}, ONE)


def _reduced(top: Sum, bottom: Sum) -> Formula:
    """Names that divide every term of both sides cancel: `(a / b) * (b / c)` is `a / c`."""
    while top and bottom:
        shared = next((name for name in sorted({n for term in bottom for n in term}) if all(name in term for term in (*top, *bottom))), None)
        if shared is None:
            break
        top, bottom = _without(top, shared), _without(bottom, shared)
    if set(bottom) == {()}:
        top = {term: factor / bottom[()] for term, factor in top.items()}
        bottom = ONE
    return Formula(top, bottom)


@dataclass(frozen=True)
class Shape:
    """A KPI that can be explained: `top` over `bottom`, each a sum of measures (times `days`). `additive`: there is nothing to divide by."""

    top: Sum
    bottom: Sum

    @property
    def additive(self) -> bool:
        return all(term == () or set(term) == {DAYS} for term in self.bottom)

    @property
    def measures(self) -> frozenset[str]:
        return frozenset(name for side in (self.top, self.bottom) for term in side for name in term if name != DAYS)

    def pair(self, measures: Mapping[str, Number | None], days: int) -> tuple[Fraction, Fraction]:
        """Numerator and denominator of one cell; `days` counts unless `measures` has its own.

        A measure without value counts as zero: it adds nothing to the whole either.
        """
        return _evaluate(self.top, measures, days), _evaluate(self.bottom, measures, days)


def _evaluate(terms: Sum, measures: Mapping[str, Number | None], days: int) -> Fraction:
    total = Fraction(0)
    for term, factor in terms.items():
        product = factor
        for name_ in term:
            number = measures.get(name_, days if name_ == DAYS else None)
            product = product * exact(number) if number is not None else Fraction(0)
        total += product
    return total


def shape_of(formula: Formula) -> Shape | None:
    """The shape of a formula, or None when it has no exact part per member."""

    def linear(terms: Sum) -> bool:
        return bool(terms) and all(sum(name != DAYS for name in term) == 1 for term in terms)

    if any(name.startswith("total(") for side in (formula.top, formula.bottom) for term in side for name in term):
        return None  # the same for every member: members do not sum to it
    whole = all(set(term) <= {DAYS} for term in formula.bottom)
    if not formula.bottom:
        return None
    return Shape(formula.top, formula.bottom) if linear(formula.top) and (whole or linear(formula.bottom)) else None


def formula_of(expr: Expr) -> Formula:
    """Fold a parsed formula; names are the keys of `Value.measures`. Raises ZeroDivisionError for a division by a plain zero."""
    match expr:
        case Constant(value=value):
            return constant(value)
        case Days():
            return name(DAYS)
        case Ref():
            return name(expr.key)
        case Negative(of=inner):
            return -formula_of(inner)
        case Binary(op=op, left=left, right=right):
            one, other = formula_of(left), formula_of(right)
            return {"+": one.__add__, "-": one.__sub__, "*": one.__mul__, "/": one.__truediv__}[op](other)


def shape_for(expr: Expr) -> Shape | None:
    """The shape of a parsed formula whose names are measures (KPI names already replaced by their formulas)."""
    try:
        return shape_of(formula_of(expr))
    except ZeroDivisionError:
        return None
