"""A question about the layout of an export, as it is asked on a command line and on the screen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from kpi_core.config.layouts import SHOWN
from kpi_core.errors import said
from kpi_core.pages.question import LayoutOption, LayoutQuestion
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter

SHOWN_FIELDS = 8
EXPLAINED = {
    "decimal": said("The same signs may be a number a thousand times larger, and nothing else in the file decides. Think of an amount that you know."),
    "date_order": said("The file does not show which number is the month. Think of a day that you know."),
    "currency": said("Several countries use this sign, or the file writes none. The code is that of the amounts, as EUR or USD."),
    "confirm": said(
        "This format was made from descriptions, not from a real file. Compare the rows with what you see in the export: yes loads this file and later ones "
        "with the same columns."
    ),
    "period": said(
        "The rows have no date: their figures are counted for the days that you name. They are those that were chosen when the export was made. "
        "Write 2026-10 for a month, or 2026-10-01..2026-10-31."
    ),
    "column": said("The columns of this export have names of your own. The one you choose is read, in later files with the same columns too."),
    "zone": said("With a wrong time zone, sales near midnight count for another day. Write a name as Europe/Paris."),
}
KEPT = said("The answer is kept in {file} and not asked again. Left open, the file is not loaded and asks at the next load.", file=SHOWN)


def question_text(question: LayoutQuestion, fmt: Formatter) -> list[str]:
    """The question in a sentence; for an experimental format also its checks and the first rows it made."""
    t = fmt.t
    lines = [clean(t(question.asked()), 400)]
    for name, held, of in question.checks:
        lines.append(f"  {'✓' if held == of else '!'} {clean(t(name), 100)} {fmt.number(held)}/{fmt.number(of)}")
    if question.kind == "confirm" and not question.checks:
        lines.append("  " + t("this format has no check"))
    for number, row in enumerate(question.rows, 1):
        told = [f"{clean(name, 40)} {clean(value, 60)}" for name, value in zip(question.names, row, strict=False) if value][:SHOWN_FIELDS]
        lines.append(f"  {t(question.dataset)} {number}: {', '.join(told)}")
    return lines


def explained_text(question: LayoutQuestion, fmt: Formatter) -> str:
    """Why it is asked, what to look at, and what becomes of the answer."""
    return f"{fmt.t(EXPLAINED[question.kind])} {fmt.t(KEPT)}"


def option_texts(question: LayoutQuestion, fmt: Formatter) -> list[str]:
    """What each answer means, on cells of the file."""
    return [_option(question.kind, option, fmt) for option in question.options]


def _option(kind: str, option: LayoutOption, fmt: Formatter) -> str:
    if kind == "confirm":
        return fmt.t("yes, load files of this layout")
    if kind == "currency":
        return option.answer
    if kind == "zone":
        return " ".join([option.answer, *(f"({clean(cell, 60)})" for cell, _ in option.examples)])
    if kind == "column":
        told = ", ".join(clean(cell, 30) for cell, _ in option.examples)
        return f"{clean(option.answer, 120)}: {told}" if option.answer else fmt.t("none of these")
    return ", ".join(f"{clean(cell, 60)} = {_meaning(kind, value, fmt)}" for cell, value in option.examples) or option.answer


def _meaning(kind: str, value: str, fmt: Formatter) -> str:
    try:
        if kind == "date_order" and value:
            day = date.fromisoformat(value)
            return f"{day.day} {fmt.month(day.month)} {day.year}"  # in words in every language: digits are what is asked about
        if kind == "decimal" and value:
            return fmt.number(Decimal(value), len(value.partition(".")[2]))
    except (ValueError, InvalidOperation):
        return clean(value, 60)
    return fmt.t("cannot be read")
