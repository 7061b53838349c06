"""What a profile that is being learnt makes of a file, in lines: its account, then its first rows and sums by dataset."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from kpi_core.errors import Message, OmnigapError
from kpi_core.pages.question import LayoutQuestion
from kpi_core.render.account import AccountLike, account_lines
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.data import DATASETS
from kpi_core.render.format import Formatter
from kpi_core.render.question import option_texts, question_text
from kpi_core.render.text import Line, cell_width, join, pad, wrap_line

FIRST = 3  # rows shown of each dataset
LEFT_OUT = ("is_test", "items_known", "line_type", "tax_included", "date_quality", "unlimited", "scope", "grain", "property")  # say nothing of a file


class MadeLike(Protocol):
    @property
    def dataset(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def sums(self) -> tuple[tuple[str, Decimal], ...]: ...


class PreviewLike(Protocol):
    @property
    def account(self) -> AccountLike | None: ...
    @property
    def made(self) -> Sequence[MadeLike]: ...
    @property
    def questions(self) -> Sequence[LayoutQuestion]: ...
    @property
    def error(self) -> OmnigapError | None: ...
    @property
    def whole(self) -> bool: ...


def preview_lines(preview: PreviewLike, fmt: Formatter, width: int, notes: Sequence[Message] = ()) -> list[Line]:
    """`notes`: what is to be known of the profile itself."""
    t = fmt.t
    lines: list[Line] = [line for note in notes for line in wrap_line(join(("! ", "warn"), (clean(t(note), 2000), "")), width, 2)]
    if preview.questions:
        for question in preview.questions:
            for text in question_text(question, fmt):
                lines += wrap_line(join(("? ", "warn"), (clean(text, 2000), "")), width, 2)
            options = zip((option.answer for option in question.options), option_texts(question, fmt), strict=True)
            lines += [line for answer, text in options for line in wrap_line(join((f"    {answer}  ", "key"), (clean(text, 400), "")), width, 6)]
    elif preview.error is not None:
        lines += wrap_line(join(("✗ ", "bad"), (clean(t(preview.error.what), 2000), "bad")), width, 2)
        if preview.error.where is not None and preview.error.where.line:
            lines += wrap_line(join(("  ", ""), (t("line {line}", line=str(preview.error.where.line)), "muted")), width, 2)
        if preview.error.hint is not None:
            lines += wrap_line(join(("  → ", "muted"), (clean(t(preview.error.hint), 2000), "")), width, 4)
    if preview.account is not None:
        if not preview.whole:
            lines.append(join((t("of the first rows of the file:"), "muted")))
        lines += account_lines(preview.account, fmt, width)
    for made in preview.made:
        lines += [(), *_dataset(made, fmt, width)]
    return [tuple((to_ascii(text), role) for text, role in line) if fmt.ascii else line for line in lines]


def _dataset(made: MadeLike, fmt: Formatter, width: int) -> list[Line]:
    """The name, how many rows and their sums; then the first rows, as many columns as there is room for."""
    title = fmt.t(DATASETS.get(made.dataset, Message(clean(made.dataset))))
    sums = "  ".join(f"{name} {fmt.number(value, 2)}" for name, value in made.sums if value)
    lines = wrap_line(join((f"{fmt.number(made.count)} {title}", "title"), ("  ", ""), (f"Σ {sums}" if sums else "", "muted")), width, 2)
    shown = [place for place, name in enumerate(made.names) if name not in LEFT_OUT]
    cells = [[clean(made.names[place], 40) for place in shown], *([clean(row[place], 40) for place in shown] for row in made.rows[:FIRST])]
    sizes = [min(24, max(cell_width(row[place]) for row in cells)) for place in range(len(shown))]
    room, count = width - 2, 0
    for size in sizes:
        if room < size:
            break
        room -= size + 2
        count += 1
    for number, row in enumerate(cells):
        text = "  ".join(pad(cell, size, "left", fmt.ellipsis) for cell, size in zip(row[:count], sizes[:count], strict=True))
        lines.append(join(("  ", ""), (text, "muted" if number == 0 else "")))
    return lines
