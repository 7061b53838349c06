"""Waterfalls and the page as text: what is drawn is what is said, byte for byte. `OMNIGAP_GOLDEN=write` writes the files anew."""

from __future__ import annotations

import os
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.engine.result import Period
from kpi_core.errors import said
from kpi_core.pages import Cause, ExplainPage, ExplainPart, ExplainWarning, Freshness, Header, KpiInfo, Section, SectionKind, WarningKind
from kpi_core.render.explain import explain_lines, explain_markdown, explain_table, held_line, sections_line
from kpi_core.render.format import Formatter
from kpi_core.render.table import as_text
from kpi_core.render.text import line_width, plain
from kpi_core.render.waterfall import axis_of, part_bar, steps, total_bar, waterfall
from kpi_core.view import ViewState

GOLDEN = Path(__file__).parent / "golden"
MONTH = Period(date(2026, 10, 1), date(2026, 10, 31), "month", "2026-10")
BEFORE = Period(date(2025, 10, 1), date(2025, 10, 31), "month", "2025-10")
CONVERSION = KpiInfo("conversion", "Conversion rate", "%", "up", 3, "sales", "orders ÷ visits")


def part(kind: str, label: str, amount: str, level: int = 0, note: tuple[str, str] | None = None) -> ExplainPart:
    how = said("{before} → {after}", before=note[0], after=note[1]) if note else None
    exact = Fraction(amount)
    return ExplainPart(kind, label.lower(), label, exact, Decimal(amount), exact / Fraction("-0.00498"), level, how, ViewState(view="explore", kpi="conversion"))


def page() -> ExplainPage:
    """The example of engine.md 4.3: every segment converts better, the total worse."""
    rates = (
        part("effect", "Rates", "0.00100"),
        part("member", "Web", "0.00070", 1, ("3.0 %", "3.1 %")),
        part("member", "App", "0.00014", 1, ("5.0 %", "5.1 %")),
        part("member", "Social \x1b[31m[red]", "0.00016", 1, ("1.0 %", "1.1 %")),
        part("effect", "Mix (weights)", "-0.00598"),
        part("member", "Social", "-0.00598", 1, ("8 %", "33 %")),
    )
    start, end = Fraction("0.03154"), Fraction("0.02656")
    shown = Decimal("-0.00498")
    mix = Section(SectionKind.RATE_MIX, "Rate and mix by Source", "source", start, end, shown, rates, note=said("no data"), opposing=True)
    whole = Section(SectionKind.CONTRIBUTION, "Source", "source", start, end, shown, (part("member", "Social", "-0.00620"), part("member", "Web", "0.00122")))
    none = Section(SectionKind.DRIVERS, "Drivers", reason=said("no data"))
    header = Header(ViewState(view="explore", kpi="conversion"), (), MONTH, "", None, BEFORE, "", Freshness(date(2026, 10, 31), None), (), "shop")
    paradox = ExplainWarning(WarningKind.SIMPSON, said("large parts cancel out: the gap hides more than it shows"))
    cause = Cause(said("{member} {part}", member="Social", part="−0.598 pt"))
    return ExplainPage(header, CONVERSION, "compare", Decimal("0.02656"), Decimal("0.03154"), end - start, shown, BEFORE, (mix, whole, none), (paradox,), cause, good=False)


@pytest.mark.parametrize("width", [44, 60, 80, 120, 160])
@pytest.mark.parametrize("ascii", [False, True], ids=["utf8", "ascii"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_screen(lang: str, ascii: bool, width: int) -> None:
    fmt = Formatter(lang, ascii)
    lines = [sections_line(page(), 0, fmt, width), *explain_lines(page(), fmt, width)]
    assert all(line_width(line) <= width for line in lines)
    text = as_text(lines)
    assert "\x1b" not in text and (not ascii or text.isascii())
    path = GOLDEN / f"explain-{lang}-{'ascii' if ascii else 'utf8'}-{width}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", range(24, 170, 9))
def test_no_width_overflows_and_no_amount_is_cut(width: int) -> None:
    for lang, ascii in (("en", False), ("fr", True)):
        fmt = Formatter(lang, ascii)
        table = explain_table(page(), page().sections[0], fmt, width)
        assert all(line_width(line) <= width for line in [*table.lines(), held_line(page(), fmt, width), sections_line(page(), 1, fmt, width)])
        if width >= 36:
            text = as_text(table.lines()).replace("\u00a0", " ")
            assert all(amount in text for amount in (("+0.100", "−0.598", "−0.498") if lang == "en" else ("+0,100", "-0,598", "-0,498")))


def test_parts_that_do_not_add_up_cannot_be_shown() -> None:
    with pytest.raises(ArithmeticError):
        Section(SectionKind.DRIVERS, "x", "", Fraction(1), Fraction(2), Decimal(1), (part("driver", "A", "2"),))
    with pytest.raises(ArithmeticError):
        Section(SectionKind.DRIVERS, "x", "", Fraction(1), Fraction(2), Decimal(2), (part("driver", "A", "1"),))


def test_colour_only_repeats_what_is_said() -> None:
    lines = explain_lines(page(), Formatter("en"), 100)
    assert re.sub(r"\x1b\[\d+m", "", as_text(lines, colour=True)).replace(" \n", "\n").split() == as_text(lines).split()
    assert "░" in as_text(lines) and "▼" in as_text(lines) and "▓" in as_text(lines)


def test_markdown_has_every_part_and_no_markup_of_a_name() -> None:
    text = explain_markdown(page(), Formatter("en"))
    pictures = text.split("```")[1::2]
    assert len(pictures) == 2 and all("▼" in picture and "░" in picture for picture in pictures)
    assert "| Rates | +0.100" in text and "\x1b" not in text and "| Social ␛\\[31m\\[red] |" in text.replace("  ", "")


# ---------------------------------------------------------------- the picture by itself


def written(value: object, signed: bool) -> str:
    return f"{float(value):{'+' if signed else ''}.0f}"  # type: ignore[arg-type]


def test_a_waterfall_goes_from_total_to_total() -> None:
    lines = waterfall(["Plan", "Price", "Volume", "Actual"], [100, -30, 10, 80], 60, 10, written, good="up")
    text = [plain(line) for line in lines]
    assert len(lines) == 5 and text[0].split() == ["68", "102"]  # an axis without zero says so
    assert text[1].lstrip().startswith("Plan") and "━" in text[1]
    down, up = text[2], text[3]
    assert "-30" in down and down.endswith("▼") and "+10" in up and up.endswith("▲")
    assert down.index("░") == up.index("▓") and up.rindex("▓") < down.rindex("░")
    assert tuple(next(role for text, role in line if set(text) & set("░▓")) for line in lines[2:4]) == ("bad", "good")


def test_small_parts_join_when_there_is_no_room_and_say_how_many() -> None:
    lines = waterfall(["a", *"bcdefgh", "z"], [0, 1, 50, 2, 40, 3, 30, 4, 130], 50, 7, written)
    text = [plain(line) for line in lines]
    assert len(lines) == 7 and any("… 4" in line and "+10" in line for line in text)
    assert waterfall(["a", "b"], [1, 1], 10, 3, written) == []


AMOUNTS = st.lists(st.integers(-1000, 1000), min_size=0, max_size=12)


@given(st.integers(-2000, 2000), AMOUNTS, st.integers(24, 120), st.integers(4, 20), st.booleans())
def test_any_waterfall_fits_and_starts_each_bar_where_the_last_one_ended(start: int, parts: list[int], width: int, height: int, ascii: bool) -> None:
    amounts = [start, *parts, start + sum(parts)]
    lines = waterfall([str(place) for place in range(len(amounts))], amounts, width, height, written, ascii=ascii)
    assert len(lines) <= height and all(line_width(line) <= width for line in lines)
    assert not ascii or all(plain(line).isascii() or "…" in plain(line) for line in lines)
    found = steps(start, parts)
    assert all(one[1] == other[0] for one, other in pairwise(found))
    axis = axis_of([float(start), *(end for step in found for end in step)])
    for step in found:
        assert line_width(part_bar(step, axis, 30)) <= 32
    assert line_width(total_bar(start, axis, 30)) <= 30
