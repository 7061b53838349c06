"""What-if is exact: shares of moves sum to the change, the move that is said to close a gap closes it, and nothing moves by itself."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.analysis.whatif import Lever, LeverKind, Node, Tree, elasticity
from kpi_core.engine.expression import Binary, Ref, parse

NUMBERS = st.fractions(min_value=1, max_value=10_000, max_denominator=100)
CHANGES = st.integers(-60, 200).filter(bool).map(str)


def _tree(formula: str, **levers: Fraction | int) -> Tree:
    return Tree((Node("root", 0, parse(formula)), *(Node(name, 1, Ref(name)) for name in levers)), tuple(Lever(n, Fraction(v)) for n, v in levers.items()))


def test_the_worked_example() -> None:
    """100,000 visits x 3 % x 80 each: 10 % more visits at 2.6 % and 84 bring +240, of which conversion takes 34,453.33 (engine.md 4.4)."""
    tree = _tree("visits * conversion * aov", visits=100_000, conversion=Fraction(3, 100), aov=80)
    moves = (("visits", "10"), ("conversion", str(-40 / 3)), ("aov", "5"))
    exact = (("visits", "10"), ("conversion", "-13.3333333333333333"), ("aov", "5"))
    shares = tree.shares(exact)
    assert shares is not None and tree.value(tree.root) == 240_000
    assert [round(float(shares[name]), 2) for name in ("visits", "conversion", "aov")] == [22946.67, -34453.33, 11746.67]
    assert tree.value(tree.root, moves) == pytest.approx(240_240)


@given(NUMBERS, NUMBERS, NUMBERS, CHANGES, CHANGES, CHANGES)
def test_shares_sum_to_the_change(a: Fraction, b: Fraction, c: Fraction, x: str, y: str, z: str) -> None:
    tree = _tree("(a - b) / c", a=a, b=b, c=c)
    moves = (("a", x), ("b", y), ("c", z))
    shares, now, then = tree.shares(moves), tree.value(tree.root), tree.value(tree.root, moves)
    assert shares is not None and now is not None and then is not None
    assert sum(shares.values()) == then - now


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["a", "b", "c"]), CHANGES)
def test_the_needed_move_meets_the_target_exactly(a: Fraction, b: Fraction, c: Fraction, target: Fraction, lever: str, other: str) -> None:
    tree = _tree("a * b / (c + a)", a=a, b=b, c=c)
    moves = tuple((name, other) for name in ("a", "b", "c") if name != lever)
    needed = tree.needed(lever, target, moves)
    if needed is None:
        return
    values = {**tree.settings(moves), lever: tree.by_id[lever].moved(needed)}
    assert values["a"] * values["b"] / (values["c"] + values["a"]) == target


def test_without_moves_nothing_changes_and_unknown_levers_are_left_out() -> None:
    tree = _tree("a * b", a=3, b=5)
    assert tree.value(tree.root, (("elsewhere", "50"), ("a", "0"))) == 15
    assert tree.shares(()) == {}


def test_division_by_a_lever_that_goes_to_zero_has_no_number() -> None:
    tree = _tree("a / b", a=3, b=5)
    assert tree.value(tree.root, (("b", "-100"),)) is None
    assert tree.value(tree.root, (("b", "-500"),)) is None  # nothing is less than nothing
    assert tree.shares((("b", "-100"), ("a", "5"))) is None


def test_a_tornado_ranks_levers_by_what_they_can_do() -> None:
    tree = _tree("big - small", big=1000, small=10)
    swings = tree.swings()
    assert [swing.lever for swing in swings] == ["big", "small"]
    assert swings[0].effects[5] == (-50, 50) and swings[1].effects[10] == (1, -1)


def test_no_move_that_leads_out_of_bounds_is_offered() -> None:
    tree = _tree("a * b", a=1, b=1)
    assert tree.needed("a", Fraction(-5)) is None  # a negative driver
    assert tree.needed("a", Fraction(12)) is None  # twelve times as much
    assert tree.needed("a", Fraction(2)) == 100


def test_an_elasticity_is_a_lever_of_its_own() -> None:
    """+10 points of NPS bring +20 % of CLV when 2 % a point are assumed; half of it when 1 % are."""
    expr = Binary("*", Ref("clv"), elasticity("nps", "nps_clv", Fraction(30)))
    nodes = (Node("clv", 0, expr), Node("nps", 1, Ref("nps")), Node("nps_clv", 2, Ref("nps_clv")))
    levers = (Lever("clv", Fraction(200)), Lever("nps", Fraction(30), LeverKind.POINTS), Lever("nps_clv", Fraction(2, 100), LeverKind.ASSUMPTION))
    tree = Tree(nodes, levers)
    assert tree.value(tree.root, (("nps", "10"),)) == 240
    assert tree.value(tree.root, (("nps", "10"), ("nps_clv", "-50"))) == 220
    assert "nps_clv" not in [swing.lever for swing in tree.swings()]  # believed of nothing that moves
    assert tree.needed("nps", Fraction(210)) == Fraction(5, 2)
