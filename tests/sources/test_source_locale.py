"""Numbers, dates, zones and currencies as exports write them: decided per column from the file, told, or asked; never silently misread."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import KEY, write

from kpi_core.config.layouts import Answers
from kpi_core.errors import ConfigError, Undecided
from kpi_core.sources import Profiles, convert, recognise
from kpi_core.sources.rows.stage import stage
from kpi_core.sources.rows.typed import Typed, type_rows


def profile(folder: Path, columns: dict[str, str], read: str = "{decimal: auto}", evidence: str = "real_file") -> Profiles:
    """A profile of these columns (name -> what its YAML says after `from`), beside a code."""
    lines = "".join(f"  {name}: {{from: [{name}]{', ' if rest else ''}{rest}}}\n" for name, rest in columns.items())
    place = folder / "profiles"
    place.mkdir(exist_ok=True)
    (place / "mine.yaml").write_text(
        f"profile: 1\nid: mine.file\ntitle: {{en: Mine, fr: À moi}}\nevidence: {evidence}\nread: {read}\n"
        f"columns:\n  code: {{from: [code], required: true}}\n{lines}emit:\n  products:\n    columns: {{sku: code}}\n",
        encoding="utf-8",
    )
    return Profiles.load(place)


NOTHING = Answers()


class Read:
    """The typed rows of a file of `columns`, each a list of cells."""

    def __init__(
        self, folder: Path, columns: dict[str, tuple[str, list[str]]], read: str = "{decimal: auto}", answers: Answers = NOTHING, zone: str | None = None
    ) -> None:
        profiles = profile(folder, {name: rest for name, (rest, _) in columns.items()}, read)
        depth = max(len(cells) for _, cells in columns.values())
        rows = [[f"K{row}", *(cells[row] if row < len(cells) else "" for _, cells in columns.values())] for row in range(depth)]
        text = "\n".join(";".join(row) for row in [["code", *columns], *rows]) + "\n"
        path = write(folder, "file.csv", text)
        self.con = duckdb.connect()
        source = recognise(path, profiles)
        self.typed: Typed = type_rows(self.con, source, stage(self.con, source), zone, answers)
        self.told = {dict(values)["column"]: template for template, values in self.typed.choices}
        self.refused = {(item.column, item.value) for item in self.typed.rejected}

    def __getitem__(self, name: str) -> list[Any]:
        return [row[0] for row in self.con.execute(f'SELECT "{name}" FROM {self.typed.all_rows} ORDER BY file_line').fetchall()]


MONEY = [
    ("CA$12.34", "12.34"), ("-$3.00", "-3"), ("$1,149.00 ", "1149"), ("(3.00)", "-3"), ("2.50-", "-2.5"), ("1'234.56", "1234.56"), ("($33.62)", "-33.62"),
    ("−4.25", "-4.25"), ("1,23,456.78", "123456.78"), ("USD 9.72", "9.72"), ("5.10 zł", "5.10"), (".5", "0.5"), ("kr. 12", "12"),
]  # fmt: skip
EUROS = [("12,34 €", "12.34"), ("1\u00a0234,56 €", "1234.56"), ("1\u202f234,56\u00a0€", "1234.56"), ("2,50-", "-2.5"), ("1.234.567,8", "1234567.8"), ("0,125", "0.125")]
WORDS = [
    ("Jul-21-25", date(2025, 7, 21)), ("Sep 3, 2026", date(2026, 9, 3)), ("3 sept. 2026", date(2026, 9, 3)), ("8 juil. 2025", date(2025, 7, 8)),
    ("8 juin 2025", date(2025, 6, 8)), ("mar. 3 févr. 2026", date(2026, 2, 3)), ("3. März 2026", date(2026, 3, 3)), ("1er août 2026", date(2026, 8, 1)),
    ("20260224", date(2026, 2, 24)), ("2026-02-24", date(2026, 2, 24)), ("15.03.23", date(2023, 3, 15)), ("Friday, July 3, 2026", date(2026, 7, 3)),
    ("2026-04-03 00:00:00", date(2026, 4, 3)), ("2026/04/03", date(2026, 4, 3)),
]  # fmt: skip
TIMES = [
    ("Oct 6, 2015 14:03:11 PM", datetime(2015, 10, 6, 14, 3, 11)), ("Oct 6, 2015 09:03:11 AM", datetime(2015, 10, 6, 9, 3, 11)),
    ("Oct 6, 2015 00:03:11 AM", datetime(2015, 10, 6, 0, 3, 11)), ("Jul 3, 2026 10:02:03 PM PDT", datetime(2026, 7, 4, 7, 2, 3)),
    ("2026-01-05T10:05:06.5Z", datetime(2026, 1, 5, 11, 5, 6, 500000)), ("2026-04-03 23:30:00 +0200", datetime(2026, 4, 3, 23, 30)),
    ("5 janv. 2026 10:00:00 CET", datetime(2026, 1, 5, 10)), ("1 août 2026 à 10h05", datetime(2026, 8, 1, 10, 5)), ("2026-01-05 12:30 AM", datetime(2026, 1, 5, 0, 30)),
]  # fmt: skip


def column(kind: str, pairs: list[tuple[str, Any]]) -> tuple[str, list[str]]:
    return f"as: {kind}", [cell for cell, _ in pairs]


def test_cells_as_exports_write_them(tmp_path: Path) -> None:
    """One file, every spelling: each column by its own evidence, beside columns of other habits."""
    percents = [("100 %", 1), ("2,81%", 0.0281), ("12,5 %", 0.125)]
    ratios = [("0.4902", 0.4902), ("49.02%", 0.4902), ("3.1 %", 0.031)]
    lists = [("a, b,,c", ["a", "b", "c"]), ("one", ["one"])]
    durations = [("00:22:49", 1369), ("22 min 49 s", 1369), ("1m 3s", 63), ("64517.0", 64517), ("22:49", 1369), ("1 h 2 min", 3720)]
    clocks = [("2:05 PM", time(14, 5)), ("14:03:11 PM", time(14, 3, 11)), ("10h05", time(10, 5)), ("23:59", time(23, 59))]
    counts = [("64517.0", 64517), ("12.0", 12), ("7", 7)]
    money = [("1 234,56 €", "EUR"), ("£3", "GBP"), ("US$9", "USD"), ("$3.00", None), ("12 kr", None), ("12", None), ("chf", "CHF")]
    nulls = [("<5", None), ("< 10%", None), ("--", None), (" --", None), ("(not set)", None), ("7.5", 7.5)]
    given = {
        "money": column("money", MONEY), "euros": column("money", EUROS), "words": column("date", WORDS), "times": column("timestamp", TIMES),
        "percents": column("percent", percents), "ratios": column("ratio", ratios), "lists": column("list", lists), "durations": column("duration", durations),
        "clocks": column("time", clocks), "counts": column("int", counts), "signs": column("currency", money),
        "nulls": ("as: number, null: ['<5', '< 10%', '--', '(not set)']", [cell for cell, _ in nulls]),
    }  # fmt: skip
    read = Read(tmp_path, given, zone="Europe/Paris")
    assert not read.refused
    for name, pairs in (("money", MONEY), ("euros", EUROS)):
        assert read[name][: len(pairs)] == [Decimal(value) for _, value in pairs], name
    for name, expected in (("words", WORDS), ("times", TIMES), ("lists", lists), ("clocks", clocks), ("counts", counts), ("signs", money), ("durations", durations)):
        assert read[name][: len(expected)] == [value for _, value in expected], name
    for name, close in (("percents", percents), ("ratios", ratios)):
        assert all(math.isclose(found, value) for found, (_, value) in zip(read[name], close, strict=False)), name
    assert read["nulls"][: len(nulls)] == [value for _, value in nulls]
    assert "names no currency" in read.told["signs"]


def test_what_is_no_date_number_or_amount_is_refused(tmp_path: Path) -> None:
    days = ["31/02/2026", "hier", "2026-13-01", "46000", "31 février 2026", "July 2026", "2026-04"]
    times = ["2026-04-03 14:03 AM", "14:00", "2026-04-03 10"]
    numbers = ["1x", "1.2.3", "12,5,0", "0,125", ".", "0.5", "0.25", "7.5"]
    blank = [""] * len(days)
    given = {
        "day": ("as: date", days), "at": ("as: timestamp", [*blank, *times]), "n": ("as: money", [*blank, *blank, *numbers]),
        "sign": ("as: currency", [*blank, *blank, *blank, *blank, "EURO"]),
    }  # fmt: skip
    read = Read(tmp_path, given, read="{decimal: '.'}")
    assert read.refused == {*(("day", cell) for cell in days), *(("at", cell) for cell in times), *(("n", cell) for cell in numbers[:5]), ("sign", "EURO")}


def asked(folder: Path, columns: dict[str, tuple[str, list[str]]], **more: Any) -> dict[str, tuple[str, dict[str, tuple[tuple[str, str], ...]]]]:
    with pytest.raises(Undecided) as caught:
        Read(folder, columns, **more)
    return {question.column: (question.kind, {option.answer: option.examples for option in question.options}) for question in caught.value.questions}


def test_ambiguous_dates_and_decimals_are_asked_with_what_they_would_mean(tmp_path: Path) -> None:
    """A9: nothing is chosen; all questions come at once, and the refusal says what to write."""
    columns = {"day": ("as: date", ["03/04/2026", "05/06/2026"]), "cost": ("as: money", ["1,234", "2,500"])}
    found = asked(tmp_path, columns)
    assert found["day"] == (
        "date_order",
        {"dmy": (("03/04/2026", "2026-04-03"), ("05/06/2026", "2026-06-05")), "mdy": (("03/04/2026", "2026-03-04"), ("05/06/2026", "2026-05-06"))},
    )
    assert found["cost"] == ("decimal", {",": (("1,234", "1.234"), ("2,500", "2.500")), ".": (("1,234", "1234"), ("2,500", "2500"))})
    with pytest.raises(Undecided) as caught:
        Read(tmp_path, columns)
    assert 'decimal: {cost: ","}' in str(caught.value.hint)
    assert "date_order: {day: dmy}" in str(caught.value.hint)
    read = Read(tmp_path, columns, answers=Answers(decimal={"cost": "."}, date_order={"day": "mdy"}))
    assert (read["day"], read["cost"]) == ([date(2026, 3, 4), date(2026, 5, 6)], [Decimal(1234), Decimal(2500)])
    assert all("as answered" in template for template in read.told.values())


@pytest.mark.parametrize(
    ("name", "columns", "expected", "told"),
    [
        ("a day over 12", {"day": ("as: date", ["03/04/2026", "13/04/2026"])}, date(2026, 4, 3), None),
        ("a month over 12", {"day": ("as: date", ["03/04/2026", "04/13/2026"])}, date(2026, 3, 4), None),
        ("another column", {"day": ("as: date", ["03/04/2026"]), "end": ("as: date", ["04/30/2026"])}, date(2026, 3, 4), "like the other columns"),
        ("points between", {"day": ("as: date", ["03.04.2026"])}, date(2026, 4, 3), "points between"),
        ("decimal commas", {"day": ("as: date", ["03/04/2026"]), "cost": ("as: money", ["12,50"])}, date(2026, 4, 3), "decimal commas"),
        ("the same numbers", {"day": ("as: date", ["03/03/2026"])}, date(2026, 3, 3), None),
        ("what the profile says", {"day": ("as: date, format: ['%m/%d/%Y']", ["03/04/2026"])}, date(2026, 3, 4), None),
        ("against the profile", {"day": ("as: date, format: ['%m/%d/%Y']", ["03/04/2026", "13/04/2026"])}, date(2026, 4, 3), "says otherwise"),
        ("two orders declared", {"day": ("as: date, format: ['%m/%d/%Y', '%d/%m/%Y']", ["03/04/2026", "13/04/2026"])}, date(2026, 4, 3), None),
        ("ISO beside another", {"day": ("as: date, format: ['%d/%m/%Y']", ["2026-04-03", "14/04/2026"])}, date(2026, 4, 3), None),
        ("two-digit years first", {"day": ("as: date, format: ['%y-%m-%d']", ["26-04-03"])}, date(2026, 4, 3), None),
    ],
)
def test_the_order_of_day_and_month(tmp_path: Path, name: str, columns: dict[str, tuple[str, list[str]]], expected: date, told: str | None) -> None:
    read = Read(tmp_path, columns)
    assert read["day"][0] == expected, name
    assert not read.refused
    assert (told in read.told["day"]) if told else "day" not in read.told


def test_days_that_contradict_each_other_are_asked(tmp_path: Path) -> None:
    """An American file that went through a French spreadsheet: the days that fit were turned round, so the others prove nothing."""
    assert "day" in asked(tmp_path, {"day": ("as: date", ["13/04/2026", "04/25/2026", "03/04/2026"])})


@pytest.mark.parametrize(
    ("read", "columns", "expected", "told"),
    [
        ("{decimal: auto}", {"n": ("as: number", ["1.234"]), "m": ("as: money", ["12,50"])}, Decimal(1234), None),
        ("{decimal: '.'}", {"n": ("as: money", ["12,50", "1.234"])}, Decimal("12.5"), "says otherwise"),
        ("{decimal: '.'}", {"n": ("as: money", ["1.234"]), "m": ("as: money", ["12,50"])}, Decimal(1234), "like the other columns"),
        ("{decimal: ','}", {"n": ("as: money", ["12.50"])}, Decimal("12.5"), "says otherwise"),
        ("{decimal: ','}", {"n": ("as: money", ["1.234"]), "m": ("as: money", ["0.5"])}, Decimal("1.234"), "like the other columns"),
        ("{decimal: auto}", {"n": ("as: int", ["1,234", "12"])}, 1234, "whole numbers"),
        ("{decimal: auto}", {"n": ("as: int", ["1 234", "12"])}, 1234, None),
    ],
)
def test_the_decimal_mark(tmp_path: Path, read: str, columns: dict[str, tuple[str, list[str]]], expected: Decimal, told: str | None) -> None:
    found = Read(tmp_path, columns, read=read)
    assert found["n"][0] == expected
    assert not found.refused
    assert (told in found.told["n"]) if told else "n" not in found.told


def test_times_without_an_offset_are_of_a_zone_that_is_told(tmp_path: Path) -> None:
    zones = ["Eastern Time (US & Canada)", "Europe/Paris", "PDT"]
    columns = {
        "at": ("as: timestamp, zone: where", ["2026-07-01 10:00:00"] * 3), "where": ("as: text", zones),
        "utc": ("as: timestamp, zone: UTC", ["2026-07-01 10:00:00", "2026-07-01 10:00:00 -0400"]), "here": ("as: timestamp", ["2026-07-01 10:00:00"]),
    }  # fmt: skip
    read = Read(tmp_path, columns, zone="Europe/Paris")
    assert [moment.hour for moment in read["at"]] == [16, 10, 19]
    assert [moment.hour for moment in read["utc"][:2]] == [12, 16]
    assert read["here"][0].hour == 10
    assert ("zone that column" in read.told["at"], "format says" in read.told["utc"], "zone of the calendar" in read.told["here"]) == (True, True, True)
    answered = Read(tmp_path, {"here": columns["here"]}, zone="Europe/Paris", answers=Answers(zone="America/New_York"))
    assert answered["here"][0].hour == 16


def test_a_zone_that_nobody_knows_is_asked(tmp_path: Path) -> None:
    """`IST` is India, Ireland or Israel; free text is anything. A column whose profile says `ask` has none at all."""
    columns = {
        "at": ("as: timestamp, zone: where", ["2026-07-01 10:00:00"] * 3), "where": ("as: text", ["IST", "our shop", "Europe/Paris"]),
        "bare": ("as: timestamp, zone: ask", ["2026-07-01 10:00:00"]),
    }  # fmt: skip
    with pytest.raises(Undecided) as caught:
        Read(tmp_path, columns, zone="Europe/Paris")
    found = {question.value: question for question in caught.value.questions}
    assert {value: [option.answer for option in question.options] for value, question in found.items()} == {
        "IST": ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"], "our shop": ["Europe/Paris"], "": ["Europe/Paris", "UTC"],
    }  # fmt: skip
    entry = found["IST"].entry(found["IST"].accepted("Asia/Kolkata"))
    assert entry.zones == {"IST": "Asia/Kolkata"}
    assert found[""].entry("UTC").zone == "UTC"
    with pytest.raises(ConfigError) as wrong:
        found["IST"].accepted("kolkata")
    assert "Asia/Kolkata" in str(wrong.value.hint)
    answers = Answers(zones={"IST": "Asia/Kolkata", "our shop": "Europe/London"}, zone="UTC")
    read = Read(tmp_path, columns, zone="Europe/Paris", answers=answers)
    assert ([moment.hour for moment in read["at"]], read["bare"][0].hour) == ([6, 11, 10], 12)
    assert any(dict(values).get("name") == "IST" for _, values in read.typed.choices)


def test_a_needed_currency_is_asked_and_answered(tmp_path: Path) -> None:
    columns = {"paid": ("as: currency, required: true", ["$3.00", "€4"])}
    kind, options = asked(tmp_path, columns)["paid"]
    assert (kind, "USD" in options, "CAD" in options) == ("currency", True, True)
    assert Read(tmp_path, columns, answers=Answers(currency="CAD"))["paid"] == ["CAD", "EUR"]


def test_an_experimental_format_asks_until_it_is_confirmed(tmp_path: Path) -> None:
    source = recognise(write(tmp_path, "file.csv", "code,n\nA,1\nB,2\n"), profile(tmp_path, {"n": "as: int"}, evidence="vendor"))
    con = duckdb.connect()
    with pytest.raises(Undecided) as caught:
        convert(con, source, key=KEY, answers=Answers())
    (question,) = caught.value.questions
    assert (question.kind, question.dataset, question.names, question.rows) == ("confirm", "products", ("sku",), (("A",), ("B",)))
    assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
    assert question.from_dict(question.to_dict()) == question
    assert convert(con, source, key=KEY, answers=Answers(confirmed=True)).account.rows_used == 2


LOCALES = [(",", "."), (".", ","), (" ", ","), ("\u00a0", ","), ("\u202f", ","), ("'", "."), ("", "."), ("", ","), ("’", "."), (" ", ".")]

SIZES = [(999, 2), (9_999, 3), (10_000_000, 6)]


def written(number: Decimal, group: str, mark: str, decimals: int) -> str:
    return f"{number:,.{decimals}f}".replace(",", "\x00").replace(".", mark).replace("\x00", group)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(LOCALES),
    st.sampled_from([0, 1, 2, 3, 3, 3, 4]),
    st.one_of(*(st.lists(st.decimals(-most, most, places=4, allow_nan=False, allow_infinity=False), min_size=1, max_size=size) for most, size in SIZES)),
    st.sampled_from(["auto", "'.'", "','"]),
    st.booleans(),
)
def test_a_number_reads_back_exactly_or_is_asked_or_refused(
    tmp_path_factory: pytest.TempPathFactory, locale: tuple[str, str], decimals: int, numbers: list[Decimal], declared: str, sibling: bool
) -> None:
    """In every locale: never another number. A declared mark is believed only where the file has nothing to say against it."""
    group, mark = locale
    if declared != "auto" and declared.strip("'") != mark and not sibling:
        declared = "auto"  # nothing in the file may contradict the profile
    numbers = [round(number, decimals) for number in numbers]
    columns = {"n": ("as: money", [written(number, group, mark, decimals) for number in numbers])}
    if sibling:
        columns["m"] = ("as: money", [f"12{mark}50"])
    try:
        read = Read(tmp_path_factory.mktemp("numbers"), columns, read=f"{{decimal: {declared}}}")
    except Undecided:
        assert not sibling
        return
    found = read["n"][: len(numbers)]
    assert [value for value in found if value is not None] == [number for number, value in zip(numbers, found, strict=True) if value is not None]
    if sibling:
        assert None not in found
