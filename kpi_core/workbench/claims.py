"""Platform-claimed figures of a period beside those of the source that owns them: `omnigap claims` and the Data view."""

from __future__ import annotations

from kpi_core.engine.result import Period
from kpi_core.errors import Message, said
from kpi_core.pages.claims import ClaimLine, ClaimsPage
from kpi_core.store.claims import OWNED, Claim, claims
from kpi_core.workbench.desk import Desk

WHY = {
    "nobody": said("no source owns this measure"),
    "not loaded": said("the sales that this speaks of are not loaded"),
    "other days": said("no sales are loaded for these days"),
    "part": said("sales are not loaded for all of these days"),
}


def page(desk: Desk, period: Period) -> ClaimsPage:
    """Every claim of the days of the period."""
    return ClaimsPage(period, tuple(_line(desk, item) for item in claims(desk.reader, period.start, period.end)), desk.title)


def _line(desk: Desk, item: Claim) -> ClaimLine:
    named = item.channel and "channel" in desk.catalogue.file.dimensions
    return ClaimLine(
        dataset=item.dataset,
        platform=item.platform,
        measure=item.measure,
        channel=item.channel or "",
        channel_name=desk.label("channel", item.channel) if named else item.channel or "",
        claimed=item.claimed,
        currency=item.currency,
        owned=item.owned,
        days=item.days,
        notes=tuple(_notes(item)),
    )


def _notes(item: Claim) -> list[Message]:
    told = []
    if item.outside:
        told.append(said("{count} rows reach beyond the period and are left out", count=item.outside))
    if item.unrated:
        told.append(said("no exchange rate for {currency}: in its own currency, not compared", currency=item.currency or "?"))
    if item.assumed:
        told.append(said("the file names no currency: {currency} is assumed", currency=item.currency or "?"))
    if item.why and not (item.unrated and item.measure in OWNED):
        told.append(WHY[item.why])
    return told
