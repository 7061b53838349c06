"""The What-if view as plain values, for JSON and CSV."""

from __future__ import annotations

from typing import Any

from kpi_core.analysis.whatif import STEPS, Tree
from kpi_core.pages import WhatIfPage
from kpi_core.render.format import Formatter
from kpi_core.render.whatif import decimal, goal_of, met, needed_of, number


def whatif_values(page: WhatIfPage, fmt: Formatter) -> dict[str, Any]:
    """Base and scenario of every number of the tree, what each move brings (exact fractions as text: they sum to the change), and the tornado."""
    moves = page.header.state.moves
    tree = page.tree
    out: dict[str, Any] = {
        "kpi": page.kpi.id,
        "moves": dict(moves),
        "target": page.target.number if page.target else None,
        "assumptions": [fmt.t(item.text) for item in page.assumptions],
        "reason": fmt.t(page.reason) if page.reason else None,
        "rows": [],
    }
    if tree is None:
        return out
    now, then = tree.value(tree.root), tree.value(tree.root, moves)
    out |= {"base": number(now), "scenario": number(then), "met": met(page, tree, moves) if page.target else None}
    out["change"] = str(then - now) if now is not None and then is not None else None
    shares = tree.shares(moves) or {}
    swings = {swing.lever: swing for swing in tree.swings(moves)}
    out["rows"] = [_row(page, tree, node.id, node.depth, {lever: str(share) for lever, share in shares.items()}) for node in tree.nodes]
    for row in out["rows"]:
        swing = swings.get(row["driver"])
        if swing is not None:
            row["effects"] = {str(step): [number(effect) for effect in swing.effects[step]] for step in STEPS}
    return out


def _row(page: WhatIfPage, tree: Tree, name: str, depth: int, shares: dict[str, str]) -> dict[str, Any]:
    moves = page.header.state.moves
    node = next(node for node in tree.nodes if node.id == name and node.depth == depth)
    lever = tree.by_id.get(name) if depth else None
    info = page.infos[name]
    needed = needed_of(page, tree, lever, moves) if lever is not None and goal_of(page) is not None else None
    return {
        "driver": name,
        "name": info.name,
        "depth": depth,
        "unit": info.unit,
        "kind": lever.kind.value if lever is not None else "sum",
        "base": number(tree.value(node)),
        "scenario": number(tree.value(node, moves)),
        "move": number(tree.valid(moves).get(name)) if lever is not None else None,
        "effect": shares.get(name),
        "needed": None if needed is None else decimal(needed),
        "usual": number(page.usual.get(name)),
    }
