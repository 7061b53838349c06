"""The sections of the Data view on who counts: sources that are late, rows that another source tells as well, and what platforms claim."""

from __future__ import annotations

from kpi_core.pages import DataPage
from kpi_core.render.claims import RULE, claim_text
from kpi_core.render.format import Formatter
from kpi_core.render.late import late_text


def owned_sections(page: DataPage, fmt: Formatter) -> list[tuple[str, list[str]]]:
    """Title and lines of each; none of what there is nothing to say of."""
    found = []
    late = [f"! {late_text(item, fmt)}" for item in page.header.freshness.overdue]
    if late:
        found.append((fmt.t("Late: older than expected"), late))
    if page.owned:
        found.append((fmt.t("Counted once: another source tells of the same"), [fmt.t(told) for told in page.owned]))
    if page.claims is not None and page.claims.lines:
        told = [fmt.t(RULE), *(claim_text(line, fmt) for line in page.claims.lines)]
        found.append((f"{fmt.t('Platform-claimed')} · {fmt.period(page.claims.period)}", told))
    return found
