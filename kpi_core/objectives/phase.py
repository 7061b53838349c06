"""`phase:` of a target, checked: which other year, which events, which weekdays, which curve."""

from __future__ import annotations

import re
from fractions import Fraction

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import Numeric, Phase
from kpi_core.config.yaml import YamlPath
from kpi_core.engine.events import Events
from kpi_core.errors import said
from kpi_core.objectives.checker import Checker
from kpi_core.objectives.exact import decimal, exact
from kpi_core.objectives.phasing import Like, Phasing
from kpi_core.objectives.ranges import Range

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s?%")


def share(written: Numeric | str) -> Fraction | None:
    """A share: `0.4` or `40%`; None when it is neither."""
    if not isinstance(written, str):
        return exact(written)
    match = _SHARE.fullmatch(written.strip())
    return Fraction(match[1]) / 100 if match else None


def plain(amount: Fraction) -> str:
    """The number as a user writes it in YAML."""
    return f"{decimal(amount).normalize():f}"


def compile_phase(run: Checker, phase: Phase, path: YamlPath, ranges: list[Range], total: bool) -> Phasing:
    """`ranges` are those of the target's amounts; `total`: it is one amount, which a curve may divide. Notes the problem and raises `Wrong`."""
    if phase.like is None and phase.weekday is None and phase.curve is None:
        raise run.refuse(path, said("phase says nothing"), said("write like: 2025, weekday or curve"))
    for key in ("by", "shift_events"):
        if phase.like is None and getattr(phase, key):
            raise run.refuse((*path, key), said("{key} goes with like", key=key), said("add for example like: 2025"))
    curve = () if phase.curve is None else _curve(run, phase.curve, (*path, "curve"), ranges[0] if total else None)
    weekday = () if phase.weekday is None else _weekday(run, phase.weekday, (*path, "weekday"))
    if weekday and phase.like is not None and phase.by == "day":
        hint = said("write by: iso_week or by: month, or leave weekday out")
        raise run.refuse((*path, "weekday"), said("by: day leaves nothing for weekdays to divide"), hint)
    return Phasing(_like(run, phase, path, ranges), curve, weekday)


def _like(run: Checker, phase: Phase, path: YamlPath, ranges: list[Range]) -> Like | None:
    if phase.like is None:
        return None
    year = None if phase.like == "last_year" else int(phase.like)
    first = min(range_.start for range_ in ranges)
    if year is not None and not 1900 <= year < first.year:
        hint = said("write like: {year}, or like: last_year", year=first.year - 1)
        raise run.refuse((*path, "like"), said("like {year} is not a year before {range}", year=str(year), range=ranges[0].text), hint)
    known = {rule.id: rule for rule in run.catalogue.calendar.events.rules}
    for number, name in enumerate(phase.shift_events):
        if name not in known:
            raise run.refuse((*path, "shift_events", number), said("the calendar has no event {name}", name=name), did_you_mean(name, known))
    return Like(year, phase.by or "iso_week", Events(tuple(known[name] for name in dict.fromkeys(phase.shift_events))))


def _weekday(run: Checker, written: dict[str, Numeric | str], path: YamlPath) -> tuple[Fraction, ...]:
    for name in written:
        if name not in DAYS:
            raise run.refuse((*path, name), said("{name} is not a weekday", name=name), did_you_mean(name, DAYS))
    missing = [name for name in DAYS if name not in written]
    if missing:
        raise run.refuse(path, said("weekday lacks {names}", names=", ".join(missing)), said("give every day its weight; a closed day has 0"))
    weights = tuple(_positive(run, written[name], (*path, name)) for name in DAYS)
    if not any(weights):
        raise run.refuse(path, said("every weekday has weight 0"))
    return weights


def _positive(run: Checker, written: Numeric | str, path: YamlPath) -> Fraction:
    found = share(written)
    if found is None or found < 0:
        raise run.refuse(path, said("{text} is not a share", text=str(written)), said("write 0.4 or 40%"))
    return found


def _curve(run: Checker, written: dict[str, Numeric | str], path: YamlPath, whole: Range | None) -> tuple[tuple[Range, Fraction], ...]:
    """Ranges that divide `whole` without gap or overlap, their shares summing to exactly 1."""
    if whole is None:
        raise run.refuse(path, said("a curve divides one total"), said("with values per period the periods are the curve"))
    found: list[tuple[Range, Fraction]] = []
    for text, number in written.items():
        range_ = run.range(text, (*path, text))
        clash = next((other for other, _ in found if other.meets(range_)), None)
        if clash is not None:
            raise run.refuse((*path, text), said("{range} overlaps {other}", range=text, other=clash.text))
        if not whole.covers(range_.start, range_.end):
            raise run.refuse((*path, text), said("{range} lies outside {other}", range=text, other=whole.text))
        found.append((range_, _positive(run, number, (*path, text))))
    days = sum(range_.days for range_, _ in found)
    if days != whole.days:
        what = said("the curve leaves {days} days of {range} without a share", days=whole.days - days, range=whole.text)
        raise run.refuse(path, what, said("give every part of {range} its share, be it 0", range=whole.text))
    total = sum((number for _, number in found), Fraction(0))
    if total != 1:
        hint = said("shares are fractions of 1 or percentages of 100")
        raise run.refuse(path, said("the shares of the curve sum to {sum}, not to 1", sum=plain(total)), hint)
    return tuple(sorted(found, key=lambda item: item[0].start))
