"""Platform-claimed figures beside those of the source that owns them, as values. They are compared, never added."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kpi_core.engine.result import Period
from kpi_core.errors import Message


@dataclass(frozen=True)
class ClaimLine:
    """What `platform` (in file kind `dataset`) claims of `measure`; `currency` None: a count. `owned` is of the same days, None where nobody has it.

    `channel`: id of the sales compared ('' = all), `channel_name` in words. `notes` say why a figure is missing or not what one may think.
    """

    dataset: str
    platform: str
    measure: str
    channel: str
    channel_name: str
    claimed: Decimal | None
    currency: str | None
    owned: Decimal | None
    days: int
    notes: tuple[Message, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        return None if self.claimed is None or self.owned is None else self.claimed - self.owned

    @property
    def ratio(self) -> Decimal | None:
        """Claimed over owned; None where nothing is owned."""
        return None if self.claimed is None or not self.owned else self.claimed / self.owned


@dataclass(frozen=True)
class ClaimsPage:
    period: Period
    lines: tuple[ClaimLine, ...]
    workspace: str = ""
