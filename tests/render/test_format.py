"""Numbers and dates as a French or English reader writes them, compared with Babel where Babel has an opinion."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st
from render_samples import LAST_YEAR, WEEK, kpi, target, value

from kpi_core.engine.result import Period, Status, Value
from kpi_core.errors import said
from kpi_core.pages import Delta, Gap, GapStatus
from kpi_core.render.format import Formatter, raw
from kpi_core.rounding import largest_remainder

FR, EN = Formatter("fr"), Formatter("en")
BABEL = {"fr": "fr", "en": "en_150"}


def test_french_money_has_narrow_spaces_and_a_true_minus() -> None:
    assert FR.money(Decimal("1248310.50"), "EUR") == "1\u202f248\u202f310,50\u00a0€"
    assert FR.money(Decimal("-4.36"), "EUR") == "\u22124,36\u00a0€"
    assert EN.money(Decimal("1248310.50"), "EUR") == "1,248,310.50\u00a0€"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3), st.sampled_from(["fr", "en"]), st.sampled_from(["EUR", "USD", "GBP", "CHF"]))
def test_money_is_what_babel_writes(amount: Decimal, lang: str, currency: str) -> None:
    ours = Formatter(lang).money(amount, currency)
    theirs = format_currency(amount, currency, locale=BABEL[lang]).replace("-", "\u2212")
    # Babel keeps the sign of an amount that rounds to nothing; a reader should not see one.
    assert ours == (theirs.lstrip("\u2212") if abs(amount) < Decimal("0.005") or amount == Decimal("-0.005") else theirs)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["fr", "en"]))
def test_counts_are_what_babel_writes(number: int, lang: str) -> None:
    assert Formatter(lang).number(number) == format_decimal(number, locale=BABEL[lang]).replace("-", "\u2212")


@pytest.mark.parametrize("number", [Decimal("-0.04"), -0.0004, Decimal("-0.000"), 0, -0.0])
def test_what_rounds_to_zero_has_no_sign(number: Decimal | float) -> None:
    assert FR.number(number, 1) == "0,0"
    assert EN.number(number, 1, signed=True) == "0.0"


def test_units_follow_the_kpi() -> None:
    assert FR.kpi(Decimal("0.0231"), kpi("conversion")) == "2,31\u00a0%"
    assert FR.kpi(Decimal("2.4"), kpi("delivery")) == "2,4\u00a0j"
    assert EN.kpi(Decimal("2.4"), kpi("delivery")) == "2.4\u00a0d"
    assert EN.kpi(42, kpi("nps")) == "42"
    assert FR.kpi(None, kpi("nps")) == "–"
    assert Formatter("fr", ascii=True).kpi(Decimal("1248310.5"), kpi("revenue")) == "1 248 310 EUR"


def test_percentages_change_in_points_and_amounts_in_percent() -> None:
    assert FR.change(Decimal("0.034"), None, kpi("abandonment")) == "+3,4\u00a0pt"
    assert FR.change(Decimal("-0.0019"), None, kpi("conversion")) == "\u22120,19\u00a0pt"
    assert FR.change(Decimal("-51689"), Decimal("-0.0398"), kpi("revenue")) == "\u22124,0\u00a0%"
    assert FR.change(Decimal("0.4"), None, kpi("delivery")) == "+0,4\u00a0j"
    assert EN.change(Decimal("-3"), None, kpi("nps")) == "\u22123"
    assert EN.change(1, Decimal("25"), kpi("revenue")) == "+2,500\u00a0%"


def test_a_missing_base_is_said_and_never_infinite() -> None:
    none = Delta(value(None), None, None, None, said("no data last year"))
    assert FR.delta(none, kpi("revenue")) == "n/d"
    assert EN.delta(None, kpi("revenue")) == "–"


def test_gaps_without_a_target_or_a_value_use_words() -> None:
    assert FR.gap(Gap(None, None, 0, GapStatus.NONE), kpi("ropo")) == "sans obj."
    assert EN.gap(Gap(None, None, 0, GapStatus.NO_DATA), kpi("ropo")) == "no data"


def test_a_cap_is_written_as_one() -> None:
    assert FR.target(target("0.10", kpi("returns")), kpi("returns")) == "≤ 10,0\u00a0%"
    assert Formatter("en", ascii=True).target(target("0.10", kpi("returns")), kpi("returns")) == "<= 10.0 %"
    assert EN.target(target("45", kpi("nps")), kpi("nps")) == "45"


def test_absence_is_never_a_zero() -> None:
    assert EN.value(Value(None, Status.NOT_COMPUTABLE), kpi("revenue")) == "–"
    assert EN.value(Value(0, Status.VALUE), kpi("orders")) == "0"
    assert EN.value(Value(5, Status.PARTIAL), kpi("orders")) == "5"


def test_periods() -> None:
    assert FR.period(WEEK) == "S44 26/10–01/11"
    assert EN.period(WEEK) == "W44 26 Oct–1 Nov"
    assert EN.period(WEEK, long=True) == "W44 2026 · 26 Oct–1 Nov"
    assert EN.period(LAST_YEAR) == "W44 27 Oct–2 Nov"
    month = Period(date(2026, 10, 1), date(2026, 10, 31), "month", "2026-10")
    assert (FR.period(month), EN.period(month), EN.tick(month)) == ("octobre 2026", "October 2026", "Oct 26")
    quarter = Period(date(2026, 10, 1), date(2026, 12, 31), "quarter", "2026-Q4")
    assert (FR.period(quarter), EN.period(quarter)) == ("T4 2026", "Q4 2026")
    assert EN.period(Period(date(2026, 10, 1), date(2026, 10, 7), "range", "")) == "1–7 Oct 2026"
    assert FR.period(Period(date(2025, 12, 30), date(2026, 1, 2), "range", "")) == "30/12/2025–02/01/2026"
    assert EN.period(Period(date(2026, 10, 7), date(2026, 10, 7), "day", "")) == "7 Oct 2026"


@pytest.mark.parametrize(("number", "text"), [(999, "999"), (12_345, "12,3\u00a0k"), (1_248_310, "1,25\u00a0M"), (-2_500_000_000, "\u22122,50\u00a0Md")])
def test_compact(number: int, text: str) -> None:
    assert FR.compact(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(Decimal("1248310.50"), "1248310.5"), (0.1, "0.1"), (1e-7, "0.0000001"), (Decimal("1E+3"), "1000"), (5, "5"), (None, "")]
)
def test_raw_numbers_are_for_machines(number: Decimal | float | None, text: str) -> None:
    assert raw(number) == text


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=4), min_size=1, max_size=20), st.integers(0, 2))
def test_rounded_parts_add_up_to_the_rounded_total(parts: list[Decimal], decimals: int) -> None:
    rounded = largest_remainder(parts, decimals, sum(parts))
    step = Decimal(1).scaleb(-decimals)
    assert sum(rounded) == sum(parts).quantize(step, rounding="ROUND_HALF_EVEN")
    assert all(abs(a - b) < step for a, b in zip(rounded, parts, strict=True))


def test_values_inside_messages_are_in_the_readers_form() -> None:
    message = said("{read} rows read, {used} used", read=1234567, used=12)
    assert FR.t(message) == "1\u202f234\u202f567 lignes lues, 12 utilisées"
    assert FR.t(said("data to {day}", day=date(2026, 11, 1))) == "données jusqu'au 01/11/2026"
    assert "\x1b" not in EN.t(said("written: {file}", file="a\x1b[2Jb"))
    assert EN.t(said("written: {file}", file="{0.__class__}")) == "written: {0.__class__}"
