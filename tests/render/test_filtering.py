"""The row filter's language: what it keeps, what it says it understood, and that it never keeps nothing without saying why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.pages import GapStatus
from kpi_core.render.arrange import arranged
from kpi_core.render.filtering import LONGEST, explicit, keeps, read, told
from kpi_core.render.format import Formatter
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.view import Sort

COLUMNS = (
    Column("member", "STORE", grow=True),
    Column("actual", "RÉEL", "right"),
    Column("gap", "ÉCART"),
    Column("of_change", "OF CHANGE"),
    Column("owner", "OWNER"),
)
SHOP = (  # name, actual, gap in percent, status, part
    ("Lyon Part-Dieu", Decimal("58.10"), Decimal("-19.5"), GapStatus.MISSED, Decimal("-3")),
    ("Lille Centre", Decimal("61.44"), Decimal("-3.04"), GapStatus.NEAR, Decimal("-1")),
    ("C&A at > 5", 1300000, None, GapStatus.NONE, None),
    ("Café Nice", 74.6, Decimal("3.3"), GapStatus.MET, 2),
    ("Kids", 0, Decimal("0.04"), GapStatus.MET, 1),
)


def table(rows: tuple[tuple[object, ...], ...] = SHOP, width: int = 90) -> Table:
    made = [
        Row((Cell(str(name)), Cell(str(actual), raw=actual), Cell(str(gap), raw=gap, status=status), Cell(str(part), raw=part), Cell("Anna")), key=str(name))
        for name, actual, gap, status, part in rows
    ]
    return fit(COLUMNS, made, width)


def kept(search: str, lit: str = "") -> list[str]:
    full = table()
    holds = keeps(read(search, full, lit), full)
    return [str(row.key).split(" ")[0] for row in full.rows if holds(row)]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("", ["Lyon", "Lille", "C&A", "Café", "Kids"]),
        ("cafe", ["Café"]),
        ("LYON part", ["Lyon"]),
        ("part lyon", ["Lyon"]),
        ("!lyon", ["Lille", "C&A", "Café", "Kids"]),
        ("! lyon", ["Lille", "C&A", "Café", "Kids"]),
        ("l !lyon !lille", []),
        ("gap<-3", ["Lyon", "Lille"]),  # what is read on screen: −3.04 is less than −3
        ("gap < −3,04", ["Lyon"]),
        ("gap<=-3.04", ["Lyon", "Lille"]),
        ("écart<0", ["Lyon", "Lille"]),
        ("ecart>=3,3", ["Café"]),
        ("éc<0", ["Lyon", "Lille"]),  # the beginning of a title
        ("gap=0", ["Kids"]),  # as far as the digits that were written
        ("gap!=0", ["Lyon", "Lille", "Café"]),  # and never a row without a number
        ("actual=61.4", ["Lille"]),
        ("actual=61.44", ["Lille"]),
        ("actual=61.43", []),
        ("gap -5..-2", ["Lille"]),
        ("gap=-2..-5", ["Lille"]),
        ("of change -3..-1", ["Lyon", "Lille"]),
        ("of change<0 lyon", ["Lyon"]),
        ("lyon gap<-3", ["Lyon"]),
        ("gap<-3 & l & !lyon", ["Lille"]),
        (">1 000", ["C&A"]),
        (">1.2M", ["C&A"]),
        (">1300k", []),
        ("actual>60 €", ["Lille", "C&A", "Café"]),
        ("gap<-3 %", ["Lyon", "Lille"]),
        ("status:missed", ["Lyon"]),
        ("status:rouge", ["Lyon"]),
        ("statut:manqué", ["Lyon"]),
        ("!status:met", ["Lyon", "Lille", "C&A"]),
        ("status:none", ["C&A"]),
        ("✗", ["Lyon"]),
        ("!✓", ["Lyon", "Lille", "C&A"]),
        ("!!", ["Lyon"]),
        ('"at > 5"', ["C&A"]),
        ("c&a", ["C&A"]),
        ('!"part-dieu" gap<0', ["Lille"]),
    ],
)
def test_what_is_kept(search: str, names: list[str]) -> None:
    assert read(search, table()).problem is None
    assert kept(search) == names


def test_a_bare_number_is_about_the_lit_column() -> None:
    assert kept("<-1", "gap") == ["Lyon", "Lille"]
    assert kept("<-1", "of_change") == ["Lyon"]
    assert kept("<1", "member") == kept("<1", "owner") == kept("<1") == ["Kids"]


@pytest.mark.parametrize(
    ("search", "why"),
    [
        ("gap<", "write a number after <"),
        ("gap<x", "x is not a number"),
        ("gpa<3", "there is no column gpa; did you mean OF GAP?"),
        ("xyzzy<3", "there is no column xyzzy; there are: STORE, RÉEL, OF GAP, OWNER"),
        ("owner>5", "OWNER holds no numbers"),
        ("status:", "write a status: met, near, missed, none, few, noise"),
        ("status:blue", "blue is no status; known: met, near, missed, none, few, noise"),
        ("!", "write what to leave out after !"),
        ("gap -5..", "write where it ends: -5..-2"),
    ],
)
def test_what_cannot_be_read_says_why_and_keeps_every_row(search: str, why: str) -> None:
    columns = (*COLUMNS[:2], Column("gap", "OF GAP"), COLUMNS[4])
    made = [Row((Cell(str(r[0])), Cell("", raw=r[1]), Cell("", raw=r[2], status=str(r[3])), Cell("Anna")), key=str(r[0])) for r in SHOP]
    shown = fit(columns, made, 80)
    reading = read(search, shown)
    assert reading.problem is not None
    assert Formatter("en").t(reading.problem) == why
    assert len(arranged(shown, search, Sort()).rows) == len(SHOP)
    assert Formatter("fr").t(reading.problem) != why or search == "gap<x"


def test_what_is_not_judged_has_no_status() -> None:
    bare = table(tuple((*row[:3], "", row[4]) for row in SHOP))
    problem = read("status:met", bare).problem
    assert problem is not None and "judged" in Formatter("en").t(problem)


def test_in_words() -> None:
    shown = table()
    said = list(told(read('lyon !"a b" ÉC<-3,50 actual 1..2 !status:met', shown), shown, Formatter("fr").t, ","))
    assert said == ["nom avec «\u00a0lyon\u00a0»", "nom sans «\u00a0a b\u00a0»", "ÉCART < −3,50", "RÉEL 1 … 2", "sauf atteint"]


ATOMS = st.sampled_from(
    [
        "lyon",
        "!kids",
        '"at > 5"',
        '!"a  b"',
        "gap<-3,0",
        "actual=61.4",
        ">5",
        "of change -3..-1",
        "status:met",
        "!statut:manqué",
        "✗",
        "gap = -2.50..1 ",
        "> 1 300 000",
        "x1..2y",
    ]
)


@given(st.lists(ATOMS, max_size=4), st.sampled_from(["", "gap", "of_change"]))
def test_a_link_keeps_the_same_rows_without_lit_column_and_in_another_language(atoms: list[str], lit: str) -> None:
    search = " ".join(atoms)
    shown = table()
    reading = read(search, shown, lit)
    english = replace(shown, columns=tuple(replace(column, title=column.id) for column in shown.columns))
    written = explicit(search, reading)
    again = read(written, english)
    if reading.problem is None:
        assert replace_written(again.conditions) == replace_written(reading.conditions)
        assert explicit(written, again) == written


def replace_written(conditions: object) -> list[object]:
    return [(c.kind, c.text, c.negated, c.column, c.op, c.low, c.high, c.half) for c in conditions]  # type: ignore[attr-defined]


@given(st.text(max_size=60), st.sampled_from(["", "gap", "owner"]))
def test_any_text_is_read(search: str, lit: str) -> None:
    shown = table()
    reading = read(search, shown, lit)
    holds = keeps(reading, shown)
    assert all(isinstance(holds(row), bool) for row in shown.rows)
    list(told(reading, shown, Formatter("en").t))


def test_a_hundred_kilobytes_are_cut() -> None:
    reading = read("a" * 100_000, table())
    assert len(reading.conditions[0].text) == LONGEST
    assert read("<" * 100_000, table()).problem is not None
    assert read("1 " * 50_000 + "..", table()).conditions


@pytest.mark.parametrize("width", [30, 90])
def test_a_narrow_table_is_filtered_by_columns_it_has_no_room_for(width: int) -> None:
    full = table()
    narrow = replace(full, columns=full.columns[:2], rows=tuple(replace(row, cells=row.cells[:2]) for row in full.rows)) if width == 30 else full
    found = arranged(narrow, "éc<-3", Sort("of_change", True, (("member", False),)), lambda: full)
    assert [row.key for row in found.rows] == ["Lille Centre", "Lyon Part-Dieu"]


def test_further_keys_decide_between_equals_and_rows_without_value_stay_last() -> None:
    rows = (("b", 1, 2, "", 1), ("a", 1, 2, "", 2), ("d", 1, None, "", 1), ("c", 2, 1, "", 1), ("e", 1, 3, "", 1))
    made = table(rows)
    by = lambda *keys: "".join(str(row.key) for row in arranged(made, "", Sort(keys[0][0], keys[0][1], tuple(keys[1:]))).rows)  # noqa: E731
    assert by(("actual", False)) == "badec"  # equal rows keep their order
    assert by(("actual", False), ("gap", True)) == "ebadc"
    assert by(("actual", False), ("gap", True), ("member", False)) == "eabdc"
    assert by(("actual", False), ("gap", False), ("of_change", True)) == "abedc"
    assert by(("gap", True)) == "ebacd"
