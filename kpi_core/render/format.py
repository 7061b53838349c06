"""Numbers, money, dates and periods as a reader of French or English writes them.

Separators, currency signs and month names come from Babel once; cells are then formatted here, because a Babel call costs some
40 µs and a screen has hundreds of cells. English is the European one (CLDR `en_150`): days before months, the sign after the amount.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, Protocol

from kpi_core.engine.calendars import Unit
from kpi_core.engine.result import Number, Period, Status, Value
from kpi_core.errors import Message
from kpi_core.i18n import Translator
from kpi_core.pages import Delta, Gap, GapStatus, KpiInfo, Target
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.text import Line, fit_line

NBSP = "\u00a0"
MINUS = "\u2212"
_BABEL = {"fr": "fr", "en": "en_150"}


class _Names(NamedTuple):
    """What Babel knows of a language, taken once."""

    group: str
    decimal: str
    months: tuple[str, ...]  # abbreviated, January first
    long_months: tuple[str, ...]
    currencies: dict[str, str]
    sign_first: bool


@lru_cache(maxsize=2)
def _names(lang: str) -> _Names:
    from babel.core import Locale

    locale = Locale.parse(_BABEL[lang])
    symbols = locale.number_symbols["latn"]
    months = locale.months["format"]
    pattern = locale.currency_formats["standard"].pattern
    return _Names(
        symbols["group"],
        symbols["decimal"],
        tuple(months["abbreviated"][n] for n in range(1, 13)),
        tuple(months["wide"][n] for n in range(1, 13)),
        dict(locale.currency_symbols),
        pattern.startswith("¤"),
    )


def raw(number: Number | None) -> str:
    """The number as machines read it: point, no grouping, no exponent; empty for none."""
    if number is None:
        return ""
    if isinstance(number, int):
        return str(number)
    text = format(number if isinstance(number, Decimal) else Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class QuantityLike(Protocol):
    """What is read of `explain.Quantity`; a protocol, because formats must not load the explanations."""

    @property
    def number(self) -> Number: ...
    @property
    def unit(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def decimals(self) -> int: ...


class Formatter:
    """One language and symbol set. `t` says templates; every other method gives the text of a value.

    `symbols`: what plots are drawn in, braille, block or ascii; the last one always where `ascii` says so.
    """

    def __init__(self, lang: str = "en", ascii: bool = False, symbols: str = "braille") -> None:
        self.t = _Sayer(lang, self)
        self.lang = self.t.lang
        self.ascii = ascii
        self.symbols = "ascii" if ascii else symbols
        names = _names(self.lang)
        self._names = names
        group, self._space, self._minus = (names.group, NBSP, MINUS) if not ascii else (to_ascii(names.group), " ", "-")
        self._table = str.maketrans({",": group, ".": names.decimal, "-": self._minus})
        self.dash, self.ellipsis = ("-", ".") if ascii else ("–", "…")
        self.decimal_mark = names.decimal
        self.colon = ": " if self.lang != "fr" else " : " if ascii else f"{NBSP}: "  # parts a name from what is said of it

    # ------------------------------------------------------------ plain numbers

    def fold(self, line: Line) -> Line:
        """The line in the symbol set: in ASCII its texts are folded."""
        return tuple((to_ascii(text), role) for text, role in line) if self.ascii else line

    def fit(self, line: Line, width: int) -> Line:
        """The line folded and in exactly `width` cells."""
        return fit_line(self.fold(line), width, self.ellipsis)

    def number(self, number: Number, decimals: int = 0, signed: bool = False) -> str:
        """Grouped digits; a number that rounds to zero has no sign."""
        text = format(number, f"{'+' if signed else ''},.{decimals}f").translate(self._table)
        if text[0] in "+-−" and not text.strip("+-−0.,"):
            return text[1:]
        return text

    def money(self, amount: Number, currency: str, decimals: int = 2, signed: bool = False) -> str:
        text = self.number(amount, decimals, signed)
        return f"{text}{self._space}{self.currency(currency)}" if not self._names.sign_first else f"{self.currency(currency)}{text}"

    def currency(self, code: str) -> str:
        return code if self.ascii else self._names.currencies.get(code, code)

    def percent(self, ratio: Number, decimals: int = 1, signed: bool = False) -> str:
        """`ratio` 0.04 is 4 %."""
        return f"{self.number(ratio * 100, decimals, signed)}{self._space}%"

    def points(self, ratio: Number, decimals: int = 1) -> str:
        """A difference of two ratios, in percentage points, signed."""
        return f"{self.number(ratio * 100, decimals, True)}{self._space}pt"

    def days(self, number: Number, decimals: int = 1, signed: bool = False) -> str:
        return f"{self.number(number, decimals, signed)}{self._space}{'j' if self.lang == 'fr' else 'd'}"

    def compact(self, number: Number, signed: bool = False) -> str:
        """At most three or four digits and a letter: 1,25 M."""
        size = abs(float(number))
        for limit, letter in ((10**9, "Md" if self.lang == "fr" else "bn"), (10**6, "M"), (10**4, "k")):
            if size >= limit:
                scaled = float(number) / (limit if limit > 10**4 else 1000)
                return f"{self.number(scaled, 2 if abs(scaled) < 10 else 1, signed)}{self._space}{letter}"
        return self.number(number, 0, signed)

    # ------------------------------------------------------------ KPIs

    def quantity(self, quantity: QuantityLike) -> str:
        """A raw number inside a message, with its unit; a change is signed and, for a rate, in points."""
        info = KpiInfo("", "", quantity.unit, "none", quantity.decimals, "", "")
        return self.change(quantity.number, None, info) if quantity.kind == "change" else self.kpi(quantity.number, info)

    def kpi(self, number: Number | None, info: KpiInfo, *, signed: bool = False, compact: bool = False) -> str:
        """A value of the KPI with its unit; a dash for none."""
        if number is None:
            return self.dash
        unit = info.unit
        if unit == "%":
            return self.percent(number, info.decimals, signed)
        if unit == "days":
            return self.days(number, info.decimals, signed)
        if unit == "s":
            return f"{self.number(number, info.decimals, signed)}{self._space}s"
        if len(unit) == 3 and unit.isupper():
            if compact and abs(float(number)) >= 10**4:
                return f"{self.compact(number, signed)}{self._space}{self.currency(unit)}"
            return self.money(number, unit, info.decimals, signed)
        if compact and abs(float(number)) >= 10**4:
            return self.compact(number, signed)
        return self.number(number, info.decimals, signed)

    def change(self, amount: Number | None, ratio: Number | None, info: KpiInfo) -> str:
        """A gap or change, signed: percent when the KPI changes in percent, points for percentages, else its own unit."""
        if ratio is not None:
            return self.percent(ratio, 1, True) if abs(float(ratio)) < 10 else f"{self.number(ratio * 100, 0, True)}{self._space}%"
        if amount is None:
            return self.dash
        if info.unit == "%":
            return self.points(amount, info.decimals)
        return self.kpi(amount, info, signed=True)

    def value(self, value: Value, info: KpiInfo, *, compact: bool = False) -> str:
        """The number, or a dash: absence is never a zero. A partial value is marked by the caller's role and the header."""
        return self.kpi(value.number, info, compact=compact) if value.status in (Status.VALUE, Status.PARTIAL) else self.dash

    def target(self, target: Target | None, info: KpiInfo, *, compact: bool = False) -> str:
        """The target; a cap is written `≤ 10,0 %`, a floor without a sign."""
        if target is None:
            return self.dash
        text = self.kpi(target.number, info, compact=compact)
        return f"{'<=' if self.ascii else '≤'} {text}" if target.bound in ("≤", "<=") else text

    def gap(self, gap: Gap, info: KpiInfo) -> str:
        """The signed gap, or why there is none."""
        if gap.status is GapStatus.NONE:
            return self.t("no target")
        if gap.status is GapStatus.NO_DATA or (gap.amount is None and gap.ratio is None):
            return self.t("no data")
        return self.change(gap.amount, gap.ratio, info)

    def delta(self, delta: Delta | None, info: KpiInfo) -> str:
        """Change against the comparison; `n/a` when there is no base."""
        if delta is None:
            return self.dash
        if delta.amount is None and delta.ratio is None:
            return self.t("n/a")
        return self.change(delta.amount, delta.ratio, info)

    # ------------------------------------------------------------ dates

    def month(self, month: int) -> str:
        return self._names.months[month - 1]

    def day(self, day: date, year: bool = True) -> str:
        """`31/10/2026` or `31 Oct 2026`; without the year `31/10` or `31 Oct`."""
        if self.lang == "fr":
            return f"{day:%d/%m/%Y}" if year else f"{day:%d/%m}"
        return f"{day.day} {self.month(day.month)}" + (f" {day.year}" if year else "")

    def moment(self, moment: datetime) -> str:
        return f"{self.day(moment)} {moment:%H:%M}"

    def span(self, start: date, end: date, year: bool = False) -> str:
        """`26/10–01/11`, `26 Oct–1 Nov`."""
        dash = "-" if self.ascii else "–"
        if start == end:
            return self.day(start, year)
        if self.lang == "en" and (start.year, start.month) == (end.year, end.month):
            return f"{start.day}{dash}{self.day(end, year)}"
        return f"{self.day(start, year and start.year != end.year)}{dash}{self.day(end, year)}"

    def period(self, period: Period, long: bool = False) -> str:
        """`S44 26/10–01/11`, `W44 26 Oct–1 Nov`; a month, quarter or year by its name, and its dates where it is cut short.

        Fiscal and retail units keep the text of the range grammar and always have their dates. `long` adds the year to weeks.
        """
        whole = self._whole(period)
        if whole is None or period.grain == "day":
            return self.span(period.start, period.end, True)
        name = self._unit_name(whole)
        if period.grain == "week":
            return f"{name if long else name[:3]} {'· ' if long else ''}{self.span(period.start, period.end)}"
        if period.grain not in ("month", "quarter", "year"):
            return f"{name} {'· ' if long else ''}{self.span(period.start, period.end, long)}"
        return name if whole.end == period.end else f"{name} · {self.span(period.start, period.end)}"

    def dates(self, period: Period) -> str:
        """The name of a period, where it has one, and always its dates with their years."""
        whole, span = self._whole(period), self.span(period.start, period.end, True)
        return span if whole is None or period.grain == "day" else f"{self._unit_name(whole)} · {span}"

    def tick(self, period: Period) -> str:
        """The shortest name of a period, for an axis."""
        whole = self._whole(period)
        if period.grain == "month":
            return f"{self.month(period.start.month)} {period.start:%y}"
        if whole is None or period.grain == "day":
            return self.day(period.start, False)
        name = self._unit_name(whole)
        return name[:3] if period.grain == "week" else name.partition("-")[2] if period.grain in ("retail_week", "retail_period") else name

    def _whole(self, period: Period) -> Unit | None:
        """The unit that a period is, or is the first part of; None for a range."""
        return period.calendar.unit(period.start, period.grain) if period.grain in period.calendar.grains else None

    def _unit_name(self, unit: Unit) -> str:
        """`W44 2026`, `November 2026`, `Q4 2026`, `2026`, `FY2026-Q3`, `R2026-P03`; French: S44, T4, EX2026-T3, R2026-S12."""
        year, dash, part = unit.text.partition("-")
        if self.lang == "fr":
            part = part.replace("Q", "T").replace("W", "S")
            year = year.replace("FY", "EX")
        if unit.grain in ("week", "quarter"):
            return f"{part} {year}"
        return f"{self._names.long_months[unit.start.month - 1]} {year}" if unit.grain == "month" else f"{year}{dash}{part}"


class _Sayer(Translator):
    """Says messages with their numbers, dates and periods in the reader's form; texts from data are cleaned."""

    def __init__(self, lang: str, formatter: Formatter) -> None:
        super().__init__(lang)
        self._formatter = formatter

    def show(self, value: object) -> object:
        form = self._formatter
        if isinstance(value, Message):
            return self(value)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return form.number(value)
        if isinstance(value, Decimal | float):
            return form.number(value, 0 if abs(float(value)) >= 1000 else 2)
        if isinstance(value, datetime):
            return form.moment(value)
        if isinstance(value, date):
            return form.day(value)
        if isinstance(value, Period):
            return form.period(value)
        if getattr(value, "kind", None) in ("value", "change") and hasattr(value, "unit"):
            return form.quantity(value)  # type: ignore[arg-type]
        return clean(str(super().show(value)))
