"""Plots: where dots fall, what gaps and targets look like, and that every symbol set says the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.render.plot import SYMBOLS, Series, bullet, heat, spark, sparkline, trend, wrong_side
from kpi_core.render.text import line_width, plain


def series(values: list[float | None], targets: list[float | None] | None = None, **more: object) -> Series:
    blank: list[float | None] = [None] * len(values)
    return Series(values, targets or blank, blank, [str(i) for i in range(len(values))], **more)  # type: ignore[arg-type]


def drawn(data: Series, symbols: str = "braille", width: int = 40, height: int = 9) -> list[str]:
    return [plain(line) for line in trend(data, width, height, lambda v: f"{v:.0f}", symbols)]


def test_sparkline_shows_the_newest_last_and_gaps_as_blanks() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([9, 9, 0, None, 10], 3) == "▁ █"
    assert sparkline([1, 2], 4) == "  ▁█"
    assert sparkline([None, None], 3) == "   "
    assert sparkline([5, 5, 5], 3) == "▄▄▄"
    assert sparkline([0, 10], 2, "ascii") == "_@"


@given(st.lists(st.none() | st.floats(-1e12, 1e12), max_size=30), st.integers(0, 20), st.sampled_from(SYMBOLS))
def test_sparkline_has_exactly_its_width(values: list[float | None], width: int, symbols: str) -> None:
    assert len(sparkline(values, width, symbols)) == width


def test_bullet_is_thin_with_the_target_on_it() -> None:
    assert plain(bullet(50, 80, 100, 10)) == "━━━━━   ┃ "
    assert plain(bullet(45, None, 100, 10)) == "━━━━╸     "
    assert plain(bullet(100, 50, 100, 10)) == "━━━━━┃━━━━"
    assert plain(bullet(None, 100, 100, 10)) == "         ┃"
    assert plain(bullet(-5, None, 100, 4)) == "    "
    assert plain(bullet(50, 80, 100, 10, "ascii")) == "=====   | "
    assert ("┃", "target") in bullet(50, 80, 100, 10)


@given(st.floats(0, 1e9), st.none() | st.floats(0, 1e9), st.floats(0.001, 1e9), st.integers(0, 60))
def test_bullet_has_exactly_its_width(value: float, target: float | None, scale: float, width: int) -> None:
    assert line_width(bullet(value, target, scale, width)) == width


def test_a_small_value_is_still_seen() -> None:
    assert plain(bullet(0.001, None, 1000, 10)).strip()


@pytest.mark.parametrize("symbols", SYMBOLS)
def test_the_target_is_a_dashed_row_named_on_the_axis(symbols: str) -> None:
    lines = drawn(series([60, 80, 70], [72, 72, 72]), symbols)
    at = next(i for i, line in enumerate(lines) if line.startswith("72"))
    assert lines[at][2] in "▸>"
    assert lines[at].count("╌") + lines[at].count("-") > 5


def test_a_rising_line_rises() -> None:
    lines = drawn(series([0, 10, 20, 30]), "ascii")
    columns = [min(row for row, line in enumerate(lines[:-1]) if line[x] == "*") for x in range(4, 38) if any(line[x] == "*" for line in lines[:-1])]
    assert columns == sorted(columns, reverse=True)
    assert columns[0] - columns[-1] >= 6


def test_gaps_stay_blank_and_lone_points_are_drawn() -> None:
    lines = drawn(series([5, None, None, None, 9, None, None, None, 5]), "ascii", 40, 8)
    stars = {x for line in lines[:-1] for x, char in enumerate(line) if char == "*"}
    assert len(stars) == 3


def test_points_on_the_wrong_side_are_told_apart() -> None:
    data = series([80, 80, 60, 60], [70, 70, 70, 70], wrong=lambda value, target: value < target)
    roles = {role for line in trend(data, 40, 9, str) for text, role in line if any("⠀" < c <= "⣿" for c in text)}
    assert roles == {"accent", "bad"}


@pytest.mark.parametrize(("symbols", "ring"), [("braille", "○"), ("ascii", "o"), ("block", "○")])
def test_an_incomplete_last_point_is_hollow(symbols: str, ring: str) -> None:
    whole = "".join(drawn(series([5, 6, 9]), symbols)[:-1])
    partial = "".join(drawn(series([5, 6, 9], partial_last=True), symbols)[:-1])
    assert ring in partial
    assert ring not in whole


def test_the_comparison_is_dotted_and_gives_way() -> None:
    data = Series([10, 20, 30], [None] * 3, [30, 20, 10], ["a", "b", "c"])
    lines = trend(data, 40, 9, lambda v: f"{v:.0f}")
    assert {role for line in lines for text, role in line if any("⠀" < c <= "⣿" for c in text)} == {"accent", "muted"}


@given(
    st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=60),
    st.integers(20, 120),
    st.integers(3, 20),
    st.sampled_from(SYMBOLS),
    st.booleans(),
)
def test_every_plot_has_its_size(values: list[float | None], width: int, height: int, symbols: str, partial: bool) -> None:
    data = series(values, [1.0] * len(values), partial_last=partial)
    lines = trend(data, width, height, lambda v: f"{v:.1f}"[:8], symbols)
    if lines:
        assert len(lines) == height
        assert {line_width(line) for line in lines} == {width}


def test_nothing_to_draw_is_no_plot() -> None:
    assert trend(series([None, None]), 40, 8, str) == []
    assert trend(series([1, 2]), 40, 2, str) == []


def test_labels_stand_apart_and_first_and_last_are_there() -> None:
    data = Series([1.0] * 52, [None] * 52, [None] * 52, [f"W{i:02d}" for i in range(1, 53)])
    last = drawn(data, width=70)[-1]
    assert last.split()[0] == "W01"
    assert last.split()[-1] == "W52"
    assert len(last.split()) > 3


def test_heat_reads_without_colour() -> None:
    assert [heat(v, 0, 10) for v in (0, 3, 5, 7, 10)] == ["·", "░", "▒", "▓", "█"]
    assert heat(None, 0, 1) == " "


VALUES = st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=50)


@given(VALUES, st.none() | st.floats(-1e12, 1e12), st.integers(0, 49), st.integers(20, 200), st.integers(4, 30), st.sampled_from(SYMBOLS), st.booleans())
def test_a_plot_with_everything_on_it_has_its_size(
    values: list[float | None], target: float | None, cursor: int, width: int, height: int, symbols: str, partial: bool
) -> None:
    count = len(values)
    known = [value for value in values if value is not None]
    ahead = (min(known), max(known), max(known)) if known and partial else None
    data = Series(
        values,
        [target] * count,
        list(reversed(values)),
        [f"W{place}" for place in range(count)],
        partial_last=partial,
        ahead=ahead,
        ahead_target=target,
        roles=["bad" if place % 3 else "accent" for place in range(count)],
        marks=[("◆", "accent") if place % 7 == 3 else ("", "") for place in range(count)],
        cursor=min(cursor, count - 1),
    )
    lines = trend(data, width, height, lambda v: f"{v:.1f}", symbols)
    assert len(lines) in (0, height)
    assert {line_width(line) for line in lines} <= {width}
    assert bool(lines) == (bool(known) and height >= 3 + (count > 3))


@given(VALUES, st.sampled_from(SYMBOLS))
def test_no_value_is_a_blank_and_never_a_low_one(values: list[float | None], symbols: str) -> None:
    lines = [plain(line)[2:] for line in trend(series(values), 2 * len(values) + 30, 9, lambda v: "", symbols)[:-1]]
    if not lines:
        return
    inner, last = len(lines[0]), len(values) - 1
    for index, value in enumerate(values):
        near = [values[other] for other in (index - 1, index, index + 1) if 0 <= other <= last]
        at = inner - 1 if not last else round(index / last * (inner * {"braille": 2, "block": 2, "ascii": 1}[symbols] - 1)) // (1 if symbols == "ascii" else 2)
        column = {line[at] for line in lines} - {" ", "\u2800"}
        if value is not None:
            assert column
        elif near.count(None) == len(near):
            assert not column


def test_a_target_far_away_leaves_the_course_readable() -> None:
    for target, pointer in ((500, "▴"), (-400, "▾")):
        lines = drawn(series([10, 12, 11, 13], [target] * 4))
        assert any(line.startswith(f"{target}{pointer}") for line in lines)
        assert not any("╌" in line for line in lines)
        assert len({row for row, line in enumerate(lines[:-1]) if any("⠀" < c <= "⣿" for c in line)}) > 4


def test_the_point_looked_at_stands_over_its_label_in_the_accent() -> None:
    data = series([float(place % 5) for place in range(20)], cursor=13)
    lines = trend(data, 60, 9, lambda v: f"{v:.0f}")
    at = next(plain(line).index("●") for line in lines if "●" in plain(line))
    labels = lines[-1]
    assert [text for text, role in labels if role == "accent"] == ["13"]
    assert abs(plain(labels).index("13") - at) <= 1


def test_a_sparkline_is_coloured_beyond_the_target_only_on_its_bad_side() -> None:
    line = spark([1, 5, 2, None, 6], 6, "braille", 3, wrong_side("up"))
    assert plain(line) == sparkline([1, 5, 2, None, 6], 6)
    roles = [role for text, role in line for _ in text]
    assert [role for char, role in zip(plain(line), roles, strict=True) if char != " "] == ["bad", "accent", "bad", "accent"]
    assert {role for _, role in spark([1, 5], 4, "braille", 3, wrong_side("down"))} == {"accent", "bad"}
    assert {role for _, role in spark([1, 5], 4, "braille", 3, wrong_side("none"))} == {"accent"}
