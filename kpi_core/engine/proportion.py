"""The sample behind a formula: a count of some of the things that another measure counts, or the difference of two such shares."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from kpi_core.engine.expression import Binary, Expr, Ref, scaled


@dataclass(frozen=True)
class Share:
    """`hits` of `of`; `less` (detractors) counts against. Names are `Ref.key`, those of `Value.measures`."""

    hits: str
    of: str
    less: str | None = None


@dataclass(frozen=True)
class Proportion:
    """factor × (first − second), `second` None for a plain share."""

    factor: Fraction
    first: Share
    second: Share | None = None

    @property
    def shares(self) -> tuple[Share, ...]:
        return (self.first,) if self.second is None else (self.first, self.second)


def proportion(expr: Expr, kind: str) -> Proportion | None:
    """The sample of a formula as `interval: wilson` (hits ÷ of) or `nps` ((hits − less) ÷ of) reads it; None when it is none."""
    factored = scaled(expr)
    if factored is None:
        return None
    factor, expr = factored
    if factor <= 0 or not isinstance(expr, Binary):
        return None
    if expr.op == "-":
        first, second = _share(expr.left, kind), _share(expr.right, kind)
        return Proportion(factor, first, second) if first and second else None
    share = _share(expr, kind)
    return Proportion(factor, share) if share else None


def _share(expr: Expr, kind: str) -> Share | None:
    if not (isinstance(expr, Binary) and expr.op == "/" and isinstance(expr.right, Ref)):
        return None
    hits = expr.left
    if kind == "wilson" and isinstance(hits, Ref):
        return Share(hits.key, expr.right.key)
    if kind == "nps" and isinstance(hits, Binary) and hits.op == "-" and isinstance(hits.left, Ref) and isinstance(hits.right, Ref):
        return Share(hits.left.key, expr.right.key, hits.right.key)
    return None
