"""Intervals and tests in closed form. Pure functions of counts; proportions are fractions of 1.

Intervals are two-sided at 95 %, the level every figure on screen uses.
"""

from __future__ import annotations

import math

Interval = tuple[float, float]
Z95 = 1.959963984540054  # the .975 quantile of the normal distribution


def wilson(hits: float, n: float, z: float = Z95) -> Interval:
    """Interval of a proportion `hits` / `n` (Wilson 1927). Raises ValueError unless 0 ≤ hits ≤ n and n > 0."""
    if not 0 <= hits <= n or n <= 0:
        raise ValueError(f"{hits} of {n} is no proportion")
    p, spread = hits / n, z * z / n
    centre = (p + spread / 2) / (1 + spread)
    half = z * math.sqrt(p * (1 - p) / n + spread / (4 * n)) / (1 + spread)
    # at 0 and 1 the bound is exact, whatever the last bits say
    return (0.0 if hits == 0 else max(0.0, centre - half)), (1.0 if hits == n else min(1.0, centre + half))


def difference(first: float, first_interval: Interval, second: float, second_interval: Interval) -> Interval:
    """Interval of first − second from the interval of each, when the two samples are independent: squares of the margins add up.

    With two Wilson intervals this is Newcombe's method 10 (Newcombe 1998); with two symmetric ones it is z·√(se₁² + se₂²).
    """
    apart = first - second
    below = math.hypot(first - first_interval[0], second_interval[1] - second)
    above = math.hypot(first_interval[1] - first, second - second_interval[0])
    return apart - below, apart + above


def nps_variance(promoters: float, detractors: float, n: float) -> float:
    """Variance of one answer's score of +1, 0 or −1: p⁺ + p⁻ − (p⁺ − p⁻)² (CRAN package NPS, `npvar`)."""
    up, down = promoters / n, detractors / n
    return up + down - (up - down) ** 2


def nps(promoters: float, detractors: float, n: float, z: float = Z95) -> Interval:
    """Interval of a net promoter score as a fraction of 1, adjusted Wald: ¾ more promoters and detractors among 3 more answers.

    Source: Rocks 2016 (The American Statistician), by Lewis and Sauro, measuringu.com/nps-three-confidence-intervals.
    Raises ValueError unless there are answers and no more promoters and detractors than answers.
    """
    if n <= 0 or promoters < 0 or detractors < 0 or promoters + detractors > n:
        raise ValueError(f"{promoters} promoters and {detractors} detractors of {n} are no survey")
    more = promoters + 0.75, detractors + 0.75, n + 3
    centre = (more[0] - more[1]) / more[2]
    half = z * math.sqrt(nps_variance(*more) / more[2])
    score = (promoters - detractors) / n
    return max(-1.0, min(score, centre - half)), min(1.0, max(score, centre + half))


def two_proportions(hits: float, n: float, other_hits: float, other_n: float) -> tuple[float, float]:
    """z and two-sided p of the test that two proportions are the same, their variance pooled. Raises ValueError without a spread."""
    pooled = (hits + other_hits) / (n + other_n)
    spread = pooled * (1 - pooled) * (1 / n + 1 / other_n)
    if spread <= 0:
        raise ValueError("all or none: the test says nothing")
    z = (hits / n - other_hits / other_n) / math.sqrt(spread)
    return z, math.erfc(abs(z) / math.sqrt(2))
