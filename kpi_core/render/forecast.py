"""Where a period in progress will end, in words: amount, range, target and the odds."""

from __future__ import annotations

import re

from kpi_core.pages import KpiInfo, Projection
from kpi_core.render.format import Formatter
from kpi_core.render.gap import ROLE_OF
from kpi_core.render.text import Line, Role, Run, join, line_width

LEAST_CHECKED = 5  # fewer past forecasts say nothing of how good they are
_NUMBER = re.compile(r"(.*\d)(.*)", re.DOTALL)


def pace_line(projection: Projection, info: KpiInfo, fmt: Formatter, width: int) -> Line:
    """`At this pace: 158 k € (149–167) by 31 Oct, target 162 k €: about 3 in 10 · 8 of the last 10 such forecasts held`.

    In at most `width` cells: what the forecasts before were worth goes first, then the words before the number.
    """
    role = ROLE_OF.get(projection.gap.status, "")
    value = _value(projection, info, fmt)
    lead: Run = (fmt.t("At this pace:") + " ", "muted")
    by: Run = (" " + fmt.t("by {day}", day=fmt.day(projection.until, False)), "muted")
    aim, odds = _target(projection, info, fmt), _odds(projection, fmt)
    chances = _parted(fmt.t("{target}: {odds}", target=aim, odds=odds), odds, role) if odds and aim else []
    aims: list[Run] = [(", ", "muted"), *(chances or [(aim, "muted")])] if aim else []
    held = fmt.t("{held} of {count} held", held=projection.held, count=projection.checked)
    brief: list[Run] = [(" · " + held, "muted")] if projection.checked >= LEAST_CHECKED else []
    record: list[Run] = [(" · " + text, "muted")] if (text := held_text(projection, fmt)) else []
    short: list[Run] = [(" · ", "muted"), (odds, role)] if chances else []
    for runs in (
        [lead, *value, by, *aims, *record],
        [lead, *value, by, *aims, *brief],
        [lead, *value, by, *aims],
        [*value, by, *aims],
        [*value, *short],
    ):
        line = fmt.fold(join(*runs))
        if line_width(line) <= width:
            return line
    return fmt.fold(join(*value))


def pace_text(projection: Projection, info: KpiInfo, fmt: Formatter) -> str:
    """The same as plain text, in full."""
    return "".join(text for text, _ in pace_line(projection, info, fmt, 10_000))


def held_text(projection: Projection, fmt: Formatter) -> str:
    """What forecasts of as many days were worth; empty where too few could be checked."""
    if projection.checked < LEAST_CHECKED:
        return ""
    return fmt.t("{held} of the last {count} such forecasts held", held=projection.held, count=projection.checked)


def _parted(text: str, part: str, role: Role) -> list[Run]:
    """The text with `part` of it in a role of its own."""
    before, found, after = text.rpartition(part)
    return [(before, "muted"), (found, role), (after, "muted")]


def _value(projection: Projection, info: KpiInfo, fmt: Formatter) -> list[Run]:
    amount, low, high = (fmt.kpi(number, info, compact=True) for number in (projection.amount, projection.low, projection.high))
    return [(amount, "title"), (f" ({_bare(low, amount)}{fmt.dash}{_bare(high, amount)})", "muted")]


def _bare(text: str, like: str) -> str:
    """The number without the unit that it shares with another."""
    own, other = _NUMBER.fullmatch(text), _NUMBER.fullmatch(like)
    return own[1] if own and other and own[2] == other[2] else text


def _target(projection: Projection, info: KpiInfo, fmt: Formatter) -> str:
    if projection.target is None:
        return ""
    return fmt.t("target {amount}", amount=fmt.target(projection.target, info, compact=True))


def _odds(projection: Projection, fmt: Formatter) -> str:
    """In tenths: the model is not good enough for percents."""
    if projection.probability is None:
        return ""
    tenths = round(projection.probability * 10)
    if tenths < 1:
        return fmt.t("under 1 in 10")
    return fmt.t("over 9 in 10") if tenths > 9 else fmt.t("about {tenths} in 10", tenths=tenths)
