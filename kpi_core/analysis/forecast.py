"""Where a period in progress will end, from its days: a weekday profile times a recent level, checked on this KPI's own past.

Model: two settings averaged, each a weekday profile over some weeks times a level whose days lose half their weight every so often.
Where more than a year is known, last year's course over the same days may bend it; the replay below decides whether it does.
Range: the same forecast is made at past days, and the errors of the whole stretch are kept (split conformal, Lei and others 2018).
Daily ranges are never added up: a sum of them is far too wide, and far too narrow when days are taken as independent. When the range
held less often than it should, it is widened (adaptive conformal inference, Gibbs and Candès 2021).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import mul

SETTINGS = ((56, 7.0), (84, 28.0))  # days of the weekday profile, days in which a day's weight in the level halves
YEAR = 364  # 52 weeks: the same weekdays
LEAST_DAYS = 56  # history under which nothing is projected
LEAST_CHECKS = 8
MOST_CHECKS = 60
CONFIDENCE = 0.8
LOOK_BACK = 10  # past forecasts of which it is told how many held
_PACE = 0.05  # how fast the share of misses allowed follows what was missed
_BETTER = 0.98  # last year's course must make past errors smaller by more than luck easily does
_LAST_BITS = 1e-12
_WEIGHTS = {half: [0.5 ** (age / half) for age in range(int(8 * half) - 1, -1, -1)] for _, half in SETTINGS}

Like = Callable[[int], int | None]  # the day a year earlier that plays the part of a day, as indices


@dataclass(frozen=True)
class Past:
    """Days of a KPI, oldest first: amounts, or numerators with the denominators `under` them. `relative`: errors are factors, else differences."""

    over: Sequence[float]
    under: Sequence[float] | None = None
    relative: bool = True
    like: Like | None = None


@dataclass(frozen=True)
class Outlook:
    """The KPI at the end of the period. `held` of the last `of` such forecasts lay in their range; `bend`: weight of last year's course."""

    over: float  # so far
    under: float | None
    ahead: float  # the rest as expected: an amount, or a ratio
    ahead_under: float | None
    errors: tuple[float, ...]  # of past forecasts of as many days, rising
    reach: float
    relative: bool
    held: int
    of: int
    bend: float

    @property
    def amount(self) -> float:
        return self.at(0.0)

    @property
    def low(self) -> float:
        return self.at(-self.reach)

    @property
    def high(self) -> float:
        return self.at(self.reach)

    def at(self, error: float) -> float:
        """The value at the end if the rest is off by `error`."""
        rest = self.ahead * math.exp(error) if self.relative else self.ahead + error
        if self.under is None or self.ahead_under is None:
            return self.over + rest
        return (self.over + rest * self.ahead_under) / (self.under + self.ahead_under)

    def chance(self, target: float, up: bool) -> float:
        """Share of past errors with which the period ends at `target` or better, never 0 or 1: (k + ½) / (n + 1)."""
        reached = sum(1 for error in self.errors if (self.at(error) >= target if up else self.at(error) <= target))
        return (reached + 0.5) / (len(self.errors) + 1)


def outlook(past: Past, elapsed: int, ahead: int) -> Outlook | None:
    """The end of a period of which `elapsed` days are known, the last of `past`, and `ahead` are to come.

    None when too little is known: under 8 weeks of days, too few past stretches of `ahead` days to check on, or nothing but zeros.
    """
    days = len(past.over)
    if days < LEAST_DAYS or ahead < 1 or not 0 <= elapsed <= days:
        return None
    replay = _Replay(past, ahead)
    found = replay.best()
    if found is None:
        return None
    bend, checks = found
    expected, weight = replay.expected(days, bend), replay.weight(days, bend)
    if expected is None or (past.relative and expected <= 0) or (past.under is not None and not weight):
        return None
    misses, held, of = _followed(checks, ahead)
    errors = tuple(sorted(error for _, error in checks))
    over, under = sum(past.over[days - elapsed :]), None if past.under is None else sum(past.under[days - elapsed :])
    return Outlook(over, under, expected, weight, errors, _quantile(errors, misses), past.relative, held, of, bend)


class _Replay:
    """Forecasts of `ahead` days from any past day, of which only the days before are looked at."""

    def __init__(self, past: Past, ahead: int) -> None:
        self.past, self.ahead, self.days = past, ahead, len(past.over)
        self._totals: dict[tuple[int, int], float | None] = {}

    def best(self) -> tuple[float, list[tuple[int, float]]] | None:
        """The weight of last year's course that did best, and its (day, error) at past days; None when there are too few."""
        plain = self._errors(0.0)
        if len(plain) < LEAST_CHECKS:
            return None
        best, kept = 0.0, plain
        for bend in (0.5, 1.0) if self.expected(self.days, 1.0) is not None else ():
            bent = self._errors(bend)
            if len(bent) < LEAST_CHECKS:
                break
            days = {day for day, _ in bent}
            if _size(bent) < _BETTER * _size([check for check in kept if check[0] in days]) - _LAST_BITS:
                best, kept = bend, bent
        return best, kept

    def expected(self, day: int, bend: float) -> float | None:
        """The `ahead` days from `day` on: their amount, or their ratio."""
        over = self._total(0, self.past.over, day, bend)
        if self.past.under is None or over is None:
            return over
        under = self._total(1, self.past.under, day, bend)
        return over / under if under else None

    def weight(self, day: int, bend: float) -> float | None:
        """The denominator of those days."""
        return None if self.past.under is None else self._total(1, self.past.under, day, bend)

    def _errors(self, bend: float) -> list[tuple[int, float]]:
        last = self.days - self.ahead
        first = LEAST_DAYS // 2
        step = max(1, min(7, (last - first) // (LEAST_CHECKS + 4)))
        if step == 7:  # the past is long enough to look at the same days of the week only
            last -= -self.ahead % 7
        found = []
        for day in list(range(last, first - 1, -step))[:MOST_CHECKS]:
            expected, actual = self.expected(day, bend), self._actual(day)
            if expected is None or actual is None or (self.past.relative and (expected <= 0 or actual <= 0)):
                continue
            found.append((day, math.log(actual / expected) if self.past.relative else actual - expected))
        return found[::-1]

    def _actual(self, day: int) -> float | None:
        over = sum(self.past.over[day : day + self.ahead])
        if self.past.under is None:
            return over
        under = sum(self.past.under[day : day + self.ahead])
        return over / under if under else None

    def _total(self, which: int, values: Sequence[float], day: int, bend: float) -> float | None:
        plain = self._plain(which, values, day)
        if not bend or plain is None:
            return plain
        before = self._plain(which, values, day - YEAR) if day - YEAR >= LEAST_DAYS // 2 else None
        then = self._then(values, day)
        if before is None or before <= 0 or then is None or then <= 0:
            return None
        return plain * float((then / before) ** bend)

    def _plain(self, which: int, values: Sequence[float], day: int) -> float | None:
        """Profile times level, added up; kept, because a day is asked once as itself and once as the year before another."""
        if (which, day) not in self._totals:
            self._totals[which, day] = sum(_course(values, day, self.ahead)) if day > 0 else None
        return self._totals[which, day]

    def _then(self, values: Sequence[float], day: int) -> float | None:
        """What the same days brought a year earlier."""
        like = self.past.like
        if like is None:
            return sum(values[day - YEAR : day - YEAR + self.ahead])
        places = [like(index) for index in range(day, day + self.ahead)]
        known = [values[place] for place in places if place is not None and 0 <= place < day]
        return sum(known) if len(known) == len(places) else None


def _course(values: Sequence[float], end: int, ahead: int) -> Iterator[float]:
    """The days from `end` on as the days before lead to expect."""
    profiles = [_profile(values, end, window, half) for window, half in SETTINGS]
    week = [sum(each) / len(SETTINGS) for each in zip(*profiles, strict=True)]
    return (week[(end + index) % 7] for index in range(ahead))


def _profile(values: Sequence[float], end: int, window: int, half: float) -> list[float]:
    """The level times the factor of each day of the week (day index modulo 7)."""
    start = max(0, end - window)
    overall = sum(values[start:end]) / (end - start)
    if overall <= 0:
        return [0.0] * 7
    factors = []
    for place in range(7):
        same = values[start + (place - start) % 7 : end : 7]
        factors.append(sum(same) / len(same) / overall if same else 1.0)
    span = min(end, len(_WEIGHTS[half]))
    weights, first = _WEIGHTS[half][-span:], end - span
    under = sum(factor * sum(weights[(place - first) % 7 :: 7]) for place, factor in enumerate(factors))
    level = sum(map(mul, weights, values[first:end])) / under if under else 0.0
    return [level * factor for factor in factors]


def _size(checks: Sequence[tuple[int, float]]) -> float:
    return sum(abs(error) for _, error in checks) / len(checks) if checks else math.inf


def _quantile(errors: Sequence[float], misses: float) -> float:
    """The size that all but a share of `misses` of the errors stay under, one more error than known counted in; the largest at most."""
    sizes = sorted(map(abs, errors))
    return sizes[min(len(sizes), math.ceil((len(sizes) + 1) * (1 - misses))) - 1]


def _followed(checks: Sequence[tuple[int, float]], ahead: int) -> tuple[float, int, int]:
    """Make the range at each past day from the errors known by then: the share of misses to allow now, and how many of the last ones held."""
    allowed = 1 - CONFIDENCE
    results = []
    for place, (day, error) in enumerate(checks):
        known = [before for start, before in checks[:place] if start + ahead <= day]
        if len(known) < LEAST_CHECKS // 2:
            continue
        miss = abs(error) > _quantile(known, allowed) + _LAST_BITS
        results.append(not miss)
        allowed = min(1 - CONFIDENCE, max(0.02, allowed + _PACE * (1 - CONFIDENCE - miss)))
    recent = results[-LOOK_BACK:]
    return allowed, sum(recent), len(recent)
