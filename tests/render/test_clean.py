"""Hostile texts: nothing a terminal obeys, no spreadsheet formula, no line longer than its place."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.render.clean import clean, clean_block, csv_safe, to_ascii
from kpi_core.render.text import cell_width, cut, fit_line, line_width, middle, pad, plain, wrap

ANY = st.text(st.characters(codec=None))  # surrogates too


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[2J", "\x1b]52;c;eA==\x07", "\x9b31m", "\x9d0;x\x9c", "a\rb", "a\nb", "a\x00b",
        "a\x7fb", "\u202egpj.exe", "a\u200bb", "\u2066x", "\ufeffx", "\U000e0041", "\ud800",
    ],
)
def test_nothing_dangerous_is_left(hostile: str) -> None:
    assert not set(clean(hostile)) & set(map(chr, [*range(32), *range(0x7F, 0xA0), 0x200B, 0x202E, 0x2066, 0xFEFF, 0xE0041, 0xD800]))


@given(ANY)
def test_clean_text_is_printable_and_stable(text: str) -> None:
    once = clean(text)
    assert all(unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in once)
    assert clean(once) == once
    once.encode("utf-8")


def test_ordinary_texts_pass() -> None:
    for text in ("Lyon Part-Dieu", "Écharpe «été» 20 %", "日本のバッグ", "[red]x[/nope]", "کتاب\u200cها", "क्\u200dष", "👍 été ☕"):
        assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("👨\u200d👩\u200d👧", "👨👩👧"), ("🇫🇷", "FR"), ("❤\ufe0f", "❤"), ("👍🏽", "👍"), ("1\ufe0f\u20e3", "1"), ("pay\u200dpal", "paypal"),
        ("a\u3164b\u115f", "ab"), ("🏴\U000e0067\U000e0062\U000e007f", "🏴"), ("x\U000e0100", "x"),
    ],
)
def test_what_terminals_measure_differently_becomes_plain(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert cell_width(shown) == sum(map(cell_width, shown))  # each character has a width of its own, whichever stands beside it


def test_marks_do_not_pile_up_and_length_is_bounded() -> None:
    assert len(clean("a" + "\u0301\u0302\u0303\u0304" * 50)) <= 4
    assert len(clean("x" * 10_000)) == 500
    assert clean("x" * 501).endswith("…")


def test_blocks_keep_their_lines() -> None:
    assert clean_block("select 1\r\n\tfrom sale\x1b") == "select 1\n    from sale␛"


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1", "\n=1", "=HYPERLINK(\"x\")", "\0=1"])
def test_formulas_are_quoted(text: str) -> None:
    assert csv_safe(text) == "'" + text


@pytest.mark.parametrize("text", ["-12.5", "+33612345678", "a=1", "0012", "", "Lyon", "-4,0%", "1e5"])
def test_numbers_and_words_are_not(text: str) -> None:
    assert csv_safe(text) == text


@given(st.text())
def test_ascii_is_ascii(text: str) -> None:
    assert to_ascii(text).isascii()


def test_ascii_keeps_meaning() -> None:
    assert to_ascii("Délai ≤ 2,0\u202fj → œuvre · 3 ✗") == "Delai <= 2,0 j -> oeuvre . 3 !!"


def test_widths_count_cells() -> None:
    assert [cell_width(t) for t in ("abc", "日本", "e\u0301", "−4,0\u00a0%", "⣀", "┃")] == [3, 4, 1, 6, 1, 1]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))), st.integers(0, 30))
def test_cut_and_pad_never_pass_the_edge(text: str, width: int) -> None:
    assert cell_width(cut(text, width)) <= width
    assert cell_width(pad(text, width)) == width
    assert line_width(fit_line(((text, "good"), ("x", "")), width)) == width


@given(st.text(alphabet="ab日 é", max_size=60), st.integers(2, 30))
def test_wrapping_keeps_every_word_character(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_the_middle_of_a_path_goes_first() -> None:
    parts = ["Total", "Channel: Store", "Store: Lyon", "Category: Shoes"]
    assert middle(parts, 80) == "Total › Channel: Store › Store: Lyon › Category: Shoes"
    assert middle(parts, 44) == "Total › … › Store: Lyon › Category: Shoes"
    assert middle(parts, 30) == "Total › … › Category: Shoes"
    assert middle(parts, 20) == "… › Category: Shoes"
    assert middle(parts, 8) == "Categor…"


def test_runs_survive_fitting() -> None:
    line = fit_line((("abc", "bad"), ("defgh", "good")), 6)
    assert plain(line) == "abcde…"
    assert [role for _, role in line] == ["bad", "good"]
