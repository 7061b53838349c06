"""How far short of its target a value may fall and still be called near: `-3%` of the target, `-5pts`, or a plain number, the limit itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi_core.engine.result import Number
from kpi_core.objectives.exact import exact

_TEXT = re.compile(r"(?P<sign>[+-]?)(?P<digits>\d+(?:\.\d+)?)\s?(?P<kind>%|pts?)")


class BandKind(StrEnum):
    RELATIVE = "relative"
    POINTS = "points"
    LIMIT = "limit"


@dataclass(frozen=True)
class Band:
    """A signed distance from the target: a share of it when `relative`, else in the KPI's own unit."""

    kind: BandKind
    amount: Fraction

    def limit(self, target: Fraction) -> Fraction:
        """The last value still near `target`."""
        return target + (abs(target) * self.amount if self.kind is BandKind.RELATIVE else self.amount)


def parse_band(written: str | Number, unit: str, value: Fraction | None) -> Band:
    """Read a band. `value` is the target it stands beside, None when the target changes with the period.

    Raises ValueError when the text is no band, when points are given for a KPI that has none, or a limit beside a changing target.
    """
    if not isinstance(written, str):
        if value is None:
            raise ValueError(written)
        return Band(BandKind.LIMIT, exact(written) - value)
    match = _TEXT.fullmatch(written.strip())
    if not match:
        raise ValueError(written)
    amount = Fraction(match["sign"] + match["digits"])
    if match["kind"] == "%":
        return Band(BandKind.RELATIVE, amount / 100)
    if unit not in ("%", "pts"):
        raise ValueError(written)
    return Band(BandKind.POINTS, amount / 100 if unit == "%" else amount)
