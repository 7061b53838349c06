"""Which dimension to look at first: by how much its members share the gap otherwise than their size would have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import log

from kpi_core.engine.result import Number
from kpi_core.objectives.exact import exact

Amount = Number | Fraction

# Adtributor's two floors: members under a tenth of the gap say nothing, and two thirds of it are enough of an answer.
LEAST_SHARE = 0.1
ENOUGH = 0.67


def power(parts: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Explanatory power of each part, its share of the gap; they sum to one. Empty without a gap. (Bhagwan et al., NSDI 2014.)"""
    gap = sum(parts.values(), Fraction(0))
    return {key: amount / gap for key, amount in parts.items()} if gap else {}


def surprise(expected: Mapping[str, Amount], actual: Mapping[str, Amount]) -> dict[str, float]:
    """Each member's share of the Jensen-Shannon divergence between the shares expected and the shares found, in nats.

    Zero when a member keeps its share of the whole, however large its part of the gap. (Bhagwan et al., NSDI 2014.) Amounts below zero
    have no share and count as zero; empty when either whole is not above zero.
    """
    keys = list(dict.fromkeys((*expected, *actual)))
    p, q = ([max(float(exact(side.get(key, 0))), 0.0) for key in keys] for side in (expected, actual))
    whole_p, whole_q = sum(p), sum(q)
    if whole_p <= 0 or whole_q <= 0:
        return {}
    return {key: _divergence(one / whole_p, other / whole_q) for key, one, other in zip(keys, p, q, strict=True)}


def _divergence(p: float, q: float) -> float:
    mean = p + q
    return 0.5 * ((p * log(2 * p / mean) if p else 0.0) + (q * log(2 * q / mean) if q else 0.0))


def suspects(powers: Mapping[str, Fraction], surprises: Mapping[str, float]) -> Sequence[str]:
    """The few members that answer for the gap: by falling surprise, each with enough of it, until together they have most of it."""
    found: list[str] = []
    reached = Fraction(0)
    for key in sorted(surprises, key=lambda name: (-surprises[name], name)):
        share = powers.get(key, Fraction(0))
        if share < LEAST_SHARE:
            continue
        found.append(key)
        reached += share
        if reached >= ENOUGH:
            break
    return found


def rank(powers: Mapping[str, Fraction], surprises: Mapping[str, float]) -> float:
    """How surprising a dimension is: the surprise of its suspects. Numbers on screen never come from here, only their order."""
    return sum(surprises[key] for key in suspects(powers, surprises))
