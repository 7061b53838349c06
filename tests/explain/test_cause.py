"""From an answer to parts and to the sentence that names the first cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from kpi_core.engine.calendar import parse as period
from kpi_core.engine.expression import parse
from kpi_core.engine.result import NO_DATA, Answer, Number, Question, Status, Value
from kpi_core.explain import CannotExplain, Cut, PartKind, Quantity, change, contributions, first_cause, prime_suspect, to_target
from kpi_core.objectives.model import ResolvedTarget, SplitTargets
from kpi_core.objectives.shape import Shape, shape_for
from kpi_core.pages import KpiInfo
from kpi_core.view import ViewState

FORMULAS = {"aov": "revenue / orders", "items_per_order": "units / orders", "asp": "revenue / units", "revenue": "revenue"}
SHAPES: dict[str, Shape] = {kpi: shape for kpi, text in FORMULAS.items() if (shape := shape_for(parse(text)))}
AOV = KpiInfo("aov", "Average order value", "EUR", "up", 2, "sales", "revenue / orders")
REVENUE = KpiInfo("revenue", "Revenue", "EUR", "up", 0, "sales", "revenue")
DRIVERS = (
    KpiInfo("items_per_order", "items per order", "ratio", "up", 1, "sales", "units / orders"),
    KpiInfo("asp", "price per item", "EUR", "none", 2, "sales", "revenue / units"),
)
Cell = tuple[int, int, int]  # orders, units, revenue


def value(kpi: str, cell: Cell | None) -> Value:
    if cell is None:
        return NO_DATA
    measures: Mapping[str, Number | None] = dict(zip(("orders", "units", "revenue"), cell, strict=True))
    top, bottom = SHAPES[kpi].pair(measures, 7)
    return Value(float(top / bottom), Status.VALUE, measures=measures)


def answer(by: str, members: dict[str, tuple[Cell | None, Cell | None]], whole: tuple[Cell | None, Cell | None] | None = None) -> Answer:
    """Members' (now, before); the whole is their sum unless given."""

    def total(at: int) -> Cell:
        known = [cells[at] for cells in members.values()]
        return tuple(sum(cell[i] for cell in known if cell) for i in range(3))  # type: ignore[return-value]

    rows: dict[str | None, tuple[Cell | None, Cell | None]] = {**members, None: whole or (total(0), total(1))}
    question = Question(tuple(FORMULAS), (period("2026-W44"), period("2025-W44")), by)
    cells = {member: {kpi: tuple(value(kpi, cell) for cell in both) for kpi in FORMULAS} for member, both in rows.items()}
    return Answer(question, cells, frozenset(), {}, "select 1")


STORES = answer(
    "store",
    {
        "LYO01": ((100, 180, 5_400), (100, 210, 6_300)),
        "PAR01": ((150, 315, 9_450), (150, 315, 9_450)),
        "NCE01": ((50, 106, 3_180), (50, 105, 3_150)),
    },
)
CHANNELS = answer("channel", {"store": ((300, 601, 18_030), (300, 630, 18_900)), "web": ((200, 400, 12_000), (200, 402, 12_060))})


def cut(found: Answer, kpi: str = "aov") -> Cut:
    return Cut(found.question.by or "", found, change(found, kpi, SHAPES[kpi]))


def label(dim: str, member: str) -> str:
    return {"LYO01": "Lyon Part-Dieu"}.get(member, member)


def test_parts_of_a_ratio_between_periods() -> None:
    found = change(STORES, "aov", SHAPES["aov"])
    assert found.gap == Fraction(18_030 - 18_900, 300)
    assert found.members() == {"LYO01": Fraction(-900, 300), "PAR01": 0, "NCE01": Fraction(30, 300)}


def test_the_cause_is_the_member_beyond_its_size_not_the_largest() -> None:
    """'store' loses more than Lyon in euros per order of the whole, but stores are most of the orders."""
    whole = answer("channel", {"store": ((300, 601, 18_030), (300, 630, 18_900)), "web": ((20, 40, 1_200), (20, 42, 1_250))})
    suspect = prime_suspect("aov", SHAPES["aov"], (cut(whole), cut(STORES)))
    assert suspect is not None and (suspect.cut.dim, suspect.member) == ("store", "LYO01")


def test_a_member_that_meets_its_own_target_is_no_cause() -> None:
    """Marketplace baskets are small by nature: they pull the mean down most, and do what was asked."""
    found = answer("channel", {"marketplace": ((40, 60, 1_840), (40, 60, 1_840)), "store": ((60, 130, 3_900), (60, 130, 3_900))})
    alone = to_target(found, "aov", SHAPES["aov"], SplitTargets(target(66)))
    assert min(alone.members(), key=lambda key: alone.members()[key]) == "marketplace"
    own = SplitTargets(target(66), {"marketplace": target(45), "store": target(70)})
    explained = to_target(found, "aov", SHAPES["aov"], own)
    assert explained.parts == alone.parts
    suspect = prime_suspect("aov", SHAPES["aov"], (Cut("channel", found, explained),))
    assert suspect is not None and suspect.member == "store" and suspect.amount == explained.members()["store"]


def test_the_sentence_names_member_part_and_driver() -> None:
    state = ViewState(kpi=None, period="2026-W44")
    found = first_cause(AOV, SHAPES["aov"], (cut(CHANNELS), cut(STORES)), label=label, drivers=DRIVERS, state=state)
    assert found is not None
    assert str(found.message) == "Lyon Part-Dieu −3.00 EUR (items per order 2.1 → 1.8)"
    assert found.message.values["before"] == Quantity(Decimal("2.1"), "ratio", "value", 1)
    assert found.state == ViewState(view="explore", kpi="aov", period="2026-W44").only("store", "LYO01")


def test_a_member_that_improved_is_not_blamed_for_what_moved_up() -> None:
    """Behind its target, yet better than a year ago: the driver that rose explains nothing."""
    better = answer("store", {"A": ((100, 210, 6_300), (100, 180, 5_400)), "B": ((100, 300, 9_000), (100, 300, 9_000))})
    target = ResolvedTarget(100, "≥", "o", "f", 1, amount=Fraction(100))
    suspected = Cut("store", better, to_target(better, "aov", SHAPES["aov"], SplitTargets(target)))
    found = first_cause(AOV, SHAPES["aov"], (suspected,), label=label, drivers=DRIVERS)
    assert found is not None and str(found.message) == "A −18.50 EUR"


def test_when_all_fall_alike_the_driver_of_the_whole_is_named() -> None:
    alike = answer("store", {"A": ((100, 180, 5_400), (100, 210, 6_300)), "B": ((100, 180, 5_400), (100, 210, 6_300))})
    found = first_cause(AOV, SHAPES["aov"], (cut(alike),), label=label, drivers=DRIVERS)
    assert found is not None and str(found.message) == "items per order 2.1 → 1.8"


def test_no_gap_no_cause() -> None:
    same = answer("store", {"A": ((1, 2, 3), (1, 2, 3))})
    assert first_cause(AOV, SHAPES["aov"], (cut(same),), label=label, drivers=DRIVERS) is None
    assert first_cause(AOV, SHAPES["aov"], (), label=label) is None


def test_drivers_that_are_no_chain_are_left_out() -> None:
    found = first_cause(AOV, SHAPES["aov"], (cut(STORES),), label=label, drivers=DRIVERS[:1])
    assert found is not None and str(found.message) == "Lyon Part-Dieu −3.00 EUR (63.00 EUR → 54.00 EUR)"


def target(amount: int) -> ResolvedTarget:
    return ResolvedTarget(amount, "≥", "o", "f", 1, amount=Fraction(amount))


def test_a_sum_against_its_split_target() -> None:
    split = SplitTargets(target(20_000), {"LYO01": target(6_500), "PAR01": target(9_000)}, Fraction(4_500))
    found = contributions(STORES, "revenue", SHAPES["revenue"], split)
    assert found.of == "target"
    assert found.explanation.gap == 18_030 - 20_000
    assert found.explanation.members() == {"LYO01": -1_100, "PAR01": 450, "NCE01": 3_180}
    assert found.explanation.amount(PartKind.UNALLOCATED) == -4_500


def test_a_member_that_nothing_was_asked_of_is_no_cause() -> None:
    split = SplitTargets(target(17_000), {"LYO01": target(5_000), "PAR01": target(9_400)}, Fraction(2_600))
    found = to_target(STORES, "revenue", SHAPES["revenue"], split)
    assert max(found.members(), key=lambda key: found.members()[key]) == "NCE01"
    suspect = prime_suspect("revenue", SHAPES["revenue"], (Cut("store", STORES, found),))
    assert suspect is not None and (suspect.member, suspect.amount) == ("LYO01", 400)


def test_a_sum_whose_target_is_not_split_is_explained_by_the_comparison() -> None:
    found = contributions(STORES, "revenue", SHAPES["revenue"], SplitTargets(target(20_000)))
    assert found.of == "compare" and found.explanation.gap == -870


def test_a_rate_against_its_target() -> None:
    found = contributions(STORES, "aov", SHAPES["aov"], SplitTargets(target(62)))
    assert found.of == "target"
    assert found.explanation.gap == Fraction(18_030, 300) - 62
    assert found.explanation.members()["LYO01"] == Fraction(5_400 - 62 * 100, 300)


def test_without_target_or_base_the_value_itself_is_explained() -> None:
    new = answer("store", {"A": ((10, 20, 300), None)}, whole=((10, 20, 300), None))
    found = contributions(new, "aov", SHAPES["aov"])
    assert found.of == "total" and found.explanation.members() == {"A": 30}
    empty = answer("store", {"A": (None, None)}, whole=(None, None))
    with pytest.raises(CannotExplain):
        contributions(empty, "aov", SHAPES["aov"])


def test_members_counted_twice_leave_an_overlap() -> None:
    twice = answer("category", {"A": ((2, 3, 60), (2, 3, 50)), "B": ((2, 2, 40), (1, 2, 50))}, whole=((3, 5, 100), (3, 5, 100)))
    found = change(twice, "aov", SHAPES["aov"])
    assert found.gap == 0 and found.amount(PartKind.OVERLAP) == -sum(found.members().values())


def test_measures_that_do_not_make_up_the_value_are_refused() -> None:
    with pytest.raises(CannotExplain):
        change(STORES, "asp", SHAPES["aov"])


@pytest.mark.parametrize(
    ("formula", "additive"),
    [
        ("revenue - refunds", True), ("1 - done / carts", False), ("(revenue - cogs) / revenue", False), ("(a / b) * (b / c)", False),
        ("cogs * 365 / days / stock", False), ("(p - d) / n * 100", False), ("revenue / days", True), ("-a / -b", False),
    ],
)  # fmt: skip
def test_formulas_that_have_a_part_per_member(formula: str, additive: bool) -> None:
    shape = shape_for(parse(formula))
    assert shape is not None and shape.additive is additive


@pytest.mark.parametrize("formula", ["a * b", "a + 1", "a / total(a)", "a / b - c / d", "(a / b) / (c / d)", "a / 0", "a / (b - b)"])
def test_formulas_that_have_none(formula: str) -> None:
    assert shape_for(parse(formula)) is None


def test_quantities_read_plainly() -> None:
    assert str(Quantity(Decimal("-0.019"), "%", "change", 1)) == "−1.9 pt"
    assert str(Quantity(0.68, "%", "value", 1)) == "68.0 %"
    assert str(Quantity(1234.5, "EUR", "value", 2)) == "1,234.50 EUR"


def test_a_member_that_only_grew_in_weight_is_said_to_weigh_more() -> None:
    """The rate of `ads` rises, and yet it pulls the mean down: there is more of it."""
    mixed = answer("source", {"ads": ((350, 700, 3_500), (130, 260, 1_170)), "direct": ((650, 1_300, 19_500), (870, 1_740, 26_100))})
    found = first_cause(AOV, SHAPES["aov"], (cut(mixed),), label=label)
    assert found is not None and str(found.message) == "ads −3.20 EUR (its weight 13 % → 35 %)"


def test_a_member_that_is_not_loaded_to_the_end_comes_before_any_other_cause() -> None:
    stores = answer("store", {"LIL01": ((60, 126, 3_800), (120, 250, 7_600)), "LYO01": ((100, 180, 2_300), (100, 210, 6_300)), "B": ((9, 9, 99), (9, 9, 98))})
    of = SHAPES["revenue"]
    plain = Cut("store", stores, change(stores, "revenue", of))
    first = first_cause(REVENUE, of, (plain,), label=label)
    assert first is not None and str(first.message) == "Lyon Part-Dieu −4,000 EUR"
    late = Cut("store", stores, plain.explanation, {"LIL01": date(2026, 10, 24)})
    found = first_cause(REVENUE, of, (late,), label=label)
    assert found is not None and str(found.message) == "LIL01 −3,800 EUR (loaded up to 2026-10-24 only)"
    small = Cut("store", stores, plain.explanation, {"B": date(2026, 10, 24)})
    other = first_cause(REVENUE, of, (small,), label=label)
    assert other is not None and str(other.message) == "Lyon Part-Dieu −4,000 EUR"


def test_rows_without_a_value_of_the_dimension_are_no_cause() -> None:
    nowhere = answer("store", {"": ((100, 200, 3_000), (100, 200, 6_000)), "A": ((100, 200, 6_000), (100, 200, 6_100)), "B": ((9, 18, 500), (9, 18, 500))})
    suspect = prime_suspect("revenue", SHAPES["revenue"], (Cut("store", nowhere, change(nowhere, "revenue", SHAPES["revenue"])),))
    assert suspect is None or suspect.member == "A"
