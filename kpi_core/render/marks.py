"""The rows that are marked, in one line: their values side by side, and what they come to where parts may be added."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kpi_core.engine.result import Number, Status
from kpi_core.pages import ExplorePage, MemberRow, RowKind
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.text import Run, cut

SHOWN = 4  # marked members that are named
NAME = 20


def marks_line(page: object, marks: Sequence[str], hidden: int, fmt: Formatter) -> list[Run]:
    """`2 marked · Shoes 61.20 € · Bags 79.90 € · +18.70 € (+30.6 %)`. `hidden`: marked rows that the filter hides."""
    count = fmt.t("1 marked") if len(marks) == 1 else fmt.t("{count} marked", count=len(marks))
    runs: list[Run] = [(count, "accent")]
    if hidden:
        runs.append((" " + (fmt.t("(1 hidden by the filter)") if hidden == 1 else fmt.t("({count} hidden by the filter)", count=hidden)), "warn"))
    if not isinstance(page, ExplorePage):
        return runs
    by_key = {row.key: row for row in page.rows if row.kind is RowKind.MEMBER}
    found = [by_key[key] for key in marks if key in by_key]
    for row in found[:SHOWN]:
        runs += [("  ·  ", "muted"), (cut(clean(row.label), NAME, fmt.ellipsis) + " ", "muted"), (fmt.value(row.value, page.kpi), "")]
    if len(found) > SHOWN:
        runs.append((" " + fmt.t("… {count} more", count=len(found) - SHOWN), "muted"))
    if len(found) < 2:
        return runs
    told = _compared(found[0], found[1], page, fmt) if len(found) == 2 else ""
    if told:
        runs += [("  ·  ", "muted"), (told, "")]
    whole = added(page, found)
    if whole is not None:
        runs += [("  ·  ", "muted"), (fmt.t("together {sum}", sum=fmt.kpi(whole, page.kpi)), "")]
    return runs


def _number(row: MemberRow) -> Number | None:
    return row.value.number if row.value.status in (Status.VALUE, Status.PARTIAL) else None


def _compared(first: MemberRow, second: MemberRow, page: ExplorePage, fmt: Formatter) -> str:
    """The second against the first: in the KPI's unit (points for rates), and in percent of the first."""
    before, after = _number(first), _number(second)
    if before is None or after is None:
        return ""
    amount = Decimal(str(after)) - Decimal(str(before))
    text = fmt.change(amount, None, page.kpi)
    return f"{text} ({fmt.percent(amount / abs(Decimal(str(before))), 1, True)})" if before and page.kpi.unit != "%" else text


def added(page: ExplorePage, rows: Sequence[MemberRow]) -> Number | None:
    """The sum of the rows, where the members of the page do add up to its total; None where they do not (rates, means, distinct customers)."""
    total = page.total.value.number
    numbers = [row.value.number for row in page.rows if row.kind is RowKind.MEMBER]
    if page.hidden or total is None or page.total.value.status is not Status.VALUE or any(number is None for number in numbers) or len(numbers) < 2:
        return None
    whole = sum((Decimal(str(number)) for number in numbers), Decimal(0))
    if abs(whole - Decimal(str(total))) > Decimal("1e-6") * max(Decimal(1), abs(whole)):
        return None
    parts = [_number(row) for row in rows]
    return sum((Decimal(str(part)) for part in parts if part is not None), Decimal(0)) if None not in parts else None
