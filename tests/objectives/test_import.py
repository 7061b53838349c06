"""Tables of targets: what each cell means, rows above other rows counted once, mistakes at their line and column."""

from __future__ import annotations

import importlib.util
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from objectives_shop import Shop

from kpi_core.config.decode import decode
from kpi_core.config.model import ObjectivesFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine.calendar import parse as period
from kpi_core.engine.calendars import CIVIL
from kpi_core.errors import UsageError
from kpi_core.objectives import Objectives, build
from kpi_core.objectives.imports import Choices, Grid, GridRow, Imported, Names, file_text, import_grid, stem_of
from kpi_core.objectives.imports.cells import Ambiguous, Amount, Periods, amount_of, mark_of
from kpi_core.objectives.ranges import parse_range
from kpi_core.view import Filter
from kpi_core.workbench.target_table import read_table

NAMES = Names(
    kpis={"revenue": "revenue", "chiffre d affaires": "revenue", "ca": "revenue", "orders": "orders", "aov": "aov", "abandon de panier": "cart_abandonment"},
    dims={"channel": ("Channel", "Canal"), "store": ("Store", "Magasin"), "timing": ("Timing",)},
    members={"channel": {"web": "web", "site web": "web", "magasins": "store", "store": "store", "marketplace": "marketplace"}},
    loaded={"store": ("Lyon", "Nice")},
)


def table(text: str, separator: str = ";", mark: str | None = ",") -> Grid:
    rows = [GridRow(number, tuple(line.split(separator))) for number, line in enumerate(text.strip("\n").split("\n"), 1)]
    return Grid("budget.csv", tuple(rows), mark)


def imported(text: str, **choices: Any) -> Imported:
    return import_grid(table(text), Shop(), NAMES, Choices(**choices))


def objectives(found: Imported) -> Objectives:
    """Through the very text that is written."""
    document = parse_yaml(file_text("budget", "budget.csv", found.targets).encode(), "config/targets/budget.yaml")
    return build(decode(document, ObjectivesFile), document, Shop())


def ask(found: Objectives, kpi: str, text: str, **where: str) -> Fraction | None:
    target = found.target_for(kpi, tuple(Filter(dim, (member,)) for dim, member in where.items()), period(text))
    return None if target is None else target.amount


# ---------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1 234,56", None, "1234.56"), ("1\u202f234,5 €", None, "1234.5"), ("1,234.56", None, "1234.56"), ("1.234,56", None, "1234.56"),
        ("1234", None, "1234"), ("-5", None, "-5"), ("(12)", None, "-12"), ("\u22123,5", None, "-3.5"), ("1'200", None, "1200"), ("$1,200,000", None, "1200000"),
        ("1,234", ",", "1.234"), ("1,234", ".", "1234"), ("1.234", ",", "1234"), ("0,125", None, "0.125"), ("150k", None, "150000"), ("1,2 M€", None, "1200000"),
    ],
)  # fmt: skip
def test_numbers(text: str, mark: str | None, number: str) -> None:
    assert amount_of(text, mark) == Amount(Decimal(number))


def test_percentages_and_what_is_no_number() -> None:
    assert amount_of("12 %", None) == Amount(Decimal("0.12"), True)
    assert amount_of(0.1, None) == Amount(Decimal("0.1"))
    for text in ("", "n/a", "12 34x", "1,23,4.5", "1.2.3,4", date(2026, 1, 1), None, True, float("nan")):
        assert amount_of(text, None) is None
    with pytest.raises(Ambiguous):
        amount_of("1,234", None)
    assert mark_of(["1,234", "5,5", 3]) == "," and mark_of(["1,234"]) is None and mark_of(["1,5", "1.5"]) is None and mark_of(["1,234,567"]) == "."


@given(st.integers(-(10**12), 10**12), st.sampled_from([("\u202f", ","), (" ", ","), (",", "."), (".", ","), ("", "."), ("", ",")]))
def test_any_amount_in_cents_is_read_back(cents: int, style: tuple[str, str]) -> None:
    group, mark = style
    whole, rest = divmod(abs(cents), 100)
    text = ("-" if cents < 0 else "") + f"{whole:,}".replace(",", group) + f"{mark}{rest:02d}"
    assert amount_of(text, None) == Amount(Decimal(cents) / 100)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("2026", "2026"), (2026, "2026"), (2026.0, "2026"), ("2026-10", "2026-10"), ("10/2026", "2026-10"), ("oct. 2026", "2026-10"), ("Oct-26", "2026-10"),
        ("février 2026", "2026-02"), ("AOÛT 2026", "2026-08"), ("T4 2026", "2026-Q4"), ("2026-T4", "2026-Q4"), ("Q1 2026", "2026-Q1"), ("2026-W44", "2026-W44"),
        ("S44 2026", "2026-W44"), ("Semaine 5 2026", "2026-W05"), ("01/10/2026", "2026-10-01"), (date(2026, 10, 1), "2026-10-01"), ("exercice 2026", "2026"),
        ("octobre", None), ("13/2026", None), ("web", None), ("", None), (12, None), ("total", None),
    ],
)  # fmt: skip
def test_periods(cell: Any, text: str | None) -> None:
    assert Periods(CIVIL).text(cell) == text


def test_months_without_a_year_take_that_of_the_choice() -> None:
    assert Periods(CIVIL, parse_range(2026, CIVIL)).text("janv.") == "2026-01"
    found = objectives(imported("Canal;janvier;février\nweb;10;20\nTotal;12;24", kpi="orders", period="2026"))
    assert ask(found, "orders", "2026-01") == 12 and ask(found, "orders", "2026-02", channel="web") == 20


# ---------------------------------------------------------------- rows above rows

BUDGET = """
Budget 2026
;;;
Indicateur;Canal;Magasin;Objectif;Responsable;Remarque
Chiffre d'affaires;Total;;1 000 000;Claire;x
Chiffre d'affaires;Site web;;400 000,50;;
Chiffre d'affaires;Total magasins;;500 000;;
Chiffre d'affaires;Magasins;Lyon;300 000;;
Chiffre d'affaires;Magasins;Nice;150 000;;
AOV;;;62,5;;
Abandon de panier;;;68 %;;
Abandon de panier;web;;0,7;;
"""


def test_a_hierarchy_is_counted_once() -> None:
    found = imported(BUDGET, period="2026")
    plan = objectives(found)
    assert ask(plan, "revenue", "2026") == 1_000_000
    assert ask(plan, "revenue", "2026", channel="web") == Fraction(800_001, 2)
    assert ask(plan, "revenue", "2026", channel="store") == 500_000
    assert ask(plan, "revenue", "2026", store="Lyon") == ask(plan, "revenue", "2026", channel="store", store="Lyon") == 300_000
    assert plan.split_targets("revenue", (), "channel", period("2026")).unallocated == Fraction(199_999, 2)
    assert plan.split_targets("revenue", (Filter("channel", ("store",)),), "store", period("2026")).unallocated == 50_000
    assert (ask(plan, "aov", "2026"), ask(plan, "cart_abandonment", "2026"), ask(plan, "cart_abandonment", "2026", channel="web")) == (
        Fraction(125, 2), Fraction(17, 25), Fraction(7, 10),
    )  # fmt: skip
    assert plan.owner("revenue") == "Claire"
    assert (found.rows, found.kpis, found.sums, found.unread) == (8, ("revenue", "aov", "cart_abandonment"), 2, ("Remarque",))
    assert {(rest.scope, rest.amount) for rest in found.remainders} == {((), Decimal("99999.50")), ((("channel", "store"),), Decimal(50_000))}


def test_each_target_names_its_line_of_the_table() -> None:
    plan = objectives(imported(BUDGET, period="2026"))
    for where, line in (({}, 4), ({"channel": "web"}, 5), ({"store": "Nice"}, 8)):
        target = plan.target_for("revenue", tuple(Filter(dim, (member,)) for dim, member in where.items()), period("2026"))
        assert target is not None and (target.file, target.line) == ("budget.csv", line)


def test_parents_that_are_missing_are_the_sum_of_their_children() -> None:
    found = imported("kpi;canal;magasin;période;valeur\norders;web;;2026;10\norders;store;Lyon;2026;5\norders;store;Nice;2026;7")
    plan = objectives(found)
    assert (ask(plan, "orders", "2026"), ask(plan, "orders", "2026", channel="store")) == (22, 12)
    assert found.remainders == () and found.sums == 0


def test_crossing_dimensions_are_targets_of_their_own() -> None:
    found = imported("kpi;canal;magasin;période;valeur\norders;web;;2026;10\norders;web;Lyon;2026;4\norders;web;Nice;2026;6\norders;store;Lyon;2026;5\norders;store;Nice;2026;7")
    plan = objectives(found)
    assert ask(plan, "orders", "2026", channel="web", store="Lyon") == 4 and ask(plan, "orders", "2026", channel="store", store="Lyon") == 5
    assert ask(plan, "orders", "2026", store="Lyon") is None  # known by channel only
    assert (ask(plan, "orders", "2026"), ask(plan, "orders", "2026", channel="store")) == (22, 12)


def test_a_year_beside_its_months_is_checked_and_left_out() -> None:
    months = ";".join(f"{month:02d}/2026" for month in range(1, 13))
    numbers = ";".join(str(10 * month) for month in range(1, 13))
    found = imported(f"kpi;{months};Total;2026\norders;{numbers};780;780")
    plan = objectives(found)
    assert (ask(plan, "orders", "2026-03"), ask(plan, "orders", "2026"), found.sums) == (30, 780, 1)
    with pytest.raises(UsageError) as caught:
        imported(f"kpi;{months};Total\norders;{numbers};781")
    assert str(caught.value.what) == "the total says 781, its periods sum to 780" and str(caught.value.where) == "budget.csv:2 [Total]"


def test_a_yearly_total_above_months_by_member() -> None:
    rows = "\n".join(f"orders;web;2026-{month:02d};{month}\norders;store;2026-{month:02d};1" for month in range(1, 13))
    plan = objectives(imported(f"kpi;canal;mois;valeur\norders;;2026;90\n{rows}"))
    assert ask(plan, "orders", "2026") == 90 and ask(plan, "orders", "2026-02") == 3
    with pytest.raises(UsageError, match="2026 is 91, and the rows by channel below it sum to 90 in other periods"):
        imported(f"kpi;canal;mois;valeur\norders;;2026;91\n{rows}")


def test_first_days_of_months_are_months() -> None:
    rows = [GridRow(1, ("kpi", date(2026, 1, 1), date(2026, 2, 1))), GridRow(2, ("orders", 5, 6.0))]
    plan = objectives(import_grid(Grid("b.xlsx", tuple(rows)), Shop(), NAMES, Choices()))
    assert ask(plan, "orders", "2026-02") == 6 and ask(plan, "orders", "2026-01-01") == Fraction(5, 31)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=5), st.integers(0, 1000))
def test_no_row_is_counted_twice(stores: list[tuple[int, int]], rest: int) -> None:
    """The sum of all leaves and remainders is the total, whatever the table."""
    shop, web = sum(a for a, _ in stores), sum(b for _, b in stores)
    lines = ["kpi;canal;magasin;période;valeur", f"revenue;;;2026;{shop + web + rest}", f"revenue;web;;2026;{web}", f"revenue;store;;2026;{shop}"]
    lines += [f"revenue;store;S{number};2026;{a}" for number, (a, _) in enumerate(stores)]
    found = imported("\n".join(lines))
    plan = objectives(found)
    assert ask(plan, "revenue", "2026") == shop + web + rest
    assert sum((item.amount for item in found.remainders), Decimal(0)) == rest
    split = plan.split_targets("revenue", (Filter("channel", ("store",)),), "store", period("2026"))
    assert sum((target.amount for target in split.members.values()), Fraction(0)) == shop and split.unallocated == 0


# ---------------------------------------------------------------- mistakes

LONG = "kpi;canal;magasin;période;valeur\n"
MISTAKES = [
    (LONG + "revenus;;;2026;5", "2 [kpi]", "there is no KPI revenus", "did you mean revenue?"),
    (LONG + "orders;webb;;2026;5", "2 [canal]", "dimension channel has no value webb", "did you mean web?"),
    (LONG + "orders;;;2026-13;5", "2 [période]", "2026-13 is not a period", None),
    (LONG + "orders;;;2026;many", "2 [valeur]", "many is not a number", "write it like 1234.56, 1 234,56 or 12%"),
    (LONG + "orders;;;2026;12%", "2 [valeur]", "orders is no rate: 12% says nothing of it", "write the amount"),
    (LONG + "abandon de panier;;;;68", "2 [valeur]", "cart_abandonment is a rate, and 68 would be 6800 %", "write 68%, or 0.68"),
    (LONG + "orders;;;;5", "2 [valeur]", "orders adds up over days: say which period this is for", "add a column period, or --period 2026"),
    (LONG + "orders;;;2026;5\norders;;;2026;6", "3 [valeur]", "orders has two numbers for the same cell; the other is on line 2", "leave one of them out"),
    (LONG + "orders;;;2026;5\norders;web;;2026;4\norders;store;;2026;2", "2 [valeur]", "the rows by channel (lines 3–4) sum to 6, more than the 5 of this row", "correct one of them, or leave this row out: it is then the sum"),
    (LONG + "orders;store;;2026;5\norders;store;Lyon;2026;6", "2 [valeur]", "the rows by store (lines 3) sum to 6, more than the 5 of this row", None),
    (LONG + "orders;;;2026-01;5\norders;web;;2026-02;1", "3 [valeur]", "the row above has no number for 2026-02", None),
    (LONG + "orders;;;2026;5\norders;;;2026-02;1", "2 [valeur]", "2026 overlaps 2026-02 of line 3", "give either the whole or all of its parts"),
    (LONG + ";;;2026;5", "2 [kpi]", "this row names no KPI", None),
    ("canal;valeur\nweb;5", "1", "no column says which KPI the targets are of: canal, valeur", "add a column kpi, or say it: --kpi revenue"),
    ("a;b\n1;2", "1", "no column of values was found among a, b", None),
    ("kpi;valeur", "1", "the table has a header and no rows", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "where", "what", "hint"), MISTAKES)
def test_mistakes(text: str, where: str, what: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        imported(text)
    assert str(caught.value.what) == what and str(caught.value.where) == f"budget.csv:{where}"
    if hint is not None:
        assert str(caught.value.hint) == hint


def test_a_number_that_may_be_two_is_never_guessed() -> None:
    rows = "kpi\tpériode\tvaleur\norders\t2026\t1,234"
    grid = table(rows, "\t", None)
    with pytest.raises(UsageError) as caught:
        import_grid(grid, Shop(), NAMES, Choices())
    assert str(caught.value.what) == "1,234 may be read in two ways" and "--decimal" in str(caught.value.hint)
    for mark, number in ((",", Fraction(1234, 1000)), (".", Fraction(1234))):
        assert ask(objectives(import_grid(grid, Shop(), NAMES, Choices(mark=mark))), "orders", "2026") == number


def test_unknown_stores_are_told_with_the_nearest_name() -> None:
    assert imported(LONG + "orders;store;Lion;2026;5").strangers == (("store", "Lion", 2, "Lyon"),)


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "Budget été.csv"
    path.write_bytes('Indicateur;Période;Objectif\n"orders";été;1\n"orders";2026;"1 234,5"\n'.replace("été;1", "2025;1").encode(encoding))
    grid = read_table(path)
    assert [row.line for row in grid.rows] == [1, 2, 3] and grid.mark == ","
    assert ask(objectives(import_grid(grid, Shop(), NAMES, Choices())), "orders", "2026") == Fraction(2469, 2)
    assert stem_of(path.name) == "budget_ete"


def test_lines_of_cells_with_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text('kpi,note,period,value\norders,"two\nlines",2026,1\nnope,,2026,1\n')
    with pytest.raises(UsageError) as caught:
        import_grid(read_table(path), Shop(), NAMES, Choices())
    assert str(caught.value.where) == "b.csv:4 [kpi]"


def test_a_workbook_without_its_reader_says_what_to_do(tmp_path: Path) -> None:
    if importlib.util.find_spec("python_calamine"):
        pytest.skip("python-calamine is installed")
    path = tmp_path / "b.xlsx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(Exception, match="reading workbooks needs python-calamine"):
        read_table(path)


def test_a_workbook(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine", reason="python-calamine is not installed")
    path = tmp_path / "b.xlsx"
    path.write_bytes(WORKBOOK.read_bytes())
    grid = read_table(path)
    plan = objectives(import_grid(grid, Shop(), NAMES, Choices()))
    assert ask(plan, "orders", "2026-01") == 100 and ask(plan, "orders", "2026-02", channel="web") == Fraction(605, 10)
    with pytest.raises(UsageError, match="there is no sheet Nope"):
        read_table(path, "Nope")


WORKBOOK = Path(__file__).with_name("budget.xlsx")
