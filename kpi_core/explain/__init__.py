"""Why a KPI stands where it stands: exact parts that add up to the gap, and the first cause in a sentence."""

from kpi_core.explain.cause import Cut, Suspect, first_cause, prime_suspect
from kpi_core.explain.chain import margin_volume_mix, price_volume_mix, product
from kpi_core.explain.contributions import RateMix, RateMixExplanation, additive, additive_to_target, rate_mix, ratio, ratio_of_whole, ratio_to_target
from kpi_core.explain.explain import Explained, change, contributions, of_whole, pairs, to_target
from kpi_core.explain.parts import CannotExplain, Explanation, Part, PartKind, Unbalanced
from kpi_core.explain.quantity import Quantity
from kpi_core.explain.rank import power, rank, surprise
from kpi_core.explain.tree import Node, TreeExplanation, grown, tree
from kpi_core.rounding import allocate, largest_remainder

__all__ = [
    "CannotExplain",
    "Cut",
    "Explained",
    "Explanation",
    "Node",
    "Part",
    "PartKind",
    "Quantity",
    "RateMix",
    "RateMixExplanation",
    "Suspect",
    "TreeExplanation",
    "Unbalanced",
    "additive",
    "additive_to_target",
    "allocate",
    "change",
    "contributions",
    "first_cause",
    "grown",
    "largest_remainder",
    "margin_volume_mix",
    "of_whole",
    "pairs",
    "power",
    "price_volume_mix",
    "prime_suspect",
    "product",
    "rank",
    "rate_mix",
    "ratio",
    "ratio_of_whole",
    "ratio_to_target",
    "surprise",
    "to_target",
    "tree",
]
