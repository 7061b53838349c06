"""A number inside a message, still raw: the border writes it in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kpi_core.engine.result import Number


@dataclass(frozen=True)
class Quantity:
    """`number` in `unit` (as `pages.KpiInfo.unit`; a rate is a fraction of 1).

    `kind`: a `value`, or a `change`, which carries its sign and, for rates, reads in points.
    """

    number: Number
    unit: str
    kind: Literal["value", "change"] = "value"
    decimals: int = 2

    def __str__(self) -> str:
        """Plain English, for logs and tests; screens format it themselves."""
        factor = 100 if self.unit == "%" else 1
        sign = "+" if self.kind == "change" else ""
        text = f"{self.number * factor:{sign},.{self.decimals}f}".replace("-", "−")
        unit = {"%": "pt" if self.kind == "change" else "%", "count": "", "ratio": "", "score": "", "pts": "", "x": ""}.get(self.unit, self.unit)
        return f"{text} {unit}".rstrip()
